// The code of a function as assembly, with its prologue and epilogue.
//
// The frame, from the stack pointer on: locals and spills, the registers that are kept, the return address.
#include "machine.h"

typedef struct {
    Text *out;
    Machine *m;
    uint32_t kept; // registers to be saved, as bits
    uint32_t size; // of the whole frame
} Print;

static void reg(Text *out, uint32_t r) { text_char(out, 'r'), text_number(out, (int32_t)r); }

static void start(Text *out, const char *name) { text_char(out, '\t'), text_add(out, name), text_char(out, ' '); }

static void block_label(const Print *p, const MachineBlock *b) {
    text_add(p->out, p->m->f->symbol->label);
    text_char(p->out, '$'), text_number(p->out, (int32_t)b->order);
}

static void adjust(const Print *p, unsigned rd, unsigned ra, int32_t n) {
    start(p->out, "addi");
    reg(p->out, rd), text_add(p->out, ", "), reg(p->out, ra), text_add(p->out, ", ");
    text_number(p->out, n), text_char(p->out, '\n');
}

static void saved(const Print *p, const char *name) {
    uint32_t at = p->m->frame;
    for (uint32_t r = 0; r < REGS; r++) {
        if (!(p->kept >> r & 1)) continue;
        start(p->out, name);
        reg(p->out, r), text_add(p->out, ", "), text_number(p->out, (int32_t)at), text_add(p->out, "(r1)\n");
        at += 4;
    }
}

static void prologue(const Print *p) {
    if (p->size) adjust(p, REG_SP, REG_SP, -(int32_t)p->size);
    saved(p, "sw");
}

static void epilogue(const Print *p) {
    saved(p, "lw");
    if (p->size) adjust(p, REG_SP, REG_SP, (int32_t)p->size);
    text_add(p->out, "\tjumpr r2\n");
}

static void immediate(Text *out, const MachineInsn *i) {
    if (i->part == PART_NONE) {
        text_number(out, i->imm);
        return;
    }
    text_add(out, i->part == PART_HIGH ? "high(" : "low(");
    text_add(out, i->symbol->label);
    if (i->imm >= 0) text_char(out, '+');
    if (i->imm) text_number(out, i->imm);
    if (!i->imm) text_char(out, '0');
    text_char(out, ')');
}

static void operands(const Print *p, const MachineInsn *i) {
    Text *out = p->out;
    switch ((Form)machine_forms[i->op]) {
    case FORM_R: reg(out, i->rd), text_add(out, ", "), reg(out, i->ra), text_add(out, ", "), reg(out, i->rb); break;
    case FORM_I: reg(out, i->rd), text_add(out, ", "), reg(out, i->ra), text_add(out, ", "), immediate(out, i); break;
    case FORM_M:
        reg(out, i->rd), text_add(out, ", "), immediate(out, i);
        text_char(out, '('), reg(out, i->ra), text_char(out, ')');
        break;
    case FORM_B:
        reg(out, i->rd), text_add(out, ", "), reg(out, i->ra), text_add(out, ", "), block_label(p, i->to);
        break;
    case FORM_J:
        if (i->to)
            block_label(p, i->to);
        else
            text_add(out, i->symbol->label);
        break;
    case FORM_U: reg(out, i->rd), text_add(out, ", "), immediate(out, i); break;
    case FORM_T: reg(out, i->rd); break;
    case FORM_S: text_number(out, i->imm); break;
    }
}

static void insn(const Print *p, const MachineInsn *i) {
    if (i->op == M_return) {
        epilogue(p);
        return;
    }
    start(p->out, machine_names[i->op]);
    operands(p, i);
    text_char(p->out, '\n');
}

void machine_print(Text *out, Machine *m) {
    Print p = {.out = out, .m = m};
    p.kept = m->used & ~0u << REG_KEPT;
    if (m->calls) p.kept |= 1u << REG_RETURN;
    p.size = m->frame;
    for (uint32_t r = 0; r < REGS; r++) p.size += 4 * (p.kept >> r & 1);
    text_add(out, m->f->symbol->label), text_add(out, ":\n");
    prologue(&p);
    for (uint32_t b = 0; b < m->n_blocks; b++) {
        if (!m->blocks[b].first && b) continue;
        block_label(&p, &m->blocks[b]), text_add(out, ":\n");
        for (const MachineInsn *i = m->blocks[b].first; i; i = i->next) insn(&p, i);
    }
}
