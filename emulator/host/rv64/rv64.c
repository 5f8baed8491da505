// The RISC-V back end: the table of ops, one unit.
#include "host/rv64/rv64.h"
#include "host/rv64/emit.h"
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
    NATIVE(CMP),
    NATIVE(SELECT),
    NATIVE(FADD),
    NATIVE(FSUB),
    NATIVE(FMUL),
    NATIVE(FDIV),
    NATIVE(FMA),
    NATIVE(FSQRT),
    NATIVE(FMIN),
    NATIVE(FMAX),
    NATIVE(FNEG),
    NATIVE(FABS),
    NATIVE(FCVT),
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
    [IR_BSWAP] = {.flags = HOST_NATIVE, .needs = RV_ZBB},
    [IR_CLZ] = {.flags = HOST_NATIVE, .needs = RV_ZBB},
    [IR_CTZ] = {.flags = HOST_NATIVE, .needs = RV_ZBB},
    [IR_POPCNT] = {.flags = HOST_NATIVE, .needs = RV_ZBB},
    [IR_STORE] = {.flags = HOST_NATIVE | HOST_B_CONST},
    [IR_CALL] = {.flags = HOST_NATIVE | HOST_DISTINCT},
};

// x0 is there for a store.
static bool const_fits(const IrInsn *in, int64_t b) {
    (void)in;
    return b == 0;
}

static const char *const reg_names[HOST_REGS_MAX] = {
    "zero", "ra",  "sp",  "gp",  "tp",  "t0",  "t1",  "t2",  "s0",  "s1",  "a0",  "a1",  "a2",  "a3",  "a4",  "a5",
    "a6",   "a7",  "s2",  "s3",  "s4",  "s5",  "s6",  "s7",  "s8",  "s9",  "s10", "s11", "t3",  "t4",  "t5",  "t6",
    "f0",   "f1",  "f2",  "f3",  "f4",  "f5",  "f6",  "f7",  "f8",  "f9",  "f10", "f11", "f12", "f13", "f14", "f15",
    "f16",  "f17", "f18", "f19", "f20", "f21", "f22", "f23", "f24", "f25", "f26", "f27", "f28", "f29", "f30", "f31"};

static const HostIsaName isa_names[] = {
    {"zba", RV_ZBA}, {"zbb", RV_ZBB}, {"zbs", RV_ZBS}, {"rva20", 0}, {"rva22", RV_ZBA | RV_ZBB | RV_ZBS}, {0}};

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
    bool far_branches = false, again;
    size_t bytes;
    do {
        RvEmit rv = {
            .near = entry->own_near, .far_branches = far_branches, .phis_keep_types = emit_phis_keep_types(unit->ir)};
        memcpy(&rv.base, entry->own, sizeof rv.base);
        bytes = emit_unit(&rv.m, out, unit, entry, cfg, rw, room, to_exec);
        vec_free(&rv.literals);
        again = far_branches = rv.out_of_reach;
    } while (again && bytes);
    return bytes;
}

// The jump is one word, or in a large code memory two.
static void patch(uint8_t *rw_at, const uint8_t *exec_at, const uint8_t *exec_to) {
    int64_t d = exec_to - exec_at;
    uint32_t words[2];
    size_t n = sizeof words;
    memcpy(words, rw_at, sizeof words[0]);
    if ((words[0] & 127) == rv_rows[RV_JAL].bits) {
        BUG_IF(d < -RV_JAL_REACH || d >= RV_JAL_REACH, "a patched jump lies out of reach");
        words[0] = rv_jal(ZERO, d);
        n = sizeof words[0];
    } else {
        BUG_IF(!bits_fits_signed(d + 0x800, 32), "a patched jump lies out of reach");
        rv_pair(words, ZERO, TMP, d);
    }
    if (!memcmp(rw_at, words, n)) return; // as it was emitted
    memcpy(rw_at, words, n);
    rv_make_visible(exec_at, n);
}

// ---- floating point: the state is the flags, in the bits of fflags, which are those of FLOAT_*
static void fp_init(uint64_t consts[HOST_FP_CONSTS]) { (void)consts; }
static void fp_round(uint32_t *state, unsigned round) { (void)state, (void)round; } // instructions have it
static unsigned fp_take(uint32_t *state) {
    unsigned flags = *state;
    *state = 0;
    return flags;
}
static void fp_raise(uint32_t *state, unsigned flags) { *state |= flags; }

#define INT_POOL   (0xf0000000ull | 0x0003fc00 | 0x0f000000) // t3 to t6, a0 to a7, s8 to s11
#define FLOAT_POOL (0x7003fcffull << 32)                     // ft0 to ft7, fa0 to fa7, ft8 to ft10

// RISC-V ELF psABI, "DWARF Register Numbers", which are the machine's: ra, s0 to s11.
static const uint8_t dwarf_saved[RV_SAVED] = {1, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27};

const Host host_native = {
    .name = "rv64",
    .isa_names = isa_names,
    .isa_native = rv_isa_native,
    .ops = ops,
    .regs = {[HOST_INTS] = 0xffffffff, [HOST_FLOATS] = 0xffffffffull << 32},
    .pool = INT_POOL | FLOAT_POOL,
    .spare = {[HOST_INTS] = 6, [HOST_FLOATS] = 6},
    .reg_names = reg_names,
    .const_fits = const_fits,
    .code_max = 1 << 30,
    .make_entry = rv_make_entry,
    .emit = emit,
    .patch = patch,
    .make_visible = rv_make_visible,
    .fp_init = fp_init,
    .fp_round = fp_round,
    .fp_take = fp_take,
    .fp_raise = fp_raise,
    .disassemble = rv_disassemble,
    .describe = rv_describe,
    .dwarf = {.sp = 2, .frame = 8, .return_address = 1, .saved = dwarf_saved},
    .elf_machine = EM_RISCV,
};
