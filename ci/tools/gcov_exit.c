// Linked into programs that count their lines (MODE=cov): a child that ends by _exit(), and a program that aborts or ends itself by a
// signal, write what they counted, as exit() does. The linker sends their calls here (--wrap). WHY the reset: a child of vfork() shares the
// parent's counters, which go on.
#include <sys/types.h>
#include <unistd.h>

void __gcov_dump(void);
void __gcov_reset(void);
void __real__exit(int code) __attribute__((noreturn));
void __real_abort(void) __attribute__((noreturn));
void __wrap__exit(int code) __attribute__((noreturn));
void __wrap_abort(void) __attribute__((noreturn));
int __real_kill(pid_t pid, int number);
int __wrap_kill(pid_t pid, int number);
int __real_raise(int number);
int __wrap_raise(int number);

static void write_counts(void) {
    __gcov_dump();
    __gcov_reset();
}

void __wrap__exit(int code) {
    write_counts();
    __real__exit(code);
}

void __wrap_abort(void) {
    write_counts();
    __real_abort();
}

int __wrap_kill(pid_t pid, int number) {
    if (pid == getpid()) write_counts();
    return __real_kill(pid, number);
}

int __wrap_raise(int number) {
    write_counts();
    return __real_raise(number);
}
