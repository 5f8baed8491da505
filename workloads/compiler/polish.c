// The last pass over the code: copies to itself, jumps to where control goes anyway, blocks that only jump.
#include "machine.h"

static void remove_moves(Machine *m) {
    for (uint32_t b = 0; b < m->n_blocks; b++)
        for (MachineInsn *i = m->blocks[b].first, *next; i; i = next) {
            next = i->next;
            if (!machine_is_move(i)) continue;
            m->n_moves++;
            if (i->rd == i->ra) machine_remove(i);
        }
}

// Where a jump to this block ends. A chain of as many jumps as there are blocks is a loop.
static MachineBlock *final_target(const Machine *m, MachineBlock *b) {
    for (uint32_t n = 0; n < m->n_blocks && b->first && b->first->op == M_jump; n++) b = b->first->to;
    return b;
}

static void retarget(Machine *m, bool *is_used) {
    is_used[0] = true;
    for (uint32_t b = 0; b < m->n_blocks; b++)
        for (MachineInsn *i = m->blocks[b].first; i; i = i->next)
            if (i->to) i->to = final_target(m, i->to);
    for (uint32_t again = 1; again;) { // from the entry on
        again = 0;
        for (uint32_t b = 0; b < m->n_blocks; b++)
            for (MachineInsn *i = is_used[b] ? m->blocks[b].first : NULL; i; i = i->next)
                if (i->to && !is_used[i->to->order]) is_used[i->to->order] = true, again = 1;
    }
}

static void invert(MachineInsn *i) {
    static const uint16_t inverse[] = {[M_beq - M_beq] = M_bne, [M_bne - M_beq] = M_beq,   [M_blt - M_beq] = M_ble,
                                       [M_ble - M_beq] = M_blt, [M_bltu - M_beq] = M_bleu, [M_bleu - M_beq] = M_bltu};
    bool swaps = i->op >= M_blt; // not a < b is b <= a
    uint32_t rd = i->rd;
    i->op = inverse[i->op - M_beq];
    if (swaps) i->rd = i->ra, i->ra = rd;
}

static bool is_branch(const MachineInsn *i) { return i && i->op >= M_beq && i->op <= M_bleu; }

// A branch to the next block and a jump behind it: the inverse branch alone.
static void fall_through(MachineBlock *b, const MachineBlock *next) {
    MachineInsn *jump = b->last;
    if (!jump || jump->op != M_jump) return;
    if (is_branch(jump->prev) && jump->prev->to == next) {
        invert(jump->prev);
        jump->prev->to = jump->to;
        machine_remove(jump);
    } else if (jump->to == next) {
        machine_remove(jump);
        if (is_branch(b->last) && b->last->to == next) machine_remove(b->last);
    }
}

static void drop(MachineBlock *b) { b->first = b->last = NULL; }

void machine_polish(Machine *m) {
    bool *is_used = NEW_N(m->arena, bool, m->n_blocks);
    remove_moves(m);
    retarget(m, is_used);
    for (uint32_t b = 0; b < m->n_blocks; b++)
        if (!is_used[b]) drop(&m->blocks[b]);
    for (uint32_t b = 0, next; b < m->n_blocks; b = next) {
        next = b + 1;
        while (next < m->n_blocks && !is_used[next]) next++;
        if (is_used[b] && next < m->n_blocks) fall_through(&m->blocks[b], &m->blocks[next]);
    }
}
