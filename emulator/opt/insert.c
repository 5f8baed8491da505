// A unit with more instructions in it: it is built anew, NOPs left out.
#include "opt/insert.h"
#include "base/alloc.h"
#include <stdlib.h>

typedef struct Insert {
    IrUnit *u, fresh;
    IrRef *map; // old ref -> fresh ref
    const OptInsert *next, *end;
} Insert;

static void copy(Insert *s, uint32_t old) {
    IrRef input = 0;
    for (; s->next < s->end && s->next->at == old; s->next++) {
        IrInsn more = s->next->insn;
        ir_map_inputs(&more, s->map);
        IrRef made = ir_emit(&s->fresh, more);
        if (s->next->feeds) input = made;
    }
    IrInsn i = s->u->insns.at[old];
    if (i.op == IR_NOP) return;
    ir_map_inputs(&i, s->map);
    if (input) i.a = input;
    s->map[old] = ir_emit(&s->fresh, i);
}

void opt_insert(IrUnit *u, const OptInsert *list, uint32_t n) {
    Insert s = {.u = u, .map = alloc_zeroed(u->insns.n, sizeof *s.map), .next = list, .end = list + n};
    ir_unit_init(&s.fresh, u->slots, u->n_slots);
    for (uint32_t b = 0; b < u->blocks.n; b++) {
        IrBlock block = u->blocks.at[b];
        uint32_t first = s.fresh.insns.n;
        for (uint32_t i = block.first; i < block.end; i++) copy(&s, i);
        block.first = first, block.end = s.fresh.insns.n;
        vec_push(&s.fresh.blocks, block);
    }
    for (uint32_t i = 0; i < u->phi_args.n; i++) vec_push(&s.fresh.phi_args, s.map[u->phi_args.at[i]]);
    ir_unit_become(u, &s.fresh);
    free(s.map);
}

bool opt_stands_in_order(const IrUnit *u) {
    for (uint32_t n = 1; n < u->insns.n; n++) {
        IrRef inputs[3];
        unsigned count = ir_inputs(&u->insns.at[n], inputs);
        for (unsigned k = 0; k < count; k++)
            if (inputs[k] >= n) return false;
    }
    return true;
}
