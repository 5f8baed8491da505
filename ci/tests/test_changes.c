// Oracle: the plants. Histories of 30 nights are written as files, with changes of counts up, down, by 0.1 % a night and
// back, renamings, nights without a run, other ELFs and other instruction sets; every change of a count must be found at
// its night, and nothing else may be. SIM_HISTORIES=1000 is the whole experiment, the default a part of it.
#include "ci/changes.h"
#include "bench/base/jsonfile.h"
#include "ci/tests/lib_series.h"
#include <math.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// cmocka needs the ones above
#include <cmocka.h>

enum { NIGHTS = 30, CELLS = 3, METRICS = 2 };
static const char *const METRIC[METRICS] = {"host_instructions", "units_translated"};

typedef struct Plan { // what the next night will measure
    char workload[CELLS][16], first_name[CELLS][16];
    long value[CELLS][METRICS], older[CELLS][METRICS];
    int elf[CELLS], isa, creeping;
    bool seen[CELLS]; // with this ELF and instruction set
    long last[CELLS][METRICS];
} Plan;

typedef struct Planted {
    char cell[64], metric[32], night[32];
    long before, after;
} Planted;
typedef VEC(Planted) PlantedList;

static json_t *sample(const Plan *p, int cell) {
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:b, s:{s:I, s:I}, s:s}", "config", "all-on", "workload",
                     p->workload[cell], "guest", "rv64", "purpose", "exact", "elf_sha256",
                     json_sprintf("%064d", p->elf[cell]), "valid", 1, "metrics", METRIC[0],
                     (json_int_t)p->value[cell][0], METRIC[1], (json_int_t)p->value[cell][1], "code_sha256", "c");
}

static void night_text(int night, char out[32]) { snprintf(out, 32, "2026-01-%02dT02:00:00Z", night + 1); }

static void write_night(const Store *s, const Plan *p, int night) {
    char when[32], name[128];
    bool known;
    Err err;
    night_text(night, when);
    json_t *samples = json_array();
    for (int c = 0; c < CELLS; c++) json_array_append_new(samples, sample(p, c));
    json_t *run =
        json_pack("{s:s, s:s, s:{s:{s:o, s:b}}, s:{s:i}, s:{s:s}, s:[{s:s, s:s}], s:o}", "schema", "nightjar.run/1",
                  "created", when, "emulator", "version", "commit", json_sprintf("%012d", night), "dirty", 0,
                  "environment", "cores", 2, "plan", "exact_isa", p->isa % 2 ? "bmi2" : "none", "configs", "id",
                  "all-on", "engine", "jit", "samples", samples);
    assert_true(store_add_run(s, run, name, &known, &err));
    json_decref(run);
}

static void say_alias(const Store *s, const char *old, const char *new) {
    Err err;
    char name[128];
    json_t *note = json_pack("{s:s, s:s, s:s, s:s}", "kind", "alias", "what", "workload", "old", old, "new", new);
    assert_true(store_add_note(s, note, name, &err));
    json_decref(note);
}

static void move(Plan *p, int cell, int metric, long to) {
    p->older[cell][metric] = p->value[cell][metric];
    p->value[cell][metric] = to;
}

// What happens before this night. Returns false for a night without a run.
static bool happen(SeriesRandom *r, Plan *p, const Store *s, int night) {
    int cell = (int)(series_bits(r) % CELLS), metric = (int)(series_bits(r) % METRICS);
    long v = p->value[cell][metric];
    if (p->creeping >= 0) move(p, p->creeping, 0, p->value[p->creeping][0] + p->value[p->creeping][0] / 1000);
    switch (series_bits(r) % 16) {
    case 0: move(p, cell, metric, v + 1); break; // the smallest change that there is
    case 1: move(p, cell, metric, v + v / 20); break;
    case 2: move(p, cell, metric, v - v / 30); break;
    case 3: move(p, cell, metric, p->older[cell][metric]); break; // back to what it was
    case 4: p->creeping = p->creeping < 0 ? cell : -1; break;
    case 5: return false;
    case 6: { // renamed; a name may come back only as a chain of new ones
        char name[16];
        snprintf(name, sizeof name, "w%d-%d", cell, night);
        say_alias(s, p->workload[cell], name);
        memcpy(p->workload[cell], name, sizeof name);
        break;
    }
    case 7: // another program: its counts are other ones, and that is no change
        p->elf[cell] = 100 * (night + 1) + cell;
        p->seen[cell] = false;
        for (int m = 0; m < METRICS; m++) p->value[cell][m] += 1000;
        break;
    case 8:
        p->isa++; // two take turns: what was measured with this one before is what is compared
        break;
    default: break;
    }
    return true;
}

// The same by hand: values of a cell are compared with the last ones of the same ELF and instruction set.
static void expect_changes(const Plan *p, int night, long last[2][CELLS][METRICS], bool seen[2][CELLS],
                           PlantedList *out) {
    int isa = p->isa % 2;
    for (int c = 0; c < CELLS; c++) {
        for (int m = 0; m < METRICS && seen[isa][c]; m++) {
            if (last[isa][c][m] == p->value[c][m]) continue;
            Planted x = {.before = last[isa][c][m], .after = p->value[c][m]};
            snprintf(x.cell, sizeof x.cell, "%d", c);
            snprintf(x.metric, sizeof x.metric, "%s", METRIC[m]);
            night_text(night, x.night);
            vec_push(out, x);
        }
        memcpy(last[isa][c], p->value[c], sizeof last[isa][c]);
        seen[isa][c] = true;
    }
}

static bool is_found(const Changes *c, const Planted *x, const Plan *p) {
    for (uint32_t i = 0; i < c->list.n; i++) {
        const Change *ch = &c->list.at[i];
        if (!strcmp(ch->workload, p->workload[atoi(x->cell)]) && !strcmp(ch->metric, x->metric) &&
            !strcmp(c->runs.at[ch->first].created, x->night) && (long)ch->before == x->before &&
            (long)ch->after == x->after && ch->worse == (x->after > x->before))
            return true;
    }
    return false;
}

static unsigned one_history(unsigned seed, const char *dir) {
    SeriesRandom r = {seed};
    Plan p = {.creeping = -1};
    PlantedList planted = {0};
    long last[2][CELLS][METRICS] = {0};
    bool seen[2][CELLS] = {0};
    Store s;
    Err err;
    assert_true(store_init(dir, NULL, "HEAD", &err) && store_open(&s, dir, &err));
    for (int c = 0; c < CELLS; c++) {
        snprintf(p.workload[c], sizeof p.workload[c], "w%d", c);
        for (int m = 0; m < METRICS; m++) p.value[c][m] = p.older[c][m] = 100000 * (c + 1) + m;
    }
    for (int night = 0; night < NIGHTS; night++) {
        int elf[CELLS];
        memcpy(elf, p.elf, sizeof elf);
        bool runs = happen(&r, &p, &s, night);
        for (int c = 0; c < CELLS; c++)
            if (elf[c] != p.elf[c]) seen[0][c] = seen[1][c] = false;
        if (!runs) continue;
        expect_changes(&p, night, last, seen, &planted);
        write_night(&s, &p, night);
    }
    Index x;
    Changes c;
    ChangeOptions o = changes_defaults();
    assert_true(index_open(&x, &s, &err));
    assert_true(changes_find(&x, &o, &c, &err));
    for (uint32_t i = 0; i < planted.n; i++)
        if (!is_found(&c, &planted.at[i], &p))
            fail_msg("seed %u: missed: cell %s, %s, %s", seed, planted.at[i].cell, planted.at[i].metric,
                     planted.at[i].night);
    if (c.list.n != planted.n) fail_msg("seed %u: %u changes were planted, %u found", seed, planted.n, c.list.n);
    unsigned n = planted.n;
    changes_free(&c);
    // What cannot be read is no series without changes.
    assert_int_equal(sqlite3_exec(x.db, "ALTER TABLE points RENAME TO elsewhere", NULL, NULL, NULL), SQLITE_OK);
    assert_false(changes_find(&x, &o, &c, &err));
    assert_non_null(strstr(err.text, "index.sqlite: no such table: points"));
    changes_free(&c);
    index_close(&x);
    store_close(&s);
    vec_free(&planted);
    return n;
}

static void every_plant_and_nothing_else(void **state) {
    (void)state;
    const char *asked = getenv("SIM_HISTORIES");
    unsigned histories = asked ? (unsigned)strtoul(asked, NULL, 10) : 12, plants = 0;
    for (unsigned i = 0; i < histories; i++) {
        char dir[] = "/tmp/nightjar-changes-XXXXXX", command[100];
        assert_non_null(mkdtemp(dir));
        plants += one_history(i, dir);
        snprintf(command, sizeof command, "rm -rf '%s'", dir);
        assert_int_equal(system(command), 0);
    }
    printf("%u histories, %u plants\n", histories, plants);
    assert_true(plants > 5 * histories);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_plant_and_nothing_else)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
