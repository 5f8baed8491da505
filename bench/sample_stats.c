// What emu says of its run, as the sample has it: counters, events, times of its phases, slices, the code that it made.
//
//   {"counters": {"guest_instructions": -5}}   ->   the sample is invalid, and has no such metric
//   {"slices": [{"cpu_ns": "x"}]}              ->   the sample is invalid, and has no slices
#include "bench/sample_stats.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/document.h"
#include "bench/model/boot.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sample_invalidate(json_t *sample, const char *reason) {
    if (json_is_false(json_object_get(sample, "valid"))) return; // the first reason stays
    json_t *text = json_string(reason);
    if (!text) { // what a program printed, or a name that was cut in the middle of a character
        char *plain = alloc_text(reason);
        for (char *c = plain; *c; c++) *c = *c & 0x80 ? '?' : *c;
        text = json_string(plain);
        free(plain);
    }
    json_put(sample, "valid", json_false());
    json_put(sample, "reason", text);
}

static void judge_features(json_t *sample, const json_t *asked, const json_t *reported) {
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)asked, name, v) {
        const json_t *got = json_object_get(reported, name);
        char why[200];
        snprintf(why, sizeof why, "features: asked for %s %s, emulator reports %s", name,
                 json_is_true(v) ? "on" : "off",
                 !got                ? "nothing"
                 : json_is_true(got) ? "on"
                                     : "off");
        if (!got || json_is_true(got) != json_is_true(v)) sample_invalidate(sample, why);
    }
}

// A count that cannot be is not recorded.
static void take_count(json_t *sample, const char *name, json_t *v) {
    char why[300];
    if (json_is_integer(v) && json_integer_value(v) >= 0) {
        json_object_set(json_object_get(sample, "metrics"), name, v);
        return;
    }
    char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
    snprintf(why, sizeof why, "counts: %.60s is %.60s, which cannot be", name, text ? text : "nothing");
    free(text);
    sample_invalidate(sample, why);
}

static bool is_named(const json_t *version, const char *counter) {
    json_t *v;
    size_t i;
    json_array_foreach(json_object_get(version, "counters"), i, v) {
        if (!strcmp(json_text(v, "name", ""), counter)) return true;
    }
    return false;
}

// Units and values of events share the document's list of metrics with what every run has.
static void take_event(json_t *sample, json_t *units, const char *name, const json_t *event, const json_t *version) {
    json_t *value = json_object_get(event, "value");
    char why[300];
    if (!json_is_number(value)) {
        json_put(json_object_get(sample, "unavailable"), name,
                 json_string(json_text(event, "reason", "no reason given")));
        return;
    }
    snprintf(why, sizeof why, "events: `%.60s` is the name of something else", name);
    if (!*name || document_has_fixed(name) || is_named(version, name)) {
        sample_invalidate(sample, why);
        return;
    }
    take_count(sample, name, value);
    json_put(units, name, json_string(json_text(event, "unit", "events")));
}

static void take_counters(json_t *sample, const json_t *stats, const json_t *version) {
    json_t *metrics = json_object_get(sample, "metrics"), *unavailable = json_object_get(sample, "unavailable");
    json_t *units = json_object(), *v;
    const char *name;
    char why[300];
    json_object_foreach(json_object_get(stats, "counters"), name, v) {
        snprintf(why, sizeof why, "counts: %.60s is a counter that the emulator does not name in --version=json", name);
        if (is_named(version, name))
            take_count(sample, name, v);
        else
            sample_invalidate(sample, why);
    }
    json_object_foreach(json_object_get(stats, "unavailable"), name, v) {
        if (json_is_string(v)) json_object_set(unavailable, name, v);
    }
    json_object_foreach(json_object_get(stats, "events"), name, v) { take_event(sample, units, name, v, version); }
    if (json_object_size(units)) json_object_set(sample, "units", units);
    json_decref(units);
    double guest = json_num(metrics, "guest_instructions", 0), host = json_num(metrics, "host_instructions", -1);
    if (guest > 0 && host >= 0) json_put(metrics, "host_per_guest", json_real(host / guest));
}

// An event that was asked for and that the emulator does not mention at all.
static void note_silent_events(json_t *sample, const char *asked) {
    json_t *metrics = json_object_get(sample, "metrics"), *unavailable = json_object_get(sample, "unavailable");
    char *copy = alloc_text(asked ? asked : ""), *save = NULL;
    for (char *name = strtok_r(copy, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
        if (!strcmp(name, "default")) continue; // the emulator's own set, reported by the names in it
        if (!json_object_get(metrics, name) && !json_object_get(unavailable, name))
            json_put(unavailable, name, json_string("the emulator did not report this event"));
    }
    free(copy);
}

static void take_phases(json_t *sample, const json_t *phases) {
    static const char *const PHASES[] = {"load_ns", "translate_ns", "execute_ns"};
    for (size_t i = 0; i < ARRAY_LEN(PHASES); i++) {
        json_t *v = json_object_get(phases, PHASES[i]);
        if (v) take_count(sample, PHASES[i], v);
    }
}

// Slices end one after the other, and have these members and no other.
static json_t *slices_of(const json_t *stats) {
    static const char *const MEMBERS[] = {"guest_instructions", "cpu_ns", "translate_ns"};
    json_t *slices = json_array(), *slice;
    json_int_t before = -1;
    size_t i;
    json_array_foreach(json_object_get(stats, "slices"), i, slice) {
        json_t *own = json_object();
        bool whole = json_object_size(slice) == ARRAY_LEN(MEMBERS);
        for (size_t k = 0; k < ARRAY_LEN(MEMBERS); k++) {
            json_t *v = json_object_get(slice, MEMBERS[k]);
            whole = whole && json_is_integer(v) && json_integer_value(v) >= 0;
            json_object_set(own, MEMBERS[k], v);
        }
        json_int_t end = json_integer_value(json_object_get(own, MEMBERS[0]));
        json_array_append_new(slices, own);
        if (!whole || end <= before) {
            json_decref(slices);
            return NULL;
        }
        before = end;
    }
    return slices;
}

static void take_slices(json_t *sample, const json_t *stats) {
    const json_t *there = json_object_get(stats, "slices");
    json_t *slices = !there || json_is_array(there) ? slices_of(stats) : NULL;
    if (slices)
        json_put(sample, "slices", slices);
    else
        sample_invalidate(sample, "slices: they are no list of counts that grow");
}

// The hash of the ELF that ran, or the identity of what was booted.
static Digest what_ran(const json_t *stats) {
    Digest d = {{0}};
    json_t *boot = json_copy(json_object_get(stats, "boot"));
    if (json_is_object(boot)) {
        json_put(boot, "memory_bytes", json_incref(json_object_get(stats, "memory_bytes")));
        d = boot_identity(boot);
    } else {
        snprintf(d.hex, sizeof d.hex, "%s", json_text(json_object_get(stats, "elf"), "sha256", ""));
    }
    json_decref(boot);
    return d;
}

// What the code was: which instructions it could use, whether it reached RAM through a window, and its hash where the emulator was
// asked for it.
static void take_code(json_t *sample, const json_t *stats, const char *isa) {
    static const char *const KEYS[] = {"host_isa", "code_sha256"};
    char why[200];
    for (size_t i = 0; i < ARRAY_LEN(KEYS); i++)
        if (json_is_string(json_object_get(stats, KEYS[i])))
            json_object_set(sample, KEYS[i], json_object_get(stats, KEYS[i]));
    json_t *window = json_object_get(stats, "window");
    if (json_is_boolean(window)) json_object_set(sample, "window", window);
    const char *ran = json_text(stats, "host_isa", "unknown");
    snprintf(why, sizeof why, "host_isa: the emulator reports `%.60s`, planned `%.60s`", ran, isa);
    if (strcmp(ran, isa)) sample_invalidate(sample, why);
}

static void judge_stats(json_t *sample, const json_t *stats, const json_t *features) {
    char why[1200];
    const char *asked = json_text(sample, "elf_sha256", "");
    Digest ran = what_ran(stats);
    const char *end = json_text(json_object_get(stats, "exit"), "reason", "");
    if (strcmp(json_text(stats, "schema", ""), "nightjar.stats/1"))
        sample_invalidate(sample, "stats: the file is not nightjar.stats/1");
    snprintf(why, sizeof why, "elf: emulator ran %.64s, planned %s", ran.hex, asked);
    if (strcmp(asked, ran.hex)) sample_invalidate(sample, why);
    snprintf(why, sizeof why, "exit: emulator reports the end `%.60s`, expected `guest`", end);
    if (strcmp(end, "guest")) sample_invalidate(sample, why);
    judge_features(sample, features, json_object_get(stats, "features"));
    const json_t *retired = json_object_get(json_object_get(sample, "metrics"), "guest_instructions");
    if (!json_is_integer(retired)) sample_invalidate(sample, "stats: guest_instructions is missing");
    if (json_is_integer(retired) && !json_integer_value(retired))
        sample_invalidate(sample, "counts: guest_instructions is 0: nothing ran");
}

void sample_take_stats(json_t *sample, const json_t *stats, const StatsAsked *asked, const Err *load) {
    if (!stats) {
        char why[1200];
        snprintf(why, sizeof why, "stats: %s", load->text);
        sample_invalidate(sample, why);
        return;
    }
    take_counters(sample, stats, asked->version);
    if (asked->timed) note_silent_events(sample, asked->events);
    if (asked->sliced) take_slices(sample, stats);
    if (asked->timed) take_phases(sample, json_object_get(stats, "phases"));
    judge_stats(sample, stats, asked->features);
    take_code(sample, stats, asked->isa);
}
