// In which order blocks are emitted, and which edge's code stands right before a block. Without `rotate`: as the allocator has
// them. With it a loop ends with its conditional jump. Two examples; `=>`: what the code falls through to:
//     b1: ...; br -> b2, b3      test; jz b3                 [jmp b1]        once, on the way in
//     b2: ...; jump -> b1        b2: ...; jmp b1         b2: ... => b1
//     b3:                        b3:                     b1: test; jnz b2 => b3
//
//     b1: ...; br -> b1, b3      test; jz b3                 [jmp b1]
//         moves on b1 -> b1      moves; jmp b1           e:  moves => b1
//     b3:                        b3:                     b1: test; jnz e => b3
//
// WHY not if few rounds are seen: the jump on the way in is one more.
#include "host/emit.h"
#include <string.h>

static const IrBlock *block_of(const Emit *m, unsigned b) { return &m->u->blocks.at[b]; }
static bool is_inside(IrTarget t) { return !(t & IR_TO_EXIT); } // IR_NO_TARGET has the bit, too
static uint16_t position(const Emit *m, unsigned b) { return m->places.at[b].position; }

const RaOp *emit_terminator_of(const Emit *m, unsigned b) {
    const RaOp *op = &m->ra->ops.at[m->places.at[b].first_op];
    while (op->kind != RA_DO || op->ref != block_of(m, b)->end - 1) op++;
    return op;
}

static bool leads_to(const Emit *m, unsigned b, unsigned to) {
    return block_of(m, b)->succ[0] == to || block_of(m, b)->succ[1] == to;
}

// How often the block was entered while it was watched. 0: it was not, or only from above, as the rest of a longer block.
static uint32_t seen(const Emit *m, unsigned b) { return block_of(m, b)->seen ? block_of(m, b)->seen - 1u : 0; }

// A block that only pays for the budget counts where it comes from.
static uint16_t real_latch(const Emit *m, uint16_t latch) {
    uint16_t from = latch;
    for (uint32_t i = 0; i < m->order.n && !block_of(m, latch)->n_guest; i++)
        if (leads_to(m, m->order.at[i], latch)) from = m->order.at[i];
    return from;
}

// The place from which `head` is most often led back to; its own if none does that. `*pays`: that happens no more seldom than
// the place before it is left for it, as far as that is known: the loop is then worth a jump there.
static uint16_t find_latch(const Emit *m, uint16_t head, bool *pays) {
    uint16_t first = position(m, head), latch = first, before = first ? m->order.at[first - 1] : EMIT_NO_BLOCK;
    uint32_t all = seen(m, head), back = 0, sum = 0, entered = 0;
    bool found = false, known = true;
    for (uint32_t i = first; i < m->order.n; i++) {
        if (!leads_to(m, m->order.at[i], head)) continue;
        uint32_t n = seen(m, real_latch(m, m->order.at[i]));
        if (!found || n >= back) latch = (uint16_t)i, back = n;
        found = true, known &= n > 0, sum += n;
    }
    if (before != EMIT_NO_BLOCK && leads_to(m, before, head)) {
        entered = seen(m, before);
        if (!block_of(m, before)->n_guest && known && all > sum) entered = all - sum; // the unit begins there
    }
    if (back < all && (!known || back + entered > all)) back = all > entered ? all - entered : 0;
    *pays = found && back >= entered;
    return latch;
}

// Does no other loop hold the places `at` and `at + 1`? Those further in have been looked at before.
static bool may_be_cut(const Emit *m, uint16_t at, uint16_t first, uint16_t last) {
    for (uint32_t i = at + 1u; i <= last; i++)
        for (unsigned k = 0; k < 2; k++) {
            IrTarget t = block_of(m, m->order.at[i])->succ[k];
            if (is_inside(t) && position(m, t) > first && position(m, t) <= at) return false;
        }
    return true;
}

// Does the block there leave the loop, or go on to the next one without any code on the way?
static bool tests(const Emit *m, uint16_t at, uint16_t first, uint16_t last) {
    uint16_t b = m->order.at[at];
    const IrBlock *block = block_of(m, b);
    if (m->u->insns.at[block->end - 1].op != IR_BR) return false;
    for (unsigned k = 0; k < 2; k++) {
        IrTarget out = block->succ[k ^ 1];
        if (block->succ[k] != m->order.at[at + 1] || emit_terminator_of(m, b)->edge[k]) continue;
        return !is_inside(out) || position(m, out) < first || position(m, out) > last;
    }
    return false;
}

// The blocks behind `at` come before those from `first` to `at`.
static void rotate(Emit *m, uint16_t first, uint16_t at, uint16_t last) {
    uint16_t *order = m->order.at;
    for (uint32_t n = last - at; n; n--) {
        uint16_t b = order[last];
        memmove(&order[first + 1], &order[first], (last - first) * sizeof *order);
        order[first] = b;
    }
    for (uint32_t i = first; i <= last; i++) m->places.at[order[i]].position = (uint16_t)i;
}

static void lay_out_loop(Emit *m, uint16_t head) {
    bool pays;
    uint16_t first = position(m, head), last = find_latch(m, head, &pays), latch = m->order.at[last];
    const IrBlock *b = block_of(m, latch);
    if (!pays) return;
    if (m->u->insns.at[b->end - 1].op == IR_BR) {
        unsigned k = b->succ[1] == head;
        if (b->succ[0] != b->succ[1] && emit_terminator_of(m, latch)->edge[k])
            m->places.at[head].before = latch, m->places.at[head].before_side = (uint8_t)k;
        return;
    }
    for (uint32_t at = last; at-- > first;)
        if (tests(m, (uint16_t)at, first, last) && may_be_cut(m, (uint16_t)at, first, last)) {
            rotate(m, first, (uint16_t)at, last);
            return;
        }
}

void emit_order(Emit *m) {
    m->order.n = 0;
    for (uint32_t i = 0; i < m->ra->ops.n && m->order.n < m->edges.n_blocks; i++) {
        const RaOp *op = &m->ra->ops.at[i];
        if (op->kind != RA_BLOCK) continue;
        m->places.at[op->ref] = (EmitPlace){.first_op = i, .position = (uint16_t)m->order.n, .before = EMIT_NO_BLOCK};
        vec_push(&m->order, op->ref);
    }
    if (!m->cfg->rotate || m->order.n < 2) return;
    for (uint32_t i = m->ra->ops.n; i-- > 0;) // loops in loops come first
        if (m->ra->ops.at[i].kind == RA_BLOCK && m->ra->ops.at[i].ref) lay_out_loop(m, m->ra->ops.at[i].ref);
}

bool emit_stands_before(const Emit *m, unsigned b, unsigned k) {
    IrTarget t = block_of(m, b)->succ[k];
    return is_inside(t) && m->places.at[t].before == b && m->places.at[t].before_side == k;
}

bool emit_goes_back(const Emit *m, IrTarget t) { return is_inside(t) && position(m, t) <= position(m, m->block); }
