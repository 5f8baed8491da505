// Calls about the system and the process itself: names, limits, scheduling, what the processor can do.
#include "sys/private.h"
#include <linux/membarrier.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

int64_t sys_uname(Sys *s, const uint64_t *a) {
    struct utsname u;
    int64_t r = SYS_HOST(uname, SYS_ARG(&u));
    strcpy(u.machine, "riscv64");
    return r ? r : space_copy_in(&s->space, a[0], &u, sizeof u) ? 0 : -EFAULT;
}

// ---- limits -------------------------------------------------------------------------------------------------------
// What would limit emu rather than the program is remembered by nobody: the host's limits on memory stay.
static bool is_of_memory(uint64_t resource) {
    return resource == RLIMIT_AS || resource == RLIMIT_DATA || resource == RLIMIT_STACK;
}

int64_t sys_prlimit64(Sys *s, const uint64_t *a) {
    struct rlimit fresh;
    if (a[2] && !space_copy_out(&s->space, a[2], &fresh, sizeof fresh)) return -EFAULT;
    void *old = a[3] ? space_at(&s->space, a[3], sizeof fresh, SPACE_WRITE) : NULL;
    if (a[3] && !old) return -EFAULT;
    return SYS_HOST(prlimit64, a[0], a[1], a[2] && !is_of_memory(a[1]) ? SYS_ARG(&fresh) : 0, SYS_ARG(old));
}
int64_t sys_getrlimit(Sys *s, const uint64_t *a) { return sys_prlimit64(s, (const uint64_t[6]){0, a[0], 0, a[1]}); }
int64_t sys_setrlimit(Sys *s, const uint64_t *a) { return sys_prlimit64(s, (const uint64_t[6]){0, a[0], a[1], 0}); }

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

// ---- the process --------------------------------------------------------------------------------------------------
int64_t sys_prctl(Sys *s, const uint64_t *a) {
    enum { NAME_BYTES = 16 };
    void *name;
    switch (a[0]) {
    case PR_SET_NAME:
        name = space_at(&s->space, a[1], 1, SPACE_READ) ? (void *)(uintptr_t)space_string(&s->space, a[1], 4096) : NULL;
        return name ? SYS_HOST(prctl, a[0], SYS_ARG(name)) : -EFAULT;
    case PR_GET_NAME:
        name = space_at(&s->space, a[1], NAME_BYTES, SPACE_WRITE);
        return name ? SYS_HOST(prctl, a[0], SYS_ARG(name)) : -EFAULT;
    case PR_SET_PDEATHSIG:
    case PR_GET_DUMPABLE:
    case PR_SET_DUMPABLE:
    case PR_GET_KEEPCAPS:
    case PR_SET_KEEPCAPS:
    case PR_CAPBSET_READ:
    case PR_GET_NO_NEW_PRIVS:
    case PR_SET_NO_NEW_PRIVS: return SYS_HOST(prctl, a[0], a[1], a[2], a[3], a[4]);
    default: return -EINVAL;
    }
}

int64_t sys_getgroups(Sys *s, const uint64_t *a) {
    if ((int)a[0] < 0) return -EINVAL;
    void *at = space_at(&s->space, a[1], a[0] * 4, SPACE_WRITE);
    return at ? SYS_HOST(getgroups, a[0], SYS_ARG(at)) : -EFAULT;
}

// Key 3: base behaviour (bit 0: IMA). 4: extensions (bit 0: FD, bit 1: C). 5: misaligned accesses (3: fast). Others are
// unknown, key -1.
int64_t sys_riscv_hwprobe(Sys *s, const uint64_t *a) {
    struct {
        int64_t key;
        uint64_t value;
    } pair;
    if (a[4]) return -EINVAL;
    for (uint64_t i = 0; i < a[1]; i++) {
        gaddr at = a[0] + i * sizeof pair;
        if (!space_copy_out(&s->space, at, &pair, sizeof pair)) return -EFAULT;
        pair.value = pair.key == 3 ? 1 : pair.key == 4 ? (s->guest->user->f0 ? 3 : 2) : pair.key == 5 ? 3 : 0;
        if (pair.key < 0 || pair.key > 5) pair.key = -1;
        if (!space_copy_in(&s->space, at, &pair, sizeof pair)) return -EFAULT;
    }
    return 0;
}
