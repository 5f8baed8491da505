// "Machine-Mode Privileged Instructions", "Supervisor Instructions". Cpu.mode says which are
// legal; what they do: trap.c.
#include "guest/rv64/rv64.h"

bool rv64_lift_priv(Lift *l, const Insn *insn) {
    static const struct {
        uint32_t denied_by, trap;
    } privileged[RV64_COUNT] = {
        [RV64_MRET] = {RV64_MODE_NOT_M, RV64_TRAP_MRET},
        [RV64_SRET] = {RV64_MODE_NO_SRET, RV64_TRAP_SRET},
        [RV64_WFI] = {RV64_MODE_NO_WFI, RV64_TRAP_WFI},
        [RV64_SFENCE_VMA] = {RV64_MODE_NO_VM, RV64_TRAP_SFENCE},
    };
    uint32_t trap = privileged[insn->op].trap;
    if (!trap) return false;
    if (l->cpu->mode & privileged[insn->op].denied_by)
        rv64_lift_illegal(l, insn);
    else if (trap == RV64_TRAP_SFENCE)
        lift_trap_retired(l, trap, rv64_rs1(insn) | rv64_rs2(insn) << 5);
    else
        lift_trap_retired(l, trap, l->next_pc);
    return true;
}
