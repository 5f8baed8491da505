// fail_alloc.so, loaded by LD_PRELOAD: allocations of the heap fail by number, or are listed. It counts from main() on, in the
// first process alone; what that executes does not get it. NIGHTJAR_ALLOC says what to do:
//   N          the N-th call of malloc(), calloc(), realloc(), ... returns NULL
//   list:FILE  the numbers of calls that come from a place of the program from which none came before, a line each: "17". A
//              place is the stack of return addresses, so a test that fails each of these has tried all that are different.
// Those inside of regcomp() are not counted.
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH = 24, SEEN = 1 << 16 };

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *at, size_t n);
void *__libc_memalign(size_t align, size_t n);

typedef int Main(int argc, char **argv, char **env);
static Main *real_main;
static bool counting;
static _Thread_local bool inside; // backtrace() allocates, too
static pid_t first;
static unsigned long calls, fails;
static char list[4096];
static uint64_t seen[SEEN];

static bool is_new(void) {
    void *stack[DEPTH];
    int n = backtrace(stack, DEPTH);
    uint64_t hash = 14695981039346656037ull;
    for (int i = 0; i < n; i++) hash = (hash ^ (uintptr_t)stack[i]) * 1099511628211ull;
    hash |= 1;
    for (unsigned i = (unsigned)(hash >> 32) % SEEN;; i = (i + 1) % SEEN) {
        if (seen[i] == hash) return false;
        if (!seen[i]) return seen[i] = hash, true;
    }
}

static void note(unsigned long n) {
    char line[32];
    int fd = open(list, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    int length = snprintf(line, sizeof line, "%lu\n", n);
    if (fd < 0 || write(fd, line, (size_t)length) != length) _exit(71);
    close(fd);
}

// true: this allocation fails.
static bool fail(void) {
    if (!counting || inside || getpid() != first) return false;
    inside = true;
    int e = errno;
    unsigned long n = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    if (*list && is_new()) note(n);
    errno = n == fails ? ENOMEM : e;
    inside = false;
    return n == fails;
}

void *malloc(size_t n) { return fail() ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t size) { return fail() ? NULL : __libc_calloc(n, size); }
void *realloc(void *at, size_t n) { return fail() ? NULL : __libc_realloc(at, n); }
void *reallocarray(void *at, size_t n, size_t size) { return fail() ? NULL : __libc_realloc(at, n * size); }
void *memalign(size_t align, size_t n) { return fail() ? NULL : __libc_memalign(align, n); }
void *aligned_alloc(size_t align, size_t n) { return fail() ? NULL : __libc_memalign(align, n); }
int posix_memalign(void **at, size_t align, size_t n) {
    if (fail()) return ENOMEM;
    *at = __libc_memalign(align, n);
    return *at ? 0 : ENOMEM;
}

// nightjar has made room for it before (bench/model/manifest.c), and without memory glibc frees twice in it.
int regcomp(regex_t *compiled, const char *text, int flags) {
    int (*real)(regex_t *, const char *, int) =
        (int (*)(regex_t *, const char *, int))(uintptr_t)dlsym(RTLD_NEXT, "regcomp");
    inside = true;
    int status = real(compiled, text, flags);
    inside = false;
    return status;
}

static int counted_main(int argc, char **argv, char **env) {
    const char *what = getenv("NIGHTJAR_ALLOC");
    void *warm[1];
    backtrace(warm, 1);
    if (what && !strncmp(what, "list:", 5))
        snprintf(list, sizeof list, "%s", what + 5);
    else if (what)
        fails = strtoul(what, NULL, 10);
    first = getpid();
    unsetenv("LD_PRELOAD");
    unsetenv("NIGHTJAR_ALLOC");
    counting = true;
    return real_main(argc, argv, env);
}

int __libc_start_main(Main *m, int argc, char **argv, void (*init)(void), void (*fini)(void), void (*loader)(void),
                      void *stack_end);
int __libc_start_main(Main *m, int argc, char **argv, void (*init)(void), void (*fini)(void), void (*loader)(void),
                      void *stack_end) {
    int (*start)(Main *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *) =
        (int (*)(Main *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *))(uintptr_t)dlsym(
            RTLD_NEXT, "__libc_start_main");
    real_main = m;
    return start(counted_main, argc, argv, init, fini, loader, stack_end);
}
