// What the user asked `nightjar bench` and `nightjar aa` for.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

typedef struct Options {
    char *emu_owned;
    const char *emu, *workloads, *elves, *peers_dir, *out, *noise, *title, *size, *exact_size, *events, *exact_isa,
        *time_isa;                                                       // emu --host-isa
    json_t *matrices, *features, *names, *guests, *peers, *axes, *hosts; // arrays of strings
    json_t *host_emus;                        // {"rv64": "build/rv64/emu"}: those that were named
    bool through_emu;                         // emu --user runs builds of other machines, where it can
    int reps, exact_reps, pin, shard, shards; // shard: 0-based, shards 0 = not sharded
    uint64_t seed, memory_bytes;
    double sample_s;                         // CPU time that a sample is to take, where size is NULL
    double time_budget_s, thin_s, timeout_s; // 0: no budget, nothing is thinned
    bool reps_up_to;                         // as many repetitions as the budget holds; reps is the most
    bool interp, aa, dry_run, resume, force;
} Options;

// Parses the command line of `bench` or `aa`; prints a message and exits with EXIT_USAGE
// where it is wrong (argp's way).
void options_parse(Options *options, int argc, char **argv, bool aa);
void options_free(Options *options);
