// The target's code while it has registers without number, and how it gets those of the target.
#pragma once

#include "ir.h"

typedef enum {
#define INSN(name, form) M_##name,
#include "insn.inc"
#undef INSN
    M_COUNT,
    M_return = M_COUNT, // ends a function; becomes its epilogue
    M_nothing
} MachineOp;

typedef enum { FORM_R, FORM_I, FORM_M, FORM_B, FORM_J, FORM_U, FORM_T, FORM_S } Form;

extern const char *const machine_names[M_COUNT];
extern const uint8_t machine_forms[M_COUNT];

enum {
    REG_ZERO = 0,
    REG_SP = 1,
    REG_RETURN = 2,
    REG_SCRATCH = 3,
    REG_ARG = 4,
    ARGS_MAX = 6,
    REG_KEPT = 20, // and up
    REGS = 32,     // numbers from here on are of no register yet
    IMM_MIN = -8192,
    IMM_MAX = 8191
};

typedef struct MachineInsn MachineInsn;
typedef struct MachineBlock MachineBlock;

typedef enum { PART_NONE, PART_HIGH, PART_LOW } Part; // of an address in imm

struct MachineInsn {
    uint16_t op;
    uint8_t n_call_args; // of a call
    uint8_t part;
    uint32_t rd, ra, rb;
    int32_t imm;
    Symbol *symbol;
    MachineBlock *to;
    MachineInsn *prev, *next;
    MachineBlock *block;
};

struct MachineBlock {
    uint32_t order, depth;
    MachineInsn *first, *last;
    MachineBlock *succ[2];
    Set live_in, live_out;
};

typedef struct {
    Arena *arena;
    Function *f;
    MachineBlock *blocks;
    uint32_t n_blocks, n_regs;
    uint32_t frame; // bytes of locals and spills
    uint32_t used;  // registers that are written, as bits
    bool calls;
    uint32_t first_spilled; // registers from here on were made for spills
    uint32_t n_spills, n_moves;
} Machine;

MachineInsn *machine_new(Machine *m, unsigned op);
void machine_append(MachineBlock *b, MachineInsn *i);
void machine_insert_before(MachineInsn *place, MachineInsn *i);
void machine_insert_behind(MachineInsn *place, MachineInsn *i);
void machine_remove(MachineInsn *i);
static inline bool machine_is_move(const MachineInsn *i) { return i->op == M_addi && !i->imm && !i->part; }
static inline bool machine_is_call(const MachineInsn *i) { return i->op == M_call || i->op == M_callr; }
// Registers that it reads, at most 2 beside those of a call's arguments; returns how many.
unsigned machine_reads(const MachineInsn *i, uint32_t out[2]);
bool machine_writes(const MachineInsn *i, uint32_t *out);
uint32_t machine_read_bits(const MachineInsn *i); // of numbered registers, beside those
uint32_t machine_clobbers(const MachineInsn *i);  // numbered registers that it overwrites, beside its result

void select_code(Machine *m, Function *f, Arena *arena); // select.c
void live_find(Machine *m);                              // live.c
void color_registers(Machine *m);                        // color.c
void machine_polish(Machine *m);                         // polish.c
void machine_print(Text *out, Machine *m);               // print.c: as assembly, with prologue and epilogue
