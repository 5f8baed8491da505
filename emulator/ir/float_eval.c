// The meaning of the ops of floating point, by float.h.
#include "ir/ir.h"

uint64_t ir_eval_flags(const IrInsn *insn, uint64_t a, uint64_t b, uint64_t c, unsigned *flags) {
    (void)a, (void)b, (void)c, (void)flags;
    BUG_IF(true, "ir_eval of op '%s'", ir_op_info[insn->op].text);
}
