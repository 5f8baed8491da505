// Oracle: two made-up runs whose difference is known: equal, a planted slowdown, noise wider than the gate.
#include "bench/base/codes.h"
#include "bench/judge.h"
#include "bench/judge_cells.h"
#include "bench/base/jsonfile.h"
#include "bench/tests/lib_run.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

typedef struct Made {
    double cpu, spread; // ns; relative distance of neighbouring samples
    long host;          // host instructions of both exact samples; the second one gets `wobble` more
    long wobble;
    int n;
} Made;

static json_t *one_sample(int id, const char *purpose, const char *metric, double value) {
    return json_pack("{s:i, s:i, s:s, s:s, s:s, s:s, s:b, s:n, s:{s:f}}", "id", id, "block", id, "config", "all-on",
                     "workload", "w", "guest", "g", "purpose", purpose, "valid", 1, "reason", "metrics", metric, value);
}

static json_t *run_of(Made m) {
    json_t *samples = json_array();
    for (int i = 0; i < m.n; i++) // around the median, both sides alike, in an order that is not sorted
        json_array_append_new(samples,
                              one_sample(i, "time", "cpu_ns",
                                         m.cpu * (1 + m.spread * ((double)((i * 7) % m.n) - (double)m.n / 2 + 0.5))));
    json_array_append_new(samples, one_sample(100, "exact", "host_instructions", (double)m.host));
    json_array_append_new(samples, one_sample(101, "exact", "host_instructions", (double)(m.host + m.wobble)));
    return json_pack(
        "{s:{s:s}, s:[{s:s}], s:[{s:s, s:s, s:s, s:s, s:{s:s}}], s:[{s:s, s:s, s:s, s:s, s:s, s:b}, {s:s, s:s, "
        "s:s, s:s, s:s, s:b}], s:o}",
        "environment", "cpu_model", "cpu", "configs", "id", "all-on", "workloads", "name", "w", "guest", "g", "size",
        "quick", "elf_sha256", "1", "exact", "elf_sha256", "2", "metrics", "name", "cpu_ns", "unit", "ns", "kind",
        "sampled", "direction", "lower", "purpose", "time", "gate", 1, "name", "host_instructions", "unit",
        "instructions", "kind", "exact", "direction", "lower", "purpose", "exact", "gate", 1, "samples", samples);
}

// A floor of 1.5 to 2 % for 11 against 11: 24 samples that are spread evenly over plus and minus 1.8 %.
static json_t *noise_of(const char *size) {
    json_t *spread = json_array();
    for (int i = 0; i < 24; i++) json_array_append_new(spread, json_real(0.018 * (i - 11.5) / 11.5));
    return json_pack("[{s:s, s:s, s:s, s:s, s:s, s:o}]", "workload", "w", "guest", "g", "metric", "cpu_ns", "size",
                     size, "plan", "cpu any, events none, isa unknown", "spread", spread);
}

static void expect(Made a, Made b, const char *verdict, const char *count, const char *time) {
    json_t *before = run_of(a), *after = run_of(b), *noise = noise_of("quick");
    JudgeOptions o = {.noise = noise};
    Err err = {0};
    json_t *c = judge_made(before, after, &o, &err), *e;
    assert_non_null(c);
    size_t i;
    json_array_foreach(json_object_get(c, "entries"), i, e) {
        const char *want = !strcmp(json_text(e, "metric", ""), "cpu_ns") ? time : count;
        if (strcmp(want, json_text(e, "verdict", "")))
            fail_msg("%s: %s (%s), expected %s", json_text(e, "metric", ""), json_text(e, "verdict", ""),
                     json_text(e, "why", ""), want);
    }
    assert_int_equal(i, 2);
    assert_string_equal(json_text(c, "verdict", ""), verdict);
    json_decref(c), json_decref(before), json_decref(after), json_decref(noise);
}

static const Made STEADY = {1e9, 0.002, 1000000, 0, 11};

static void verdicts(void **state) {
    (void)state;
    Made b = STEADY;
    expect(STEADY, b, "pass", "pass", "pass");
    b = STEADY, b.host = 1000001; // one instruction more in a million: exact is exact
    expect(STEADY, b, "regressed", "regressed", "pass");
    b = STEADY, b.cpu = 1.08e9;
    expect(STEADY, b, "regressed", "pass", "regressed");
    b = STEADY, b.cpu = 0.9e9, b.host = 900000;
    expect(STEADY, b, "improved", "improved", "improved");
    b = STEADY, b.cpu = 1.012e9; // real, but below the floor
    expect(STEADY, b, "pass", "pass", "pass");
    b = STEADY, b.spread = 0.19, b.cpu = 1.02e9; // neighbours 19 % apart: no telling
    expect(STEADY, b, "inconclusive", "pass", "inconclusive");
    b = STEADY, b.wobble = 1;
    expect(STEADY, b, "invalid", "invalid", "pass");
    b = STEADY, b.n = 0;
    expect(STEADY, b, "invalid", "pass", "invalid");
    b = STEADY, b.n = 2;
    expect(STEADY, b, "inconclusive", "pass", "inconclusive");
    Made few = STEADY; // a clear effect, but 4 against 4 samples can never be significant: smallest p is 2 / 70
    few.n = 4, b = few, b.cpu = 1.5e9;
    expect(few, b, "inconclusive", "pass", "inconclusive");
}

static json_t *compared(json_t *before, json_t *after, const json_t *noise) {
    JudgeOptions o = {.noise = noise};
    Err err = {0};
    json_t *c = judge_made(before, after, &o, &err);
    assert_non_null(c);
    return c;
}

static const json_t *entry_of(const json_t *c, const char *metric) {
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(c, "entries"), i, e) {
        if (!strcmp(json_text(e, "metric", ""), metric)) return e;
    }
    return NULL;
}

static json_t *two_workloads(Made m);

// 2 / (12 choose 6) = 0.0022 is the first below 0.003: with four samples, two more.
static void says_how_many_more(void **state) {
    (void)state;
    Made few = STEADY, slow;
    few.n = 4, slow = few, slow.cpu = 1.5e9;
    json_t *before = run_of(few), *after = run_of(slow), *noise = noise_of("quick");
    json_t *c = compared(before, after, noise);
    assert_int_equal(json_num(c, "repetitions_needed", 0), 2);
    assert_int_equal(json_num(entry_of(c, "cpu_ns"), "needed", 0), 2);
    assert_non_null(strstr(json_text(entry_of(c, "cpu_ns"), "why", ""), ": 2 more repetitions of each run needed"));
    json_decref(c), json_decref(before), json_decref(after);
    few.n = 5, slow.n = 5, before = run_of(few), after = run_of(slow), c = compared(before, after, noise);
    assert_non_null(strstr(json_text(entry_of(c, "cpu_ns"), "why", ""), ": 1 more repetition of each run needed"));
    json_decref(c), json_decref(before), json_decref(after);
    few.n = 6, slow.n = 6; // and with them, the verdict
    before = run_of(few), after = run_of(slow), c = compared(before, after, noise);
    assert_string_equal(json_text(c, "verdict", ""), "regressed");
    json_decref(c), json_decref(before), json_decref(after), json_decref(noise);
}

// What equal arms differ by shrinks with the square root of n. The message has both per cents, rounded.
static void says_how_many_more_where_it_is_noisy(void **state) {
    (void)state;
    Made wide = STEADY, other;
    wide.spread = 0.19, other = wide, other.cpu = 1.02e9;
    json_t *before = run_of(wide), *after = run_of(other), *noise = noise_of("quick"),
           *c = compared(before, after, noise);
    const char *why = json_text(entry_of(c, "cpu_ns"), "why", "");
    double up_to = 0, above = 0, needed = json_num(entry_of(c, "cpu_ns"), "needed", 0);
    assert_int_equal(
        sscanf(why, "equal runs as noisy as these differ by up to %lf %%, which is above %lf %%", &up_to, &above), 2);
    double want = 11 * pow(log1p(up_to / 100) / log1p(above / 100), 2) - 11;
    assert_true(want > 20 && fabs(needed / want - 1) < 0.05);
    json_decref(c), json_decref(before), json_decref(after), json_decref(noise);
}

// One late sample in the run before: 9 against 9 cannot have p < 0.003 among a few cells, and twice the time is seen.
static void one_late_sample(void **state) {
    (void)state;
    Made nine = STEADY, slow;
    nine.n = 9, slow = nine, slow.cpu = 2e9;
    json_t *before = two_workloads(nine), *after = two_workloads(slow), *noise = noise_of("quick"), *s;
    json_put(json_array_get(json_object_get(before, "samples"), 3), "metrics", json_pack("{s:f}", "cpu_ns", 9e9));
    json_t *c = compared(before, after, noise);
    s = (json_t *)entry_of(c, "cpu_ns");
    assert_true(json_num(s, "p_holm", 0) > 0.003 && json_num(s, "p_holm", 1) < 0.05);
    assert_string_equal(json_text(s, "verdict", ""), "regressed");
    json_decref(c), json_decref(before), json_decref(after), json_decref(noise);
}

// The floor of another size, plan or n is not applied: 10 % is what a machine gets that was never measured.
static void floor_of_another_size(void **state) {
    (void)state;
    Made slow = STEADY;
    slow.cpu = 1.08e9;
    json_t *before = run_of(STEADY), *after = run_of(slow), *noise = noise_of("full");
    json_t *c = compared(before, after, noise);
    assert_true(json_num(entry_of(c, "cpu_ns"), "floor", 0) == 0.1);
    assert_string_equal(json_text(c, "verdict", ""), "pass");
    json_decref(c), json_decref(noise);
    noise = noise_of("quick");
    json_put(json_array_get(noise, 0), "plan", json_string("cpu 3, events none, isa unknown"));
    c = compared(before, after, noise);
    assert_true(json_num(entry_of(c, "cpu_ns"), "floor", 0) == 0.1);
    json_decref(c), json_decref(noise);
    noise = noise_of("quick"), c = compared(before, after, noise);
    double floor = json_num(entry_of(c, "cpu_ns"), "floor", 0);
    assert_true(floor > 0.01 && floor < 0.02);
    assert_string_equal(json_text(c, "verdict", ""), "regressed");
    json_decref(c);
    Made few = STEADY;
    few.n = 5; // the same noise, fewer samples: a higher floor
    json_t *short_run = run_of(few);
    c = compared(short_run, after, noise);
    assert_true(json_num(entry_of(c, "cpu_ns"), "floor", 0) > floor);
    json_decref(c), json_decref(noise), json_decref(short_run), json_decref(before), json_decref(after);
}

// The same emulator: whatever the times say, nothing has changed but the machine. Unless it emitted other code.
static void equal_builds(void **state) {
    (void)state;
    Made slow = STEADY;
    slow.cpu = 1.3e9;
    json_t *before = run_of(STEADY), *after = run_of(slow), *noise = noise_of("quick");
    json_put(before, "emulator", json_pack("{s:s}", "sha256", "5a"));
    json_put(after, "emulator", json_pack("{s:s}", "sha256", "5a"));
    json_t *c = compared(before, after, noise);
    assert_string_equal(json_text(c, "verdict", ""), "pass");
    assert_non_null(strstr(json_text(entry_of(c, "cpu_ns"), "why", ""), "the machine"));
    assert_int_equal(json_array_size(json_object_get(c, "notes")), 0);
    json_decref(c);
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(before, "samples"), i, s) json_put(s, "code_sha256", json_string("a"));
    json_array_foreach(json_object_get(after, "samples"), i, s) json_put(s, "code_sha256", json_string("b"));
    c = compared(before, after, noise);
    assert_string_equal(json_text(c, "verdict", ""), "regressed");
    json_decref(c);
    c = compared(before, before, noise);
    assert_string_equal(json_text(c, "verdict", ""), "pass");
    assert_non_null(strstr(json_string_value(json_array_get(json_object_get(c, "notes"), 0)), "one and the same run"));
    json_decref(c), json_decref(before), json_decref(after), json_decref(noise);
}

// A second workload v beside w in both runs.
static json_t *two_workloads(Made m) {
    json_t *run = run_of(m), *samples = json_object_get(run, "samples"), *s, *w;
    size_t n = json_array_size(samples);
    for (size_t i = 0; i < n; i++) {
        s = json_deep_copy(json_array_get(samples, i));
        json_put(s, "workload", json_string("v")), json_put(s, "id", json_integer((json_int_t)(1000 + i)));
        json_array_append_new(samples, s);
    }
    w = json_deep_copy(json_array_get(json_object_get(run, "workloads"), 0));
    json_put(w, "name", json_string("v"));
    json_array_append_new(json_object_get(run, "workloads"), w);
    return run;
}

// A workload that one side lost is never a pass, and is named; one that the plan was not asked for is a note.
static void missing_is_no_pass(void **state) {
    (void)state;
    json_t *both = two_workloads(STEADY), *one = run_of(STEADY), *noise = noise_of("quick"), *c;
    Err err;
    for (int order = 0; order < 2; order++) {
        for (int exact_only = 0; exact_only < 2; exact_only++) {
            JudgeOptions o = {.noise = noise, .exact_only = exact_only != 0};
            c = order ? judge_made(one, both, &o, &err) : judge_made(both, one, &o, &err);
            assert_int_equal(judge_exit_code(c), EXIT_INVALID);
            const json_t *e = json_array_get(json_object_get(c, "entries"), 0);
            assert_string_equal(json_text(e, "workload", ""), "v");
            assert_non_null(strstr(json_text(e, "why", ""), "missing"));
            json_decref(c);
        }
    }
    json_put(one, "plan", json_pack("{s:[s]}", "workloads", "w"));
    c = compared(both, one, noise);
    assert_int_equal(judge_exit_code(c), EXIT_OK);
    assert_int_equal(json_array_size(json_object_get(c, "notes")), 1);
    json_decref(c);
    json_put(one, "plan", json_pack("{s:[s]}", "workloads", "v")); // asked for v, and it is not there
    c = compared(both, one, noise);
    assert_int_equal(judge_exit_code(c), EXIT_INVALID);
    json_decref(c), json_decref(one);
    one = two_workloads(STEADY); // a configuration that is gone
    json_array_append_new(json_object_get(one, "configs"), json_pack("{s:s}", "id", "no-chain"));
    c = compared(one, both, noise);
    assert_int_equal(judge_exit_code(c), EXIT_INVALID);
    assert_string_equal(json_text(json_array_get(json_object_get(c, "entries"), 0), "config", ""), "no-chain");
    json_decref(c);
    static const char *const MEMBERS[] = {"matrix", "axes", "features"}; // a plan that asked otherwise did not lose it
    for (int i = 0; i < 3; i++) {
        json_t *plan = json_pack("{s:s, s:[s], s:[s]}", "matrix", "full", "axes", "tlb", "features", "all");
        json_put(both, "plan", json_deep_copy(plan)), json_put(one, "plan", plan);
        c = compared(one, both, noise);
        assert_int_equal(judge_exit_code(c), EXIT_INVALID);
        json_decref(c);
        json_put(plan, MEMBERS[i], i ? json_pack("[s]", "chain") : json_string("ends"));
        c = compared(one, both, noise);
        assert_int_equal(judge_exit_code(c), EXIT_OK);
        assert_non_null(
            strstr(json_string_value(json_array_get(json_object_get(c, "notes"), 0)), "no-chain was not measured"));
        json_decref(c);
    }
    json_decref(one), json_decref(both), json_decref(noise);
}

// One changed guest program refuses its own cells; the other workload is judged.
static void changed_elf(void **state) {
    (void)state;
    Made slow = STEADY;
    slow.cpu = 1.3e9;
    json_t *before = two_workloads(STEADY), *after = two_workloads(STEADY), *noise = noise_of("quick"), *reasons;
    json_put(json_array_get(json_object_get(after, "workloads"), 1), "elf_sha256", json_string("9"));
    reasons = incomparable_made(before, after, false);
    assert_int_equal(json_array_size(reasons), 0);
    json_decref(reasons);
    json_t *c = compared(before, after, noise);
    assert_int_equal(judge_exit_code(c), EXIT_INVALID);
    int refused = 0, passed = 0;
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(c, "entries"), i, e) {
        refused += !strncmp(json_text(e, "why", ""), "refused", 7);
        passed += !strcmp(json_text(e, "verdict", ""), "pass");
    }
    assert_int_equal(refused, 1); // the time of v; its counts are of the same counted program
    assert_int_equal(passed, 3);
    json_decref(c), json_decref(after);
    after = two_workloads(slow); // a regression of w is found beside it
    json_put(json_array_get(json_object_get(after, "workloads"), 1), "elf_sha256", json_string("9"));
    c = compared(before, after, noise);
    assert_int_equal(judge_exit_code(c), EXIT_REGRESSED);
    json_decref(c), json_decref(after), json_decref(before), json_decref(noise);
}

// Which counts decide: those of JUDGE_EXACT, or those that were asked for.
static void counts_that_gate(void **state) {
    (void)state;
    static const char *const NAMES[] = {"units_translated", "run_loop_entries", "host_bytes_emitted", "helper_calls",
                                        "host_branch_minority"};
    Err err;
    for (size_t n = 0; n < ARRAY_LEN(NAMES); n++) {
        json_t *runs[2];
        for (int side = 0; side < 2; side++) {
            runs[side] = run_of(STEADY);
            json_t *m = json_deep_copy(json_array_get(json_object_get(runs[side], "metrics"), 1));
            json_put(m, "name", json_string(NAMES[n])), json_put(m, "gate", json_false());
            json_array_append_new(json_object_get(runs[side], "metrics"), m);
            json_array_append_new(json_object_get(runs[side], "samples"),
                                  one_sample(200, "exact", NAMES[n], 1000 + side));
        }
        JudgeOptions o = {.exact_only = true};
        json_t *c = judge_made(runs[0], runs[1], &o, &err);
        assert_int_equal(judge_exit_code(c), EXIT_REGRESSED);
        json_decref(c);
        json_t *names = json_pack("[s]", "host_instructions");
        o.exact_names = names, c = judge_made(runs[0], runs[1], &o, &err);
        assert_int_equal(judge_exit_code(c), EXIT_OK);
        json_decref(c), json_decref(names), json_decref(runs[0]), json_decref(runs[1]);
    }
}

// A time decides where every switch is on. Where a side has no such configuration, every time decides; --all lets it do so, too.
static void times_that_gate(void **state) {
    (void)state;
    static const struct {
        bool on[2]; // this side has all-on, too, without samples
        bool gate_all;
        int code;
    } table[] = {{{true, true}, false, EXIT_OK},          {{true, true}, true, EXIT_REGRESSED},
                 {{true, false}, false, EXIT_REGRESSED},  {{false, true}, false, EXIT_REGRESSED},
                 {{false, false}, false, EXIT_REGRESSED}, {{false, false}, true, EXIT_REGRESSED}};
    Made slow = STEADY;
    slow.cpu = 1.5e9;
    for (size_t n = 0; n < ARRAY_LEN(table); n++) {
        json_t *runs[2] = {run_of(STEADY), run_of(slow)}, *noise = noise_of("quick"), *sample;
        size_t i;
        for (int side = 0; side < 2; side++) {
            json_t *configs = json_object_get(runs[side], "configs");
            json_array_foreach(json_object_get(runs[side], "samples"), i, sample)
                json_put(sample, "config", json_string("only-tlb"));
            json_put(json_array_get(configs, 0), "id", json_string("only-tlb"));
            if (table[n].on[side]) json_array_append_new(configs, json_pack("{s:s}", "id", "all-on"));
        }
        Err err = {0};
        JudgeOptions o = {.noise = noise, .gate_all = table[n].gate_all};
        json_t *c = judge_made(runs[0], runs[1], &o, &err);
        assert_int_equal(judge_exit_code(c), table[n].code);
        json_decref(c), json_decref(runs[0]), json_decref(runs[1]), json_decref(noise);
    }
}

static void gate_tighter_than_noise(void **state) {
    (void)state;
    json_t *before = run_of(STEADY), *after = run_of(STEADY), *noise = noise_of("quick");
    Err err = {0};
    JudgeOptions o = {.noise = noise, .gate = 0.01};
    assert_null(judge_made(before, after, &o, &err));
    assert_non_null(strstr(err.text, "tighter than the noise floor"));
    o.gate = 0.025;
    json_t *c = judge_made(before, after, &o, &err);
    assert_non_null(c);
    json_decref(c);
    o = (JudgeOptions){.gate = 0.05};
    assert_null(judge_made(before, after, &o, &err));
    assert_non_null(strstr(err.text, "never measured"));
    o.exact_only = true; // no time, no noise
    c = judge_made(before, after, &o, &err);
    assert_string_equal(json_text(c, "verdict", ""), "pass");
    json_decref(c), json_decref(before), json_decref(after), json_decref(noise);
}

// Only times that decide need a gate above the noise: none of an equal build, and none beside all-on.
static void a_tight_gate_of_what_does_not_decide(void **state) {
    (void)state;
    json_t *before = run_of(STEADY), *after = run_of(STEADY), *noise = noise_of("quick"), *c;
    Err err = {0};
    JudgeOptions o = {.noise = noise, .gate = 0.01};
    for (int side = 0; side < 2; side++) {
        json_t *run = side ? after : before, *configs = json_object_get(run, "configs"), *sample;
        size_t i;
        json_array_foreach(json_object_get(run, "samples"), i, sample)
            json_put(sample, "config", json_string("only-tlb"));
        json_array_append_new(configs, json_pack("{s:s}", "id", "only-tlb"));
    }
    assert_non_null(c = judge_made(before, after, &o, &err));
    json_decref(c), json_decref(before), json_decref(after);
    before = run_of(STEADY), after = run_of(STEADY);
    json_put(before, "emulator", json_pack("{s:s}", "sha256", "e")),
        json_put(after, "emulator", json_pack("{s:s}", "sha256", "e"));
    assert_non_null(c = judge_made(before, after, &o, &err));
    json_decref(c), json_decref(before), json_decref(after), json_decref(noise);
}

// bench/RUN-FORMAT.md, what a count and a time mean together: every pair of verdicts.
static void both_together(void **state) {
    (void)state;
    static const char *const VERDICTS[] = {"regressed", "improved", "pass", "inconclusive", "invalid"};
    static const char *const MEANINGS[5][5] = {
        {"more host instructions, and slower",
         "more host instructions, yet faster:", "more host instructions; the time"},
        {"fewer host instructions, yet slower:", "fewer host instructions, and faster",
         "fewer host instructions; the time"},
        {"slower with the same", "faster with the same", "no change seen"},
        {"no change seen", "no change seen", "no change seen"},
        {"no change seen", "no change seen", "no change seen"}};
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 5; k++) {
            json_t *entries = json_array(), *out, *one;
            static const char *const METRICS[] = {"cpu_ns", "host_instructions"}, *const CELLS[] = {"x", "a"};
            for (int n = 0; n < 8; n++) { // the cell before differs in one name each, and has another verdict
                bool mine = n > 5;
                json_array_append_new(
                    entries, json_pack("{s:s, s:s, s:s, s:s, s:s}", "config", CELLS[mine || n / 2 != 0], "workload",
                                       CELLS[mine || n / 2 != 1], "guest", CELLS[mine || n / 2 != 2], "metric",
                                       METRICS[n % 2], "verdict", !mine ? "invalid" : VERDICTS[n % 2 ? i : k]));
            }
            out = judge_together(entries), one = json_array_get(out, 3);
            assert_int_equal(json_array_size(out), 4);
            const char *want = MEANINGS[i][k > 2 ? 2 : k];
            assert_int_equal(strncmp(json_text(one, "meaning", ""), want, strlen(want)), 0);
            assert_string_equal(json_text(one, "count", ""), VERDICTS[i]);
            assert_string_equal(json_text(one, "time", ""), VERDICTS[k]);
            json_decref(out), json_decref(entries);
        }
}

static void incomparable(void **state) {
    (void)state;
    json_t *before = run_of(STEADY), *after = run_of(STEADY);
    json_t *reasons = incomparable_made(before, after, false);
    assert_int_equal(json_array_size(reasons), 0);
    json_decref(reasons);
    json_put(json_object_get(after, "environment"), "cpu_model", json_string("other"));
    json_put(json_array_get(json_object_get(after, "workloads"), 0), "elf_sha256", json_string("9"));
    reasons = incomparable_made(before, after, false);
    assert_int_equal(json_array_size(reasons), 1); // the CPU; that the timed program differs refuses times alone
    json_decref(reasons);
    reasons = incomparable_made(before, after, true); // counts of the same counted program compare across machines
    assert_int_equal(json_array_size(reasons), 0);
    json_decref(reasons);
    json_put(json_array_get(json_object_get(after, "workloads"), 0), "name", json_string("v"));
    json_put(after, "samples", json_array()); // they are of the workload w
    reasons = incomparable_made(before, after, true);
    assert_int_equal(json_array_size(reasons), 1);
    json_decref(reasons), json_decref(before), json_decref(after);
}

static void exit_codes(void **state) {
    (void)state;
    static const struct {
        const char *verdict;
        int code;
    } CASES[] = {{"pass", 0}, {"improved", 0}, {"regressed", 1}, {"inconclusive", 2}, {"invalid", 3}};
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        json_t *c = json_pack("{s:s}", "verdict", CASES[i].verdict);
        assert_int_equal(judge_exit_code(c), CASES[i].code);
        json_decref(c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(verdicts),
                                       cmocka_unit_test(gate_tighter_than_noise),
                                       cmocka_unit_test(says_how_many_more),
                                       cmocka_unit_test(says_how_many_more_where_it_is_noisy),
                                       cmocka_unit_test(one_late_sample),
                                       cmocka_unit_test(floor_of_another_size),
                                       cmocka_unit_test(equal_builds),
                                       cmocka_unit_test(missing_is_no_pass),
                                       cmocka_unit_test(changed_elf),
                                       cmocka_unit_test(counts_that_gate),
                                       cmocka_unit_test(a_tight_gate_of_what_does_not_decide),
                                       cmocka_unit_test(both_together),
                                       cmocka_unit_test(times_that_gate),
                                       cmocka_unit_test(incomparable),
                                       cmocka_unit_test(exit_codes)};
    return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
