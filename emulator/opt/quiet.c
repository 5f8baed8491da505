// Comparisons between a read of the accrued flags and their restoration, as compilers make a quiet `a < b`:
//
//     v1 = fflags.i32                          v1 = fflags.i32 keep
//     v2 = or.i32 v9, v1                       v2 = or.i32 v9, v1
//     v3 = cmp.f64.lts v7, v8                  v3 = cmp.f64.lts v7, v8, quiet
//     v4 = fflags.i32                          (gone)
//     set fflags, v2                           set fflags, v2
//
// The flags of the guest are those in its slot and the host's sticky ones together. So the first read need not clear the
// host's if the slot gets them anyway, and the second one finds nothing that the comparison did not raise. WHY: clearing
// them costs more than all else in a loop that computes.
// v9 has to be what the slot held: a GET of it, its PHI, or what it was SET to before.
#include "opt/opt.h"
#include "opt/rewrite.h"

enum { ALL_FLAGS = 31 };

static bool is_used(const IrUnit *u, IrRef v) {
    for (uint32_t n = 1; n < u->insns.n; n++) {
        IrRef inputs[3];
        unsigned k = ir_inputs(&u->insns.at[n], inputs);
        while (k-- > 0)
            if (inputs[k] == v) return true;
    }
    for (uint32_t n = 0; n < u->phi_args.n; n++)
        if (u->phi_args.at[n] == v) return true;
    return false;
}

// Through the mask of all flags.
static IrRef unmasked(const IrUnit *u, IrRef v) {
    const IrInsn *i = &u->insns.at[v];
    return i->op == IR_AND && !i->b && i->imm == ALL_FLAGS ? i->a : v;
}

static bool was_in_slot(const IrUnit *u, uint32_t before, IrRef v, int64_t slot) {
    const IrInsn *i = &u->insns.at[v];
    if (i->op == IR_GET && i->imm == slot) return true;
    if (i->op == IR_PHI && i->b == slot + 1) return true;
    for (uint32_t n = v + 1u; n < before; n++)
        if (u->insns.at[n].op == IR_SET && u->insns.at[n].imm == slot && u->insns.at[n].a == v) return true;
    return false;
}

// Does this SET put the flags of `read` and those that the slot held into the slot?
static bool restores(const IrUnit *u, uint32_t set, IrRef read) {
    const IrInsn *i = &u->insns.at[set], *all = &u->insns.at[unmasked(u, i->a)];
    if (i->op != IR_SET || all->op != IR_OR || (all->a != read && all->b != read)) return false;
    return was_in_slot(u, read, unmasked(u, all->a == read ? all->b : all->a), i->imm);
}

static bool can_be_quiet(const IrInsn *i) {
    bool ordered = i->c == IR_LTS || i->c == IR_LES || i->c == IR_GTS || i->c == IR_GES;
    return i->op == IR_CMP && ir_is_float((IrType)i->type) && ordered;
}

// The read of flags behind `read` with nothing but comparisons between them; 0: none.
static IrRef second_read(const IrUnit *u, const IrBlock *b, IrRef read) {
    for (uint32_t n = read + 1u; n < b->end; n++) {
        const IrInsn *i = &u->insns.at[n];
        if (i->op == IR_FFLAGS) return i->imm ? 0 : (IrRef)n;
        if (opt_may_leave(i) || opt_touches_slots(i) || (ir_raises_flags(i) && !can_be_quiet(i))) return 0;
    }
    return 0;
}

static void make_quiet(IrUnit *u, const IrBlock *b, IrRef read) {
    IrRef second = second_read(u, b, read);
    if (!second || is_used(u, second)) return;
    uint32_t set = second + 1u;
    while (set < b->end && !opt_may_leave(&u->insns.at[set]) && !restores(u, set, read)) set++;
    if (set == b->end || !restores(u, set, read)) return;
    u->insns.at[read].imm = 1;
    opt_delete(&u->insns.at[second]);
    for (uint32_t n = read + 1u; n < second; n++)
        if (can_be_quiet(&u->insns.at[n])) u->insns.at[n].imm = 1;
}

void opt_quiet(IrUnit *u) {
    for (uint32_t b = 0; b < u->blocks.n; b++)
        for (uint32_t n = u->blocks.at[b].first; n < u->blocks.at[b].end; n++)
            if (u->insns.at[n].op == IR_FFLAGS && !u->insns.at[n].imm) make_quiet(u, &u->blocks.at[b], (IrRef)n);
}
