// The AArch64 back end: the table of ops, one unit.
#include "host/a64/a64.h"
#include "host/a64/emit.h"
#include <elf.h>
#include <string.h>

static const HostOp ops[IR_OP_COUNT] = {
#define NATIVE(name) [IR_##name] = {.flags = HOST_NATIVE | HOST_TAKES_NAN}
    NATIVE(ADD),
    NATIVE(SUB),
    NATIVE(MUL),
    NATIVE(MULHU),
    NATIVE(MULHS),
    NATIVE(MULHSU),
    NATIVE(DIVS),
    NATIVE(DIVU),
    NATIVE(REMS),
    NATIVE(REMU),
    NATIVE(AND),
    NATIVE(OR),
    NATIVE(XOR),
    NATIVE(SHL),
    NATIVE(SHR),
    NATIVE(SAR),
    NATIVE(ROL),
    NATIVE(ROR),
    NATIVE(NEG),
    NATIVE(NOT),
    NATIVE(SEXT),
    NATIVE(ZEXT),
    NATIVE(BSWAP),
    NATIVE(CLZ),
    NATIVE(CTZ),
    NATIVE(POPCNT),
    NATIVE(CMP),
    NATIVE(SELECT),
    NATIVE(FADD),
    NATIVE(FSUB),
    NATIVE(FSQRT),
    NATIVE(FMIN),
    NATIVE(FMAX),
    NATIVE(FNEG),
    NATIVE(FABS),
    NATIVE(FTOI),
    NATIVE(ITOF),
    NATIVE(BITS),
    NATIVE(BOX),
    NATIVE(UNBOX),
    NATIVE(FFLAGS),
    NATIVE(LOAD),
    NATIVE(ATOMIC),
    NATIVE(FENCE),
    NATIVE(BOUND),
    NATIVE(BUDGET),
    NATIVE(TAKE),
    NATIVE(RETIRE),
    NATIVE(INSN),
    NATIVE(JUMP),
    NATIVE(BR),
    NATIVE(IJUMP),
    NATIVE(TRAP),
#undef NATIVE
    // Inputs are kept until it is known whether the result is tiny.
    [IR_FMUL] = {.flags = HOST_NATIVE | HOST_TAKES_NAN | HOST_DISTINCT},
    [IR_FDIV] = {.flags = HOST_NATIVE | HOST_TAKES_NAN | HOST_DISTINCT},
    [IR_FMA] = {.flags = HOST_NATIVE | HOST_TAKES_NAN | HOST_DISTINCT},
    [IR_FCVT] = {.flags = HOST_NATIVE | HOST_TAKES_NAN | HOST_DISTINCT},
    [IR_STORE] = {.flags = HOST_NATIVE | HOST_B_CONST},
    [IR_CALL] = {.flags = HOST_NATIVE | HOST_DISTINCT},
};

// xzr is there for a store.
static bool const_fits(const IrInsn *in, int64_t b) {
    (void)in;
    return b == 0;
}

static const char *const reg_names[HOST_REGS_MAX] = {
    "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10", "x11", "x12", "x13", "x14", "x15",
    "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "xzr",
    "v0",  "v1",  "v2",  "v3",  "v4",  "v5",  "v6",  "v7",  "v8",  "v9",  "v10", "v11", "v12", "v13", "v14", "v15",
    "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31"};

// All that is emitted is of ARMv8.0.
static const HostIsaName isa_names[] = {{"armv8.0", 0}, {0}};
static HostIsa isa_native(void) { return 0; }

uint32_t host_detours_max(const IrUnit *u) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < u->insns.n; i++) n += ir_is_memory(&u->insns.at[i]);
    return n;
}

void gen_block(Emit *m) { (void)m; }

void gen_op(Emit *m, const RaOp *op, const IrInsn *in) {
    switch (in->op) {
    case IR_RETIRE: emit_retire(m, op, in); break;
    case IR_LOAD:
    case IR_STORE: emit_access(m, op, in); break;
    case IR_ATOMIC: emit_atomic(m, op, in); break;
    case IR_FENCE: emit_fence(m); break;
    case IR_BOUND: emit_bound(m, op, in); break;
    case IR_CALL: emit_call(m, op); break;
    default: emit_pure(m, op, in);
    }
}

void gen_eval(Emit *m, const RaOp *op) { emit_call(m, op); }

void gen_cold(Emit *m, const Cold *c) { emit_memory_rare(m, c); }

static size_t emit(HostCode *out, const HostUnit *unit, const HostEntry *entry, const HostConfig *cfg, uint8_t *rw,
                   size_t room, ptrdiff_t to_exec) {
    bool far_tests = false, again;
    size_t bytes;
    do {
        A64Emit a = {.far_tests = far_tests, .i32_is_extended = emit_phis_keep_types(unit->ir)};
        memcpy(&a.base, entry->own, sizeof a.base);
        bytes = emit_unit(&a.m, out, unit, entry, cfg, rw, room, to_exec);
        vec_free(&a.literals);
        again = far_tests = a.out_of_reach;
    } while (again && bytes);
    return bytes;
}

static void patch(uint8_t *rw_at, const uint8_t *exec_at, const uint8_t *exec_to) {
    uint32_t was, word = a64_aim(A64_B, exec_to - exec_at);
    memcpy(&was, rw_at, sizeof was);
    if (was == word) return; // as it was emitted
    __atomic_store_n((uint32_t *)rw_at, word, __ATOMIC_RELAXED);
    a64_make_visible(exec_at, sizeof word);
}

static void fp_init(uint64_t consts[HOST_FP_CONSTS]) { (void)consts; }

#define INT_POOL   0x26007fffull         // x0 to x14, x25, x26, x29
#define FLOAT_POOL (0x7fff00ffull << 32) // v0 to v7, v16 to v30

// AADWARF64, "DWARF register names", which are the machine's: the link register, x29, x19 to x28.
static const uint8_t dwarf_saved[A64_SAVED] = {30, 29, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28};

const Host host_native = {
    .name = "a64",
    .isa_names = isa_names,
    .isa_native = isa_native,
    .ops = ops,
    .regs = {[HOST_INTS] = 0xffffffff, [HOST_FLOATS] = 0xffffffffull << 32},
    .pool = INT_POOL | FLOAT_POOL,
    .spare = {[HOST_INTS] = 6, [HOST_FLOATS] = 6},
    .reg_names = reg_names,
    .const_fits = const_fits,
    .code_max = A64_REACH,
    .make_entry = a64_make_entry,
    .emit = emit,
    .patch = patch,
    .make_visible = a64_make_visible,
    .fp_init = fp_init,
    .fp_round = a64_fp_round,
    .fp_take = a64_fp_take,
    .fp_raise = a64_fp_raise,
    .disassemble = a64_disassemble,
    .describe = a64_describe,
    .dwarf = {.sp = 31, .frame = 28, .return_address = 30, .saved = dwarf_saved},
    .elf_machine = EM_AARCH64,
};
