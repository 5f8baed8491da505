// The contract between a guest architecture and the house. A guest is a folder, a table (*.insn) and one `const Guest`.
#pragma once
#include "base/feature.h"
#include "base/log.h"
#include "base/stat.h"
#include "base/types.h"
#include "guest/cpu.h"
#include "ir/ir.h"

// ---- decode: data and pure. The generated tables are read by decode.c, print.c and rand.c.
enum { INSN_FIELDS = 8, INSN_BYTES_MAX = 8 };
typedef struct Insn {
    uint16_t op;            // index into the guest's table (guest-private enum); meaningless if len == 0
    uint8_t len;            // bytes; 0: no such instruction
    uint64_t raw;           // the bytes, little-endian
    int64_t f[INSN_FIELDS]; // fields; the table's `names` line says which is where
} Insn;

// ---- lift: one guest basic block into the IR unit under construction.
typedef struct Lift {
    IrUnit *u;
    const Features *features;
    Stats *stats;
    const Cpu *cpu; // mode of the CPU at translation time (privilege, ...), read only
    gpc pc;         // address of the instruction being lifted
    gpc next_pc;    // pc + its length
    uint16_t index; // number of the instruction in its block
    uint16_t block; // being built
    bool ended;     // the terminator was emitted
    uint16_t
        note[16]; // the guest's own: what it remembers from one instruction of the block to the next; 0 at its start
} Lift;

// Terminators. Each ends the block; `retired` is counted including the current instruction, except for traps. They emit
// the terminator and set succ and l->ended; the driver calls ir_block_end(). b == 0 in a branch: compare with 0.
void lift_jump(Lift *l, gpc to, gpc return_pc); // direct; return_pc != 0: a call
// Else falls to next_pc. An instruction that is taken to itself is one that is not finished: profiles do not call it a branch.
void lift_branch(Lift *l, IrCond c, IrType width, IrRef a, IrRef b, gpc taken);
void lift_ijump(Lift *l, IrRef to, bool is_return, gpc return_pc);
void lift_trap(Lift *l, uint32_t code, uint64_t value);         // the instruction does not retire; cpu->pc = its pc
void lift_trap_retired(Lift *l, uint32_t code, uint64_t value); // the same, but it counts as retired (mret, wfi, ...)
void lift_trap_if(Lift *l, IrRef condition, uint32_t code, uint64_t value); // retired, too; 0: goes on at next_pc

// ---- what a fault on a guest memory access or fetch is
// ALONE: no fault of the guest's; the instruction must be executed alone to know.
typedef enum MemFault { MEM_FAULT_NONE, MEM_FAULT_ACCESS, MEM_FAULT_ALIGN, MEM_FAULT_PAGE, MEM_FAULT_ALONE } MemFault;
typedef enum MemKind { MEM_KIND_LOAD, MEM_KIND_STORE, MEM_KIND_FETCH } MemKind;
// What became of an access: `at` is the first guest address of it that lies in the page that faults.
typedef struct MemFail {
    MemFault fault;
    gaddr at;
} MemFail;

// Where a guest address lies.
typedef struct MemPage {
    gaddr paddr;      // physical address of the byte that was asked for
    uint8_t map_bits; // the mapping covers 1 << map_bits bytes (12: a page; more: tlb_flush_page concerns all of them)
    bool global;      // the same in every address space: survives tlb_switch()
    bool written;     // may be stored to, and its entry says that it was: asking for a store changes nothing
    bool partial;     // holds for this access only, not for its whole 4 KiB page: must not be cached
} MemPage;

typedef enum TrapAction {
    TRAP_CONTINUE, // go on at cpu->pc
    TRAP_WAIT,     // go on at cpu->pc once an interrupt is pending
    TRAP_STUCK,    // the guest traps without end: nothing sensible can follow
} TrapAction;

// A register as debuggers know it: what they see is a value, wherever the guest keeps it.
typedef struct GuestReg {
    const char *name, *type; // type: of gdb's, "uint32", "code_ptr", ...
    uint8_t bits;            // 32 or 64
} GuestReg;

typedef struct GuestRegSet {
    const char *feature; // gdb's name for it
    unsigned first;      // its first register
} GuestRegSet;

typedef struct GuestDebug {
    const char *architecture; // gdb's name for it
    bool watches_before;      // gdb expects a stop before an access that is watched, not behind it
    const GuestRegSet *sets;  // the first set: what gdb asks for at every stop
    unsigned n_sets;
    const GuestReg *regs; // registers in gdb's order
    unsigned n_regs;
    uint64_t (*read)(const Cpu *cpu, unsigned reg);
    void (*write)(Cpu *cpu, unsigned reg, uint64_t value);
} GuestDebug;

// For guests on which programs of an operating system run without a supervisor: sys/ is the system then.
typedef enum UserTrap { // what a trap code is to it
    USER_TRAP_OTHER,    // Guest.trap() knows
    USER_TRAP_CALL,     // a system call
    USER_TRAP_ILLEGAL,
    USER_TRAP_BREAKPOINT,
    USER_TRAP_MISALIGNED, // value: the address, here and below
    USER_TRAP_LOAD,
    USER_TRAP_STORE,
    USER_TRAP_FETCH,
    USER_TRAP_FENCE, // code may have changed; value: the next instruction
} UserTrap;

typedef struct GuestUser {
    uint16_t x0, f0; // slots of integer and floating-point registers, 32 each; f0 == 0: there are none
    uint64_t hwcap;  // as Linux says what the CPU can do
    void (*begin)(Cpu *cpu, gpc entry); // all registers 0, unprivileged
    UserTrap (*trap)(uint32_t code);
    void (*switched)(Cpu *cpu); // another thread runs from now on
    uint32_t (*get_fcsr)(Cpu *cpu);
    void (*set_fcsr)(Cpu *cpu, uint32_t fcsr);
} GuestUser;

typedef struct Guest {
    const char *name;     // "rv64"
    uint16_t elf_machine; // EM_*
    uint8_t elf_class;    // ELFCLASS64 or 32
    uint8_t insn_align;   // 2 for RVC, 1 for RX
    uint8_t insn_min; // bytes that must be readable to decode the shortest instruction; more are offered when mapped
    const char *isa, *mmu; // names of the CPU's in a device tree; NULL: none
    bool strict_code;      // stores to code take effect without any fence
    const IrSlot *slots;   // slot i is cpu->slot[i]
    uint16_t n_slots;
    bool (*is_flag_slot)(
        unsigned slot);          // it holds flags, or what flags follow from: profiles tell them from other state
    const char *const *op_names; // mnemonics of the table rows (coverage, profiles)
    uint16_t n_ops;

    void *(*create)(void); // guest-private state for cpu->guest
    void (*destroy)(void *state);
    void (*reset)(Cpu *cpu, gpc entry);
    Insn (*decode)(const uint8_t *bytes, unsigned avail, gpc pc);
    // Bytes of the instruction whose first insn_min bytes these are. Guests with a translate() have it: an instruction
    // across a page border faults only if it needs the other page. Else NULL.
    unsigned (*insn_length)(const uint8_t *bytes);
    // With insn_length, of at most 4: what a short form stands for, with its own length; else as it is. lift() takes either.
    Insn (*expand)(const Insn *insn);
    bool (*lift)(Lift *l,
                 const Insn *insn); // false: cannot happen for a decoded insn (BUG); unknown code ends in lift_trap
    void (*lift_undefined)(Lift *l, const uint8_t *bytes, unsigned avail);
    size_t (*print)(char *out, size_t size, const Insn *insn, gpc pc); // as objdump does
    // Exceptions and interrupts. trap(): an exit of kind TRAP, or cpu_raise(), with cpu->pc = the instruction.
    TrapAction (*trap)(Cpu *cpu, uint32_t code, uint64_t value, Stats *stats);
    // How the current mode maps [vaddr, vaddr + size), which lies in one 4 KiB page; also checks that the access may be
    // done and records it where tables want that (accessed, dirty). NULL: guest address = physical address. The value
    // of a fault is the first guest address of the access that lies in the page that faults.
    MemFault (*translate)(Cpu *cpu, gaddr vaddr, unsigned size, MemKind kind, MemPage *page);
    uint32_t (*fault_code)(MemKind kind, MemFault fault); // trap code for a memory fault; value is the guest address
    bool (*irq_deliverable)(const Cpu *cpu);              // would an interrupt be taken now?
    bool (*irq_wakes)(const Cpu *cpu);                    // does WAIT end now?
    void (*irq_take)(Cpu *cpu, Stats *stats);             // enters the handler: cpu->pc changes
    const GuestDebug *debug;
    const GuestUser *user; // or NULL
} Guest;

const Guest *const *guests_all(void); // NULL-terminated: guests.c
