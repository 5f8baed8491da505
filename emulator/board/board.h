// Boards: what is where in physical memory, and the devices. A board knows memory and the callbacks below, nothing of
// guests.
#pragma once
#include "base/err.h"
#include "base/types.h"
#include "mem/mem.h"

#define BOARD_NEVER (~0ull)

enum {
    BOARD_CODE_RESET = 122, // exit code of a guest that asked for a reset: boards do not start again by themselves
    // Interrupt lines of RV64 boards are bit numbers of mip (privileged manual, "Machine Interrupt Registers").
    BOARD_RV64_SOFTWARE = 3,
    BOARD_RV64_TIMER = 7,
    BOARD_RV64_EXTERNAL = 11,
    BOARD_PRIORITY_FAST = 16, // RX: the fast interrupt; set_vector()
    BOARD_PRIORITY_NMI = 17,
};

typedef struct BoardEnv {
    void *ctx;
    uint64_t (*now)(void *ctx);                            // guest time in ns
    void (*set_irq)(void *ctx, unsigned line, bool level); // line: bit number in cpu->irq_lines
    // Boards whose interrupt controller chooses the source: the request that has priority now. Priority 0: none; 1 to
    // 15, or BOARD_PRIORITY_FAST or BOARD_PRIORITY_NMI. Call it again whenever the choice changes.
    void (*set_vector)(void *ctx, unsigned vector, unsigned priority);
    void (*end)(void *ctx, int code); // the guest ended itself with this code
    int in_fd, out_fd;                // console; -1: none
} BoardEnv;

typedef struct Board {
    const char *name;
    void *state;
    gpc reset_pc;                        // where the CPU starts when the ELF gives no entry
    uint64_t (*next_event)(void *state); // guest time in ns of the next thing that happens by itself, or BOARD_NEVER
    void (*poll)(void *state);           // time has passed: update lines, read the console
    void (*flush)(void *state);          // write out buffered console output
    int (*console_errno)(void *state);   // of the first console write that failed (output is dropped since), 0: none
    void (*irq_accepted)(void *state, unsigned vector); // NULL, or: the CPU took the request that set_vector() named
    void (*destroy)(void *state);
} Board;

typedef struct BoardOptions {
    uint64_t ram_size;
    gaddr htif_tohost;   // address of the ELF's `tohost`, 0: none
    gaddr htif_fromhost; // address of the ELF's `fromhost`, 0: none; only looked at when there is a tohost
} BoardOptions;

typedef struct BoardKind {
    const char *name;  // "virt"
    const char *guest; // name of the guest that it is for
    bool (*create)(Board *b, Mem *mem, const BoardEnv *env, const BoardOptions *o, Err *err);
} BoardKind;

const BoardKind *board_for_guest(const char *guest); // boards.c
