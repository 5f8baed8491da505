// Boards: what is where in physical memory, and the devices. A board knows memory and the callbacks below, nothing of guests.
#pragma once
#include "base/err.h"
#include "base/types.h"
#include "mem/mem.h"

#define BOARD_NEVER (~0ull)

typedef struct BoardEnv {
    void *ctx;
    uint64_t (*now)(void *ctx);                            // guest time in ns
    void (*set_irq)(void *ctx, unsigned line, bool level); // line: bit number in cpu->irq_lines
    void (*end)(void *ctx, int code);                      // the guest ended itself with this code
    int in_fd, out_fd;                                     // console; -1: none
} BoardEnv;

typedef struct Board {
    const char *name;
    void *state;
    gpc reset_pc; // where the CPU starts when the ELF gives no entry
    uint64_t (*next_event)(void *state); // guest time in ns of the next thing that happens by itself, or BOARD_NEVER
    void (*poll)(void *state);           // time has passed: update lines, read the console
    void (*flush)(void *state);          // write out buffered console output
    void (*destroy)(void *state);
} Board;

typedef struct BoardOptions {
    uint64_t ram_size;
    gaddr htif_tohost; // address of the ELF's `tohost`, 0: none
} BoardOptions;

typedef struct BoardKind {
    const char *name;       // "virt"
    const char *guest;      // name of the guest that it is for
    bool (*create)(Board *b, Mem *mem, const BoardEnv *env, const BoardOptions *o, Err *err);
} BoardKind;

const BoardKind *board_for_guest(const char *guest); // boards.c
