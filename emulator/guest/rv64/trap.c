// Exceptions, interrupts, and the returns from them; wfi and sfence.vma. "Machine-Level ISA": "Machine Cause Register",
// "Machine Trap Delegation Registers", "Machine Interrupt Registers"; "Supervisor-Level ISA".
#include "guest/rv64/rv64.h"

enum { VECTORED = 1, SFENCE_BYTES = 4 };
#define CAUSE_INTERRUPT (1ull << 63)

static uint64_t vector(uint64_t tvec, uint64_t cause) {
    bool vectored = (cause & CAUSE_INTERRUPT) && (tvec & 3) == VECTORED;
    return (tvec & ~3ull) + (vectored ? 4 * (cause & ~CAUSE_INTERRUPT) : 0);
}

// A change of privilege ends the reservation of LR: it may be another program's.
static void set_priv(Cpu *cpu, unsigned priv) {
    rv64_state(cpu)->priv = (uint8_t)priv;
    cpu->slot[RV64_SLOT_RESERVATION] = RV64_NO_RESERVATION;
    rv64_update_mode(cpu);
}

static uint64_t bit_if(bool condition, uint64_t bit) { return condition ? bit : 0; }

static void enter_s(Cpu *cpu, uint64_t cause, uint64_t tval) {
    Rv64 *s = rv64_state(cpu);
    s->sepc = cpu->pc;
    s->scause = cause;
    s->stval = tval;
    uint64_t keep = s->mstatus & ~(RV64_MSTATUS_SIE | RV64_MSTATUS_SPIE | RV64_MSTATUS_SPP);
    s->mstatus =
        keep | bit_if(s->mstatus & RV64_MSTATUS_SIE, RV64_MSTATUS_SPIE) | bit_if(s->priv == RV64_S, RV64_MSTATUS_SPP);
    cpu->pc = vector(s->stvec, cause);
    set_priv(cpu, RV64_S);
}

static void enter_m(Cpu *cpu, uint64_t cause, uint64_t tval) {
    Rv64 *s = rv64_state(cpu);
    s->mepc = cpu->pc;
    s->mcause = cause;
    s->mtval = tval;
    uint64_t keep = s->mstatus & ~(RV64_MSTATUS_MIE | RV64_MSTATUS_MPIE | RV64_MSTATUS_MPP);
    s->mstatus = keep | bit_if(s->mstatus & RV64_MSTATUS_MIE, RV64_MSTATUS_MPIE) | rv64_mpp_bits(s->priv);
    cpu->pc = vector(s->mtvec, cause);
    set_priv(cpu, RV64_M);
}

// Delegation takes traps out of S- and U-mode only.
static void enter(Cpu *cpu, uint64_t cause, uint64_t tval) {
    const Rv64 *s = rv64_state(cpu);
    uint64_t delegated = cause & CAUSE_INTERRUPT ? s->mideleg : s->medeleg;
    if (s->priv != RV64_M && (delegated >> (cause & 63) & 1))
        enter_s(cpu, cause, tval);
    else
        enter_m(cpu, cause, tval);
}

// The same exception in the same mode at the same place, and nothing retired in between: the handler's first
// instruction traps, back to itself, for ever. (A handler is entered at one place; a trap that goes to another mode on
// its second round differs in `priv` or `cause`.)
static bool is_stuck(const Cpu *cpu, uint64_t cause) {
    const Rv64 *s = rv64_state(cpu);
    return s->trapped && s->trap_now == cpu_now(cpu) && s->trap_pc == cpu->pc && s->trap_cause == cause &&
           s->trap_priv == s->priv;
}

static TrapAction take_exception(Cpu *cpu, uint64_t cause, uint64_t tval, Stats *stats) {
    Rv64 *s = rv64_state(cpu);
    if (is_stuck(cpu, cause)) return TRAP_STUCK;
    s->trapped = true;
    s->trap_pc = cpu->pc;
    s->trap_now = cpu_now(cpu);
    s->trap_cause = cause;
    s->trap_priv = s->priv;
    stats->v[STAT_exceptions]++;
    enter(cpu, cause, tval);
    return TRAP_CONTINUE;
}

static void mret(Cpu *cpu) {
    Rv64 *s = rv64_state(cpu);
    unsigned to = rv64_mpp_of(s->mstatus);
    uint64_t keep = s->mstatus & ~(RV64_MSTATUS_MIE | RV64_MSTATUS_MPP);
    s->mstatus = keep | bit_if(s->mstatus & RV64_MSTATUS_MPIE, RV64_MSTATUS_MIE) | RV64_MSTATUS_MPIE;
    if (to != RV64_M) s->mstatus &= ~RV64_MSTATUS_MPRV;
    cpu->pc = s->mepc;
    set_priv(cpu, to);
}

static void sret(Cpu *cpu) {
    Rv64 *s = rv64_state(cpu);
    unsigned to = s->mstatus & RV64_MSTATUS_SPP ? RV64_S : RV64_U;
    uint64_t keep = s->mstatus & ~(RV64_MSTATUS_SIE | RV64_MSTATUS_SPP | RV64_MSTATUS_MPRV);
    s->mstatus = keep | bit_if(s->mstatus & RV64_MSTATUS_SPIE, RV64_MSTATUS_SIE) | RV64_MSTATUS_SPIE;
    cpu->pc = s->sepc;
    set_priv(cpu, to);
}

TrapAction rv64_trap(Cpu *cpu, uint32_t code, uint64_t value, Stats *stats) {
    switch (code) {
    case RV64_TRAP_MRET: mret(cpu); return TRAP_CONTINUE;
    case RV64_TRAP_SRET: sret(cpu); return TRAP_CONTINUE;
    case RV64_TRAP_RESUME: cpu->pc = value; return TRAP_CONTINUE;
    case RV64_TRAP_FS_DIRTY: rv64_float_dirty(cpu); return TRAP_CONTINUE;
    case RV64_TRAP_FRM:
        rv64_float_rounding(cpu);
        cpu->pc = value;
        return TRAP_CONTINUE;
    case RV64_TRAP_SFENCE:
        rv64_sfence(cpu, value & 31, value >> 5 & 31);
        cpu->pc += SFENCE_BYTES;
        return TRAP_CONTINUE;
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

// Interrupts that would be taken now. Those for M-mode come before those that are delegated.
static uint64_t takeable(const Cpu *cpu) {
    const Rv64 *s = rv64_state(cpu);
    uint64_t pending = rv64_mip(cpu) & s->mie;
    if (!pending) return 0;
    uint64_t for_m = pending & ~s->mideleg, for_s = pending & s->mideleg;
    if (for_m && (s->priv != RV64_M || (s->mstatus & RV64_MSTATUS_MIE))) return for_m;
    if (s->priv == RV64_U || (s->priv == RV64_S && (s->mstatus & RV64_MSTATUS_SIE))) return for_s;
    return 0;
}

bool rv64_irq_deliverable(const Cpu *cpu) { return takeable(cpu) != 0; }

void rv64_irq_take(Cpu *cpu, Stats *stats) {
    static const uint8_t by_priority[] = {11, 3, 7, 9, 1, 5}; // external, software, timer; M before S
    uint64_t pending = takeable(cpu);
    for (unsigned i = 0; i < ARRAY_LEN(by_priority); i++) {
        if (!(pending >> by_priority[i] & 1)) continue;
        stats->v[STAT_interrupts]++;
        enter(cpu, CAUSE_INTERRUPT | by_priority[i], 0);
        return;
    }
}
