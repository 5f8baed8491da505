// The plan: which configurations run which workloads how often, in which order. A plan is a pure function of the
// options, the emulator and the ELFs; two plans with the same hash take the same samples, on any machine. The order:
// exact samples first (block -1, -2, ...); where samples are told how much to do, how much that is (block -1000) and the
// warm-up (block -2000, ...); then timed blocks 0, 1, ...; a block holds every configuration x workload once, and a
// short sample of it where there are such, shuffled by a generator seeded with (seed, block), so shards and resumed runs agree on every block.
#pragma once
#include "bench/model/hosts.h"
#include "bench/options.h"
#include "bench/peers.h"

typedef enum Purpose {
    PURPOSE_TIME,
    PURPOSE_EXACT,
    PURPOSE_START,     // the same with an eighth of the work: what both spend alike is start-up and translation
    PURPOSE_CALIBRATE, // how much work takes as long as a sample should
    PURPOSE_WARMUP,    // little work, and when each twentieth of it was done
    PURPOSES
} Purpose;

enum { PLAN_CALIBRATION = -1000, PLAN_WARMUP = -2000 }; // the first of their blocks

typedef struct Config {
    json_t *json; // {"id", "label", "host", "engine", "features", "peer", "timed", "exact"}: what the document says
    json_t *peer; // manifest of the peer, or NULL
    const char *id;
    uint32_t host; // index; of a peer 0
    bool timed, exact;
} Config;

// One emulator, and what it is built for.
typedef struct PlanHost {
    Emulator emu;
    char *exact_isa, *time_isa; // what emitted code may use, by name; "unknown": the emulator cannot be told
    char *untimed;              // why it is only counted; NULL: it is timed, too
} PlanHost;

typedef struct Slot {
    int id, block;
    Purpose purpose;
    uint32_t config, workload;
} Slot;

typedef struct Plan {
    const Options *options;
    VEC(PlanHost) hosts; // the first one is what headlines are about
    WorkloadVec workloads;
    VEC(Config) configs;
    VEC(Slot) slots; // the samples of this shard, in the order in which they run; ids are those of the whole plan
    int total_slots; // samples of all shards
    json_t *axes;    // axes of the full factorial; empty array if the plan holds none
    json_t *peers_found, *peers_missing;
    json_t *notes; // sentences for the user and the document
    Digest hash;
} Plan;

static inline const Emulator *plan_emu(const Plan *plan) { return &plan->hosts.at[0].emu; }
static inline const PlanHost *plan_host(const Plan *plan, const Config *c) { return &plan->hosts.at[c->host]; }
bool plan_make(Plan *plan, const Options *options, Err *err);
void plan_free(Plan *plan);
const char *purpose_name(Purpose purpose);
// The members `plan`, `emulator`, `hosts`, `configs` and `workloads` of nightjar.run/1, in a new object.
json_t *plan_document(const Plan *plan);

// matrix.c: adds the configurations that the options name; a set of switches that is already there is not added twice.
bool matrix_expand(Plan *plan, Err *err);
// matrix.c: "all-on", "all-off", "no-chain", "only-tlb@rv64": the one name of a set of switches on a host (run_id_on()). The
// caller frees it.
char *matrix_config_id(const json_t *features, const char *host);
