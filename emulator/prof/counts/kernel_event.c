#include "prof/counts/kernel_event.h"
#include "base/err.h"
#include "base/macros.h"
#include <stdint.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct KernelEvent {
    const char *name;
    uint64_t config;
    bool in_kernel; // happens in the kernel only
} KernelEvent;

static const KernelEvent known[] = {{"perf::TASK-CLOCK", PERF_COUNT_SW_TASK_CLOCK, false},
                                    {"perf::CPU-CLOCK", PERF_COUNT_SW_CPU_CLOCK, false},
                                    {"perf::PAGE-FAULTS", PERF_COUNT_SW_PAGE_FAULTS, false},
                                    {"perf::FAULTS", PERF_COUNT_SW_PAGE_FAULTS, false},
                                    {"perf::MINOR-FAULTS", PERF_COUNT_SW_PAGE_FAULTS_MIN, false},
                                    {"perf::MAJOR-FAULTS", PERF_COUNT_SW_PAGE_FAULTS_MAJ, false},
                                    {"perf::CONTEXT-SWITCHES", PERF_COUNT_SW_CONTEXT_SWITCHES, true},
                                    {"perf::CS", PERF_COUNT_SW_CONTEXT_SWITCHES, true},
                                    {"perf::CPU-MIGRATIONS", PERF_COUNT_SW_CPU_MIGRATIONS, true},
                                    {"perf::MIGRATIONS", PERF_COUNT_SW_CPU_MIGRATIONS, true},
                                    {"perf::PERF_COUNT_SW_TASK_CLOCK", PERF_COUNT_SW_TASK_CLOCK, false},
                                    {"perf::PERF_COUNT_SW_CPU_CLOCK", PERF_COUNT_SW_CPU_CLOCK, false},
                                    {"perf::PERF_COUNT_SW_PAGE_FAULTS", PERF_COUNT_SW_PAGE_FAULTS, false},
                                    {"perf::PERF_COUNT_SW_PAGE_FAULTS_MIN", PERF_COUNT_SW_PAGE_FAULTS_MIN, false},
                                    {"perf::PERF_COUNT_SW_PAGE_FAULTS_MAJ", PERF_COUNT_SW_PAGE_FAULTS_MAJ, false},
                                    {"perf::PERF_COUNT_SW_CONTEXT_SWITCHES", PERF_COUNT_SW_CONTEXT_SWITCHES, true},
                                    {"perf::PERF_COUNT_SW_CPU_MIGRATIONS", PERF_COUNT_SW_CPU_MIGRATIONS, true}};

const char *kernel_event_name(unsigned i) { return i < ARRAY_LEN(known) ? known[i].name : NULL; }

static const KernelEvent *find(const char *name) {
    for (unsigned i = 0; i < ARRAY_LEN(known); i++)
        if (!strcmp(known[i].name, name)) return &known[i];
    return NULL;
}

bool kernel_event_known(const char *name) { return find(name) != NULL; }

static int perf_open(uint32_t type, uint64_t config, bool user_only) {
    struct perf_event_attr attr = {.type = type,
                                   .size = sizeof attr,
                                   .config = config,
                                   .disabled = 1,
                                   .exclude_kernel = user_only,
                                   .exclude_hv = user_only};
    return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static int paranoid_level(void) {
    FILE *f = fopen("/proc/sys/kernel/perf_event_paranoid", "r");
    int level = 4;
    if (f && fscanf(f, "%d", &level) != 1) level = 4;
    if (f) fclose(f);
    return level;
}

bool kernel_event_hidden(const char *name, char *why, size_t size) {
    const KernelEvent *e = find(name);
    int fd = e && e->in_kernel ? perf_open(PERF_TYPE_SOFTWARE, e->config, false) : -1;
    bool hidden = fd < 0 && e && e->in_kernel && (errno == EACCES || errno == EPERM);
    if (hidden)
        snprintf(why, size, "counted in the kernel, which kernel.perf_event_paranoid=%d hides", paranoid_level());
    if (fd >= 0) close(fd);
    return hidden;
}

int kernel_event_open(const char *name, char *why, size_t size) {
    const KernelEvent *e = find(name);
    BUG_IF(!e, "the kernel has no event %s", name);
    int fd = perf_open(PERF_TYPE_SOFTWARE, e->config, false);
    if (fd < 0 && !e->in_kernel) fd = perf_open(PERF_TYPE_SOFTWARE, e->config, true);
    if (fd >= 0) return fd;
    int error = errno;
    // Are all events refused, or only those of the kernel?
    int other = perf_open(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, true);
    if (other < 0 || !kernel_event_hidden(name, why, size))
        snprintf(why, size, "perf_event_open is refused (%s), see kernel.perf_event_paranoid", strerror(error));
    if (other >= 0) close(other);
    return -1;
}

void kernel_event_start(int fd) {
    ioctl(fd, PERF_EVENT_IOC_RESET, 0);
    ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
}

bool kernel_event_stop(int fd, long long *value) {
    uint64_t count;
    ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
    if (read(fd, &count, sizeof count) != sizeof count) return false;
    *value = (long long)count;
    return true;
}

int kernel_event_pmu(void) {
    int fd = perf_open(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, true), error = errno;
    if (fd < 0) return error;
    close(fd);
    return 0;
}
