// `nightjar gate`: is head worse than base? Its answer is a document, nightjar.gate/1, which every output is made from:
// {"schema", "verdict": pass | improved | regressed | inconclusive | invalid, "exit", "base", "head", "coverage":
//  {"expected", "judged", "missing": [cell]}, "exact": [what moved], "accepted": [...], "time": [cell], "control":
//  {"cells", "ratio"}, "explain": [...], "notes": [...], "reproduce"}
#pragma once
#include "ci/gate_time.h"
#include "ci/revision.h"
#include "reports/html/text.h"
#include <argp.h>
#include <jansson.h>

typedef struct GateOptions {
    const char *base, *head, *repo, *work, *store;
    const char *features; // switches of the one configuration; NULL: those of `matrix`, and for times all of them on
    const char *matrix, *exact_gate, *gate_on, *noise;
    const char *md, *json, *junit, *github, *gitlab, *out;
    double budget_s;
    TimeOptions time;
    bool exact_only, strict, no_explain;
    VEC(const char *) pass; // options for `nightjar bench`: which workloads, where they are
    json_t *words;          // the command line, to reproduce it
} GateOptions;

// gate_options.c
extern const struct argp gate_argp; // fills in repo, work and pass; a command gives it its GateOptions at ARGP_KEY_INIT
void gate_pass(GateOptions *o, const char *option, const char *value);

// gate_measure.c
// The counted run of one side (new reference); NULL and a message.
json_t *gate_count(const GateOptions *o, const char *emu, const char *scratch, const char *side, Err *err);
typedef struct TimeSides {
    const GateOptions *o;
    const char *base, *head, *scratch; // emulators
    double until_s;                    // by gate_now_s(); 0: no limit
    double last_s;                     // what a block took
    Err err;
} TimeSides;
bool gate_take_block(void *sides, TimeCell *cells, uint32_t n, bool fresh, uint32_t block); // a TimeBlock
double gate_now_s(void);

// gate_judge.c: pure
typedef struct GateInput {
    const json_t *base, *head, *comparison; // runs, nightjar.compare/1 of their counts
    const TimeCell *cells;
    uint32_t n_cells;
    const json_t *accepted; // ["cell metric reason"...] or NULL: see gate_accepted()
} GateInput;
json_t *gate_document(const GateOptions *o, const GateInput *in);
int gate_exit_code(const json_t *gate);

// gate_explain.c: adds `explain` for what regressed. Runs both emulators with a profile.
void gate_explain(json_t *gate, const GateOptions *o, const GateInput *in, const char *base, const char *head,
                  const char *scratch);

// gate_report.c
void gate_text(ReportText *out, const json_t *gate);
void gate_markdown(ReportText *out, const json_t *gate);
void gate_junit(ReportText *out, const json_t *gate);
void gate_github(ReportText *out, const json_t *gate);
json_t *gate_gitlab(const json_t *gate); // Code Quality (new reference)
