// Building a unit: blocks are opened and ended in order, instructions go to the end of the open block.
// The builders fill every field in the canonical way:
//   CONST of I32 and immediates of I32 ops are sign-extended from 32 bits; PUT and SET have the slot's type;
//   STORE has the type of its value; INSN, BUDGET, FENCE, JUMP, IJUMP and TRAP have IR_VOID.
#include "ir/ir.h"
#include <string.h>

void ir_unit_init(IrUnit *u, const IrSlot *slots, uint16_t n_slots) {
    *u = (IrUnit){.slots = slots, .n_slots = n_slots};
    vec_push(&u->insns, ((IrInsn){.op = IR_NOP}));
}

void ir_unit_reset(IrUnit *u) {
    u->insns.n = u->blocks.n = u->exits.n = u->phi_args.n = 0;
    vec_push(&u->insns, ((IrInsn){.op = IR_NOP}));
}

void ir_unit_free(IrUnit *u) {
    vec_free(&u->insns);
    vec_free(&u->blocks);
    vec_free(&u->exits);
    vec_free(&u->phi_args);
}

void ir_unit_become(IrUnit *u, IrUnit *fresh) {
    vec_free(&u->insns);
    vec_free(&u->blocks);
    vec_free(&u->phi_args);
    memcpy(&fresh->exits, &u->exits, sizeof u->exits);
    *u = *fresh;
}

IrRef ir_emit(IrUnit *u, IrInsn insn) {
    BUG_IF(u->insns.n > UINT16_MAX, "a unit of more than %d IR instructions", UINT16_MAX);
    vec_push(&u->insns, insn);
    return (IrRef)(u->insns.n - 1);
}

uint16_t ir_block_begin(IrUnit *u, gpc pc) {
    BUG_IF(u->blocks.n && u->blocks.at[u->blocks.n - 1].end != u->insns.n, "block %u is not ended", u->blocks.n - 1);
    BUG_IF(u->blocks.n >= IR_TO_EXIT, "too many blocks in a unit");
    vec_push(&u->blocks, ((IrBlock){.first = u->insns.n, .succ = {IR_NO_TARGET, IR_NO_TARGET}, .pc = pc}));
    return (uint16_t)(u->blocks.n - 1);
}

void ir_block_end(IrUnit *u) {
    BUG_IF(!u->blocks.n || u->blocks.at[u->blocks.n - 1].end, "no block is open");
    u->blocks.at[u->blocks.n - 1].end = u->insns.n;
}

IrTarget ir_exit_add(IrUnit *u, IrExit e) {
    BUG_IF(u->exits.n >= IR_TO_EXIT - 1, "too many exits in a unit");
    vec_push(&u->exits, e);
    return (IrTarget)(IR_TO_EXIT | (u->exits.n - 1));
}

static int64_t imm_of_type(IrType t, int64_t imm) { return t == IR_I32 ? (int32_t)imm : imm; }

IrRef ir_const(IrUnit *u, IrType t, uint64_t v) {
    return ir_emit(u, (IrInsn){.op = IR_CONST, .type = t, .imm = imm_of_type(t, (int64_t)v)});
}

IrRef ir_op1(IrUnit *u, IrOp op, IrType t, IrRef a) { return ir_emit(u, (IrInsn){.op = op, .type = t, .a = a}); }

IrRef ir_op2(IrUnit *u, IrOp op, IrType t, IrRef a, IrRef b) {
    return ir_emit(u, (IrInsn){.op = op, .type = t, .a = a, .b = b});
}

IrRef ir_op2i(IrUnit *u, IrOp op, IrType t, IrRef a, int64_t imm) {
    BUG_IF(!ir_op_is(op, IR_BIMM), "%s takes no immediate", ir_op_info[op].text);
    return ir_emit(u, (IrInsn){.op = op, .type = t, .a = a, .imm = imm_of_type(t, imm)});
}

IrRef ir_ext(IrUnit *u, IrOp sext_or_zext, IrType t, IrRef a, unsigned width) {
    return ir_emit(u, (IrInsn){.op = sext_or_zext, .type = t, .a = a, .imm = width});
}

IrRef ir_cmp(IrUnit *u, IrCond c, IrType width, IrRef a, IrRef b) {
    return ir_emit(u, (IrInsn){.op = IR_CMP, .type = width, .a = a, .b = b, .c = c});
}

IrRef ir_cmpi(IrUnit *u, IrCond c, IrType width, IrRef a, int64_t imm) {
    return ir_emit(u, (IrInsn){.op = IR_CMP, .type = width, .a = a, .c = c, .imm = imm_of_type(width, imm)});
}

IrRef ir_float(IrUnit *u, IrOp op, IrType t, unsigned round, IrRef a, IrRef b, IrRef c) {
    BUG_IF(!ir_op_is(op, IR_ROUND), "%s does not round", ir_op_info[op].text);
    return ir_emit(u, (IrInsn){.op = op, .type = t, .a = a, .b = b, .c = c, .imm = round});
}

IrRef ir_ftoi(IrUnit *u, IrType to, bool is_unsigned, IrType from, unsigned round, IrRef a) {
    return ir_emit(
        u,
        (IrInsn){.op = IR_FTOI, .type = to, .a = a, .c = (IrRef)from, .imm = round | (is_unsigned ? IR_UNSIGNED : 0)});
}

IrRef ir_itof(IrUnit *u, IrType to, IrType from, bool is_unsigned, unsigned round, IrRef a) {
    return ir_emit(
        u,
        (IrInsn){.op = IR_ITOF, .type = to, .a = a, .c = (IrRef)from, .imm = round | (is_unsigned ? IR_UNSIGNED : 0)});
}

IrRef ir_select(IrUnit *u, IrType t, IrRef cond, IrRef yes, IrRef no) {
    return ir_emit(u, (IrInsn){.op = IR_SELECT, .type = t, .a = cond, .b = yes, .c = no});
}

static uint8_t slot_type(const IrUnit *u, unsigned slot) {
    BUG_IF(slot >= u->n_slots, "slot %u of %u", slot, u->n_slots);
    return u->slots[slot].type;
}

IrRef ir_get(IrUnit *u, unsigned slot) {
    return ir_emit(u, (IrInsn){.op = IR_GET, .type = slot_type(u, slot), .imm = slot});
}

void ir_put(IrUnit *u, unsigned slot, IrRef a) {
    ir_emit(u, (IrInsn){.op = IR_PUT, .type = slot_type(u, slot), .a = a, .imm = slot});
}

IrRef ir_load(IrUnit *u, IrType t, unsigned memop, IrRef gaddr_base, int64_t offset) {
    return ir_emit(u, (IrInsn){.op = IR_LOAD, .type = t, .a = gaddr_base, .c = (IrRef)memop, .imm = offset});
}

void ir_store(IrUnit *u, unsigned memop, IrRef gaddr_base, int64_t offset, IrRef value) {
    uint8_t type = (uint8_t)ir_value_type(&u->insns.at[value]);
    ir_emit(u, (IrInsn){.op = IR_STORE, .type = type, .a = gaddr_base, .b = value, .c = (IrRef)memop, .imm = offset});
}

IrRef ir_atomic(IrUnit *u, IrType t, IrAtomic kind, IrRef address, IrRef b, IrRef c) {
    return ir_emit(u, (IrInsn){.op = IR_ATOMIC, .type = t, .a = address, .b = b, .c = c, .imm = kind});
}

IrRef ir_call(IrUnit *u, IrType result, const IrHelper *h, IrRef a, IrRef b, IrRef c) {
    return ir_emit(u, (IrInsn){.op = IR_CALL, .type = result, .a = a, .b = b, .c = c, .imm = (int64_t)(uintptr_t)h});
}
