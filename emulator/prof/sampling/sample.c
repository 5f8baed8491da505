// See sample.h. The signal handler only stores the pc and which generation of the code cache was running; who
// it was is found afterwards.
//
// INVARIANT: the handler runs on a stack of its own: generated code's stack is not the C stack.
#include "prof/sampling/sample.h"
#include "base/alloc.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAMPLES_MAX = 1 << 20, STACK_BYTES = 64 << 10 };

typedef struct Sample {
    const uint8_t *pc;
    uint64_t generation;
} Sample;

struct Sampler {
    const Machine *m;
    unsigned hz;
    SamplePapi *papi;      // or NULL: the timer
    char instead_of[1024]; // what was asked for and why it is the timer, or empty
    timer_t timer;
    void *stack;
    stack_t old_stack;
    struct sigaction old_action;
    volatile uint32_t n, lost;
    Sample at[SAMPLES_MAX];
};

static void take(Sampler *s, const void *pc) {
    if (s->n == SAMPLES_MAX) {
        s->lost++;
        return;
    }
    s->at[s->n] = (Sample){pc, s->m->jit.generation};
    s->n++;
}

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)number;
    Sampler *s = info->si_value.sival_ptr;
    if (info->si_code == SI_TIMER && s) take(s, host_context_pc(context));
}

static bool make_timer(Sampler *s, Err *err) {
    s->stack = alloc_bytes(STACK_BYTES);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGPROF, .sigev_value.sival_ptr = s};
    if (!timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &s->timer)) return true;
    return err_set(err, "--sample: no timer on CPU time here: %s", strerror(errno));
}

Sampler *sampler_new(const Machine *m, const char *by, unsigned hz, Err *err) {
    Sampler *s = alloc_zeroed(1, sizeof *s);
    s->m = m, s->hz = hz;
    if (strcmp(by, "timer") && (s->papi = sample_papi_new(by, hz, err)) != NULL) return s;
    // "papi" leaves the event to us, and the timer counts the same time; an event by name does not stand for another.
    if (!strcmp(by, "papi")) {
        snprintf(s->instead_of, sizeof s->instead_of, "%s", err->text);
        fprintf(stderr, "emu: %s: the timer samples instead\n", err->text);
    }
    if ((!strcmp(by, "timer") || *s->instead_of) && make_timer(s, err)) return s;
    free(s->stack), free(s);
    return NULL;
}

void sampler_start(Sampler *s) {
    if (s->papi) {
        sample_papi_start(s->papi, take, s);
        return;
    }
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    stack_t stack = {.ss_sp = s->stack, .ss_size = STACK_BYTES};
    sigaltstack(&stack, &s->old_stack);
    sigaction(SIGPROF, &action, &s->old_action);
    long ns = 1000000000l / (long)s->hz;
    struct itimerspec every = {.it_interval = {ns / 1000000000l, ns % 1000000000l},
                               .it_value = {ns / 1000000000l, ns % 1000000000l}};
    timer_settime(s->timer, 0, &every, NULL);
}

void sampler_stop(Sampler *s) {
    if (s->papi) {
        sample_papi_stop(s->papi);
        return;
    }
    struct itimerspec off = {0};
    timer_settime(s->timer, 0, &off, NULL);
    sigaction(SIGPROF, &s->old_action, NULL);
    sigaltstack(&s->old_stack, NULL);
}

void sampler_free(Sampler *s) {
    if (s->papi)
        sample_papi_free(s->papi);
    else
        timer_delete(s->timer);
    free(s->stack);
    free(s);
}

static const CodeRecord *record_at(const CodeLog *code, const Sample *x) {
    for (uint32_t i = code->records.n; i-- > 0;) {
        const CodeRecord *r = &code->records.at[i];
        if (r->exec && r->generation == x->generation && x->pc >= r->exec && x->pc < r->exec + r->n_bytes) return r;
    }
    return NULL;
}

static const char *gpc_text(const CodeRecord *r, const Sample *x, const char **block) {
    uint32_t at = (uint32_t)(x->pc - r->exec);
    for (uint32_t i = 0; i < r->n_ranges; i++) {
        const CodeRange *k = &r->ranges[i];
        if (at < k->at || at >= k->at + k->n_bytes) continue;
        json_t *b = json_array_get(r->blocks, k->block), *insn = json_array_get(json_object_get(b, "guest"), k->index);
        *block = json_string_value(json_object_get(b, "gpc"));
        return json_string_value(json_object_get(insn ? insn : b, "gpc"));
    }
    return NULL;
}

static void bump(json_t *counts, const char *key) {
    json_t *v = json_object_get(counts, key);
    if (v)
        json_integer_set(v, json_integer_value(v) + 1);
    else
        json_object_set_new(counts, key, json_integer(1));
}

json_t *sampler_report(const Sampler *s, const CodeLog *code, const Machine *m) {
    json_t *insns = json_object(), *blocks = json_object();
    uint32_t in_code = 0, in_entry = 0;
    const CodeCache *c = &m->jit.cache;
    for (uint32_t i = 0; i < s->n; i++) {
        const Sample *x = &s->at[i];
        const CodeRecord *r = record_at(code, x);
        const char *block = NULL, *at = r ? gpc_text(r, x, &block) : NULL;
        if (at)
            bump(insns, at), bump(blocks, block), in_code++;
        else
            in_entry += c->exec && x->pc >= c->exec && x->pc < c->exec + c->size;
    }
    return json_pack("{s:s,s:{s:s,s:s},s:s,s:s*,s:i,s:I,s:I,s:I,s:I,s:o,s:o}", "schema", "nightjar.samples/1", "elf",
                     "path", m->elf.path, "sha256", elf_sha256(&m->elf), "by",
                     s->papi ? sample_papi_event(s->papi) : "timer", "instead_of",
                     *s->instead_of ? s->instead_of : NULL, "hz", (int)s->hz, "samples", (json_int_t)s->n, "lost",
                     (json_int_t)s->lost, "in_code", (json_int_t)in_code, "in_routines", (json_int_t)in_entry, "blocks",
                     blocks, "guest", insns);
}
