// Which registers hold something that is still needed, at the beginning and the end of each block.
#include "machine.h"

typedef struct {
    Set reads, writes; // reads: before the block writes it
} Use;

static void look_at(const MachineInsn *i, Use *use) {
    uint32_t reg[2], bits = machine_read_bits(i), clobbers = machine_clobbers(i);
    unsigned n = machine_reads(i, reg);
    for (unsigned k = 0; k < n; k++)
        if (!set_has(&use->writes, reg[k])) set_add(&use->reads, reg[k]);
    use->reads.word[0] |= bits & ~use->writes.word[0];
    if (machine_writes(i, reg)) set_add(&use->writes, reg[0]);
    use->writes.word[0] |= clobbers;
}

static bool update(MachineBlock *b, const Use *use) {
    bool changed = false;
    for (unsigned k = 0; k < 2; k++)
        if (b->succ[k]) changed |= set_join(&b->live_out, &b->succ[k]->live_in);
    for (uint32_t w = 0; w < b->live_in.n_words; w++) {
        uint32_t in = use->reads.word[w] | (b->live_out.word[w] & ~use->writes.word[w]);
        changed |= in != b->live_in.word[w];
        b->live_in.word[w] = in;
    }
    return changed;
}

void live_find(Machine *m) {
    Use *use = NEW_N(m->arena, Use, m->n_blocks);
    for (uint32_t b = 0; b < m->n_blocks; b++) {
        use[b] = (Use){set_new(m->arena, m->n_regs), set_new(m->arena, m->n_regs)};
        m->blocks[b].live_in = set_new(m->arena, m->n_regs);
        m->blocks[b].live_out = set_new(m->arena, m->n_regs);
        for (const MachineInsn *i = m->blocks[b].first; i; i = i->next) look_at(i, &use[b]);
    }
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t b = m->n_blocks; b-- > 0;) changed |= update(&m->blocks[b], &use[b]);
    }
}
