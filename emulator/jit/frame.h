// What the frame register of generated code points into: the guest CPU first, then everything else
// that emitted code reaches.
#pragma once
#include "base/err.h"
#include "guest/cpu.h"
#include "jit/unit.h"
#include "mem/tlb.h"
#include "ra/ra.h"

enum { IBTC_BITS = 15, IBTC_ENTRIES = 1 << IBTC_BITS, IBTC_TABLES = 16 };
#define IBTC_NO_PC (~0ull) // INVARIANT: no guest instruction has this address

typedef struct Ibtc {
    uint64_t tag[IBTC_ENTRIES];  // guest pc
    uint64_t code[IBTC_ENTRIES]; // host address
} Ibtc;

typedef struct Frame {
    Cpu cpu;
    uint64_t saved_regs[HOST_REGS_MAX];
    uint64_t host_sp, guest_sp, call_site, call_sp, result, args[3];
    uint32_t fp_state, fp_host;
    _Alignas(16) uint64_t fp_consts[HOST_FP_CONSTS];
    uint64_t spills[RA_SPILLS_MAX];
    Tlb tlb[CPU_VIEWS];
    TlbLarge large;
    Ibtc ibtc[IBTC_TABLES]; // one for a mode, see code/ibtc.c
    Edge fault;             // token of FAULT and STEP
    struct Hart *hart;      // that it is the frame of
    void *stack;            // stack of generated code, see code/frame.c
} Frame;

Frame *frame_new(struct Hart *hart, Err *err); // with a stack; NULL: no memory
void frame_free(Frame *f);                     // NULL: nothing

// The frame register points to slot 16, so that slots 0..31 have 8-bit displacements.
static inline void *frame_reg(Frame *f) { return &f->cpu.slot[16]; }
// Where a field is, seen from the frame register: the same for every hart.
#define FRAME_DISP(field) ((int32_t)offsetof(Frame, field) - (int32_t)offsetof(Frame, cpu.slot[16]))
static inline Frame *frame_of(void *reg) { return (Frame *)((char *)reg - offsetof(Frame, cpu.slot[16])); }
