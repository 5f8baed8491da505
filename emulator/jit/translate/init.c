// The beginning and the end of a translator: code memory, the code that enters units, and scratch.
#include "jit/code/cache.h"
#include "jit/code/enter.h"
#include "jit/code/host_config.h"
#include "jit/code/records.h"
#include "jit/code/set.h"
#include "jit/code/span.h"
#include "jit/translate/translator.h"
#include <string.h>

static bool make_cache(Jit *j, Err *err) {
    if (!cache_init(&j->cache, j->o.cache_size, j->o.profile, err)) return false;
    span_init(j, j->o.code_end);
    if (j->o.program) enter_expect_floats(j);
    j->cfg = host_config(j, j->frames.at[0]->cpu.mode);
    if (enter_make(j)) return true;
    return err_set(err, "the code cache of %zu bytes is too small for the entry code; use a larger --code-cache",
                   j->cache.size);
}

static Translator *translator_new(const Guest *guest) {
    Translator *t = unit_alloc(sizeof *t);
    ir_unit_init(&t->ir, guest->slots, guest->n_slots);
    ir_unit_init(&t->raw, guest->slots, guest->n_slots);
    ra_init(&t->ra);
    return t;
}

static void translator_free(Translator *t) {
    if (!t) return;
    ir_unit_free(&t->ir);
    ir_unit_free(&t->raw);
    ra_free(&t->ra);
    host_code_free(&t->code);
    unit_release(t);
}

bool jit_init(Jit *j, const JitOptions *o, Frame *f, Mem *mem, Stats *stats, Log *log, Err *err) {
    memset(j, 0, sizeof *j);
    j->o = *o;
    j->host = &host_native;
    j->isa = j->host->isa_native() & ~o->isa_masked;
    vec_push(&j->frames, f);
    f->cpu.fp_flush = (j->host->ops[IR_FADDZ].flags & HOST_NATIVE) != 0;
    j->mem = mem, j->stats = stats, j->log = log;
    j->translator = translator_new(o->guest);
    return o->interp || make_cache(j, err);
}

void jit_free(Jit *j) {
    set_free(j);
    vec_free(&j->frames);
    vec_free(&j->no_bounds);
    vec_free(&j->no_hoist);
    vec_free(&j->loose);
    vec_free(&j->strays);
    vec_free(&j->breakpoints);
    unit_release(j->reached);
    vec_free(&j->once);
    translator_free(j->translator);
    cache_free(&j->cache);
}
