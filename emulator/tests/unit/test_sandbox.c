// Oracle: the kernel. A child enters the sandbox and tries something; how it ends says what the kernel made of it.
// The calls that a Linux program must be able to make are tried by the programs of tests/user/, which run in it.
#include "run/sandbox.h"
#include "base/vec.h"
#include "host/host.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { WORKED, REFUSED = 100 }; // what a try says: 0, or REFUSED + errno
enum { FILTERS_OFF = 99 };      // this kernel has none

static char inside[64], outside[64];

static int answer(long r) { return r < 0 ? REFUSED + errno : WORKED; }
static int try_socket(void) { return answer(socket(AF_INET, SOCK_STREAM, 0)); }
static int try_execute(void) { return answer(execl("/bin/true", "true", (char *)NULL)); }
static int try_fork(void) {
    long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (!pid) _exit(0);
    return answer(pid);
}
static int try_ptrace(void) { return answer(syscall(SYS_ptrace, 0, 0, 0, 0)); }
static int try_mount(void) { return answer(syscall(SYS_mount, "none", "/nonexistent", "tmpfs", 0, NULL)); }
static int try_beyond(void) { return answer(syscall(511)); }
static int try_other_table(void) { return answer(syscall(0x40000000 | SYS_getpid)); } // of x32
static int try_files(void) {
    int fd = open(inside, O_RDWR | O_CREAT, 0600);
    return fd < 0 || write(fd, "x", 1) != 1 || unlink(inside) ? REFUSED + errno : WORKED;
}
static int try_outside(void) { return answer(open(outside, O_RDONLY)); }
static int try_make_outside(void) { return answer(open("/tmp/nightjar-sandbox-new", O_RDWR | O_CREAT, 0600)); }
static int try_privileges(void) { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? WORKED : REFUSED; }

// The wait status of a child that enters the sandbox and tries; what it writes to standard error goes to `said`.
static int in_sandbox(Sandbox s, int (*try)(void), char said[256]) {
    int out[2], status;
    s.elf_machine = host_native.elf_machine;
    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    if (!pid) {
        Err err;
        dup2(out[1], STDERR_FILENO);
        SandboxResult r = sandbox_enter(&s, &err);
        if (r != SANDBOX_ON) fputs(err.text, stderr);
        _exit(r == SANDBOX_ABSENT ? FILTERS_OFF : r == SANDBOX_FAILED ? FILTERS_OFF - 1 : try());
    }
    close(out[1]);
    ssize_t n = read(out[0], said, 255);
    said[n < 0 ? 0 : n] = 0;
    close(out[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == FILTERS_OFF) skip();
    return status;
}

static void expect(Sandbox s, int (*try)(void), int want) {
    char said[256];
    int status = in_sandbox(s, try, said);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != want)
        fail_msg("status %x instead of exit %d: %s", status, want, said);
}

// A board's run that is denied a call says which, and ends with the code of a problem of the host.
static void expect_stopped(Sandbox s, int (*try)(void), long number) {
    char said[256], want[64];
    int status = in_sandbox(s, try, said);
    snprintf(want, sizeof want, "stopped system call %ld.", number);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 125 || !strstr(said, want))
        fail_msg("status %x, no '%s': %s", status, want, said);
}

static void a_board_can_neither_start_programs_nor_open_sockets(void **state) {
    (void)state;
    Sandbox board = {0};
    expect(board, try_privileges, WORKED);
    expect(board, try_files, WORKED);
    expect_stopped(board, try_socket, SYS_socket);
    expect_stopped(board, try_execute, SYS_execve);
    expect_stopped(board, try_mount, SYS_mount);
    expect_stopped(board, try_beyond, 511);
    board.debugger = true;
    expect_stopped(board, try_socket, SYS_socket);
    expect_stopped(board, try_execute, SYS_execve);
}

static void a_linux_program_gets_what_its_calls_need(void **state) {
    (void)state;
    Sandbox user = {.user = true};
    expect(user, try_privileges, WORKED);
    expect(user, try_files, WORKED);
    expect(user, try_socket, WORKED);
    expect(user, try_fork, WORKED);
    expect(user, try_execute, WORKED);
    expect(user, try_mount, REFUSED + EPERM);
    expect(user, try_beyond, REFUSED + EPERM);
    expect(user, try_other_table, REFUSED + EPERM);
#ifndef __SANITIZE_ADDRESS__
    expect(user, try_ptrace, REFUSED + EPERM);
#endif
}

static void a_root_confines_files(void **state) {
    (void)state;
    char folder[64] = "/tmp/nightjar-sandbox-XXXXXX", said[256];
    assert_non_null(mkdtemp(folder));
    snprintf(inside, sizeof inside, "%s/file", folder);
    strcpy(outside, "/tmp/nightjar-outside-XXXXXX");
    close(mkstemp(outside));
    Sandbox user = {.user = true, .root = folder, .program = "/bin/true"};
    int status = in_sandbox(user, try_files, said);
    if (strstr(said, "cannot confine")) skip();
    assert_int_equal(status, 0);
    expect(user, try_outside, REFUSED + EACCES);
    expect(user, try_make_outside, REFUSED + EACCES);
    expect(user, try_execute, WORKED); // the program
    user.program = "/bin/false";
    expect(user, try_execute, REFUSED + EACCES);
    user.root = "/nonexistent";
    status = in_sandbox(user, try_files, said);
    assert_int_equal(WEXITSTATUS(status), FILTERS_OFF - 1);
    assert_non_null(strstr(said, "/nonexistent"));
    unlink(outside);
    rmdir(folder);
}

int main(void) {
    strcpy(inside, "/tmp/nightjar-sandbox-file");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_board_can_neither_start_programs_nor_open_sockets),
        cmocka_unit_test(a_linux_program_gets_what_its_calls_need),
        cmocka_unit_test(a_root_confines_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
