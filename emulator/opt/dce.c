// Dead values: what no effect needs, directly or not, becomes NOP. A LOAD stays: it may fault. So does what may raise
// floating-point flags.
//
// One walk from the end marks: inputs stand before their users, so a user is seen first. The exception is the arg of a
// PHI that comes over a back edge; such args go on a list at once.
//
// Example:
//     v3 = add.i64 v1, #1             v3 = add.i64 v1, #1
//     v4 = mul.i64 v3, v1             nop
//     v5 = load.i64[8] v1             v5 = load.i64[8] v1        it may fault
//     put x1, v3                      put x1, v3
#include "base/alloc.h"
#include "opt/opt.h"
#include "opt/rewrite.h"
#include <stdlib.h>
#include <string.h>

typedef struct Dce {
    IrUnit *u;
    uint32_t at; // the walk is here
    uint32_t n_late;
    IrRef *late;                          // marked behind the walk's back, inputs not yet seen
    uint64_t live[(UINT16_MAX + 1) / 64]; // only the words that the unit needs are set up
} Dce;

static void mark(Dce *s, IrRef r) {
    uint64_t bit = 1ull << (r & 63);
    if (s->live[r >> 6] & bit) return;
    s->live[r >> 6] |= bit;
    if (r >= s->at && s->late) s->late[s->n_late++] = r;
}

static void mark_inputs(Dce *s, const IrInsn *i) {
    unsigned n = ir_op_info[i->op].inputs;
    if (n > 0) mark(s, i->a);
    if (n > 1) mark(s, i->b);
    if (n > 2) mark(s, i->c);
    if (i->op == IR_PHI)
        for (unsigned k = 0; k < i->c; k++) mark(s, s->u->phi_args.at[i->imm + k]);
}

// A PHI of a slot is what the slot holds: exits and faults of the block may want it.
static bool is_kept(const IrInsn *i) {
    return ir_op_is(i->op, IR_EFFECT) || ir_raises_flags(i) || (i->op == IR_PHI && i->b);
}

// Where there is no PHI, all users of an instruction have been seen when the walk gets to it.
static void one_walk(Dce *s) {
    IrUnit *u = s->u;
    for (s->at = u->insns.n; s->at-- > 1;) {
        IrInsn *i = &u->insns.at[s->at];
        if ((s->live[s->at >> 6] >> (s->at & 63) & 1) || is_kept(i))
            mark_inputs(s, i);
        else
            opt_delete(i);
    }
}

void opt_dce(IrUnit *u) {
    Dce s;
    s.u = u;
    s.n_late = 0;
    s.late = NULL;
    memset(s.live, 0, (u->insns.n + 63) / 64 * sizeof *s.live);
    if (!u->phi_args.n) {
        one_walk(&s);
        return;
    }
    s.late = alloc_bytes(u->insns.n * sizeof *s.late);
    for (s.at = u->insns.n; s.at-- > 1;) {
        const IrInsn *i = &u->insns.at[s.at];
        if (is_kept(i) || (s.live[s.at >> 6] >> (s.at & 63) & 1)) mark_inputs(&s, i);
        while (s.n_late) mark_inputs(&s, &u->insns.at[s.late[--s.n_late]]);
    }
    for (uint32_t n = 1; n < u->insns.n; n++) {
        IrInsn *i = &u->insns.at[n];
        if (!is_kept(i) && !(s.live[n >> 6] >> (n & 63) & 1)) opt_delete(i);
    }
    free(s.late);
}
