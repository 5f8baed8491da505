#include "bench/runner.h"
#include "bench/document.h"
#include "bench/model/tool.h"
#include "bench/environment.h"
#include "bench/journal.h"
#include "bench/base/jsonfile.h"
#include "bench/progress.h"
#include "bench/sample.h"
#include "bench/base/statistics.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct Cell { // one configuration and workload, timed
    int valid;
    double seconds; // wall time of its shortest sample; 0: none yet
} Cell;

typedef struct Run {
    const Plan *plan;
    Cell *cells; // [configuration][workload]
    Journal journal;
    json_t *header, *samples;
    char *journal_path, *scratch;
    bool *done; // by sample id
    double spent_s;
    bool out_of_time;
} Run;

static json_t *new_header(const Plan *plan) {
    char created[32];
    time_t now = time(NULL);
    struct tm utc;
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    json_t *h = plan_document(plan), *environment = environment_read();
    const Options *o = plan->options;
    json_array_extend(json_object_get(environment, "notes"), plan->notes);
    json_put(h, "schema", json_string("nightjar.journal/1"));
    json_put(h, "plan_hash", json_string(plan->hash.hex));
    json_put(h, "created", json_string(created));
    json_put(h, "title", json_string_or_null(o->title));
    json_put(h, "tool", tool_document());
    json_put(h, "environment", environment);
    json_put(json_object_get(h, "emulator"), "path", json_string(plan->emu.path));
    json_t *p = json_object_get(h, "plan");
    char shard[32];
    snprintf(shard, sizeof shard, "%d/%d", o->shard + 1, o->shards);
    json_put(p, "shard", o->shards ? json_string(shard) : NULL);
    json_put(p, "time_budget_s", o->time_budget_s > 0 ? json_real(o->time_budget_s) : NULL);
    return h;
}

static bool same_plan(const Run *run, Err *err) {
    const char *theirs = json_text(run->header, "plan_hash", "?");
    const json_t *p = json_object_get(run->header, "plan");
    char shard[32] = "";
    if (run->plan->options->shards)
        snprintf(shard, sizeof shard, "%d/%d", run->plan->options->shard + 1, run->plan->options->shards);
    if (!strcmp(theirs, run->plan->hash.hex) && !strcmp(shard, json_text(p, "shard", ""))) return true;
    return err_set(err,
                   "%s: was begun with another plan (%.12s, matrix %s, seed %lld, reps %lld; this one is %.12s): the "
                   "emulator, an ELF or an option "
                   "has changed. Resume with the same ones, or delete the journal to start anew",
                   run->journal_path, theirs, json_text(p, "matrix", "?"), (long long)json_num(p, "seed", 0),
                   (long long)json_num(p, "reps", 0), run->plan->hash.hex);
}

static Cell *cell_of(const Run *run, const Slot *slot) {
    return &run->cells[(size_t)slot->config * run->plan->workloads.n + slot->workload];
}

static void note_sample(Run *run, const Slot *slot, const json_t *sample) {
    double s = json_num(sample, "wall_ns", 0) * 1e-9;
    run->spent_s += s;
    if (slot->purpose != PURPOSE_TIME) return;
    Cell *cell = cell_of(run, slot);
    cell->valid += json_is_true(json_object_get(sample, "valid"));
    if (!cell->seconds || s < cell->seconds) cell->seconds = s;
}

// Follows from the samples alone, so a resumed run thins as an uninterrupted one does.
static bool is_thinned(const Run *run, const Slot *slot) {
    double limit = run->plan->options->thin_s;
    if (limit <= 0 || slot->purpose != PURPOSE_TIME) return false;
    const Cell *cell = cell_of(run, slot);
    return cell->valid >= STATS_MIN && cell->seconds > limit;
}

static const Slot *slot_with(const Plan *plan, json_int_t id) {
    for (uint32_t i = 0; i < plan->slots.n; i++)
        if (plan->slots.at[i].id == id) return &plan->slots.at[i];
    return NULL;
}

static bool run_begin(Run *run, Err *err) {
    const Options *o = run->plan->options;
    run->journal.fd = -1;
    run->done = calloc((size_t)run->plan->total_slots + 1, sizeof *run->done);
    run->cells = calloc((size_t)run->plan->configs.n * run->plan->workloads.n + 1, sizeof *run->cells);
    if (!run->done || !run->cells || asprintf(&run->journal_path, "%s.journal", o->out) < 0 ||
        asprintf(&run->scratch, "%s.scratch", o->out) < 0)
        abort();
    if (!o->resume || access(run->journal_path, F_OK)) {
        if (o->resume) fprintf(stderr, "nightjar: no journal %s: starting from the beginning\n", run->journal_path);
        run->header = new_header(run->plan);
        run->samples = json_array();
        return journal_create(&run->journal, run->journal_path, run->header, err);
    }
    if (!journal_open(&run->journal, run->journal_path, err)) return false;
    if (!journal_read(run->journal_path, &run->journal, &run->header, &run->samples, err) || !same_plan(run, err))
        return false;
    size_t i;
    json_t *s;
    json_array_foreach(run->samples, i, s) {
        const Slot *slot = slot_with(run->plan, json_integer_value(json_object_get(s, "id")));
        if (!slot) continue;
        run->done[slot->id] = true;
        note_sample(run, slot, s);
    }
    return true;
}

// After the journal is ours: the folder is, too.
static bool make_scratch(const Run *run, Err *err) {
    return !mkdir(run->scratch, 0777) || errno == EEXIST || err_set(err, "%s: %s", run->scratch, strerror(errno));
}

static void run_end(Run *run) {
    if (run->journal.fd >= 0) rmdir(run->scratch); // else another harness may be using it
    journal_close(&run->journal);
    json_decref(run->header), json_decref(run->samples);
    free(run->journal_path), free(run->scratch), free(run->done), free(run->cells);
}

static double block_seconds(const Run *run, int block) {
    double sum = 0;
    for (uint32_t i = 0; i < run->plan->slots.n; i++) {
        const Slot *slot = &run->plan->slots.at[i];
        if (slot->block == block && !is_thinned(run, slot)) sum += cell_of(run, slot)->seconds;
    }
    return sum;
}

// A new block is begun only if it still fits; the first timed block always runs.
static bool budget_allows(const Run *run, const Slot *slot, int last_block) {
    double budget = run->plan->options->time_budget_s;
    if (budget <= 0 || slot->block <= 0 || slot->block == last_block) return true;
    return run->spent_s + block_seconds(run, slot->block) <= budget;
}

static bool run_slot(Run *run, const Slot *slot, Progress *progress, const volatile sig_atomic_t *stop, bool *stopped,
                     Err *err) {
    json_t *s = sample_take(run->plan, slot, run->scratch, stop, stopped, err);
    if (!s) return *stopped;
    const Workload *w = &run->plan->workloads.at[slot->workload];
    bool valid = json_is_true(json_object_get(s, "valid"));
    char what[200];
    snprintf(what, sizeof what, "%s %s", w->name, run->plan->configs.at[slot->config].id);
    json_array_append_new(run->samples, s);
    if (!journal_append(&run->journal, s, err)) return false;
    note_sample(run, slot, s);
    progress_step(progress, slot->block, what, (uint64_t)json_num(s, "wall_ns", 0), valid);
    if (!valid && !progress->terminal) fprintf(stderr, "nightjar: invalid: %s: %s\n", what, json_text(s, "reason", ""));
    return true;
}

static bool run_slots(Run *run, const volatile sig_atomic_t *stop, bool *stopped, Err *err) {
    Progress progress;
    int last_block = -1000;
    bool ok = true;
    int mine = 0;
    for (uint32_t i = 0; i < run->plan->slots.n; i++) mine += run->done[run->plan->slots.at[i].id];
    double budget = run->plan->options->time_budget_s;
    progress_begin(&progress, mine, (int)run->plan->slots.n, budget > 0 ? fmax(budget - run->spent_s, 0.001) : 0);
    for (uint32_t i = 0; ok && !*stopped && i < run->plan->slots.n; i++) {
        const Slot *slot = &run->plan->slots.at[i];
        if (run->done[slot->id]) {
            last_block = slot->block;
            continue;
        }
        if (is_thinned(run, slot)) {
            progress.total--;
            continue;
        }
        run->out_of_time = !budget_allows(run, slot, last_block);
        if (run->out_of_time) break;
        last_block = slot->block;
        *stopped = stop && *stop;
        ok = *stopped || run_slot(run, slot, &progress, stop, stopped, err);
    }
    progress_end(&progress);
    return ok;
}

static bool finish(Run *run, StealClock start, const json_t *noise, json_t **document, Err *err) {
    json_t *e = json_object_get(run->header, "environment"), *p = json_object_get(run->header, "plan");
    json_put(e, "steal_percent", json_real(environment_steal_percent(start, environment_steal_now())));
    json_put(p, "samples_taken", json_integer((json_int_t)json_array_size(run->samples)));
    json_put(p, "stopped", run->out_of_time ? json_string("time budget") : NULL);
    *document = document_make(run->header, run->samples, noise);
    if (!jsonfile_write(run->plan->options->out, *document, err)) return false;
    unlink(run->journal_path);
    return true;
}

RunEnd runner_run(const Plan *plan, const json_t *noise, const volatile sig_atomic_t *stop, json_t **document,
                  Err *err) {
    Run run = {.plan = plan, .journal = {.fd = -1}};
    StealClock start = environment_steal_now();
    bool stopped = false;
    *document = NULL;
    bool ok = run_begin(&run, err) && make_scratch(&run, err) && run_slots(&run, stop, &stopped, err);
    if (ok && !stopped) ok = finish(&run, start, noise, document, err);
    run_end(&run);
    return !ok ? RUN_FAILED : stopped ? RUN_INTERRUPTED : RUN_DONE;
}
