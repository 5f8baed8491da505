// Every change in a history: of counts, where one differs from the one before it; of times, where the level of the nights
// differs (ci/detect.h), or drifts. Only runs of the branch itself count, built from what was committed.
//
// A series whose key changes (another ELF, instruction set, machine, compiler) begins anew: an epoch, which is no change. Times go
// on over it where it was bridged (ci/bridge.h).
#pragma once
#include "ci/index.h"

typedef enum ChangeKind {
    CHANGE_COUNT, // an exact metric
    CHANGE_STEP,  // a time whose level changes
    CHANGE_DRIFT, // a time that drifts without a step
} ChangeKind;

typedef struct Change {
    ChangeKind kind;
    const char *workload, *guest, *config, *metric, *unit; // by today's names
    uint32_t last, first; // runs (in order): the last one before, the first one after. DRIFT: the ends of it
    double before, after; // values, or ratios to the anchor
    double p, now;        // p: 0 for counts. now: the newest value of the series
    bool worse, anchored;
    bool same_code;       // STEP: counts and hash of the emitted code are the same on either side
    const char *accepted; // the reason, or NULL
} Change;
typedef VEC(Change) ChangeList;

typedef struct Epoch {
    const char *workload, *guest, *config;
    bool exact;
    uint32_t first;   // run with which it began
    const char *what; // "ELF", "instruction set", "machine", "compiler or flags", ...
    double bridged;   // counts: host instructions after / before, by one emulator (ci/bridge.h); NAN: not measured
} Epoch;
typedef VEC(Epoch) EpochList;

typedef struct ChangeOptions {
    const char *cell, *metric; // only these; NULL: all
    double magnitude;          // smallest step of a time
    double q;                  // share of false ones among the steps and drifts
    bool beside;               // also runs beside the branch and of uncommitted changes
} ChangeOptions;

typedef struct Changes {
    IndexRuns runs;
    IndexSeriesList series;
    json_t *notes;
    ChangeList list; // counts first; in order of `first`, then cell and metric
    EpochList epochs;
    uint32_t n_exact, n_time, skipped; // series looked at; runs left out
} Changes;

bool changes_find(Index *x, const ChangeOptions *o, Changes *c, Err *err);
void changes_free(Changes *c);
ChangeOptions changes_defaults(void);
