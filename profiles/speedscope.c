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
static json_t *frame(Speedscope *s, const char *key, const char *name, const ProfileBlock *place) {
    json_t *number = json_object_get(s->numbers, key);
    if (number) return json_incref(number);
    json_t *f = json_pack("{s:s}", "name", name);
    const char *file = place ? place->file : NULL;
    if (file) json_put(f, "file", json_string(file));
    if (file && place->line) json_put(f, "line", json_integer(place->line));
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
static json_t *stack_of(Speedscope *s, const ProfileBlock *b) {
    char key[256], place[128];
    const char *function = b->symbol ? b->symbol : "(no symbol)";
    snprintf(key, sizeof key, "f %.200s", function);
    json_t *stack = json_pack("[o]", frame(s, key, function, NULL));
    block_place(place, sizeof place, b);
    snprintf(key, sizeof key, "b %.60s", b->gpc);
    json_array_append_new(stack, frame(s, key, place, b));
    return stack;
}

static void add_reasons(Speedscope *s, Stacks *to, const ProfileBlock *b) {
    const char *why;
    json_t *n;
    json_object_foreach((json_t *)b->why, why, n) {
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

static json_t *guest_instructions(Speedscope *s, const ProfileDoc *p) {
    Stacks k = stacks();
    for (uint32_t i = 0; i < p->blocks.n; i++) {
        const ProfileBlock *b = &p->blocks.at[i];
        if (b->guest_instructions) add(&k, stack_of(s, b), b->guest_instructions);
    }
    add_run_loop(s, &k, p->totals.stepped_instructions);
    return finish(&k, "guest instructions");
}

static json_t *samples(Speedscope *s, const ProfileDoc *p) {
    Stacks k = stacks();
    for (uint32_t i = 0; i < p->blocks.n; i++) {
        const ProfileBlock *b = &p->blocks.at[i];
        if (b->samples && b->samples != MEMBER_NULL) add(&k, stack_of(s, b), b->samples);
    }
    return finish(&k, "samples of CPU time in translated code");
}

static json_t *host_instructions(Speedscope *s, const ProfileDoc *p) {
    Stacks k = stacks();
    for (uint32_t i = 0; i < p->blocks.n; i++) add_reasons(s, &k, &p->blocks.at[i]);
    add_run_loop(s, &k, p->totals.run_loop_host_instructions);
    return finish(&k, "host instructions");
}

void profile_speedscope(ReportText *out, const ProfileDoc *p) {
    Speedscope s = {json_array(), json_object()};
    json_t *list = json_array();
    if (!profile_is_interp(p)) json_array_append_new(list, host_instructions(&s, p));
    json_array_append_new(list, guest_instructions(&s, p));
    if (p->sampled.by) json_array_append_new(list, samples(&s, p));
    json_t *file =
        json_pack("{s:s,s:{s:o},s:o,s:s,s:i,s:s}", "$schema", "https://www.speedscope.app/file-format-schema.json",
                  "shared", "frames", s.frames, "profiles", list, "name", p->workload.name, "activeProfileIndex", 0,
                  "exporter", "nightjar profile");
    char *text = json_dumps(file, JSON_COMPACT);
    rt_bytes(out, text, strlen(text));
    free(text);
    json_decref(file), json_decref(s.numbers);
}
