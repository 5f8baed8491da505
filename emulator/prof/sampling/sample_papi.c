// Sampling by the overflow of a PAPI event: cycles or instructions where the machine has a PMU, the kernel's task clock
// where it has not. PAPI tells its handler nothing but the pc; whose sample it is, the thread's own pointer says.
//
// PAPI does not ask for another stack: the signal's frame comes to lie below what runs, which on the stack of generated
// code finds room enough (jit/code/frame.c) and nothing of value (the emitters write nothing below the stack pointer).
#include "base/alloc.h"
#include "prof/counts/kernel_event.h"
#include "prof/counts/pmu.h"
#include "prof/sampling/sample.h"
#include <papi.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct SamplePapi {
    int set;
    char event[96];
    const char *asked;
    SampleTake *take; // while it runs
    Sampler *sampler;
};

static unsigned long thread_id(void) { return (unsigned long)pthread_self(); }

static void on_overflow(int set, void *address, long long vector, void *context) {
    (void)set, (void)vector, (void)context;
    void *own = NULL;
    if (PAPI_get_thr_specific(PAPI_USR1_TLS, &own) != PAPI_OK || !own) return;
    const SamplePapi *p = own;
    p->take(p->sampler, address);
}

static bool refuse(Err *err, const SamplePapi *p, const char *what, int rc) {
    char no_pmu[160];
    pmu_reason(PAPI_is_initialized() != PAPI_NOT_INITED, no_pmu, sizeof no_pmu);
    bool software = kernel_event_known(p->event), off = software && !pmu_component();
    if (*no_pmu && (!software || off || rc == PAPI_EPERM || rc == PAPI_ESYS))
        return err_set(err, "--sample-by=%s: %s", p->asked, no_pmu);
    const char *why = rc == PAPI_ENOEVNT ? "there is no such event here; `emu --events=list` tries each" : what;
    return err_set(err, "--sample-by=%s: %s (PAPI %d)", p->asked, why, rc);
}

// Tried here, for a moment: whether an event overflows shows when it is started.
static bool prepare(SamplePapi *p, int period, Err *err) {
    int code, rc = PAPI_event_name_to_code(p->event, &code);
    if (rc != PAPI_OK) return refuse(err, p, "an event of no name", rc);
    if ((rc = PAPI_create_eventset(&p->set)) != PAPI_OK) return refuse(err, p, "no set of events", rc);
    if ((rc = PAPI_add_event(p->set, code)) != PAPI_OK) return refuse(err, p, "it cannot be counted here", rc);
    if ((rc = PAPI_overflow(p->set, code, period, 0, on_overflow)) != PAPI_OK)
        return refuse(err, p, "it can be counted, but not sampled", rc);
    if ((rc = PAPI_start(p->set)) != PAPI_OK) return refuse(err, p, "it does not start", rc);
    return PAPI_stop(p->set, NULL) == PAPI_OK || refuse(err, p, "it does not stop", rc);
}

SamplePapi *sample_papi_new(const char *event, unsigned hz, Err *err) {
    SamplePapi *p = alloc_zeroed(1, sizeof *p);
    p->set = PAPI_NULL, p->asked = event;
    snprintf(p->event, sizeof p->event, "%s", !strcmp(event, "papi") ? "perf::TASK-CLOCK" : event);
    int rc = PAPI_library_init(PAPI_VER_CURRENT);
    if (rc != PAPI_VER_CURRENT || (rc = PAPI_thread_init(thread_id)) != PAPI_OK) {
        refuse(err, p, "PAPI cannot be initialised", rc);
    } else if (prepare(p, (int)(1000000000u / hz), err)) {
        return p;
    }
    sample_papi_free(p);
    return NULL;
}

const char *sample_papi_event(const SamplePapi *p) { return p->event; }

void sample_papi_start(SamplePapi *p, SampleTake *take, Sampler *s) {
    p->take = take, p->sampler = s;
    PAPI_set_thr_specific(PAPI_USR1_TLS, p);
    PAPI_start(p->set);
}

void sample_papi_stop(SamplePapi *p) {
    PAPI_stop(p->set, NULL);
    PAPI_set_thr_specific(PAPI_USR1_TLS, NULL);
}

void sample_papi_free(SamplePapi *p) {
    if (p->set != PAPI_NULL) {
        PAPI_cleanup_eventset(p->set);
        PAPI_destroy_eventset(&p->set);
    }
    free(p);
}
