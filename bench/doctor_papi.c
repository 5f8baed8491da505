// Which PAPI events count here. A listed event proves nothing: each one is added, started and read, one set per event.
// Traps of PAPI 7.0 that shape this code: PAPI_strerror before PAPI_library_init crashes; context switches read 0 in
// the default domain; without a PMU, attach and multiplex fail even for software events.
#include "bench/doctor.h"
#include "bench/base/jsonfile.h"
#include <papi.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

static const char *const EVENTS[] = {
    "PAPI_TOT_INS",           "PAPI_TOT_CYC",        "PAPI_BR_MSP",       "PAPI_L1_ICM",        "PAPI_TLB_DM",
    "perf::TASK-CLOCK",       "perf::CPU-CLOCK",     "perf::PAGE-FAULTS", "perf::MINOR-FAULTS", "perf::MAJOR-FAULTS",
    "perf::CONTEXT-SWITCHES", "perf::CPU-MIGRATIONS"};

static const char *meaning_of(int code) {
    switch (code) {
    case PAPI_ENOEVNT: return "no such event on this machine: no hardware PMU (PAPI -7)";
    case PAPI_EPERM: return "perf_event_open is forbidden (PAPI -15)";
    case PAPI_ESYS: return "perf_event_open fails (PAPI -3)";
    default: return PAPI_strerror(code);
    }
}

// Counts some work; NULL and a reason if the event cannot be counted.
static const char *probe(const char *name, long long *value) {
    int set = PAPI_NULL, rc;
    volatile double sink = 0;
    const char *why = NULL;
    if ((rc = PAPI_create_eventset(&set)) != PAPI_OK) return meaning_of(rc);
    rc = PAPI_add_named_event(set, name);
    if (rc == PAPI_OK) rc = PAPI_start(set);
    if (rc == PAPI_OK) {
        for (int i = 0; i < 200000; i++) sink = sink + i;
        rc = PAPI_stop(set, value);
    }
    if (rc != PAPI_OK) why = meaning_of(rc);
    PAPI_cleanup_eventset(set);
    PAPI_destroy_eventset(&set);
    return why;
}

static void probe_all(json_t *checks, json_t *events) {
    int usable = 0, hardware = 0;
    char value[120];
    for (size_t i = 0; i < sizeof EVENTS / sizeof *EVENTS; i++) {
        long long count = 0;
        const char *why = probe(EVENTS[i], &count);
        json_put(events, EVENTS[i],
                 why ? json_pack("{s:n, s:s}", "value", "reason", why)
                     : json_pack("{s:I}", "value", (json_int_t)count));
        usable += !why;
        hardware += !why && !strncmp(EVENTS[i], "PAPI_", 5);
    }
    snprintf(value, sizeof value, "%d of %zu probed events count, %d of them hardware", usable,
             sizeof EVENTS / sizeof *EVENTS, hardware);
    if (hardware)
        doctor_add(checks, "papi", "ok", value, "hardware events can be counted", "");
    else if (usable)
        doctor_add(checks, "papi", "note", value,
                   "only software events: exact host instruction counts come from emu's own profile instead",
                   "nothing to do in a virtual machine without a PMU; on bare metal see `paranoid`");
    else
        doctor_add(checks, "papi", "warn", value, "no event can be counted",
                   "sysctl kernel.perf_event_paranoid=2 or lower, or run as root");
}

void doctor_counters(json_t *checks, json_t *events) {
    int rc = PAPI_library_init(PAPI_VER_CURRENT);
    if (rc != PAPI_VER_CURRENT) {
        doctor_add(checks, "papi", "warn", "does not start", "the installed PAPI does not fit this build",
                   "apt-get install libpapi-dev, then build again");
        return;
    }
    PAPI_set_cmp_domain(PAPI_DOM_ALL,
                        0); // else context switches and migrations read 0; fails where it is not allowed, which is fine
    probe_all(checks, events);
    PAPI_shutdown();
}
