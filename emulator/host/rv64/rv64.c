// The RISC-V back end: the table of ops, one unit.
#include "host/rv64/rv64.h"
#include "host/rv64/emit.h"
#include <elf.h>
#include <string.h>

static const HostOp ops[IR_OP_COUNT] = {
#define OP(name) [IR_##name] = {.flags = HOST_NATIVE | HOST_TAKES_NAN},
#include "host/loadstore/ops.inc"
    OP(FMUL) OP(FDIV) OP(FMA) OP(FCVT)
#undef OP
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

// One instruction of Zba makes what would be made by two or three.
static bool index_pays(const HostConfig *cfg, const IrInsn *access, unsigned shift, bool extends) {
    (void)access;
    return cfg->isa & RV_ZBA && (shift || extends);
}

static const char *const reg_names[HOST_REGS_MAX] = {
    "zero", "ra",  "sp",  "gp",  "tp",  "t0",  "t1",  "t2",  "s0",  "s1",  "a0",  "a1",  "a2",  "a3",  "a4",  "a5",
    "a6",   "a7",  "s2",  "s3",  "s4",  "s5",  "s6",  "s7",  "s8",  "s9",  "s10", "s11", "t3",  "t4",  "t5",  "t6",
    "f0",   "f1",  "f2",  "f3",  "f4",  "f5",  "f6",  "f7",  "f8",  "f9",  "f10", "f11", "f12", "f13", "f14", "f15",
    "f16",  "f17", "f18", "f19", "f20", "f21", "f22", "f23", "f24", "f25", "f26", "f27", "f28", "f29", "f30", "f31"};

static const HostIsaName isa_names[] = {
    {"zba", RV_ZBA}, {"zbb", RV_ZBB}, {"zbs", RV_ZBS}, {"rva20", 0}, {"rva22", RV_ZBA | RV_ZBB | RV_ZBS}, {0}};

void ls_gen_box(Emit *m, unsigned dst, RaLoc f) {
    (void)m, (void)f;
    bug_abort(__FILE__, __LINE__, "a box for register %u: an F32 has one", dst);
}

void gen_cold(Emit *m, const Cold *c) {
    (void)m;
    bug_abort(__FILE__, __LINE__, "rare code of kind %u", c->rare);
}

// The jump is one word, or in a large code memory two.
static void patch(const HostEntry *entry, uint8_t *rw_at, const uint8_t *exec_at, const uint8_t *exec_to) {
    (void)entry;
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

const LsHost ls_host = {
    .mem = MEM,
    .load_lo = LOAD_LO,
    .load_len = LOAD_LEN,
    .store_lo = STORE_LO,
    .store_len = STORE_LEN,
    .jumps = JUMPS,
    .frame = FRAME,
    .budget = BUDGET,
    .link = LINK,
    .zero = ZERO,
    .tmp = TMP,
    .tmp2 = TMP2,
    .tmp3 = TMP3,
    .ftmp = FTMP,
    .boxes = true,
    .args = {10, 11, 12, 13},
    .saved = {LINK, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27},
    .n_saved = 13,
    .stack = RV_STACK,
    .preserved = 0x0ffc0300, // s0 to s11
};

// The numbers of "DWARF Register Numbers" (RISC-V ELF psABI) are the machine's.
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
    .addresses = ls_addresses,
    .index_pays = index_pays,
    .code_max = 1 << 30,
    .make_entry = rv_make_entry,
    .emit = ls_emit,
    .patch = patch,
    .make_visible = rv_make_visible,
    .fp_init = fp_init,
    .fp_round = fp_round,
    .fp_take = fp_take,
    .fp_raise = fp_raise,
    .describe = rv_describe,
    .dwarf = {.sp = 2, .frame = 8, .return_address = 1, .saved = ls_host.saved},
    .elf_machine = EM_RISCV,
};
