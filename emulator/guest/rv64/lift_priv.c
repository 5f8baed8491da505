// "Machine-Mode Privileged Instructions". What they do: trap.c.
#include "guest/rv64/rv64.h"

bool rv64_lift_priv(Lift *l, const Insn *insn) {
    switch (insn->op) {
    case RV64_MRET: lift_trap_retired(l, RV64_TRAP_MRET, 0); return true;
    case RV64_WFI: lift_trap_retired(l, RV64_TRAP_WFI, l->next_pc); return true;
    case RV64_SRET:
    case RV64_SFENCE_VMA: rv64_lift_illegal(l, insn); return true; // no S-mode
    default: return false;
    }
}
