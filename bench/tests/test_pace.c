// Oracle: arithmetic. Made-up paces, for which the length of a sample and of a round can be worked out by hand; and what
// a program that was told how much to do says itself.
#include "bench/model/elf_work.h"
#include "bench/pace.h"
#include <math.h>
#include <setjmp.h>
#include <spawn.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static void near(double got, double want, double tolerance) {
    if (!(fabs(got - want) <= tolerance)) fail_msg("got %.10g, expected %.10g", got, want);
}

// 20 ms of start and 1 us a unit: 280,000 units take 0.3 s, an eighth of them 35,000.
static void lengths(void **state) {
    (void)state;
    Pace p = {.unit_s = 1e-6, .start_s = 0.02, .stretch = 2, .known = true};
    near(pace_work(&p, 0.3), 280000, 1);
    assert_int_equal(pace_short(280000), 35000);
    near(pace_seconds(&p, 280000), 0.6, 1e-9);
    p.start_s = 1; // a start that is longer than the sample leaves it half a sample's work
    near(pace_work(&p, 0.3), 150000, 1);
    p.unit_s = 5; // one unit is the least
    assert_int_equal(pace_work(&p, 0.3), 1);
    assert_int_equal(pace_short(1), 0);
}

// Ten cells, no start: a round takes 10 * 9/8 of a sample.
static void budget_is_spread_evenly(void **state) {
    (void)state;
    Pace paces[10];
    for (int i = 0; i < 10; i++) paces[i] = (Pace){.unit_s = 1e-7, .stretch = 1, .known = true};
    double round = 10 * 1.125;
    int n;
    near(pace_sample_s(paces, 10, 0.3, 0, 9, &n), 0.3, 0);                          // no budget
    near(pace_sample_s(paces, 10, 0.3, 9 * round * 0.2 / 0.9, 100, &n), 0.2, 1e-3); // nine rounds, shorter ones
    near(pace_sample_s(paces, 10, 0.3, 1, 100, &n), 0.1, 1e-3);                     // not below a tenth of a second
    near(pace_sample_s(paces, 10, 0.3, 20.9 * round * 0.3 / 0.9, 100, &n), 0.3 * 20.9 / 20,
         1e-3);                                                  // 20 rounds, longer ones
    near(pace_sample_s(paces, 10, 0.3, 1e6, 12, &n), 0.5, 1e-3); // not above half a second
    assert_int_equal(n, 12);
    for (int i = 0; i < 10; i++) paces[i].stretch = 3; // a busy machine
    near(pace_sample_s(paces, 10, 0.3, 3 * 9 * round * 0.2 / 0.9, 100, &n), 0.2, 1e-3);
}

static void a_copy_that_is_told(void **state) {
    (void)state;
    char folder[] = "/tmp/test_pace.XXXXXX", command[1000], from[100], to[100];
    assert_non_null(mkdtemp(folder));
    snprintf(from, sizeof from, "%s/a", folder), snprintf(to, sizeof to, "%s/b", folder);
    snprintf(command, sizeof command,
             "printf '#include <unistd.h>\nconst volatile unsigned work_iterations = 3;\n"
             "int main(int argc, char **argv) { (void)argv; return argc > 1 ? pause() : (int)work_iterations; }' | "
             "gcc -x c -O1 -o %s -",
             from);
    assert_int_equal(system(command), 0);
    Err err;
    off_t at;
    assert_true(elf_work_find(from, &at));
    assert_true(elf_work_copy(from, to, 77, &err));
    assert_int_equal(WEXITSTATUS(system(from)), 3);
    assert_int_equal(WEXITSTATUS(system(to)), 77);
    // Over a program that still runs: a bench that was killed may have left one.
    pid_t pid;
    char *words[] = {to, "wait", NULL};
    assert_int_equal(posix_spawn(&pid, to, NULL, NULL, words, environ), 0);
    assert_true(elf_work_copy(from, to, 78, &err));
    kill(pid, SIGKILL), waitpid(pid, NULL, 0);
    assert_int_equal(WEXITSTATUS(system(to)), 78);
    assert_false(elf_work_find("/bin/sh", &at));
    assert_false(elf_work_find("Makefile", &at));
    assert_false(elf_work_copy("Makefile", to, 1, &err));
    assert_non_null(strstr(err.text, "no variable work_iterations"));
    unlink(from), unlink(to), rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(lengths), cmocka_unit_test(budget_is_spread_evenly),
                                       cmocka_unit_test(a_copy_that_is_told)};
    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
