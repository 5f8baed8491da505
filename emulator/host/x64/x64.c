// The x86-64 back end: the table of ops, one unit, and disassembly.
#include "base/hidden.h"
#include "host/x64/emit.h"
#include "host/x64/x64.h"
#include "base/bits.h"
#include <elf.h>
#include <string.h>
#include <sys/platform/x86.h>

// What the allocator must know. TIED_A: two-operand instruction. DISTINCT: the result is written before all inputs are
// read.
static const HostOp ops[IR_OP_COUNT] = {
    [IR_ADD] = {HOST_NATIVE | HOST_B_MEM, 0},
    [IR_SUB] = {HOST_NATIVE | HOST_TIED_A | HOST_B_MEM, 0},
    [IR_MUL] = {HOST_NATIVE | HOST_TIED_A | HOST_B_MEM, 0},
    [IR_MULHU] = {HOST_NATIVE, 1 << RDX},
    [IR_MULHS] = {HOST_NATIVE, 1 << RDX},
    [IR_MULHSU] = {HOST_NATIVE, 1 << RDX},
    [IR_DIVS] = {HOST_NATIVE, 1 << RDX},
    [IR_DIVU] = {HOST_NATIVE, 1 << RDX},
    [IR_REMS] = {HOST_NATIVE, 1 << RDX},
    [IR_REMU] = {HOST_NATIVE, 1 << RDX},
    [IR_AND] = {HOST_NATIVE | HOST_TIED_A | HOST_B_MEM, 0},
    [IR_OR] = {HOST_NATIVE | HOST_TIED_A | HOST_B_MEM, 0},
    [IR_XOR] = {HOST_NATIVE | HOST_TIED_A | HOST_B_MEM, 0},
    [IR_SHL] = {HOST_NATIVE | HOST_TIED_A, 0},
    [IR_SHR] = {HOST_NATIVE | HOST_TIED_A, 0},
    [IR_SAR] = {HOST_NATIVE | HOST_TIED_A, 0},
    [IR_ROL] = {HOST_NATIVE | HOST_TIED_A, 0},
    [IR_ROR] = {HOST_NATIVE | HOST_TIED_A, 0},
    [IR_NEG] = {HOST_NATIVE | HOST_TIED_A, 0},
    [IR_NOT] = {HOST_NATIVE | HOST_TIED_A, 0},
    [IR_BSWAP] = {HOST_NATIVE | HOST_TIED_A, 0},
    [IR_SEXT] = {HOST_NATIVE | HOST_A_MEM, 0},
    [IR_ZEXT] = {HOST_NATIVE | HOST_A_MEM, 0},
    [IR_CMP] = {HOST_NATIVE | HOST_A_MEM | HOST_B_MEM | HOST_B_CONST | HOST_TAKES_NAN, 0},
    [IR_SELECT] = {HOST_NATIVE | HOST_TIED_B | HOST_TIED_C, 0},
    [IR_SHADD] = {HOST_NATIVE, 0},
    [IR_FADD] = {HOST_NATIVE | HOST_B_MEM | HOST_TAKES_NAN | HOST_ANY_NAN, 0},
    [IR_FSUB] = {HOST_NATIVE | HOST_B_MEM | HOST_TAKES_NAN | HOST_ANY_NAN, 0},
    [IR_FMUL] = {HOST_NATIVE | HOST_B_MEM | HOST_TAKES_NAN | HOST_ANY_NAN, 0},
    [IR_FDIV] = {HOST_NATIVE | HOST_B_MEM | HOST_TAKES_NAN | HOST_ANY_NAN, 0},
    [IR_FMA] = {HOST_NATIVE | HOST_TIED_C | HOST_B_MEM | HOST_TAKES_NAN | HOST_CANON_NAN, 0, X64_FMA},
    [IR_FSQRT] = {HOST_NATIVE | HOST_TAKES_NAN | HOST_ANY_NAN, 0},
    [IR_FMIN] = {HOST_NATIVE | HOST_TAKES_NAN, 0},
    [IR_FMAX] = {HOST_NATIVE | HOST_TAKES_NAN, 0},
    [IR_FNEG] = {HOST_NATIVE, 0},
    [IR_FABS] = {HOST_NATIVE, 0},
    [IR_FCVT] = {HOST_NATIVE | HOST_TAKES_NAN | HOST_ANY_NAN, 0},
    [IR_FTOI] = {HOST_NATIVE | HOST_TAKES_NAN, 0},
    [IR_ITOF] = {HOST_NATIVE, 0},
    [IR_FADDZ] = {HOST_NATIVE | HOST_B_MEM | HOST_DISTINCT, 0},
    [IR_FSUBZ] = {HOST_NATIVE | HOST_B_MEM | HOST_DISTINCT, 0},
    [IR_FMULZ] = {HOST_NATIVE | HOST_B_MEM | HOST_DISTINCT, 0},
    [IR_FDIVZ] = {HOST_NATIVE | HOST_B_MEM | HOST_DISTINCT, 0},
    [IR_FTOIZ] = {HOST_NATIVE, 0},
    [IR_FCMPZ] = {HOST_NATIVE | HOST_B_MEM, 0},
    [IR_BITS] = {HOST_NATIVE, 0},
    [IR_BOX] = {HOST_NATIVE, 0},
    [IR_UNBOX] = {HOST_NATIVE, 0},
    [IR_FFLAGS] = {HOST_NATIVE, 0},
    [IR_LOAD] = {HOST_NATIVE, 0},
    [IR_STORE] = {HOST_NATIVE | HOST_B_CONST, 0},
    [IR_ATOMIC] = {HOST_NATIVE, 1 << RDX},
    [IR_FENCE] = {HOST_NATIVE, 0},
    [IR_BOUND] = {HOST_NATIVE, 0},
    [IR_PROBE] = {HOST_NATIVE, 0},
    [IR_CALL] = {HOST_NATIVE | HOST_DISTINCT, 0},
    [IR_BUDGET] = {HOST_NATIVE, 0},
    [IR_TAKE] = {HOST_NATIVE, 0},
    [IR_RETIRE] = {HOST_NATIVE, 0},
    [IR_INSN] = {HOST_NATIVE, 0},
    [IR_JUMP] = {HOST_NATIVE, 0},
    [IR_BR] = {HOST_NATIVE | HOST_A_MEM | HOST_B_MEM | HOST_B_CONST | HOST_TAKES_NAN, 0},
    [IR_IJUMP] = {HOST_NATIVE, 0},
    [IR_TRAP] = {HOST_NATIVE, 0},
};

static const char *const reg_names[] = {"rax",  "rcx",  "rdx",   "rbx",   "rsp",   "rbp",   "rsi",   "rdi",
                                        "r8",   "r9",   "r10",   "r11",   "r12",   "r13",   "r14",   "r15",
                                        "xmm0", "xmm1", "xmm2",  "xmm3",  "xmm4",  "xmm5",  "xmm6",  "xmm7",
                                        "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"};

// The levels are those of the x86-64 psABI ("Micro-Architecture Levels"), as far as emitted code goes.
static const HostIsaName isa_names[] = {
    {"bmi2", X64_BMI2}, {"fma", X64_FMA}, {"v2", 0}, {"v3", X64_BMI2 | X64_FMA}, {0}};

// WHY not __builtin_cpu_supports: it asks the processor some 20 times once more, each a trap in a virtual machine; the C
// library's loader has asked already.
static HostIsa isa_native(void) {
    bool bmi2 = CPU_FEATURE_ACTIVE(BMI2) && !hidden("bmi2");
    bool avx = CPU_FEATURE_ACTIVE(AVX) && !hidden("avx"), fma = CPU_FEATURE_ACTIVE(FMA) && !hidden("fma");
    return (bmi2 ? X64_BMI2 : 0) | (avx && fma ? X64_FMA : 0);
}

void emit_address(Emit *m, unsigned dst, const void *address) {
    enc_mov_ri64(&m->e, dst, (uint64_t)(uintptr_t)address);
    emit_note_address(m);
}

uint32_t host_detours_max(const IrUnit *u) {
    uint32_t n = u->exits.n; // returns that miss
    for (uint32_t i = 0; i < u->insns.n; i++) {
        uint8_t op = u->insns.at[i].op;
        bool two = (op >= IR_DIVS && op <= IR_REMU) || (op >= IR_FADD && op <= IR_FFLAGS);
        n += two ? 2
                 : ir_is_quiet(&u->insns.at[i]) || op == IR_LOAD ||
                       op == IR_STORE; // rare operands and results; outside of the span
    }
    return n;
}

void gen_forget(Emit *m) { x64_of(m)->flags_of = 0; }

void gen_end(Emit *m) { (void)m; }

void gen_cold(Emit *m, const Cold *c) {
    if (c->rare >= RARE_NAN)
        emit_float_rare(m, c);
    else
        emit_div_rare(m, c);
}

static size_t emit(HostCode *out, const HostUnit *unit, const HostEntry *entry, const HostConfig *cfg, uint8_t *rw,
                   size_t room, ptrdiff_t to_exec) {
    X64Emit x = {.i32_is_extended = emit_phis_keep_types(unit->ir)};
    return emit_unit(&x.m, out, unit, entry, cfg, rw, room, to_exec);
}

// An exit with its token behind it is a jump, or leaves by a call. INVARIANT: no processor runs what is patched.
static void patch(const HostEntry *entry, uint8_t *rw_at, const uint8_t *exec_at, const uint8_t *exec_to) {
    if (enc_is_token(rw_at + 4)) {
        bool leaves = exec_to == exec_at - 1;
        if (leaves) exec_to = entry->leave;
        rw_at[-1] = leaves ? ENC_CALL : ENC_JMP;
    }
    ptrdiff_t d = exec_to - (exec_at + 4);
    BUG_IF(!bits_fits_signed(d, 32), "a patched jump lies out of reach");
    int32_t d32 = (int32_t)d;
    memcpy(rw_at, &d32, 4);
    x64_make_visible(exec_at, 4);
}

static bool const_fits(const IrInsn *in, int64_t b) {
    (void)in;
    return bits_fits_signed(b, 32);
}

// System V ABI for x86-64, "DWARF Register Number Mapping": rbx, rbp, r12 to r15, as enter() pushes them.
static const uint8_t dwarf_saved[] = {3, 6, 12, 13, 14, 15};

static bool addresses(const HostConfig *cfg, const IrUnit *u) { return x64_addresses(cfg) && emit_phis_keep_types(u); }

const Host host_native = {
    .name = "x64",
    .isa_names = isa_names,
    .isa_native = isa_native,
    .ops = ops,
    .regs = {[HOST_INTS] = 0xffff, [HOST_FLOATS] = 0xffff0000},
    .pool = 1 << RBX | 1 << RDX | 1 << RSI | 1 << RDI | 1 << R8 | 1 << R9 | 1 << R10 | 1 << R11 | 1 << R12 | 1 << R13 |
            1 << R14 | 0x7fff0000, // XMM15 is scratch
    .spare = {[HOST_INTS] = 4, [HOST_FLOATS] = 4},
    .reg_names = reg_names,
    .const_fits = const_fits,
    .addresses = addresses,
    .moves = true,
    .return_stack = true,
    .jump_hash =
        0x9e3779b1, // 2^32 by the golden ratio: an IMUL and a SHR are one instruction less than shifting and masking
    .code_max = 1 << 30,
    .make_entry = x64_make_entry,
    .emit = emit,
    .patch = patch,
    .make_visible = x64_make_visible,
    .fp_init = x64_fp_init,
    .fp_round = x64_fp_round,
    .fp_take = x64_fp_take,
    .fp_raise = x64_fp_raise,
    .describe = x64_describe,
    .dwarf = {.sp = 7, .frame = 6, .return_address = 16, .call_pushes = true, .saved = dwarf_saved},
    .elf_machine = EM_X86_64,
};
