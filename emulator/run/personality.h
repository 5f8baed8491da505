// A personality: what a machine is to the program that runs on it. A board (board.c) has devices and leaves traps to
// the guest's own handlers; a Linux process (user.c) has system calls and signals, and the host protects its pages.
#pragma once
#include "base/err.h"
#include "guest/guest.h"
#include "jit/jit.h"

typedef struct Machine Machine;
typedef struct Hart Hart;

typedef struct Personality {
    const char *name;
    // start
    bool (*open)(Machine *m, Err *err);  // what is to run, and the guest that runs it
    bool (*start)(Machine *m, Err *err); // memory, devices or system; the CPU at its first instruction
    void (*stop)(Machine *m);            // due after open() or start(), failed ones too
    // faults
    // false: these bytes of one page are translated code, and the instruction is not executed alone
    bool (*may_store)(Machine *m, gaddr paddr, unsigned size, bool exact);
    // Up to 8 bytes of one page that may be accessed so; false: the memory is gone. NULL: physical memory.
    bool (*read)(Machine *m, gaddr paddr, unsigned size, uint64_t *value);
    bool (*write)(Machine *m, gaddr paddr, unsigned size, uint64_t value);
    bool (*poke)(Machine *m, gaddr at, const void *bytes, size_t n); // NULL: into physical memory
    void (*code_made)(void *machine, gaddr at, uint64_t n);          // for JitOptions, as the next one
    HostMemFn *access_fault;
    bool is_program; // of an operating system: see JitOptions
    // traps: an exit of kind TRAP, or a fault of the guest's
    TrapAction (*trap)(Hart *h, uint32_t code, uint64_t value);
    // idle: until an interrupt is pending, or the machine ended, or the debugger wants it to
    // stop; false: nothing can come
    bool (*idle)(Hart *h);
    uint32_t host_clock_quantum; // by the host's clock, devices are looked at this often; 0: once per sample
} Personality;

extern const Personality personality_board, personality_user;
