// The terminators of a guest basic block. Each emits the last instruction of the block, names its successors and sets
// l->ended; the driver of the lift calls ir_block_end().
#include "guest/guest.h"

static void end_block(Lift *l, IrInsn term, IrTarget first, IrTarget second) {
    IrBlock *b = &l->u->blocks.at[l->block];
    b->succ[0] = first;
    b->succ[1] = second;
    ir_emit(l->u, term);
    l->ended = true;
}

static IrTarget direct_exit(Lift *l, gpc to, gpc return_pc) {
    return ir_exit_add(
        l->u, (IrExit){.kind = IR_EXIT_DIRECT, .pc = to, .return_pc = return_pc, .retired = (uint16_t)(l->index + 1)});
}

void lift_jump(Lift *l, gpc to, gpc return_pc) {
    end_block(l, (IrInsn){.op = IR_JUMP}, direct_exit(l, to, return_pc), IR_NO_TARGET);
}

void lift_branch(Lift *l, IrCond c, IrType width, IrRef a, IrRef b, gpc taken) {
    IrTarget yes = direct_exit(l, taken, 0), no = direct_exit(l, l->next_pc, 0);
    l->u->blocks.at[l->block].branches = taken != l->pc;
    end_block(l, (IrInsn){.op = IR_BR, .type = (uint8_t)width, .a = a, .b = b, .c = (IrRef)c}, yes, no);
}

void lift_ijump(Lift *l, IrRef to, bool is_return, gpc return_pc) {
    IrTarget t = ir_exit_add(l->u, (IrExit){.kind = is_return ? IR_EXIT_RETURN : IR_EXIT_INDIRECT,
                                            .return_pc = return_pc,
                                            .retired = (uint16_t)(l->index + 1)});
    end_block(l, (IrInsn){.op = IR_IJUMP, .a = to}, t, IR_NO_TARGET);
}

static IrTarget trap_exit(Lift *l, uint32_t code, uint64_t value, unsigned retired) {
    return ir_exit_add(
        l->u, (IrExit){.kind = IR_EXIT_TRAP, .pc = l->pc, .code = code, .value = value, .retired = (uint16_t)retired});
}

static void trap(Lift *l, uint32_t code, uint64_t value, unsigned retired) {
    end_block(l, (IrInsn){.op = IR_TRAP}, trap_exit(l, code, value, retired), IR_NO_TARGET);
}

void lift_trap(Lift *l, uint32_t code, uint64_t value) { trap(l, code, value, l->index); }
void lift_trap_retired(Lift *l, uint32_t code, uint64_t value) { trap(l, code, value, l->index + 1u); }

void lift_trap_if(Lift *l, IrRef condition, uint32_t code, uint64_t value) {
    IrTarget yes = trap_exit(l, code, value, l->index + 1u), no = direct_exit(l, l->next_pc, 0);
    end_block(l, (IrInsn){.op = IR_BR, .type = IR_I64, .a = condition, .c = IR_NE}, yes, no);
}
