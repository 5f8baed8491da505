// The runs behind a profile: one that counts, and plain ones beside it, which say what counting costs.
#include "profiles/profile.h"
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Spent {
    double ns[16];
    unsigned n;
} Spent;

static int ascending(const void *x, const void *y) {
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static double median(Spent *s) {
    qsort(s->ns, s->n, sizeof *s->ns, ascending);
    return s->n % 2 ? s->ns[s->n / 2] : (s->ns[s->n / 2 - 1] + s->ns[s->n / 2]) / 2;
}

static bool run_emu(const ProfileRun *run, json_t *options, double *cpu_ns, Err *err) {
    const char *argv[32] = {0};
    size_t i, n = 0;
    json_t *o, *words = emulator_command(run->emu);
    json_array_extend(words, options);
    json_array_foreach(words, i, o) argv[n++] = json_string_value(o);
    argv[n] = run->elf;
    ProcessLimits limits = {.timeout_s = run->timeout_s, .pin = -1};
    ProcessResult r;
    bool ok = process_run(argv, &limits, &r, err);
    if (ok && !r.exited)
        ok = err_set(err, "%s: %s: killed by signal %d", run->emu->path, r.timed_out ? "took too long" : "crashed",
                     r.signal);
    else if (ok && (r.code == 64 || r.code == 125 || r.code == 123))
        ok = err_set(err, "emu ended with %d: %.600s", r.code, r.err);
    if (ok && cpu_ns) *cpu_ns = (double)r.cpu_ns;
    process_result_free(&r);
    json_decref(options), json_decref(words);
    return ok;
}

static json_t *options_of(const ProfileRun *run) {
    json_t *o = json_pack("[s+,s]", "--engine=", run->engine, "--clock=insn");
    if (run->work) json_array_append_new(o, json_sprintf("--work=%u", run->work));
    if (*run->features) json_array_append_new(o, json_pack("s+", "--features=", run->features));
    return o;
}

static json_t *scratch(const ProfileRun *run, const char *name) {
    return json_sprintf("%s/%s.%ld.tmp", run->dir, name, (long)getpid());
}

static bool run_exact(const ProfileRun *run, json_t **blocks, json_t **stats, Err *err) {
    json_t *b = scratch(run, "blocks"), *s = scratch(run, "stats"), *o = options_of(run);
    json_array_append_new(o, json_pack("s+", "--profile=", json_string_value(b)));
    json_array_append_new(o, json_string("--profile-code"));
    json_array_append_new(o, json_pack("s+", "--stats=", json_string_value(s)));
    bool ok = run_emu(run, o, NULL, err) &&
              (*blocks = jsonfile_load_schema(json_string_value(b), "nightjar.blocks", 1, err)) &&
              (*stats = jsonfile_load_schema(json_string_value(s), "nightjar.stats", 1, err));
    unlink(json_string_value(b)), unlink(json_string_value(s));
    json_decref(b), json_decref(s);
    return ok;
}

// ---- how much work ------------------------------------------------------------------------------------------------

// Executed host instructions with this work; NAN if the emulator has no such number.
static bool count_host(const ProfileRun *run, uint32_t work, double *count, Err *err) {
    ProfileRun told = *run;
    told.work = work;
    json_t *b = scratch(run, "blocks"), *s = scratch(run, "stats"), *o = options_of(&told), *doc = NULL;
    json_array_append_new(o, json_pack("s+", "--profile=", json_string_value(b)));
    json_array_append_new(o, json_pack("s+", "--stats=", json_string_value(s)));
    bool ok =
        run_emu(run, o, NULL, err) && (doc = jsonfile_load_schema(json_string_value(s), "nightjar.stats", 1, err));
    *count = json_num(json_object_get(doc, "counters"), "host_instructions", NAN);
    unlink(json_string_value(b)), unlink(json_string_value(s));
    json_decref(b), json_decref(s), json_decref(doc);
    return ok;
}

// A line through the counts of two works: count = fixed + work x unit. WHY powers of two: two builds of the emulator then
// choose the same work nearly always, and their profiles compare.
bool profile_choose_work(const ProfileRun *run, uint32_t least, uint32_t *work, double *cold, Err *err) {
    enum { DOUBLINGS = 11, BEGIN = 8 }; // regions are still being made in the first few million instructions
    double less, more;
    *work = least, *cold = NAN;
    if (!strcmp(run->engine, "interp")) return true; // emits no code that could be cold
    *work *= BEGIN;
    if (!count_host(run, *work, &less, err)) return false;
    for (int i = 0; i < DOUBLINGS && isfinite(less); i++) {
        if (!count_host(run, 2 * *work, &more, err)) return false;
        double fixed = fabs(2 * less - more); // below 0: iterations became dearer
        *work *= 2, *cold = fixed / more, less = more;
        if (*cold < 0.01) break;
    }
    return true;
}

// Pairs, so that a slow moment of the machine hits both. Writing the profile is not in it: the
// emulator's own phase is compared.
static bool run_overhead(const ProfileRun *run, json_t **overhead, Err *err) {
    Spent plain = {0}, counted = {0};
    bool ok = true;
    for (unsigned i = 0; ok && i < 2 * run->overhead_reps && i < 16; i++) {
        json_t *o = options_of(run), *s = scratch(run, "stats"), *b = scratch(run, "blocks"), *doc = NULL;
        Spent *to = i % 2 ? &counted : &plain;
        json_array_append_new(o, json_pack("s+", "--stats=", json_string_value(s)));
        if (i % 2) json_array_append_new(o, json_pack("s+", "--profile=", json_string_value(b)));
        ok = run_emu(run, o, NULL, err) && (doc = jsonfile_load_schema(json_string_value(s), "nightjar.stats", 1, err));
        if (ok) to->ns[to->n++] = json_num(json_object_get(doc, "phases"), "execute_ns", 0);
        json_decref(doc);
        unlink(json_string_value(s)), unlink(json_string_value(b));
        json_decref(s), json_decref(b);
    }
    if (!ok) return false;
    double a = median(&plain), b = median(&counted);
    *overhead = json_pack("{s:f,s:f,s:f,s:i}", "plain_execute_ns", a, "counted_execute_ns", b, "ratio",
                          a > 0 ? b / a : 0, "pairs", (int)run->overhead_reps);
    return true;
}

static bool run_sampled_once(const ProfileRun *run, json_t **samples, Err *err) {
    ProfileRun other = *run;
    other.elf = run->sample_elf;
    other.work = 0; // the full size
    json_t *file = scratch(run, "samples"), *o = options_of(&other);
    json_array_append_new(o, json_pack("s+", "--sample=", json_string_value(file)));
    json_array_append_new(o, json_pack("s+", "--sample-by=", run->sample_by));
    bool ok = run_emu(&other, o, NULL, err) &&
              (*samples = jsonfile_load_schema(json_string_value(file), "nightjar.samples", 1, err));
    unlink(json_string_value(file));
    json_decref(file);
    return ok;
}

static void merge_samples(json_t *into, const json_t *more) {
    static const char *const keys[] = {"samples", "lost", "in_code", "in_routines"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) pj_add(into, keys[i], pj_int(more, keys[i]));
    pj_add_all(json_object_get(into, "blocks"), json_object_get(more, "blocks"));
    pj_add_all(json_object_get(into, "guest"), json_object_get(more, "guest"));
}

// The kernel's tick allows the timer a few hundred samples a second, so a short program is run again.
static bool run_sampled(const ProfileRun *run, json_t **samples, Err *err) {
    enum { ENOUGH = 200, RUNS_MAX = 20 };
    if (!run_sampled_once(run, samples, err)) return false;
    for (int i = 1; i < RUNS_MAX && pj_int(*samples, "in_code") < ENOUGH; i++) {
        json_t *more = NULL;
        if (!run_sampled_once(run, &more, err)) return false;
        merge_samples(*samples, more);
        json_decref(more);
    }
    return true;
}

bool profile_run(const ProfileRun *run, json_t **blocks, json_t **stats, json_t **overhead, json_t **samples,
                 Err *err) {
    *blocks = *stats = NULL;
    *overhead = json_null(), *samples = json_null();
    return run_exact(run, blocks, stats, err) && (!run->overhead_reps || run_overhead(run, overhead, err)) &&
           (!run->sample_elf || run_sampled(run, samples, err));
}
