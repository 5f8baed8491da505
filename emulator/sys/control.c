// fcntl, ioctl, getsockopt, setsockopt: calls whose arguments are what a number says, by the lists of control.inc.
//
// INVARIANT: of a request that is not listed nothing reaches the host's kernel; of a listed one only numbers, and
// pointers that were checked for its layout.
#include "sys/private.h"
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

typedef struct Request {
    uint32_t number;
    const char *name, *layout;
} Request;

typedef struct Option {
    int level, first, last;
    const char *layout;
} Option;

typedef struct Refused {
    int level; // of a socket's option
    uint32_t number;
    const char *name, *why;
} Refused;

#define FCNTL(number, name, layout)
#define IOCTL(number, name, layout)
#define OPTION(level, first, last, layout)
#define NOT_IOCTL(number, name, why)
#define NOT_OPTION(level, number, name, why)
#undef FCNTL
#define FCNTL(number, name, layout) {number, #name, layout},
static const Request fcntls[] = {
#include "sys/control.inc"
};
#undef FCNTL
#define FCNTL(number, name, layout)
#undef IOCTL
#define IOCTL(number, name, layout) {number, #name, layout},
static const Request ioctls[] = {
#include "sys/control.inc"
};
#undef IOCTL
#define IOCTL(number, name, layout)
#undef OPTION
#define OPTION(level, first, last, layout) {level, first, last, layout},
static const Option options[] = {
#include "sys/control.inc"
};
#undef OPTION
#define OPTION(level, first, last, layout)
#undef NOT_IOCTL
#define NOT_IOCTL(number, name, why) {0, number, #name, why},
static const Refused not_ioctls[] = {
#include "sys/control.inc"
};
#undef NOT_IOCTL
#define NOT_IOCTL(number, name, why)
#undef NOT_OPTION
#define NOT_OPTION(level, number, name, why) {level, number, #name, why},
static const Refused not_options[] = {
#include "sys/control.inc"
};

static const Request *find(const Request *list, unsigned n, uint32_t number) {
    for (unsigned i = 0; i < n; i++)
        if (list[i].number == number) return &list[i];
    return NULL;
}

// --strace says why, in the middle of its line.
static void say_refused(const Sys *s, const Refused *list, unsigned n, int level, uint32_t number) {
    if (!s->o.strace) return;
    for (unsigned i = 0; i < n; i++)
        if (list[i].number == number && list[i].level == level) {
            fprintf(s->o.out, " /* emu refuses %s: %s */", list[i].name, list[i].why);
            return;
        }
    fprintf(s->o.out, " /* emu refuses %#x: its layout is not known */", number);
}

// The third argument as the host's kernel may see it.
static int argument(Sys *s, const char *layout, uint64_t from, uint64_t *to) {
    if (*layout == 'i') {
        *to = (uint32_t)from; // WHY so narrow: a device may take for an address what others take for a number
        return 0;
    }
    void *at = space_at(&s->space, from, strtoull(layout + 1, NULL, 10), *layout == '<' ? SPACE_READ : SPACE_WRITE);
    *to = SYS_ARG(at);
    return at ? 0 : -EFAULT;
}

static bool is_open(uint64_t fd) { return SYS_HOST(fcntl, fd, 1 /* F_GETFD */) >= 0; }

int64_t sys_fcntl(Sys *s, const uint64_t *a) {
    const Request *k = find(fcntls, ARRAY_LEN(fcntls), (uint32_t)a[1]);
    uint64_t third = 0;
    if (!is_open(a[0])) return -EBADF;
    int e = k ? argument(s, k->layout, a[2], &third) : -EINVAL;
    if (!k) say_refused(s, NULL, 0, 0, (uint32_t)a[1]);
    if (e) return e;
    int64_t r = SYS_HOST_WAIT(s, false, fcntl, a[0], a[1], third);
    return r == -EINTR ? SYS_INTERRUPTED : r;
}

// ---- SIOCGIFCONF: a buffer of struct ifreq, and its size
static int64_t interfaces(Sys *s, uint64_t fd, gaddr at) {
    struct {
        int32_t n, pad;
        uint64_t buffer;
    } list;
    if (!space_copy_out(&s->space, at, &list, sizeof list)) return -EFAULT;
    gaddr theirs = list.buffer;
    if (list.n < 0) return -EINVAL;
    void *to = theirs ? space_at(&s->space, theirs, (uint64_t)list.n, SPACE_WRITE) : NULL;
    if (theirs && !to) return -EFAULT;
    list.buffer = SYS_ARG(to);
    int64_t r = SYS_HOST(ioctl, fd, 0x8912, SYS_ARG(&list));
    list.buffer = theirs;
    return r ? r : space_copy_in(&s->space, at, &list, sizeof list) ? 0 : -EFAULT;
}

int64_t sys_ioctl(Sys *s, const uint64_t *a) {
    enum { SIOCGIFCONF_ = 0x8912 };
    const Request *k = find(ioctls, ARRAY_LEN(ioctls), (uint32_t)a[1]);
    uint64_t third;
    if (!is_open(a[0])) return -EBADF;
    if ((uint32_t)a[1] == SIOCGIFCONF_) return interfaces(s, a[0], a[2]);
    if (!k) {
        say_refused(s, not_ioctls, ARRAY_LEN(not_ioctls), 0, (uint32_t)a[1]);
        return -ENOTTY;
    }
    int e = argument(s, k->layout, a[2], &third);
    if (e) return e;
    int64_t r = SYS_HOST(ioctl, a[0], k->number, third);
    return r == -EINTR ? SYS_INTERRUPTED : r;
}

// ---- options of sockets -------------------------------------------------------------------------------------------
static const char *layout_of(Sys *s, int level, int number) {
    for (unsigned i = 0; i < ARRAY_LEN(options); i++)
        if (options[i].level == level && number >= options[i].first && number <= options[i].last)
            return options[i].layout;
    say_refused(s, not_options, ARRAY_LEN(not_options), level, (uint32_t)number);
    return NULL;
}

int64_t sys_getsockopt(Sys *s, const uint64_t *a) {
    int32_t n;
    const char *layout = layout_of(s, (int)a[1], (int)a[2]);
    if (!is_open(a[0])) return -EBADF;
    if (!layout) return -ENOPROTOOPT;
    if (!space_copy_out(&s->space, a[4], &n, sizeof n)) return -EFAULT;
    if (n < 0) return -EINVAL;
    uint64_t bytes = (uint64_t)n * (*layout == 'f' ? sizeof(struct sock_filter) : 1);
    void *to = a[3] ? space_at(&s->space, a[3], bytes, SPACE_WRITE) : NULL;
    if (a[3] && !to) return -EFAULT;
    int64_t r = SYS_HOST(getsockopt, a[0], a[1], a[2], SYS_ARG(to), SYS_ARG(&n));
    return r < 0 ? r : space_copy_in(&s->space, a[4], &n, sizeof n) ? r : -EFAULT;
}

static int64_t set_filter(Sys *s, const uint64_t *a) {
    struct {
        uint16_t n, pad[3];
        uint64_t filter;
    } program;
    if (a[4] < sizeof program) return -EINVAL;
    if (!space_copy_out(&s->space, a[3], &program, sizeof program)) return -EFAULT;
    void *at = space_at(&s->space, program.filter, program.n * sizeof(struct sock_filter), SPACE_READ);
    if (!at) return -EFAULT;
    struct sock_fprog host = {.len = program.n, .filter = at};
    return SYS_HOST(setsockopt, a[0], a[1], a[2], SYS_ARG(&host), sizeof host);
}

int64_t sys_setsockopt(Sys *s, const uint64_t *a) {
    const char *layout = layout_of(s, (int)a[1], (int)a[2]);
    if (!is_open(a[0])) return -EBADF;
    if (!layout) return -ENOPROTOOPT;
    if ((int)a[4] < 0) return -EINVAL;
    if (*layout == 'f') return set_filter(s, a);
    void *at = a[3] ? space_at(&s->space, a[3], (uint32_t)a[4], SPACE_READ) : NULL;
    if (a[3] && !at) return -EFAULT;
    return SYS_HOST(setsockopt, a[0], a[1], a[2], SYS_ARG(at), (uint32_t)a[4]);
}
