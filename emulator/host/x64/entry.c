// The way in and out of generated code, and the routines that it calls with all its registers preserved.
// System V ABI on the C side.
//
// Generated code runs on a stack of its own. At entry it holds {a place in enter(), ~0}: a return address pair that no
// guest return can match, and by which an unwinder comes back to the C side.
#include "host/x64/emit.h"
#include "host/x64/x64.h"
#include <string.h>

static const uint8_t callee_saved[] = {RBX, RBP, R12, R13, R14, R15};
static const uint8_t caller_saved[] = {RDX, RSI, RDI, R8, R9, R10, R11};

enum { SAVED = ARRAY_LEN(callee_saved), ENTERED = 8 * (SAVED + 2) }; // from host_sp to the caller's stack pointer

static HostUnwind *row(HostEntry *entry, const Enc *e, int32_t cfa) {
    BUG_IF(entry->n_unwind == HOST_ENTRY_UNWIND, "too many rows for unwinders");
    HostUnwind *u = &entry->unwind[entry->n_unwind++];
    *u = (HostUnwind){.at = enc_offset(e), .cfa = cfa};
    return u;
}

static void row_saved(HostEntry *entry, const Enc *e, int32_t cfa, unsigned saved) {
    row(entry, e, cfa)->saved = (uint8_t)saved;
}

// On the stack of generated code: the C side is where enter() left it.
static HostUnwind *row_inside(HostEntry *entry, const Enc *e, const HostConfig *cfg) {
    HostUnwind *u = row(entry, e, ENTERED);
    u->saved = SAVED;
    u->in_frame = true, u->disp = cfg->frame.host_sp;
    return u;
}

// Registers that hold F32 and F64 are saved as 8 bytes each.
static void save_floats(Enc *e, const HostConfig *cfg, FpOp op) {
    for (unsigned r = XMM0; r < X64_REGS; r++)
        if (host_native.pool & host_reg(r))
            enc_fp_rm(e, FP_SD, op, r - XMM0, mem_at(FRAME, cfg->frame.saved_regs + 8 * (int32_t)r));
}

// The host's rounding and flags change hands between the guest and C.
static void fp_to_guest(Enc *e, const HostConfig *cfg) {
    if (cfg->floats) enc_ldmxcsr(e, mem_at(FRAME, cfg->frame.fp_state));
}
static void fp_to_host(Enc *e, const HostConfig *cfg) {
    if (!cfg->floats) return;
    enc_stmxcsr(e, mem_at(FRAME, cfg->frame.fp_state));
    enc_ldmxcsr(e, mem_at(FRAME, cfg->frame.fp_host));
}

static void emit_enter(Enc *e, const HostConfig *cfg, HostEntry *entry) { // void *enter(rdi: frame, rsi: code)
    row(entry, e, 8)->begins = true;
    for (unsigned i = 0; i < SAVED; i++) {
        enc_push(e, callee_saved[i]);
        row_saved(entry, e, 8 * (int32_t)(i + 2), i + 1);
    }
    enc_lea(e, true, RSP, mem_at(RSP, -8)); // the stack is 16-byte aligned for calls to C
    row_saved(entry, e, ENTERED, SAVED);
    enc_mov_rr(e, true, FRAME, RDI);
    enc_store(e, mem_at(FRAME, cfg->frame.host_sp), RSP, 3);
    enc_load(e, RSP, mem_at(FRAME, cfg->frame.guest_sp), 3, false, true);
    row_inside(entry, e, cfg);
    enc_load(e, BUDGET, mem_at(FRAME, cfg->frame.budget), 3, false, true);
    enc_mov_ri64(e, RAX, (uint64_t)(uintptr_t)(e->p + e->to_exec));
    if (cfg->floats) enc_stmxcsr(e, mem_at(FRAME, cfg->frame.fp_host));
    fp_to_guest(e, cfg);
    enc_push_i(e, -1);
    enc_push(e, RAX);
    enc_jmp_r(e, RSI);
}

// Where to leave from a routine that has called C: the budget is in the frame, and so may be the guest's flags.
typedef struct Leave {
    const uint8_t *at;
    uint32_t insns;
} Leave;
typedef struct Leaves {
    Leave keep_budget, keep_flags;
} Leaves;

static Leave leave_here(const Enc *e) { return (Leave){e->p + e->to_exec, e->n_insns}; }

static Leaves emit_leave(Enc *e, const HostConfig *cfg, HostEntry *entry) {
    Leaves l;
    row_inside(entry, e, cfg)->begins = true;
    enc_pop(e, RAX); // where it was called from: there is the token
    enc_load(e, RAX, mem_at(RAX, ENC_TOKEN_MARK), 3, false, true);
    enc_store(e, mem_at(FRAME, cfg->frame.budget), BUDGET, 3);
    l.keep_budget = leave_here(e);
    fp_to_host(e, cfg);
    l.keep_flags = leave_here(e);
    enc_load(e, RSP, mem_at(FRAME, cfg->frame.host_sp), 3, false, true);
    enc_lea(e, true, RSP, mem_at(RSP, 8));
    row_saved(entry, e, ENTERED - 8, SAVED);
    for (unsigned i = SAVED; i-- > 0;) {
        enc_pop(e, callee_saved[i]);
        row_saved(entry, e, 8 * (int32_t)(i + 1), i);
    }
    enc_ret(e);
    l.keep_budget.insns = e->n_insns - l.keep_budget.insns;
    l.keep_flags.insns = e->n_insns - l.keep_flags.insns;
    return l;
}

typedef struct Call {
    const void *fn;
    unsigned memop;
    bool floats;     // the registers of F32 and F64 are in use
    bool flags;      // what it does may raise flags, or look at the guest's
    bool no_address; // 0 instead of the address
} Call;

static const uint8_t *here(Enc *e) {
    while ((uintptr_t)e->p % 16 && e->p < e->end) *e->p++ = 0xcc;
    return e->p + e->to_exec;
}

// Called by generated code: address in RAX, value in RCX. C gets (frame, address, value, memop).
static HostRoutine emit_call_to_c(Enc *e, const HostConfig *cfg, HostEntry *entry, const Leaves *leaves, Call call) {
    HostRoutine r = {.at = here(e)};
    const Leave *leave = call.flags ? &leaves->keep_flags : &leaves->keep_budget;
    uint32_t start = e->n_insns;
    row(entry, e, 8)->begins = true;
    if (call.no_address) enc_mov_ri(e, RAX, 0);
    for (unsigned k = 0; k < XMM0; k++)
        if (host_native.pool & host_reg(k)) enc_store(e, mem_at(FRAME, cfg->frame.saved_regs + 8 * (int32_t)k), k, 3);
    if (call.floats) save_floats(e, cfg, FP_MOV_STORE);
    if (call.flags) fp_to_host(e, cfg);
    enc_store(e, mem_at(FRAME, cfg->frame.budget), BUDGET, 3);
    enc_load(e, RDX, mem_at(RSP, 0), 3, false, true);
    enc_store(e, mem_at(FRAME, cfg->frame.call_site), RDX, 3);
    enc_store(e, mem_at(FRAME, cfg->frame.call_sp), RSP, 3);
    enc_load(e, RSP, mem_at(FRAME, cfg->frame.host_sp), 3, false, true);
    HostUnwind *away = row(entry, e, 8);
    away->in_frame = true, away->disp = cfg->frame.call_sp;
    enc_mov_rr(e, true, RDI, FRAME);
    enc_mov_rr(e, true, RSI, RAX);
    enc_mov_rr(e, true, RDX, RCX);
    enc_mov_ri(e, RCX, call.memop);
    enc_mov_ri64(e, RAX, (uint64_t)(uintptr_t)call.fn);
    enc_call_r(e, RAX);
    enc_test_rr(e, true, RAX, RAX);
    enc_patch_far(e, enc_jcc(e, CC_NE), leave->at);
    r.leave_insns = e->n_insns - start + leave->insns;
    for (unsigned i = 0; i < ARRAY_LEN(caller_saved); i++)
        enc_load(e, caller_saved[i], mem_at(FRAME, cfg->frame.saved_regs + 8 * caller_saved[i]), 3, false, true);
    if (call.floats) save_floats(e, cfg, FP_MOV_LOAD);
    if (call.flags) fp_to_guest(e, cfg);
    enc_load(e, RSP, mem_at(FRAME, cfg->frame.call_sp), 3, false, true);
    row(entry, e, 8);
    enc_load(e, RAX, mem_at(FRAME, cfg->frame.result), 3, false, true);
    enc_ret(e);
    r.insns = e->n_insns - start;
    return r;
}

size_t x64_make_entry(HostEntry *entry, const HostConfig *cfg, uint8_t *rw, size_t room, ptrdiff_t to_exec) {
    Enc e = {.begin = rw, .p = rw, .end = rw + room, .to_exec = to_exec};
    const uint8_t *enter = here(&e);
    memcpy(&entry->enter, &enter, sizeof enter);
    entry->n_unwind = 0;
    emit_enter(&e, cfg, entry);
    entry->enter_insns = e.n_insns;
    entry->leave = here(&e);
    Leaves leaves = emit_leave(&e, cfg, entry);
    entry->leave_insns = e.n_insns - entry->enter_insns;
    for (unsigned floats = 0; floats <= cfg->floats; floats++) {
        for (unsigned i = 0; i < HOST_MISSES; i++) {
            unsigned memop = (i & MEMOP_SIZE) | (i & 4 ? MEMOP_ALIGNED : 0);
            Call load = {(const void *)cfg->load_miss, memop, floats, false, false};
            Call store = {(const void *)cfg->store_miss, memop, floats, false, false};
            entry->load_miss[floats][i] = emit_call_to_c(&e, cfg, entry, &leaves, load);
            entry->store_miss[floats][i] = emit_call_to_c(&e, cfg, entry, &leaves, store);
        }
        Call out = {(const void *)cfg->call_out, 0, floats, true, false}, refuse = out;
        refuse.no_address = true;
        entry->call_out[floats] = emit_call_to_c(&e, cfg, entry, &leaves, out);
        entry->refuse[floats] = emit_call_to_c(&e, cfg, entry, &leaves, refuse);
    }
    Call fault = {(const void *)cfg->access_fault, 0, cfg->floats, false, false};
    if (cfg->access_fault) entry->access_fault = emit_call_to_c(&e, cfg, entry, &leaves, fault);
    entry->n_bytes = enc_offset(&e);
    return e.full ? 0 : entry->n_bytes;
}
