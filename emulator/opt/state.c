// The switch `regcache`: guest registers live in IR values, not in the CPU state.
//
// Forward: a GET of a slot whose value is known becomes that value, PUT becomes SET, and a SET of the value that the
// slot has already goes away. Backward: a SET goes away when the slot is SET again before the run loop can look. A fault
// shows the state before its guest instruction. Overwriting is still decided per instruction here, because a guest
// instruction that may fault does so before its first PUT (ir_verify() insists).
// A PUT that says so (field c) stays where it is, and what is read behind it comes from the slot.
// Units of several blocks go through ssa.c. Those that it leaves alone (they call helpers that change slots, or jump
// back to their entry): at the start of a block with one predecessor the slots are what they were at its end; elsewhere
// nothing is known.
//
// Example:
//     put x1, v3                      nothing: x1 is set anew before anything looks
//     v4 = get.i64 x1                 v4 is v3
//     v5 = add.i64 v4, v2             v5 = add.i64 v3, v2
//     put x1, v5                      set x1, v5
#include "base/alloc.h"
#include "ir/cfg.h"
#include "opt/opt.h"
#include "opt/rewrite.h"
#include <stdlib.h>
#include <string.h>

static void forward_get(IrUnit *u, IrRef ref, IrRef *known) {
    IrInsn *i = &u->insns.at[ref];
    IrRef *value = &known[i->imm];
    if (!*value)
        *value = ref;
    else if (ir_value_type(&u->insns.at[*value]) == i->type)
        opt_replace(i, *value);
    else { // an I64 that was put into an I32 slot: its low half
        *i = (IrInsn){.op = IR_ZEXT, .type = i->type, .a = *value, .imm = 32};
        *value = ref;
    }
}

static void forward_block(IrUnit *u, const IrBlock *b, IrRef *known) {
    for (uint32_t n = b->first; n < b->end; n++) {
        IrInsn *i = &u->insns.at[n];
        opt_resolve_inputs(u, i);
        switch (i->op) {
        case IR_GET: forward_get(u, (IrRef)n, known); break;
        case IR_PUT:
        case IR_SET:
            if (opt_stored_at_once(i)) {
                known[i->imm] = 0;
            } else if (known[i->imm] == i->a) {
                opt_delete(i);
            } else {
                i->op = IR_SET;
                known[i->imm] = i->a;
            }
            break;
        case IR_CALL:
            for (unsigned slot = 0; opt_touches_slots(i) && slot < u->n_slots; slot++)
                if (opt_call_touches(i, slot)) known[slot] = 0;
            break;
        default: break;
        }
    }
}

static void drop_overwritten(IrUnit *u, const IrBlock *b) {
    uint64_t overwritten[OPT_SLOTS_MAX / 64] = {0}; // slots that are SET again below, before the run loop looks
    for (uint32_t n = b->end; n-- > b->first;) {
        IrInsn *i = &u->insns.at[n];
        if (opt_may_leave(i)) {
            memset(overwritten, 0, sizeof overwritten);
        } else if (i->op == IR_SET || i->op == IR_GET) {
            uint64_t bit = 1ull << (i->imm & 63), *word = &overwritten[i->imm >> 6];
            if (i->op == IR_GET)
                *word &= ~bit;
            else if (*word & bit)
                opt_delete(i);
            else
                *word |= bit;
        }
    }
}

static void state_at_start(const IrUnit *u, const IrCfg *cfg, IrRef *rows, uint16_t b) {
    size_t size = u->n_slots * sizeof *rows;
    uint16_t pred = ir_single_pred(cfg, b);
    if (pred < b)
        memcpy(rows + (size_t)b * u->n_slots, rows + (size_t)pred * u->n_slots, size);
    else
        memset(rows + (size_t)b * u->n_slots, 0, size);
}

void opt_state(IrUnit *u) {
    BUG_IF(u->n_slots > OPT_SLOTS_MAX, "a guest with %u slots", u->n_slots);
    if (u->blocks.n == 1) {
        IrRef known[OPT_SLOTS_MAX];
        memset(known, 0, u->n_slots * sizeof *known);
        forward_block(u, &u->blocks.at[0], known);
        drop_overwritten(u, &u->blocks.at[0]);
        return;
    }
    if (opt_ssa(u)) {
        for (uint32_t b = 0; b < u->blocks.n; b++) drop_overwritten(u, &u->blocks.at[b]);
        return;
    }
    IrCfg cfg;
    ir_cfg_make(&cfg, u);
    IrRef *rows =
        alloc_bytes(((size_t)u->n_slots * u->blocks.n + 1) * sizeof *rows); // the values known at the end of each block
    for (uint32_t b = 0; b < u->blocks.n; b++) {
        state_at_start(u, &cfg, rows, (uint16_t)b);
        forward_block(u, &u->blocks.at[b], rows + (size_t)b * u->n_slots);
        drop_overwritten(u, &u->blocks.at[b]);
    }
    free(rows);
    ir_cfg_free(&cfg);
    opt_resolve_phi_args(u);
}
