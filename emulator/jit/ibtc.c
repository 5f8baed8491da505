// The indirect-branch cache: guest pc -> host code, direct-mapped, probed by emitted code. The return stack beside it
// needs no table: calls leave {guest return pc, host return address} on the stack of generated code, see
// host/x64/branch.c.
#include "jit/jit.h"

static unsigned index_of(const Jit *j, gpc pc) { return (unsigned)(pc >> j->cfg.jump.shift) & (IBTC_ENTRIES - 1); }

void jit_ibtc_describe(HostConfig *cfg, const Jit *j) {
    char *reg = frame_reg(j->frame);
    cfg->jump.on = cfg->return_stack = feature_on(&j->o.features, FEATURE_ibtc);
    cfg->jump.shift = j->o.guest->insn_align > 1 ? 1 : 0;
    cfg->jump.bits = IBTC_BITS;
    cfg->jump.tag = (int32_t)((char *)j->frame->ibtc.tag - reg);
    cfg->jump.data = (int32_t)((char *)j->frame->ibtc.code - reg);
}

void jit_ibtc_fill(Jit *j, Unit *u) {
    if (!feature_on(&j->o.features, FEATURE_ibtc) || !u->exec) return;
    unsigned i = index_of(j, u->pc);
    j->frame->ibtc.tag[i] = u->pc;
    j->frame->ibtc.code[i] = (uint64_t)(uintptr_t)u->exec;
}

void jit_ibtc_forget(Jit *j, const Unit *u) {
    unsigned i = index_of(j, u->pc);
    if (j->frame->ibtc.tag[i] == u->pc) j->frame->ibtc.tag[i] = IBTC_NO_PC;
}

void jit_ibtc_flush(Jit *j) {
    for (unsigned i = 0; i < IBTC_ENTRIES; i++) j->frame->ibtc.tag[i] = IBTC_NO_PC;
}
