#include "ci/alerts.h"
#include "bench/base/digest.h"
#include "bench/base/jsonfile.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const alert_states[] = {"new", "investigating", "accepted", "fixed", "backed-out", "invalid", NULL};
enum { NEAR = 3 }; // nights by which a step may move and be the same

bool alert_is_state(const char *name) {
    for (unsigned i = 0; alert_states[i]; i++)
        if (!strcmp(alert_states[i], name)) return true;
    return false;
}

static const char *state_of(const json_t *notes, const char *id, const char **reason) {
    const char *state = "new";
    size_t i;
    json_t *n;
    *reason = NULL;
    json_array_foreach((json_t *)notes, i, n) { // the last one holds
        if (strcmp(json_text(n, "kind", ""), "state") || strcmp(json_text(n, "id", ""), id)) continue;
        state = json_text(n, "state", "new"), *reason = json_text(n, "reason", NULL);
    }
    return state;
}

static void id_from(const char *text, char out[9]) {
    Digest d = digest_bytes(text, strlen(text));
    snprintf(out, 9, "%.8s", d.hex);
}

static void cell_text(const Change *c, char out[300]) {
    snprintf(out, 300, "%s/%s/%s", c->workload, c->guest, c->config);
}

static double size_of(const Change *c) { // size of the relative change, in either direction
    if (c->before <= 0 || c->after <= 0) return INFINITY;
    return fabs(log(c->after / c->before));
}

// ---- ids
static const char *commit_of(const Changes *c, uint32_t run) {
    return c->runs.at[run].commit ? c->runs.at[run].commit : c->runs.at[run].name;
}

// The index of the run that a stored alert of a time began with, or -1.
static long run_of_note(const Changes *c, const json_t *note) {
    for (uint32_t i = 0; i < c->runs.n; i++)
        if (!strcmp(c->runs.at[i].name, json_text(note, "run", ""))) return i;
    return -1;
}

// A stored alert of the same cell and direction, whose place was at most some nights off.
static const json_t *stored(const Changes *c, const Change *ch) {
    size_t i;
    json_t *n;
    char cell[300];
    cell_text(ch, cell);
    json_array_foreach(c->notes, i, n) {
        if (strcmp(json_text(n, "kind", ""), "alert") || strcmp(json_text(n, "cell", ""), cell) ||
            strcmp(json_text(n, "metric", ""), ch->metric) || (int)json_num(n, "change", -1) != (int)ch->kind ||
            json_is_true(json_object_get(n, "worse")) != ch->worse)
            continue;
        long run = run_of_note(c, n);
        bool near = ch->kind == CHANGE_DRIFT || (run >= 0 && labs(run - (long)ch->first) <= NEAR);
        if (near) return n;
    }
    return NULL;
}

static void time_id(const Changes *c, const Change *ch, char out[9]) {
    const json_t *old = stored(c, ch);
    char text[700], cell[300];
    cell_text(ch, cell);
    snprintf(text, sizeof text, "%d %s %s %d %s", (int)ch->kind, cell, ch->metric, ch->worse,
             c->runs.at[ch->first].name);
    if (old)
        snprintf(out, 9, "%s", json_text(old, "id", "?"));
    else
        id_from(text, out);
}

static void count_id(const Changes *c, const Change *ch, char out[9]) {
    char text[400];
    snprintf(text, sizeof text, "count %s %s %s %d", commit_of(c, ch->last), commit_of(c, ch->first), ch->metric,
             ch->worse);
    id_from(text, out);
    if (ch->accepted) out[0] = out[0] == 'a' ? 'b' : 'a'; // beside what was not accepted of the same commit
}

// ---- making
static Alert *alert_with(AlertList *list, const char id[9]) {
    for (uint32_t i = 0; i < list->n; i++)
        if (!strcmp(list->at[i].id, id)) return &list->at[i];
    return NULL;
}

static bool is_stored(const json_t *notes, const char *id) {
    size_t i;
    json_t *n;
    json_array_foreach((json_t *)notes, i, n) {
        if (!strcmp(json_text(n, "kind", ""), "alert") && !strcmp(json_text(n, "id", ""), id)) return true;
    }
    return false;
}

static bool keep_alert(const Store *s, const Changes *c, const Alert *a, Err *err) {
    char cell[300], name[128];
    cell_text(a->head, cell);
    json_t *note = json_pack("{s:s, s:s, s:i, s:s, s:s, s:b, s:s, s:s}", "kind", "alert", "id", a->id, "change",
                             (int)a->kind, "cell", cell, "metric", a->head->metric, "worse", a->head->worse, "run",
                             c->runs.at[a->head->first].name, "commit", commit_of(c, a->head->first));
    bool ok = store_add_note(s, note, name, err);
    json_decref(note);
    return ok;
}

static void add_change(Changes *c, AlertList *list, const Change *ch) {
    char id[9];
    if (ch->kind == CHANGE_COUNT)
        count_id(c, ch, id);
    else
        time_id(c, ch, id);
    Alert *a = alert_with(list, id);
    if (!a) {
        Alert fresh = {.kind = ch->kind, .head = ch};
        memcpy(fresh.id, id, sizeof id);
        fresh.state = state_of(c->notes, id, &fresh.reason);
        if (ch->accepted) fresh.state = "accepted", fresh.reason = ch->accepted;
        fresh.fresh = !is_stored(c->notes, id);
        vec_push(list, fresh);
        a = &list->at[list->n - 1];
    }
    vec_push(&a->changes, ch);
    if (size_of(ch) > size_of(a->head)) a->head = ch;
}

bool alerts_make(const Store *s, Changes *c, const Commits *commits, bool keep, AlertList *list, Err *err) {
    for (uint32_t i = 0; i < c->list.n; i++) {
        Change *ch = &c->list.at[i];
        ch->accepted = accepted_by(s, commits, c->notes, &c->runs.at[ch->last], &c->runs.at[ch->first], ch);
        add_change(c, list, ch);
    }
    for (uint32_t i = 0; keep && i < list->n; i++)
        if (list->at[i].fresh && !keep_alert(s, c, &list->at[i], err)) return false;
    return true;
}

void alerts_free(AlertList *list) {
    for (uint32_t i = 0; i < list->n; i++) vec_free(&list->at[i].changes);
    vec_free(list);
}

bool alert_set(const Store *s, const char *id, const char *state, const char *reason, Err *err) {
    char name[128];
    json_t *notes = store_notes(s, NULL);
    bool known = is_stored(notes, id);
    json_decref(notes);
    if (!known) return err_set(err, "there is no alert %s in this history (nightjar trend lists them)", id);
    json_t *note = json_pack("{s:s, s:s, s:s, s:s?}", "kind", "state", "id", id, "state", state, "reason", reason);
    bool ok = store_add_note(s, note, name, err);
    json_decref(note);
    return ok;
}
