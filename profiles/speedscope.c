// Export in speedscope's own format (its file-format-spec): one file with a profile for each thing that was counted.
// Every profile is `sampled`: stacks of frames, outermost first, each with a weight.
#include "profiles/profile.h"
#include "bench/base/jsonfile.h"
#include <stdlib.h>
#include <string.h>

typedef struct Speedscope {
    json_t *frames, *numbers; // numbers: key of a frame -> its index
} Speedscope;

// The index of the frame; `key` tells frames of one name apart.
static json_t *frame(Speedscope *s, const char *key, const char *name, const json_t *place) {
    json_t *number = json_object_get(s->numbers, key);
    if (number) return json_incref(number);
    json_t *f = json_pack("{s:s}", "name", name);
    const char *file = place ? json_text(place, "file", NULL) : NULL;
    if (file) json_put(f, "file", json_string(file));
    if (file && pj_int(place, "line")) json_put(f, "line", json_integer(pj_int(place, "line")));
    number = json_integer((json_int_t)json_array_size(s->frames));
    json_array_append_new(s->frames, f);
    json_object_set(s->numbers, key, number);
    return number;
}

typedef struct Stacks {
    json_t *samples, *weights;
    json_int_t sum;
} Stacks;

static void add(Stacks *to, json_t *stack, json_int_t weight) { // takes the stack
    json_array_append_new(to->samples, stack);
    json_array_append_new(to->weights, json_integer(weight));
    to->sum += weight;
}

// The function and the block in it.
static json_t *stack_of(Speedscope *s, const json_t *b) {
    char key[256], place[128];
    const char *function = json_text(b, "symbol", "(no symbol)"), *at = json_text(b, "gpc", "?");
    snprintf(key, sizeof key, "f %.200s", function);
    json_t *stack = json_pack("[o]", frame(s, key, function, NULL));
    pj_place(place, sizeof place, b);
    snprintf(key, sizeof key, "b %.60s", at);
    json_array_append_new(stack, frame(s, key, place, b));
    return stack;
}

static void add_reasons(Speedscope *s, Stacks *to, const json_t *b) {
    const char *why;
    json_t *n;
    json_object_foreach(json_object_get(b, "why"), why, n) {
        char key[64];
        if (json_integer_value(n) <= 0) continue;
        snprintf(key, sizeof key, "w %.60s", why);
        json_t *stack = stack_of(s, b);
        json_array_append_new(stack, frame(s, key, why, NULL));
        add(to, stack, json_integer_value(n));
    }
}

static void add_run_loop(Speedscope *s, Stacks *to, json_int_t n) {
    if (n) add(to, json_pack("[o]", frame(s, "run loop", "(run loop)", NULL)), n);
}

static json_t *finish(const Stacks *k, const char *name) {
    return json_pack("{s:s,s:s,s:s,s:i,s:I,s:o,s:o}", "type", "sampled", "name", name, "unit", "none", "startValue", 0,
                     "endValue", k->sum, "samples", k->samples, "weights", k->weights);
}

static Stacks stacks(void) { return (Stacks){json_array(), json_array(), 0}; }

static json_t *by_key(Speedscope *s, const json_t *p, const char *name, const char *key, json_int_t rest) {
    Stacks k = stacks();
    size_t i;
    json_t *b;
    json_array_foreach(json_object_get(p, "blocks"), i, b) {
        if (pj_int(b, key)) add(&k, stack_of(s, b), pj_int(b, key));
    }
    add_run_loop(s, &k, rest);
    return finish(&k, name);
}

static json_t *host_instructions(Speedscope *s, const json_t *p) {
    Stacks k = stacks();
    size_t i;
    json_t *b;
    json_array_foreach(json_object_get(p, "blocks"), i, b) add_reasons(s, &k, b);
    add_run_loop(s, &k, pj_int(json_object_get(p, "totals"), "run_loop_host_instructions"));
    return finish(&k, "host instructions");
}

void profile_speedscope(ReportText *out, const json_t *p) {
    Speedscope s = {json_array(), json_object()};
    json_t *list = json_array();
    const json_t *totals = json_object_get(p, "totals");
    if (strcmp(json_text(p, "engine", ""), "interp")) json_array_append_new(list, host_instructions(&s, p));
    json_array_append_new(
        list, by_key(&s, p, "guest instructions", "guest_instructions", pj_int(totals, "stepped_instructions")));
    if (json_object_get(p, "sampled"))
        json_array_append_new(list, by_key(&s, p, "samples of CPU time in translated code", "samples", 0));
    json_t *file = json_pack("{s:s,s:{s:o},s:o,s:s,s:i,s:s}", "$schema",
                             "https://www.speedscope.app/file-format-schema.json", "shared", "frames", s.frames,
                             "profiles", list, "name", json_text(json_object_get(p, "workload"), "name", "?"),
                             "activeProfileIndex", 0, "exporter", "nightjar profile");
    char *text = json_dumps(file, JSON_COMPACT);
    BUG_IF(!text, "out of memory");
    rt_bytes(out, text, strlen(text));
    free(text);
    json_decref(file), json_decref(s.numbers);
}
