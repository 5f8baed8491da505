// The guest CPU as guests and emitted code see it: slots, pc, time, interrupt lines. Tables of the translator (TLB,
// caches) live behind it, in jit/frame.h, and are not visible here.
#pragma once
#include "base/types.h"

enum { CPU_SLOTS = 96 }; // slot[0..31] are the cheapest to reach for emitted code: guests put their hot registers there

enum { CPU_IRQ_FAST = 16, CPU_IRQ_NMI = 17 }; // values of irq_level beyond the priorities 1..15
// Cpu.mode: all that a translation depends on beside the bytes of the code. A unit is found only in the mode that it
// was made in. INVARIANT: the guest changes it only where generated code is left unchained: in reset(), trap(),
// irq_take(), and in a helper that is the last of its block before a lift_trap_retired(), or a lift_trap_if() that is
// then taken. What the bits say is the
// guest's own but:
//   [2:0] the view, see below    [3] translate() says where code lies and whether it may be fetched
enum { CPU_MODE_VIEW = 7, CPU_MODE_FETCH_MAPPED = 8 };
// A view is what data accesses see; each has a TLB of its own. BARE: guest address = physical address,
// nothing can forbid an access but the memory itself. SLOW: no TLB, every access asks translate() (rare
// modes). 1 to 4: the guest's.
enum { CPU_VIEW_BARE = 0, CPU_VIEWS = 5, CPU_VIEW_SLOW = 7 };
enum { CPU_RAISE_ALONE = 0xffffffff }; // raise_code: undo this instruction and execute it alone

typedef struct CpuEnv CpuEnv;

typedef struct Cpu {
    uint64_t
        slot[CPU_SLOTS]; // guest state by slot number; an I32 slot uses the low half, the upper half is unspecified
    gpc pc;              // valid whenever the run loop or a trap handler looks
    // Time. now = deadline - budget; in generated code the budget lives in a host register.
    int64_t budget;    // guest instructions until the run loop must take over
    uint64_t deadline; // retired instruction at which the run loop must take over
    // What a helper wants: set by cpu_raise(), read by the run loop.
    uint32_t raise_code; // 0: nothing; guest-defined trap code otherwise
    uint64_t raise_value;
    uint32_t mode;    // see CPU_MODE_*
    uint8_t fp_round; // FloatRound that arithmetic in generated code may be compiled for, and FLOAT_FLUSH
    bool fp_flush;    // the host has the arithmetic without denormal numbers (FADDZ to FCMPZ); else a helper is faster
    uint32_t irq_lines; // level of each interrupt line, guest-defined bits; devices set them through the board
    // Vectored interrupt request of boards that choose among their sources themselves; irq_level 0: none. Levels 1 to
    // 15 are priorities; CPU_IRQ_FAST and CPU_IRQ_NMI are above them.
    uint32_t irq_vector, irq_level;
    bool alone;  // this instruction is executed alone: devices may be touched, translated code may be written
    void *guest; // guest-private state (CSRs and such), made by guest->create()
    CpuEnv *env;
} Cpu;

// What a hart offers to the guest CPU that it is.
struct CpuEnv {
    void *hart;
    uint64_t (*time)(void *hart); // the counter of the board that the guest reads as its time (RV64: mtime)
    // When that counter reaches `at`, the board raises the CPU's own timer line (RV64: STIP of mip); ~0: never.
    void (*alarm)(void *hart, uint64_t at);
    // Mappings changed: what was cached of translate() is forgotten, chained code is asked for again. From trap() and
    // from helpers that are the last of their block, before a lift_trap_retired(), only.
    void (*tlb_flush)(void *hart);                   // all of it
    void (*tlb_flush_page)(void *hart, gaddr vaddr); // what concerns this page, or the larger page that holds it
    void (*tlb_switch)(void *hart);                  // another address space: all but what is `global` in it
    void (*code_flush)(void *hart); // drop all translations (mode or mapping change that units do not record)
    // The sticky floating-point flags (FLOAT_*) that IR ops raised since they were last taken; clears them.
    unsigned (*fp_flags)(void *hart);
    void (*irq_accepted)(void *hart, uint32_t vector); // the CPU has taken the request irq_vector
    // Physical memory for page walks: aligned, 8 bytes. table_or sets bits of an entry; false: it lies in a line of
    // translated code and the instruction is not executed alone: translate() then answers MEM_FAULT_ALONE.
    bool (*table_load)(void *hart, gaddr paddr, uint64_t *value);
    bool (*table_or)(void *hart, gaddr paddr, uint64_t bits);
    // Guest memory for trap handlers, and for helpers while cpu->alone; false: nothing there. Size in log2 of bytes.
    bool (*load)(void *hart, gaddr at, unsigned size_log2, uint64_t *value);
    bool (*store)(void *hart, gaddr at, unsigned size_log2, uint64_t value);
    // Host address of the guest byte `at` when its whole page is plain memory (for a
    // store: without translated code); else NULL. Valid up to the end of the page, until the helper returns.
    void *(*plain_memory)(void *hart, gaddr at, bool store);
};

static inline uint64_t cpu_now(const Cpu *cpu) { return cpu->deadline - (uint64_t)cpu->budget; } // retired instructions
// Asks for a guest exception. From an IR helper (IR_HELPER_RAISES): the instruction is undone and trap() is called.
static inline void cpu_raise(Cpu *cpu, uint32_t code, uint64_t value) {
    cpu->raise_code = code;
    cpu->raise_value = value;
}
