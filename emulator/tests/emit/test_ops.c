// Oracle: ir_eval (through world_walk). Every op without side effects, in every width and every form of its operands
// that the allocator can bring about, run natively: in a register, in its slot, spilled, a constant, an immediate,
// twice the same; dying there or wanted afterwards; with registers to spare and without. The same for branches.
//
// NJ_SEED in the environment chooses other values.
#include "tests/lib/native.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef enum Form { IN_SLOT, IN_REG, OLD, NARROW, CONSTANT, SAME, IMMEDIATE, FORM_COUNT } Form;
enum { CROWD = 14, RUNS = 4, NARROW_SLOT = UNIT_SLOTS_I64 };

typedef struct Case {
    uint8_t op, type;
    Form a, b;
    bool a_dies, b_dies, crowded;
} Case;

static const char *const form_names[] = {"slot", "register", "old", "narrow", "constant", "same", "immediate"};

// A value in the wanted form; OLD ones were made before the crowd and are probably spilled.
static IrRef operand(IrUnit *u, Random *r, Form f, unsigned slot, IrRef old) {
    switch (f) {
    case IN_SLOT: return ir_get(u, slot);
    case IN_REG: return ir_op2i(u, IR_XOR, IR_I64, ir_get(u, slot), (int32_t)random_interesting(r));
    case NARROW: return ir_get(u, NARROW_SLOT + slot % 3);
    case CONSTANT: return ir_const(u, IR_I64, random_interesting(r));
    default: return old;
    }
}

static void crowd(IrUnit *u, IrRef *values) {
    for (unsigned i = 0; i < CROWD; i++)
        values[i] = ir_op2i(u, IR_ADD, IR_I64, ir_get(u, i % UNIT_SLOTS_I64), 3 * (int)i + 1);
}

static IrRef emit_case(IrUnit *u, Random *r, const Case *c, IrRef a, IrRef b, IrRef third) {
    IrInsn in = {.op = c->op, .type = c->type, .a = a};
    unsigned inputs = ir_op_info[c->op].inputs;
    if (inputs > 1 && c->b != IMMEDIATE) in.b = b;
    if (inputs > 1 && c->b == IMMEDIATE) in.imm = (int64_t)random_interesting(r);
    if (in.type == IR_I32) in.imm = (int32_t)in.imm;
    if (inputs > 2) in.c = third;
    if (ir_op_is(c->op, IR_COND)) in.c = (IrRef)random_below(r, IR_COND_COUNT);
    if (c->op == IR_SHADD) in.imm = 1 + random_below(r, 3);
    if (c->op == IR_SEXT || c->op == IR_ZEXT) in.imm = 8 << random_below(r, 3);
    return ir_emit(u, in);
}

static void keep(IrUnit *u, unsigned slot, IrRef v) {
    ir_emit(u, (IrInsn){.op = IR_SET, .type = unit_slots[slot].type, .a = v, .imm = slot});
}

static void make_case(IrUnit *u, Random *r, const Case *c) {
    ir_unit_reset(u);
    for (unsigned i = 0; i < 2; i++) ir_exit_add(u, (IrExit){.kind = IR_EXIT_DIRECT, .pc = 0x1000 + 16 * i});
    ir_block_begin(u, 0x1000);
    bool branch = c->op == IR_BR;
    IrRef old_a = ir_op2i(u, IR_ADD, IR_I64, ir_get(u, 0), -5), old_b = ir_op2i(u, IR_XOR, IR_I64, ir_get(u, 1), 77);
    IrRef values[CROWD], third = ir_op2i(u, IR_ADD, IR_I64, ir_get(u, 2), 1);
    if (c->crowded) crowd(u, values);
    if (c->crowded && random_below(r, 2)) keep(u, random_below(r, 2), old_b); // pending where an operand may lie
    IrRef a = operand(u, r, c->a, 0, old_a), b = c->b == SAME ? a : operand(u, r, c->b, 1, old_b);
    IrRef result = branch ? 0 : emit_case(u, r, c, a, b, third);
    if (result) keep(u, ir_value_type(&u->insns.at[result]) == IR_I32 ? 7 : 3, result);
    for (unsigned i = 0; i < CROWD && c->crowded; i++)
        values[0] = i ? ir_op2(u, IR_XOR, IR_I64, values[0], values[i]) : values[0];
    if (c->crowded) keep(u, 4, values[0]);
    if (!c->a_dies) keep(u, 8, a);
    if (!c->b_dies && b && c->b != IMMEDIATE) keep(u, 6, b);
    if (branch) {
        emit_case(u, r, c, a, b, 0);
        u->blocks.at[0].succ[0] = IR_TO_EXIT, u->blocks.at[0].succ[1] = IR_TO_EXIT | 1;
    } else {
        ir_emit(u, (IrInsn){.op = IR_JUMP});
        u->blocks.at[0].succ[0] = IR_TO_EXIT;
    }
    ir_block_end(u);
}

static bool makes_sense(const Case *c) {
    const IrOpInfo *info = &ir_op_info[c->op];
    bool narrow_ok = c->type == IR_I32 && c->op != IR_SELECT;
    if ((c->a == NARROW || c->b == NARROW) && !narrow_ok) return false;
    if (info->inputs < 2 && (c->b != IN_SLOT || !c->b_dies)) return false; // one form will do
    return c->b != IMMEDIATE || (info->flags & IR_BIMM);
}

static void check_case(Native *n, IrUnit *u, Random *r, const Case *c) {
    Err err;
    make_case(u, r, c);
    if (!ir_verify(u, &err)) fail_msg("%s: %s", ir_op_info[c->op].text, err.text);
    native_compile(n, u, (NativeShape){.pool = random_pool(r), .masked = random_below(r, 4)});
    for (unsigned run = 0; run < RUNS; run++) {
        World want = world_start(random_next(r)), got;
        want.no_markers = true;
        got = want;
        world_walk(u, &want);
        native_run(n, &got);
        if (world_same(&want, &got)) continue;
        world_print_differences(&want, &got);
        fprintf(stderr, "%s\n%s\n", unit_text(u), native_text(n));
        fail_msg("%s.%s %s, %s", ir_op_info[c->op].text, ir_type_text[c->type], form_names[c->a], form_names[c->b]);
    }
}

static void check_op(Native *n, IrUnit *u, Random *r, uint8_t op, unsigned *count) {
    for (unsigned bits = 0; bits < 16; bits++)
        for (unsigned form = 0; form < FORM_COUNT * FORM_COUNT; form++) {
            Case c = {op,      bits & 1 ? IR_I64 : IR_I32, form % FORM_COUNT, form / FORM_COUNT, bits & 2, bits & 4,
                      bits & 8};
            if (c.a == SAME || c.a == IMMEDIATE || !makes_sense(&c)) continue;
            check_case(n, u, r, &c);
            ++*count;
        }
}

static void test_every_op(void **state) {
    (void)state;
    Native n;
    IrUnit u;
    Random r = {getenv("NJ_SEED") ? strtoull(getenv("NJ_SEED"), NULL, 0) : 1};
    unsigned ops = 0, cases = 0;
    native_init(&n);
    ir_unit_init(&u, unit_slots, UNIT_SLOTS);
    for (unsigned op = 0; op < IR_OP_COUNT; op++) {
        if (!(ir_op_is((uint8_t)op, IR_PURE) && op != IR_CONST) && op != IR_BR) continue;
        if (op >= IR_FADD && op <= IR_UNBOX) continue;
        check_op(&n, &u, &r, (uint8_t)op, &cases);
        ops++;
    }
    printf("%u ops, %u forms\n", ops, cases);
    assert_true(ops >= 28);
    ir_unit_free(&u);
    native_free(&n);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_op)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
