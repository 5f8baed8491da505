// Exceptions and interrupts into M-mode, mret and wfi: "Machine-Mode Privileged Instructions", "Machine Cause
// Register", "Machine Trap-Vector Base-Address Register".
#include "guest/rv64/rv64.h"

enum { VECTORED = 1 };
#define MCAUSE_INTERRUPT (1ull << 63)

static void enter(Cpu *cpu, uint64_t mcause, uint64_t mtval) {
    Rv64 *s = rv64_state(cpu);
    s->mepc = cpu->pc;
    s->mcause = mcause;
    s->mtval = mtval;
    uint64_t mpie = s->mstatus & RV64_MSTATUS_MIE ? RV64_MSTATUS_MPIE : 0;
    s->mstatus = (s->mstatus & ~(uint64_t)(RV64_MSTATUS_MIE | RV64_MSTATUS_MPIE)) | mpie | RV64_MSTATUS_MPP;
    cpu->slot[RV64_SLOT_RESERVATION] = RV64_NO_RESERVATION;
    cpu->pc = s->mtvec & ~3ull;
    if ((mcause & MCAUSE_INTERRUPT) && (s->mtvec & 3) == VECTORED) cpu->pc += 4 * (mcause & ~MCAUSE_INTERRUPT);
}

// Nothing retired since the last exception, and that one came from here too: the handler itself traps, for ever.
static bool is_stuck(const Cpu *cpu) {
    const Rv64 *s = rv64_state(cpu);
    return s->trapped && s->trap_pc == cpu->pc && s->trap_now == cpu_now(cpu);
}

static TrapAction take_exception(Cpu *cpu, uint64_t cause, uint64_t mtval, Stats *stats) {
    Rv64 *s = rv64_state(cpu);
    if (is_stuck(cpu)) return TRAP_STUCK;
    s->trapped = true;
    s->trap_pc = cpu->pc;
    s->trap_now = cpu_now(cpu);
    stats->v[STAT_exceptions]++;
    enter(cpu, cause, mtval);
    return TRAP_CONTINUE;
}

static void mret(Cpu *cpu) {
    Rv64 *s = rv64_state(cpu);
    uint64_t mie = s->mstatus & RV64_MSTATUS_MPIE ? RV64_MSTATUS_MIE : 0;
    s->mstatus = (s->mstatus & ~(uint64_t)RV64_MSTATUS_MIE) | mie | RV64_MSTATUS_MPIE; // MPP stays M: the only mode
    cpu->pc = s->mepc;
}

TrapAction rv64_trap(Cpu *cpu, uint32_t code, uint64_t value, Stats *stats) {
    switch (code) {
    case RV64_TRAP_MRET: mret(cpu); return TRAP_CONTINUE;
    case RV64_TRAP_RESUME: cpu->pc = value; return TRAP_CONTINUE;
    case RV64_TRAP_WFI: cpu->pc = value; return rv64_irq_wakes(cpu) ? TRAP_CONTINUE : TRAP_WAIT;
    default: return take_exception(cpu, code & 0xff, value, stats);
    }
}

uint32_t rv64_fault_code(MemKind kind, MemFault fault) {
    static const uint32_t codes[3][3] = {
        [MEM_KIND_LOAD] = {RV64_EXC_LOAD_ACCESS, RV64_EXC_LOAD_MISALIGNED, RV64_EXC_LOAD_PAGE},
        [MEM_KIND_STORE] = {RV64_EXC_STORE_ACCESS, RV64_EXC_STORE_MISALIGNED, RV64_EXC_STORE_PAGE},
        [MEM_KIND_FETCH] = {RV64_EXC_FETCH_ACCESS, RV64_EXC_FETCH_MISALIGNED, RV64_EXC_FETCH_PAGE},
    };
    return codes[kind][fault - MEM_FAULT_ACCESS];
}

bool rv64_irq_wakes(const Cpu *cpu) { return (rv64_mip(cpu) & rv64_state(cpu)->mie) != 0; }

bool rv64_irq_deliverable(const Cpu *cpu) {
    return (rv64_state(cpu)->mstatus & RV64_MSTATUS_MIE) && rv64_irq_wakes(cpu);
}

void rv64_irq_take(Cpu *cpu, Stats *stats) {
    static const uint8_t by_priority[] = {11, 3, 7}; // external, software, timer
    uint64_t pending = rv64_mip(cpu) & rv64_state(cpu)->mie;
    for (unsigned i = 0; i < ARRAY_LEN(by_priority); i++) {
        if (!(pending >> by_priority[i] & 1)) continue;
        stats->v[STAT_interrupts]++;
        enter(cpu, MCAUSE_INTERRUPT | by_priority[i], 0);
        return;
    }
}
