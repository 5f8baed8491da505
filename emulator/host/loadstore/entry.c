// The way in and out of generated code, and the routines that it calls with all its registers preserved.
//
// Generated code runs on the C stack and leaves sp alone, so C finds it where enter() left it. Of the floating-point
// registers only those are allocated that enter() need not save.
#include "host/loadstore/loadstore.h"
#include <string.h>

typedef struct Entry {
    Code e;
    const HostConfig *cfg;
    HostEntry *entry;
} Entry;

static void row(const Entry *t, bool begins, int32_t cfa, unsigned saved) {
    HostEntry *entry = t->entry;
    BUG_IF(entry->n_unwind == HOST_ENTRY_UNWIND, "too many rows for unwinders");
    entry->unwind[entry->n_unwind++] =
        (HostUnwind){.at = code_offset(&t->e), .begins = begins, .cfa = cfa, .saved = (uint8_t)saved};
}

// ---- registers with a meaning, see LsBase
static void load_base(Entry *t) {
    LsBase b = ls_base(t->cfg);
    int sign = ls_host.minus_lo ? -1 : 1;
    enc_li(&t->e, ls_host.mem, b.mem);
    enc_li(&t->e, ls_host.load_lo, sign * b.load_lo);
    enc_li(&t->e, ls_host.load_len, b.load_len);
    enc_li(&t->e, ls_host.store_lo, sign * b.store_lo);
    enc_li(&t->e, ls_host.store_len, b.store_len);
    enc_li(&t->e, ls_host.jumps, b.jumps);
    ls_put_add(&t->e, ls_host.jumps, ls_host.jumps, ls_host.frame);
    _Static_assert(sizeof b <= sizeof t->entry->own, "HostEntry keeps it");
    memcpy(t->entry->own, &b, sizeof b);
}

static void floats_to(Entry *t, bool guest) {
    if (t->cfg->floats) ls_put_floats(&t->e, &t->cfg->frame, guest);
}

static void emit_enter(Entry *t) { // void *enter(args[0]: frame, args[1]: code)
    row(t, true, 0, 0);
    ls_put_save(&t->e, false);
    row(t, false, ls_host.stack, ls_host.n_saved);
    enc_mv(&t->e, ls_host.frame, ls_host.args[0]);
    ls_put_load(&t->e, ls_host.budget, ls_host.frame, t->cfg->frame.budget);
    load_base(t);
    floats_to(t, true);
    ls_put_jump(&t->e, ls_host.args[1]);
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

static Leaves emit_leave(Entry *t) { // the token is where C wants a result
    Leaves l;
    row(t, true, ls_host.stack, ls_host.n_saved);
    ls_put_store(&t->e, ls_host.budget, ls_host.frame, t->cfg->frame.budget);
    l.keep_budget = leave_here(t);
    floats_to(t, false);
    l.keep_flags = leave_here(t);
    ls_put_save(&t->e, true);
    row(t, false, 0, 0);
    ls_put_return(&t->e);
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

// Called by generated code: address in tmp, value in tmp2. C gets (frame, address, value, memop). What C overwrites is loaded
// again; what it preserves is saved as well: who leaves wants to see it.
static HostRoutine emit_call_to_c(Entry *t, const Leaves *leaves, Call call) {
    HostRoutine r = {.at = t->e.p + t->e.to_exec};
    const Leave *leave = call.flags ? &leaves->keep_flags : &leaves->keep_budget;
    const HostFrame *frame = &t->cfg->frame;
    HostRegs used = host_native.pool & ~(call.floats ? 0 : host_native.regs[HOST_FLOATS]);
    uint32_t start = t->e.n_insns;
    row(t, true, ls_host.stack, ls_host.n_saved);
    ls_put_regs(&t->e, frame, used, false);
    ls_put_store(&t->e, ls_host.budget, ls_host.frame, frame->budget);
    ls_put_store(&t->e, ls_host.link, ls_host.frame, frame->call_site);
    enc_mv(&t->e, ls_host.args[1], ls_host.tmp);
    if (call.flags) floats_to(t, false);
    enc_mv(&t->e, ls_host.args[0], ls_host.frame);
    enc_mv(&t->e, ls_host.args[2], ls_host.tmp2);
    enc_li(&t->e, ls_host.args[3], call.memop);
    enc_li(&t->e, ls_host.tmp, (int64_t)(intptr_t)call.fn);
    ls_put_call(&t->e, ls_host.tmp, leave->at);
    r.leave_insns = t->e.n_insns - start + leave->insns;
    t->e.n_insns--; // the jump is not executed on the way back
    ls_put_regs(&t->e, frame, used & ~ls_host.preserved, true);
    if (call.flags) floats_to(t, true);
    ls_put_load(&t->e, ls_host.link, ls_host.frame, frame->call_site);
    ls_put_load(&t->e, ls_host.tmp, ls_host.frame, frame->result);
    ls_put_return(&t->e);
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

size_t ls_make_entry(HostEntry *entry, const HostConfig *cfg, uint8_t *rw, size_t room, ptrdiff_t to_exec) {
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
