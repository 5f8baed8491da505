// `nightjar merge PART.json... -o WHOLE.json`: the shards of one plan become one document, summary made anew. Parts may
// be given in any order; the result is the same.
#include "bench/base/codes.h"
#include "base/command_line.h"
#include "bench/commands.h"
#include "bench/document.h"
#include "bench/base/jsonfile.h"
#include "bench/base/output.h"
#include "bench/model/run.h"
#include "bench/terminal.h"
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct MergeOptions {
    json_t *parts;
    const char *out;
    bool force;
} MergeOptions;

static error_t parse(int key, char *arg, struct argp_state *state) {
    MergeOptions *o = state->input;
    switch (key) {
    case 'o': o->out = arg; return 0;
    case 'f': o->force = true; return 0;
    case ARGP_KEY_ARG: json_array_append_new(o->parts, json_string(arg)); return 0;
    case ARGP_KEY_END:
        if (json_array_size(o->parts) < 1) argp_error(state, "give the documents of the shards");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static bool may_join(const json_t *first, const json_t *part, const char *path, bool force, Err *err) {
    if (strcmp(json_text(first, "plan_hash", ""), json_text(part, "plan_hash", "")))
        return err_set(err,
                       "%s: is of another plan (%.12s, not %.12s): all shards need the same options, emulator and ELFs",
                       path, json_text(part, "plan_hash", ""), json_text(first, "plan_hash", ""));
    const char *x = json_text(json_object_get(first, "environment"), "cpu_model", ""),
               *y = json_text(json_object_get(part, "environment"), "cpu_model", "");
    if (strcmp(x, y) && !force)
        return err_set(err, "%s: was measured on another CPU (%s, not %s): --force mixes them all the same", path, y,
                       x);
    return true;
}

// Adds the samples of a part; the same sample twice is refused.
static bool join_samples(json_t *samples, json_t *seen, const json_t *part, const char *path, Err *err) {
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(part, "samples"), i, s) {
        char id[32];
        snprintf(id, sizeof id, "%lld", (long long)json_integer_value(json_object_get(s, "id")));
        if (json_object_get(seen, id))
            return err_set(err, "%s: sample %s is already in another part: is this shard given twice?", path, id);
        json_put(seen, id, json_true());
        json_array_append(samples, s);
    }
    return true;
}

static const char *shard_of(const json_t *document) {
    return json_text(json_object_get(document, "plan"), "shard", "");
}

// The earliest part gives the header, so that the order of the arguments does not matter.
static bool is_earlier(const json_t *part, const json_t *header) {
    int order = strcmp(json_text(part, "created", ""), json_text(header, "created", ""));
    return order ? order < 0 : strcmp(shard_of(part), shard_of(header)) < 0;
}

// The shards that this document holds: its own, or those that were merged into it.
static void note_shards(json_t *shards, const json_t *part) {
    size_t i;
    json_t *v;
    if (*shard_of(part)) json_put(shards, shard_of(part), json_true());
    json_array_foreach(json_object_get(json_object_get(part, "plan"), "merged"), i, v) {
        json_put(shards, json_string_value(v), json_true());
    }
}

// "shard 2/3, 3/3 are missing", or "" when the plan is whole.
static void missing_shards(const json_t *shards, char text[300]) {
    const char *shard;
    json_t *v;
    int of = 0, n = 0;
    *text = 0;
    json_object_foreach((json_t *)shards, shard, v) of = atoi(strchr(shard, '/') + 1);
    for (int i = 1; i <= of && strlen(text) < 250; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d/%d", i, of);
        if (json_object_get(shards, name)) continue;
        size_t at = strlen(text);
        snprintf(text + at, 300 - at, "%s%s", n++ ? ", " : "shard ", name);
    }
    size_t at = strlen(text);
    if (n) snprintf(text + at, 300 - at, n == 1 ? " is missing" : " are missing");
}

static json_t *whole_of(json_t *header, const json_t *samples, const json_t *shards, const char *path, int *code,
                        Err *err) {
    json_t *plan = json_object_get(header, "plan"), *names = json_array(), *v;
    json_int_t planned = json_integer_value(json_object_get(plan, "samples_planned"));
    const char *shard;
    char *sorted = json_dumps(shards, JSON_SORT_KEYS | JSON_COMPACT);
    json_t *in_order = json_loads(sorted, 0, NULL);
    free(sorted);
    json_object_foreach(in_order, shard, v) json_array_append_new(names, json_string(shard));
    json_decref(in_order);
    json_put(plan, "shard", json_null());
    json_put(plan, "samples_taken", json_integer((json_int_t)json_array_size(samples)));
    json_put(plan, "merged", names);
    char missing[300];
    missing_shards(shards, missing);
    if (*missing) json_put(plan, "stopped", json_string(missing));
    if ((json_int_t)json_array_size(samples) < planned)
        fprintf(stderr, "nightjar: %zu of %lld planned samples: %s\n", json_array_size(samples), (long long)planned,
                *missing ? missing : "a part ended early or was thinned");
    json_t *whole = document_make(header, samples, json_object_get(header, "noise"), path, err);
    if (whole) *code = *missing ? EXIT_INVALID : EXIT_OK;
    return whole;
}

// The exit code is that of a file that cannot be read until something else is known. Samples of the whole may still
// change it.
static json_t *merge_parts(const MergeOptions *o, int *code, Err *err) {
    json_t *header = NULL, *samples = json_array(), *seen = json_object(), *path, *shards = json_object();
    size_t i;
    bool ok = true;
    json_array_foreach(o->parts, i, path) {
        const char *name = json_string_value(path);
        json_t *part = ok ? document_load(name, err) : NULL;
        ok = part != NULL;
        if (ok && header && !may_join(header, part, name, o->force, err)) *code = EXIT_INCOMPARABLE, ok = false;
        ok = ok && join_samples(samples, seen, part, name, err);
        if (ok) note_shards(shards, part);
        if (ok && (!header || is_earlier(part, header))) {
            json_decref(header);
            header = json_deep_copy(part);
        }
        json_decref(part);
    }
    json_t *whole = ok ? whole_of(header, samples, shards, o->out, code, err) : NULL;
    json_decref(header), json_decref(samples), json_decref(seen), json_decref(shards);
    return whole;
}

int merge_main(int argc, char **argv) {
    static const struct argp_option OPTIONS[] = {
        {"out", 'o', "FILE", 0, "the whole (default build/merged.json)", 0}, {"force", 'f', 0, 0, "mix CPUs", 0}, {0}};
    static const char DOC[] =
        "Puts the shards of one plan together.\vExit: 0 merged; 3 merged, but a shard is missing or some samples do "
        "not count; 4 parts of different "
        "plans or machines; 64 usage; 65 a file; 74 the machine.\n";
    MergeOptions o = {.parts = json_array(), .out = "build/merged.json"};
    struct argp argp = {OPTIONS, parse, "PART.json...", DOC, NULL, NULL, NULL};
    argp_err_exit_status = EXIT_USAGE;
    if (command_line_parse(&argp, argc, argv, 0, &o)) return EXIT_USAGE;
    Err err = {0};
    int code = EXIT_DATA;
    json_t *whole = merge_parts(&o, &code, &err);
    if (!whole) {
        complain(&err, code);
    } else if (!jsonfile_write(o.out, whole, &err)) {
        code = complain(&err, EXIT_HOST);
    } else {
        FILE *f = output_is_stream(o.out) ? stderr : stdout;
        terminal_summary(f, whole);
        fprintf(f, "written: %s\n", o.out);
        if (document_faults(whole)) code = EXIT_INVALID;
    }
    json_decref(whole), json_decref(o.parts);
    return code;
}
