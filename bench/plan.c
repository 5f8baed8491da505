#include "base/alloc.h"
#include "bench/plan.h"
#include "bench/base/jsonfile.h"
#include "bench/model/run.h"
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>

enum { WARMUPS = 3 };

const char *purpose_name(Purpose p) {
    static const char *const NAMES[] = {"time", "exact", "start", "calibrate", "warmup"};
    return NAMES[p];
}

static void note(Plan *plan, const char *text) {
    size_t i;
    json_t *old;
    json_array_foreach(plan->notes, i, old) if (!strcmp(json_string_value(old), text)) return;
    json_array_append_new(plan->notes, json_string(text));
}

// Guests to measure: those asked for (all must be known to the emulator), or every guest that the emulator has.
static bool choose_guests(const Plan *plan, json_t *guests, Err *err) {
    const json_t *asked = plan->options->guests;
    size_t i;
    json_t *g;
    if (!json_array_size(asked)) return !json_array_extend(guests, json_object_get(plan_emu(plan)->version, "guests"));
    json_array_foreach(asked, i, g) {
        if (!emulator_has_guest(plan_emu(plan), json_string_value(g)))
            return err_set(err, "--guest %s: %s does not have this guest", json_string_value(g), plan_emu(plan)->path);
        json_array_append(guests, g);
    }
    return true;
}

static bool load_workloads(Plan *plan, Err *err) {
    const Options *o = plan->options;
    json_t *guests = json_array();
    char sample[32];
    snprintf(sample, sizeof sample, "%g s", o->sample_s);
    bool takes = emulator_takes(plan_emu(plan), "work");
    if (!o->size && !takes)
        note(plan, "this emulator cannot tell a program how much to do: samples have the size quick");
    WorkloadQuery query = {.sources = o->workloads,
                           .elves = o->elves,
                           .size = o->size || takes ? o->size : "quick",
                           .sample = sample,
                           .exact_size = o->exact_size,
                           .names = o->names,
                           .guests = guests,
                           .notes = plan->notes};
    bool ok = choose_guests(plan, guests, err) && workloads_load(&query, &plan->workloads, err);
    json_decref(guests);
    return ok;
}

// Can this configuration run that workload? A peer that cannot is named in the notes, once.
static bool runs(Plan *plan, const Config *c, const Workload *w, bool say) {
    Err why;
    if (!c->peer) return true;
    json_t *argv = peer_command(c->peer, w, NULL, &why);
    if (argv) {
        json_decref(argv);
        return true;
    }
    if (say) {
        char text[1200];
        snprintf(text, sizeof text, "%s: %s", c->id, why.text);
        note(plan, text);
    }
    return false;
}

static bool has_purpose(const Config *c, const Workload *w, Purpose purpose) {
    switch (purpose) {
    case PURPOSE_EXACT: return c->exact;
    case PURPOSE_TIME: return c->timed;
    case PURPOSE_WARMUP:
        return c->timed && w->timed.settable && (run_id_is(c->id, "all-on") || run_id_is(c->id, "all-off"));
    default: return c->timed && w->timed.settable;
    }
}

// purposes: one bit each.
static void add_block(Plan *plan, int block, unsigned purposes, bool mine) {
    VEC(Slot) slots = {0};
    for (uint32_t c = 0; c < plan->configs.n; c++) {
        for (uint32_t w = 0; w < plan->workloads.n; w++) {
            for (Purpose p = 0; p < PURPOSES; p++) {
                const Config *config = &plan->configs.at[c];
                const Workload *workload = &plan->workloads.at[w];
                if (!(purposes >> p & 1) || !has_purpose(config, workload, p)) continue;
                if (!runs(plan, config, workload, block == 0)) continue;
                vec_push(&slots, ((Slot){plan->total_slots++, block, p, c, w}));
            }
        }
    }
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, (unsigned long)(plan->options->seed * 1000003u + (uint64_t)(block + 1000)));
    if (slots.n) gsl_ran_shuffle(rng, slots.at, slots.n, sizeof *slots.at);
    gsl_rng_free(rng);
    for (uint32_t i = 0; mine && i < slots.n; i++) vec_push(&plan->slots, slots.at[i]);
    vec_free(&slots);
}

static void schedule(Plan *plan) {
    const Options *o = plan->options;
    for (int rep = 0; rep < o->exact_reps; rep++)
        add_block(plan, -1 - rep, 1u << PURPOSE_EXACT, !o->shards || rep % o->shards == o->shard);
    for (int shard = 0; o->reps && shard < (o->shards ? o->shards : 1); shard++) // each machine has its own pace
        add_block(plan, PLAN_CALIBRATION - shard, 1u << PURPOSE_CALIBRATE, shard == o->shard);
    for (int rep = 0; o->reps && rep < WARMUPS; rep++)
        add_block(plan, PLAN_WARMUP - rep, 1u << PURPOSE_WARMUP, !o->shards || rep % o->shards == o->shard);
    for (int rep = 0; rep < o->reps; rep++)
        add_block(plan, rep, 1u << PURPOSE_TIME | 1u << PURPOSE_START, !o->shards || rep % o->shards == o->shard);
}

// What is booted, without the paths.
static json_t *boot_document(const json_t *boot) {
    json_t *doc = json_object(), *v;
    const char *name;
    json_object_foreach((json_t *)boot, name, v) {
        json_put(doc, name, json_incref(json_is_object(v) ? json_object_get(v, "sha256") : v));
    }
    return doc;
}

static json_t *binary_document(const Binary *b) {
    json_t *doc = json_pack("{s:s, s:s, s:f}", "size", b->size, "elf_sha256", b->digest.hex, "work", b->work);
    if (b->boot) json_put(doc, "boot", boot_document(b->boot));
    return doc;
}

static json_t *workload_document(const Workload *w) {
    json_t *doc =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:s, s:o}", "name", w->name, "guest", w->guest, "title",
                  w->title, "kind", w->kind, "size", w->timed.size, "elf_sha256", w->timed.digest.hex, "work",
                  w->timed.work, "work_unit", w->work_unit, "exact", binary_document(&w->exact));
    if (w->timed.boot) json_put(doc, "boot", boot_document(w->timed.boot));
    json_t *check = json_array();
    for (uint32_t i = 0; i < w->patterns.n; i++) json_array_append_new(check, json_string(w->patterns.at[i].text));
    json_put(doc, "check", json_pack("{s:i, s:o}", "exit", w->exit_code, "stdout", check));
    return doc;
}

static json_t *plan_member(const Plan *plan) {
    const Options *o = plan->options;
    char *matrix = json_dumps(o->matrices, JSON_COMPACT);
    json_t *doc = json_object(), *first = json_array_get(o->matrices, 0);
    json_put(doc, "matrix",
             json_array_size(o->matrices) == 1 ? json_incref(first)
                                               : json_string(json_array_size(o->matrices) ? matrix : "features"));
    free(matrix);
    json_put(doc, "axes", json_incref(plan->axes));
    json_put(doc, "features", json_incref(o->features));
    json_put(doc, "workloads", json_incref(o->names));
    json_put(doc, "guests", json_incref(o->guests));
    json_put(doc, "seed", json_integer((json_int_t)o->seed));
    json_put(doc, "reps", json_integer(o->reps));
    json_put(doc, "exact_reps", json_integer(o->exact_reps));
    json_put(doc, "size", json_string(o->size ? o->size : "chosen"));
    json_put(doc, "sample_s", o->size ? NULL : json_real(o->sample_s));
    json_put(doc, "exact_size", json_string(o->exact_size));
    json_put(doc, "events", json_string_or_null(o->events));
    json_put(doc, "exact_isa", json_string(plan->hosts.at[0].exact_isa));
    json_put(doc, "time_isa", json_string(plan->hosts.at[0].time_isa));
    json_put(doc, "pin", o->pin >= 0 ? json_integer(o->pin) : NULL);
    json_put(doc, "thin_s", o->thin_s > 0 ? json_real(o->thin_s) : NULL);
    json_put(doc, "timeout_s", json_real(o->timeout_s));
    json_put(doc, "memory_bytes", json_integer((json_int_t)o->memory_bytes));
    json_put(doc, "samples_planned", json_integer(plan->total_slots));
    json_put(doc, "peers_missing", json_incref(plan->peers_missing));
    return doc;
}

// Without the path, and what runs it: where and how a build runs does not change its counts.
static json_t *host_document(const PlanHost *h) {
    return json_pack("{s:s, s:s, s:O, s:s, s:s}", "name", emulator_host(&h->emu), "sha256", h->emu.digest.hex,
                     "version", h->emu.version, "exact_isa", h->exact_isa, "time_isa", h->time_isa);
}

json_t *plan_document(const Plan *plan) {
    json_t *doc = json_object(), *configs = json_array(), *workloads = json_array();
    for (uint32_t i = 0; i < plan->configs.n; i++) {
        json_t *c = json_copy(plan->configs.at[i].json);
        json_put(c, "timed", json_boolean(plan->configs.at[i].timed));
        json_put(c, "exact", json_boolean(plan->configs.at[i].exact));
        if (plan->configs.at[i].peer)
            json_put(c, "version", json_incref(json_object_get(plan->configs.at[i].peer, "version_text")));
        json_array_append_new(configs, c);
    }
    for (uint32_t i = 0; i < plan->workloads.n; i++)
        json_array_append_new(workloads, workload_document(&plan->workloads.at[i]));
    json_put(doc, "plan", plan_member(plan));
    json_t *hosts = json_array();
    for (uint32_t i = 0; i < plan->hosts.n; i++) json_array_append_new(hosts, host_document(&plan->hosts.at[i]));
    const Emulator *emu = plan_emu(plan);
    json_put(doc, "emulator", json_pack("{s:s, s:O}", "sha256", emu->digest.hex, "version", emu->version));
    json_put(doc, "hosts", hosts);
    json_put(doc, "configs", configs);
    json_put(doc, "workloads", workloads);
    return doc;
}

// Everything that decides what is measured enters the hash; where the files lie and which shard this is does not.
static Digest plan_digest(const Plan *plan) {
    json_t *doc = plan_document(plan);
    char *text = json_dumps(doc, JSON_COMPACT | JSON_SORT_KEYS);
    Digest d = digest_bytes(text, strlen(text));
    free(text);
    json_decref(doc);
    return d;
}

// ---- hosts ----------------------------------------------------------------------------------------------------------

// Emulators of one plan are of one source: the same switches, so that a configuration is the same on each host.
static bool same_source(Plan *plan, const Emulator *other, Err *err) {
    const Emulator *first = plan_emu(plan);
    json_t *a = emulator_features(first), *b = emulator_features(other);
    bool ok = json_equal(a, b) &&
              json_equal(json_object_get(first->version, "counters"), json_object_get(other->version, "counters"));
    json_decref(a), json_decref(b);
    if (!ok)
        return err_set(
            err,
            "%s has other switches or counters than %s: build both from one checkout, `make emu` and `make HOST=%s emu`",
            other->path, first->path, emulator_host(other));
    const char *x = json_text(first->version, "commit", "?"), *y = json_text(other->version, "commit", "?");
    bool dirty = json_is_true(json_object_get(first->version, "dirty")) !=
                 json_is_true(json_object_get(other->version, "dirty"));
    if (strcmp(x, y) || dirty) {
        char text[600];
        snprintf(text, sizeof text,
                 "%.200s is of commit %.40s, %.200s of %.40s%s: `make HOST=%s emu` builds the first one anew",
                 other->path, y, first->path, x, dirty ? ", one of them with changes" : "", emulator_host(other));
        note(plan, text);
    }
    return true;
}

static bool fill_isa(PlanHost *h, const Options *o, Err *err) {
    h->exact_isa = emulator_isa(&h->emu, o->exact_isa, err);
    h->time_isa = h->exact_isa ? emulator_isa(&h->emu, o->time_isa, err) : NULL;
    h->untimed = host_untimed(&h->emu);
    return h->time_isa != NULL;
}

// host: NULL: what --emu is built for.
static bool add_host(Plan *plan, const char *host, Err *err) {
    const Options *o = plan->options;
    const HostKind *native = host_of_machine();
    const char *named = host ? json_text(o->host_emus, host, NULL) : NULL;
    bool here = !host || (native && !strcmp(native->name, host));
    char *path = named || here ? alloc_text(named ? named : o->emu) : host_build(o->emu, host);
    PlanHost h = {0};
    HostWay way = {o->through_emu ? o->emu : NULL};
    bool ok = host ? host_open(&h.emu, host, path, way, err) : emulator_open(&h.emu, path, NULL, err);
    free(path);
    if (!ok) return false;
    vec_push(&plan->hosts, h); // its owner from now on
    PlanHost *last = &plan->hosts.at[plan->hosts.n - 1];
    return fill_isa(last, o, err) && (plan->hosts.n == 1 || same_source(plan, &last->emu, err));
}

static bool is_open(const Plan *plan, const char *host) {
    for (uint32_t i = 0; i < plan->hosts.n; i++)
        if (!strcmp(emulator_host(&plan->hosts.at[i].emu), host)) return true;
    return false;
}

// This machine's host first, if it is one of them: headlines and times are about the first one.
static bool open_hosts(Plan *plan, Err *err) {
    const Options *o = plan->options;
    const HostKind *native = host_of_machine();
    size_t i;
    json_t *v;
    bool ok = true;
    if (!json_array_size(o->hosts)) return add_host(plan, NULL, err);
    for (int pass = 0; pass < 2; pass++) {
        json_array_foreach(o->hosts, i, v) {
            bool here = native && !strcmp(native->name, json_string_value(v));
            if (ok && here == (pass == 0) && !is_open(plan, json_string_value(v)))
                ok = add_host(plan, json_string_value(v), err);
        }
    }
    if (ok && o->aa && (plan->hosts.n > 1 || plan->hosts.at[0].untimed))
        ok = err_set(err, "aa measures the noise of times: it takes this machine's own host alone, leave --host out");
    return ok;
}

static void note_untimed(Plan *plan) {
    for (uint32_t i = 0; i < plan->hosts.n; i++) {
        const PlanHost *h = &plan->hosts.at[i];
        char text[600];
        if (!h->untimed) continue;
        snprintf(text, sizeof text, "host %s: counted, not timed: %.400s", emulator_host(&h->emu), h->untimed);
        note(plan, text);
    }
}

static bool plan_fill(Plan *plan, Err *err) {
    const Options *o = plan->options;
    if (!open_hosts(plan, err) || !load_workloads(plan, err)) return false;
    if (!strcmp(plan->hosts.at[0].exact_isa, "unknown"))
        note(plan, "this emulator has no --host-isa: its counts hold for this CPU model only");
    note_untimed(plan);
    if (!peers_load(o->peers_dir, o->peers, plan->peers_found, plan->peers_missing, err) || !matrix_expand(plan, err))
        return false;
    json_t *peer;
    size_t i;
    json_array_foreach(plan->peers_missing, i, peer) {
        char text[1200];
        snprintf(text, sizeof text, "peer %s is not measured: %s", json_text(peer, "name", "?"),
                 json_text(peer, "reason", "?"));
        note(plan, text);
    }
    if (!plan->configs.n) return err_set(err, "nothing to run: give --matrix, --features or --peer");
    schedule(plan);
    plan->hash = plan_digest(plan);
    return true;
}

bool plan_make(Plan *plan, const Options *options, Err *err) {
    memset(plan, 0, sizeof *plan);
    plan->options = options;
    plan->axes = json_array();
    plan->notes = json_array();
    plan->peers_found = json_array();
    plan->peers_missing = json_array();
    if (plan_fill(plan, err)) return true;
    plan_free(plan);
    return false;
}

void plan_free(Plan *plan) {
    for (uint32_t i = 0; i < plan->configs.n; i++) json_decref(plan->configs.at[i].json);
    vec_free(&plan->configs);
    vec_free(&plan->slots);
    workloads_free(&plan->workloads);
    for (uint32_t i = 0; i < plan->hosts.n; i++) {
        PlanHost *h = &plan->hosts.at[i];
        emulator_close(&h->emu);
        free(h->exact_isa), free(h->time_isa), free(h->untimed);
    }
    vec_free(&plan->hosts);
    json_decref(plan->axes), json_decref(plan->notes), json_decref(plan->peers_found), json_decref(plan->peers_missing);
    memset(plan, 0, sizeof *plan);
}
