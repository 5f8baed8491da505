// Oracle: arithmetic. Nights of one true level are written as other guest programs and other anchors would show them, by factors that
// the test knows: with the bridge there is neither a step nor an epoch, without it there is one, and a real step on top is found.
#include "ci/bridge.h"
#include "bench/base/jsonfile.h"
#include "ci/changes.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// cmocka needs the ones above
#include <cmocka.h>

enum { SIDE = 8 };

typedef struct Scratch {
    char dir[64];
    Store store;
    int nights;
} Scratch;

static void begin(Scratch *s) {
    Err err;
    memset(s, 0, sizeof *s);
    snprintf(s->dir, sizeof s->dir, "/tmp/nightjar-bridge-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    assert_true(store_init(s->dir, NULL, "HEAD", &err));
    assert_true(store_open(&s->store, s->dir, &err));
}

static void end(Scratch *s) {
    char command[200];
    store_close(&s->store);
    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    assert_int_equal(system(command), 0);
}

static json_t *sample(const char *config, const char *elf, double ns) {
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:{s:f}}", "config", config, "workload", "w", "guest", "rv64",
                     "elf_sha256", elf, "purpose", "time", "valid", 1, "metrics", "cpu_ns", ns);
}

// SIDE nights of this time, with a little noise that repeats; anchor NULL: none ran.
static void nights(Scratch *s, const char *elf, double ns, const char *anchor, double anchor_ns) {
    Err err;
    char name[128], created[32];
    bool known;
    for (int i = 0; i < SIDE; i++) {
        double noise = 1 + 0.002 * ((i * 3) % 4 - 1.5);
        snprintf(created, sizeof created, "2026-01-%02dT02:00:00Z", ++s->nights);
        json_t *run = json_pack("{s:s, s:s, s:{s:{s:s}}, s:{s:i}, s:{s:s, s:s}, s:[{s:s, s:s}], s:[o]}", "schema",
                                "nightjar.run/1", "created", created, "emulator", "version", "commit", "",
                                "environment", "cores", 2, "plan", "exact_isa", "none", "time_isa", "v2", "configs",
                                "id", "all-on", "engine", "jit", "samples", sample("all-on", elf, ns * noise));
        if (anchor) {
            json_array_append_new(json_object_get(run, "configs"),
                                  json_pack("{s:s, s:s}", "id", "peer:anchor", "version", anchor));
            json_array_append_new(json_object_get(run, "samples"), sample("peer:anchor", elf, anchor_ns));
        }
        assert_true(store_add_run(&s->store, run, name, &known, &err));
        json_decref(run);
    }
}

static void add_note(Scratch *s, json_t *note) {
    Err err;
    char name[128];
    assert_true(store_add_note(&s->store, note, name, &err));
    json_decref(note);
    usleep(2000); // notes are in order of milliseconds
}

static void add_bridge(Scratch *s, const char *from, const char *to, double factor, double width) {
    add_note(s, json_pack("{s:s, s:[{s:s, s:s, s:s, s:[s, s], s:[s, s], s:f, s:f}]}", "kind", "bridge", "cells",
                          "workload", "w", "guest", "rv64", "config", "all-on", "elf", from, to, "isa", "v2", "v2",
                          "factor", factor, "width", width));
}

static void add_anchor(Scratch *s, const char *from, const char *to, double factor) {
    add_note(s, json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:f, s:f}]}", "kind", "anchor", "from", from, "to", to,
                          "cells", "workload", "w", "guest", "rv64", "factor", factor, "width", 0.001));
}

typedef struct Found {
    unsigned steps, epochs, series, last, first;
    double before, after;
} Found;

static Found look(Scratch *s) {
    Index x;
    Changes c;
    Err err;
    ChangeOptions o = changes_defaults();
    Found f = {0};
    assert_true(index_open(&x, &s->store, &err));
    assert_true(changes_find(&x, &o, &c, &err));
    f.epochs = c.epochs.n, f.series = c.n_time;
    for (uint32_t i = 0; i < c.list.n; i++) {
        if (c.list.at[i].kind != CHANGE_STEP) continue;
        f.steps++, f.last = c.list.at[i].last, f.first = c.list.at[i].first;
        f.before = c.list.at[i].before, f.after = c.list.at[i].after;
    }
    changes_free(&c);
    index_close(&x);
    return f;
}

static void other_programs(void **state) {
    (void)state;
    Scratch s;
    begin(&s);
    nights(&s, "e1", 1e8, NULL, 0);
    nights(&s, "e2", 1.1e8, NULL, 0);
    Found f = look(&s);
    assert_int_equal(f.epochs, 1);
    assert_int_equal(f.series, 2);
    assert_int_equal(f.steps, 0);
    add_bridge(&s, "e1", "e2", 1.1, 0.002);
    f = look(&s);
    assert_int_equal(f.epochs, 0);
    assert_int_equal(f.series, 1);
    assert_int_equal(f.steps, 0);
    // a third program, two bridges away from the first, and 8 % worse than it should be
    nights(&s, "e3", 1.1e8 * 1.3 * 1.08, NULL, 0);
    add_bridge(&s, "e2", "e3", 1.3, 0.002);
    f = look(&s);
    assert_int_equal(f.epochs, 0);
    assert_int_equal(f.series, 1);
    assert_int_equal(f.steps, 1);
    assert_int_equal(f.last, 2 * SIDE - 1);
    assert_true(fabs(f.after / f.before - 1.08) < 0.005);
    end(&s);
}

// A step where the bridge ends, no larger than what is unknown of the bridge, is none.
static void an_uncertain_bridge(void **state) {
    (void)state;
    for (int wide = 0; wide < 2; wide++) {
        Scratch s;
        begin(&s);
        nights(&s, "e1", 1e8, NULL, 0);
        add_bridge(&s, "e1", "e2", 1.0, wide ? 0.05 : 0.001);
        nights(&s, "e2", 1.05e8, NULL, 0);
        assert_int_equal(look(&s).steps, !wide);
        end(&s);
    }
}

static void another_anchor(void **state) {
    (void)state;
    Scratch s;
    begin(&s);
    nights(&s, "e1", 1e8, "old", 2e8);
    nights(&s, "e1", 1e8, "new", 1e8);
    Found f = look(&s); // never measured side by side: times begin anew
    assert_int_equal(f.steps, 0);
    add_anchor(&s, "old", "new", 0.5);
    assert_int_equal(look(&s).steps, 0);
    nights(&s, "e1", 1.2e8, "newer", 3e8);
    add_anchor(&s, "new", "newer", 3);
    f = look(&s);
    assert_int_equal(f.steps, 1);
    assert_int_equal(f.last, 2 * SIDE - 1);
    assert_true(fabs(f.before - 1.0 / 3) < 0.01 && fabs(f.after - 0.4) < 0.01);
    end(&s);
}

static void wrong_factor_of_an_anchor_shows(void **state) {
    (void)state;
    Scratch s;
    begin(&s);
    nights(&s, "e1", 1e8, "old", 2e8);
    add_anchor(&s, "old", "new", 0.8);
    nights(&s, "e1", 1e8, "new", 1e8);
    assert_int_equal(look(&s).steps, 1);
    end(&s);
}

static void names_are_followed(void **state) {
    (void)state;
    json_t *notes =
        json_pack("[{s:s, s:s, s:s, s:s}, {s:s, s:[{s:s, s:s, s:s, s:[s, s], s:[f, f]}]}]", "kind", "alias", "what",
                  "workload", "old", "w", "new", "v", "kind", "bridge", "cells", "workload", "w", "guest", "rv64",
                  "config", "all-on", "exact_elf", "a", "b", "host_instructions", 100.0, 150.0);
    assert_true(bridge_counts(notes, "v", "rv64", "all-on", "b") == 1.5);
    assert_true(isnan(bridge_counts(notes, "v", "rv64", "all-off", "b")));
    assert_true(isnan(bridge_counts(notes, "v", "rv64", "all-on", "a")));
    json_decref(notes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_programs), cmocka_unit_test(an_uncertain_bridge), cmocka_unit_test(another_anchor),
        cmocka_unit_test(wrong_factor_of_an_anchor_shows), cmocka_unit_test(names_are_followed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
