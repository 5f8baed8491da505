// POSIX timers: the host's kernel has them, by its own clocks; a signal that one sends is caught as any other.
#include "sys/private.h"
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

// struct sigevent: the value is the program's own number, a thread's id that of the host's kernel.
int64_t sys_timer_create(Sys *s, const uint64_t *a) {
    enum { WORDS = 8 };
    uint64_t event[WORDS] = {0};
    int32_t how[2], id;
    if (a[1] && !space_copy_out(&s->space, a[1], event, sizeof event)) return -EFAULT;
    memcpy(how, &event[1], sizeof how); // signal, kind
    if (a[1] && how[1] != SIGEV_SIGNAL && how[1] != SIGEV_NONE && how[1] != SIGEV_THREAD_ID) return -EINVAL;
    int64_t r = SYS_HOST(timer_create, a[0], a[1] ? SYS_ARG(event) : 0, SYS_ARG(&id));
    if (r) return r;
    if (space_copy_in(&s->space, a[2], &id, sizeof id)) return 0;
    SYS_HOST(timer_delete, (uint32_t)id);
    return -EFAULT;
}
