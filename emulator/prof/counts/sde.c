// The registration goes by names that are looked up by enumeration: PAPI 7.0 adds an unknown sde name and reads -1.
#include "prof/counts/sde.h"
#include "prof/counts/report.h"
#include <papi.h>
#include <sde_lib.h>
#include <stdio.h>
#include <string.h>

static long long read_guest_instructions(void *machine) {
    Machine *m = machine;
    return m->hart.frame ? (long long)cpu_now(machine_cpu(m)) : 0;
}
static long long read_host_instructions(void *m) { return (long long)blocks_totals(m).host_instructions; }
static long long read_block_hits(void *m) { return (long long)blocks_totals(m).block_hits; }
static long long read_minority(void *m) { return (long long)blocks_totals(m).branch_minority; }
static long long read_host_minority(void *m) { return (long long)blocks_totals(m).host_branch_minority; }

// Counters that are computed, not kept, are read by a call.
static papi_sde_fptr_t sde_reader(Stat s) {
    switch (s) {
    case STAT_guest_instructions: return read_guest_instructions;
    case STAT_host_instructions: return read_host_instructions;
    case STAT_block_hits: return read_block_hits;
    case STAT_branch_minority: return read_minority;
    case STAT_host_branch_minority: return read_host_minority;
    default: return NULL;
    }
}

void *sde_register(const Machine *m) {
    papi_handle_t sde = papi_sde_init(SDE_LIBRARY);
    for (unsigned i = 0; sde && i < STAT_COUNT; i++) {
        StatInfo s = stat_info((Stat)i);
        papi_sde_fptr_t reader = sde_reader((Stat)i);
        void *machine = (void *)m; // PAPI's type; read-only by the next word
        if (!report_has(m, (Stat)i)) continue;
        if (reader)
            papi_sde_register_counter_cb(sde, s.name, PAPI_SDE_RO | PAPI_SDE_DELTA, PAPI_SDE_long_long, reader,
                                         machine);
        else
            papi_sde_register_counter(sde, s.name, PAPI_SDE_RO | PAPI_SDE_DELTA, PAPI_SDE_long_long,
                                      (void *)&m->stats.v[i]);
    } // one that could not be registered will not be found by its name
    return sde;
}

void sde_close(void *handle) {
    if (handle) papi_sde_shutdown(handle);
}

// Looks the name up among the events that its component really has.
int sde_find(const char *name, int *code) {
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

bool sde_explain(const char *name, const Machine *m, char *why, size_t size) {
    size_t n = strlen(SDE_PREFIX);
    for (unsigned i = 0; i < STAT_COUNT && !strncmp(name, SDE_PREFIX, n); i++) {
        if (strcmp(name + n, stat_info((Stat)i).name) || report_has(m, (Stat)i)) continue;
        snprintf(why, size, "needs --%s%s", stat_info((Stat)i).needs,
                 m->o.interp && m->o.profile ? " and --engine=jit" : "");
        return true;
    }
    return false;
}

const StatInfo *sde_info(const char *name, StatInfo *info) {
    for (unsigned i = 0; i < STAT_COUNT && !strncmp(name, SDE_PREFIX, strlen(SDE_PREFIX)); i++) {
        *info = stat_info((Stat)i);
        if (!strcmp(name + strlen(SDE_PREFIX), info->name)) return info;
    }
    return NULL;
}
