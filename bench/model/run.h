// A nightjar.run/1 document (bench/RUN-FORMAT.md) as typed C. run.inc is the table of its members; this is where they go.
// Strings and maps point into the JSON, which the document owns. Configurations, workloads and metrics are named by
// their index in the document's lists; RUN_NONE refers to nothing.
//
// INVARIANT: a document that was loaded is whole: every needed member is there, no index is out of its list, no sample
// id, name or cell occurs twice, a valid sample has no time of zero or less. Every reader loads through here.
#pragma once
#include "base/err.h"
#include "base/vec.h"
#include "bench/model/estimate.h"
#include "bench/model/member.h"
#include "bench/model/tool.h"
#include <jansson.h>

#define RUN_FAMILY "nightjar.run"
#define RUN_SCHEMA "nightjar.run/1"
#define RUN_NONE   MEMBER_NONE // an index
#define RUN_NULL   MEMBER_NULL // an integer that is null; numbers are NAN, texts NULL, truths -1
enum { RUN_VERSION = 1 };

typedef struct RunMissingPeer {
    const char *name, *reason;
} RunMissingPeer;

typedef struct RunPlan {
    const char *matrix, *size, *exact_size, *exact_isa, *time_isa, *events, *shard, *stopped;
    const json_t *axes, *merged, *features, *workloads, *guests;
    int64_t seed, reps, exact_reps, pin, memory_bytes, samples_planned, samples_taken;
    double thin_s, timeout_s, time_budget_s, sample_s, sample_taken_s;
    VEC(RunMissingPeer) peers_missing;
} RunPlan;

typedef struct RunEnvironment {
    const char *cpu_model, *cpu_signature, *microcode, *machine, *kernel, *hypervisor, *governor, *clocksource;
    int64_t cores, aslr, paranoid;
    int turbo, smt;
    bool pmu;
    double steal_percent, load1;
    const json_t *notes;
} RunEnvironment;

typedef struct RunEmulator {
    const char *path, *sha256;
    const json_t *version;
} RunEmulator;

typedef struct RunHost {
    const char *name, *path, *sha256, *through, *untimed, *exact_isa, *time_isa;
    const json_t *version;
} RunHost;

typedef struct RunConfig {
    const char *id, *label, *host, *engine, *peer, *version; // host: run_host()
    const json_t *features;
    bool timed, exact;
} RunConfig;

typedef struct RunBoot {
    const char *bios, *kernel, *initrd, *append;
    int64_t memory_bytes;
} RunBoot;

typedef struct RunProgram {
    const char *size, *elf_sha256;
    double work;
    RunBoot boot; // append is NULL: there is none
} RunProgram;

typedef struct RunCheck {
    int64_t exit;
    const json_t *stdout;
} RunCheck;

typedef struct RunWorkload {
    const char *name, *guest, *title, *kind, *size, *elf_sha256, *work_unit;
    double work;
    RunProgram exact;
    RunBoot boot; // append is NULL: there is none
    RunCheck check;
} RunWorkload;

typedef struct RunMetric {
    const char *name, *unit, *kind, *direction, *purpose, *help;
    bool primary, gate, per_work;
} RunMetric;

typedef struct RunSlice {
    int64_t guest_instructions;
    double cpu_ns, translate_ns; // since the guest started
} RunSlice;

typedef struct RunSample {
    int64_t id, block;
    uint32_t config, workload;
    const char *guest, *size, *elf_sha256, *purpose, *reason, *host_isa, *code_sha256;
    const json_t *features, *unavailable, *units;
    bool valid;
    int64_t work; // RUN_NULL: what was built in
    int window;   // 1, 0, or -1: the emulator does not say, or there is no board
    double wall_ns, unit_ns, start_ns, stretch;
    VEC(RunSlice) slices;
    MemberValues metrics; // run_value()
} RunSample;

typedef struct RunError {
    const char *kind, *guest, *purpose, *metric;
    uint32_t config, workload;
    const json_t *values;
} RunError;

typedef struct RunNoise {
    const char *workload, *guest, *metric, *measured, *size, *plan;
    const json_t *spread;
    double floor, mde, drift; // shares: 0.02 is 2 %
    int64_t n;
} RunNoise;

typedef struct RunCell {
    uint32_t config, workload, metric;
    const char *guest;
    int64_t n, invalid;
    double median, lo, hi, min, max;
    bool varies;
} RunCell;

typedef struct RunSpeedup {
    uint32_t config, baseline, workload, metric;
    const char *guest;
    double ratio, lo, hi, p_holm;
} RunSpeedup;

typedef struct RunPart {
    const char *feature;
    Est add_one, leave_one_out, shapley;
} RunPart;

typedef struct RunPair {
    const char *a, *b;
    double ratio, lo, hi;
} RunPair;

typedef struct RunAttribution {
    uint32_t workload, metric;
    const char *guest, *basis;
    double total, total_lo, total_hi;
    VEC(RunPart) parts; // Shapley parts first, then the others; largest first
    VEC(RunPair) interactions;
} RunAttribution;

typedef struct RunPartTime {
    double cpu_ns, translate_ns;
} RunPartTime;

typedef struct RunWarmup {
    uint32_t config, workload;
    const char *guest;
    int64_t n;
    double first_pass_ns, steady_ns;
    VEC(RunPartTime) slices;
} RunWarmup;

typedef struct RunSummary {
    uint32_t baseline;
    VEC(RunCell) cells;
    VEC(RunSpeedup) speedups;
    VEC(RunAttribution) attribution;
    VEC(RunWarmup) warmup;
} RunSummary;

typedef struct RunDoc {
    char *path;
    json_t *root;
    const char *schema, *created, *title, *plan_hash;
    RunTool tool;
    RunPlan plan;
    RunEnvironment environment;
    RunEmulator emulator;
    VEC(RunHost) hosts; // empty in a document of before there were others than x64
    VEC(RunConfig) configs;
    VEC(RunWorkload) workloads;
    VEC(RunMetric) metrics;
    VEC(RunSample) samples;
    VEC(RunError) errors;
    VEC(RunNoise) noise;
    RunSummary summary;
    struct RunIndex *index; // what run_samples(), run_cell() and run_speedup() look up in
} RunDoc;

// Refuses, by name and with what to do: files that cannot be read, are empty, cut off, no JSON, of another schema,
// newer, or not whole. On failure *doc needs no free.
bool run_doc_load(RunDoc *doc, const char *path, Err *err);
bool run_doc_from_json(RunDoc *doc, json_t *root, const char *path, Err *err); // takes the reference of root
// The same of a document whose summary is not made yet: `summary` is missing, its lists are empty.
bool run_doc_draft(RunDoc *doc, json_t *root, const char *path, Err *err);
void run_doc_free(RunDoc *doc);
json_t *run_schema(void); // bench/run.schema.json (new reference)

// Indices; RUN_NONE when there is none.
uint32_t run_config(const RunDoc *doc, const char *id);
uint32_t run_workload(const RunDoc *doc, const char *name, const char *guest);
uint32_t run_metric(const RunDoc *doc, const char *name);
uint32_t run_primary(const RunDoc *doc); // the primary metric, else the first one

// ---- hosts. The first host of a document is the one that headlines and times are about: this machine's where it was measured.
const char *run_first_host(const RunDoc *doc);
// The host whose code a configuration is; of a peer "", of a configuration of before there were others the emulator's.
const char *run_host(const RunDoc *doc, uint32_t config);
// What counted or timed code of that host could use; NULL: the document does not say.
const char *run_isa(const RunDoc *doc, const char *host, bool exact);
// "all-on", "rv64" -> "all-on@rv64". On x64 it is the name alone, as it was before there were other hosts. The caller frees it.
char *run_id_on(const char *stem, const char *host);
bool run_id_is(const char *id, const char *stem); // on whatever host
size_t run_id_stem(const char *id);               // its length without the host
// The configuration of this name on this host; RUN_NONE when there is none. host NULL: the first one.
uint32_t run_config_on(const RunDoc *doc, const char *stem, const char *host);
// The same set of switches on another host; RUN_NONE when it is not there, or has none.
uint32_t run_config_twin(const RunDoc *doc, uint32_t config, const char *host);

double run_value(const RunSample *sample, uint32_t metric); // NAN where the sample does not have it
bool run_is_exact(const RunMetric *metric);
// All samples of a cell, of both purposes, in the order of their ids: *n indices into doc->samples.
const uint32_t *run_samples(const RunDoc *doc, uint32_t config, uint32_t workload, uint32_t *n);
// NULL when the summary has none.
const RunCell *run_cell(const RunDoc *doc, uint32_t config, uint32_t workload, uint32_t metric);
const RunSpeedup *run_speedup(const RunDoc *doc, uint32_t baseline, uint32_t config, uint32_t workload,
                              uint32_t metric);
const RunAttribution *run_attribution(const RunDoc *doc, uint32_t workload, uint32_t metric, const char *basis);

int run_largest_part_first(const void *a, const void *b); // for qsort over RunPart
static inline Est run_cell_est(const RunCell *c) { return est_or_none(c->median, c->lo, c->hi); }
static inline Est run_total_est(const RunAttribution *a) { return est_or_none(a->total, a->total_lo, a->total_hi); }
static inline Est run_speedup_est(const RunSpeedup *s) { return est_or_none(s->ratio, s->lo, s->hi); }
