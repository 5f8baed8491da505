// A workload: what it is, where its ELFs are, and what its output must look like for a run to count
// (workloads/README.md).
#pragma once
#include "bench/model/boot.h"
#include "base/vec.h"
#include <jansson.h>
#include <regex.h>

typedef struct Pattern {
    char *text;
    regex_t compiled; // POSIX extended; ^ and $ match at line ends
} Pattern;

typedef struct Binary {
    char *path;    // path of the ELF, or of the initramfs if there is a boot
    json_t *boot;  // what is booted in place of an ELF (boot.h), or NULL; then `digest` is its identity
    char *size;    // "full", "quick", "test", or a guest's own "quick-rx"; "official" for an ELF named by the manifest
    double work;   // iterations, 0 if unknown or chosen sample by sample
    bool settable; // each sample is told how much to do; then `size` says how long it takes
    Digest digest;
} Binary;

typedef struct Workload {
    char *name, *title, *kind, *guest, *work_unit;
    json_t *peers; // names of the peers that can run it
    int exit_code; // exit code of a good run
    VEC(Pattern) patterns;
    Binary timed, exact; // `timed` is measured; `exact` is the small one that is run with --profile
    char *elves;         // folder of the built ELFs, for the builds that peers ask for
    char *base, *folder; // the built ELFs: their name without the variant's, and their folder in `elves`
} Workload;

typedef VEC(Workload) WorkloadVec;

typedef struct WorkloadQuery {
    const char *sources; // folder of the manifests
    const char *elves;   // folder of the built ELFs
    const char *size;    // or NULL: as much work as takes a certain time, where the program can be told
    const char *sample;  // that time as text
    const char *exact_size;
    json_t *names;  // wanted workloads (array of strings), empty: every benchmark; "all": everything
    json_t *guests; // wanted guests
    json_t *notes;  // gets a sentence for each workload that is skipped, because what it boots is not here
} WorkloadQuery;

bool workloads_load(const WorkloadQuery *query, WorkloadVec *out, Err *err);
void workloads_free(WorkloadVec *all);
// True if the run counts; else `why` says which expectation failed.
bool workload_check(const Workload *w, int exit_code, const char *stdout_text, Err *why);
// The same sources and size built for another machine ("native", "rv64-linux"): its path, or NULL if it is not built.
char *workload_build(const Workload *w, const char *machine);
bool workload_runs_on(const Workload *w, const char *peer);
