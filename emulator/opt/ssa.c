// regcache for units of several blocks: guest registers become SSA values across blocks and around loops.
//
// The unit is built anew. Where paths meet, every slot that the unit changes gets a PHI (field b names the slot); PHIs
// that turn out to stand for one value go away again. At the entry the values are GETs. Every PUT becomes SET.
// A slot of 64 bits that the unit takes for a boxed F32 has a second value beside the first, the F32 in it, with PHIs
// of its own: so it goes round loops without its box.
#include "base/alloc.h"
#include "ir/cfg.h"
#include "opt/opt.h"
#include "opt/rewrite.h"
#include <stdlib.h>
#include <string.h>

typedef struct Ssa {
    IrUnit *u; // old, and in the end the new one
    IrUnit fresh;
    IrCfg cfg;
    IrRef *map;                       // old ref -> fresh ref
    IrRef *ends;                      // [block][slot]: value at the end of the block
    IrRef *phis;                      // [block][slot]: its PHI, or 0
    IrRef *single_ends, *single_phis; // the same of the F32 in the slot; an end of 0: no instruction has unboxed it yet
    bool changed[OPT_SLOTS_MAX], read[OPT_SLOTS_MAX], single[OPT_SLOTS_MAX];
    bool direct[OPT_SLOTS_MAX]; // a PUT wants to be stored at once: the slot has no values here, only memory
    uint32_t n_old_phis;        // PHIs that were there: their args are filled at the end, too
    IrRef *old_phis;            // pairs: old ref, fresh ref
} Ssa;

static IrRef *row(const Ssa *s, IrRef *rows, uint32_t block) { return rows + (size_t)block * s->u->n_slots; }

static void find_slots(Ssa *s) {
    for (uint32_t n = 1; n < s->u->insns.n; n++) {
        const IrInsn *i = &s->u->insns.at[n];
        if (i->op == IR_PUT || i->op == IR_SET) s->changed[i->imm] = true;
        if (i->op == IR_GET) s->read[i->imm] = true;
        if (opt_stored_at_once(i)) s->direct[i->imm] = true;
        const IrInsn *a = &s->u->insns.at[i->a];
        if (i->op == IR_UNBOX && a->op == IR_GET) s->single[a->imm] = true;
    }
    for (uint32_t n = 1; n < s->u->insns.n; n++) {
        const IrInsn *i = &s->u->insns.at[n];
        for (unsigned slot = 0; i->op == IR_CALL && slot < s->u->n_slots; slot++)
            if (s->read[slot] && opt_call_touches(i, slot)) s->changed[slot] = true;
    }
    for (unsigned slot = 0; slot < s->u->n_slots; slot++)
        if (s->direct[slot]) s->changed[slot] = s->read[slot] = s->single[slot] = false;
}

// The F32 in the slot, if that is its value.
static IrRef unbox(Ssa *s, IrRef value) {
    const IrInsn *i = &s->fresh.insns.at[value];
    return i->op == IR_BOX ? i->a : ir_op1(&s->fresh, IR_UNBOX, IR_F32, value);
}

static void unbox_all(Ssa *s, const IrRef *known, IrRef *single) {
    for (unsigned slot = 0; slot < s->u->n_slots; slot++)
        if (s->single[slot] && known[slot] && !single[slot]) single[slot] = unbox(s, known[slot]);
}

// The value that was unboxed before, or 0.
static IrRef unboxed(const Ssa *s, IrRef value, const IrRef *known, const IrRef *single) {
    for (unsigned slot = 0; slot < s->u->n_slots; slot++)
        if (s->single[slot] && known[slot] == value) return single[slot];
    return 0;
}

static void get_all(Ssa *s, IrRef *known) {
    for (unsigned slot = 0; slot < s->u->n_slots; slot++)
        if (s->changed[slot] || s->read[slot]) known[slot] = ir_get(&s->fresh, slot);
}

static bool is_merge(const Ssa *s, uint16_t b) {
    uint16_t pred = ir_single_pred(&s->cfg, b);
    return pred == IR_NO_BLOCK || pred >= b;
}

static uint32_t n_preds(const Ssa *s, uint32_t b) { return s->cfg.first_pred[b + 1] - s->cfg.first_pred[b]; }

static IrRef add_phi(Ssa *s, IrType type, uint32_t b, unsigned slot_plus_1) {
    uint32_t first = s->fresh.phi_args.n, n = n_preds(s, b);
    for (uint32_t k = 0; k < n; k++) vec_push(&s->fresh.phi_args, (IrRef)0);
    return ir_emit(&s->fresh,
                   (IrInsn){.op = IR_PHI, .type = (uint8_t)type, .b = (IrRef)slot_plus_1, .c = (IrRef)n, .imm = first});
}

static void begin_merge(Ssa *s, uint16_t b, IrRef *known, IrRef *single) {
    const IrRef *entry = row(s, s->ends, s->u->blocks.n); // what the slots are at the entry of the unit
    const IrRef *single_entry = row(s, s->single_ends, s->u->blocks.n);
    for (unsigned slot = 0; slot < s->u->n_slots; slot++) {
        bool phi = s->changed[slot] && n_preds(s, b);
        known[slot] = entry[slot];
        single[slot] = single_entry[slot];
        if (phi) known[slot] = row(s, s->phis, b)[slot] = add_phi(s, (IrType)s->u->slots[slot].type, b, slot + 1);
        if (phi && s->single[slot]) single[slot] = row(s, s->single_phis, b)[slot] = add_phi(s, IR_F32, b, 0);
    }
}

// A call that may change any slot makes all of them unknown wherever it can reach: such units are left to state.c.
static bool has_opaque_call(const IrUnit *u) {
    for (uint32_t n = 1; n < u->insns.n; n++)
        if (u->insns.at[n].op == IR_CALL && ir_call_slots(&u->insns.at[n]) == IR_SLOTS_ALL) return true;
    return false;
}

// What the call may have changed is read again.
static void copy_call(Ssa *s, IrRef old, IrInsn call, IrRef *known, IrRef *single) {
    s->map[old] = ir_emit(&s->fresh, call);
    for (unsigned slot = 0; slot < s->u->n_slots; slot++)
        if ((s->changed[slot] || s->read[slot]) && opt_call_touches(&call, slot))
            known[slot] = ir_get(&s->fresh, slot), single[slot] = 0;
}

static void copy_phi(Ssa *s, IrRef old) {
    const IrInsn *i = &s->u->insns.at[old];
    uint32_t first = s->fresh.phi_args.n;
    for (unsigned k = 0; k < i->c; k++) vec_push(&s->fresh.phi_args, (IrRef)0);
    IrInsn copy = *i;
    copy.imm = first;
    copy.b = 0; // the slot gets a PHI of its own if it needs one
    s->map[old] = ir_emit(&s->fresh, copy);
    s->old_phis[2 * s->n_old_phis] = old;
    s->old_phis[2 * s->n_old_phis++ + 1] = s->map[old];
}

static void set_slot(Ssa *s, IrInsn i, IrRef *known, IrRef *single) {
    unsigned slot = (unsigned)i.imm;
    IrType type = (IrType)s->u->slots[slot].type;
    if (ir_value_type(&s->fresh.insns.at[i.a]) != type) i.a = ir_ext(&s->fresh, IR_ZEXT, type, i.a, 32); // the low half
    if (known[slot] == i.a) return;
    i.op = IR_SET;
    ir_emit(&s->fresh, i);
    known[slot] = i.a;
    single[slot] = 0;
}

static void copy_insn(Ssa *s, IrRef old, IrRef *known, IrRef *single) {
    IrInsn i = s->u->insns.at[old];
    ir_map_inputs(&i, s->map);
    switch (i.op) {
    case IR_NOP:
    case IR_PHI: return; // PHIs were copied when the block began
    case IR_GET: s->map[old] = s->direct[i.imm] ? ir_emit(&s->fresh, i) : known[i.imm]; return;
    case IR_PUT:
    case IR_SET:
        if (s->direct[i.imm])
            ir_emit(&s->fresh, i);
        else
            set_slot(s, i, known, single);
        return;
    case IR_CALL: copy_call(s, old, i, known, single); return;
    case IR_UNBOX:
        s->map[old] = unboxed(s, i.a, known, single);
        if (!s->map[old]) s->map[old] = ir_emit(&s->fresh, i);
        return;
    default: s->map[old] = ir_emit(&s->fresh, i);
    }
}

static void copy_block(Ssa *s, uint16_t b) {
    const IrBlock old = s->u->blocks.at[b];
    IrRef *known = row(s, s->ends, b), *single = row(s, s->single_ends, b);
    uint16_t index = ir_block_begin(&s->fresh, old.pc);
    if (b && !is_merge(s, b)) {
        memcpy(known, row(s, s->ends, ir_single_pred(&s->cfg, b)), s->u->n_slots * sizeof *known);
        memcpy(single, row(s, s->single_ends, ir_single_pred(&s->cfg, b)), s->u->n_slots * sizeof *single);
    } else if (b) {
        begin_merge(s, b, known, single);
    }
    for (uint32_t i = old.first; i < old.end && (s->u->insns.at[i].op == IR_PHI || s->u->insns.at[i].op == IR_NOP); i++)
        if (s->u->insns.at[i].op == IR_PHI) copy_phi(s, (IrRef)i);
    if (!b) {
        get_all(s, known);
        unbox_all(s, known, single);
        memcpy(row(s, s->ends, s->u->blocks.n), known, s->u->n_slots * sizeof *known);
        memcpy(row(s, s->single_ends, s->u->blocks.n), single, s->u->n_slots * sizeof *single);
    }
    for (uint32_t i = old.first; i + 1 < old.end; i++) copy_insn(s, (IrRef)i, known, single);
    unbox_all(s, known, single);
    copy_insn(s, (IrRef)(old.end - 1), known, single);
    IrBlock *fresh = &s->fresh.blocks.at[index];
    uint32_t first = fresh->first;
    *fresh = old;
    fresh->first = first;
    fresh->end = 0;
    ir_block_end(&s->fresh);
}

static void fill_phi(Ssa *s, uint32_t b, IrRef phi, IrRef *ends, unsigned slot) {
    for (uint32_t k = 0; phi && k < n_preds(s, b); k++)
        s->fresh.phi_args.at[s->fresh.insns.at[phi].imm + k] =
            row(s, ends, s->cfg.preds[s->cfg.first_pred[b] + k])[slot];
}

static void fill_phis(Ssa *s) {
    for (uint32_t b = 0; b < s->u->blocks.n; b++)
        for (unsigned slot = 0; slot < s->u->n_slots; slot++) {
            fill_phi(s, b, row(s, s->phis, b)[slot], s->ends, slot);
            fill_phi(s, b, row(s, s->single_phis, b)[slot], s->single_ends, slot);
        }
    for (uint32_t n = 0; n < s->n_old_phis; n++) {
        const IrInsn *old = &s->u->insns.at[s->old_phis[2 * n]], *fresh = &s->fresh.insns.at[s->old_phis[2 * n + 1]];
        for (unsigned k = 0; k < old->c; k++)
            s->fresh.phi_args.at[fresh->imm + k] = s->map[s->u->phi_args.at[old->imm + k]];
    }
}

static void *rows_of(uint32_t n) { return alloc_zeroed(n + 1, sizeof(IrRef)); }

// What the args of a PHI stand for, as far as it is known: 0 nothing yet, the PHI itself when they differ.
static IrRef meet_args(const IrUnit *u, const IrRef *stands_for, IrRef phi) {
    const IrInsn *i = &u->insns.at[phi];
    IrRef one = 0;
    for (unsigned k = 0; k < i->c; k++) {
        IrRef arg = u->phi_args.at[i->imm + k];
        if (u->insns.at[arg].op == IR_PHI) arg = stands_for[arg];
        if (!arg || arg == one) continue;
        if (one || arg > phi || ir_value_type(&u->insns.at[arg]) != i->type) return phi;
        one = arg;
    }
    return one;
}

// PHIs that pass only one value among themselves are that value: all are taken to be alike until two args differ. A PHI
// that has turned out to be a value of its own stays one, so this ends.
static void remove_trivial(IrUnit *u) {
    IrRef *stands_for = rows_of(u->insns.n);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t n = 1; n < u->insns.n; n++) {
            if (u->insns.at[n].op != IR_PHI || stands_for[n] == n) continue;
            IrRef now = meet_args(u, stands_for, (IrRef)n);
            changed |= now != stands_for[n];
            stands_for[n] = now;
        }
    }
    for (uint32_t n = 1; n < u->insns.n; n++)
        if (u->insns.at[n].op == IR_PHI && stands_for[n] && stands_for[n] != n)
            opt_replace(&u->insns.at[n], stands_for[n]);
    free(stands_for);
    for (uint32_t n = 1; n < u->insns.n; n++) opt_resolve_inputs(u, &u->insns.at[n]);
    opt_resolve_phi_args(u);
}

bool opt_ssa(IrUnit *u) {
    if (has_opaque_call(u)) return false;
    Ssa s = {.u = u};
    ir_cfg_make(&s.cfg, u);
    bool entered_again = n_preds(&s, 0) != 0; // the entry cannot have PHIs: no edge passes the first values
    uint32_t cells = u->n_slots * (u->blocks.n + 1);
    if (!entered_again) {
        ir_unit_init(&s.fresh, u->slots, u->n_slots);
        s.map = rows_of(u->insns.n);
        s.ends = rows_of(cells);
        s.phis = rows_of(cells);
        s.single_ends = rows_of(cells);
        s.single_phis = rows_of(cells);
        s.old_phis = rows_of(2 * u->insns.n);
        find_slots(&s);
        for (uint32_t b = 0; b < u->blocks.n; b++) copy_block(&s, (uint16_t)b);
        fill_phis(&s);
        remove_trivial(&s.fresh);
        ir_unit_become(u, &s.fresh);
    }
    free(s.map);
    free(s.ends);
    free(s.phis);
    free(s.single_ends);
    free(s.single_phis);
    free(s.old_phis);
    ir_cfg_free(&s.cfg);
    return !entered_again;
}
