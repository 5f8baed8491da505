// Calls about the system and the process itself: names, limits, scheduling, what the processor can do.
#include "sys/private.h"
#include <linux/membarrier.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>

int64_t sys_uname(Sys *s, const uint64_t *a) {
    struct utsname u;
    int64_t r = SYS_HOST(uname, SYS_ARG(&u));
    strcpy(u.machine, "riscv64");
    return r ? r : space_copy_in(&s->space, a[0], &u, sizeof u) ? 0 : -EFAULT;
}

// ---- scheduling: one hart, the ordinary class ---------------------------------------------------------------------
int64_t sys_sched_getaffinity(Sys *s, const uint64_t *a) {
    uint64_t one = 1;
    if (a[1] < sizeof one || a[1] % sizeof one) return -EINVAL;
    return space_copy_in(&s->space, a[2], &one, sizeof one) ? (int64_t)sizeof one : -EFAULT;
}

int64_t sys_sched_setaffinity(Sys *s, const uint64_t *a) {
    uint64_t mask = 0, n = a[1] < sizeof mask ? a[1] : sizeof mask;
    if (!space_copy_out(&s->space, a[2], &mask, n)) return -EFAULT;
    return mask & 1 ? 0 : -EINVAL;
}

int64_t sys_sched_getscheduler(Sys *s, const uint64_t *a) {
    (void)s;
    return (int64_t)a[0] < 0 ? -EINVAL : SCHED_OTHER;
}

static int64_t only_priority_0(Sys *s, gaddr at) {
    int32_t priority;
    if (!space_copy_out(&s->space, at, &priority, sizeof priority)) return -EFAULT;
    return priority ? -EINVAL : 0;
}
int64_t sys_sched_setparam(Sys *s, const uint64_t *a) { return only_priority_0(s, a[1]); }
int64_t sys_sched_setscheduler(Sys *s, const uint64_t *a) {
    return (int)a[1] == SCHED_OTHER ? only_priority_0(s, a[2]) : -EPERM;
}
int64_t sys_sched_getparam(Sys *s, const uint64_t *a) {
    int32_t priority = 0;
    return space_copy_in(&s->space, a[1], &priority, sizeof priority) ? 0 : -EFAULT;
}

int64_t sys_getcpu(Sys *s, const uint64_t *a) {
    uint32_t zero = 0;
    for (unsigned i = 0; i < 2; i++)
        if (a[i] && !space_copy_in(&s->space, a[i], &zero, sizeof zero)) return -EFAULT;
    return 0;
}

// One hart: every thread sees all stores in order.
int64_t sys_membarrier(Sys *s, const uint64_t *a) {
    enum {
        KNOWN = MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_PRIVATE_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED
    };
    (void)s;
    if (a[1]) return -EINVAL;
    if (a[0] == MEMBARRIER_CMD_QUERY) return KNOWN;
    return a[0] & ~(uint64_t)KNOWN ? -EINVAL : 0;
}

// A slice of time of the ordinary class.
int64_t sys_sched_rr_get_interval(Sys *s, const uint64_t *a) {
    struct timespec t;
    if ((int)a[0] < 0) return -EINVAL;
    int64_t r = SYS_HOST(sched_rr_get_interval, 0, SYS_ARG(&t));
    return r ? r : space_copy_in(&s->space, a[1], &t, sizeof t) ? 0 : -EFAULT;
}

// ---- the process --------------------------------------------------------------------------------------------------
static int64_t put_int(Sys *s, gaddr at, uint64_t option) {
    int32_t v = 0;
    int64_t r = SYS_HOST(prctl, option, SYS_ARG(&v));
    return r ? r : space_copy_in(&s->space, at, &v, sizeof v) ? 0 : -EFAULT;
}

static int64_t set_name(Sys *s, gaddr at) {
    char name[16];
    int e = space_copy_string(&s->space, at, name, sizeof name);
    if (e == -ENAMETOOLONG) name[sizeof name - 1] = 0, e = space_copy_out(&s->space, at, name, 15) ? 0 : -EFAULT;
    return e ? e : SYS_HOST(prctl, PR_SET_NAME, SYS_ARG(name));
}

static int64_t get_name(Sys *s, gaddr at) {
    char name[16];
    int64_t r = SYS_HOST(prctl, PR_GET_NAME, SYS_ARG(name));
    return r ? r : space_copy_in(&s->space, at, name, sizeof name) ? 0 : -EFAULT;
}

// Only numbers are passed on.
int64_t sys_prctl(Sys *s, const uint64_t *a) {
    enum { RISCV_SET_ICACHE_FLUSH_CTX = 71 };
    switch ((int)a[0]) {
    case PR_SET_NAME: return set_name(s, a[1]);
    case PR_GET_NAME: return get_name(s, a[1]);
    case PR_GET_PDEATHSIG:
    case PR_GET_CHILD_SUBREAPER: return put_int(s, a[1], a[0]);
    case PR_SET_PDEATHSIG:
    case PR_GET_DUMPABLE:
    case PR_SET_DUMPABLE:
    case PR_GET_KEEPCAPS:
    case PR_SET_KEEPCAPS:
    case PR_CAPBSET_READ:
    case PR_CAPBSET_DROP:
    case PR_GET_SECUREBITS:
    case PR_SET_SECUREBITS:
    case PR_GET_TIMERSLACK:
    case PR_SET_TIMERSLACK:
    case PR_SET_CHILD_SUBREAPER:
    case PR_GET_THP_DISABLE:
    case PR_SET_THP_DISABLE:
    case PR_CAP_AMBIENT:
    case PR_SET_PTRACER:
    case PR_GET_NO_NEW_PRIVS:
    case PR_SET_NO_NEW_PRIVS:
        return SYS_HOST(prctl, a[0], (uint32_t)a[1], (uint32_t)a[2], (uint32_t)a[3], (uint32_t)a[4]);
    case PR_GET_SECCOMP:
    case PR_GET_TIMING: return 0; // none; by statistics
    case PR_SET_TIMING: return a[1] ? -EINVAL : 0;
    case RISCV_SET_ICACHE_FLUSH_CTX: return 0; // fence.i is enough on the one hart
    default: return -EINVAL;
    }
}

// Kept, but for what changes how emu itself is run.
int64_t sys_personality(Sys *s, const uint64_t *a) {
    uint64_t old = s->personality;
    if ((uint32_t)a[0] != 0xffffffff) s->personality = (uint32_t)a[0];
    return (int64_t)old;
}

int64_t sys_setgroups(Sys *s, const uint64_t *a) {
    enum { MOST = 65536 };
    if ((int)a[0] < 0 || a[0] > MOST) return -EINVAL;
    void *at = space_at(&s->space, a[1], a[0] * 4, SPACE_READ);
    return at ? SYS_HOST(setgroups, a[0], SYS_ARG(at)) : -EFAULT;
}

int64_t sys_getgroups(Sys *s, const uint64_t *a) {
    if ((int)a[0] < 0) return -EINVAL;
    void *at = space_at(&s->space, a[1], (uint32_t)a[0] * 4ull, SPACE_WRITE);
    return at ? SYS_HOST(getgroups, a[0], SYS_ARG(at)) : -EFAULT;
}

static bool has_extension(const Guest *g, const char *name) {
    size_t n = strlen(name);
    for (const char *at = g->isa; (at = strchr(at, '_'));)
        if (!strncmp(++at, name, n) && (at[n] == '_' || !at[n])) return true;
    return false;
}

// The extensions of Guest.isa that RISCV_HWPROBE_KEY_IMA_EXT_0 has a bit for.
static uint64_t probed_extensions(const Guest *g) {
    static const struct {
        const char *name;
        unsigned bit;
    } known[] = {{"zba", 3}, {"zbb", 4}, {"zbs", 5}, {"zicond", 35}};
    uint64_t v = g->user->f0 ? 3 : 2; // C, and FD
    for (size_t i = 0; i < ARRAY_LEN(known); i++) v |= (uint64_t)has_extension(g, known[i].name) << known[i].bit;
    return v;
}

// Key 3: base behaviour (bit 0: IMA). 4: extensions. 5: misaligned accesses (3: fast). Others are unknown, key -1.
int64_t sys_riscv_hwprobe(Sys *s, const uint64_t *a) {
    struct {
        int64_t key;
        uint64_t value;
    } pair;
    if (a[4]) return -EINVAL;
    for (uint64_t i = 0; i < a[1]; i++) {
        gaddr at = a[0] + i * sizeof pair;
        if (!space_copy_out(&s->space, at, &pair, sizeof pair)) return -EFAULT;
        pair.value = pair.key == 3 ? 1 : pair.key == 4 ? probed_extensions(s->guest) : pair.key == 5 ? 3 : 0;
        if (pair.key < 0 || pair.key > 5) pair.key = -1;
        if (!space_copy_in(&s->space, at, &pair, sizeof pair)) return -EFAULT;
    }
    return 0;
}
