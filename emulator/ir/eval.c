// The meaning of every PURE op, total: any operands give a defined result, and no C undefined behaviour is relied on.
// INVARIANT: results of type I32 (and F32) are zero-extended; upper halves of the inputs of an I32 op do not matter.
// The meaning of the ops with side effects is the interpreter's business.
#include "base/bits.h"
#include "ir/ir.h"

static uint64_t mulhu(uint64_t a, uint64_t b) { return (uint64_t)(((unsigned __int128)a * b) >> 64); }

static uint64_t mulhs(uint64_t a, uint64_t b) {
    return (uint64_t)(((__int128)(int64_t)a * (__int128)(int64_t)b) >> 64);
}

static uint64_t mulhsu(uint64_t a, uint64_t b) { return mulhu(a, b) - ((int64_t)a < 0 ? b : 0); }

static uint64_t divs64(uint64_t a, uint64_t b) {
    if (b == 0) return ~0ull;
    if (b == ~0ull) return 0 - a; // MIN / -1 = MIN
    return (uint64_t)((int64_t)a / (int64_t)b);
}

static uint64_t rems64(uint64_t a, uint64_t b) {
    if (b == 0) return a;
    if (b == ~0ull) return 0;
    return (uint64_t)((int64_t)a % (int64_t)b);
}

static uint64_t rotl(uint64_t a, unsigned n, unsigned w) {
    n &= w - 1;
    if (!n) return a;
    return (a << n) | (a >> (w - n));
}

static uint64_t eval64(const IrInsn *insn, uint64_t a, uint64_t b) {
    unsigned n = b & 63;
    switch (insn->op) {
    case IR_MULHU: return mulhu(a, b);
    case IR_MULHS: return mulhs(a, b);
    case IR_MULHSU: return mulhsu(a, b);
    case IR_DIVS: return divs64(a, b);
    case IR_DIVU: return b ? a / b : ~0ull;
    case IR_REMS: return rems64(a, b);
    case IR_REMU: return b ? a % b : a;
    case IR_SHL: return a << n;
    case IR_SHR: return a >> n;
    case IR_SAR: return (uint64_t)((int64_t)a >> n);
    case IR_ROL: return rotl(a, n, 64);
    case IR_ROR: return rotl(a, 64 - n, 64);
    case IR_BSWAP: return __builtin_bswap64(a);
    case IR_CLZ: return a ? (uint64_t)__builtin_clzll(a) : 64;
    case IR_CTZ: return a ? (uint64_t)__builtin_ctzll(a) : 64;
    case IR_POPCNT: return (uint64_t)__builtin_popcountll(a);
    default: BUG_IF(true, "ir_eval of op '%s'", insn->op < IR_OP_COUNT ? ir_op_info[insn->op].text : "?");
    }
}

static uint64_t eval32(const IrInsn *insn, uint32_t a, uint32_t b) {
    unsigned n = b & 31;
    int64_t sa = (int32_t)a, sb = (int32_t)b;
    switch (insn->op) {
    case IR_MULHU: return ((uint64_t)a * b) >> 32;
    case IR_MULHS: return (uint64_t)((sa * sb) >> 32);
    case IR_MULHSU: return (uint64_t)((sa * (int64_t)b) >> 32);
    case IR_DIVS: return b ? (uint64_t)(sa / sb) : ~0ull; // in 64 bits MIN / -1 does not overflow
    case IR_DIVU: return b ? a / b : ~0u;
    case IR_REMS: return b ? (uint64_t)(sa % sb) : a;
    case IR_REMU: return b ? a % b : a;
    case IR_SHL: return a << n;
    case IR_SHR: return a >> n;
    case IR_SAR: return (uint64_t)(sa >> n);
    case IR_ROL: return rotl(a, n, 32);
    case IR_ROR: return rotl(a, 32 - n, 32);
    case IR_BSWAP: return __builtin_bswap32(a);
    case IR_CLZ: return a ? (uint64_t)__builtin_clz(a) : 32;
    case IR_CTZ: return a ? (uint64_t)__builtin_ctz(a) : 32;
    case IR_POPCNT: return (uint64_t)__builtin_popcount(a);
    default: return eval64(insn, a, b); // the same bug message
    }
}

// Ops whose low half depends on the low halves of the inputs only: one line serves both types.
static bool eval_any_width(const IrInsn *insn, uint64_t a, uint64_t b, uint64_t c, uint64_t *out) {
    switch (insn->op) {
    case IR_CONST: *out = (uint64_t)insn->imm; return true;
    case IR_ADD: *out = a + b; return true;
    case IR_SUB: *out = a - b; return true;
    case IR_MUL: *out = a * b; return true;
    case IR_AND: *out = a & b; return true;
    case IR_OR: *out = a | b; return true;
    case IR_XOR: *out = a ^ b; return true;
    case IR_SHADD: *out = (a << insn->imm) + b; return true;
    case IR_NEG: *out = 0 - a; return true;
    case IR_NOT: *out = ~a; return true;
    case IR_SEXT: *out = (uint64_t)bits_sext(a, (unsigned)insn->imm); return true;
    case IR_ZEXT: *out = a & bits_mask((unsigned)insn->imm); return true;
    case IR_SELECT: *out = a ? b : c; return true;
    default: return false;
    }
}

uint64_t ir_atomic_eval(IrAtomic kind, IrType t, uint64_t old, uint64_t b, uint64_t c) {
    uint64_t v = b;
    switch (kind) {
    case IR_ATOMIC_ADD: v = old + b; break;
    case IR_ATOMIC_AND: v = old & b; break;
    case IR_ATOMIC_OR: v = old | b; break;
    case IR_ATOMIC_XOR: v = old ^ b; break;
    case IR_ATOMIC_MINS: v = ir_cond_eval(IR_LTS, t, old, b) ? old : b; break;
    case IR_ATOMIC_MAXS: v = ir_cond_eval(IR_GTS, t, old, b) ? old : b; break;
    case IR_ATOMIC_MINU: v = ir_cond_eval(IR_LTU, t, old, b) ? old : b; break;
    case IR_ATOMIC_MAXU: v = ir_cond_eval(IR_GTU, t, old, b) ? old : b; break;
    case IR_ATOMIC_CAS: v = ir_cond_eval(IR_EQ, t, old, c) ? b : old; break;
    default: break; // EXCHANGE
    }
    return t == IR_I32 ? (uint32_t)v : v;
}

static bool is_float(const IrInsn *insn) {
    return (insn->op >= IR_FADD && insn->op <= IR_UNBOX) || ir_raises_flags(insn) || ir_is_quiet(insn);
}

uint64_t ir_eval(const IrInsn *insn, uint64_t a, uint64_t b, uint64_t c) {
    unsigned flags = 0;
    if (is_float(insn)) return ir_eval_flags(insn, a, b, c, &flags);
    if (insn->op == IR_CMP) return ir_cond_eval((IrCond)insn->c, (IrType)insn->type, a, b);
    bool half = insn->type == IR_I32 || insn->type == IR_F32;
    uint64_t v;
    if (!eval_any_width(insn, a, b, c, &v)) v = half ? eval32(insn, (uint32_t)a, (uint32_t)b) : eval64(insn, a, b);
    return half ? (uint32_t)v : v;
}
