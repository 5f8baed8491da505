// Constants and algebra: what an instruction computes is known, or comes cheaper.
//
//     v3 = mul v1, #8     ->  v3 = shl v1, #3          v5 = add (add v1, #4), #-4   ->  v5 is v1
//     v4 = ltu v1, #0     ->  v4 is #0                 v6 = divu v1, #16            ->  v6 = shr v1, #4
#include "ir.h"

int32_t fold_apply(Op op, int32_t a, int32_t b) {
    uint32_t x = (uint32_t)a, y = (uint32_t)b;
    bool overflows = a == INT32_MIN && b == -1;
    switch (op) {
    case OP_ADD: return (int32_t)(x + y);
    case OP_SUB: return (int32_t)(x - y);
    case OP_MUL: return (int32_t)(x * y);
    case OP_DIV: return !b ? -1 : overflows ? a : a / b;
    case OP_REM: return !b ? a : overflows ? 0 : a % b;
    case OP_DIVU: return y ? (int32_t)(x / y) : -1;
    case OP_REMU: return y ? (int32_t)(x % y) : a;
    case OP_AND: return a & b;
    case OP_OR: return a | b;
    case OP_XOR: return a ^ b;
    case OP_SHL: return (int32_t)(x << (y & 31));
    case OP_SHR: return (int32_t)(x >> (y & 31));
    case OP_SAR: return a >> (y & 31);
    case OP_EQ: return a == b;
    case OP_NE: return a != b;
    case OP_LT: return a < b;
    case OP_LE: return a <= b;
    case OP_LTU: return x < y;
    case OP_LEU: return x <= y;
    case OP_SEXT8: return (int8_t)a;
    case OP_SEXT16: return (int16_t)a;
    case OP_ZEXT8: return (uint8_t)a;
    case OP_ZEXT16: return (uint16_t)a;
    default: __builtin_trap();
    }
}

static bool is_const(const Insn *i) { return i->op == OP_CONST; }
static bool is_number(const Insn *i, int32_t n) { return i->op == OP_CONST && i->imm == n; }

static int log2_of(uint32_t n) {
    int log = 0;
    if (!n || (n & (n - 1))) return -1;
    while (n >>= 1) log++;
    return log;
}

// ---- changing an instruction in place
static Insn *new_const(Function *f, Insn *before, int32_t value) {
    Insn *c = ir_insn_new(f, OP_CONST, 0);
    c->imm = value;
    ir_insert_before(before, c);
    return c;
}

static Insn *new_binary(Function *f, Insn *before, Op op, Insn *a, Insn *b) {
    Insn *i = ir_insn_new(f, op, 2);
    i->args[0] = a, i->args[1] = b;
    ir_insert_before(before, i);
    return i;
}

static bool become_const(Insn *i, int32_t value) {
    i->op = OP_CONST, i->imm = value, i->n_args = 0;
    return true;
}

static bool become(Insn *i, Insn *other) {
    i->same = other;
    return true;
}

static bool become_op(Function *f, Insn *i, Op op, Insn *a, int32_t b) {
    i->args[0] = a, i->args[1] = new_const(f, i, b);
    i->op = op;
    return true;
}

// ---- rules
static Op inverse(Op op) {
    switch (op) {
    case OP_EQ: return OP_NE;
    case OP_NE: return OP_EQ;
    case OP_LT: return OP_LE;
    case OP_LE: return OP_LT;
    case OP_LTU: return OP_LEU;
    default: return OP_LTU;
    }
}

// Signed division by a power of two rounds towards 0: 2^n - 1 is added to what is negative.
static bool divide(Function *f, Insn *i, int log) {
    Insn *a = i->args[0];
    Insn *sign = new_binary(f, i, OP_SAR, a, new_const(f, i, 31));
    Insn *bias = new_binary(f, i, OP_SHR, sign, new_const(f, i, 32 - log));
    Insn *sum = new_binary(f, i, OP_ADD, a, bias);
    if (i->op == OP_DIV) return become_op(f, i, OP_SAR, sum, log);
    Insn *whole = new_binary(f, i, OP_AND, sum, new_const(f, i, (int32_t)(~0u << log)));
    i->op = OP_SUB, i->args[1] = whole;
    return true;
}

static bool fold_by_power(Function *f, Insn *i, int32_t b) {
    int log = log2_of((uint32_t)b);
    if (log < 0) return false;
    switch (i->op) {
    case OP_MUL: return become_op(f, i, OP_SHL, i->args[0], log);
    case OP_DIVU: return become_op(f, i, OP_SHR, i->args[0], log);
    case OP_REMU: return become_op(f, i, OP_AND, i->args[0], b - 1);
    case OP_DIV: return b == INT32_MIN ? false : log ? divide(f, i, log) : become(i, i->args[0]);
    case OP_REM: return b == INT32_MIN ? false : log ? divide(f, i, log) : become_const(i, 0);
    default: return false;
    }
}

// (x op #c) op #d, where the two constants can be put together.
static bool fold_nested(Function *f, Insn *i, int32_t b) {
    Insn *a = i->args[0];
    if (a->op != i->op || a->n_args != 2) return false;
    const Insn *inner = ir_resolve(a->args[1]);
    if (!is_const(inner)) return false;
    switch (i->op) {
    case OP_ADD:
    case OP_MUL:
    case OP_AND:
    case OP_OR:
    case OP_XOR: return become_op(f, i, i->op, ir_resolve(a->args[0]), fold_apply(i->op, inner->imm, b));
    case OP_SHL:
    case OP_SHR:
    case OP_SAR:
        if ((inner->imm & 31) + (b & 31) > 31) return false;
        return become_op(f, i, i->op, ir_resolve(a->args[0]), (inner->imm & 31) + (b & 31));
    default: return false;
    }
}

// A comparison is asked about once more: == 0 inverts it, != 0 is it.
static bool fold_truth(Insn *i) {
    Insn *a = i->args[0];
    if (!op_is(a->op, COMPARES)) return false;
    if (i->op == OP_NE) return become(i, a);
    Insn *x = ir_resolve(a->args[0]), *y = ir_resolve(a->args[1]);
    bool swaps = a->op != OP_EQ && a->op != OP_NE; // not a < b is b <= a
    i->op = inverse(a->op);
    i->args[0] = swaps ? y : x, i->args[1] = swaps ? x : y;
    return true;
}

static bool fold_with_const(Function *f, Insn *i, int32_t b) {
    Insn *a = i->args[0];
    switch (i->op) {
    case OP_ADD:
    case OP_OR:
    case OP_XOR:
    case OP_SHL:
    case OP_SHR:
    case OP_SAR:
        if (!b) return become(i, a);
        if (i->op == OP_OR && b == -1) return become_const(i, -1);
        break;
    case OP_SUB: return become_op(f, i, OP_ADD, a, (int32_t) - (uint32_t)b);
    case OP_MUL:
    case OP_AND:
        if (!b) return become_const(i, 0);
        if (b == -1 && i->op == OP_AND) return become(i, a);
        break;
    case OP_EQ:
    case OP_NE:
        if (!b && fold_truth(i)) return true;
        if (a->op == OP_ADD && is_const(ir_resolve(a->args[1]))) // x + c == d
            return become_op(f, i, i->op, ir_resolve(a->args[0]), fold_apply(OP_SUB, b, ir_resolve(a->args[1])->imm));
        break;
    case OP_LTU:
        if (!b) return become_const(i, 0);
        if (b == 1) return become_op(f, i, OP_EQ, a, 0);
        break;
    case OP_LEU:
        if (!b) return become_op(f, i, OP_EQ, a, 0);
        if (b == -1) return become_const(i, 1);
        break;
    case OP_LE:
        if (b != INT32_MAX) return become_op(f, i, OP_LT, a, b + 1);
        return become_const(i, 1);
    default: break;
    }
    return fold_by_power(f, i, b) || fold_nested(f, i, b);
}

static bool fold_equal_inputs(Insn *i) {
    switch (i->op) {
    case OP_SUB:
    case OP_XOR:
    case OP_NE:
    case OP_LT:
    case OP_LTU: return become_const(i, 0);
    case OP_EQ:
    case OP_LE:
    case OP_LEU: return become_const(i, 1);
    case OP_AND:
    case OP_OR: return become(i, i->args[0]);
    default: return false;
    }
}

static bool fold_binary(Function *f, Insn *i) {
    Insn *a = i->args[0], *b = i->args[1];
    if (is_const(a) && is_const(b)) return become_const(i, fold_apply(i->op, a->imm, b->imm));
    if (a == b) return fold_equal_inputs(i);
    if (is_const(a) && op_is(i->op, COMMUTES)) {
        i->args[0] = b, i->args[1] = a;
        return fold_with_const(f, i, a->imm) || true;
    }
    if (is_const(b)) return fold_with_const(f, i, b->imm);
    if (is_const(a) && i->op == OP_LE && a->imm != INT32_MIN) { // c <= x is c - 1 < x
        i->op = OP_LT, i->args[0] = new_const(f, i, a->imm - 1);
        return true;
    }
    if (i->op == OP_ADD && b->op == OP_SUB && is_number(ir_resolve(b->args[0]), 0)) { // x + (0 - y)
        i->op = OP_SUB, i->args[1] = ir_resolve(b->args[1]);
        return true;
    }
    return false;
}

// Does the value need no extension of this kind?
static bool is_extended(const Insn *a, Op op) {
    bool byte = op == OP_SEXT8 || op == OP_ZEXT8, sign = op == OP_SEXT8 || op == OP_SEXT16;
    int32_t most = byte ? 0x7f : 0x7fff;
    if (a->op == op || op_is(a->op, COMPARES)) return true;
    if (a->op == OP_LOAD && a->is_signed == sign) return a->width <= (byte ? 1 : 2);
    if (op == OP_ZEXT16 && a->op == OP_ZEXT8) return true;
    if (op == OP_SEXT16 && (a->op == OP_SEXT8 || a->op == OP_ZEXT8)) return true;
    if (a->op != OP_AND || !is_const(ir_resolve(a->args[1]))) return false;
    if (!sign) most = 2 * most + 1;
    int32_t mask = ir_resolve(a->args[1])->imm;
    return mask >= 0 && mask <= most;
}

static bool fold_extension(Insn *i) {
    Insn *a = i->args[0];
    if (is_const(a)) return become_const(i, fold_apply(i->op, a->imm, 0));
    if (is_extended(a, i->op)) return become(i, a);
    bool again = a->op >= OP_SEXT8 && a->op <= OP_ZEXT16;
    bool narrower = i->op == OP_SEXT8 || i->op == OP_ZEXT8;
    if (again && (narrower || a->op == OP_SEXT16 || a->op == OP_ZEXT16)) { // only the low bits matter
        i->args[0] = ir_resolve(a->args[0]);
        return true;
    }
    return false;
}

// Constants that are added to an address belong into the access.
static bool fold_address(Insn *i) {
    Insn *a = i->args[0];
    if (a->op == OP_ADD && is_const(ir_resolve(a->args[1]))) {
        int32_t sum = fold_apply(OP_ADD, i->imm, ir_resolve(a->args[1])->imm);
        if (sum < -4096 || sum > 4096) return false;
        i->imm = sum, i->args[0] = ir_resolve(a->args[0]);
        return true;
    }
    return false;
}

// What is stored in a byte need not be extended before.
static bool fold_stored(Insn *i) {
    const Insn *v = i->args[1];
    bool byte = v->op == OP_SEXT8 || v->op == OP_ZEXT8, half = v->op == OP_SEXT16 || v->op == OP_ZEXT16;
    if (!(byte && i->width == 1) && !(half && i->width <= 2)) return false;
    i->args[1] = ir_resolve(v->args[0]);
    return true;
}

static bool fold_branch(Insn *i) {
    const Insn *c = i->args[0];
    if (c->op != OP_NE || !is_number(ir_resolve(c->args[1]), 0)) return false;
    i->args[0] = ir_resolve(c->args[0]);
    return true;
}

static bool fold_global(Insn *i) {
    Insn *a = i->args[0], *b = i->args[1];
    if (i->op != OP_ADD || a->op != OP_GLOBAL || !is_const(b)) return false;
    i->op = OP_GLOBAL, i->symbol = a->symbol, i->imm = fold_apply(OP_ADD, a->imm, b->imm), i->n_args = 0;
    return true;
}

static bool fold_insn(Function *f, Insn *i) {
    for (uint32_t k = 0; k < i->n_args; k++) i->args[k] = ir_resolve(i->args[k]);
    if (i->op == OP_BRANCH) return fold_branch(i);
    if (i->op == OP_LOAD) return fold_address(i);
    if (i->op == OP_STORE) return fold_address(i) | fold_stored(i);
    if (i->op >= OP_SEXT8 && i->op <= OP_ZEXT16) return fold_extension(i);
    if (i->op < OP_ADD || i->op > OP_LEU) return false;
    return fold_global(i) || fold_binary(f, i);
}

bool pass_fold(Function *f) {
    bool any = false;
    for (bool changed = true; changed; any |= changed) {
        changed = false;
        for (uint32_t b = 0; b < f->blocks.n; b++)
            for (Insn *i = f->blocks.at[b]->first, *next; i; i = next) {
                unsigned limit = 8; // rules that undo each other must not hang the compiler
                next = i->next;
                while (!i->same && fold_insn(f, i) && limit--) changed = true;
                if (i->same) ir_remove(i);
            }
        if (changed) ir_resolve_all(f);
    }
    return any;
}
