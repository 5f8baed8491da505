// The guest CPU as guests and emitted code see it: slots, pc, time, interrupt lines. Tables of the translator (TLB,
// caches) live behind it, in jit/frame.h, and are not visible here.
#pragma once
#include "base/types.h"

enum { CPU_SLOTS = 96 }; // slot[0..31] are the cheapest to reach for emitted code: guests put their hot registers there

enum { CPU_IRQ_FAST = 16, CPU_IRQ_NMI = 17 }; // values of irq_level beyond the priorities 1..15
enum { CPU_RAISE_ALONE = 0xffffffff };        // raise_code: undo this instruction and execute it alone

typedef struct CpuEnv CpuEnv;

typedef struct Cpu {
    uint64_t
        slot[CPU_SLOTS]; // guest state by slot number; an I32 slot uses the low half, the upper half is unspecified
    gpc pc;              // valid whenever the run loop or a trap handler looks
    // Time. now = deadline - budget; in generated code the budget lives in a host register.
    int64_t budget;    // guest instructions until the run loop must take over
    uint64_t deadline; // in retired guest instructions
    // What a helper wants: set by cpu_raise(), read by the run loop.
    uint32_t raise_code; // 0: nothing; guest-defined trap code otherwise
    uint64_t raise_value;
    uint32_t irq_lines; // level of each interrupt line, guest-defined bits; devices set them through the board
    // Vectored interrupt request of boards that choose among their sources themselves; irq_level 0: none. Levels 1 to
    // 15 are priorities; CPU_IRQ_FAST and CPU_IRQ_NMI are above them.
    uint32_t irq_vector, irq_level;
    bool alone;  // this instruction is executed alone: devices may be touched, translated code may be written
    void *guest; // guest-private state (CSRs and such), made by guest->create()
    CpuEnv *env;
} Cpu;

// What the machine offers to a guest.
struct CpuEnv {
    void *machine;
    uint64_t (*time)(void *machine);   // guest time in ns
    void (*tlb_flush)(void *machine);  // mappings changed
    void (*code_flush)(void *machine); // drop all translations (mode or mapping change that units do not record)
    void (*irq_accepted)(void *machine, uint32_t vector); // the CPU has taken the request irq_vector
    // Guest memory for trap handlers, and for helpers while cpu->alone; false: nothing there. Size in log2 of bytes.
    bool (*load)(void *machine, gaddr at, unsigned size_log2, uint64_t *value);
    bool (*store)(void *machine, gaddr at, unsigned size_log2, uint64_t value);
    // Host address of the guest byte `at` when its whole page is plain memory (for a
    // store: without translated code); else NULL. Valid up to the end of the page, until the helper returns.
    void *(*plain_memory)(void *machine, gaddr at, bool store);
};

static inline uint64_t cpu_now(const Cpu *cpu) { return cpu->deadline - (uint64_t)cpu->budget; } // retired instructions
// Asks for a guest exception. From an IR helper (IR_HELPER_RAISES): the instruction is undone and trap() is called.
static inline void cpu_raise(Cpu *cpu, uint32_t code, uint64_t value) {
    cpu->raise_code = code;
    cpu->raise_value = value;
}
