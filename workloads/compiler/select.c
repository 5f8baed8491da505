// The intermediate form to the target's instructions, with as many registers as there are values.
//
//     v4 = lt v1, #10 / branch v4 -> b1, b2        ->        slti t, r33, 10 ... or with two registers: blt r33, r34, b1 / jump b2
//     v7 = phi v3, v6                              ->        copies at the end of the predecessors
//
// Small constants are part of instructions, or made where they are needed; the address of a local is the stack pointer and a number.
#include "machine.h"

typedef struct {
    Machine *m;
    MachineBlock *at;
    uint32_t *reg;  // by id: register of the value; 0: none yet
    uint32_t *uses; // by id
    int32_t *place; // by id of a LOCAL: its offset in the frame
} Select;

static uint32_t new_reg(Select *s) { return s->m->n_regs++; }

static MachineInsn *emit(Select *s, unsigned op, uint32_t rd, uint32_t ra, uint32_t rb, int32_t imm) {
    MachineInsn *i = machine_new(s->m, op);
    i->rd = rd, i->ra = ra, i->rb = rb, i->imm = imm;
    machine_append(s->at, i);
    return i;
}

static void move(Select *s, uint32_t to, uint32_t from) {
    if (to != from) emit(s, M_addi, to, from, 0, 0);
}

static bool fits(int32_t n) { return n >= IMM_MIN && n <= IMM_MAX; }

static void load_number(Select *s, uint32_t to, int32_t n) {
    if (fits(n)) {
        emit(s, M_addi, to, REG_ZERO, 0, n);
        return;
    }
    uint32_t high = new_reg(s);
    emit(s, M_lui, n & 0x1fff ? high : to, 0, 0, (int32_t)((uint32_t)n >> 13));
    if (n & 0x1fff) emit(s, M_addi, to, high, 0, n & 0x1fff);
}

static void load_address(Select *s, uint32_t to, const Insn *i) {
    uint32_t high = new_reg(s);
    MachineInsn *upper = emit(s, M_lui, high, 0, 0, i->imm), *lower = emit(s, M_addi, to, high, 0, i->imm);
    upper->symbol = lower->symbol = i->symbol;
    upper->part = PART_HIGH, lower->part = PART_LOW;
}

// The register of a value; what is made where it is needed gets a new one.
static uint32_t reg_of(Select *s, const Insn *i) {
    if (i->op == OP_CONST && fits(i->imm)) {
        if (!i->imm) return REG_ZERO;
        uint32_t r = new_reg(s);
        load_number(s, r, i->imm);
        return r;
    }
    if (i->op == OP_LOCAL) {
        uint32_t r = new_reg(s);
        emit(s, M_addi, r, REG_SP, 0, s->place[i->id]);
        return r;
    }
    if (!s->reg[i->id]) s->reg[i->id] = new_reg(s);
    return s->reg[i->id];
}

static bool is_small(const Insn *i) { return i->op == OP_CONST && fits(i->imm); }

// ---- operators
static unsigned machine_op(Op op) {
    switch (op) {
    case OP_ADD: return M_add;
    case OP_SUB: return M_sub;
    case OP_MUL: return M_mul;
    case OP_DIV: return M_div;
    case OP_REM: return M_rem;
    case OP_DIVU: return M_divu;
    case OP_REMU: return M_remu;
    case OP_AND: return M_and;
    case OP_OR: return M_or;
    case OP_XOR: return M_xor;
    case OP_SHL: return M_shl;
    case OP_SHR: return M_shr;
    case OP_SAR: return M_sar;
    case OP_EQ: return M_seq;
    case OP_NE: return M_sne;
    case OP_LT: return M_slt;
    case OP_LE: return M_sle;
    case OP_LTU: return M_sltu;
    default: return M_sleu;
    }
}

static unsigned machine_op_imm(Op op) {
    switch (op) {
    case OP_ADD: return M_addi;
    case OP_MUL: return M_muli;
    case OP_AND: return M_andi;
    case OP_OR: return M_ori;
    case OP_XOR: return M_xori;
    case OP_SHL: return M_shli;
    case OP_SHR: return M_shri;
    case OP_SAR: return M_sari;
    case OP_EQ: return M_seqi;
    case OP_NE: return M_snei;
    case OP_LT: return M_slti;
    case OP_LTU: return M_sltui;
    default: return M_nothing;
    }
}

static void binary(Select *s, const Insn *i) {
    const Insn *a = i->args[0], *b = i->args[1];
    unsigned with_imm = machine_op_imm(i->op);
    if (is_small(b) && with_imm != M_nothing) {
        uint32_t ra = reg_of(s, a);
        emit(s, with_imm, reg_of(s, i), ra, 0, b->imm);
        return;
    }
    uint32_t ra = reg_of(s, a), rb = reg_of(s, b);
    emit(s, machine_op(i->op), reg_of(s, i), ra, rb, 0);
}

static void extend(Select *s, const Insn *i) {
    static const uint16_t ops[] = {M_sext8, M_sext16, M_zext8, M_zext16};
    uint32_t ra = reg_of(s, i->args[0]);
    emit(s, ops[i->op - OP_SEXT8], reg_of(s, i), ra, 0, 0);
}

// ---- memory
static unsigned access_op(const Insn *i) {
    bool load = i->op == OP_LOAD;
    switch (i->width) {
    case 1: return !load ? M_sb : i->is_signed ? M_lb : M_lbu;
    case 2: return !load ? M_sh : i->is_signed ? M_lh : M_lhu;
    default: return load ? M_lw : M_sw;
    }
}

static void access(Select *s, const Insn *i) {
    const Insn *address = i->args[0];
    uint32_t value = i->op == OP_LOAD ? 0 : reg_of(s, i->args[1]), base;
    int32_t offset = i->imm;
    if (address->op == OP_LOCAL && fits(offset + s->place[address->id])) {
        base = REG_SP, offset += s->place[address->id];
    } else {
        base = reg_of(s, address);
    }
    if (!fits(offset)) {
        uint32_t n = new_reg(s), sum = new_reg(s);
        load_number(s, n, offset);
        emit(s, M_add, sum, base, n, 0);
        base = sum, offset = 0;
    }
    emit(s, access_op(i), i->op == OP_LOAD ? reg_of(s, i) : value, base, 0, offset);
}

// ---- calls
static void call(Select *s, const Insn *i) {
    bool direct = i->op == OP_CALL;
    uint32_t n = i->n_args - !direct, regs[ARGS_MAX] = {0}, through = direct ? 0 : reg_of(s, i->args[0]);
    if (n > ARGS_MAX) __builtin_trap(); // the driver has looked
    for (uint32_t k = 0; k < n; k++) regs[k] = reg_of(s, i->args[k + !direct]);
    for (uint32_t k = 0; k < n; k++) move(s, REG_ARG + k, regs[k]);
    MachineInsn *c = emit(s, direct ? M_call : M_callr, through, 0, 0, 0);
    c->symbol = i->symbol, c->n_call_args = (uint8_t)n;
    s->m->calls = true;
    if (s->uses[i->id]) move(s, reg_of(s, i), REG_ARG);
}

static void leave(Select *s, const Insn *i) {
    if (i->n_args) move(s, REG_ARG, reg_of(s, i->args[0]));
    emit(s, M_return, 0, 0, 0, 0)->n_call_args = i->n_args != 0;
}

// ---- branches
static unsigned branch_op(Op op, bool *swapped) {
    *swapped = false;
    switch (op) {
    case OP_EQ: return M_beq;
    case OP_NE: return M_bne;
    case OP_LT: return M_blt;
    case OP_LE: return M_ble;
    case OP_LTU: return M_bltu;
    default: return M_bleu;
    }
}

// A comparison that nothing else uses is part of the branch.
static bool is_fused(const Select *s, const Insn *i) {
    const Insn *next = i->next;
    while (next && next->op == OP_CONST) next = next->next;
    return op_is(i->op, COMPARES) && s->uses[i->id] == 1 && next && next->op == OP_BRANCH && next->args[0] == i;
}

static void branch(Select *s, const Insn *i) {
    const Insn *c = i->args[0];
    MachineBlock *yes = i->block->succ[0]->machine, *no = i->block->succ[1]->machine;
    bool swapped;
    if (c->block == i->block && is_fused(s, c)) {
        uint32_t a = reg_of(s, c->args[0]), b = reg_of(s, c->args[1]);
        emit(s, branch_op(c->op, &swapped), a, b, 0, 0)->to = yes;
    } else {
        emit(s, M_bne, reg_of(s, c), REG_ZERO, 0, 0)->to = yes;
    }
    emit(s, M_jump, 0, 0, 0, 0)->to = no;
    s->at->succ[0] = yes, s->at->succ[1] = no;
}

// ---- PHIs: their copies happen at once
typedef struct {
    uint32_t to, from;
    const Insn *constant; // instead of `from`
    bool done;
} Pending;

static bool is_needed(const Pending *p, uint32_t n, uint32_t reg) {
    for (uint32_t k = 0; k < n; k++)
        if (!p[k].done && !p[k].constant && p[k].from == reg && p[k].to != reg) return true;
    return false;
}

static void copy_one(Select *s, Pending *p) {
    if (p->constant)
        load_number(s, p->to, p->constant->imm);
    else
        move(s, p->to, p->from);
    p->done = true;
}

// First what overwrites nothing that is still needed; a cycle is opened by a copy into a new register.
static void copy_all(Select *s, Pending *p, uint32_t n) {
    for (uint32_t left = n; left;) {
        uint32_t before = left;
        for (uint32_t k = 0; k < n; k++) {
            if (p[k].done || is_needed(p, n, p[k].to)) continue;
            copy_one(s, &p[k]);
            left--;
        }
        if (left < before) continue;
        uint32_t k = 0, fresh = new_reg(s);
        while (p[k].done) k++;
        move(s, fresh, p[k].to);
        for (uint32_t j = 0; j < n; j++)
            if (!p[j].done && p[j].from == p[k].to && !p[j].constant) p[j].from = fresh;
    }
}

static void copies_to(Select *s, const Block *from, const Block *to) {
    uint32_t n = 0, pred = ir_pred_number(to, from);
    for (const Insn *i = to->first; i && i->op == OP_PHI; i = i->next) n++;
    if (!n) return;
    Pending *p = NEW_N(s->m->arena, Pending, n);
    n = 0;
    for (const Insn *i = to->first; i && i->op == OP_PHI; i = i->next) {
        const Insn *value = i->args[pred];
        p[n].to = reg_of(s, i);
        if (value->op == OP_CONST && fits(value->imm))
            p[n].constant = value;
        else
            p[n].from = reg_of(s, value);
        n++;
    }
    copy_all(s, p, n);
}

// ---- everything
static void insn(Select *s, const Insn *i) {
    switch (i->op) {
    case OP_CONST:
        if (!fits(i->imm) && s->uses[i->id]) load_number(s, reg_of(s, i), i->imm);
        break;
    case OP_GLOBAL: load_address(s, reg_of(s, i), i); break;
    case OP_ARG:
    case OP_LOCAL:
    case OP_PHI: break;
    case OP_LOAD:
    case OP_STORE: access(s, i); break;
    case OP_CALL:
    case OP_CALL_TO: call(s, i); break;
    case OP_RETURN: leave(s, i); break;
    case OP_BRANCH: branch(s, i); break;
    case OP_JUMP:
        copies_to(s, i->block, i->block->succ[0]);
        emit(s, M_jump, 0, 0, 0, 0)->to = s->at->succ[0] = i->block->succ[0]->machine;
        break;
    default:
        if (i->op >= OP_SEXT8)
            extend(s, i);
        else if (!is_fused(s, i))
            binary(s, i);
    }
}

static void arguments(Select *s, const Function *f) {
    for (const Insn *i = f->blocks.at[0]->first; i; i = i->next)
        if (i->op == OP_ARG && s->uses[i->id]) move(s, reg_of(s, i), REG_ARG + (uint32_t)i->imm);
}

static void place_locals(Select *s, const Function *f) {
    for (const Insn *i = f->blocks.at[0]->first; i; i = i->next) {
        if (i->op != OP_LOCAL) continue;
        s->place[i->id] = (int32_t)s->m->frame;
        s->m->frame += ((uint32_t)i->imm + 3) & ~3u;
    }
}

void select_code(Machine *m, Function *f, Arena *arena) {
    Select s = {.m = m};
    cfg_split_critical(f);
    cfg_dominators(f);
    cfg_loops(f);
    *m = (Machine){.arena = arena, .f = f, .n_blocks = f->blocks.n, .n_regs = REGS};
    m->blocks = NEW_N(arena, MachineBlock, f->blocks.n);
    s.reg = NEW_N(arena, uint32_t, f->n_ids);
    s.place = NEW_N(arena, int32_t, f->n_ids);
    s.uses = ir_count_uses(f, arena);
    for (uint32_t b = 0; b < f->blocks.n; b++) {
        f->blocks.at[b]->machine = &m->blocks[b];
        m->blocks[b].order = b, m->blocks[b].depth = f->blocks.at[b]->depth;
    }
    place_locals(&s, f);
    for (uint32_t b = 0; b < f->blocks.n; b++) {
        s.at = &m->blocks[b];
        if (!b) arguments(&s, f);
        for (const Insn *i = f->blocks.at[b]->first; i; i = i->next) insn(&s, i);
    }
    m->first_spilled = m->n_regs;
}
