// Linked into programs that count their lines (MODE=cov): a child that ends by _exit(), and a program that aborts, write what
// they counted, as exit() does. The linker sends their calls here (--wrap). WHY the reset: a child of vfork() shares the
// parent's counters, which go on.
void __gcov_dump(void);
void __gcov_reset(void);
void __real__exit(int code) __attribute__((noreturn));
void __real_abort(void) __attribute__((noreturn));
void __wrap__exit(int code) __attribute__((noreturn));
void __wrap_abort(void) __attribute__((noreturn));

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
