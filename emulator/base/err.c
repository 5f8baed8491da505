#include "base/err.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static _Thread_local BugContext
    *contexts; // see ci/state.allow: there is no other way from a BUG_IF to what it happened to

void bug_context_push(BugContext *c, void (*dump)(FILE *out, const void *what), const void *what) {
    *c = (BugContext){dump, what, contexts};
    contexts = c;
}

void bug_context_pop(void) { contexts = contexts->up; }

static void write_replay(void) {
    char path[64];
    snprintf(path, sizeof path, "nightjar-bug-%ld.txt", (long)getpid());
    BugContext *c = contexts;
    contexts = NULL; // a bug in a dump must not come back here
    FILE *f = c ? fopen(path, "w") : NULL;
    if (!f) return;
    for (; c; c = c->up) c->dump(f, c->what);
    fclose(f);
    fprintf(stderr, "What it was doing is in %s; please send it along.\n", path);
}

bool err_set(Err *err, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return false;
}

void bug_abort(const char *file, int line, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fprintf(stderr, "nightjar: bug at %s:%d: ", file, line);
    vfprintf(stderr, fmt, args);
    fprintf(stderr, "\nThis is our mistake, not yours: please report it with the command line and the ELF.\n");
    va_end(args);
    write_replay();
    abort();
}
