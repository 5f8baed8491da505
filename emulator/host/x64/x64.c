// The x86-64 back end: the table of ops, one unit, and disassembly.
#include "base/hidden.h"
#include "host/x64/emit.h"
#include "host/x64/x64.h"
#include "base/bits.h"
#include <elf.h>
#include <string.h>

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
    [IR_BITS] = {HOST_NATIVE, 0},
    [IR_BOX] = {HOST_NATIVE, 0},
    [IR_UNBOX] = {HOST_NATIVE, 0},
    [IR_FFLAGS] = {HOST_NATIVE, 0},
    [IR_LOAD] = {HOST_NATIVE, 0},
    [IR_STORE] = {HOST_NATIVE | HOST_B_CONST, 0},
    [IR_ATOMIC] = {HOST_NATIVE, 1 << RDX},
    [IR_FENCE] = {HOST_NATIVE, 0},
    [IR_BOUND] = {HOST_NATIVE, 0},
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

static HostIsa isa_native(void) {
    bool bmi2 = __builtin_cpu_supports("bmi2") && !hidden("bmi2");
    bool avx = __builtin_cpu_supports("avx") && !hidden("avx"), fma = __builtin_cpu_supports("fma") && !hidden("fma");
    return (bmi2 ? X64_BMI2 : 0) | (avx && fma ? X64_FMA : 0);
}

bool emit_has(const Emit *m, HostIsa isa) { return (m->cfg->isa & isa) == isa; }

void emit_address(Emit *m, unsigned dst, const void *address) {
    enc_mov_ri64(&m->e, dst, (uint64_t)(uintptr_t)address);
    if (!m->e.full) vec_push(&m->out->addresses, ((HostAddress){enc_offset(&m->e) - 8}));
}

void host_code_free(HostCode *c) {
    vec_free(&c->marks);
    vec_free(&c->slots);
    vec_free(&c->sites);
    vec_free(&c->edge_insns);
    vec_free(&c->stub_insns);
    vec_free(&c->detours);
    vec_free(&c->addresses);
    vec_free(&c->unwind);
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

void emit_site(Emit *m, const RaOp *op, uint16_t block, uint16_t index, gpc pc, uint32_t insns_before, int32_t extra) {
    if (m->e.full) return;
    vec_push(&m->out->sites, ((HostSite){enc_offset(&m->e), op->snap, op->ref, block, index, pc, insns_before, extra,
                                         m->called->insns, m->called->leave_insns}));
}

void emit_unwind(Emit *m, unsigned pushed) {
    if (!m->cfg->marks || m->e.full) return;
    HostUnwind row = {.at = enc_offset(&m->e), .begins = m->out->unwind.n == 0, .cfa = 8 * (1 + (int32_t)pushed)};
    vec_push(&m->out->unwind, row);
}

static void do_op(Emit *m, uint32_t i) {
    const RaOp *op = &m->ra->ops.at[i];
    const IrInsn *in = &m->u->insns.at[op->ref];
    if (in->op != IR_INSN && in->op != IR_BR && in->op != IR_SELECT && in->op != IR_RETIRE) m->flags_of = 0;
    switch (in->op) {
    case IR_INSN: m->index = in->c, m->pc = (gpc)in->imm; break;
    case IR_BUDGET: emit_budget(m, i); break;
    case IR_TAKE: enc_alu_ri(&m->e, ALU_SUB, true, BUDGET, (int32_t)in->imm); break;
    case IR_RETIRE: emit_retire(m, op, in); break;
    case IR_LOAD:
    case IR_STORE: emit_access(m, i); break;
    case IR_ATOMIC: emit_atomic(m, i); break;
    case IR_FENCE: emit_fence(m); break;
    case IR_BOUND: emit_bound(m, i); break;
    case IR_CALL: emit_call(m, i); break;
    default:
        if (ir_op_is(in->op, IR_TERM))
            emit_terminator(m, i);
        else if ((ops[in->op].flags & HOST_NATIVE) && emit_has(m, ops[in->op].needs))
            emit_pure(m, op, in);
        else
            emit_eval(m, i), emit_float_check(m, op);
    }
}

static uint16_t block_after(const Emit *m, uint32_t i) {
    for (i++; i < m->ra->ops.n; i++)
        if (m->ra->ops.at[i].kind == RA_BLOCK) return m->ra->ops.at[i].ref;
    return IR_NO_TARGET;
}

static void mark(Emit *m, HostMark k) {
    if (!m->cfg->marks) return;
    k.at = enc_offset(&m->e), k.n_insns = m->e.n_insns, k.n_detours = m->out->detours.n, k.block = m->block;
    vec_push(&m->out->marks, k);
}

static void mark_cold(Emit *m, const Cold *c) {
    static const uint8_t paths[] = {
        [COLD_BUDGET] = HOST_PATH_STUB,    [COLD_STUB] = HOST_PATH_STUB,   [COLD_NO_JUMP] = HOST_PATH_STUB,
        [COLD_COUNTED] = HOST_PATH_EDGE,   [COLD_SNAP] = HOST_PATH_EDGE,   [COLD_EDGE] = HOST_PATH_EDGE,
        [COLD_PROBE] = HOST_PATH_RARE,     [COLD_TABLE] = HOST_PATH_RARE,  [COLD_BOUND] = HOST_PATH_RARE,
        [COLD_ATOMIC] = HOST_PATH_RARE,    [COLD_MEM] = HOST_PATH_RARE,    [COLD_DIV_ZERO] = HOST_PATH_RARE,
        [COLD_DIV_MINUS] = HOST_PATH_RARE, [COLD_NAN] = HOST_PATH_RARE,    [COLD_CANON] = HOST_PATH_RARE,
        [COLD_EQUAL] = HOST_PATH_RARE,     [COLD_NUMBER] = HOST_PATH_RARE, [COLD_TO_INT] = HOST_PATH_RARE,
        [COLD_UNSIGNED] = HOST_PATH_RARE,  [COLD_FLAGS] = HOST_PATH_RARE,  [COLD_EXACT] = HOST_PATH_RARE,
        [COLD_QUIET] = HOST_PATH_RARE};
    bool of_edge = c->kind == COLD_PROBE || paths[c->kind] != HOST_PATH_RARE;
    mark(m, (HostMark){
                .path = paths[c->kind], .op = of_edge ? HOST_NO_OP : c->op, .edge = c->edge, .path_insns = c->insns});
}

static void straight_path(Emit *m) {
    for (uint32_t i = 0; i < m->ra->ops.n && !m->e.full; i++) {
        const RaOp *op = &m->ra->ops.at[i];
        if (op->kind == RA_BLOCK) m->block = op->ref;
        mark(m, (HostMark){.path = HOST_PATH_STRAIGHT, .op = i});
        switch (op->kind) {
        case RA_BLOCK:
            m->next_block = block_after(m, i);
            m->flags_of = 0;
            m->index = 0, m->pc = m->u->blocks.at[op->ref].pc;
            m->block_at.at[op->ref] = enc_offset(&m->e);
            m->block_insns = m->e.n_insns;
            break;
        case RA_DO: do_op(m, i); break;
        case RA_EDGE:
            while (m->ra->ops.at[i].kind != RA_GOTO) i++;
            break;
        default:
            if (op->kind == RA_CANON) m->flags_of = 0;
            emit_edge_op(m, op);
        }
    }
}

static void cold_paths(Emit *m) {
    for (uint32_t i = 0; i < m->cold.n && !m->e.full; i++) {
        Cold c = m->cold.at[i];
        m->block = c.block, m->index = c.index, m->pc = c.pc;
        mark_cold(m, &c);
        if (c.kind >= COLD_NAN) {
            enc_patch(&m->e, c.at, enc_offset(&m->e));
            emit_float_cold(m, &c);
        } else if (c.kind == COLD_MEM || c.kind == COLD_TABLE || c.kind == COLD_BOUND || c.kind == COLD_ATOMIC ||
                   c.kind == COLD_DIV_ZERO || c.kind == COLD_DIV_MINUS) {
            enc_patch(&m->e, c.at, enc_offset(&m->e));
            if (c.kind == COLD_MEM)
                emit_mem_cold(m, &c);
            else if (c.kind == COLD_TABLE)
                emit_table_cold(m, &c);
            else if (c.kind == COLD_ATOMIC)
                emit_eval_cold(m, &c);
            else if (c.kind == COLD_BOUND)
                emit_bound_cold(m, &c);
            else
                emit_div_cold(m, &c);
        } else {
            emit_branch_cold(m, &c);
        }
    }
}

static void zero_fill(void *v, uint32_t n) {
    VEC(uint32_t) *vec = v;
    for (vec->n = 0; vec->n < n;) vec_push(vec, 0);
}

static bool phis_keep_types(const IrUnit *u) {
    for (uint32_t i = 1; i < u->insns.n; i++) {
        const IrInsn *in = &u->insns.at[i];
        for (unsigned k = 0; in->op == IR_PHI && k < in->c; k++)
            if (ir_value_type(&u->insns.at[u->phi_args.at[in->imm + k]]) != in->type) return false;
    }
    return true;
}

static size_t emit(HostCode *out, const HostUnit *unit, const HostEntry *entry, const HostConfig *cfg, uint8_t *rw,
                   size_t room, ptrdiff_t to_exec) {
    Emit m = {.e = {.begin = rw, .p = rw, .end = rw + room, .to_exec = to_exec},
              .cfg = cfg,
              .unit = unit,
              .entry = entry,
              .u = unit->ir,
              .ra = unit->ra,
              .out = out,
              .edges = host_edges_of(unit->ir)};
    out->slots.n = out->sites.n = out->detours.n = out->addresses.n = out->marks.n = out->unwind.n = 0;
    zero_fill(&out->edge_insns, host_edge_count(m.edges));
    zero_fill(&out->stub_insns, host_edge_count(m.edges));
    zero_fill(&m.block_at, m.edges.n_blocks);
    BUG_IF(!m.block_at.at, "a unit without blocks");
    m.i32_is_extended = phis_keep_types(m.u);
    m.floats = ir_has_floats(m.u);
    BUG_IF(m.floats && !cfg->floats, "floating point is not configured");
    emit_unwind(&m, 0);
    straight_path(&m);
    cold_paths(&m);
    for (uint32_t i = 0; i < m.gotos.n && !m.e.full; i++)
        enc_patch(&m.e, m.gotos.at[i].at, m.block_at.at[m.gotos.at[i].block]);
    BUG_IF(out->detours.n > unit->n_detours_max, "more detours than counters");
    vec_free(&m.cold);
    vec_free(&m.block_at);
    vec_free(&m.gotos);
    out->n_insns = m.e.n_insns;
    out->n_bytes = enc_offset(&m.e);
    return m.e.full ? 0 : out->n_bytes;
}

static void patch(uint8_t *rw_at, const uint8_t *exec_at, const uint8_t *exec_to) {
    ptrdiff_t d = exec_to - (exec_at + 4);
    BUG_IF(!bits_fits_signed(d, 32), "a patched jump lies out of reach");
    int32_t d32 = (int32_t)d;
    memcpy(rw_at, &d32, 4);
}

// The caches of instructions and data are coherent, and a jump is a way to the new bytes.
static void make_visible(const uint8_t *exec, size_t n) { (void)exec, (void)n; }

static bool const_fits(const IrInsn *in, int64_t b) {
    (void)in;
    return bits_fits_signed(b, 32);
}

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
    .make_entry = x64_make_entry,
    .emit = emit,
    .patch = patch,
    .make_visible = make_visible,
    .fp_init = x64_fp_init,
    .fp_round = x64_fp_round,
    .fp_take = x64_fp_take,
    .fp_raise = x64_fp_raise,
    .disassemble = x64_disassemble,
    .describe = x64_describe,
    .eh_frame = x64_eh_frame,
    .elf_machine = EM_X86_64,
};
