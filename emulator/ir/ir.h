// The intermediate representation: SSA in flat arrays.
//
// A unit has one or more basic blocks; a block is a contiguous range of instructions that ends in a terminator.
// A ref is the index of the instruction that makes the value; 0 is "no value" (insns[0] is always NOP).
// Deleting an instruction turns it into NOP. Nothing here may assume that a unit has one block.
//
// Integer values are I32 or I64; narrower widths exist in memory accesses and extensions only. The upper half of a
// register that holds an I32 is unspecified; an I32 op reads the low halves of its inputs, whatever their type.
// In ir_eval and the interpreter an I32 value is kept zero-extended.
//
// Guest state is slots (guest/cpu.h). GET reads a slot, PUT stores it at once. SET says "the slot's value is
// now a" and lets the allocator delay the store to the exits and faults that need it: its record there is
// the snapshot (slot -> value).
#pragma once
#include "base/err.h"
#include "base/feature.h"
#include "base/types.h"
#include "base/vec.h"
#include <stdio.h>

typedef uint16_t IrRef;

typedef enum IrType { IR_VOID, IR_I32, IR_I64, IR_F32, IR_F64, IR_TYPE_COUNT } IrType;

typedef enum IrOp {
#define IR_OP(name, text, inputs, flags) IR_##name,
#include "ir/ir_op.inc"
#undef IR_OP
    IR_OP_COUNT
} IrOp;

enum {
    IR_PURE = 1 << 0,
    IR_COMM = 1 << 1,
    IR_BIMM = 1 << 2,
    IR_COND = 1 << 3,
    IR_FAULT = 1 << 4,
    IR_EFFECT = 1 << 5,
    IR_TERM = 1 << 6,
    IR_WIDTH = 1 << 7,
    IR_FLAGS = 1 << 8,
    IR_ROUND = 1 << 9,
    IR_NO_VALUE = 1 << 10,
};

// imm of ATOMIC: what takes the place of `old`, which the memory held. EXCHANGE: b. CAS: b if old is c, else old stays.
typedef enum IrAtomic {
    IR_ATOMIC_ADD,
    IR_ATOMIC_AND,
    IR_ATOMIC_OR,
    IR_ATOMIC_XOR,
    IR_ATOMIC_MINS, // signed
    IR_ATOMIC_MAXS,
    IR_ATOMIC_MINU,
    IR_ATOMIC_MAXU,
    IR_ATOMIC_EXCHANGE,
    IR_ATOMIC_CAS,
    IR_ATOMIC_COUNT
} IrAtomic;

// imm of a ROUND op:  [2:0] FloatRound (float.h)  [3] the integer of FTOI or ITOF is unsigned
enum { IR_ROUNDING = 7, IR_UNSIGNED = 8 };

typedef enum IrCond {
    IR_EQ,
    IR_NE,
    IR_LTS,
    IR_GES,
    IR_LES,
    IR_GTS,
    IR_LTU,
    IR_GEU,
    IR_LEU,
    IR_GTU,
    IR_COND_COUNT
} IrCond;

// MemOp, in field c of LOAD and STORE:  [1:0] log2 of the size in bytes  [2] sign-extend to type, else zero-extend
// [3] for faults this load counts as a store (the first half of a read-modify-write)
// [4] a BOUND before it has proved the address; [5] that BOUND was one for stores
// [6] an address that is no multiple of the size is a fault, before all others
// [7] a is what a PROBE found: nothing is left to be checked
enum {
    MEMOP_SIZE = 3,
    MEMOP_SIGNED = 4,
    MEMOP_RMW = 8,
    MEMOP_COVERED = 16,
    MEMOP_COVERED_STORE = 32,
    MEMOP_ALIGNED = 64,
    MEMOP_FOUND = 128
};

enum { IR_PHI_CANONICAL = 1 }; // a of a PHI of type F32 or F64: it is passed no NaN but the canonical one
enum { IR_PROBE_MAX = 256 };   // bytes of a PROBE
// b of a PROBE, by the accesses that it is for: loads; a store and others; a load, then stores among others
enum { IR_PROBE_LOAD, IR_PROBE_STORE, IR_PROBE_STORE_LATER };

typedef struct IrInsn {
    uint8_t op;   // IrOp
    uint8_t type; // IrType
    IrRef a, b, c;
    int64_t imm;
} IrInsn;
_Static_assert(sizeof(IrInsn) == 16, "an IR instruction is 16 bytes");

typedef enum IrExitKind {
    IR_EXIT_DIRECT,   // to guest pc `pc`; patchable
    IR_EXIT_INDIRECT, // to the pc in IJUMP's a
    IR_EXIT_RETURN,   // the same, and the guest says that it is a return
    IR_EXIT_TRAP,     // run loop calls guest->trap(code, value) with cpu->pc = pc (the trapping instruction)
} IrExitKind;

typedef struct IrExit {
    uint8_t kind;     // IrExitKind
    gpc pc;           // DIRECT: destination; TRAP: pc of the instruction
    gpc return_pc;    // DIRECT, INDIRECT: not 0 when this is a call: where it will return to
    uint32_t code;    // TRAP: guest-defined
    uint64_t value;   // TRAP: guest-defined
    uint16_t retired; // guest instructions of the block that are retired on leaving here
    int16_t owed;     // instructions that leaving here takes from the budget (BR only; others have a TAKE before them)
} IrExit;

typedef uint16_t IrTarget; // a block, or IR_TO_EXIT | index into exits
enum { IR_TO_EXIT = 0x8000, IR_NO_TARGET = 0xffff };

typedef struct IrBlock {
    uint32_t first, end; // instructions [first, end)
    IrTarget succ[2];    // as many as the terminator uses, else IR_NO_TARGET
    gpc pc;              // guest pc of its first instruction
    uint32_t bytes;      // guest bytes covered, from pc
    uint16_t n_guest;    // guest instructions
    uint16_t seen;       // 1 + how often it was entered while its code was watched; 0: it was not watched
    int16_t ahead; // at its start, instructions of it that were taken from the budget; < 0: of earlier blocks not yet
    bool branches; // its last guest instruction is a conditional branch, whatever became of it
} IrBlock;

// `b` of an INSN marker, for profiles: flags that the guest instruction defines, that are computed for it, and branches
// that became one compare with what they test; see stat.inc.
enum { IR_FLAG_WORK_BITS = 4, IR_FLAG_WORK_MAX = 15 };

// A C function callable from IR: fn(cpu, a, b, c). It may read and write any slot unless flagged PURE.
enum { IR_HELPER_PURE = 1, IR_HELPER_RAISES = 2 }; // RAISES: may call cpu_raise()
typedef struct Cpu Cpu;
typedef struct IrHelper {
    const char *name;
    uint64_t (*fn)(Cpu *cpu, uint64_t a, uint64_t b, uint64_t c);
    uint8_t flags;
    uint64_t slots; // not PURE: the only slots that it reads or writes, as a set of 0..63; 0: it may touch any
} IrHelper;
#define IR_SLOTS_ALL (~0ull)
// The slots that a CALL may read or write; IR_SLOTS_ALL stands for every one, 64 and up, too.
static inline uint64_t ir_call_slots(const IrInsn *call) {
    const IrHelper *h = (const IrHelper *)(uintptr_t)call->imm;
    return h->flags & IR_HELPER_PURE ? 0 : h->slots ? h->slots : IR_SLOTS_ALL;
}

typedef struct IrUnit {
    VEC(IrInsn) insns;
    VEC(IrBlock) blocks; // blocks.at[0] is the entry
    VEC(IrExit) exits;
    VEC(IrRef) phi_args;
    const struct IrSlot *slots; // of the guest
    uint16_t n_slots;
} IrUnit;

typedef struct IrSlot {
    const char *name;
    uint8_t type; // IrType
} IrSlot;

// ---- ops
typedef struct IrOpInfo {
    const char *text;
    uint8_t inputs;
    uint16_t flags;
} IrOpInfo;
extern const IrOpInfo ir_op_info[IR_OP_COUNT];
extern const char *const ir_cond_text[IR_COND_COUNT];
extern const char *const ir_type_text[IR_TYPE_COUNT];
extern const char *const ir_atomic_text[IR_ATOMIC_COUNT];
enum { IR_ROUND_COUNT = 5 };
extern const char *const ir_round_text[IR_ROUND_COUNT];
static inline bool ir_op_is(uint8_t op, uint16_t flag) { return (ir_op_info[op].flags & flag) != 0; }
static inline bool ir_is_float(IrType t) { return t == IR_F32 || t == IR_F64; }
static inline bool ir_is_quiet(const IrInsn *insn) { // a comparison of floats that raises no flags
    return insn->op == IR_CMP && ir_is_float((IrType)insn->type) && insn->imm;
}
static inline bool ir_raises_flags(const IrInsn *insn) {
    if (ir_is_quiet(insn)) return false;
    return ir_op_is(insn->op, IR_FLAGS) || (ir_op_is(insn->op, IR_COND) && ir_is_float((IrType)insn->type));
}
bool ir_has_floats(const IrUnit *u); // values of type F32 or F64, or flags
// An AND with a constant below 2^31 reads the low half of its input, as an I32 op does, whatever its type.
static inline bool ir_masks_low(const IrInsn *insn) {
    return insn->op == IR_AND && !insn->b && insn->imm >= 0 && insn->imm <= INT32_MAX;
}
// The inputs as an array (0: absent); returns how many the op has.
static inline unsigned ir_inputs(const IrInsn *insn, IrRef inputs[3]) {
    inputs[0] = insn->a, inputs[1] = insn->b, inputs[2] = insn->c;
    unsigned n = ir_op_info[insn->op].inputs;
    return n < 3 ? n : 3;
}
// Not the args of a PHI.
static inline bool ir_uses(const IrInsn *insn, IrRef v) {
    IrRef inputs[3];
    unsigned n = ir_inputs(insn, inputs);
    for (unsigned k = 0; k < n; k++)
        if (inputs[k] == v) return true;
    return false;
}
// The inputs become what map says of them. A unit that is built anew from another one is copied with this.
static inline void ir_map_inputs(IrInsn *insn, const IrRef *map) {
    unsigned n = ir_op_info[insn->op].inputs;
    if (n > 0) insn->a = map[insn->a];
    if (n > 1) insn->b = map[insn->b];
    if (n > 2) insn->c = map[insn->c];
}
// What the fields of an instruction are, by op.
static inline bool ir_is_memory(const IrInsn *i) { return i->op == IR_LOAD || i->op == IR_STORE; }
static inline unsigned ir_memop(const IrInsn *access) { return access->c; } // of LOAD, STORE, BOUND, PROBE
static inline const IrHelper *ir_helper(const IrInsn *call) { return (const IrHelper *)(uintptr_t)call->imm; }
static inline unsigned ir_slot(const IrInsn *i) { return (unsigned)i->imm; }                 // of GET, PUT, SET
static inline gpc ir_marker_pc(const IrInsn *insn) { return (gpc)insn->imm; }                // of INSN, as these
static inline uint16_t ir_marker_index(const IrInsn *insn) { return insn->c; }               // in its block
static inline uint16_t ir_marker_flag_work(const IrInsn *insn) { return insn->b; }           // IR_FLAG_WORK_BITS
static inline int64_t ir_budget(const IrInsn *i) { return i->imm; }                          // of BUDGET, CHECK, TAKE
static inline bool ir_has_imm(const IrInsn *i) { return ir_op_is(i->op, IR_BIMM) && !i->b; } // instead of b
// Type of the value that an instruction makes (IR_VOID for none).
static inline IrType ir_value_type(const IrInsn *insn) {
    if (ir_op_is(insn->op, IR_NO_VALUE)) return IR_VOID;
    return ir_op_is(insn->op, IR_WIDTH) ? IR_I64 : (IrType)insn->type;
}
// The first instruction of a block that is no PHI: these lead it, NOPs between them.
static inline uint32_t ir_behind_phis(const IrUnit *u, const IrBlock *b) {
    uint32_t i = b->first;
    while (u->insns.at[i].op == IR_PHI || u->insns.at[i].op == IR_NOP) i++;
    return i;
}
// Is it an I32 as an I64, by this op (SEXT or ZEXT)?
bool ir_extends_i32(const IrUnit *u, const IrInsn *insn, IrOp by);
IrCond ir_cond_negate(IrCond c);                                   // integers only: with a NaN neither < nor >= holds
IrCond ir_cond_swap(IrCond c);                                     // condition for exchanged operands
bool ir_cond_eval(IrCond c, IrType width, uint64_t a, uint64_t b); // of integers

// Where a BUDGET of block b leaves to. Its field b is 0 at the start of the block; before the terminator it is 1 + the
// successor that it pays for: a JUMP has been done then, the guest instruction of a BR will be done again.
// *retired: instructions of the block that are retired then; *head: where the sample belongs, which the end of a budget
// is.
gpc ir_budget_pc(const IrUnit *u, const IrBlock *b, const IrInsn *budget, uint16_t *retired, gpc *head);

// ---- build (build.c)
void ir_unit_init(IrUnit *u, const IrSlot *slots, uint16_t n_slots);
void ir_unit_reset(IrUnit *u); // empty again, memory kept
void ir_unit_free(IrUnit *u);
void ir_unit_become(IrUnit *u, IrUnit *fresh); // what was built anew from u; the exits stay those of u
IrRef ir_emit(IrUnit *u, IrInsn insn);
uint16_t ir_block_begin(IrUnit *u, gpc pc); // opens a block at the end of insns; the previous one must be ended
void ir_block_end(IrUnit *u);               // call after the terminator was emitted and succ were set
IrTarget ir_exit_add(IrUnit *u, IrExit e);
IrRef ir_const(IrUnit *u, IrType t, uint64_t v);
IrRef ir_op1(IrUnit *u, IrOp op, IrType t, IrRef a);
IrRef ir_op2(IrUnit *u, IrOp op, IrType t, IrRef a, IrRef b);
IrRef ir_op2i(IrUnit *u, IrOp op, IrType t, IrRef a, int64_t imm);
IrRef ir_ext(IrUnit *u, IrOp sext_or_zext, IrType t, IrRef a, unsigned width);
IrRef ir_cmp(IrUnit *u, IrCond c, IrType width, IrRef a, IrRef b);
IrRef ir_cmpi(IrUnit *u, IrCond c, IrType width, IrRef a, int64_t imm);
IrRef ir_select(IrUnit *u, IrType t, IrRef cond, IrRef yes, IrRef no);
IrRef ir_get(IrUnit *u, unsigned slot);
void ir_put(IrUnit *u, unsigned slot, IrRef a);
IrRef ir_load(IrUnit *u, IrType t, unsigned memop, IrRef gaddr_base, int64_t offset);
void ir_store(IrUnit *u, unsigned memop, IrRef gaddr_base, int64_t offset, IrRef value);
// c: 0 unless it is a CAS.
IrRef ir_atomic(IrUnit *u, IrType t, IrAtomic kind, IrRef address, IrRef b, IrRef c);
IrRef ir_call(IrUnit *u, IrType result, const IrHelper *h, IrRef a, IrRef b, IrRef c);

// Ops that ROUND: one to three inputs. FTOI and ITOF name both types.
IrRef ir_float(IrUnit *u, IrOp op, IrType t, unsigned round, IrRef a, IrRef b, IrRef c);
IrRef ir_ftoi(IrUnit *u, IrType to, bool is_unsigned, IrType from, unsigned round, IrRef a);
IrRef ir_itof(IrUnit *u, IrType to, IrType from, bool is_unsigned, unsigned round, IrRef a);

// ---- meaning (eval.c, float_eval.c): the one definition of every PURE op. a, b, c are the inputs (imm already in b
// for BIMM). The second one also or-s the floating-point flags (FLOAT_*) that it raises into *flags.
uint64_t ir_eval(const IrInsn *insn, uint64_t a, uint64_t b, uint64_t c);
uint64_t ir_eval_flags(const IrInsn *insn, uint64_t a, uint64_t b, uint64_t c, unsigned *flags);

// What an ATOMIC of this type leaves in memory.
uint64_t ir_atomic_eval(IrAtomic kind, IrType t, uint64_t old, uint64_t b, uint64_t c);

// ---- text (print.c, parse.c) and check (verify.c)
void ir_print(FILE *out, const IrUnit *u);
void ir_print_insn(FILE *out, const IrUnit *u, IrRef ref);
// Reads what ir_print printed, and ';' comments; u must be initialised. Calls name helpers: a
// NULL-terminated list, or NULL.
bool ir_parse(IrUnit *u, const char *text, Err *err);
bool ir_parse_with(IrUnit *u, const char *text, const IrHelper *const *helpers, Err *err);
bool ir_verify(const IrUnit *u, Err *err);
