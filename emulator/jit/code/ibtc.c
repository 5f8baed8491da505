// The indirect-branch cache: guest pc -> host code, direct-mapped, probed by emitted code; one table for a mode. WHY
// one for a mode: a guest address means different code in different modes, and emitted code compares the address only.
// The modes that come first have one; in all others, which guests rarely have, indirect branches return to the run
// loop. WHY a hash, where the host has one: what JIT compilers make begins at multiples of 64, and low bits alone would
// use one entry of 32. Of V8's indirect jumps 976,000 missed a table of 4,096 by low bits. The return stack beside it needs no table: calls leave {guest return pc, host return address} on the stack of
// generated code, see host/edges.c.
#include "jit/code/ibtc.h"

static unsigned shift_of(const Jit *j) { return j->o.guest->insn_align > 1 ? 1 : 0; }
static unsigned index_of(const Jit *j, gpc pc) {
    if (j->host->jump_hash) return (uint32_t)pc * j->host->jump_hash >> (32 - IBTC_BITS);
    return (unsigned)(pc >> shift_of(j)) & (IBTC_ENTRIES - 1);
}

static void flush_table(Jit *j, unsigned table) {
    for (uint32_t n = 0; n < j->frames.n; n++)
        for (unsigned i = 0; i < IBTC_ENTRIES; i++) j->frames.at[n]->ibtc[table].tag[i] = IBTC_NO_PC;
}

// Zero bytes are the tag of pc 0, which only the entry of pc 0 could take for a hit.
static void begin_table(Jit *j, unsigned table) {
    for (uint32_t n = 0; n < j->frames.n; n++) j->frames.at[n]->ibtc[table].tag[index_of(j, 0)] = IBTC_NO_PC;
}

unsigned ibtc_table(Jit *j, uint32_t mode) {
    unsigned i = 0;
    while (i < j->n_modes && j->modes[i] != mode) i++;
    if (i == j->n_modes && j->n_modes < IBTC_TABLES) {
        j->modes[j->n_modes++] = mode;
        begin_table(j, i);
    }
    return i;
}

void ibtc_describe(HostConfig *cfg, const Jit *j, unsigned table) {
    cfg->jump.on = feature_on(&j->o.features, FEATURE_ibtc);
    cfg->return_stack = cfg->jump.on && j->host->return_stack;
    cfg->jump.shift = (uint8_t)shift_of(j);
    cfg->jump.bits = IBTC_BITS;
    cfg->jump.stride_bits = 3;
    cfg->jump.hash = j->host->jump_hash;
    cfg->jump.tag = FRAME_DISP(ibtc) + (int32_t)(table * sizeof(Ibtc) + offsetof(Ibtc, tag));
    cfg->jump.data = FRAME_DISP(ibtc) + (int32_t)(table * sizeof(Ibtc) + offsetof(Ibtc, code));
}

bool ibtc_can_hold(const Jit *j, const Unit *u) {
    return feature_on(&j->o.features, FEATURE_ibtc) && u->exec && u->jump_table < IBTC_TABLES;
}

void ibtc_fill(const Jit *j, Frame *f, const Unit *u) {
    Ibtc *t = &f->ibtc[u->jump_table];
    unsigned i = index_of(j, u->pc);
    t->tag[i] = u->pc;
    t->code[i] = (uint64_t)(uintptr_t)u->exec;
}

void ibtc_forget(Jit *j, const Unit *u) {
    if (u->jump_table >= IBTC_TABLES) return;
    unsigned i = index_of(j, u->pc);
    for (uint32_t n = 0; n < j->frames.n; n++) {
        Ibtc *t = &j->frames.at[n]->ibtc[u->jump_table];
        if (t->tag[i] == u->pc) t->tag[i] = IBTC_NO_PC;
    }
}

void ibtc_flush(Jit *j) {
    for (unsigned t = 0; t < j->n_modes; t++) flush_table(j, t);
}
