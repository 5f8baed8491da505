// Oracle: small shell commands whose end, output and CPU time are known beforehand.
#include "bench/base/process.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static ProcessResult run(const char *script, ProcessLimits limits) {
    ProcessResult r;
    Err err;
    const char *argv[] = {"sh", "-c", script, NULL};
    assert_true(process_run(argv, &limits, &r, &err));
    return r;
}

static void ends(void **state) {
    (void)state;
    ProcessLimits none = {.pin = -1};
    ProcessResult r = run("echo out; echo bad >&2; exit 7", none);
    assert_true(r.exited && r.code == 7 && r.signal == 0);
    assert_string_equal(r.out, "out\n");
    assert_string_equal(r.err, "bad\n");
    process_result_free(&r);
    r = run("kill -SEGV $$", none);
    assert_true(!r.exited && r.signal == SIGSEGV && !r.timed_out);
    process_result_free(&r);
}

static void cannot_start(void **state) {
    (void)state;
    ProcessResult r;
    ProcessLimits none = {.pin = -1};
    Err err;
    assert_false(process_run((const char *[]){"/nonexistent/program", NULL}, &none, &r, &err));
    assert_non_null(strstr(err.text, "/nonexistent/program"));
    assert_null(process_which("no-such-program-anywhere"));
}

// A child that ignores SIGTERM and leaves a grandchild: both must be dead when process_run returns.
static void timeout_kills_the_group(void **state) {
    (void)state;
    ProcessResult r = {0};
    for (double seconds = 0.2; !r.out || !*r.out; seconds *= 2) { // until the shell has come so far
        if (r.out) process_result_free(&r);
        r = run("trap '' TERM INT; sleep 7777 & echo $!; wait", (ProcessLimits){.pin = -1, .timeout_s = seconds});
        assert_true(r.timed_out && !r.exited);
        assert_true((double)r.wall_ns >= seconds * 0.99e9);
    }
    pid_t grandchild = (pid_t)atoi(r.out);
    assert_true(grandchild > 1);
    process_result_free(&r);
    char path[64], state_letter = 'X';
    for (int i = 0; i < 30000; i++) { // an orphan may stay a zombie until its new parent looks
        snprintf(path, sizeof path, "/proc/%d/stat", (int)grandchild);
        FILE *f = fopen(path, "r");
        if (!f) return;
        if (fscanf(f, "%*d %*s %c", &state_letter) != 1) state_letter = 'X';
        fclose(f);
        if (state_letter == 'Z' || state_letter == 'X') return;
        usleep(10000);
    }
    fail_msg("grandchild %d lives on in state %c", (int)grandchild, state_letter);
}

static void stops_on_request(void **state) {
    (void)state;
    volatile sig_atomic_t stop = 1;
    ProcessResult r = run("sleep 7777", (ProcessLimits){.pin = -1, .stop = &stop});
    assert_true(r.stopped && !r.exited);
    process_result_free(&r);
}

static void cpu_time_is_not_wall_time(void **state) {
    (void)state;
    ProcessResult r = run("sleep 0.3", (ProcessLimits){.pin = -1});
    assert_true(r.cpu_ns < 100000000 && r.wall_ns >= 300000000);
    process_result_free(&r);
    r = run("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done", (ProcessLimits){.pin = 0});
    assert_true(r.cpu_ns > 10000000 && r.cpu_ns < r.wall_ns + 20000000);
    assert_true(r.max_rss_kb > 100);
    process_result_free(&r);
}

static void memory_limit(void **state) {
    (void)state;
    ProcessResult r =
        run("head -c 300M /dev/zero | tail -c 300M | wc -c", (ProcessLimits){.pin = -1, .memory_bytes = 64 << 20});
    assert_string_not_equal(r.out, "314572800\n");
    process_result_free(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(ends),
                                       cmocka_unit_test(cannot_start),
                                       cmocka_unit_test(timeout_kills_the_group),
                                       cmocka_unit_test(stops_on_request),
                                       cmocka_unit_test(cpu_time_is_not_wall_time),
                                       cmocka_unit_test(memory_limit)};
    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
