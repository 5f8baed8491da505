// Common subexpressions: an instruction that computes what a dominating one computed becomes that value.
//
// One direct-mapped table of refs for the whole unit: a newer instruction pushes an older one out, a hit counts when
// its block dominates. GETs are shared within one guest instruction only: keeping registers across instructions is what
// the switch `regcache` is about (state.c), and switching it off must mean something. What raises floating-point flags
// has raised them the first time, unless they may have been taken in between.
//
// Example:
//     v3 = add.i64 v1, v2             v3 = add.i64 v1, v2
//     v4 = add.i64 v2, v1             v4 is v3                   in either order
//     v5 = mul.i64 v3, v4             v5 = mul.i64 v3, v3
#include "ir/cfg.h"
#include "opt/opt.h"
#include "opt/rewrite.h"
#include <string.h>

enum { TABLE_BITS_MIN = 6, TABLE_BITS_MAX = 11 };

typedef struct Cse {
    IrUnit *u;
    const IrCfg *cfg; // NULL: one block
    unsigned bits;
    uint32_t barrier;         // GETs up to here do not count any more
    uint32_t flags_barrier;   // nor do instructions that raise flags
    bool flags_taken;         // somewhere in the unit
    IrRef get[OPT_SLOTS_MAX]; // last GET of each slot
    IrRef table[1 << TABLE_BITS_MAX];
    uint16_t block[1 << TABLE_BITS_MAX]; // where table[] stands
} Cse;

static unsigned hash(const IrInsn *i, unsigned bits) {
    uint64_t w[2];
    memcpy(w, i, sizeof w);
    uint64_t h = (w[0] ^ (w[1] * 0x9e3779b97f4a7c15ull)) * 0xd6e8feb86659fd93ull;
    return (unsigned)(h >> (64 - bits));
}

static bool takes_flags(const IrInsn *i) { return i->op == IR_FFLAGS || opt_touches_slots(i); }

// May `old` have raised flags that are gone?
static bool is_behind_flags(const Cse *s, const IrInsn *i, IrRef old, bool same_block) {
    return ir_raises_flags(i) && (same_block ? old < s->flags_barrier : s->flags_taken);
}

static void share_pure(Cse *s, IrRef ref, uint16_t b) {
    IrInsn *i = &s->u->insns.at[ref];
    if (ir_op_is(i->op, IR_COMM) && i->b && i->a > i->b) {
        IrRef a = i->a;
        i->a = i->b;
        i->b = a;
    }
    unsigned h = hash(i, s->bits);
    IrRef old = s->table[h];
    // The order of tests: most slots are empty, most others hold something else.
    if (old && !is_behind_flags(s, i, old, s->block[h] == b) && !memcmp(&s->u->insns.at[old], i, sizeof *i) &&
        (s->block[h] == b || (s->cfg && ir_reachable(s->cfg, b) && ir_reachable(s->cfg, s->block[h]) &&
                              ir_dominates(s->cfg, s->block[h], b)))) {
        opt_replace(i, old);
        return;
    }
    s->table[h] = ref;
    s->block[h] = b;
}

static void share_get(Cse *s, IrRef ref) {
    IrInsn *i = &s->u->insns.at[ref];
    IrRef *last = &s->get[i->imm];
    if (*last > s->barrier)
        opt_replace(i, *last);
    else
        *last = ref;
}

static void share_block(Cse *s, uint16_t b) {
    const IrBlock *block = &s->u->blocks.at[b];
    s->barrier = block->first - 1;
    for (uint32_t n = block->first; n < block->end; n++) {
        IrInsn *i = &s->u->insns.at[n];
        opt_resolve_inputs(s->u, i);
        if (takes_flags(i)) s->flags_barrier = n;
        if (ir_op_is(i->op, IR_PURE))
            share_pure(s, (IrRef)n, b);
        else if (i->op == IR_GET)
            share_get(s, (IrRef)n);
        else if (i->op == IR_PUT || i->op == IR_SET)
            s->get[i->imm] = 0;
        else if (i->op == IR_INSN || opt_touches_slots(i))
            s->barrier = n;
    }
}

void opt_cse(IrUnit *u) {
    BUG_IF(u->n_slots > OPT_SLOTS_MAX, "a guest with %u slots", u->n_slots);
    Cse s;
    s.u = u;
    s.cfg = NULL;
    s.flags_barrier = 0;
    s.flags_taken = false;
    for (uint32_t n = 1; n < u->insns.n; n++) s.flags_taken |= takes_flags(&u->insns.at[n]);
    for (s.bits = TABLE_BITS_MIN; s.bits < TABLE_BITS_MAX && u->insns.n > 1u << (s.bits - 1);) s.bits++;
    memset(s.table, 0, sizeof *s.table << s.bits); // block[] is read where table[] is set only
    memset(s.get, 0, sizeof *s.get * u->n_slots);
    if (u->blocks.n == 1) {
        share_block(&s, 0);
        return;
    }
    IrCfg cfg;
    ir_cfg_make(&cfg, u);
    s.cfg = &cfg;
    for (uint32_t b = 0; b < u->blocks.n; b++) share_block(&s, (uint16_t)b);
    ir_cfg_free(&cfg);
    opt_resolve_phi_args(u);
}
