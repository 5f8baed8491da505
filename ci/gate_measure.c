// Measuring for the gate: `nightjar bench` as a child, for the counts once a side, for the times once a side and block.
#include "bench/base/codes.h"
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include "bench/document.h"
#include "ci/gate.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

double gate_now_s(void) { return (double)process_now_ns() * 1e-9; }

typedef VEC(const char *) Words;

// The document of one `nightjar bench`; NULL and a message. Samples that do not count are in it, with their reasons.
static json_t *bench(const GateOptions *o, const char *emu, const char *file, const Words *more, Err *err) {
    char *self = revision_self();
    Words argv = {0};
    ProcessResult r;
    json_t *doc = NULL;
    const char *const fixed[] = {self, "bench", "--emu", emu, "--peer", "none", "-o", file};
    for (unsigned i = 0; i < ARRAY_LEN(fixed); i++) vec_push(&argv, fixed[i]);
    for (uint32_t i = 0; i < more->n; i++) vec_push(&argv, more->at[i]);
    for (uint32_t i = 0; i < o->pass.n; i++) vec_push(&argv, o->pass.at[i]);
    vec_push(&argv, NULL);
    unlink(file);
    if (process_run(argv.at, &(ProcessLimits){.timeout_s = 3600, .pin = -1}, &r, err)) {
        bool done = r.exited && (r.code == EXIT_OK || r.code == EXIT_INVALID);
        if (done)
            doc = document_load(file, err);
        else
            err_set(err, "nightjar bench --emu %.300s failed: %.500s", emu, *r.err ? r.err : "no message");
        err->text[strcspn(err->text, "\n")] = 0;
        process_result_free(&r);
    }
    vec_free(&argv);
    free(self);
    return doc;
}

json_t *gate_count(const GateOptions *o, const char *emu, const char *scratch, const char *side, Err *err) {
    char file[4200];
    Words more = {0};
    const char *const words[] = {o->features ? "--features" : "--matrix",
                                 o->features ? o->features : o->matrix,
                                 "--reps",
                                 "0",
                                 "--exact-reps",
                                 "2"};
    for (unsigned i = 0; i < ARRAY_LEN(words); i++) vec_push(&more, words[i]);
    snprintf(file, sizeof file, "%s/%s.json", scratch, side);
    json_t *doc = bench(o, emu, file, &more, err);
    vec_free(&more);
    return doc;
}

// The time of a cell in one block; NAN: its program failed.
static double time_of(const json_t *doc, const TimeCell *c) {
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(doc, "samples"), i, s) {
        if (!strcmp(json_text(s, "workload", ""), c->workload) && !strcmp(json_text(s, "guest", ""), c->guest) &&
            json_is_true(json_object_get(s, "valid")) && !strcmp(json_text(s, "purpose", ""), "time"))
            return json_num(json_object_get(s, "metrics"), "cpu_ns", NAN);
    }
    return NAN;
}

static json_t *time_side(const TimeSides *t, bool head, uint32_t block, bool fresh, Err *err) {
    char file[4200], seed[24];
    Words more = {0};
    snprintf(file, sizeof file, "%s/%s-block.json", t->scratch, head ? "head" : "base");
    // WHY a size: without one each sample is told how much to do, so that it takes a certain time, whichever side it is.
    snprintf(seed, sizeof seed, "%u", block + (fresh ? 1000 : 0)); // the same order of cells on both sides
    const char *const words[] = {"--features",   t->o->features ? t->o->features : "all",
                                 "--reps",       "1",
                                 "--exact-reps", "0",
                                 "--size",       "quick",
                                 "--seed",       seed};
    for (unsigned i = 0; i < ARRAY_LEN(words); i++) vec_push(&more, words[i]);
    json_t *doc = bench(t->o, head ? t->head : t->base, file, &more, err);
    vec_free(&more);
    return doc;
}

bool gate_take_block(void *sides, TimeCell *cells, uint32_t n, bool fresh, uint32_t block) {
    TimeSides *t = sides;
    double began = gate_now_s();
    if (t->until_s > 0 && !fresh && block >= t->o->time.least && began + t->last_s > t->until_s) return false;
    bool head_first = block % 2;
    json_t *first = time_side(t, head_first, block, fresh, &t->err);
    json_t *second = first ? time_side(t, !head_first, block, fresh, &t->err) : NULL;
    const json_t *head = head_first ? first : second, *base = head_first ? second : first;
    for (uint32_t i = 0; second && i < n; i++) {
        TimeCell *c = &cells[i];
        if (c->verdict == TIME_INVALID || (fresh && !time_suspected(c))) continue;
        double ratio = log(time_of(head, c) / time_of(base, c));
        if (!isfinite(ratio))
            c->verdict = TIME_INVALID;
        else if (fresh)
            vec_push(&c->fresh, ratio);
        else
            vec_push(&c->blocks, ratio);
    }
    bool ok = second != NULL;
    json_decref(first), json_decref(second);
    t->last_s = gate_now_s() - began;
    return ok;
}
