// System calls: the table, what most of them need (arguments checked, converted and handed to the host's kernel), and
// what becomes of the result.
//
// INVARIANT: no pointer of the program reaches the host's kernel before space_at() has found every byte that it stands
// for in the program's own memory.
#include "sys/private.h"
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

enum { NUMBER_A0 = 10, NUMBER_A7 = 17, INSN_BYTES = 4, CALLS = 512 };

const SysCall *sys_call_row(uint64_t number) {
    static const SysCall rows[CALLS] = {
#define PASS(number, name, spec)            [number] = {#name, spec, SYS_##name, NULL, 0, NULL},
#define OWN(number, name, spec)             [number] = {#name, spec, -1, sys_##name, 0, NULL},
#define REFUSED(number, name, error, words) [number] = {#name, "x x x x x x", -1, NULL, error, words},
#include "sys/call.inc"
#include "sys/refused.inc"
#undef PASS
#undef OWN
#undef REFUSED
    };
    return number < CALLS && rows[number].name ? &rows[number] : NULL;
}

void sys_passed_calls(void (*each)(void *ctx, long number), void *ctx) {
    for (uint64_t n = 0; n < CALLS; n++) {
        const SysCall *row = sys_call_row(n);
        if (row && row->host >= 0) each(ctx, row->host);
    }
}

// ---- arguments by their words, see call.inc -----------------------------------------------------------------------
typedef struct Args {
    uint64_t host[6];
    char path[2][SYS_PATH_MAX];
    unsigned n_paths;
    char waits; // '?' or '!' or 0
} Args;

static int convert_path(Sys *s, Args *out, gaddr at, uint64_t *host) {
    if (!at) return *host = 0; // some calls then mean the file descriptor
    BUG_IF(out->n_paths == ARRAY_LEN(out->path), "a system call with more paths than two");
    char *path = out->path[out->n_paths++];
    *host = SYS_ARG(path);
    return sys_path(s, at, path);
}

static int convert_text(Sys *s, Args *out, gaddr at, uint64_t *host) {
    BUG_IF(out->n_paths == ARRAY_LEN(out->path), "a system call with more strings than two");
    char *text = out->path[out->n_paths++];
    *host = SYS_ARG(text);
    return space_copy_string(&s->space, at, text, SYS_PATH_MAX);
}

// `word` is "<N" and so on; `count` the next argument. A buffer that begins well is cut where it stops being the
// program's, as the kernel would.
static int convert_pointer(Sys *s, const char *word, gaddr at, uint64_t *host, uint64_t *count) {
    static const unsigned needs[] = {['<'] = SPACE_READ, ['>'] = SPACE_WRITE, ['='] = SPACE_WRITE};
    unsigned need = needs[(unsigned char)word[0]];
    uint64_t n;
    if (!at) {
        *host = 0;
        return 0;
    }
    if (word[1] == '@') {
        n = space_reach(&s->space, at, *count, need);
        if (*count && !n) return -EFAULT;
        *count = n;
    } else if (word[1] == '*') {
        uint64_t each = strtoull(word + 2, NULL, 10);
        if (*count > s->space.hi / each) return -EFAULT;
        n = *count * each;
    } else {
        n = strtoull(word + 1, NULL, 10);
    }
    void *there = space_at(&s->space, at, n, need);
    *host = SYS_ARG(there);
    return there ? 0 : -EFAULT;
}

static int convert(Sys *s, const char *word, unsigned i, Args *out, gaddr at) {
    switch (word[0]) {
    case 's': return convert_path(s, out, at, &out->host[i]);
    case 'n': return convert_text(s, out, at, &out->host[i]);
    case 'p': BUG_IF(true, "a system call that is passed on with an address that may not be");
    case '<':
    case '>':
    case '=': return convert_pointer(s, word, at, &out->host[i], &out->host[i < 5 ? i + 1 : 5]);
    default: return 0;
    }
}

static unsigned words_of(const char *spec) {
    unsigned n = 0;
    for (const char *word = spec; *word; word += strcspn(word, " "), word += *word == ' ')
        n += *word != '?' && *word != '!';
    return n;
}

static int convert_all(Sys *s, const char *spec, const uint64_t *a, Args *out) {
    unsigned i = 0;
    out->n_paths = 0, out->waits = 0;
    memset(out->host, 0, sizeof out->host); // what a call does not take the host's kernel does not get
    for (unsigned k = 0; k < words_of(spec); k++) out->host[k] = a[k];
    for (const char *word = spec; *word;) {
        if (*word == '?' || *word == '!') {
            out->waits = *word;
        } else {
            int e = convert(s, word, i, out, a[i]);
            if (e) return e;
            i++;
        }
        word += strcspn(word, " ");
        word += *word == ' ';
    }
    return 0;
}

static int64_t pass(Sys *s, const SysCall *row, const uint64_t *a) {
    Args args;
    int e = convert_all(s, row->spec, a, &args);
    if (e == -EFAULT && row->spec[strspn(row->spec, "?! ")] == 'f' && (int)a[0] >= 0 &&
        SYS_HOST(fcntl, a[0], 1 /* F_GETFD */) < 0)
        return -EBADF; // it is looked at first
    if (e) return e;
    short events = args.waits == '?' ? POLLIN : args.waits == '!' ? POLLOUT : 0;
    return sys_host_fd(s, (int)a[0], events, row->host, args.host);
}

// ---- one call -----------------------------------------------------------------------------------------------------
// The file of --log-file and the timer of --max-time have numbers as every other has, and are none of the program's. The
// answer is what a number that is not in use gets, or 0.
static int names_kept(const Sys *s, const SysCall *row, const uint64_t *a) {
    unsigned i = 0;
    for (const char *word = row->spec; *word; word += strcspn(word, " "), word += *word == ' ') {
        if (*word == '?' || *word == '!') continue;
        if (*word == 'f' && s->o.kept_fd >= 0 && (int)a[i] == s->o.kept_fd) return -EBADF;
        if (*word == 't' && sys_time_is_timer(a[i])) return -EINVAL;
        i++;
    }
    return 0;
}

static int64_t do_call(Sys *s, const SysCall *row, const uint64_t *a) {
    if (!row || row->refused) return row ? -row->refused : -ENOSYS;
    int kept = names_kept(s, row, a);
    if (kept) return kept;
    if (!row->fn) return pass(s, row, a);
    bool opens = row->fn == sys_clone || row->fn == sys_clone3 || row->fn == sys_execve ||
                 row->fn == sys_execveat; // emu, files of its own
    if (opens) sys_limits_lift(s, true);
    int64_t r = row->fn(s, a);
    if (opens) sys_limits_lift(s, false);
    return r;
}

// A program's limits are not those of the log.
static void trace(Sys *s, const SysCall *row, uint64_t number, const uint64_t *a, const int64_t *result) {
    sys_limits_lift(s, true);
    if (result)
        sys_trace_end(s, row, a, *result);
    else
        sys_trace_begin(s, row, number, a);
    if (!s->ended) sys_limits_lift(s, false);
}

void sys_call(Sys *s) {
    uint64_t number = *sys_x(s, NUMBER_A7), a[6];
    const SysCall *row = sys_call_row(number);
    for (unsigned i = 0; i < 6; i++) a[i] = *sys_x(s, NUMBER_A0 + i);
    if (s->o.strace) trace(s, row, number, a, NULL);
    int64_t r = do_call(s, row, a);
    if (s->o.strace) trace(s, row, number, a, &r);
    if (r == SYS_NO_RESULT || r == SYS_PARKED || s->ended) return;
    s->restarting = r == SYS_INTERRUPTED;
    if (r == SYS_RESTART || r == SYS_INTERRUPTED) return; // pc stays
    *sys_x(s, NUMBER_A0) = (uint64_t)r;
    s->cpu->pc += INSN_BYTES;
}
