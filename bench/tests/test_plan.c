// Oracle: what RUN-FORMAT.md says a plan is: counts worked out by hand (2^4; 2 + 2n), every block holds every pair once,
// shards partition it.
#include "bench/base/jsonfile.h"
#include "bench/plan.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

typedef struct Fixture {
    char folder[64], emu[100], workloads[100], elves[100], peers[100];
} Fixture;

static void put(const char *path, const char *text, int mode) {
    Err err;
    assert_true(jsonfile_write_text(path, text, &err));
    chmod(path, (mode_t)mode);
}

static const char MANIFEST[] = "{\"name\": \"%s\", \"kind\": \"benchmark\", \"guests\": [\"rv64\"], \"sizes\": "
                               "{\"full\": 3, \"test\": 1}, \"peers\": [\"p\"],"
                               "\"check\": {\"exit\": 0, \"stdout\": [\"^ok$\", \"^crc: 0x[0-9a-f]{4}$\"]}}";

static int make_fixture(void **state) {
    Fixture *f = calloc(1, sizeof *f);
    char path[300], text[600];
    strcpy(f->folder, "/tmp/nightjar-test-XXXXXX");
    if (!f || !mkdtemp(f->folder)) return -1;
    snprintf(f->emu, sizeof f->emu, "%s/emu", f->folder);
    snprintf(f->workloads, sizeof f->workloads, "%s/w", f->folder);
    snprintf(f->elves, sizeof f->elves, "%s/e", f->folder);
    snprintf(f->peers, sizeof f->peers, "%s/p", f->folder);
    put(f->emu,
        "#!/bin/sh\ncat <<END\n{\"schema\": \"nightjar.version/1\", \"guests\": [\"rv64\"], \"counters\": [], "
        "\"features\": ["
        "{\"name\": \"chain\", \"built\": true, \"default\": true}, {\"name\": \"flags\", \"built\": true, "
        "\"default\": true},"
        "{\"name\": \"regcache\", \"built\": true, \"default\": true}, {\"name\": \"tlb\", \"built\": true, "
        "\"default\": true},"
        "{\"name\": \"fold\", \"built\": true, \"default\": false}, {\"name\": \"region\", \"built\": false, "
        "\"default\": true}]}\nEND\n",
        0755);
    mkdir(f->workloads, 0777), mkdir(f->elves, 0777), mkdir(f->peers, 0777);
    snprintf(path, sizeof path, "%s/rv64", f->elves);
    mkdir(path, 0777);
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "beta" : "alpha";
        snprintf(path, sizeof path, "%s/%s", f->workloads, name);
        mkdir(path, 0777);
        snprintf(path, sizeof path, "%s/%s/manifest.json", f->workloads, name);
        snprintf(text, sizeof text, MANIFEST, name);
        put(path, text, 0666);
        snprintf(path, sizeof path, "%s/rv64/%s.elf", f->elves, name);
        put(path, name, 0666);
        snprintf(path, sizeof path, "%s/rv64/%s-test.elf", f->elves, name);
        put(path, name, 0666);
    }
    snprintf(path, sizeof path, "%s/p.json", f->peers);
    put(path, "{\"name\": \"p\", \"title\": \"P\", \"commands\": {\"rv64\": [\"cat\", \"{elf}\"]}}", 0666);
    snprintf(path, sizeof path, "%s/q.json", f->peers);
    put(path, "{\"name\": \"q\", \"commands\": {\"rv64\": [\"no-such-program\", \"{elf}\"]}, \"install\": \"buy one\"}",
        0666);
    *state = f;
    return 0;
}

static int drop_fixture(void **state) {
    Fixture *f = *state;
    char command[200];
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    int rc = system(command);
    free(f);
    return rc;
}

static Options options_for(const Fixture *f, const char *matrix, const char *peer) {
    Options o = {.emu = f->emu,
                 .workloads = f->workloads,
                 .elves = f->elves,
                 .peers_dir = f->peers,
                 .size = "full",
                 .exact_size = "test",
                 .reps = 4,
                 .exact_reps = 2,
                 .seed = 1,
                 .pin = -1};
    json_t **lists[] = {&o.matrices, &o.features, &o.names, &o.guests, &o.peers, &o.axes};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) *lists[i] = json_array();
    if (matrix) json_array_append_new(o.matrices, json_string(matrix));
    if (peer) json_array_append_new(o.peers, json_string(peer));
    return o;
}

static void drop_options(Options *o) {
    json_t *lists[] = {o->matrices, o->features, o->names, o->guests, o->peers, o->axes};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) json_decref(lists[i]);
}

static void make(Plan *plan, const Options *o) {
    Err err = {0};
    if (!plan_make(plan, o, &err)) fail_msg("%s", err.text);
}

static bool has(const Plan *plan, const char *id) {
    for (uint32_t i = 0; i < plan->configs.n; i++)
        if (!strcmp(plan->configs.at[i].id, id)) return true;
    return false;
}

static void matrices(void **state) {
    Plan plan;
    Options o = options_for(*state, "full", NULL);
    make(&plan, &o);
    assert_int_equal(plan.configs.n, 16);
    assert_int_equal(plan.total_slots, (4 + 2) * 16 * 2);
    assert_true(has(&plan, "all-on") && has(&plan, "no-chain") && has(&plan, "no-flags-tlb"));
    assert_true(has(&plan, "only-fold") && !has(&plan, "all-off")); // five switches: all four axes off leaves fold
    assert_int_equal(json_array_size(plan.axes), 4);
    plan_free(&plan);
    json_array_append_new(o.matrices,
                          json_string("ablation")); // 2 + 2 x 5, of which all-on, four no-X and only-fold are there
    make(&plan, &o);
    assert_int_equal(plan.configs.n, 16 + 12 - 6);
    assert_true(has(&plan, "all-off") && has(&plan, "no-fold") && has(&plan, "only-tlb") && !has(&plan, "no-region"));
    plan_free(&plan);
    drop_options(&o);
}

static void single_configurations(void **state) {
    Plan plan;
    Options o = options_for(*state, NULL, NULL);
    json_array_append_new(o.features, json_string("none,+tlb,chain"));
    json_array_append_new(o.features, json_string("-tlb")); // from the defaults, in which fold is off
    json_array_append_new(o.features, json_string("all"));
    make(&plan, &o);
    assert_int_equal(plan.configs.n, 3);
    assert_true(has(&plan, "no-flags-regcache-fold") && has(&plan, "no-tlb-fold") && has(&plan, "all-on"));
    char *argument = emulator_feature_argument(json_object_get(plan.configs.at[0].json, "features"));
    assert_string_equal(argument, "none,+chain,+tlb");
    free(argument);
    plan_free(&plan);
    drop_options(&o);
}

static void every_block_is_whole(void **state) {
    Plan plan;
    Options o = options_for(*state, "full", "p");
    make(&plan, &o);
    int seen[17][2] = {{0}}, exact[17][2] = {{0}}, ordered = 0;
    for (uint32_t i = 0; i < plan.slots.n; i++) {
        const Slot *s = &plan.slots.at[i];
        (s->purpose == PURPOSE_EXACT ? exact : seen)[s->config][s->workload]++;
        ordered += i > 0 && s->config >= plan.slots.at[i - 1].config;
        if (s->purpose == PURPOSE_TIME)
            assert_int_equal(seen[s->config][s->workload], s->block + 1); // once a block, block after block
    }
    for (int c = 0; c < 17; c++)
        for (int w = 0; w < 2; w++) {
            assert_int_equal(seen[c][w], 4);
            assert_int_equal(exact[c][w], c == 16 ? 0 : 2); // the peer has no profile
        }
    assert_in_range(ordered, plan.slots.n / 4, plan.slots.n * 3 / 4); // shuffled
    plan_free(&plan);
    drop_options(&o);
}

static void seeds_and_shards(void **state) {
    Plan a, b;
    Options o = options_for(*state, "full", NULL);
    make(&a, &o), make(&b, &o);
    assert_string_equal(a.hash.hex, b.hash.hex);
    assert_memory_equal(a.slots.at, b.slots.at, a.slots.n * sizeof *a.slots.at);
    plan_free(&b);
    o.seed = 2;
    make(&b, &o);
    assert_string_not_equal(a.hash.hex, b.hash.hex);
    assert_memory_not_equal(a.slots.at, b.slots.at, a.slots.n * sizeof *a.slots.at);
    plan_free(&b);
    o.seed = 1;
    bool *taken = calloc((size_t)a.total_slots, sizeof *taken);
    for (o.shard = 0, o.shards = 3; o.shard < 3; o.shard++) {
        make(&b, &o);
        assert_string_equal(a.hash.hex, b.hash.hex);
        for (uint32_t i = 0; i < b.slots.n; i++) {
            assert_false(taken[b.slots.at[i].id]);
            taken[b.slots.at[i].id] = true;
        }
        plan_free(&b);
    }
    for (int i = 0; i < a.total_slots; i++) assert_true(taken[i]);
    free(taken);
    plan_free(&a);
    drop_options(&o);
}

static void refused(Options *o, const char *says) {
    Plan plan;
    Err err = {0};
    assert_false(plan_make(&plan, o, &err));
    if (!strstr(err.text, says)) fail_msg("`%s` does not say `%s`", err.text, says);
    drop_options(o);
}

static void refused_by_name(void **state) {
    Options o = options_for(*state, "nonsense", NULL);
    refused(&o, "--matrix nonsense");
    o = options_for(*state, "full", NULL);
    json_array_append_new(o.axes, json_string("region")); // known, but not built
    refused(&o, "built without the switch `region`");
    o = options_for(*state, NULL, NULL);
    json_array_append_new(o.features, json_string("+warp"));
    refused(&o, "no switch `warp`; it has: chain flags regcache tlb fold");
    o = options_for(*state, "full", "no-such-peer");
    refused(&o, "--peer no-such-peer");
    o = options_for(*state, "full", NULL);
    json_array_append_new(o.names, json_string("gamma"));
    refused(&o, "--workload gamma");
    o = options_for(*state, "full", NULL);
    json_array_append_new(o.guests, json_string("z80"));
    refused(&o, "--guest z80");
    o = options_for(*state, "full", NULL);
    o.emu = "/nonexistent/emu";
    refused(&o, "/nonexistent/emu");
    o = options_for(*state, "full", NULL);
    o.emu = "/bin/true";
    refused(&o, "does not answer with nightjar.version/1");
}

static void missing_peers_are_said(void **state) {
    Plan plan;
    Options o = options_for(*state, "ends", "all");
    make(&plan, &o);
    assert_true(has(&plan, "peer:p") && !has(&plan, "peer:q"));
    assert_int_equal(json_array_size(plan.peers_missing), 1);
    assert_string_equal(json_text(json_array_get(plan.peers_missing, 0), "name", ""), "q");
    assert_non_null(strstr(json_text(json_array_get(plan.peers_missing, 0), "reason", ""),
                           "no-such-program is not installed: buy one"));
    plan_free(&plan);
    drop_options(&o);
}

static void results_are_checked(void **state) {
    Plan plan;
    Err why;
    Options o = options_for(*state, "ends", NULL);
    make(&plan, &o);
    const Workload *w = &plan.workloads.at[0];
    assert_true(workload_check(w, 0, "hello\nok\ncrc: 0xe714\nbye\n", &why));
    assert_false(workload_check(w, 0, "hello\nnot ok\ncrc: 0xe714\n", &why));
    assert_non_null(strstr(why.text, "/^ok$/"));
    assert_false(workload_check(w, 0, "ok\ncrc: 0xe71\n", &why));
    assert_false(workload_check(w, 1, "ok\ncrc: 0xe714\n", &why));
    assert_non_null(strstr(why.text, "ended with 1, expected 0"));
    plan_free(&plan);
    drop_options(&o);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(matrices),
                                       cmocka_unit_test(single_configurations),
                                       cmocka_unit_test(every_block_is_whole),
                                       cmocka_unit_test(seeds_and_shards),
                                       cmocka_unit_test(refused_by_name),
                                       cmocka_unit_test(missing_peers_are_said),
                                       cmocka_unit_test(results_are_checked)};
    return cmocka_run_group_tests_name("plan", tests, make_fixture, drop_fixture);
}
