#include "base/alloc.h"
#include "jit/observe.h"
#include "prof/attach.h"
#include "prof/counts/json_file.h"
#include <stdlib.h>
#include <string.h>

static void observe(MachineOptions *o, JitObserver *observer) {
    observer->next = o->observer;
    o->observer = observer;
}

bool attach(Attached *a, Options *o, const Machine *m, Err *err) {
    memset(a, 0, sizeof *a);
    if (o->profile_code || o->sample_path) {
        a->code = code_log_new();
        observe(&o->machine, &a->code->observer);
    }
    if ((o->code_hash || o->profile_path) && !o->machine.interp) {
        a->hash = alloc_zeroed(1, sizeof *a->hash);
        code_hash_init(a->hash);
        observe(&o->machine, &a->hash->observer);
    }
    if (o->perf_map || o->jitdump_dir) {
        a->names = perf_names_open(m, o->perf_map, o->jitdump_dir, err);
        if (!a->names) return false;
        observe(&o->machine, perf_names_observer(a->names));
    }
    if (o->gdb_jit) {
        a->debugger = gdb_jit_open(m, o->machine.elf_path);
        observe(&o->machine, gdb_jit_observer(a->debugger));
    }
    if (o->sample_path) a->sampler = sampler_new(m, o->sample_by, o->sample_hz, err);
    return !o->sample_path || a->sampler;
}

void attach_start(Attached *a) {
    if (a->sampler) sampler_start(a->sampler);
}

void attach_stop(Attached *a) {
    if (a->sampler) sampler_stop(a->sampler);
}

bool attach_write(const Attached *a, const Options *o, const Machine *m, Err *err) {
    return !a->sampler || json_file_write(sampler_report(a->sampler, a->code, m), o->sample_path, err);
}

bool detach(Attached *a, Err *err) {
    bool ok = !a->names || perf_names_close(a->names, err);
    if (a->debugger) gdb_jit_close(a->debugger);
    if (a->code) code_log_free(a->code);
    if (a->hash) code_hash_free(a->hash);
    free(a->hash);
    if (a->sampler) sampler_free(a->sampler);
    return ok;
}
