// "F Standard Extension for Single-Precision Floating-Point", "D Standard Extension for Double-Precision
// Floating-Point": a table with the format as an argument. CSRs, flags and mstatus.FS: fflags.c.
//
// f0..f31 are F64 slots; a single lies boxed in its slot ("NaN Boxing of Narrower Values"). An instruction that rounds
// as the CPU does at the moment becomes the IR's op; other rounding modes that are written into the instruction, and
// RMM, are computed in integers by a helper.
#include "guest/rv64/rv64.h"
#include "ir/float.h"

typedef enum Shape {
    NONE,
    UNARY,     // fd = op fs1
    BINARY,    // fd = fs1 op fs2
    EXTREME,   // the same without rounding
    FUSED,     // fd = +-(fs1 * fs2) +- fs3
    SIGN,      // fd = fs1 with a sign made of both
    COMPARE,   // rd = fs1 cond fs2
    CLASSIFY,  // rd = class of fs1
    TO_INT,    // rd = fs1
    FROM_INT,  // fd = rs1
    CONVERT,   // fd = fs1 of the other format
    MOVE_TO,   // rd = bits of fs1
    MOVE_FROM, // fd = bits of rs1
    LOAD,
    STORE,
} Shape;

enum { NEGATE_PRODUCT = 1, NEGATE_ADDEND = 2 }; // FUSED
enum { SIGN_COPY, SIGN_INVERT, SIGN_XOR };
enum { DYNAMIC = 7 }; // rm: as frm says

typedef struct Row {
    uint8_t shape;
    uint8_t type;     // format
    uint8_t op;       // IrOp; IrCond of COMPARE; sign of SIGN; what is negated in FUSED
    uint8_t int_type; // TO_INT, FROM_INT
    bool is_unsigned; // the same
} Row;

#define BOTH(name, shape, op)                                                                                          \
    [RV64_##name##_S] = {shape, IR_F32, op, 0, false}, [RV64_##name##_D] = {shape, IR_F64, op, 0, false}
#define INTEGER(name, int_type, is_unsigned)                                                                           \
    [RV64_FCVT_##name##_S] = {TO_INT, IR_F32, IR_FTOI, int_type, is_unsigned},                                         \
    [RV64_FCVT_##name##_D] = {TO_INT, IR_F64, IR_FTOI, int_type, is_unsigned},                                         \
    [RV64_FCVT_S_##name] = {FROM_INT, IR_F32, IR_ITOF, int_type, is_unsigned},                                         \
    [RV64_FCVT_D_##name] = {FROM_INT, IR_F64, IR_ITOF, int_type, is_unsigned}
#define ONE(name, shape, type) [RV64_##name] = {shape, type, IR_NOP, 0, false}

static const Row rows[RV64_COUNT] = {
    BOTH(FADD, BINARY, IR_FADD),
    BOTH(FSUB, BINARY, IR_FSUB),
    BOTH(FMUL, BINARY, IR_FMUL),
    BOTH(FDIV, BINARY, IR_FDIV),
    BOTH(FSQRT, UNARY, IR_FSQRT),
    BOTH(FMADD, FUSED, 0),
    BOTH(FMSUB, FUSED, NEGATE_ADDEND),
    BOTH(FNMSUB, FUSED, NEGATE_PRODUCT),
    BOTH(FNMADD, FUSED, NEGATE_PRODUCT | NEGATE_ADDEND),
    BOTH(FMIN, EXTREME, IR_FMIN),
    BOTH(FMAX, EXTREME, IR_FMAX),
    BOTH(FSGNJ, SIGN, SIGN_COPY),
    BOTH(FSGNJN, SIGN, SIGN_INVERT),
    BOTH(FSGNJX, SIGN, SIGN_XOR),
    BOTH(FEQ, COMPARE, IR_EQ),
    BOTH(FLT, COMPARE, IR_LTS),
    BOTH(FLE, COMPARE, IR_LES),
    BOTH(FCLASS, CLASSIFY, IR_NOP),
    INTEGER(W, IR_I32, false),
    INTEGER(WU, IR_I32, true),
    INTEGER(L, IR_I64, false),
    INTEGER(LU, IR_I64, true),
    ONE(FCVT_S_D, CONVERT, IR_F32),
    ONE(FCVT_D_S, CONVERT, IR_F64),
    ONE(FMV_X_W, MOVE_TO, IR_F32),
    ONE(FMV_X_D, MOVE_TO, IR_F64),
    ONE(FMV_W_X, MOVE_FROM, IR_F32),
    ONE(FMV_D_X, MOVE_FROM, IR_F64),
    ONE(FLW, LOAD, IR_F32),
    ONE(FLD, LOAD, IR_F64),
    ONE(FSW, STORE, IR_F32),
    ONE(FSD, STORE, IR_F64),
};

// ---- registers
static IrType bits_type(IrType t) { return t == IR_F32 ? IR_I32 : IR_I64; }

static IrRef slot_of(Lift *l, int64_t f) { return ir_get(l->u, RV64_SLOT_F0 + (unsigned)f); }

static IrRef get(Lift *l, IrType t, int64_t f) {
    IrRef v = slot_of(l, f);
    return t == IR_F32 ? ir_op1(l->u, IR_UNBOX, IR_F32, v) : v;
}

static void put(Lift *l, IrType t, const Insn *insn, IrRef v) {
    if (t == IR_F32) v = ir_op1(l->u, IR_BOX, IR_F64, v);
    ir_put(l->u, RV64_SLOT_F0 + rv64_rd(insn), v);
}

// The low half of a register as it is, boxed or not.
static IrRef raw(Lift *l, int64_t f) { return ir_op1(l->u, IR_BITS, IR_I64, slot_of(l, f)); }

// ---- rounding
// An op with one or two inputs, packed into a constant:  [7:0] op  [15:8] type  [23:16] c  [31:24] imm
static uint64_t pack(const IrInsn *op) {
    uint64_t c = op->op == IR_FTOI || op->op == IR_ITOF ? op->c : 0;
    return op->op | (uint64_t)op->type << 8 | c << 16 | (uint64_t)op->imm << 24;
}

static uint64_t soft_op(Cpu *cpu, uint64_t a, uint64_t b, uint64_t packed) {
    IrInsn op = {.op = packed & 255, .type = packed >> 8 & 255, .c = packed >> 16 & 255, .imm = packed >> 24 & 255};
    unsigned flags = 0;
    uint64_t v = ir_eval_flags(&op, a, b, 0, &flags);
    rv64_raise_fflags(cpu, flags);
    return v;
}
static const IrHelper soft_helper = {"float_op", soft_op, 0, RV64_SET_FFLAGS};

// A helper for each format and rounding mode: all its arguments are operands.
static uint64_t soft_fma(Cpu *cpu, IrType t, FloatRound round, uint64_t a, uint64_t b, uint64_t c) {
    unsigned flags = 0;
    uint64_t v = float_fma(t, a, b, c, round, &flags);
    rv64_raise_fflags(cpu, flags);
    return v;
}
#define ROUNDINGS(X, t) X(t, RNE) X(t, RTZ) X(t, RDN) X(t, RUP) X(t, RMM)
#define FMA_FUNCTION(t, round)                                                                                         \
    static uint64_t fma_##t##_##round(Cpu *cpu, uint64_t a, uint64_t b, uint64_t c) {                                  \
        return soft_fma(cpu, IR_##t, FLOAT_##round, a, b, c);                                                          \
    }
#define FMA_HELPER(t, round) [FLOAT_##round] = {"fma_" #t "_" #round, fma_##t##_##round, 0, RV64_SET_FFLAGS},
ROUNDINGS(FMA_FUNCTION, F32)
ROUNDINGS(FMA_FUNCTION, F64)
static const IrHelper fma_helpers[2][5] = {{ROUNDINGS(FMA_HELPER, F32)}, {ROUNDINGS(FMA_HELPER, F64)}};

static IrRef to_bits(Lift *l, IrRef v) {
    IrType t = v ? ir_value_type(&l->u->insns.at[v]) : IR_VOID;
    return ir_is_float(t) ? ir_op1(l->u, IR_BITS, bits_type(t), v) : v;
}

static IrRef call_soft(Lift *l, const IrInsn *op, FloatRound round) {
    IrUnit *u = l->u;
    IrType t = (IrType)op->type;
    IrRef a = to_bits(l, op->a), b = to_bits(l, op->b);
    const IrHelper *helper = op->op == IR_FMA ? &fma_helpers[t == IR_F64][round] : &soft_helper;
    IrRef c = op->op == IR_FMA ? to_bits(l, op->c) : ir_const(u, IR_I64, pack(op));
    IrRef v = ir_call(u, ir_is_float(t) ? bits_type(t) : t, helper, a, b, c);
    return ir_is_float(t) ? ir_op1(u, IR_BITS, t, v) : v;
}

// The rounding mode of an instruction; false: a reserved one.
static bool rounding_of(const Lift *l, const Insn *insn, FloatRound *round) {
    int64_t rm = insn->f[RV64_F_RM];
    *round = rm == DYNAMIC ? (FloatRound)rv64_frm_of(l->cpu->mode) : (FloatRound)rm;
    return *round <= FLOAT_RMM;
}

static IrRef rounded(Lift *l, FloatRound round, IrInsn op) {
    // To F64 from less, nothing is rounded.
    bool exact = op.type == IR_F64 && (op.op == IR_FCVT || (op.op == IR_ITOF && op.c == IR_I32));
    if (exact) round = (FloatRound)l->cpu->fp_round;
    op.imm |= round;
    bool native = round == (FloatRound)l->cpu->fp_round || (op.op == IR_FTOI && round == FLOAT_RTZ);
    return native ? ir_emit(l->u, op) : call_soft(l, &op, round);
}

// ---- shapes
static IrRef fused(Lift *l, const Row *r, const Insn *insn, FloatRound round) {
    IrUnit *u = l->u;
    IrType t = (IrType)r->type;
    IrRef a = get(l, t, insn->f[RV64_F_RS1]), b = get(l, t, insn->f[RV64_F_RS2]), c = get(l, t, insn->f[RV64_F_RS3]);
    if (r->op & NEGATE_PRODUCT) a = ir_op1(u, IR_FNEG, t, a);
    if (r->op & NEGATE_ADDEND) c = ir_op1(u, IR_FNEG, t, c);
    return rounded(l, round, (IrInsn){.op = IR_FMA, .type = r->type, .a = a, .b = b, .c = c});
}

// The sign bit moves, nothing else: no operand is looked at as a number.
static IrRef sign(Lift *l, const Row *r, const Insn *insn) {
    IrUnit *u = l->u;
    IrType t = (IrType)r->type, bits = bits_type(t);
    uint64_t mask = t == IR_F32 ? 1ull << 31 : 1ull << 63;
    IrRef a = get(l, t, insn->f[RV64_F_RS1]);
    if (insn->f[RV64_F_RS1] == insn->f[RV64_F_RS2]) // fmv, fneg, fabs
        return r->op == SIGN_COPY ? a : ir_op1(u, r->op == SIGN_INVERT ? IR_FNEG : IR_FABS, t, a);
    IrRef b = ir_op1(u, IR_BITS, bits, get(l, t, insn->f[RV64_F_RS2]));
    if (r->op == SIGN_INVERT) b = ir_op1(u, IR_NOT, bits, b);
    b = ir_op2(u, IR_AND, bits, b, ir_const(u, bits, mask));
    if (r->op != SIGN_XOR) a = ir_op1(u, IR_FABS, t, a);
    a = ir_op1(u, IR_BITS, bits, a);
    return ir_op1(u, IR_BITS, t, ir_op2(u, r->op == SIGN_XOR ? IR_XOR : IR_OR, bits, a, b));
}

// "FCLASS": a bit for what the number is.
static uint64_t classify(Cpu *cpu, uint64_t v, uint64_t type, uint64_t none) {
    (void)cpu, (void)none;
    bool narrow = type == IR_F32;
    if (narrow) v <<= 32;
    uint64_t infinity = narrow ? 0x7f80000000000000 : 0x7ff0000000000000, least = infinity & -infinity;
    uint64_t magnitude = v << 1 >> 1;
    bool negative = v >> 63;
    if (magnitude > infinity) return v & least >> 1 ? 1 << 9 : 1 << 8;
    if (magnitude == infinity) return negative ? 1 << 0 : 1 << 7;
    if (magnitude >= least) return negative ? 1 << 1 : 1 << 6;
    if (magnitude) return negative ? 1 << 2 : 1 << 5;
    return negative ? 1 << 3 : 1 << 4;
}
static const IrHelper classify_helper = {"fclass", classify, IR_HELPER_PURE, 0};

static IrRef move_to(Lift *l, IrType t, const Insn *insn) {
    IrRef v = raw(l, insn->f[RV64_F_RS1]);
    return t == IR_F32 ? ir_ext(l->u, IR_SEXT, IR_I64, v, 32) : v;
}

// What has no rm field. False: not one of these.
static bool lift_exact(Lift *l, const Row *r, const Insn *insn) {
    IrUnit *u = l->u;
    IrType t = (IrType)r->type;
    int64_t rs1 = insn->f[RV64_F_RS1], rs2 = insn->f[RV64_F_RS2], imm = insn->f[RV64_F_IMM];
    unsigned size = t == IR_F32 ? 2 : 3;
    switch (r->shape) {
    case LOAD: put(l, t, insn, ir_load(u, t, size, rv64_get(l, rv64_rs1(insn)), imm)); return true;
    case STORE:
        // The low half of a register, boxed or not.
        ir_store(u, size, rv64_get(l, rv64_rs1(insn)), imm, t == IR_F32 ? raw(l, rs2) : slot_of(l, rs2));
        return true;
    case EXTREME: put(l, t, insn, ir_op2(u, r->op, t, get(l, t, rs1), get(l, t, rs2))); return true;
    case SIGN: put(l, t, insn, sign(l, r, insn)); return true;
    case COMPARE: rv64_put(l, rv64_rd(insn), ir_cmp(u, (IrCond)r->op, t, get(l, t, rs1), get(l, t, rs2))); return true;
    case CLASSIFY: {
        IrRef v = to_bits(l, get(l, t, rs1));
        rv64_put(l, rv64_rd(insn), ir_call(u, IR_I64, &classify_helper, v, ir_const(u, IR_I64, t), 0));
        return true;
    }
    case MOVE_TO: rv64_put(l, rv64_rd(insn), move_to(l, t, insn)); return true;
    case MOVE_FROM: put(l, t, insn, ir_op1(u, IR_BITS, t, rv64_get(l, rv64_rs1(insn)))); return true;
    default: return false;
    }
}

static void lift_rounded(Lift *l, const Row *r, const Insn *insn, FloatRound round) {
    IrType t = (IrType)r->type, other = t == IR_F32 ? IR_F64 : IR_F32;
    int64_t rs1 = insn->f[RV64_F_RS1], sign_bit = r->is_unsigned ? IR_UNSIGNED : 0;
    IrInsn op = {.op = r->op, .type = r->type};
    switch (r->shape) {
    case FUSED: put(l, t, insn, fused(l, r, insn, round)); return;
    case TO_INT: {
        op = (IrInsn){.op = IR_FTOI, .type = r->int_type, .a = get(l, t, rs1), .c = r->type, .imm = sign_bit};
        IrRef v = rounded(l, round, op);
        rv64_put(l, rv64_rd(insn), r->int_type == IR_I32 ? ir_ext(l->u, IR_SEXT, IR_I64, v, 32) : v);
        return;
    }
    case FROM_INT:
        op.c = r->int_type, op.imm = sign_bit;
        op.a = rv64_get(l, rv64_rs1(insn));
        break;
    case CONVERT:
        op.op = IR_FCVT;
        op.a = get(l, other, rs1);
        break;
    default:
        op.a = get(l, t, rs1);
        if (r->shape == BINARY) op.b = get(l, t, insn->f[RV64_F_RS2]);
        break;
    }
    put(l, t, insn, rounded(l, round, op));
}

static bool rounds(Shape s) { return s <= BINARY || s == FUSED || s == TO_INT || s == FROM_INT || s == CONVERT; }

bool rv64_lift_fd(Lift *l, const Insn *insn) {
    const Row *r = &rows[insn->op];
    FloatRound round = FLOAT_RNE;
    if (r->shape == NONE) return false;
    bool reads_only = r->shape == STORE || r->shape == MOVE_TO || r->shape == CLASSIFY;
    if (rounds((Shape)r->shape) && !(l->cpu->mode & RV64_MODE_NO_FP) && !rounding_of(l, insn, &round)) {
        rv64_lift_illegal(l, insn);
        return true;
    }
    if (!rv64_float_ready(l, insn, !reads_only)) return true;
    if (rounds((Shape)r->shape))
        lift_rounded(l, r, insn, round);
    else
        lift_exact(l, r, insn);
    bool raises = !reads_only && r->shape != LOAD && r->shape != SIGN && r->shape != MOVE_FROM;
    if (raises) rv64_accrue_fflags(l);
    return true;
}
