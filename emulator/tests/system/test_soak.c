// Oracle: the first run of the same program, and the process itself: machines that come and go leave no memory, descriptor or
// mapping behind; two that take turns in one process do what each does alone; a cache that is flushed all the time
// changes nothing. SOAK_ROUNDS machines (default 24; ci/soak.sh makes many more).
// tests: rel asan
#include "run/machine.h"
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { PROGRAMS = 6, SMALLEST_CACHE = 64 << 10, MANY_TURNS = 200 };
static const char *const programs[PROGRAMS] = {
    "build/workloads/rv64/dhrystone-test.elf", "build/workloads/rx/coremark-test.elf",
    "build/workloads/rv64/patch-test.elf",     "build/workloads/rx/dhrystone-test.elf",
    "build/workloads/rv64-sv39/loop-test.elf", "build/workloads/rv64/pressure-test.elf",
};

// A build with the address sanitizer keeps what was freed, unless it is told not to.
const char *__asan_default_options(void); // NOLINT(bugprone-reserved-identifier)
const char *__asan_default_options(void) { return "quarantine_size_mb=0:thread_local_quarantine_size_kb=0"; } // NOLINT

typedef struct Held { // by this process
    long kib, fds, mappings;
} Held;

static long lines_of(const char *path) {
    FILE *f = fopen(path, "r");
    long n = 0;
    assert_non_null(f);
    for (int c; (c = getc(f)) != EOF;) n += c == '\n';
    fclose(f);
    return n;
}

static Held held(void) {
    Held h = {.mappings = lines_of("/proc/self/maps")};
    long all, pages;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%ld %ld", &all, &pages), 2);
    fclose(f);
    h.kib = pages * 4;
    DIR *d = opendir("/proc/self/fd");
    assert_non_null(d);
    while (readdir(d)) h.fds++;
    closedir(d);
    return h;
}

static void begin(Machine *m, unsigned program, bool small, int out) {
    MachineOptions o = {.elf_path = programs[program],
                        .features = features_default(),
                        .ram_size = 32 << 20,
                        .cache_size = small ? SMALLEST_CACHE : 4 << 20,
                        .in_fd = -1,
                        .out_fd = out};
    Err err;
    memset(m, 0, sizeof *m);
    if (!machine_init(m, &o, &err)) fail_msg("%s", err.text);
}

static uint64_t end(Machine *m) {
    uint64_t retired = cpu_now(machine_cpu(m));
    assert_true(m->ended && m->end == RUN_GUEST_EXIT && m->exit_code == 0);
    machine_free(m);
    return retired;
}

static uint64_t alone(unsigned program, bool small, int out) {
    Machine *m = malloc(sizeof *m);
    begin(m, program, small, out);
    machine_run(m);
    uint64_t retired = end(m);
    free(m);
    return retired;
}

static void nothing_is_left(void **state) {
    (void)state;
    const char *rounds = getenv("SOAK_ROUNDS");
    unsigned n = rounds ? (unsigned)atoi(rounds) : 4 * PROGRAMS;
    int out = open("/dev/null", O_WRONLY);
    uint64_t want[PROGRAMS];
    for (unsigned p = 0; p < PROGRAMS; p++) want[p] = alone(p, false, out);
    for (unsigned p = 0; p < PROGRAMS; p++) assert_int_equal(alone(p, true, out), want[p]); // each way once before
    Held before = held();
    for (unsigned i = 0; i < n; i++) assert_int_equal(alone(i % PROGRAMS, i / PROGRAMS % 2, out), want[i % PROGRAMS]);
    Held after = held();
    close(out);
    print_message("%u machines: %ld -> %ld KiB, %ld -> %ld descriptors, %ld -> %ld mappings\n", n, before.kib,
                  after.kib, before.fds, after.fds, before.mappings, after.mappings);
    assert_int_equal(after.fds, before.fds);
    assert_in_range(after.mappings, 0, before.mappings + 8); // the allocator of the C library has its own
    assert_in_range(after.kib, 0, before.kib + 4096);
}

// Run in turns, a turn of the run loop each.
static void take_turns(unsigned a, unsigned b, bool small) {
    int out = open("/dev/null", O_WRONLY);
    uint64_t want[2] = {alone(a, false, out), alone(b, false, out)};
    Machine *m = calloc(2, sizeof *m);
    begin(&m[0], a, small, out), begin(&m[1], b, small, out);
    Edge *from[2] = {NULL, NULL};
    for (unsigned i = 0; i < 2; i++) m[i].board.poll(m[i].board.state), run_plan(&m[i].hart);
    while (!m[0].ended || !m[1].ended)
        for (unsigned i = 0; i < 2; i++)
            for (unsigned turn = 0; turn < MANY_TURNS && !m[i].ended; turn++) from[i] = run_turn(&m[i].hart, from[i]);
    for (unsigned i = 0; i < 2; i++) {
        m[i].board.flush(m[i].board.state);
        assert_int_equal(end(&m[i]), want[i]);
    }
    free(m);
    close(out);
}

static void two_in_one_process(void **state) {
    (void)state;
    take_turns(0, 1, false); // two guests
    take_turns(0, 2, true);  // of one guest, one rewrites its code, and the caches are flushed all the time
    take_turns(3, 1, true);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_left), cmocka_unit_test(two_in_one_process)};
    return cmocka_run_group_tests_name("soak", tests, NULL, NULL);
}
