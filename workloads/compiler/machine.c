// What the target's instructions read and write. See machine.h and insn.inc.
#include "machine.h"

const char *const machine_names[M_COUNT] = {
#define INSN(name, form) #name,
#include "insn.inc"
#undef INSN
};

const uint8_t machine_forms[M_COUNT] = {
#define INSN(name, form) FORM_##form,
#include "insn.inc"
#undef INSN
};

MachineInsn *machine_new(Machine *m, unsigned op) {
    MachineInsn *i = NEW(m->arena, MachineInsn);
    i->op = (uint16_t)op;
    return i;
}

void machine_append(MachineBlock *b, MachineInsn *i) {
    i->block = b, i->prev = b->last, i->next = NULL;
    if (b->last)
        b->last->next = i;
    else
        b->first = i;
    b->last = i;
}

void machine_insert_before(MachineInsn *place, MachineInsn *i) {
    i->block = place->block, i->prev = place->prev, i->next = place;
    if (place->prev)
        place->prev->next = i;
    else
        place->block->first = i;
    place->prev = i;
}

void machine_insert_behind(MachineInsn *place, MachineInsn *i) {
    if (place->next)
        machine_insert_before(place->next, i);
    else
        machine_append(place->block, i);
}

void machine_remove(MachineInsn *i) {
    if (i->prev)
        i->prev->next = i->next;
    else
        i->block->first = i->next;
    if (i->next)
        i->next->prev = i->prev;
    else
        i->block->last = i->prev;
}

static bool is_store(unsigned op) { return op == M_sb || op == M_sh || op == M_sw; }

unsigned machine_reads(const MachineInsn *i, uint32_t out[2]) {
    if (i->op >= M_COUNT) return 0;
    switch ((Form)machine_forms[i->op]) {
    case FORM_R: out[0] = i->ra, out[1] = i->rb; return 2;
    case FORM_I: out[0] = i->ra; return 1;
    case FORM_M: out[0] = i->ra, out[1] = i->rd; return is_store(i->op) ? 2 : 1;
    case FORM_B: out[0] = i->rd, out[1] = i->ra; return 2;
    case FORM_T: out[0] = i->rd; return 1;
    default: return 0;
    }
}

bool machine_writes(const MachineInsn *i, uint32_t *out) {
    if (i->op >= M_COUNT) return false;
    Form form = (Form)machine_forms[i->op];
    *out = i->rd;
    return form == FORM_R || form == FORM_I || form == FORM_U || (form == FORM_M && !is_store(i->op));
}

static uint32_t bits_from(unsigned first, unsigned n) { return n ? (~0u >> (32 - n)) << first : 0; }

uint32_t machine_read_bits(const MachineInsn *i) {
    if (i->op == M_return) return i->n_call_args ? 1u << REG_ARG : 0; // its result
    return machine_is_call(i) ? bits_from(REG_ARG, i->n_call_args) : 0;
}

uint32_t machine_clobbers(const MachineInsn *i) {
    return machine_is_call(i) ? bits_from(REG_ARG, REG_KEPT - REG_ARG) | 1u << REG_RETURN : 0;
}
