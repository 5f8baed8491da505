// PAPI 7.0 has traps, and a machine without a PMU has more. What this file does about them:
//   a listed event proves nothing            each one is added, started and read alone before it enters the set
//   an unknown sde name is added and reads -1   names are looked up by enumeration first
//   components do not mix in a set           one set for each component
//   switches and migrations happen in the kernel   the domain is all, set before the set is made
//   PAPI_strerror crashes before a successful init   reasons are made here
// Not here: the exact counters themselves (base/stat.inc), phases (run/main.c), events of the harness (nightjar
// doctor).
#include "prof/counts/papi.h"
#include "base/vec.h"
#include "prof/counts/report.h"
#include <papi.h>
#include <sde_lib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SDE_LIBRARY "emu"
#define SDE_PREFIX  "sde:::" SDE_LIBRARY "::"

static const char DEFAULT_LIST[] =
    "PAPI_TOT_INS,PAPI_TOT_CYC,PAPI_BR_MSP,perf::TASK-CLOCK,perf::PAGE-FAULTS,perf::CONTEXT-SWITCHES,"
    "perf::CPU-MIGRATIONS," SDE_PREFIX "guest_instructions," SDE_PREFIX "run_loop_entries";

typedef struct Event {
    char *name;
    int code, component, place; // in the set of its component
    long long value;
    char reason[160]; // empty: it counts
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
    papi_handle_t sde;
    bool ready; // the library is there
};

static void refuse(Event *e, const char *what, int rc) {
    const char *why = rc == PAPI_EPERM || rc == PAPI_ESYS ? "perf_event_open is refused, see kernel.perf_event_paranoid"
                      : rc == PAPI_ECNFLCT                ? "no counter is left for it beside the others"
                      : rc == PAPI_ECOUNT                 ? "too many events at a time"
                                                          : what;
    snprintf(e->reason, sizeof e->reason, "%s (PAPI %d)", why, rc);
}

// ---- the emulator's counters as software-defined events -------------------------------------------------------------

static long long read_guest_instructions(void *machine) {
    Machine *m = machine;
    return m->hart.frame ? (long long)cpu_now(machine_cpu(m)) : 0;
}
static long long read_host_instructions(void *m) { return (long long)blocks_totals(m).host_instructions; }
static long long read_block_hits(void *m) { return (long long)blocks_totals(m).block_hits; }

// Counters that are computed, not kept, are read by a call.
static papi_sde_fptr_t sde_reader(Stat s) {
    switch (s) {
    case STAT_guest_instructions: return read_guest_instructions;
    case STAT_host_instructions: return read_host_instructions;
    case STAT_block_hits: return read_block_hits;
    default: return NULL;
    }
}

static bool sde_available(const Machine *m, Stat s) {
    return !*stat_info(s).needs || (m->o.profile && !(m->o.interp && s == STAT_host_instructions));
}

static papi_handle_t sde_register(const Machine *m) {
    papi_handle_t sde = papi_sde_init(SDE_LIBRARY);
    for (unsigned i = 0; sde && i < STAT_COUNT; i++) {
        StatInfo s = stat_info((Stat)i);
        papi_sde_fptr_t reader = sde_reader((Stat)i);
        void *machine = (void *)m; // PAPI's type; read-only by the next word
        if (!sde_available(m, (Stat)i)) continue;
        if (reader)
            papi_sde_register_counter_cb(sde, s.name, PAPI_SDE_RO | PAPI_SDE_DELTA, PAPI_SDE_long_long, reader,
                                         machine);
        else
            papi_sde_register_counter(sde, s.name, PAPI_SDE_RO | PAPI_SDE_DELTA, PAPI_SDE_long_long,
                                      (void *)&m->stats.v[i]);
    } // one that could not be registered will not be found by its name
    return sde;
}

// ---- one event ------------------------------------------------------------------------------------------------------

static bool is_sde(const char *name) { return !strncmp(name, "sde:::", 6); }

// Looks the name up among the events that its component really has.
static int sde_find(const char *name, int *code) {
    int component = PAPI_get_component_index("sde"), event = 0 | PAPI_NATIVE_MASK;
    char found[PAPI_MAX_STR_LEN];
    if (component < 0) return component;
    for (int rc = PAPI_enum_cmp_event(&event, PAPI_ENUM_FIRST, component); rc == PAPI_OK;
         rc = PAPI_enum_cmp_event(&event, PAPI_ENUM_EVENTS, component)) {
        *code = event;
        if (PAPI_event_code_to_name(event, found) == PAPI_OK && !strcmp(found, name)) return PAPI_OK;
    }
    return PAPI_ENOEVNT;
}

static void explain_unknown_sde(Event *e, const Machine *m, int rc) {
    size_t n = strlen(SDE_PREFIX);
    for (unsigned i = 0; i < STAT_COUNT && !strncmp(e->name, SDE_PREFIX, n); i++) {
        if (strcmp(e->name + n, stat_info((Stat)i).name) || sde_available(m, (Stat)i)) continue;
        snprintf(e->reason, sizeof e->reason, "needs --%s%s", stat_info((Stat)i).needs,
                 m->o.interp && i == STAT_host_instructions ? " and --engine=jit" : "");
        return;
    }
    refuse(e, "emu has no counter of this name", rc);
}

static int paranoid_level(void) {
    FILE *f = fopen("/proc/sys/kernel/perf_event_paranoid", "r");
    int level = 4;
    if (f && fscanf(f, "%d", &level) != 1) level = 4;
    if (f) fclose(f);
    return level;
}

// They read 0 when the kernel is out of reach, and 0 is a lie.
static bool counts_in_kernel(const char *name) {
    return strstr(name, "CONTEXT-SWITCHES") || strstr(name, "CPU-MIGRATIONS");
}

static bool event_find(Event *e, const Machine *m) {
    int rc = is_sde(e->name) ? sde_find(e->name, &e->code) : PAPI_event_name_to_code(e->name, &e->code);
    if (rc != PAPI_OK) {
        if (is_sde(e->name))
            explain_unknown_sde(e, m, rc);
        else
            refuse(e, "PAPI knows no event of this name", rc);
        return false;
    }
    if (counts_in_kernel(e->name) && geteuid() && paranoid_level() > 1) {
        snprintf(e->reason, sizeof e->reason, "counted in the kernel, which kernel.perf_event_paranoid=%d hides",
                 paranoid_level());
        return false;
    }
    e->component = PAPI_get_event_component(e->code);
    return e->component >= 0 || (refuse(e, "no component counts it", e->component), false);
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
static bool event_try(Event *e) {
    int handle;
    long long value;
    const char *step = "cannot make an event set";
    int rc = make_set(e->component, &handle);
    if (rc == PAPI_OK)
        step = strncmp(e->name, "PAPI_", 5) ? "cannot be counted on this machine" : "no hardware PMU here",
        rc = PAPI_add_event(handle, e->code);
    if (rc == PAPI_OK) step = "cannot be started", rc = PAPI_start(handle);
    if (rc == PAPI_OK) step = "cannot be read", rc = PAPI_stop(handle, &value);
    drop_set(handle);
    if (rc != PAPI_OK) refuse(e, step, rc);
    return rc == PAPI_OK;
}

static const StatInfo *sde_info(const char *name, StatInfo *info) {
    for (unsigned i = 0; i < STAT_COUNT && !strncmp(name, SDE_PREFIX, strlen(SDE_PREFIX)); i++) {
        *info = stat_info((Stat)i);
        if (!strcmp(name + strlen(SDE_PREFIX), info->name)) return info;
    }
    return NULL;
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
        if (!*e->reason && e->component == s->component) refuse(e, what, rc);
    }
}

static void add_names(Events *events, const char *list) {
    char *copy = strdup(list), *save = NULL;
    BUG_IF(!copy, "out of memory");
    for (char *name = strtok_r(copy, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
        bool known = false;
        for (uint32_t i = 0; i < events->all.n; i++) known |= !strcmp(events->all.at[i].name, name);
        if (!strcmp(name, "default")) {
            add_names(events, DEFAULT_LIST);
        } else if (!known) {
            Event e = {.name = strdup(name), .component = -1};
            BUG_IF(!e.name, "out of memory");
            vec_push(&events->all, e);
        }
    }
    free(copy);
}

static Events *new_events(const Machine *m) {
    Events *events = calloc(1, sizeof *events);
    BUG_IF(!events, "out of memory");
    events->m = m;
    events->sde = sde_register(m);
    events->ready = PAPI_library_init(PAPI_VER_CURRENT) == PAPI_VER_CURRENT;
    // Where that is forbidden the user's domain stays, and counts_in_kernel() says what is lost.
    int perf = events->ready ? PAPI_get_component_index("perf_event") : -1;
    if (perf >= 0 && PAPI_set_cmp_domain(PAPI_DOM_ALL, perf) != PAPI_OK) PAPI_set_cmp_domain(PAPI_DOM_USER, perf);
    return events;
}

Events *events_open(const char *list, const Machine *m) {
    Events *events = new_events(m);
    add_names(events, list);
    events->values = calloc(events->all.n + 1, sizeof *events->values);
    BUG_IF(!events->values, "out of memory");
    for (uint32_t i = 0; i < events->all.n; i++) {
        Event *e = &events->all.at[i];
        if (!events->ready)
            snprintf(e->reason, sizeof e->reason, "PAPI does not start on this machine");
        else if (event_find(e, m) && event_try(e))
            add_to_set(events, e);
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
}

void events_stop(Events *events) {
    for (uint32_t i = events->sets.n; i-- > 0;) {
        EventSet *s = &events->sets.at[i];
        if (!s->running) continue;
        int rc = PAPI_stop(s->handle, events->values);
        s->running = false;
        if (rc != PAPI_OK) refuse_set(events, s, "cannot be read", rc);
        for (uint32_t k = 0; rc == PAPI_OK && k < events->all.n; k++) {
            Event *e = &events->all.at[k];
            if (!*e->reason && e->component == s->component) e->value = events->values[e->place];
        }
    }
}

json_t *events_report(const Events *events) {
    json_t *object = json_object();
    for (uint32_t i = 0; i < events->all.n; i++) {
        const Event *e = &events->all.at[i];
        json_object_set_new(object, e->name,
                            *e->reason
                                ? json_pack("{s:n,s:s}", "value", "reason", e->reason)
                                : json_pack("{s:I,s:s}", "value", (json_int_t)e->value, "unit", event_unit(e->name)));
    }
    return object;
}

void events_close(Events *events) {
    for (uint32_t i = 0; i < events->sets.n; i++) drop_set(events->sets.at[i].handle);
    for (uint32_t i = 0; i < events->all.n; i++) free(events->all.at[i].name);
    if (events->ready) PAPI_shutdown();
    if (events->sde) papi_sde_shutdown(events->sde);
    vec_free(&events->all);
    vec_free(&events->sets);
    free(events->values);
    free(events);
}

// ---- --events=list
// ----------------------------------------------------------------------------------------------------

static void list_event(FILE *out, const Machine *m, int code) {
    char name[PAPI_MAX_STR_LEN];
    PAPI_event_info_t info = {0};
    Event e = {.name = name};
    if (PAPI_event_code_to_name(code, name) != PAPI_OK || !event_find(&e, m) || !event_try(&e)) return;
    StatInfo stat;
    const char *help = sde_info(name, &stat)                         ? stat.help
                       : PAPI_get_event_info(code, &info) == PAPI_OK ? info.long_descr
                                                                     : "";
    fprintf(out, "%-44s %-12s %s\n", name, event_unit(name), help);
}

static void list_presets(FILE *out, const Machine *m) {
    int code = 0 | PAPI_PRESET_MASK;
    for (int rc = PAPI_enum_event(&code, PAPI_ENUM_FIRST); rc == PAPI_OK;
         rc = PAPI_enum_event(&code, PAPI_PRESET_ENUM_AVAIL))
        list_event(out, m, code);
}

static void list_component(FILE *out, const Machine *m, int component) {
    int code = 0 | PAPI_NATIVE_MASK;
    for (int rc = PAPI_enum_cmp_event(&code, PAPI_ENUM_FIRST, component); rc == PAPI_OK;
         rc = PAPI_enum_cmp_event(&code, PAPI_ENUM_EVENTS, component))
        list_event(out, m, code);
}

void events_list(FILE *out) {
    Machine *m = calloc(1, sizeof *m); // its counters are registered, nothing runs
    BUG_IF(!m, "out of memory");
    Events *events = new_events(m);
    fprintf(out, "default = %s\n\n", DEFAULT_LIST);
    if (!events->ready) fprintf(out, "PAPI does not start on this machine\n");
    if (events->ready) list_presets(out, m);
    for (int i = 0; events->ready && i < PAPI_num_components(); i++) list_component(out, m, i);
    events_close(events);
    free(m);
}
