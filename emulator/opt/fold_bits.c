// What is known of a value from the instruction that made it. No table: a look a few instructions up.
// INVARIANT: answers hold for the low half of an I32 value; a larger input of an I32 op counts by its low half.
#include "opt/fold.h"

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }
static unsigned most(unsigned a, unsigned b) { return a > b ? a : b; }

static unsigned const_zero_bits(const IrInsn *i) {
    uint64_t v = i->type == IR_I32 ? (uint32_t)i->imm : (uint64_t)i->imm;
    return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

static unsigned const_sign_bits(int64_t v) { return 64 - (unsigned)__builtin_clrsbll(v); }

static unsigned second_zero_bits(const IrUnit *u, const IrInsn *i, unsigned depth) {
    if (i->b) return fold_zero_bits(u, i->b, depth);
    return const_zero_bits(i);
}

unsigned fold_zero_bits(const IrUnit *u, IrRef r, unsigned depth) {
    const IrInsn *i = fold_at(u, r);
    unsigned w = fold_width((IrType)i->type), n = w;
    if (!depth) return w;
    depth--;
    switch (i->op) {
    case IR_CMP: return 1;
    case IR_CONST: n = const_zero_bits(i); break;
    case IR_ZEXT: n = (unsigned)i->imm; break;
    case IR_LOAD: n = i->c & MEMOP_SIGNED ? w : 8u << (i->c & MEMOP_SIZE); break;
    case IR_AND: n = least(fold_zero_bits(u, i->a, depth), second_zero_bits(u, i, depth)); break;
    case IR_OR:
    case IR_XOR: n = most(fold_zero_bits(u, i->a, depth), second_zero_bits(u, i, depth)); break;
    case IR_SELECT: n = most(fold_zero_bits(u, i->b, depth), fold_zero_bits(u, i->c, depth)); break;
    case IR_SHR:
        if (i->b) break;
        n = least(fold_zero_bits(u, i->a, depth), w);
        n -= least(n, (unsigned)i->imm & (w - 1));
        break;
    case IR_SHL:
        if (!i->b) n = fold_zero_bits(u, i->a, depth) + ((unsigned)i->imm & (w - 1));
        break;
    case IR_CLZ:
    case IR_CTZ:
    case IR_POPCNT: n = w == 32 ? 6 : 7; break;
    default: break;
    }
    return least(n, w);
}

unsigned fold_sign_bits(const IrUnit *u, IrRef r, unsigned depth) {
    const IrInsn *i = fold_at(u, r);
    unsigned w = fold_width((IrType)i->type), n = w;
    if (i->op == IR_CMP) return 2;
    if (!depth) return w;
    unsigned zero = fold_zero_bits(u, r, depth);
    depth--;
    switch (i->op) {
    case IR_CONST: n = const_sign_bits(w == 32 ? (int32_t)i->imm : i->imm); break;
    case IR_SEXT: n = (unsigned)i->imm; break;
    case IR_LOAD:
        if (i->c & MEMOP_SIGNED) n = 8u << (i->c & MEMOP_SIZE);
        break;
    case IR_AND:
    case IR_OR:
    case IR_XOR:
        n = i->b ? fold_sign_bits(u, i->b, depth) : const_sign_bits(w == 32 ? (int32_t)i->imm : i->imm);
        n = most(n, fold_sign_bits(u, i->a, depth));
        break;
    case IR_NOT: n = fold_sign_bits(u, i->a, depth); break;
    case IR_SELECT: n = most(fold_sign_bits(u, i->b, depth), fold_sign_bits(u, i->c, depth)); break;
    case IR_SAR: {
        if (i->b) break;
        unsigned k = (unsigned)i->imm & (w - 1);
        n = least(fold_sign_bits(u, i->a, depth), w);
        n = n > k ? n - k : 1;
        break;
    }
    default: break;
    }
    n = least(n, w);
    return zero < w ? least(n, zero + 1) : n;
}

IrRef fold_low_bits(const IrUnit *u, IrRef r, unsigned width, IrType type) {
    for (;;) {
        const IrInsn *i = fold_at(u, r);
        bool ext = (i->op == IR_SEXT || i->op == IR_ZEXT) && i->imm >= width;
        bool mask = i->op == IR_AND && !i->b && !(~(uint64_t)i->imm & bits_mask(width));
        if (!ext && !mask) return r;
        if (type == IR_I64 && ir_value_type(fold_at(u, i->a)) != IR_I64) return r;
        r = i->a;
    }
}
