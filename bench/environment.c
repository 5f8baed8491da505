#include "bench/environment.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/cpu.h"
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

char *environment_line(const char *path) {
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;
    if (!f) return NULL;
    if (alloc_line(&line, &cap, f) < 0) {
        free(line);
        line = NULL;
    }
    fclose(f);
    if (line) line[strcspn(line, "\n")] = 0;
    return line;
}

char *environment_cpuinfo(const char *key) {
    FILE *f = fopen("/proc/cpuinfo", "r");
    char *line = NULL, *found = NULL;
    size_t cap = 0, len = strlen(key);
    while (f && !found && alloc_line(&line, &cap, f) > 0) {
        char *colon = strchr(line, ':');
        if (!colon || strncmp(line, key, len) || (line[len] != '\t' && line[len] != ' ' && line[len] != ':')) continue;
        colon += 1 + (colon[1] == ' ');
        colon[strcspn(colon, "\n")] = 0;
        found = alloc_text(colon);
    }
    free(line);
    if (f) fclose(f);
    return found;
}

StealClock environment_steal_now(void) {
    StealClock c = {0};
    unsigned long long v[8] = {0};
    FILE *f = fopen("/proc/stat", "r");
    if (!f) return c;
    int n = fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6],
                   &v[7]);
    fclose(f);
    for (int i = 0; i < n; i++) c.total += v[i];
    c.steal = v[7];
    return c;
}

double environment_steal_percent(StealClock from, StealClock to) {
    return to.total > from.total ? 100.0 * (double)(to.steal - from.steal) / (double)(to.total - from.total) : 0;
}

static json_t *text_of(char *owned) {
    json_t *v = json_string_or_null(owned);
    free(owned);
    return v;
}

static json_t *number_of(char *owned) {
    json_t *v = owned ? json_integer(atoll(owned)) : json_null();
    free(owned);
    return v;
}

// Turbo: Intel says no_turbo, others boost; null where neither exists (most virtual machines).
static json_t *turbo(void) {
    char *no = environment_line("/sys/devices/system/cpu/intel_pstate/no_turbo"),
         *boost = environment_line("/sys/devices/system/cpu/cpufreq/boost");
    json_t *v = no ? json_boolean(*no == '0') : boost ? json_boolean(*boost == '1') : json_null();
    free(no), free(boost);
    return v;
}

static bool has_pmu(void) {
    struct perf_event_attr attr = {.type = PERF_TYPE_HARDWARE,
                                   .size = sizeof attr,
                                   .config = PERF_COUNT_HW_INSTRUCTIONS,
                                   .disabled = 1,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};
    int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
    if (fd >= 0) close(fd);
    return fd >= 0;
}

json_t *environment_read(void) {
    struct utsname u;
    double load = 0;
    uname(&u);
    if (getloadavg(&load, 1) < 1) load = 0;
    char *smt = environment_line("/sys/devices/system/cpu/smt/active");
    char kernel[200];
    snprintf(kernel, sizeof kernel, "%.60s %.60s", u.sysname, u.release);
    json_t *e = json_object();
    json_put(e, "cpu_model", text_of(environment_cpuinfo("model name")));
    json_put(e, "cpu_signature", cpu_signature());
    json_put(e, "microcode", text_of(environment_cpuinfo("microcode")));
    json_put(e, "machine", json_string(u.machine));
    json_put(e, "cores", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    json_put(e, "kernel", json_string(kernel));
    json_put(e, "hypervisor", cpu_hypervisor());
    json_put(e, "governor", text_of(environment_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")));
    json_put(e, "turbo", turbo());
    json_put(e, "smt", smt ? json_boolean(*smt == '1') : json_null());
    json_put(e, "aslr", number_of(environment_line("/proc/sys/kernel/randomize_va_space")));
    json_put(e, "paranoid", number_of(environment_line("/proc/sys/kernel/perf_event_paranoid")));
    json_put(e, "pmu", json_boolean(has_pmu()));
    json_put(e, "clocksource",
             text_of(environment_line("/sys/devices/system/clocksource/clocksource0/current_clocksource")));
    json_put(e, "steal_percent", json_null()); // over the run: see runner.c
    json_put(e, "load1", json_real(load));
    json_put(e, "notes", json_array());
    free(smt);
    return e;
}
