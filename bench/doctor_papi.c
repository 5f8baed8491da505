// Which events count here, as the emulator says it (`emu --events=json`, nightjar.events/1): the same values and reasons
// that its stats will have. Nothing is counted by this program itself.
#include "bench/doctor.h"
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include <stdio.h>
#include <string.h>

static json_t *ask(const char *emu, Err *err) {
    const char *argv[] = {emu, "--events=json", NULL};
    ProcessLimits limits = {.timeout_s = 120, .pin = -1};
    ProcessResult r;
    json_error_t why;
    if (!process_run(argv, &limits, &r, err)) return NULL;
    json_t *doc = r.exited && r.code == 0 ? json_loads(r.out, 0, &why) : NULL;
    process_result_free(&r);
    if (!strcmp(json_text(doc, "schema", ""), "nightjar.events/1")) return doc;
    json_decref(doc);
    err_set(err, "%s: `--events=json` does not answer with nightjar.events/1", emu);
    return NULL;
}

static bool is_hardware(const char *name) { return !strncmp(name, "PAPI_", 5); }

// What to do about events that do not count.
static const char *advice(const char *reason) {
    if (strstr(reason, "perf_event_open is refused") || strstr(reason, "paranoid="))
        return "sysctl kernel.perf_event_paranoid=2 or lower, or run as root";
    if (strstr(reason, "does not know this CPU"))
        return "nothing depends on it: exact host instruction counts come from emu's own profile; a newer PAPI knows "
               "newer CPUs";
    return "nothing depends on it: exact host instruction counts come from emu's own profile; a PMU needs bare metal or "
           "a hypervisor that passes one on";
}

void doctor_counters(json_t *checks, json_t *events, const char *emu) {
    Err err;
    json_t *doc = ask(emu, &err), *e;
    if (!doc) {
        doctor_add(checks, "events", "warn", "unknown", err.text, "make");
        return;
    }
    int usable = 0, hardware = 0;
    const char *name, *no_hardware = json_text(doc, "no_hardware", "");
    char value[120];
    json_object_update(events, json_object_get(doc, "events"));
    json_object_foreach(events, name, e) {
        bool counts = json_is_integer(json_object_get(e, "value"));
        usable += counts;
        hardware += counts && is_hardware(name);
    }
    snprintf(value, sizeof value, "%d of %zu probed events count, %d of them hardware", usable,
             json_object_size(events), hardware);
    doctor_add(checks, "events",
               hardware ? "ok"
               : usable ? "note"
                        : "warn",
               value, hardware ? "hardware events can be counted" : no_hardware, hardware ? "" : advice(no_hardware));
    json_decref(doc);
}
