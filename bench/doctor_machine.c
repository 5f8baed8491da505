// What /proc and /sys say about how good times will be.
#include "bench/doctor.h"
#include "bench/environment.h"
#include "bench/base/jsonfile.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void check_cpu(json_t *checks, const json_t *e) {
    char value[300];
    bool virtual = json_is_string(json_object_get(e, "hypervisor"));
    snprintf(value, sizeof value, "%s, %d CPUs%s%s", json_text(e, "cpu_model", "unknown"), (int)json_num(e, "cores", 0),
             virtual ? ", virtual: " : "", json_text(e, "hypervisor", ""));
    doctor_add(checks, "cpu", virtual ? "note" : "ok", value,
               virtual ? "neighbours on the same host disturb times: trust exact counts first" : "bare metal",
               virtual ? "measure the noise with `nightjar aa`" : "");
}

static void check_paranoid(json_t *checks, const json_t *e) {
    char value[32];
    int level = (int)json_num(e, "paranoid", 99);
    bool root = geteuid() == 0;
    snprintf(value, sizeof value, "%d%s", level, root ? ", but you are root" : "");
    if (level == 99)
        doctor_add(checks, "perf_event_paranoid", "warn", "not there", "this kernel has no perf events",
                   "boot a kernel with CONFIG_PERF_EVENTS");
    else if (level <= 1 || root)
        doctor_add(checks, "perf_event_paranoid", "ok", value, "events of the process and the kernel can be counted",
                   "");
    else
        doctor_add(checks, "perf_event_paranoid", level > 2 ? "warn" : "note", value,
                   level > 2 ? "no events at all for users"
                             : "user-space events only; context switches come from getrusage",
                   "sysctl kernel.perf_event_paranoid=1");
}

static void check_frequency(json_t *checks, const json_t *e) {
    const char *governor = json_text(e, "governor", NULL);
    const json_t *turbo = json_object_get(e, "turbo");
    if (!governor)
        doctor_add(checks, "governor", "note", "not visible", "the frequency is the host's business",
                   "nothing to do inside a virtual machine");
    else
        doctor_add(checks, "governor", strcmp(governor, "performance") ? "warn" : "ok", governor,
                   strcmp(governor, "performance") ? "the clock follows the load" : "",
                   strcmp(governor, "performance") ? "cpupower frequency-set -g performance" : "");
    if (json_is_null(turbo))
        doctor_add(checks, "turbo", "note", "not visible", "the frequency is the host's business",
                   "nothing to do inside a virtual machine");
    else
        doctor_add(checks, "turbo", json_is_true(turbo) ? "warn" : "ok", json_is_true(turbo) ? "on" : "off",
                   json_is_true(turbo) ? "the clock depends on temperature and on the neighbours" : "",
                   json_is_true(turbo) ? "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo, or echo 0 > "
                                         "/sys/devices/system/cpu/cpufreq/boost"
                                       : "");
    const json_t *smt = json_object_get(e, "smt");
    doctor_add(checks, "smt",
               json_is_true(smt)   ? "warn"
               : json_is_null(smt) ? "note"
                                   : "ok",
               json_is_true(smt)   ? "on"
               : json_is_null(smt) ? "not visible"
                                   : "off",
               json_is_true(smt) ? "a sibling thread takes half of the core" : "",
               json_is_true(smt) ? "echo off > /sys/devices/system/cpu/smt/control" : "");
}

static void check_load(json_t *checks, const json_t *e) {
    char value[64];
    double load = json_num(e, "load1", 0), cores = json_num(e, "cores", 1);
    snprintf(value, sizeof value, "%.2f on %g CPUs", load, cores);
    bool busy = load > cores * 0.5;
    doctor_add(checks, "load", busy ? "warn" : "ok", value, busy ? "something else is running" : "",
               busy ? "wait, or stop it; CPU time suffers less than wall time" : "");
    StealClock before = environment_steal_now();
    nanosleep(&(struct timespec){0, 300000000}, NULL);
    double steal = environment_steal_percent(before, environment_steal_now());
    snprintf(value, sizeof value, "%.1f %% in the last 0.3 s", steal);
    doctor_add(checks, "steal", steal > 1 ? "warn" : "ok", value,
               steal > 1 ? "the host gives this machine's CPUs to others" : "",
               steal > 1 ? "more repetitions, or another hour" : "");
}

static void check_aslr(json_t *checks, const json_t *e) {
    char value[32];
    int aslr = (int)json_num(e, "aslr", -1);
    snprintf(value, sizeof value, "%d", aslr);
    doctor_add(checks, "aslr", "ok", value,
               aslr > 0 ? "each sample gets another layout, so layout luck averages out over samples"
                        : "every sample has the same layout: its luck stays in",
               "");
}

static void check_clock(json_t *checks, const json_t *e) {
    const char *source = json_text(e, "clocksource", "unknown");
    struct timespec resolution = {0}, a, b;
    clock_getres(CLOCK_PROCESS_CPUTIME_ID, &resolution);
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (int i = 0; i < 1000; i++) clock_gettime(CLOCK_MONOTONIC, &b);
    double cost = ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / 1000;
    char value[120];
    snprintf(value, sizeof value, "%s, %.0f ns a reading, CPU time in steps of %ld ns", source, cost,
             resolution.tv_nsec);
    bool slow = cost > 500;
    doctor_add(checks, "clock", slow ? "warn" : "ok", value, slow ? "reading the clock is a system call here" : "",
               slow ? "boot with clocksource=tsc if the TSC is stable" : "");
}

void doctor_machine(json_t *checks) {
    json_t *e = environment_read();
    check_cpu(checks, e);
    check_paranoid(checks, e);
    check_frequency(checks, e);
    check_load(checks, e);
    check_aslr(checks, e);
    check_clock(checks, e);
    json_decref(e);
}
