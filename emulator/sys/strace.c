// --strace: a line for each system call, as strace prints them, from the words of call.inc.
#include "sys/private.h"
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { SHOWN = 32 };

static void print_bytes(FILE *out, const char *at, uint64_t n, bool more) {
    fputc('"', out);
    for (uint64_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)at[i];
        static const char escapes[] = "\n\\n\t\\t\r\\r\"\\\"\\\\\\";
        const char *e = NULL;
        for (const char *k = escapes; *k && !e; k += 3)
            if ((unsigned char)*k == c) e = k + 1;
        if (e)
            fprintf(out, "%.2s", e);
        else if (c < 32 || c > 126)
            fprintf(out, "\\%o", c);
        else
            fputc(c, out);
    }
    fputs(more ? "\"..." : "\"", out);
}

static void print_pointer(Sys *s, gaddr at) {
    if (at)
        fprintf(s->o.out, "0x%" PRIx64, at);
    else
        fputs("NULL", s->o.out);
}

static void print_string(Sys *s, gaddr at) {
    char text[SYS_PATH_MAX];
    if (!space_copy_string(&s->space, at, text, sizeof text))
        print_bytes(s->o.out, text, strlen(text), false);
    else
        print_pointer(s, at);
}

// Bytes that the program gives; what it gets is printed when the call is over.
static void print_buffer(Sys *s, const char *word, gaddr at, uint64_t n) {
    char bytes[SHOWN];
    bool there = space_reach(&s->space, at, n, SPACE_READ) == n;
    if (!at || word[1] != '@' || !there || !space_copy_out(&s->space, at, bytes, n < SHOWN ? n : SHOWN))
        print_pointer(s, at);
    else
        print_bytes(s->o.out, bytes, n < SHOWN ? n : SHOWN, n > SHOWN);
}

static void print_fd(FILE *out, int fd) {
    if (fd == AT_FDCWD)
        fputs("AT_FDCWD", out);
    else
        fprintf(out, "%d", fd);
}

static void print_argument(Sys *s, const char *word, const uint64_t *a) {
    switch (word[0]) {
    case 'f': print_fd(s->o.out, (int)*a); break;
    case 'i': fprintf(s->o.out, "%" PRId64, (int64_t)*a); break;
    case 'u': fprintf(s->o.out, "%" PRIu64, *a); break;
    case 'x': fprintf(s->o.out, "%#" PRIx64, *a); break;
    case 'o': fprintf(s->o.out, "%#" PRIo64, *a); break;
    case 's':
    case 'n': print_string(s, *a); break;
    case '<': print_buffer(s, word, a[0], a[1]); break;
    default: print_pointer(s, *a);
    }
}

// WHY before the call: it may not come back, or end in another process.
void sys_trace_begin(Sys *s, const SysCall *row, uint64_t number, const uint64_t *a) {
    FILE *out = s->o.out;
    if (s->tracing) fputs(" <unfinished ...>\n", out);
    s->tracing = sys_thread(s);
    if (s->threads.n > 1) fprintf(out, "[pid %d] ", sys_thread(s)->tid);
    if (!row) {
        fprintf(out, "syscall_%" PRIu64 "(", number);
        for (unsigned i = 0; i < 6; i++) fprintf(out, "%s%#" PRIx64, i ? ", " : "", a[i]);
        return;
    }
    fprintf(out, "%s(", row->name);
    unsigned i = 0;
    for (const char *word = row->spec; *word; word += strcspn(word, " "), word += *word == ' ') {
        if (*word == '?' || *word == '!') continue;
        if (i) fputs(", ", out);
        print_argument(s, word, &a[i++]);
    }
    fflush(out);
}

void sys_trace_end(Sys *s, const SysCall *row, const uint64_t *a, int64_t r) {
    FILE *out = s->o.out;
    (void)a;
    if (s->tracing != sys_thread(s)) {
        if (s->tracing) fputs(" <unfinished ...>\n", out);
        fprintf(out, "[pid %d] <... %s resumed>", sys_thread(s)->tid, row ? row->name : "syscall");
    }
    s->tracing = NULL;
    if (r == SYS_RESTART || r == SYS_INTERRUPTED)
        fputs(") = ? (interrupted, to be done again)\n", out);
    else if (r == SYS_NO_RESULT || r == SYS_PARKED)
        fputs(") = ?\n", out);
    else if (r < 0 && r > -4096)
        fprintf(out, ") = -1 %s (%s)%s%s\n", strerrorname_np((int)-r) ? strerrorname_np((int)-r) : "?",
                strerror((int)-r), row ? row->why ? " not offered: " : "" : " no such call here",
                row && row->why ? row->why : "");
    else if (row && (!strcmp(row->name, "mmap") || !strcmp(row->name, "brk") || !strcmp(row->name, "mremap")))
        fprintf(out, ") = %#" PRIx64 "\n", (uint64_t)r);
    else
        fprintf(out, ") = %" PRId64 "\n", r);
}

void sys_trace_gone(Sys *s) {
    if (s->tracing == sys_thread(s)) fputs(") = ?\n", s->o.out);
    if (s->tracing == sys_thread(s)) s->tracing = NULL;
}
