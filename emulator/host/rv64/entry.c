// The way in and out of generated code, and the routines that it calls with all its registers preserved.
// RISC-V ELF psABI on the C side.
//
// Generated code runs on the C stack and leaves sp alone, so C finds it where enter() left it. Of the floating-point
// registers only those are allocated that enter() need not save.
#include "host/rv64/emit.h"
#include "host/rv64/rv64.h"
#include <string.h>

typedef struct Entry {
    Code e;
    const HostConfig *cfg;
    HostEntry *entry;
    bool near;
} Entry;

static const uint8_t saved_regs[RV_SAVED] = {LINK, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27};
static bool is_saved(unsigned r) { return r == 8 || r == 9 || (r >= 18 && r <= 27); }

static void row(const Entry *t, bool begins, int32_t cfa, unsigned saved) {
    HostEntry *entry = t->entry;
    BUG_IF(entry->n_unwind == HOST_ENTRY_UNWIND, "too many rows for unwinders");
    entry->unwind[entry->n_unwind++] =
        (HostUnwind){.at = code_offset(&t->e), .begins = begins, .cfa = cfa, .saved = (uint8_t)saved};
}

static int32_t saved_at(unsigned i) { return RV_STACK - 8 * (int32_t)(i + 1); }

// ---- registers with a meaning, see RvBase
static void load_base(Entry *t) {
    RvBase b = rv_base(t->cfg);
    enc_li(&t->e, MEM, b.mem);
    enc_li(&t->e, LOAD_LO, b.load_lo);
    enc_li(&t->e, LOAD_LEN, b.load_len);
    enc_li(&t->e, STORE_LO, b.store_lo);
    enc_li(&t->e, STORE_LEN, b.store_len);
    enc_li(&t->e, JUMPS, b.jumps);
    enc_r(&t->e, RV_ADD, JUMPS, JUMPS, FRAME);
    _Static_assert(sizeof b <= sizeof t->entry->own, "HostEntry keeps it");
    memcpy(t->entry->own, &b, sizeof b);
}

// The guest's flags change hands between fflags and the frame. C code has no use for the flags.
static void fp_to_guest(Entry *t) {
    if (!t->cfg->floats) return;
    enc_i(&t->e, RV_LW, TMP, FRAME, t->cfg->frame.fp_state);
    enc_r1(&t->e, RV_FSFLAGS, ZERO, TMP);
}
static void fp_to_host(Entry *t) {
    if (!t->cfg->floats) return;
    enc_r1(&t->e, RV_FSFLAGS, TMP, ZERO); // reads them and leaves none
    enc_s(&t->e, RV_SW, TMP, FRAME, t->cfg->frame.fp_state);
}

static void emit_enter(Entry *t) { // void *enter(a0: frame, a1: code)
    enum { A0 = 10, A1 = 11, SP = 2 };
    row(t, true, 0, 0);
    enc_i(&t->e, RV_ADDI, SP, SP, -RV_STACK);
    for (unsigned i = 0; i < RV_SAVED; i++) enc_s(&t->e, RV_SD, saved_regs[i], SP, saved_at(i));
    row(t, false, RV_STACK, RV_SAVED);
    enc_mv(&t->e, FRAME, A0);
    enc_i(&t->e, RV_LD, BUDGET, FRAME, t->cfg->frame.budget);
    load_base(t);
    fp_to_guest(t);
    enc_i(&t->e, RV_JALR, ZERO, A1, 0);
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

static Leaves emit_leave(Entry *t) { // the token is in a0
    enum { SP = 2 };
    Leaves l;
    row(t, true, RV_STACK, RV_SAVED);
    enc_s(&t->e, RV_SD, BUDGET, FRAME, t->cfg->frame.budget);
    l.keep_budget = leave_here(t);
    fp_to_host(t);
    l.keep_flags = leave_here(t);
    for (unsigned i = 0; i < RV_SAVED; i++) enc_i(&t->e, RV_LD, saved_regs[i], SP, saved_at(i));
    enc_i(&t->e, RV_ADDI, SP, SP, RV_STACK);
    row(t, false, 0, 0);
    enc_i(&t->e, RV_JALR, ZERO, LINK, 0);
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

// `all`: those that C preserves, too: who leaves wants to see them.
static void save_regs(Entry *t, bool floats, bool load) {
    for (unsigned r = 0; r < HOST_REGS_MAX; r++) {
        bool is_float = emit_is_float_reg(r);
        if (!(host_native.pool & host_reg(r)) || (is_float && !floats) || (load && is_saved(r))) continue;
        int32_t at = t->cfg->frame.saved_regs + 8 * (int32_t)r;
        if (load)
            enc_i(&t->e, is_float ? RV_FLD : RV_LD, r, FRAME, at);
        else
            enc_s(&t->e, is_float ? RV_FSD : RV_SD, r, FRAME, at);
    }
}

// Called by generated code: address in TMP, value in TMP2. C gets (frame, address, value, memop).
static HostRoutine emit_call_to_c(Entry *t, const Leaves *leaves, Call call) {
    enum { A0 = 10, A1 = 11, A2 = 12, A3 = 13 };
    HostRoutine r = {.at = t->e.p + t->e.to_exec};
    const Leave *leave = call.flags ? &leaves->keep_flags : &leaves->keep_budget;
    const HostFrame *frame = &t->cfg->frame;
    uint32_t start = t->e.n_insns;
    row(t, true, RV_STACK, RV_SAVED);
    save_regs(t, call.floats, false);
    enc_s(&t->e, RV_SD, BUDGET, FRAME, frame->budget);
    enc_s(&t->e, RV_SD, LINK, FRAME, frame->call_site);
    enc_mv(&t->e, A1, TMP);
    if (call.flags) fp_to_host(t);
    enc_mv(&t->e, A0, FRAME);
    enc_mv(&t->e, A2, TMP2);
    enc_li(&t->e, A3, call.memop);
    enc_li(&t->e, TMP, (int64_t)(intptr_t)call.fn);
    enc_i(&t->e, RV_JALR, LINK, TMP, 0);
    uint32_t back = enc_branch(&t->e, RV_BEQ, A0, ZERO);
    enc_jump_to(&t->e, ZERO, TMP, leave->at, true);
    r.leave_insns = t->e.n_insns - start + leave->insns;
    t->e.n_insns--; // the jump is not executed on the way back
    enc_aim(&t->e, back, code_offset(&t->e));
    save_regs(t, call.floats, true);
    if (call.flags) fp_to_guest(t);
    enc_i(&t->e, RV_LD, LINK, FRAME, frame->call_site);
    enc_i(&t->e, RV_LD, TMP, FRAME, frame->result);
    enc_i(&t->e, RV_JALR, ZERO, LINK, 0);
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

size_t rv_make_entry(HostEntry *entry, const HostConfig *cfg, uint8_t *rw, size_t room, ptrdiff_t to_exec) {
    Entry t = {.e = {.begin = rw, .p = rw, .end = rw + room, .to_exec = to_exec}, .cfg = cfg, .entry = entry};
    const uint8_t *enter = rw + to_exec;
    memcpy(&entry->enter, &enter, sizeof enter);
    entry->n_unwind = 0;
    emit_enter(&t);
    entry->enter_insns = t.e.n_insns;
    entry->leave = t.e.p + to_exec;
    Leaves leaves = emit_leave(&t);
    entry->leave_insns = t.e.n_insns - entry->enter_insns;
    entry->own_near = room <= RV_JAL_REACH;
    emit_routines(&t, &leaves);
    entry->n_bytes = code_offset(&t.e);
    return t.e.full ? 0 : entry->n_bytes;
}
