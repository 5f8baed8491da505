// Two of the three forms of failure. The user or the host did it: an Err that names the file and says what to do.
// We did it: BUG_IF, which says where and aborts. (The guest did it: an exit value, see guest/cpu.h.)
#pragma once
#include "base/macros.h"
#include <stdbool.h>
#include <stdio.h>

typedef struct Err {
    char text[1024]; // one line, no newline at its end; empty when nothing went wrong
} Err;

// Sets the message and returns false, so that a caller can `return err_set(err, "...")`.
bool err_set(Err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define BUG_IF(cond, ...)                                                                                              \
    do {                                                                                                               \
        if (__builtin_expect(!!(cond), 0)) bug_abort(__FILE__, __LINE__, __VA_ARGS__);                                 \
    } while (0)
// What was being worked on, for the replay file that bug_abort() writes (nightjar-bug-PID.txt): a stack of the thread,
// linked through local variables. Push before the work, pop after it.
typedef struct BugContext {
    void (*dump)(FILE *out, const void *what);
    const void *what;
    struct BugContext *up;
} BugContext;
void bug_context_push(BugContext *c, void (*dump)(FILE *out, const void *what), const void *what);
void bug_context_pop(void);

_Noreturn void bug_abort(const char *file, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);
