// The way in and out of generated code, and the routines that it calls with all its registers preserved.
// Procedure Call Standard for the Arm 64-bit Architecture (AAPCS64) on the C side.
//
// Generated code runs on the C stack and leaves sp alone, so C finds it where enter() left it. Of the floating-point
// registers only those are allocated that enter() need not save.
#include "host/a64/emit.h"
#include "host/a64/a64.h"
#include <string.h>

typedef struct Entry {
    Code e;
    const HostConfig *cfg;
    HostEntry *entry;
} Entry;

static const uint8_t saved_regs[A64_SAVED] = {LINK, 29, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28};
enum { PRESERVED = 0x3ff80000 }; // x19 to x29

static void row(const Entry *t, bool begins, int32_t cfa, unsigned saved) {
    HostEntry *entry = t->entry;
    BUG_IF(entry->n_unwind == HOST_ENTRY_UNWIND, "too many rows for unwinders");
    entry->unwind[entry->n_unwind++] =
        (HostUnwind){.at = code_offset(&t->e), .begins = begins, .cfa = cfa, .saved = (uint8_t)saved};
}

static int32_t saved_at(unsigned i) { return A64_STACK - 8 * (int32_t)(i + 1); }

// ---- registers with a meaning, see A64Base
static void load_base(Entry *t) {
    A64Base b = a64_base(t->cfg);
    enc_li(&t->e, MEM, (uint64_t)b.mem);
    enc_li(&t->e, LOAD_LO, (uint64_t)b.load_lo);
    enc_li(&t->e, LOAD_LEN, (uint64_t)b.load_len);
    enc_li(&t->e, STORE_LO, (uint64_t)b.store_lo);
    enc_li(&t->e, STORE_LEN, (uint64_t)b.store_len);
    enc_li(&t->e, JUMPS, (uint64_t)b.jumps);
    enc_r(&t->e, true, A64_ADD, JUMPS, JUMPS, FRAME);
    _Static_assert(sizeof b <= sizeof t->entry->own, "HostEntry keeps it");
    memcpy(t->entry->own, &b, sizeof b);
}

static void load(Entry *t, unsigned reg, unsigned base, int32_t disp) { enc_mem(&t->e, A64_LDR, 3, reg, base, disp); }
static void store(Entry *t, unsigned reg, unsigned base, int32_t disp) { enc_mem(&t->e, A64_STR, 3, reg, base, disp); }

// FPCR and FPSR change hands. FPSR has the flags that were raised since, fp_state those from before: see float.c.
static void fp_to_guest(Entry *t) {
    if (!t->cfg->floats) return;
    const HostFrame *frame = &t->cfg->frame;
    enc_system(&t->e, A64_MRS_FPCR, TMP);
    enc_mem(&t->e, A64_STR, 2, TMP, FRAME, frame->fp_host);
    enc_mem(&t->e, A64_LDR, 2, TMP, FRAME, frame->fp_state);
    enc_logic_imm(&t->e, true, A64_AND, TMP, TMP, A64_FPCR_BITS);
    enc_system(&t->e, A64_MSR_FPCR, TMP);
    enc_system(&t->e, A64_MSR_FPSR, ZERO);
}
// Uses TMP and TMP3. C code has no use for the flags.
static void fp_to_host(Entry *t) {
    if (!t->cfg->floats) return;
    const HostFrame *frame = &t->cfg->frame;
    enc_mem(&t->e, A64_LDR, 2, TMP, FRAME, frame->fp_state);
    enc_system(&t->e, A64_MRS_FPSR, TMP3);
    enc_logic_imm(&t->e, true, A64_AND, TMP3, TMP3, A64_FPSR_FLAGS);
    enc_r(&t->e, true, A64_ORR, TMP, TMP, TMP3);
    enc_mem(&t->e, A64_STR, 2, TMP, FRAME, frame->fp_state);
    enc_system(&t->e, A64_MSR_FPSR, ZERO);
    enc_mem(&t->e, A64_LDR, 2, TMP, FRAME, frame->fp_host);
    enc_system(&t->e, A64_MSR_FPCR, TMP);
}

static void emit_enter(Entry *t) { // void *enter(x0: frame, x1: code)
    row(t, true, 0, 0);
    enc_add_imm(&t->e, true, A64_SUB, ZERO, ZERO, A64_STACK);
    for (unsigned i = 0; i < A64_SAVED; i += 2)
        enc_pair(&t->e, A64_STP, saved_regs[i + 1], saved_regs[i], ZERO, saved_at(i + 1));
    row(t, false, A64_STACK, A64_SAVED);
    enc_mv(&t->e, FRAME, 0);
    load(t, BUDGET, FRAME, t->cfg->frame.budget);
    load_base(t);
    fp_to_guest(t);
    enc_r1(&t->e, true, A64_BR, 0, 1);
}

// Where to leave from a routine that has called C: the budget is in the frame, and so may be the guest's flags.
typedef struct Leave {
    const uint8_t *at;
    uint32_t insns;
} Leave;
typedef struct Leaves {
    Leave keep_budget, keep_flags;
} Leaves;

static Leave leave_here(const Entry *t) { return (Leave){t->e.p + t->e.to_exec, t->e.n_insns}; }

static Leaves emit_leave(Entry *t) { // the token is in x0
    Leaves l;
    row(t, true, A64_STACK, A64_SAVED);
    store(t, BUDGET, FRAME, t->cfg->frame.budget);
    l.keep_budget = leave_here(t);
    fp_to_host(t);
    l.keep_flags = leave_here(t);
    for (unsigned i = 0; i < A64_SAVED; i += 2)
        enc_pair(&t->e, A64_LDP, saved_regs[i + 1], saved_regs[i], ZERO, saved_at(i + 1));
    enc_add_imm(&t->e, true, A64_ADD, ZERO, ZERO, A64_STACK);
    row(t, false, 0, 0);
    enc_r1(&t->e, true, A64_RET, 0, LINK);
    l.keep_budget.insns = t->e.n_insns - l.keep_budget.insns;
    l.keep_flags.insns = t->e.n_insns - l.keep_flags.insns;
    return l;
}

// ---- calls of C
typedef struct Call {
    const void *fn;
    unsigned memop;
    bool floats; // the registers of F32 and F64 are in use
    bool flags;  // what it does may raise flags, or look at the guest's
} Call;

static void save_regs(Entry *t, HostRegs regs, bool load) {
    static const A64Op one[2][2] = {{A64_STR, A64_LDR}, {A64_STR_F, A64_LDR_F}};
    static const A64Op two[2][2] = {{A64_STP, A64_LDP}, {A64_STP_F, A64_LDP_F}};
    enc_add_imm(&t->e, true, A64_ADD, TMP3, FRAME, t->cfg->frame.saved_regs);
    for (unsigned r = 0; r < HOST_REGS_MAX; r++) {
        if (!(regs & host_reg(r))) continue;
        bool is_float = emit_is_float_reg(r), pair = r + 1 < HOST_REGS_MAX && regs & host_reg(r + 1);
        if (pair)
            enc_pair(&t->e, two[is_float][load], r, r + 1, TMP3, 8 * (int32_t)r);
        else
            enc_mem(&t->e, one[is_float][load], 3, r, TMP3, 8 * (int32_t)r);
        r += pair;
    }
}

// What a call of C overwrites is loaded again. Those that it preserves are saved as well: who leaves wants to see them.
static HostRegs in_use(bool floats) {
    return host_native.pool & (host_native.regs[HOST_INTS] | (floats ? host_native.regs[HOST_FLOATS] : 0));
}

// Called by generated code: address in TMP, value in TMP2. C gets (frame, address, value, memop).
static HostRoutine emit_call_to_c(Entry *t, const Leaves *leaves, Call call) {
    HostRoutine r = {.at = t->e.p + t->e.to_exec};
    const Leave *leave = call.flags ? &leaves->keep_flags : &leaves->keep_budget;
    const HostFrame *frame = &t->cfg->frame;
    uint32_t start = t->e.n_insns;
    row(t, true, A64_STACK, A64_SAVED);
    save_regs(t, in_use(call.floats), false);
    store(t, BUDGET, FRAME, frame->budget);
    store(t, LINK, FRAME, frame->call_site);
    enc_mv(&t->e, 1, TMP);
    if (call.flags) fp_to_host(t);
    enc_mv(&t->e, 0, FRAME);
    enc_mv(&t->e, 2, TMP2);
    enc_li(&t->e, 3, call.memop);
    enc_li(&t->e, TMP, (uint64_t)(uintptr_t)call.fn);
    enc_r1(&t->e, true, A64_BLR, 0, TMP);
    uint32_t back = enc_branch_zero(&t->e, true, A64_CBZ, 0);
    enc_jump_to(&t->e, A64_B, leave->at);
    r.leave_insns = t->e.n_insns - start + leave->insns;
    t->e.n_insns--; // the jump is not executed on the way back
    enc_aim(&t->e, back, code_offset(&t->e));
    save_regs(t, in_use(call.floats) & ~(HostRegs)PRESERVED, true);
    if (call.flags) fp_to_guest(t);
    load(t, LINK, FRAME, frame->call_site);
    load(t, TMP, FRAME, frame->result);
    enc_r1(&t->e, true, A64_RET, 0, LINK);
    r.insns = t->e.n_insns - start;
    return r;
}

static void emit_routines(Entry *t, const Leaves *leaves) {
    HostEntry *entry = t->entry;
    const HostConfig *cfg = t->cfg;
    for (unsigned floats = 0; floats <= cfg->floats; floats++) {
        for (unsigned i = 0; i < HOST_MISSES; i++) {
            unsigned memop = (i & MEMOP_SIZE) | (i & 4 ? MEMOP_ALIGNED : 0);
            entry->load_miss[floats][i] =
                emit_call_to_c(t, leaves, (Call){(const void *)cfg->load_miss, memop, floats, false});
            entry->store_miss[floats][i] =
                emit_call_to_c(t, leaves, (Call){(const void *)cfg->store_miss, memop, floats, false});
        }
        entry->call_out[floats] = emit_call_to_c(t, leaves, (Call){(const void *)cfg->call_out, 0, floats, true});
    }
    if (cfg->access_fault)
        entry->access_fault = emit_call_to_c(t, leaves, (Call){(const void *)cfg->access_fault, 0, cfg->floats, false});
}

size_t a64_make_entry(HostEntry *entry, const HostConfig *cfg, uint8_t *rw, size_t room, ptrdiff_t to_exec) {
    Entry t = {.e = {.begin = rw, .p = rw, .end = rw + room, .to_exec = to_exec}, .cfg = cfg, .entry = entry};
    const uint8_t *enter = rw + to_exec;
    memcpy(&entry->enter, &enter, sizeof enter);
    entry->n_unwind = 0;
    emit_enter(&t);
    entry->enter_insns = t.e.n_insns;
    entry->leave = t.e.p + to_exec;
    Leaves leaves = emit_leave(&t);
    entry->leave_insns = t.e.n_insns - entry->enter_insns;
    emit_routines(&t, &leaves);
    entry->n_bytes = code_offset(&t.e);
    return t.e.full ? 0 : entry->n_bytes;
}
