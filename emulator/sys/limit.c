// Limits of resources (setrlimit), as the program sees them. Three kinds:
//
//   passed on        CPU, NPROC, CORE, ...: the host's kernel keeps and enforces them
//   soft passed on   NOFILE, FSIZE: the host's kernel enforces them on the program's calls. The hard limit stays emu's own,
//                    and the soft one is lifted while emu itself opens and writes files (sys_limits_lift)
//   kept here        AS is enforced by mmap and brk here; STACK is how large the stack of a program is that is executed;
//                    DATA is only remembered
//
// What is not the host's is handed to a program that is executed by --limits=NUMBER=SOFT:HARD,...
#include "base/alloc.h"
#include "sys/private.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_kept(unsigned n) { return n == RLIMIT_AS || n == RLIMIT_DATA || n == RLIMIT_STACK; }
static bool is_of_files(unsigned n) { return n == RLIMIT_NOFILE || n == RLIMIT_FSIZE; }
static bool is_ours(unsigned n) { return is_kept(n) || is_of_files(n); }

static bool take_text(Sys *s, const char *text, Err *err) {
    for (const char *at = text; at && *at; at += *at == ',') {
        char *end;
        unsigned long n = strtoul(at, &end, 10);
        SysLimit l = {0};
        if (*end == '=') l.soft = strtoull(end + 1, &end, 10);
        if (*end == ':') l.hard = strtoull(end + 1, &end, 10);
        if (n >= SYS_LIMITS || !is_ours((unsigned)n) || (*end && *end != ',') || l.soft > l.hard)
            return err_set(err, "--limits=%s: give NUMBER=SOFT:HARD,... as another emu does", text);
        s->limit[n] = l;
        s->limits_changed = true;
        at = end;
    }
    return true;
}

static void pass_soft(const Sys *s, unsigned n, uint64_t soft) {
    struct rlimit l;
    if (getrlimit((__rlimit_resource_t)n, &l)) return;
    l.rlim_cur = soft < l.rlim_max ? soft : l.rlim_max;
    (void)s;
    setrlimit((__rlimit_resource_t)n, &l);
}

void sys_limits_lift(Sys *s, bool lift) {
    if (!s->limits_changed) return;
    pass_soft(s, RLIMIT_NOFILE, lift ? RLIM_INFINITY : s->limit[RLIMIT_NOFILE].soft);
    pass_soft(s, RLIMIT_FSIZE, lift ? RLIM_INFINITY : s->limit[RLIMIT_FSIZE].soft);
}

// No limit of the program exceeds it, whatever the program asks for, as whatever user.
static void cap(Sys *s, unsigned n, uint64_t most) {
    SysLimit *l = &s->limit[n];
    s->most[n] = most ? most : RLIM_INFINITY;
    if (!most) return;
    if (l->hard > most) l->hard = most;
    if (l->soft > most) l->soft = most;
    s->limits_changed = true;
}

bool sys_limits_init(Sys *s, Err *err) {
    for (unsigned n = 0; n < SYS_LIMITS; n++) {
        struct rlimit l;
        if (!getrlimit((__rlimit_resource_t)n, &l)) s->limit[n] = (SysLimit){l.rlim_cur, l.rlim_max};
        s->most[n] = RLIM_INFINITY;
    }
    if (!take_text(s, s->o.limits, err)) return false;
    cap(s, RLIMIT_AS, s->o.max_memory);
    cap(s, RLIMIT_NOFILE, s->o.max_files);
    s->limits_late = s->limits_changed; // emu is still opening files
    return true;
}

bool sys_limits_fit(const Sys *s, Err *err) {
    uint64_t most = s->o.max_memory, n = s->space.n_bytes;
    if (!most || n <= most) return true;
    return err_set(err, "%s: takes %llu KiB of addresses before its first instruction; --max-memory allows %llu KiB",
                   s->exe, (unsigned long long)n >> 10, (unsigned long long)most >> 10);
}

char *sys_limits_text(const Sys *s) {
    char *text = NULL;
    size_t size;
    if (!s->limits_changed) return NULL;
    FILE *f = alloc_stream(&text, &size);
    const char *before = "--limits=";
    for (unsigned n = 0; n < SYS_LIMITS; n++) {
        if (!is_ours(n)) continue;
        fprintf(f, "%s%u=%llu:%llu", before, n, (unsigned long long)s->limit[n].soft,
                (unsigned long long)s->limit[n].hard);
        before = ",";
    }
    alloc_stream_end(f);
    return text;
}

bool sys_limit_allows(const Sys *s, uint64_t more) {
    uint64_t most = s->limit[RLIMIT_AS].soft;
    return s->space.n_bytes <= most && more <= most - s->space.n_bytes;
}

static int set(Sys *s, unsigned n, SysLimit fresh) {
    if (fresh.soft > fresh.hard) return -EINVAL;
    if (fresh.hard > s->most[n] || (fresh.hard > s->limit[n].hard && geteuid())) return -EPERM;
    if (is_of_files(n)) {
        struct rlimit l;
        getrlimit((__rlimit_resource_t)n, &l);
        if (fresh.hard > l.rlim_max) { // the host's kernel says whether it can be
            l.rlim_max = fresh.hard;
            int64_t r = SYS_HOST(prlimit64, 0, n, SYS_ARG(&l), 0);
            if (r) return (int)r;
        }
    }
    s->limit[n] = fresh;
    s->limits_changed = true;
    sys_limits_lift(s, false);
    return 0;
}

int64_t sys_prlimit64(Sys *s, const uint64_t *a) {
    SysLimit fresh, old;
    unsigned n = (unsigned)a[1];
    bool own = !(int)a[0] || (int)a[0] == (int)SYS_HOST(getpid, 0);
    if (a[2] && !space_copy_out(&s->space, a[2], &fresh, sizeof fresh)) return -EFAULT;
    int64_t r;
    if (own && n < SYS_LIMITS && is_ours(n)) {
        old = s->limit[n];
        r = a[2] ? set(s, n, fresh) : 0;
    } else if (a[2] && n < SYS_LIMITS && s->most[n] != RLIM_INFINITY) {
        return -EPERM; // of another process, which has the same cap
    } else {
        r = SYS_HOST(prlimit64, a[0], n, a[2] ? SYS_ARG(&fresh) : 0, SYS_ARG(&old));
    }
    return r || !a[3] || space_copy_in(&s->space, a[3], &old, sizeof old) ? r : -EFAULT;
}
int64_t sys_getrlimit(Sys *s, const uint64_t *a) { return sys_prlimit64(s, (const uint64_t[6]){0, a[0], 0, a[1]}); }
int64_t sys_setrlimit(Sys *s, const uint64_t *a) { return sys_prlimit64(s, (const uint64_t[6]){0, a[0], a[1], 0}); }
