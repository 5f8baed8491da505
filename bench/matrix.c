// From names of matrices to configurations. A configuration's id follows from its set of switches alone, so the same
// set has the same id in every matrix, run and report.
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/model/run.h"
#include "bench/plan.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AXES_MAX 6 // 2^6 configurations are the most that anyone should wait for

static void feature_names(FILE *f, const json_t *features, bool on, const char *separator) {
    const char *name, *before = "";
    json_t *v;
    json_object_foreach((json_t *)features, name, v) {
        if (json_is_true(v) != on) continue;
        fprintf(f, "%s%s", before, name);
        before = separator;
    }
}

static char *config_text(const json_t *features, bool label) {
    size_t on = 0, n = json_object_size(features);
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)features, name, v) on += json_is_true(v);
    char *text = NULL;
    size_t size = 0;
    FILE *f = alloc_stream(&text, &size);
    bool only = on == 1 && n > 2;
    if (on == n)
        fputs(label ? "all on" : "all-on", f);
    else if (on == 0)
        fputs(label ? "all off" : "all-off", f);
    else {
        fputs(only ? (label ? "only " : "only-") : (label ? "without " : "no-"), f);
        feature_names(f, features, only, label ? ", " : "-");
    }
    alloc_stream_end(f);
    return text;
}

char *matrix_config_id(const json_t *features, const char *host) {
    char *stem = config_text(features, false), *id = run_id_on(stem, host);
    free(stem);
    return id;
}

static Config *find_config(Plan *plan, const char *id) {
    for (uint32_t i = 0; i < plan->configs.n; i++)
        if (!strcmp(plan->configs.at[i].id, id)) return &plan->configs.at[i];
    return NULL;
}

// Steals `features` (NULL for peers). `id` is without the host.
static void add_config_on(Plan *plan, uint32_t host, const char *stem, const char *label, const char *engine,
                          json_t *features, json_t *peer, bool timed, bool exact) {
    const char *name = peer ? NULL : emulator_host(&plan->hosts.at[host].emu);
    char *id = run_id_on(stem, name);
    Config *old = find_config(plan, id);
    if (old) {
        json_decref(features);
        free(id);
        old->timed |= timed, old->exact |= exact;
        return;
    }
    Config c = {.peer = peer, .host = host, .timed = timed, .exact = exact};
    c.json = json_object();
    json_put(c.json, "id", json_string(id));
    json_put(c.json, "label", host ? json_sprintf("%s, %s", label, name) : json_string(label));
    json_put(c.json, "host", json_string_or_null(name));
    json_put(c.json, "engine", json_string_or_null(engine));
    free(id);
    json_put(c.json, "features", features);
    json_put(c.json, "peer", json_string_or_null(json_text(peer, "name", NULL)));
    c.id = json_string_value(json_object_get(c.json, "id"));
    vec_push(&plan->configs, c);
}

// On the first host.
static void add_config(Plan *plan, const char *stem, const char *label, const char *engine, json_t *features,
                       json_t *peer, bool timed, bool exact) {
    bool can = peer || !plan->hosts.at[0].untimed; // peers are this machine's
    if (timed && !can && !exact) return json_decref(features);
    add_config_on(plan, 0, stem, label, engine, features, peer, timed && can, exact);
}

// On each host.
static void add_features(Plan *plan, json_t *features, bool timed) {
    char *stem = config_text(features, false), *label = config_text(features, true);
    for (uint32_t h = 0; h < plan->hosts.n; h++)
        add_config_on(plan, h, stem, label, "jit", json_deep_copy(features), NULL, timed && !plan->hosts.at[h].untimed,
                      true);
    json_decref(features);
    free(stem), free(label);
}

// All on (or all off) with one switch turned the other way.
static json_t *except(const Plan *plan, bool on, const char *name) {
    json_t *set = emulator_all(plan_emu(plan), on);
    json_put(set, name, json_boolean(!on));
    return set;
}

static bool check_axes(const Plan *plan, const json_t *axes, Err *err) {
    json_t *all = emulator_all(plan_emu(plan), true), *axis;
    size_t i, n = json_array_size(axes);
    bool ok = n >= 1 && n <= AXES_MAX;
    if (!ok) err_set(err, "--axes: a factorial takes 1 to %d switches", AXES_MAX);
    json_array_foreach((json_t *)axes, i, axis) {
        if (!ok || json_object_get(all, json_string_value(axis))) continue;
        ok = err_set(err,
                     "--matrix full: this emulator was built without the switch `%s`: build it with all switches, or "
                     "choose others with --axes",
                     json_string_value(axis));
    }
    json_decref(all);
    return ok;
}

static bool add_factorial(Plan *plan, bool timed, Err *err) {
    static const char *const FOUR[] = {"chain", "flags", "regcache", "tlb"};
    json_array_clear(plan->axes);
    json_array_extend(plan->axes, plan->options->axes);
    for (size_t i = 0; !json_array_size(plan->options->axes) && i < ARRAY_LEN(FOUR); i++)
        json_array_append_new(plan->axes, json_string(FOUR[i]));
    if (!check_axes(plan, plan->axes, err)) return false;
    size_t n = json_array_size(plan->axes);
    for (unsigned mask = 1u << n; mask-- > 0;) {
        json_t *set = emulator_all(plan_emu(plan), true);
        for (size_t i = 0; i < n; i++)
            json_put(set, json_string_value(json_array_get(plan->axes, i)), json_boolean(mask >> i & 1));
        add_features(plan, set, timed);
    }
    return true;
}

static void add_ends(Plan *plan) {
    add_features(plan, emulator_all(plan_emu(plan), true), true);
    add_features(plan, emulator_all(plan_emu(plan), false), true);
}

static void add_ablation(Plan *plan) {
    json_t *names = emulator_features(plan_emu(plan)), *name;
    size_t i;
    add_ends(plan);
    json_array_foreach(names, i, name) add_features(plan, except(plan, true, json_string_value(name)), true);
    json_array_foreach(names, i, name) add_features(plan, except(plan, false, json_string_value(name)), true);
    json_decref(names);
}

// All on, all off and the four leave-one-outs are timed; the full factorial and every other leave-one-out are only
// counted, which costs next to nothing.
static bool add_quick(Plan *plan, Err *err) {
    add_ends(plan);
    if (!add_factorial(plan, false, err)) return false;
    json_t *axis;
    size_t i;
    json_array_foreach(plan->axes, i, axis) add_features(plan, except(plan, true, json_string_value(axis)), true);
    json_t *names = emulator_features(plan_emu(plan)), *name;
    json_array_foreach(names, i, name) add_features(plan, except(plan, true, json_string_value(name)), false);
    json_decref(names);
    return true;
}

// Two names for one and the same configuration: whatever differs between them is noise.
static void add_aa(Plan *plan) {
    add_config(plan, "aa-a", "A (all on)", "jit", emulator_all(plan_emu(plan), true), NULL, true, true);
    add_config(plan, "aa-b", "B (all on)", "jit", emulator_all(plan_emu(plan), true), NULL, true, true);
}

static bool add_matrix(Plan *plan, const char *name, Err *err) {
    if (!strcmp(name, "full")) return add_factorial(plan, true, err);
    if (!strcmp(name, "quick")) return add_quick(plan, err);
    if (!strcmp(name, "ablation"))
        add_ablation(plan);
    else if (!strcmp(name, "ends"))
        add_ends(plan);
    else if (!strcmp(name, "aa"))
        add_aa(plan);
    else
        return err_set(err, "--matrix %s: there is no such matrix; there are full, ablation, quick, ends", name);
    return true;
}

static void add_peers(Plan *plan) {
    json_t *peer;
    size_t i;
    json_array_foreach(plan->peers_found, i, peer) {
        char id[128];
        snprintf(id, sizeof id, "peer:%s", json_text(peer, "name", "?"));
        add_config(plan, id, json_text(peer, "title", id), NULL, NULL, peer, true, false);
    }
}

bool matrix_expand(Plan *plan, Err *err) {
    const Options *o = plan->options;
    size_t i;
    json_t *v;
    bool ok = true;
    json_array_foreach(o->matrices, i, v) ok = ok && add_matrix(plan, json_string_value(v), err);
    json_array_foreach(o->features, i, v) {
        json_t *set = ok ? emulator_parse_features(plan_emu(plan), json_string_value(v), err) : NULL;
        ok = ok && set;
        if (set) add_features(plan, set, true);
    }
    if (ok && o->interp)
        add_config(plan, "interp", "interpreter", "interp", emulator_all(plan_emu(plan), true), NULL, true, false);
    if (ok) add_peers(plan);
    return ok;
}
