// Oracle: POSIX. What is no regular file is written to and stays what it was; a link stays a link; a regular file is
// whole or as it was.
#include "base/outfile.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <cmocka.h>

static char dir[64];
static Err err;

static int enter(void **state) {
    (void)state;
    strcpy(dir, "/tmp/nightjar-outfile-XXXXXX");
    return !mkdtemp(dir) || chdir(dir);
}

static int leave(void **state) {
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return chdir("/") || system(command);
}

static bool put(const char *path, const char *text) { return outfile_write(path, text, strlen(text), &err); }

static void holds(const char *path, const char *want) {
    char got[64] = "";
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0 && read(fd, got, sizeof got - 1) >= 0);
    close(fd);
    assert_string_equal(got, want);
}

static mode_t mode_of(const char *path) {
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    return st.st_mode;
}

static unsigned files_here(void) {
    unsigned n = 0;
    FILE *f = popen("ls -A | wc -l", "r");
    assert_int_equal(fscanf(f, "%u", &n), 1);
    pclose(f);
    return n;
}

static void a_file_is_replaced_and_keeps_its_mode(void **state) {
    (void)state;
    umask(022);
    assert_true(put("a", "one"));
    assert_int_equal(mode_of("a"), S_IFREG | 0644);
    assert_int_equal(chmod("a", 0600), 0);
    int old = open("a", O_RDONLY);
    assert_true(put("a", "two"));
    holds("a", "two");
    assert_int_equal(mode_of("a"), S_IFREG | 0600);
    char was[4] = "";
    assert_int_equal(read(old, was, 3), 3); // a reader keeps the file that it opened
    assert_string_equal(was, "one");
    close(old);
    assert_int_equal(files_here(), 1);
}

static void a_link_is_followed(void **state) {
    (void)state;
    assert_int_equal(mkdir("sub", 0755), 0);
    assert_int_equal(symlink("sub/second", "first") | symlink("../target", "sub/second"), 0);
    assert_true(put("first", "x")); // its end is not there yet
    holds("target", "x");
    assert_true(put("first", "yz"));
    holds("target", "yz");
    assert_true(S_ISLNK(mode_of("first")) && S_ISLNK(mode_of("sub/second")) && S_ISREG(mode_of("target")));
    assert_int_equal(symlink("round", "round"), 0);
    assert_false(put("round", "x"));
    assert_non_null(strstr(err.text, "round: cannot be written: Too many levels"));
}

static void a_device_is_written_to(void **state) {
    const char *full = "/dev/full", *null = "/dev/null";
    (void)state;
    if (!mknod("full", S_IFCHR | 0666, makedev(1, 7)) && !mknod("null", S_IFCHR | 0666, makedev(1, 3)) &&
        !access("null", W_OK)) {
        int fd = open("null", O_WRONLY); // a file system may forbid devices
        if (fd >= 0) full = "full", null = "null";
        if (fd >= 0) close(fd);
    } else if (!geteuid()) {
        return; // WHY: what would be replaced, if this test failed, is the machine's
    }
    assert_false(put(full, "x"));
    assert_non_null(strstr(err.text, "full: cannot be written: No space left on device"));
    assert_true(put(null, "x"));
    assert_true(S_ISCHR(mode_of(full)) && S_ISCHR(mode_of(null)));
}

static void a_fifo_is_written_to(void **state) {
    (void)state;
    assert_int_equal(mkfifo("fifo", 0644), 0);
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    char got[8] = "";
    assert_true(put("fifo", "hello"));
    assert_int_equal(read(reader, got, sizeof got), 5);
    assert_string_equal(got, "hello");
    assert_true(S_ISFIFO(mode_of("fifo")));
    close(reader);
}

// Behind what is there already: as standard output that a shell redirected to a file.
static void what_is_open_is_appended_to(void **state) {
    char path[64];
    (void)state;
    int fd = open("shared", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_int_equal(write(fd, "before ", 7), 7);
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    assert_int_equal(symlink(path, "out"), 0);
    assert_true(put("out", "after"));
    holds("shared", "before after");
    close(fd);
    assert_false(put("out", "x"));
}

static void what_cannot_be_written_is_named(void **state) {
    (void)state;
    assert_false(put("no/such/folder", "x"));
    assert_string_equal(err.text, "no/such/folder: cannot be written: No such file or directory");
    assert_false(put(".", "x"));
    assert_string_equal(err.text, ".: cannot be written: Is a directory");
    assert_int_equal(files_here(), 0);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter, leave)
int main(void) {
    const struct CMUnitTest tests[] = {IN_A_FOLDER(a_file_is_replaced_and_keeps_its_mode),
                                       IN_A_FOLDER(a_link_is_followed),
                                       IN_A_FOLDER(a_device_is_written_to),
                                       IN_A_FOLDER(a_fifo_is_written_to),
                                       IN_A_FOLDER(what_is_open_is_appended_to),
                                       IN_A_FOLDER(what_cannot_be_written_is_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
