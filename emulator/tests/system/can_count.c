// Oracle of events.test.sh: what this machine lets its caller count, asked of the kernel and of PAPI without a line of the
// emulator. Prints four words: PAPI's component for perf events (on, off); the PMU (yes, none, refused); a software event
// in user mode (yes, no); one that happens in the kernel (yes, no). Then PAPI's own words on why it is off.
#include <errno.h>
#include <linux/perf_event.h>
#include <papi.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int try(unsigned type, unsigned long config, int user_only) { // 0 or the error
    struct perf_event_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr, attr.type = type, attr.config = config, attr.exclude_kernel = user_only;
    int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
    if (fd < 0) return errno;
    close(fd);
    return 0;
}

int main(void) {
    const char *why = "";
    int on = 0, pmu = try(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 1);
    if (PAPI_library_init(PAPI_VER_CURRENT) != PAPI_VER_CURRENT) return 1;
    for (int i = 0; i < PAPI_num_components(); i++) {
        const PAPI_component_info_t *info = PAPI_get_component_info(i);
        if (!strcmp(info->name, "perf_event")) on = !info->disabled, why = info->disabled_reason;
    }
    printf("%s %s %s %s %s\n", on ? "on" : "off",
           !pmu                            ? "yes"
           : pmu == EACCES || pmu == EPERM ? "refused"
                                           : "none",
           try(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, 1) ? "no" : "yes",
           try(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, 0) ? "no" : "yes", on ? "" : why);
    return 0;
}
