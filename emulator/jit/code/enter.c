// Entering generated code: the entry code, and the floating-point state that goes in and comes out with the guest's.
#include "jit/code/enter.h"
#include "jit/invalidate.h"

bool enter_make(Jit *j) {
    size_t n = j->host->make_entry(&j->entry, &j->cfg, j->cache.rw, j->cache.size, j->cache.exec - j->cache.rw);
    j->cache.reserved = j->cache.used = n;
    j->host->make_visible(j->cache.exec, n);
    return n != 0;
}

void enter_expect_floats(Jit *j) {
    j->floats = true;
    for (uint32_t i = 0; i < j->frames.n; i++) j->host->fp_init(j->frames.at[i]->fp_consts);
}

// WHY not from the beginning: bare programs without floating point pay nothing for it.
void enter_use_floats(Jit *j) {
    if (j->floats) return;
    j->plain = (JitPlain){j->stats->v[STAT_run_loop_entries], 0, j->entry.enter_insns, j->entry.leave_insns};
    for (const Unit *u = j->all; u; u = u->list_next)
        for (uint32_t i = 0; i < u->n_sites && j->o.profile; i++)
            j->plain.site_leaves += u->extra->site_counts[i].leaves;
    jit_flush(j);
    enter_expect_floats(j);
    j->cfg.floats = true;
    BUG_IF(!enter_make(j), "the code cache of %zu bytes is too small for the entry code; use a larger --code-cache",
           j->cache.size);
}

// Generated code finds in the host's register: the rounding mode, and the flags that C code raised meanwhile.
Edge *jit_run(const Jit *j, Frame *f, const Unit *u, unsigned raised) {
    if (j->floats) {
        j->host->fp_round(&f->fp_state, f->cpu.fp_round);
        j->host->fp_raise(&f->fp_state, raised);
    }
    return j->entry.enter(frame_reg(f), u->exec);
}

void jit_raise_flags(const Jit *j, Frame *f, unsigned raised) { j->host->fp_raise(&f->fp_state, raised); }

unsigned jit_take_flags(const Jit *j, Frame *f) { return j->floats ? j->host->fp_take(&f->fp_state) : 0; }
