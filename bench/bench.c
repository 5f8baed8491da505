// `nightjar bench`: options to plan, plan to run, run to document, and a short table of what came out.
#include "bench/base/codes.h"
#include "bench/commands.h"
#include "bench/document.h"
#include "bench/base/jsonfile.h"
#include "bench/base/output.h"
#include "bench/model/run.h"
#include "bench/noise.h"
#include "bench/progress.h"
#include "bench/runner.h"
#include "bench/base/stop.h"
#include "bench/terminal.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GUESS_S 2.0 // a sample's wall time when no earlier run says better

// Mean wall time of the valid samples of an earlier run of this --out, by purpose; GUESS_S if there is none.
static double earlier_seconds(const json_t *earlier, const char *purpose) {
    size_t i;
    json_t *s;
    double sum = 0;
    int n = 0;
    json_array_foreach(json_object_get(earlier, "samples"), i, s) {
        if (strcmp(json_text(s, "purpose", ""), purpose) || !json_object_get(s, "wall_ns")) continue;
        sum += json_num(s, "wall_ns", 0) * 1e-9;
        n++;
    }
    return n ? sum / n : GUESS_S;
}

static void print_plan(const Plan *plan) {
    const Options *o = plan->options;
    Err err;
    json_t *earlier = document_load(o->out, &err);
    double total = 0;
    int counts[PURPOSES] = {0};
    for (uint32_t i = 0; i < plan->slots.n; i++) {
        counts[plan->slots.at[i].purpose]++;
        total += earlier_seconds(earlier, purpose_name(plan->slots.at[i].purpose));
    }
    char text[32], budget[32];
    if (o->time_budget_s > 0) total = fmin(total, o->time_budget_s); // no round is begun that it does not hold
    duration_text(total, text);
    printf("plan %.12s, seed %llu: %u configuration%s, %u workload%s\n", plan->hash.hex, (unsigned long long)o->seed,
           plan->configs.n, plan->configs.n == 1 ? "" : "s", plan->workloads.n, plan->workloads.n == 1 ? "" : "s");
    for (uint32_t i = 0; i < plan->configs.n; i++)
        printf("  %-32s %s\n", plan->configs.at[i].id,
               plan->configs.at[i].timed ? (plan->configs.at[i].exact ? "timed, counted" : "timed") : "counted");
    for (uint32_t i = 0; i < plan->workloads.n; i++) {
        const Workload *w = &plan->workloads.at[i];
        printf("  %-24s %-8s %s (timed), %s (counted)\n", w->name, w->guest, w->timed.path, w->exact.path);
    }
    printf("%u samples in this shard, %d in all: %d timed in %d blocks, %d counted\n", plan->slots.n, plan->total_slots,
           counts[PURPOSE_TIME], o->reps, counts[PURPOSE_EXACT]);
    printf("estimate: %s (%s)\n", text,
           earlier ? "from the earlier run of this --out" : "assuming 2 s a sample: nothing was measured here before");
    duration_text(o->time_budget_s, budget);
    if (o->time_budget_s > 0) printf("budget: %s\n", budget);
    json_decref(earlier);
}

static void print_notes(const Plan *plan) {
    size_t i;
    json_t *note;
    json_array_foreach(plan->notes, i, note) fprintf(stderr, "nightjar: %s\n", json_string_value(note));
}

static int conclude(const Plan *plan, json_t *document) {
    int faults = document_faults(document);
    // The document may go to stdout; then what people read does not.
    FILE *f = output_is_stream(plan->options->out) ? stderr : stdout;
    terminal_summary(f, document);
    fprintf(f, "written: %s\n", plan->options->out);
    if (faults)
        fprintf(f, "%d sample%s or count%s not count: see `valid`, `reason` and `errors` there\n", faults,
                faults == 1 ? "" : "s", faults == 1 ? " does" : "s do");
    return faults ? EXIT_INVALID : EXIT_OK;
}

// --resume of a run that is already whole: nothing to do.
static bool is_done(const Plan *plan) {
    const Options *o = plan->options;
    Err err;
    if (!o->resume) return false;
    char *journal = runner_journal(plan);
    bool interrupted = !access(journal, F_OK);
    json_t *old = interrupted || output_is_stream(o->out) ? NULL : document_load(o->out, &err);
    bool done = old && !strcmp(json_text(old, "plan_hash", ""), plan->hash.hex);
    if (done) printf("%s: this run is already whole, there is nothing to resume\n", o->out);
    json_decref(old);
    free(journal);
    return done;
}

// WHY before anything is measured: hours later it would be too late. A file that is no run is not ours to replace.
static bool may_write(const char *out, Err *err) {
    struct stat st;
    if (!output_check(out, err)) return false;
    if (output_is_stream(out) || stat(out, &st) || !st.st_size) return true;
    json_t *there = jsonfile_load_schema(out, RUN_FAMILY, RUN_VERSION, err);
    json_decref(there);
    if (there) return true;
    char why[sizeof err->text];
    memcpy(why, err->text, sizeof why);
    return err_set(err, "%.700s: it would be lost: move it away or give another -o", why);
}

int bench_run(const Options *o, json_t **document) {
    Plan plan;
    Err err = {0};
    *document = NULL;
    if (!o->dry_run && !may_write(o->out, &err)) return complain(&err, EXIT_HOST);
    if (!plan_make(&plan, o, &err)) return complain(&err, EXIT_USAGE);
    print_notes(&plan);
    int code = EXIT_OK;
    if (o->dry_run) {
        print_plan(&plan);
    } else if (!is_done(&plan)) {
        json_t *noise = noise_load(o->noise);
        RunEnd end = runner_run(&plan, noise, stop_on_signal(), document, &err);
        json_decref(noise);
        if (end == RUN_FAILED) complain(&err, EXIT_HOST);
        if (end == RUN_INTERRUPTED) {
            char *journal = runner_journal(&plan);
            fprintf(stderr,
                    "nightjar: interrupted; nothing is lost: the same command with --resume goes on (journal %s)\n",
                    journal);
            free(journal);
        }
        code = end == RUN_FAILED ? EXIT_HOST : end == RUN_INTERRUPTED ? EXIT_INTERRUPTED : conclude(&plan, *document);
    }
    plan_free(&plan);
    return code;
}

int bench_main(int argc, char **argv) {
    Options o;
    json_t *document;
    options_parse(&o, argc, argv, false);
    int code = bench_run(&o, &document);
    json_decref(document);
    options_free(&o);
    return code;
}
