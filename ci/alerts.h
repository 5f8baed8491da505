// Changes as people see them: one alert for what one commit did to one metric, in one direction, with all its cells; one
// for each step or drift of a time. An alert keeps its id for as long as the history knows it: a step that moves by a
// night or two when more nights come is still the same one. What is new is written into the history.
#pragma once
#include "ci/changes.h"

typedef struct Alert {
    char id[9];
    ChangeKind kind;
    const char *state, *reason; // one of alert_states; the reason or NULL
    const Change *head;         // the largest one
    VEC(const Change *) changes;
    bool fresh; // this look found it first
} Alert;
typedef VEC(Alert) AlertList;

extern const char *const alert_states[]; // new investigating accepted fixed backed-out invalid, NULL
bool alert_is_state(const char *name);

// Changes that were accepted become alerts of state accepted. `keep`: writes new ones into the history.
bool alerts_make(const Store *s, Changes *c, const Commits *commits, bool keep, AlertList *list, Err *err);
void alerts_free(AlertList *list);
bool alert_set(const Store *s, const char *id, const char *state, const char *reason, Err *err);

// Acceptance: a note of `nightjar accept`, or the trailer of a commit "Nightjar-Accept: CELL METRIC REASON", for a change
// that came with that commit. NULL: none. The text lives as long as `notes`.
const char *accepted_by(const Store *s, const Commits *commits, json_t *notes, const IndexRun *last,
                        const IndexRun *first, const Change *c);
