// PAPI 7.0 has traps, and a machine without a PMU has more. What this file does about them:
//   a listed event proves nothing            each one is added, started and read alone before it enters the set
//   an unknown sde name is added and reads -1   names are looked up by enumeration first
//   components do not mix in a set           one set for each component
//   switches and migrations happen in the kernel   the domain is all, set before the set is made
//   PAPI_strerror crashes before a successful init   reasons are made here
// Not here: the exact counters themselves (base/stat.inc), phases (run/main.c), events of the
// harness (nightjar doctor).
#include "prof/counts/papi.h"
#include "base/alloc.h"
#include "base/vec.h"
#include "prof/counts/kernel_event.h"
#include "prof/counts/pmu.h"
#include "prof/counts/report.h"
#include "prof/counts/sde.h"
#include <papi.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char DEFAULT_LIST[] =
    "PAPI_TOT_INS,PAPI_TOT_CYC,PAPI_BR_MSP,perf::TASK-CLOCK,perf::PAGE-FAULTS,perf::CONTEXT-SWITCHES,"
    "perf::CPU-MIGRATIONS," SDE_PREFIX "guest_instructions," SDE_PREFIX "run_loop_entries";

static const char PROBE_LIST[] =
    "PAPI_TOT_INS,PAPI_TOT_CYC,PAPI_BR_MSP,PAPI_L1_ICM,PAPI_TLB_DM,perf::TASK-CLOCK,perf::CPU-CLOCK,perf::PAGE-FAULTS,"
    "perf::MINOR-FAULTS,perf::MAJOR-FAULTS,perf::CONTEXT-SWITCHES,perf::CPU-MIGRATIONS";

typedef struct Event {
    char *name;
    int code, component, place; // in the set of its component
    int fd;                     // descriptor of the kernel's own counter, or -1: PAPI counts it
    long long value;
    char reason[200]; // empty: it counts
} Event;

typedef struct EventSet {
    int component, handle, n;
    bool running;
} EventSet;

struct Events {
    VEC(Event) all;
    VEC(EventSet) sets;
    const Machine *m;
    long long *values; // as many as names
    void *sde;
    bool ready, component; // the library is there; it has perf events
    char no_pmu[160];      // the reason for all events of the processor, or empty
};

static void refuse(Event *e, const char *what, int rc) {
    const char *why = rc == PAPI_EPERM || rc == PAPI_ESYS ? "perf_event_open is refused, see kernel.perf_event_paranoid"
                      : rc == PAPI_ECNFLCT                ? "no counter is left for it beside the others"
                      : rc == PAPI_ECOUNT                 ? "too many events at a time"
                                                          : what;
    snprintf(e->reason, sizeof e->reason, "%s (PAPI %d)", why, rc);
}

// ---- one event ------------------------------------------------------------------------------------------------------

// One reason for the processor's own events, or what PAPI says of this one.
static void refuse_pmu(const Events *events, Event *e, const char *what, int rc) {
    if (*events->no_pmu)
        snprintf(e->reason, sizeof e->reason, "%s", events->no_pmu);
    else
        refuse(e, what, rc);
}

static bool event_find(const Events *events, Event *e) {
    int rc = is_sde(e->name) ? sde_find(e->name, &e->code) : PAPI_event_name_to_code(e->name, &e->code);
    if (rc != PAPI_OK && is_sde(e->name)) {
        if (!sde_explain(e->name, events->m, e->reason, sizeof e->reason))
            refuse(e, "emu has no counter of this name", rc);
    } else if (rc != PAPI_OK) {
        // Without its component, PAPI knows no name of it, whether right or wrong.
        if (strstr(e->name, "::") && !events->component)
            refuse_pmu(events, e, "PAPI has no perf events here", rc);
        else
            refuse(e, "PAPI knows no event of this name", rc);
    }
    if (rc != PAPI_OK || kernel_event_hidden(e->name, e->reason, sizeof e->reason)) return false;
    e->component = PAPI_get_event_component(e->code);
    return e->component >= 0 || (refuse_pmu(events, e, "no component counts it", e->component), false);
}

static int make_set(int component, int *handle) {
    *handle = PAPI_NULL;
    int rc = PAPI_create_eventset(handle);
    return rc == PAPI_OK ? PAPI_assign_eventset_component(*handle, component) : rc;
}

static void drop_set(int handle) {
    if (handle == PAPI_NULL) return;
    PAPI_cleanup_eventset(handle);
    PAPI_destroy_eventset(&handle);
}

// Does it count, alone?
static bool event_try(const Events *events, Event *e) {
    int handle;
    long long value;
    const char *step = "cannot make an event set";
    int rc = make_set(e->component, &handle);
    if (rc == PAPI_OK) step = "cannot be counted on this machine", rc = PAPI_add_event(handle, e->code);
    if (rc == PAPI_OK) step = "cannot be started", rc = PAPI_start(handle);
    if (rc == PAPI_OK) step = "cannot be read", rc = PAPI_stop(handle, &value);
    drop_set(handle);
    if (rc != PAPI_OK && is_sde(e->name))
        refuse(e, step, rc);
    else if (rc != PAPI_OK)
        refuse_pmu(events, e, step, rc);
    return rc == PAPI_OK;
}

// By PAPI where it can, by the kernel itself where it can not.
static bool event_open(const Events *events, Event *e) {
    if (!events->ready)
        snprintf(e->reason, sizeof e->reason, "PAPI does not start on this machine");
    else if (event_find(events, e) && event_try(events, e))
        return true;
    if (!kernel_event_known(e->name)) return false;
    *e->reason = 0;
    e->fd = kernel_event_open(e->name, e->reason, sizeof e->reason);
    return e->fd >= 0;
}

static const char *event_unit(const char *name) {
    static const struct {
        const char *part, *unit;
    } units[] = {{"CPU-CLOCK", "ns"},      {"TASK-CLOCK", "ns"},
                 {"SW_CPU_CLOCK", "ns"},   {"SW_TASK_CLOCK", "ns"},
                 {"FAULTS", "faults"},     {"::CS", "switches"},
                 {"SWITCHES", "switches"}, {"MIGRATIONS", "migrations"},
                 {"_INS", "instructions"}, {"INSTRUCTIONS", "instructions"},
                 {"_CYC", "cycles"},       {"CYCLES", "cycles"}};
    StatInfo info;
    if (sde_info(name, &info)) return info.unit;
    for (unsigned i = 0; i < ARRAY_LEN(units); i++)
        if (strstr(name, units[i].part)) return units[i].unit;
    return "events";
}

// ---- the sets -------------------------------------------------------------------------------------------------------

static EventSet *set_of(Events *events, Event *e) {
    for (uint32_t i = 0; i < events->sets.n; i++)
        if (events->sets.at[i].component == e->component) return &events->sets.at[i];
    EventSet s = {.component = e->component};
    int rc = make_set(e->component, &s.handle);
    if (rc != PAPI_OK) {
        refuse(e, "cannot make an event set", rc);
        drop_set(s.handle);
        return NULL;
    }
    vec_push(&events->sets, s);
    return &events->sets.at[events->sets.n - 1];
}

static void add_to_set(Events *events, Event *e) {
    EventSet *s = set_of(events, e);
    int rc = s ? PAPI_add_event(s->handle, e->code) : PAPI_OK;
    if (rc != PAPI_OK)
        refuse(e, "does not fit beside the others", rc);
    else if (s)
        e->place = s->n++;
}

static void refuse_set(Events *events, const EventSet *s, const char *what, int rc) {
    for (uint32_t i = 0; i < events->all.n; i++) {
        Event *e = &events->all.at[i];
        if (!*e->reason && e->fd < 0 && e->component == s->component) refuse(e, what, rc);
    }
}

static void add_names(Events *events, const char *list) {
    char *copy = alloc_text(list), *save = NULL;
    for (char *name = strtok_r(copy, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
        bool known = false;
        for (uint32_t i = 0; i < events->all.n; i++) known |= !strcmp(events->all.at[i].name, name);
        if (!strcmp(name, "default")) {
            add_names(events, DEFAULT_LIST);
        } else if (!known) {
            Event e = {.name = alloc_text(name), .component = -1, .fd = -1};
            vec_push(&events->all, e);
        }
    }
    free(copy);
}

static Events *new_events(const Machine *m) {
    Events *events = alloc_zeroed(1, sizeof *events);
    events->m = m;
    events->sde = sde_register(m);
    events->ready = PAPI_library_init(PAPI_VER_CURRENT) == PAPI_VER_CURRENT;
    events->component = events->ready && pmu_component();
    pmu_reason(events->ready, events->no_pmu, sizeof events->no_pmu);
    // Where that is forbidden the user's domain stays, and kernel_event_hidden() says what is lost.
    int perf = events->component ? PAPI_get_component_index("perf_event") : -1;
    if (perf >= 0 && PAPI_set_cmp_domain(PAPI_DOM_ALL, perf) != PAPI_OK) PAPI_set_cmp_domain(PAPI_DOM_USER, perf);
    return events;
}

Events *events_open(const char *list, const Machine *m) {
    Events *events = new_events(m);
    add_names(events, list);
    events->values = alloc_zeroed(events->all.n + 1, sizeof *events->values);
    for (uint32_t i = 0; i < events->all.n; i++) {
        Event *e = &events->all.at[i];
        if (event_open(events, e) && e->fd < 0) add_to_set(events, e);
    }
    return events;
}

void events_start(Events *events) {
    for (uint32_t i = 0; i < events->sets.n; i++) {
        EventSet *s = &events->sets.at[i];
        int rc = s->n ? PAPI_start(s->handle) : PAPI_ENOEVNT;
        s->running = rc == PAPI_OK;
        if (!s->running) refuse_set(events, s, "cannot be started together with the others", rc);
    }
    for (uint32_t i = 0; i < events->all.n; i++)
        if (events->all.at[i].fd >= 0) kernel_event_start(events->all.at[i].fd);
}

void events_stop(Events *events) {
    for (uint32_t i = 0; i < events->all.n; i++) {
        Event *e = &events->all.at[i];
        if (e->fd >= 0 && !kernel_event_stop(e->fd, &e->value))
            snprintf(e->reason, sizeof e->reason, "the kernel's counter cannot be read");
    }
    for (uint32_t i = events->sets.n; i-- > 0;) {
        EventSet *s = &events->sets.at[i];
        if (!s->running) continue;
        int rc = PAPI_stop(s->handle, events->values);
        s->running = false;
        if (rc != PAPI_OK) refuse_set(events, s, "cannot be read", rc);
        for (uint32_t k = 0; rc == PAPI_OK && k < events->all.n; k++) {
            Event *e = &events->all.at[k];
            if (!*e->reason && e->fd < 0 && e->component == s->component) e->value = events->values[e->place];
        }
    }
}

static json_t *event_report(const Event *e) {
    if (*e->reason) return json_pack("{s:n,s:s}", "value", "reason", e->reason);
    return json_pack("{s:I,s:s,s:s}", "value", (json_int_t)e->value, "unit", event_unit(e->name), "via",
                     e->fd >= 0 ? "perf_event_open" : "PAPI");
}

json_t *events_report(const Events *events) {
    json_t *object = json_object();
    for (uint32_t i = 0; i < events->all.n; i++)
        json_object_set_new(object, events->all.at[i].name, event_report(&events->all.at[i]));
    return object;
}

void events_close(Events *events) {
    for (uint32_t i = 0; i < events->sets.n; i++) drop_set(events->sets.at[i].handle);
    for (uint32_t i = 0; i < events->all.n; i++) {
        free(events->all.at[i].name);
        if (events->all.at[i].fd >= 0) close(events->all.at[i].fd);
    }
    if (events->ready) PAPI_shutdown();
    sde_close(events->sde);
    vec_free(&events->all);
    vec_free(&events->sets);
    free(events->values);
    free(events);
}

// ---- --events=list, --events=json -----------------------------------------------------------------------------------

static void list_event(FILE *out, const Events *events, Event *e) {
    PAPI_event_info_t info = {0};
    StatInfo stat;
    if (!event_open(events, e)) return;
    const char *help = sde_info(e->name, &stat) ? stat.help
                       : e->fd >= 0             ? "software event of the kernel, by perf_event_open"
                       : PAPI_get_event_info(e->code, &info) == PAPI_OK ? info.long_descr
                                                                        : "";
    fprintf(out, "%-44s %-12s %s\n", e->name, event_unit(e->name), help);
    if (e->fd >= 0) close(e->fd);
}

static void list_code(FILE *out, const Events *events, int code) {
    char name[PAPI_MAX_STR_LEN];
    Event e = {.name = name, .fd = -1};
    if (PAPI_event_code_to_name(code, name) == PAPI_OK) list_event(out, events, &e);
}

static void list_presets(FILE *out, const Events *events) {
    int code = 0 | PAPI_PRESET_MASK;
    for (int rc = PAPI_enum_event(&code, PAPI_ENUM_FIRST); rc == PAPI_OK;
         rc = PAPI_enum_event(&code, PAPI_PRESET_ENUM_AVAIL))
        list_code(out, events, code);
}

static void list_component(FILE *out, const Events *events, int component) {
    int code = 0 | PAPI_NATIVE_MASK;
    for (int rc = PAPI_enum_cmp_event(&code, PAPI_ENUM_FIRST, component); rc == PAPI_OK;
         rc = PAPI_enum_cmp_event(&code, PAPI_ENUM_EVENTS, component))
        list_code(out, events, code);
}

// Names that PAPI does not enumerate where its component is off.
static void list_kernel(FILE *out, const Events *events) {
    for (unsigned i = 0; kernel_event_name(i); i++) {
        char name[64];
        snprintf(name, sizeof name, "%s", kernel_event_name(i));
        Event e = {.name = name, .fd = -1};
        list_event(out, events, &e);
    }
}

void events_list(FILE *out) {
    Machine *m = alloc_zeroed(1, sizeof *m); // its counters are registered, nothing runs
    Events *events = new_events(m);
    fprintf(out, "default = %s\n\n", DEFAULT_LIST);
    if (*events->no_pmu) fprintf(out, "hardware events: %s\n\n", events->no_pmu);
    if (events->ready) list_presets(out, events);
    if (!events->component) list_kernel(out, events);
    for (int i = 0; events->ready && i < PAPI_num_components(); i++) list_component(out, events, i);
    events_close(events);
    free(m);
}

json_t *events_probe(void) {
    Machine *m = alloc_zeroed(1, sizeof *m);
    Events *events = events_open(PROBE_LIST, m);
    volatile double sink = 0;
    events_start(events);
    for (int i = 0; i < 200000; i++) sink = sink + i;
    events_stop(events);
    json_t *doc = json_pack("{s:s,s:s?,s:o}", "schema", "nightjar.events/1", "no_hardware",
                            *events->no_pmu ? events->no_pmu : NULL, "events", events_report(events));
    events_close(events);
    free(m);
    return doc;
}
