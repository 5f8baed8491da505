// RV64 as a program of an operating system sees it: always in U-mode, every trap is the system's (sys/).
#include "guest/rv64/rv64.h"
#include "guest/rv64/guest_rv64.h"

enum { FCSR = 3 };

// The counters can be read, as Linux allows. Floating point is on. Where addresses lie is asked of the personality that runs the
// program, in a view of its own.
static void begin(Cpu *cpu, gpc entry) {
    guest_rv64.reset(cpu, entry);
    Rv64 *s = rv64_state(cpu);
    s->hosted = true;
    s->priv = RV64_U;
    s->mstatus |= RV64_MSTATUS_FS;
    s->mcounteren = s->scounteren = RV64_MODE_COUNTERS;
    rv64_update_mode(cpu);
}

static UserTrap trap(uint32_t code) {
    switch (code) {
    case RV64_EXC_ECALL | RV64_U: return USER_TRAP_CALL;
    case RV64_EXC_ILLEGAL: return USER_TRAP_ILLEGAL;
    case RV64_EXC_BREAKPOINT: return USER_TRAP_BREAKPOINT;
    case RV64_EXC_FETCH_MISALIGNED:
    case RV64_EXC_LOAD_MISALIGNED:
    case RV64_EXC_STORE_MISALIGNED: return USER_TRAP_MISALIGNED;
    case RV64_EXC_LOAD_ACCESS:
    case RV64_EXC_LOAD_PAGE: return USER_TRAP_LOAD;
    case RV64_EXC_STORE_ACCESS:
    case RV64_EXC_STORE_PAGE: return USER_TRAP_STORE;
    case RV64_EXC_FETCH_ACCESS:
    case RV64_EXC_FETCH_PAGE: return USER_TRAP_FETCH;
    case RV64_TRAP_FENCE_I: return USER_TRAP_FENCE;
    default: return USER_TRAP_OTHER;
    }
}

static void switched(Cpu *cpu) { cpu->slot[RV64_SLOT_RESERVATION] = RV64_NO_RESERVATION; }

static uint32_t get_fcsr(Cpu *cpu) { return (uint32_t)rv64_fcsr_read(cpu, FCSR); }
static void set_fcsr(Cpu *cpu, uint32_t v) { rv64_fcsr_write(cpu, FCSR, v); }

#define ISA(letter) (1ull << ((letter) - 'A'))
const GuestUser rv64_user = {
    .x0 = 0,
    .f0 = RV64_SLOT_F0,
    .hwcap = ISA('I') | ISA('M') | ISA('A') | ISA('F') | ISA('D') | ISA('C'),
    .begin = begin,
    .trap = trap,
    .switched = switched,
    .get_fcsr = get_fcsr,
    .set_fcsr = set_fcsr,
};
