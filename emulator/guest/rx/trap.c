// Exceptions and interrupts, returning from them, and waiting ("Exceptions and interrupts").
//
// Entry pushes PSW and PC on the interrupt stack; when that fails, there is no way on: the guest is stuck.
#include "guest/rx/rx.h"

enum { FIXED_VECTORS = 0xffffff80u, NMI_VECTOR = 30, WORD = 2 };

static bool load_word(const Cpu *cpu, uint32_t at, uint32_t *value) {
    uint64_t v = 0;
    bool ok = cpu->env->load(cpu->env->hart, at, WORD, &v);
    *value = (uint32_t)v;
    return ok;
}

static bool push(Cpu *cpu, uint32_t value) {
    uint32_t sp = rx_reg(cpu, 0) - 4;
    if (!cpu->env->store(cpu->env->hart, sp, WORD, value)) return false;
    cpu->slot[0] = sp;
    return true;
}

static bool pop(Cpu *cpu, uint32_t *value) {
    if (!load_word(cpu, rx_reg(cpu, 0), value)) return false;
    cpu->slot[0] = rx_reg(cpu, 0) + 4;
    return true;
}

static void set_ipl(Cpu *cpu, uint32_t ipl) {
    cpu->slot[RX_SLOT_PSW] = (rx_reg(cpu, RX_SLOT_PSW) & ~(uint32_t)RX_PSW_IPL) | ipl << RX_PSW_IPL_SHIFT;
}

static TrapAction enter(Cpu *cpu, uint32_t return_pc, uint32_t vector_at) {
    uint32_t psw = rx_psw_read(cpu), handler;
    rx_psw_write(cpu, psw & ~(uint32_t)(RX_PSW_I | RX_PSW_U | RX_PSW_PM));
    if (!push(cpu, psw) || !push(cpu, return_pc) || !load_word(cpu, vector_at, &handler)) return TRAP_STUCK;
    cpu->pc = handler;
    return TRAP_CONTINUE;
}

// Nothing retired since the last exception, and that one came from here too: the handler itself traps, for ever.
static bool is_stuck(const Cpu *cpu) {
    const Rx *s = rx_state(cpu);
    return s->trapped && s->trap_pc == cpu->pc && s->trap_now == cpu_now(cpu);
}

static TrapAction take_exception(Cpu *cpu, uint32_t vector_at, uint32_t return_pc, Stats *stats) {
    Rx *s = rx_state(cpu);
    if (is_stuck(cpu)) return TRAP_STUCK;
    s->trapped = true;
    s->trap_pc = cpu->pc;
    s->trap_now = cpu_now(cpu);
    stats->v[STAT_exceptions]++;
    return enter(cpu, return_pc, vector_at);
}

static TrapAction fixed_exception(Cpu *cpu, uint32_t code, Stats *stats) {
    return take_exception(cpu, FIXED_VECTORS + 4 * (code & 31), (uint32_t)cpu->pc, stats);
}

static void return_to(Cpu *cpu, uint32_t pc, uint32_t psw) {
    if ((psw & RX_PSW_PM) && !(rx_reg(cpu, RX_SLOT_PSW) & RX_PSW_PM)) psw |= RX_PSW_U;
    rx_psw_write(cpu, psw);
    cpu->pc = pc;
}

static TrapAction lift_rte(Cpu *cpu, Stats *stats) {
    uint32_t pc, psw, sp = rx_reg(cpu, 0);
    if (pop(cpu, &pc) && pop(cpu, &psw)) {
        return_to(cpu, pc, psw);
        return TRAP_CONTINUE;
    }
    cpu->slot[0] = sp;
    return fixed_exception(cpu, RX_EXC_ACCESS, stats);
}

static TrapAction wait(Cpu *cpu, uint32_t next) {
    cpu->slot[RX_SLOT_PSW] = rx_reg(cpu, RX_SLOT_PSW) | RX_PSW_I;
    cpu->pc = next;
    return rx_irq_wakes(cpu) ? TRAP_CONTINUE : TRAP_WAIT;
}

static bool privileged(uint32_t code) {
    return code == RX_TRAP_RTE || code == RX_TRAP_RTFI || code == RX_TRAP_WAIT || code == RX_TRAP_MVTIPL;
}

TrapAction rx_trap(Cpu *cpu, uint32_t code, uint64_t value, Stats *stats) {
    if (privileged(code) && (rx_reg(cpu, RX_SLOT_PSW) & RX_PSW_PM)) code = RX_EXC_PRIVILEGED;
    switch (code) {
    case RX_TRAP_INT: {
        uint32_t vector_at = rx_reg(cpu, RX_SLOT_INTB) + 4 * (uint32_t)(value & 255);
        return take_exception(cpu, vector_at, (uint32_t)(value >> 8), stats);
    }
    case RX_TRAP_RTE: return lift_rte(cpu, stats);
    case RX_TRAP_RTFI: return_to(cpu, rx_reg(cpu, RX_SLOT_BPC), rx_reg(cpu, RX_SLOT_BPSW)); return TRAP_CONTINUE;
    case RX_TRAP_WAIT: return wait(cpu, (uint32_t)value);
    case RX_TRAP_RESUME: cpu->pc = (uint32_t)value; return TRAP_CONTINUE;
    case RX_TRAP_MVTIPL:
        set_ipl(cpu, value & 15);
        cpu->pc = (uint32_t)(value >> 4);
        return TRAP_CONTINUE;
    default: return fixed_exception(cpu, code, stats);
    }
}

uint32_t rx_fault_code(MemKind kind, MemFault fault) {
    (void)kind, (void)fault;
    return RX_EXC_ACCESS;
}

// ---- interrupts
static uint32_t request_level(const Cpu *cpu) { return cpu->irq_level == CPU_IRQ_FAST ? 15 : cpu->irq_level; }

bool rx_irq_deliverable(const Cpu *cpu) {
    uint32_t psw = rx_reg(cpu, RX_SLOT_PSW);
    if (!cpu->irq_level) return false;
    if (cpu->irq_level == CPU_IRQ_NMI) return true;
    return (psw & RX_PSW_I) && request_level(cpu) > (psw & RX_PSW_IPL) >> RX_PSW_IPL_SHIFT;
}

// WAIT has set I: it ends with the interrupt that it waited for.
bool rx_irq_wakes(const Cpu *cpu) { return rx_irq_deliverable(cpu); }

void rx_irq_take(Cpu *cpu, Stats *stats) {
    uint32_t vector = cpu->irq_vector, level = cpu->irq_level, pc = (uint32_t)cpu->pc;
    stats->v[STAT_interrupts]++;
    cpu->env->irq_accepted(cpu->env->hart, vector);
    if (level == CPU_IRQ_FAST) {
        uint32_t psw = rx_psw_read(cpu);
        cpu->slot[RX_SLOT_BPC] = pc;
        cpu->slot[RX_SLOT_BPSW] = psw;
        rx_psw_write(cpu, psw & ~(uint32_t)(RX_PSW_I | RX_PSW_U | RX_PSW_PM));
        cpu->pc = rx_reg(cpu, RX_SLOT_FINTV);
        set_ipl(cpu, 15);
        return;
    }
    bool nmi = level == CPU_IRQ_NMI;
    // A stack that is not there cannot be told from here; the handler's first push will fault.
    enter(cpu, pc, nmi ? FIXED_VECTORS + 4u * NMI_VECTOR : rx_reg(cpu, RX_SLOT_INTB) + 4 * vector);
    set_ipl(cpu, nmi ? 15 : level);
}
