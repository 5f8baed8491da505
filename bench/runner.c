#include "bench/runner.h"
#include "base/alloc.h"
#include "bench/document.h"
#include "bench/model/tool.h"
#include "bench/environment.h"
#include "bench/journal.h"
#include "bench/base/output.h"
#include "bench/model/run.h"
#include "bench/base/jsonfile.h"
#include "bench/pace.h"
#include "bench/progress.h"
#include "bench/sample.h"
#include "bench/base/statistics.h"
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct Cell {                 // one configuration and workload, timed
    int valid, taken, shorts;         // valid samples, and all of them; the short ones
    double seconds, spent_s, short_s; // wall time: of its shortest sample (0: none yet), of all, of all short ones
    uint32_t work, short_work;        // work of a sample; 0: as much as was built in
} Cell;

typedef struct Run {
    const Plan *plan;
    Cell *cells; // [configuration][workload]
    Pace *paces; // the same
    bool has_lengths;
    int rounds;      // that the budget is to hold
    double sample_s; // CPU time that samples are given work for
    Journal journal;
    json_t *header, *samples;
    char *journal_path, *scratch;
    bool *done; // by sample id
    double spent_s;
    bool out_of_time, owns_scratch;
    int blocks; // begun
} Run;

char *runner_journal(const Plan *plan) {
    const char *out = plan->options->out;
    bool stream = output_is_stream(out); // nothing can lie beside it
    return stream ? alloc_print("%snightjar-%.12s.journal", access("build", W_OK) ? "" : "build/", plan->hash.hex)
                  : alloc_print("%s.journal", out);
}

// Where each emulator lies and what runs it.
static void put_ways(const Plan *plan, json_t *hosts) {
    for (uint32_t i = 0; i < plan->hosts.n; i++) {
        const PlanHost *h = &plan->hosts.at[i];
        json_t *into = json_array_get(hosts, i);
        json_put(into, "path", json_string(h->emu.path));
        json_put(into, "through", json_string_or_null(emulator_through(&h->emu)));
        json_put(into, "untimed", json_string_or_null(h->untimed));
    }
}

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
    json_put(json_object_get(h, "emulator"), "path", json_string(plan_emu(plan)->path));
    put_ways(plan, json_object_get(h, "hosts"));
    json_t *p = json_object_get(h, "plan");
    char shard[32];
    snprintf(shard, sizeof shard, "%d/%d", o->shard + 1, o->shards);
    json_put(p, "shard", o->shards ? json_string(shard) : NULL);
    json_put(p, "time_budget_s", o->time_budget_s > 0 ? json_real(o->time_budget_s) : NULL);
    return h;
}

// Was the journal begun with this plan, and for this shard?
static bool same_plan(const Run *run, const json_t *header) {
    char shard[32] = "";
    if (run->plan->options->shards)
        snprintf(shard, sizeof shard, "%d/%d", run->plan->options->shard + 1, run->plan->options->shards);
    return !strcmp(json_text(header, "plan_hash", "?"), run->plan->hash.hex) &&
           !strcmp(shard, json_text(json_object_get(header, "plan"), "shard", ""));
}

static Cell *cell_of(const Run *run, const Slot *slot) {
    return &run->cells[(size_t)slot->config * run->plan->workloads.n + slot->workload];
}

static void note_sample(Run *run, const Slot *slot, const json_t *sample) {
    double s = json_num(sample, "wall_ns", 0) * 1e-9;
    run->spent_s += s;
    Cell *cell = cell_of(run, slot);
    if (slot->purpose == PURPOSE_CALIBRATE) run->paces[cell - run->cells] = pace_of(sample);
    if (slot->purpose == PURPOSE_START) cell->shorts++, cell->short_s += s;
    if (slot->purpose != PURPOSE_TIME) return;
    cell->taken++, cell->spent_s += s;
    cell->valid += json_is_true(json_object_get(sample, "valid"));
    if (!cell->seconds || s < cell->seconds) cell->seconds = s;
}

// How much work each cell's samples get. Follows from the calibrations and the time that was spent before the first
// block, so a resumed run chooses the same.
static void choose_lengths(Run *run) {
    const Options *o = run->plan->options;
    size_t n = (size_t)run->plan->configs.n * run->plan->workloads.n, i;
    double before = 0;
    json_t *s;
    json_array_foreach(run->samples, i, s) {
        if (json_num(s, "block", 0) < 0) before += json_num(s, "wall_ns", 0) * 1e-9;
    }
    double budget = o->time_budget_s > 0 ? o->time_budget_s - before : 0;
    run->sample_s = pace_sample_s(run->paces, n, o->sample_s, budget, o->reps, &run->rounds);
    for (i = 0; i < n; i++) {
        Cell *cell = &run->cells[i];
        const Workload *w = &run->plan->workloads.at[i % run->plan->workloads.n];
        if (!w->timed.settable) continue;
        // What could not be calibrated does what the counted runs do, so that each block says why it does not count.
        cell->work = run->paces[i].known ? pace_work(&run->paces[i], run->sample_s) : (uint32_t)w->exact.work;
        cell->short_work = pace_short(cell->work);
    }
    run->has_lengths = true;
}

static SampleWork work_of(Run *run, const Slot *slot) {
    enum { SLICES = 20, WARMUP = 4 }; // a warm-up: so many slices, and so many times the work of a counted run
    const Cell *cell = cell_of(run, slot);
    if (slot->purpose == PURPOSE_EXACT) return (SampleWork){0};
    if (slot->purpose == PURPOSE_WARMUP) {
        const Pace *pace = &run->paces[cell - run->cells];
        double most = pace->known ? fmax(1, 1 / pace->unit_s) : INFINITY; // a second of it
        double work = floor(fmin(WARMUP * run->plan->workloads.at[slot->workload].exact.work, most));
        double slice = pace->guest * work / SLICES;
        return (SampleWork){.iterations = (uint32_t)work, .slice = slice >= 1000 ? (uint64_t)slice : 0};
    }
    if (!run->has_lengths) choose_lengths(run);
    return (SampleWork){.iterations = slot->purpose == PURPOSE_START ? cell->short_work : cell->work};
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

// Samples that the machine lost, not the guest: they are taken again. The file of their counts could not be written.
static bool is_lost(const json_t *sample) {
    const char *reason = json_text(sample, "reason", "");
    return json_is_false(json_object_get(sample, "valid")) &&
           (!strncmp(reason, "stats:", 6) || strstr(reason, "No space left on device"));
}

// Takes over what an interrupted run has measured; of a sample that is there twice, the later one.
static void take_over(Run *run, const json_t *samples) {
    int again = 0;
    size_t i;
    json_t *s;
    json_array_foreach((json_t *)samples, i, s) {
        const Slot *slot = slot_with(run->plan, json_integer_value(json_object_get(s, "id")));
        if (!slot || run->done[slot->id]) continue;
        if (is_lost(s)) {
            again++;
            continue;
        }
        run->done[slot->id] = true;
        json_array_append(run->samples, s);
        note_sample(run, slot, s);
    }
    if (again)
        fprintf(stderr, "nightjar: %d sample%s of the interrupted run lost %s counts and %s taken again\n", again,
                again == 1 ? "" : "s", again == 1 ? "its" : "their", again == 1 ? "is" : "are");
}

// A new journal: the header, and what was taken over from one with broken lines.
static bool start_journal(Run *run, Err *err) {
    if (!run->header) run->header = new_header(run->plan);
    bool ok = journal_append(&run->journal, run->header, err);
    size_t i;
    json_t *s;
    json_array_foreach(run->samples, i, s) ok = ok && journal_append(&run->journal, s, err);
    return ok;
}

static bool put_aside(Run *run, const char *tag, const char *why, size_t samples, Err *err) {
    char kept[4200];
    if (!journal_put_aside(&run->journal, tag, kept, err)) return false;
    fprintf(stderr, "nightjar: %s: %s; it is kept as %s (%zu samples), and the run starts anew\n", run->journal_path,
            why, kept, samples);
    return start_journal(run, err);
}

// A header that was edited may lack what the document needs.
static bool is_whole(const json_t *header) {
    static const char *const OBJECTS[] = {"tool", "plan", "environment", "emulator"}, *const ARRAYS[] = {"hosts",
                                                                                                         "configs",
                                                                                                         "workloads"};
    for (size_t i = 0; i < ARRAY_LEN(OBJECTS); i++)
        if (!json_is_object(json_object_get(header, OBJECTS[i]))) return false;
    for (size_t i = 0; i < ARRAY_LEN(ARRAYS); i++)
        if (!json_is_array(json_object_get(header, ARRAYS[i]))) return false;
    return json_is_string(json_object_get(header, "created"));
}

// A journal is there: of this plan it goes on, of another one (a rebuilt emulator, other options) it is put aside.
static bool continue_journal(Run *run, JournalContent *c, Err *err) {
    const Options *o = run->plan->options;
    size_t n = json_array_size(c->samples);
    if (!c->header) return put_aside(run, "broken", "has no header that could be read", n, err);
    if (!same_plan(run, c->header)) {
        char tag[80], why[200];
        snprintf(tag, sizeof tag, "%.12s", json_text(c->header, "plan_hash", "unknown"));
        snprintf(why, sizeof why, "was begun with another plan (%.12s; this one is %.12s)", tag, run->plan->hash.hex);
        for (char *p = tag; *p; p++) *p = *p == '/' ? '-' : *p;
        return put_aside(run, tag, why, n, err);
    }
    if (!o->resume)
        return err_set(err, "%s: a run was interrupted here: go on with --resume, or delete the file to start anew",
                       run->journal_path);
    if (!is_whole(c->header)) return put_aside(run, "broken", "has a header that is not whole", n, err);
    run->header = json_incref(c->header);
    take_over(run, c->samples);
    if (!c->broken) return true;
    char why[80];
    snprintf(why, sizeof why, "%d broken line%s in the middle", c->broken, c->broken == 1 ? "" : "s");
    char kept[4200];
    if (!journal_put_aside(&run->journal, "broken", kept, err)) return false;
    fprintf(stderr, "nightjar: %s: %s; it is kept as %s, and the samples that are whole are taken over\n",
            run->journal_path, why, kept);
    return start_journal(run, err);
}

static bool run_begin(Run *run, Err *err) {
    const Options *o = run->plan->options;
    run->journal.fd = -1;
    run->done = alloc_zeroed((size_t)run->plan->total_slots + 1, sizeof *run->done);
    run->paces = alloc_zeroed((size_t)run->plan->configs.n * run->plan->workloads.n + 1, sizeof *run->paces);
    run->cells = alloc_zeroed((size_t)run->plan->configs.n * run->plan->workloads.n + 1, sizeof *run->cells);
    run->journal_path = runner_journal(run->plan);
    run->samples = json_array();
    run->scratch = alloc_print("%.*s.scratch", (int)strlen(run->journal_path) - 8, run->journal_path);
    bool there = !access(run->journal_path, F_OK), empty;
    if (!journal_open(&run->journal, run->journal_path, err) || !journal_is_empty(&run->journal, &empty, err))
        return false;
    if (empty) {
        if (there)
            fprintf(stderr, "nightjar: %s: empty, so nothing is lost: starting from the beginning\n",
                    run->journal_path);
        else if (o->resume)
            fprintf(stderr, "nightjar: no journal %s: starting from the beginning\n", run->journal_path);
        return start_journal(run, err);
    }
    JournalContent c;
    bool ok = journal_read(&run->journal, &c, err) && continue_journal(run, &c, err);
    journal_content_free(&c);
    return ok;
}

// After the journal is ours: the folder is, too.
static bool make_scratch(Run *run, Err *err) {
    run->owns_scratch = true;
    return !mkdir(run->scratch, 0777) || errno == EEXIST || err_set(err, "%s: %s", run->scratch, strerror(errno));
}

static void run_end(Run *run) {
    if (run->owns_scratch) rmdir(run->scratch); // else another harness may be using it
    journal_close(&run->journal);
    json_decref(run->header), json_decref(run->samples);
    free(run->journal_path), free(run->scratch), free(run->done), free(run->cells), free(run->paces);
}

static double block_seconds(const Run *run, int block) {
    double sum = 0;
    for (uint32_t i = 0; i < run->plan->slots.n; i++) {
        const Slot *slot = &run->plan->slots.at[i];
        if (slot->block != block || is_thinned(run, slot)) continue;
        const Cell *cell = cell_of(run, slot);
        if (slot->purpose == PURPOSE_TIME && cell->taken) sum += cell->spent_s / cell->taken;
        if (slot->purpose == PURPOSE_START && cell->shorts) sum += cell->short_s / cell->shorts;
    }
    return sum;
}

// A new block is begun only if it still fits, going by what the earlier ones took on average; the
// first timed block always runs.
static bool budget_allows(const Run *run, const Slot *slot, int last_block) {
    double budget = run->plan->options->time_budget_s;
    if (budget <= 0 || slot->block <= 0 || slot->block == last_block) return true;
    return run->spent_s + block_seconds(run, slot->block) <= budget;
}

static bool run_slot(Run *run, const Slot *slot, Progress *progress, const volatile sig_atomic_t *stop, bool *stopped,
                     Err *err) {
    json_t *s = slot->purpose == PURPOSE_CALIBRATE
                    ? pace_measure(run->plan, slot, run->scratch, stop, stopped, err)
                    : sample_take(run->plan, slot, work_of(run, slot), run->scratch, stop, stopped, err);
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

static int slots_until(const Plan *plan, int block) {
    int n = 0;
    for (uint32_t i = 0; i < plan->slots.n; i++) n += plan->slots.at[i].block < block;
    return n;
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
            run->blocks = last_block + 1;
            continue;
        }
        if (is_thinned(run, slot) || (slot->purpose == PURPOSE_START && !work_of(run, slot).iterations)) {
            progress.total--;
            continue;
        }
        run->out_of_time = !budget_allows(run, slot, last_block);
        if (run->out_of_time) break;
        if (slot->block >= 0 && slot->block != last_block && budget > 0) { // how many rounds there will be
            work_of(run, slot);
            int rounds = slot->block < run->rounds ? run->rounds : slot->block + 1;
            progress.total = slots_until(run->plan, rounds);
        }
        last_block = slot->block;
        run->blocks = last_block + 1;
        *stopped = stop && *stop;
        ok = *stopped || run_slot(run, slot, &progress, stop, stopped, err);
    }
    progress_end(&progress);
    return ok;
}

// The run that is there under this name is not lost: it gets its date into its name.
static bool keep_earlier(const char *out, Err *err) {
    Err why;
    struct stat st;
    json_t *old = output_is_stream(out) || stat(out, &st) || !st.st_size
                      ? NULL
                      : jsonfile_load_schema(out, RUN_FAMILY, RUN_VERSION, &why);
    if (!old) return true;
    char kept[4200], date[32] = "";
    for (const char *p = json_text(old, "created", "earlier"); *p && strlen(date) < sizeof date - 1; p++)
        if (isalnum((unsigned char)*p)) strncat(date, p, 1);
    size_t n = strlen(out), stem = n > 5 && !strcmp(out + n - 5, ".json") ? n - 5 : n;
    bool ok = false;
    for (int i = 1; i < 1000 && !ok; i++) {
        char number[16] = "";
        if (i > 1) snprintf(number, sizeof number, "-%d", i);
        snprintf(kept, sizeof kept, "%.*s-%s%s.json", (int)stem, out, date, number);
        ok = !link(out, kept);
        if (!ok && errno != EEXIST) break;
    }
    json_decref(old);
    if (!ok) return err_set(err, "%s: the run that is there cannot be kept as %s: %s", out, kept, strerror(errno));
    fprintf(stderr, "nightjar: %s: the run that was there is kept as %s\n", out, kept);
    return true;
}

static bool finish(Run *run, StealClock start, const json_t *noise, json_t **document, Err *err) {
    json_t *e = json_object_get(run->header, "environment"), *p = json_object_get(run->header, "plan");
    json_put(e, "steal_percent", json_real(environment_steal_percent(start, environment_steal_now())));
    json_put(p, "samples_taken", json_integer((json_int_t)json_array_size(run->samples)));
    if (run->sample_s > 0) json_put(p, "sample_taken_s", json_real(run->sample_s));
    const Options *o = run->plan->options;
    bool enough = o->reps_up_to && run->rounds < o->reps && run->blocks >= PACE_BLOCKS; // as many as fit were asked for
    json_put(p, "stopped", run->out_of_time && !enough ? json_string("time budget") : NULL);
    *document = document_make(run->header, run->samples, noise, o->out, err);
    if (!*document || !keep_earlier(o->out, err) || !jsonfile_write(o->out, *document, err)) {
        json_decref(*document);
        *document = NULL;
        return false;
    }
    journal_remove(&run->journal);
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
