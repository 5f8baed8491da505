// A hart: one guest CPU, and all that running it takes. Engines and the run loop get it as an argument; a machine has
// one, and what several would share (memory, board, translations, counters) is the machine's.
#pragma once
#include "guest/guest.h"
#include "jit/frame.h"

typedef struct Machine Machine;

typedef struct Hart {
    Machine *machine;
    Frame *frame; // the CPU, and what generated code reaches
    CpuEnv env;
    // Where guest addresses lie, as Guest.translate; what the guest itself says, or what the personality puts here.
    MemFault (*translate)(void *ctx, gaddr vaddr, unsigned size, MemKind kind, MemPage *page);
    void *translate_ctx;
    // interpreter, and instructions that are executed alone
    IrUnit step_ir;
    uint64_t *values; // by ref
    size_t n_values;
    unsigned fp_flags; // sticky, FLOAT_*: raised by the interpreter since they were last taken
    // time
    uint32_t quantum;    // at most so many guest instructions between two looks
    bool exact_deadline; // the deadline is an event, not just the end of a quantum
    // check.c: the run loop pauses when a budget that ends here has run out; 0: never
    uint64_t pause_at, quantum_ends;
    bool pausing, paused; // the deadline is pause_at; it came
} Hart;

bool hart_init(Hart *h, Machine *m, Err *err); // hart_free() is due either way
void hart_free(Hart *h);
static inline Cpu *hart_cpu(const Hart *h) { return &h->frame->cpu; }
unsigned hart_take_fp_flags(Hart *h); // sticky flags of both engines
void hart_flush_data(Hart *h);        // what the TLB holds

// access.c: guest memory as the engines see it, by guest address in the CPU's mode. memop: MEMOP_SIZE and
// MEMOP_ALIGNED. `exact`: the state is that of the instruction itself, devices may be touched and translated
// code may be written; else that fails with MEM_FAULT_ALONE. *page: where it lies; `partial` when other bytes of
// the page may lie elsewhere.
MemFail hart_load(Hart *h, gaddr at, unsigned memop, bool exact, uint64_t *value, MemPage *page);
MemFail hart_store(Hart *h, gaddr at, unsigned memop, bool exact, uint64_t value, MemPage *page);
// An ATOMIC with inputs b and c; *old: what was there.
MemFail hart_atomic(Hart *h, gaddr at, const IrInsn *in, const uint64_t bc[2], bool exact, uint64_t *old,
                    MemPage *page);
MemFault hart_translate(Hart *h, gaddr vaddr, unsigned size, MemKind kind, MemPage *page); // for JitOptions
void hart_offer_memory(CpuEnv *env); // fills in what access.c does of it
// For debuggers: as the guest sees it now, without touching devices or the guest's tables. Bytes that are there.
size_t hart_peek(Hart *h, gaddr at, void *out, size_t n);
bool hart_poke(Hart *h, gaddr at, const void *bytes, size_t n); // all or nothing; protection does not matter
