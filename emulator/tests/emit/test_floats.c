// Oracle: ir_eval_flags. Every op of floating point and every comparison, in both formats, all rounding modes of the
// host, with and without fused multiply-add: value and flags for NaNs, infinities, zeros, subnormals, the borders of
// formats and integers, and random bits.
//
// NJ_SEED in the environment chooses other values.
#include "ir/float.h"
#include "tests/lib/native.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { RUNS = 1500, D0 = UNIT_SLOTS_INT, W0 = UNIT_SLOTS_I64 };

typedef struct Case {
    uint8_t op;
    IrType type, other; // other: the integer of FTOI, ITOF and BITS
    unsigned round, cond;
    bool is_unsigned, reverse; // reverse: BITS to the integer
} Case;

static IrRef operand(IrUnit *u, IrType t, unsigned k) {
    switch (t) {
    case IR_I32: return ir_get(u, W0 + k);
    case IR_I64: return ir_get(u, k);
    case IR_F64: return ir_get(u, D0 + k);
    default: return ir_op1(u, IR_BITS, IR_F32, ir_get(u, W0 + k));
    }
}

static void keep(IrUnit *u, IrRef v) {
    switch (ir_value_type(&u->insns.at[v])) {
    case IR_I32: ir_put(u, W0, v); break;
    case IR_I64: ir_put(u, 0, v); break;
    case IR_F64: ir_put(u, D0, v); break;
    default: ir_put(u, W0, ir_op1(u, IR_BITS, IR_I32, v));
    }
}

static IrInsn insn_of(const Case *c, IrType *from) {
    IrInsn in = {.op = c->op, .type = (uint8_t)c->type};
    bool sign = c->op == IR_FTOI || c->op == IR_ITOF;
    *from = c->type;
    if (ir_op_is(c->op, IR_ROUND)) in.imm = c->round | (sign && c->is_unsigned ? IR_UNSIGNED : 0);
    switch (c->op) {
    case IR_FTOI: in.type = (uint8_t)c->other, in.c = (IrRef)c->type; break;
    case IR_ITOF: in.c = (IrRef)c->other, *from = c->other; break;
    case IR_FTOIZ: in.type = IR_I32; break;
    case IR_FCVT: *from = c->type == IR_F64 ? IR_F32 : IR_F64; break;
    case IR_BOX: in.type = IR_F64, *from = IR_F32; break;
    case IR_UNBOX: in.type = IR_F32, *from = IR_F64; break;
    case IR_FCMPZ:
    case IR_CMP: in.c = (IrRef)c->cond; break;
    case IR_BITS:
        in.type = (uint8_t)(c->reverse ? c->other : c->type);
        *from = c->reverse ? c->type : c->other;
        break;
    default: break;
    }
    return in;
}

static void make_unit(IrUnit *u, const Case *c) {
    IrType from;
    IrInsn in = insn_of(c, &from);
    unsigned inputs = ir_op_info[c->op].inputs;
    ir_unit_reset(u);
    ir_exit_add(u, (IrExit){.kind = IR_EXIT_DIRECT, .pc = 0x1000});
    ir_block_begin(u, 0x1000);
    in.a = operand(u, from, 0);
    if (inputs > 1) in.b = operand(u, from, 1);
    if (inputs > 2) in.c = operand(u, from, 2);
    keep(u, ir_emit(u, in));
    ir_emit(u, (IrInsn){.op = IR_JUMP});
    u->blocks.at[0].succ[0] = IR_TO_EXIT;
    ir_block_end(u);
}

// A few operands are equal, or opposite.
static World world_of(Random *r, const Case *c) {
    World w = world_start(random_next(r));
    w.no_markers = true;
    w.fp_flags = 0;
    for (unsigned k = 0; k < 3; k++) {
        w.slot[D0 + k] = random_float(r, IR_F64);
        if (c->type == IR_F32) w.slot[W0 + k] = random_float(r, IR_F32);
    }
    if (!random_below(r, 8)) w.slot[D0 + 1] = w.slot[D0] ^ (uint64_t)random_below(r, 2) << 63;
    if (!random_below(r, 8) && c->type == IR_F32) w.slot[W0 + 1] = w.slot[W0] ^ (uint64_t)random_below(r, 2) << 31;
    if (!random_below(r, 3) && c->op == IR_UNBOX) w.slot[D0] |= ~0ull << 32;
    return w;
}

static void check_case(Native *n, IrUnit *u, Random *r, const Case *c) {
    Err err;
    make_unit(u, c);
    if (!ir_verify(u, &err)) fail_msg("%s", err.text);
    for (unsigned without = 0; without < 2; without++) {
        native_compile(n, u, (NativeShape){.round = c->round, .masked = without ? ~0u : 0});
        for (unsigned run = 0; run < RUNS; run++) {
            World start = world_of(r, c), want = start, got = start;
            world_walk(u, &want);
            native_run(n, &got);
            if (world_same(&want, &got)) continue;
            world_print_differences(&want, &got);
            for (unsigned k = 0; k < UNIT_SLOTS; k++)
                fprintf(stderr, "%s was %#llx\n", unit_slots[k].name, (unsigned long long)start.slot[k]);
            fail_msg("%s%s", unit_text(u), native_text(n));
        }
    }
}

static void check_op(Native *n, IrUnit *u, Random *r, uint8_t op, unsigned *count) {
    static const uint8_t conds[] = {IR_EQ, IR_NE, IR_LTS, IR_LES, IR_GTS, IR_GES};
    bool integer = op == IR_FTOI || op == IR_ITOF, z = op >= IR_FADDZ && op <= IR_FCMPZ;
    for (unsigned bits = 0; bits < 8; bits++)
        for (unsigned round = FLOAT_RNE; round < FLOAT_RMM; round++)
            for (unsigned k = 0; k < (ir_op_is(op, IR_COND) ? ARRAY_LEN(conds) : 1); k++) {
                Case c = {.op = op,
                          .type = bits & 1 ? IR_F64 : IR_F32,
                          .other = bits & 2 ? IR_I64 : IR_I32,
                          .round = round,
                          .cond = conds[k],
                          .is_unsigned = bits & 4,
                          .reverse = bits & 2};
                if (op == IR_BITS) c.other = bits & 1 ? IR_I64 : IR_I32;
                if (z && c.type == IR_F64) continue;
                if (!integer && (bits & 4)) continue;
                if (!integer && op != IR_BITS && (bits & 2)) continue;
                if (!ir_op_is(op, IR_ROUND) && round) continue;
                check_case(n, u, r, &c);
                ++*count;
            }
}

static void test_every_float(void **state) {
    (void)state;
    Native n;
    IrUnit u;
    Random r = {getenv("NJ_SEED") ? strtoull(getenv("NJ_SEED"), NULL, 0) : 1};
    unsigned cases = 0;
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    for (unsigned op = IR_FADD; op <= IR_UNBOX; op++) check_op(&n, &u, &r, (uint8_t)op, &cases);
    check_op(&n, &u, &r, IR_CMP, &cases);
    printf("%u forms\n", cases);
    ir_unit_free(&u);
    native_free(&n);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_float)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
