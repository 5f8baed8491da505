// Oracle: getrlimit(2): a process may have so many bytes of addresses, and what does not fit is refused with a message.
#include "jit/frame.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

static uint64_t addresses_now(void) {
    unsigned long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%llu", &pages), 1);
    fclose(f);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

// A frame when so many more bytes of addresses may be had.
static Frame *frame_with(uint64_t more, Err *err) {
    struct rlimit was, limit;
    assert_int_equal(getrlimit(RLIMIT_AS, &was), 0);
    limit = was;
    limit.rlim_cur = addresses_now() + more;
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
    Frame *f = frame_new(NULL, err);
    assert_int_equal(setrlimit(RLIMIT_AS, &was), 0);
    return f;
}

static void test_no_room(void **state) {
    (void)state;
    Err err = {0};
    assert_null(frame_with(0, &err));
    assert_non_null(strstr(err.text, "no memory for the CPU state"));
    assert_null(frame_with(sizeof(Frame) + (1 << 20), &err));
    assert_non_null(strstr(err.text, "cannot map a stack for generated code"));
    uint64_t before = addresses_now();
    assert_null(frame_with(sizeof(Frame) + (1 << 20), &err)); // and nothing stays
    assert_int_equal(addresses_now(), before);
    frame_free(NULL);
}

// The stack can be written up to its top, and what is below it cannot be.
static void test_stack(void **state) {
    (void)state;
    Err err = {0};
    Frame *f = frame_new(NULL, &err);
    assert_non_null(f);
    volatile uint64_t *top = (uint64_t *)(uintptr_t)f->guest_sp;
    top[-1] = 7;
    assert_int_equal(top[-1], 7);
    char line[256], permissions[8];
    unsigned long from, to, guard = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx %7s", &from, &to, permissions) == 3 && from <= (uintptr_t)f->stack &&
            (uintptr_t)f->stack < to)
            guard = strncmp(permissions, "---", 3) ? 0 : to - from;
    fclose(maps);
    assert_true(guard >= 1 << 16);
    frame_free(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_room), cmocka_unit_test(test_stack)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
