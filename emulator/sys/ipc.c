// System V shared memory, semaphores and message queues; notifications of POSIX message queues.
//
// Structures are those of asm-generic on both sides, but for semid64_ds: some hosts have a word of padding behind each
// time.
// A segment is attached by the host's kernel wherever it likes, and moved to its place among the program's addresses.
#include "sys/private.h"
#include <sys/sem.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <time.h>

enum {
    PERM = 48,
    SHMID_DS = 112,
    MSQID_DS = 120,
    SEMID_DS = 88,
    SEMOPS_MAX = 500,
    TEXT_MAX = 1 << 20,
    NS = 1000000000
};

typedef struct Control { // what a command takes
    int command;
    char way; // '<' read by the kernel, '>' written, 'i' nothing or a number
    uint16_t bytes;
} Control;

static int64_t control(Sys *s, const Control *list, unsigned n, long call, uint64_t id, int command, gaddr at) {
    unsigned i = 0;
    while (i < n && list[i].command != command) i++;
    if (i == n) return -EINVAL;
    void *host = list[i].way == 'i'
                     ? NULL
                     : space_at(&s->space, at, list[i].bytes, list[i].way == '<' ? SPACE_READ : SPACE_WRITE);
    if (list[i].way != 'i' && !host) return -EFAULT;
    return sys_host_call(call, (const uint64_t[6]){id, (uint32_t)command, SYS_ARG(host)});
}

// ---- shared memory ------------------------------------------------------------------------------------------------
int64_t sys_shmctl(Sys *s, const uint64_t *a) {
    static const Control list[] = {{IPC_RMID, 'i', 0},        {IPC_SET, '<', SHMID_DS}, {IPC_STAT, '>', SHMID_DS},
                                   {IPC_INFO, '>', 72},       {SHM_LOCK, 'i', 0},       {SHM_UNLOCK, 'i', 0},
                                   {SHM_STAT, '>', SHMID_DS}, {SHM_INFO, '>', 48},      {15, '>', SHMID_DS}};
    return control(s, list, ARRAY_LEN(list), SYS_shmctl, a[0], (int)a[1], a[2]);
}

static int64_t place(const Sys *s, gaddr want, uint64_t n, uint64_t flags) {
    if (!want) {
        gaddr at = space_find(&s->space, n, s->stack_top);
        return at ? (int64_t)at : -ENOMEM;
    }
    if (flags & SHM_RND) want = space_page_down(want);
    if (want % MEM_PAGE || !space_inside(&s->space, want, n)) return -EINVAL;
    return flags & SHM_REMAP || space_is_free(&s->space, want, n) ? (int64_t)want : -EINVAL;
}

int64_t sys_shmat(Sys *s, const uint64_t *a) {
    struct shmid_ds ds;
    char name[32];
    int64_t r = SYS_HOST(shmctl, a[0], IPC_STAT, SYS_ARG(&ds));
    if (r < 0) return r;
    uint64_t n = space_page_up(ds.shm_segsz);
    int64_t at = place(s, a[1], n, a[2]);
    if (at < 0) return at;
    if (!sys_limit_allows(s, n)) return -ENOMEM;
    int64_t host = SYS_HOST(shmat, a[0], 0, a[2] & SHM_RDONLY);
    if (host < 0 && host > -4096) return host;
    unsigned prot = SPACE_READ | (a[2] & SHM_RDONLY ? 0u : SPACE_WRITE) | (a[2] & SHM_EXEC ? SPACE_EXEC : 0u);
    snprintf(name, sizeof name, "/SYSV%08x (deleted)", (unsigned)ds.shm_perm.__key);
    int e = space_adopt(&s->space, (gaddr)at, n, prot, (void *)(uintptr_t)host, name, (uint32_t)a[0]);
    if (e) SYS_HOST(shmdt, (uint64_t)host);
    if (!e && prot & SPACE_WRITE) sys_memory_shared(s);
    return e ? e : at;
}

// All that is left of the segment that was attached at this address. That nothing maps it any more the
// host's kernel sees by itself.
int64_t sys_shmdt(Sys *s, const uint64_t *a) {
    const SpaceArea *area = space_area(&s->space, a[0]);
    if (!area || area->at != a[0] || area->offset || area->file < 0) return -EINVAL;
    if (strncmp(s->space.files.at[area->file].path, "/SYSV", 5)) return -EINVAL;
    int32_t file = area->file;
    gaddr end = area->end;
    for (;;) {
        const SpaceArea *next = space_area(&s->space, end);
        if (!next || next->file != file || next->at != end || next->offset != end - a[0]) break;
        end = next->end;
    }
    return space_unmap(&s->space, a[0], end - a[0]);
}

// ---- semaphores ---------------------------------------------------------------------------------------------------
typedef struct GuestSemid { // semid64_ds of asm-generic
    uint8_t perm[PERM];
    uint64_t otime, ctime, nsems, unused[2];
} GuestSemid;

_Static_assert(sizeof(GuestSemid) == SEMID_DS && sizeof(struct ipc_perm) == PERM, "semid64_ds");

static int64_t semaphore_status(Sys *s, const uint64_t *a) {
    struct semid_ds h = {0};
    GuestSemid g = {0};
    if (a[2] == IPC_SET) {
        if (!space_copy_out(&s->space, a[3], &g, sizeof g)) return -EFAULT;
        memcpy(&h.sem_perm, g.perm, PERM);
    }
    int64_t r = SYS_HOST(semctl, a[0], a[1], a[2], SYS_ARG(&h));
    if (r < 0 || a[2] == IPC_SET) return r;
    memcpy(g.perm, &h.sem_perm, PERM);
    g.otime = (uint64_t)h.sem_otime, g.ctime = (uint64_t)h.sem_ctime, g.nsems = h.sem_nsems;
    return space_copy_in(&s->space, a[3], &g, sizeof g) ? r : -EFAULT;
}

// All of a set, two bytes each.
static int64_t semaphore_values(Sys *s, const uint64_t *a) {
    struct semid_ds h = {0};
    int64_t r = SYS_HOST(semctl, a[0], 0, IPC_STAT, SYS_ARG(&h));
    if (r < 0) return r;
    void *at = space_at(&s->space, a[3], h.sem_nsems * 2, a[2] == GETALL ? SPACE_WRITE : SPACE_READ);
    return at ? SYS_HOST(semctl, a[0], a[1], a[2], SYS_ARG(at)) : -EFAULT;
}

int64_t sys_semctl(Sys *s, const uint64_t *a) {
    void *at;
    switch ((int)a[2]) {
    case IPC_RMID:
    case GETPID:
    case GETVAL:
    case GETNCNT:
    case GETZCNT: return SYS_HOST(semctl, a[0], a[1], a[2]);
    case SETVAL: return SYS_HOST(semctl, a[0], a[1], a[2], (uint32_t)a[3]);
    case IPC_SET:
    case IPC_STAT:
    case SEM_STAT:
    case 20: return semaphore_status(s, a); // SEM_STAT_ANY
    case GETALL:
    case SETALL: return semaphore_values(s, a);
    case IPC_INFO:
    case SEM_INFO:
        at = space_at(&s->space, a[3], sizeof(struct seminfo), SPACE_WRITE);
        return at ? SYS_HOST(semctl, a[0], a[1], a[2], SYS_ARG(at)) : -EFAULT;
    default: return -EINVAL;
    }
}

int64_t sys_semtimedop(Sys *s, const uint64_t *a) {
    struct sembuf ops[SEMOPS_MAX];
    struct timespec limit = {0};
    if (!a[2]) return -EINVAL;
    if (a[2] > SEMOPS_MAX) return -E2BIG;
    if (!space_copy_out(&s->space, a[1], ops, a[2] * sizeof *ops)) return -EFAULT;
    if (a[3] && !space_copy_out(&s->space, a[3], &limit, sizeof limit)) return -EFAULT;
    uint64_t host = a[3] ? SYS_ARG(&limit) : 0;
    return SYS_HOST_WAIT(s, false, semtimedop, a[0], SYS_ARG(ops), a[2], host); // semop(2): never begun anew
}

int64_t sys_semop(Sys *s, const uint64_t *a) { return sys_semtimedop(s, (const uint64_t[6]){a[0], a[1], a[2], 0}); }

// ---- message queues -----------------------------------------------------------------------------------------------
int64_t sys_msgctl(Sys *s, const uint64_t *a) {
    static const Control list[] = {{IPC_RMID, 'i', 0},  {IPC_SET, '<', MSQID_DS},  {IPC_STAT, '>', MSQID_DS},
                                   {IPC_INFO, '>', 32}, {MSG_STAT, '>', MSQID_DS}, {MSG_INFO, '>', 32},
                                   {13, '>', MSQID_DS}};
    return control(s, list, ARRAY_LEN(list), SYS_msgctl, a[0], (int)a[1], a[2]);
}

// A message is a word, its type, and the text.
int64_t sys_msgsnd(Sys *s, const uint64_t *a) {
    if (a[2] > TEXT_MAX) return -EINVAL;
    void *at = space_at(&s->space, a[1], 8 + a[2], SPACE_READ);
    return at ? SYS_HOST_WAIT(s, false, msgsnd, a[0], SYS_ARG(at), a[2], a[3]) : -EFAULT;
}

int64_t sys_msgrcv(Sys *s, const uint64_t *a) {
    if (a[2] > TEXT_MAX) return -EINVAL;
    void *at = space_at(&s->space, a[1], 8 + a[2], SPACE_WRITE);
    return at ? SYS_HOST_WAIT(s, false, msgrcv, a[0], SYS_ARG(at), a[2], a[3], a[4]) : -EFAULT;
}

// ---- struct sigevent ----------------------------------------------------------------------------------------------
// Its value is a number of the program's own, unless a thread is to be notified (mq_notify): then it points to 32 bytes
// that the kernel sends to a socket.
int64_t sys_mq_notify(Sys *s, const uint64_t *a) {
    enum { COOKIE = 32, WORDS = 8, VALUE = 0, NOTIFY_HALF = 3, THREAD = 2 };
    uint64_t event[WORDS];
    int32_t how[2];
    if (!a[1]) return SYS_HOST(mq_notify, a[0], 0);
    if (!space_copy_out(&s->space, a[1], event, sizeof event)) return -EFAULT;
    memcpy(how, &event[1], sizeof how); // signal, kind
    if (how[1] == THREAD) {
        void *cookie = space_at(&s->space, event[VALUE], COOKIE, SPACE_READ);
        if (!cookie) return -EFAULT;
        event[VALUE] = SYS_ARG(cookie);
    }
    return SYS_HOST(mq_notify, a[0], SYS_ARG(event));
}
