// The AArch64 back end: the table of ops, one unit.
#include "host/a64/a64.h"
#include "host/a64/emit.h"
#include "base/hidden.h"
#include <asm/hwcap.h>
#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

static const HostOp ops[IR_OP_COUNT] = {
#define OP(name) [IR_##name] = {.flags = HOST_NATIVE | HOST_TAKES_NAN},
#include "host/loadstore/ops.inc"
    OP(BSWAP) OP(CLZ) OP(CTZ) OP(POPCNT)
#undef OP
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

// The access itself adds a plain index, or one that is scaled by its size; else an addition shifts.
static bool index_pays(const HostConfig *cfg, const IrInsn *access, unsigned shift, bool extends) {
    return shift || extends || (!access->imm && !cfg->load_span.to_host);
}

static const char *const reg_names[HOST_REGS_MAX] = {
    "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10", "x11", "x12", "x13", "x14", "x15",
    "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "xzr",
    "v0",  "v1",  "v2",  "v3",  "v4",  "v5",  "v6",  "v7",  "v8",  "v9",  "v10", "v11", "v12", "v13", "v14", "v15",
    "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31"};

static const HostIsaName isa_names[] = {{"lse", A64_LSE}, {"armv8.0", 0}, {"armv8.1", A64_LSE}, {0}};

static HostIsa isa_native(void) { return getauxval(AT_HWCAP) & HWCAP_ATOMICS && !hidden("lse") ? A64_LSE : 0; }

static void patch(const HostEntry *entry, uint8_t *rw_at, const uint8_t *exec_at, const uint8_t *exec_to) {
    (void)entry;
    uint32_t was, word = a64_aim(A64_B, exec_to - exec_at);
    memcpy(&was, rw_at, sizeof was);
    if (was == word) return; // as it was emitted
    __atomic_store_n((uint32_t *)rw_at, word, __ATOMIC_RELAXED);
    a64_make_visible(exec_at, sizeof word);
}

static void fp_init(uint64_t consts[HOST_FP_CONSTS]) { (void)consts; }

#define INT_POOL   0x26007fffull         // x0 to x14, x25, x26, x29
#define FLOAT_POOL (0x7fff00ffull << 32) // v0 to v7, v16 to v30

const LsHost ls_host = {
    .mem = MEM,
    .load_lo = LOAD_LO,
    .load_len = LOAD_LEN,
    .store_lo = STORE_LO,
    .store_len = STORE_LEN,
    .jumps = JUMPS,
    .minus_lo = true, // an addition extends a base of 32 bits
    .frame = FRAME,
    .budget = BUDGET,
    .link = LINK,
    .zero = ZERO,
    .tmp = TMP,
    .tmp2 = TMP2,
    .tmp3 = TMP3,
    .ftmp = FTMP,
    .args = {0, 1, 2, 3},
    .saved = {LINK, 29, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28},
    .n_saved = 12,
    .stack = A64_STACK,
    .preserved = 0x3ff80000, // x19 to x29
};

// The numbers of "DWARF register names" (AADWARF64) are the machine's.
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
    .addresses = ls_addresses,
    .index_pays = index_pays,
    .code_max = A64_REACH,
    .make_entry = ls_make_entry,
    .emit = ls_emit,
    .patch = patch,
    .make_visible = a64_make_visible,
    .fp_init = fp_init,
    .fp_round = a64_fp_round,
    .fp_take = a64_fp_take,
    .fp_raise = a64_fp_raise,
    .describe = a64_describe,
    .dwarf = {.sp = 31, .frame = 28, .return_address = 30, .saved = ls_host.saved},
    .elf_machine = EM_AARCH64,
};
