// Oracle: the bytes. A file that was cut or changed anywhere is refused, or, where gzip does not care, gives the very
// same document; what is whole comes back as it went in.
#include "ci/gzip.h"
#include "ci/index.h"
#include "ci/names.h"
#include "ci/store.h"
#include "bench/base/codes.h"
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
// cmocka needs the four above
#include <cmocka.h>

static void write_bytes(const char *path, const uint8_t *bytes, size_t n) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static json_t *small_run(void) {
    return json_pack("{s:s, s:s, s:{s:{s:s, s:b}}, s:{s:s, s:i, s:s, s:b}, s:[{s:s, s:{s:b}}], "
                     "s:[{s:s, s:s, s:{s:b}, s:{s:i}}], s:{}}",
                     "schema", "nightjar.run/1", "created", "2026-01-02T03:04:05Z", "emulator", "version", "commit",
                     "0123456789ab", "dirty", 0, "environment", "cpu_signature", "X-1-2-3", "cores", 2, "hypervisor",
                     "kvm", "smt", 0, "configs", "id", "all-on", "features", "chain", 1, "samples", "config", "all-on",
                     "purpose", "exact", "features", "chain", 1, "metrics", "host_instructions", 12345, "summary");
}

typedef struct Scratch {
    char dir[64], path[300], name[128];
    Store store;
    uint8_t bytes[4096];
    size_t n;
} Scratch;

static void begin(Scratch *s) {
    Err err;
    bool known;
    snprintf(s->dir, sizeof s->dir, "/tmp/nightjar-store-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    assert_true(store_init(s->dir, NULL, "HEAD", &err));
    assert_true(store_open(&s->store, s->dir, &err));
    json_t *run = small_run();
    assert_true(store_add_run(&s->store, run, s->name, &known, &err));
    assert_false(known);
    assert_true(store_add_run(&s->store, run, s->name, &known, &err));
    assert_true(known);
    json_decref(run);
    snprintf(s->path, sizeof s->path, "%s/%s", s->dir, s->name);
    FILE *f = fopen(s->path, "rb");
    assert_non_null(f);
    s->n = fread(s->bytes, 1, sizeof s->bytes, f);
    fclose(f);
    assert_true(s->n > 100 && s->n < sizeof s->bytes);
}

static void end(Scratch *s) {
    char command[200];
    store_close(&s->store);
    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    assert_int_equal(system(command), 0);
}

static void name_says_what_it_is(void **state) {
    (void)state;
    Scratch s;
    begin(&s);
    assert_memory_equal(s.name, "runs/20260102T030405Z-0123456789ab-", 34);
    assert_string_equal(s.name + strlen(s.name) - 8, ".json.gz");
    end(&s);
}

static void cut_at_every_byte(void **state) {
    (void)state;
    Scratch s;
    Err err;
    RunFacts facts;
    begin(&s);
    for (size_t n = 0; n < s.n; n++) {
        write_bytes(s.path, s.bytes, n);
        assert_null(store_load(&s.store, s.name, &err));
        assert_non_null(strstr(err.text, s.name));
        assert_int_equal(store_load_facts(&s.store, s.name, &facts, &err), STORE_DAMAGED);
    }
    s.bytes[s.n] = 0; // and one byte too many
    write_bytes(s.path, s.bytes, s.n + 1);
    assert_null(store_load(&s.store, s.name, &err));
    end(&s);
}

// A run that the host does not let it read is not taken for a damaged one, which the index would pass over from then on.
static void unreadable_is_not_damaged(void **state) {
    (void)state;
    Scratch s;
    Err err;
    Index x;
    RunFacts facts;
    begin(&s);
    unlink(s.path);
    assert_int_equal(store_load_facts(&s.store, s.name, &facts, &err), STORE_GONE);
    assert_int_equal(mkdir(s.path, 0777), 0); // EISDIR: a root may read everything else
    assert_int_equal(store_load_facts(&s.store, s.name, &facts, &err), STORE_UNREADABLE);
    assert_false(index_open(&x, &s.store, &err));
    assert_non_null(strstr(err.text, s.name));
    assert_int_equal(rmdir(s.path), 0);
    write_bytes(s.path, s.bytes, s.n);
    IndexRuns runs = {0};
    assert_true(index_open(&x, &s.store, &err) && index_runs(&x, &runs, &err));
    assert_true(runs.n == 1 && !runs.at[0].problem);
    index_runs_free(&runs);
    index_close(&x);
    end(&s);
}

// ---- no memory for SQLite: its n-th allocation fails, once
static sqlite3_mem_methods real_memory; // NOLINT: of the process, as SQLite's own
static int allocations_left;            // NOLINT

static void *fail_alloc(int n) { return --allocations_left == 0 ? NULL : real_memory.xMalloc(n); }
static void *fail_realloc(void *at, int n) { return --allocations_left == 0 ? NULL : real_memory.xRealloc(at, n); }

// In a process of its own: the index is opened and read. Exit code: 0 it was, 1 a message, EXIT_HOST the process ended for lack of memory;
// 100 more if the n-th allocation was never made.
static int read_without_memory(const Store *store, int n) {
    Err err;
    Index x;
    IndexRuns runs = {0};
    IndexSeriesList series = {0};
    fflush(NULL);
    pid_t pid = fork();
    if (!pid) {
        sqlite3_mem_methods failing;
        assert_non_null(freopen("/dev/null", "w", stderr));
        if (sqlite3_shutdown() || sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory)) _exit(99);
        failing = real_memory, failing.xMalloc = fail_alloc, failing.xRealloc = fail_realloc;
        if (sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) || sqlite3_initialize()) _exit(99);
        allocations_left = n;
        bool ok = index_open(&x, store, &err) && index_runs(&x, &runs, &err) && index_series(&x, &series, &err);
        _exit(!ok + 100 * (allocations_left > 0));
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int count_of(const Store *store, const char *query) {
    char path[300];
    sqlite3 *db;
    sqlite3_stmt *q;
    snprintf(path, sizeof path, "%s/index.sqlite", store->dir);
    int n = -1; // no such table yet
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, query, -1, &q, NULL) == SQLITE_OK) {
        if (sqlite3_step(q) == SQLITE_ROW) n = sqlite3_column_int(q, 0);
        sqlite3_finalize(q);
    }
    sqlite3_close(db);
    return n;
}

// Whatever allocation fails while the index is made: what it has of the run is the run, no column became NULL for lack of memory,
// and the next command reads all of it. So it does while a whole index is read.
#ifdef __SANITIZE_ADDRESS__ // forks of a process with a shadow are dear: a sample there
enum { EACH = 23 };
#else
enum { EACH = 1 };
#endif
static void no_memory_is_no_null(void **state) {
    (void)state;
    Scratch s;
    char index[300];
    bool over = false;
    int failed = 0;
    begin(&s);
    snprintf(index, sizeof index, "%s/index.sqlite", s.dir);
    for (int n = 1; !over; n += EACH) {
        unlink(index);
        int code = read_without_memory(&s.store, n);
        over = code >= 100;
        assert_true(code % 100 == 0 || code % 100 == 1 || code == EXIT_HOST);
        failed += code != 0 && !over;
        assert_true(
            count_of(&s.store,
                     "SELECT count(*) FROM runs WHERE name IS NULL OR created IS NULL OR commit_hash IS NULL OR "
                     "machine IS NULL OR machine_text IS NULL OR environment IS NULL") <= 0);
        assert_true(count_of(&s.store, "SELECT count(*) FROM series WHERE config IS NULL OR engine IS NULL") <= 0);
        code = read_without_memory(&s.store, n); // what the first left
        assert_true(code % 100 == 0 || code == 1 || code == EXIT_HOST);
        assert_int_equal(read_without_memory(&s.store, INT_MAX), 100);
        assert_int_equal(count_of(&s.store, "SELECT count(*) FROM runs WHERE name LIKE 'runs/%' AND problem IS NULL"),
                         1);
    }
    assert_true(failed * EACH > 20);
    end(&s);
}

static void changed_at_every_byte(void **state) {
    (void)state;
    Scratch s;
    Err err;
    unsigned harmless = 0;
    begin(&s);
    json_t *whole = store_load(&s.store, s.name, &err);
    assert_non_null(whole);
    for (size_t i = 0; i < s.n; i++) {
        s.bytes[i] ^= 0x20;
        write_bytes(s.path, s.bytes, s.n);
        json_t *got = store_load(&s.store, s.name, &err);
        if (got) assert_true(json_equal(got, whole));
        harmless += got != NULL;
        json_decref(got);
        s.bytes[i] ^= 0x20;
    }
    assert_true(harmless < 10); // bytes of gzip's header: time, system, speed
    json_decref(whole);
    end(&s);
}

// What is implied by the configuration is left out and comes back in its place.
static void implied_members_come_back(void **state) {
    (void)state;
    Scratch s;
    Err err;
    begin(&s);
    json_t *kept = store_load(&s.store, s.name, &err), *sample = json_array_get(json_object_get(kept, "samples"), 0);
    assert_null(json_object_get(sample, "features"));
    assert_null(json_object_get(kept, "summary"));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(sample, "metrics"), "host_instructions")),
                     12345);
    json_decref(kept);
    end(&s);
}

static void gzip_both_ways(void **state) {
    (void)state;
    for (size_t n = 0; n < 300000; n = n * 3 + 1) {
        Bytes packed = {0}, again = {0};
        uint8_t *data = malloc(n + 1);
        assert_non_null(data);
        for (size_t i = 0; i < n; i++) data[i] = (uint8_t)(i * i >> 5);
        gzip_pack(&packed, data, n);
        assert_true(gzip_unpack(&again, packed.at, packed.n));
        assert_int_equal(again.n, n);
        if (n) assert_memory_equal(again.at, data, n);
        vec_free(&packed);
        vec_free(&again);
        free(data);
    }
}

static void machines_do_not_have_a_clock(void **state) {
    (void)state;
    char a[9], b[9], c[9];
    json_t *e = json_pack("{s:s, s:i, s:b}", "cpu_model", "Xeon @ 2.30GHz", "cores", 4, "smt", 1);
    store_machine_class(e, a);
    json_object_set_new(e, "cpu_model", json_string("Xeon @ 2.80GHz"));
    json_object_set_new(e, "microcode", json_string("0x1"));
    json_object_set_new(e, "kernel", json_string("Linux 9"));
    store_machine_class(e, b);
    assert_string_equal(a, b);
    json_object_set_new(e, "cores", json_integer(8));
    store_machine_class(e, c);
    assert_string_not_equal(a, c);
    json_decref(e);
}

static void aliases_are_followed(void **state) {
    (void)state;
    json_t *notes = json_pack("[{s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s}]", "kind", "alias", "what",
                              "workload", "old", "a", "new", "b", "kind", "alias", "what", "workload", "old", "b",
                              "new", "c", "kind", "alias", "what", "config", "old", "x", "new", "x2");
    assert_string_equal(name_now(notes, "workload", "a"), "c");
    assert_string_equal(name_now(notes, "workload", "b"), "c");
    assert_string_equal(name_now(notes, "config", "a"), "a");
    assert_true(cell_fits(notes, "c/rv64/x2", "a", "rv64", "x"));
    assert_true(cell_fits(notes, "c/*", "a", "rv64", "x"));
    assert_false(cell_fits(notes, "a/*", "a", "rv64", "x"));
    json_array_append_new(notes,
                          json_pack("{s:s,s:s,s:s,s:s}", "kind", "alias", "what", "workload", "old", "c", "new", "a"));
    assert_string_equal(name_now(notes, "workload", "a"), "c"); // a circle ends
    json_decref(notes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_says_what_it_is),  cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(changed_at_every_byte), cmocka_unit_test(implied_members_come_back),
        cmocka_unit_test(gzip_both_ways),        cmocka_unit_test(machines_do_not_have_a_clock),
        cmocka_unit_test(aliases_are_followed),  cmocka_unit_test(unreadable_is_not_damaged),
        cmocka_unit_test(no_memory_is_no_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
