// What does not differ between hosts of loads and stores, see loadstore.h. Example, of a constant that takes more than two
// instructions, at 0x10 of a unit whose code ends at 0x40:
//     here       0x10: what ls_gen_literal() makes: a load relative to its place
//     gen_end()  0x40: 8 bytes with the value, once for all that read it; ls_gen_aim_literal(0x10, 0x40)
#include "host/loadstore/loadstore.h"
#include <string.h>

// ---- the unit: once more if a jump did not reach
size_t ls_emit(HostCode *out, const HostUnit *unit, const HostEntry *entry, const HostConfig *cfg, uint8_t *rw,
               size_t room, ptrdiff_t to_exec) {
    bool far = false, again;
    size_t bytes;
    do {
        LsEmit ls = {.far = far, .phis_keep_types = emit_phis_keep_types(unit->ir)};
        memcpy(&ls.base, entry->own, sizeof ls.base);
        bytes = emit_unit(&ls.m, out, unit, entry, cfg, rw, room, to_exec);
        vec_free(&ls.literals);
        again = far = ls.out_of_reach;
    } while (again && bytes);
    return bytes;
}

uint32_t host_detours_max(const IrUnit *u) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < u->insns.n; i++) n += ir_is_memory(&u->insns.at[i]);
    return n;
}

void gen_forget(Emit *m) { (void)m; }
void gen_evaluated(Emit *m, const RaOp *op) { (void)m, (void)op; }

// ---- constants
static void literal(Emit *m, unsigned dst, uint64_t value, bool is_address) {
    vec_push(&ls_of(m)->literals, ((LsLiteral){code_offset(&m->e), value, is_address}));
    ls_gen_literal(m, dst);
}

void emit_li(Emit *m, unsigned dst, int64_t value) {
    if (enc_li_insns(value) > 2)
        literal(m, dst, (uint64_t)value, false);
    else
        enc_li(&m->e, dst, value);
}

void emit_address(Emit *m, unsigned dst, const void *address) { literal(m, dst, (uint64_t)(uintptr_t)address, true); }

void gen_end(Emit *m) {
    const LsEmit *ls = ls_of(m);
    if (ls->literals.n && code_offset(&m->e) % 8) code_word(&m->e, 0, false);
    uint32_t first = code_offset(&m->e);
    for (uint32_t i = 0, n = 0; i < ls->literals.n && !m->e.full; i++) {
        const LsLiteral *l = &ls->literals.at[i];
        uint32_t k = 0;
        while (k < n && memcmp(m->e.begin + first + 8 * k, &l->value, 8)) k++;
        if (k == n) {
            n++;
            code_word(&m->e, (uint32_t)l->value, false);
            code_word(&m->e, (uint32_t)(l->value >> 32), false);
            if (l->is_address) emit_note_address(m);
        }
        if (!m->e.full) ls_gen_aim_literal(m, l->at, first + 8 * k);
    }
}

int64_t emit_const(const Emit *m, RaLoc loc) {
    const IrInsn *in = &m->u->insns.at[loc.index];
    return emit_is_half((IrType)in->type) ? (int32_t)in->imm : in->imm;
}

// ---- locations
static bool is_half(const Emit *m, RaLoc loc) {
    return loc.kind == RA_SLOT && emit_is_half((IrType)m->u->slots[loc.index].type);
}

static RaLoc in_reg(Emit *m, RaLoc part, unsigned tmp) {
    if (part.kind == RA_REG || part.kind == RA_NONE) return part;
    gen_move(m, tmp, part);
    return (RaLoc){RA_REG, (uint16_t)tmp};
}

static void sum_into(Emit *m, unsigned dst, RaSum sum) {
    if (sum.extends == IR_BOX && ls_host.boxes) {
        gen_move(m, dst, sum.index);
        return;
    }
    if (sum.extends == IR_BOX) {
        ls_gen_box(m, dst, sum.index);
        return;
    }
    sum.index = in_reg(m, sum.index, ls_host.tmp2);
    sum.base = in_reg(m, sum.base, ls_host.tmp3);
    ls_gen_sum(m, dst, &sum);
}

void gen_move(Emit *m, unsigned dst, RaLoc from) {
    if (from.kind == RA_REG)
        ls_gen_copy(m, dst, from.index);
    else if (from.kind == RA_SUM)
        sum_into(m, dst, m->ra->sums.at[from.index]);
    else if (from.kind == RA_CONST)
        ls_gen_const(m, dst, from);
    else
        ls_gen_frame_load(m, dst, is_half(m, from), emit_disp(m, from));
}

void gen_write(Emit *m, RaLoc to, RaLoc from) {
    if (ls_host.boxes && from.kind == RA_SUM && m->ra->sums.at[from.index].extends == IR_BOX)
        from = m->ra->sums.at[from.index].index;
    bool single = (from.kind == RA_SLOT && m->u->slots[from.index].type == IR_F32) ||
                  (from.kind == RA_CONST && m->u->insns.at[from.index].type == IR_F32);
    bool boxed = ls_host.boxes && single; // for a spill it must be
    unsigned src = boxed ? ls_host.ftmp : ls_host.tmp;
    if (from.kind == RA_REG)
        src = from.index;
    else if (from.kind == RA_CONST && !boxed && emit_const(m, from) == 0)
        src = ls_host.zero;
    else
        gen_move(m, src, from);
    ls_gen_frame_store(m, src, is_half(m, to), emit_disp(m, to));
}

void gen_swap(Emit *m, unsigned a, unsigned b) {
    unsigned tmp = emit_is_float_reg(a) ? ls_host.ftmp : ls_host.tmp;
    ls_gen_copy(m, tmp, a);
    ls_gen_copy(m, a, b);
    ls_gen_copy(m, b, tmp);
}

// No op of these hosts is one of HOST_ANY_NAN.
void gen_canon(Emit *m, const RaOp *op) {
    (void)m;
    bug_abort(__FILE__, __LINE__, "v%u is to be made canonical", op->ref);
}
void gen_fix(Emit *m, RaLoc loc, IrType t) {
    (void)m, (void)t;
    bug_abort(__FILE__, __LINE__, "location %u is to be made canonical", loc.index);
}

// ---- the span
LsBase ls_base(const HostConfig *cfg) {
    const HostSpan *l = &cfg->load_span, *s = &cfg->store_span;
    int64_t none = 2 * LS_MARGIN + 8, edge = l->fenced ? 0 : LS_MARGIN, less = l->fenced ? 0 : none;
    LsBase b = {.jumps = cfg->jump.tag};
    if (l->on && l->len > (uint64_t)none)
        b.mem = l->to_host, b.load_lo = (int64_t)l->lo + edge, b.load_len = (int64_t)l->len - less;
    if (s->on && s->len > (uint64_t)none) b.store_lo = (int64_t)s->lo + edge, b.store_len = (int64_t)s->len - less;
    return b;
}

// Can addresses of this width be checked against the span, and reached by its constant?
static bool span_usable(const HostSpan *span, bool wide) {
    if (!span->on || span->len <= 2 * LS_MARGIN + 8 || span->len >> 62) return false;
    return wide || span->lo + span->len <= 1ull << 31;
}

bool gen_span_fits(const Emit *m, const HostSpan *span, const IrInsn *in) {
    bool wide = emit_is_wide(m, in);
    if (!span_usable(span, wide)) return false;
    if (emit_aligned_log2(in) && span->lo % 8) return false; // the check looks at the distance from there
    return !span->fenced || (wide && in->imm >= HOST_FENCE_BELOW && in->imm <= INT32_MAX);
}

static bool bounds_fit(const HostSpan *span, bool wide) {
    enum { REACH = 1 << 17 };
    return span_usable(span, wide) && span->len >= REACH && (wide || !span->fenced);
}

bool gen_bounds_fit(const Emit *m, const HostSpan *span, const IrInsn *in) {
    return bounds_fit(span, emit_is_wide(m, in));
}

// Without probes every access calls, and the call gets the address.
bool ls_addresses(const HostConfig *cfg, const IrUnit *u) {
    bool fits =
        cfg->load.on && cfg->store.on && bounds_fit(&cfg->load_span, true) && bounds_fit(&cfg->store_span, true);
    return (fits || (!cfg->load.on && !cfg->store.on)) && emit_phis_keep_types(u);
}

static unsigned base_value(Emit *m, unsigned reg, int64_t here, int64_t entered, unsigned tmp) {
    if (here == entered) return reg;
    emit_li(m, tmp, here);
    return tmp;
}

unsigned emit_span_lo(Emit *m, bool store, unsigned tmp) {
    const LsBase here = ls_base(m->cfg), *entered = &ls_of(m)->base;
    int64_t lo = store ? here.store_lo : here.load_lo;
    if (lo == (store ? entered->store_lo : entered->load_lo)) return store ? ls_host.store_lo : ls_host.load_lo;
    emit_li(m, tmp, ls_host.minus_lo ? -lo : lo);
    return tmp;
}

unsigned emit_span_len(Emit *m, bool store, unsigned tmp) {
    const LsBase here = ls_base(m->cfg), *entered = &ls_of(m)->base;
    return store ? base_value(m, ls_host.store_len, here.store_len, entered->store_len, tmp)
                 : base_value(m, ls_host.load_len, here.load_len, entered->load_len, tmp);
}

unsigned emit_span_mem(Emit *m, bool store, unsigned tmp) {
    return base_value(m, ls_host.mem, emit_span(m, store)->to_host, ls_of(m)->base.mem, tmp);
}

// ---- jumps, leaving, calls out
Jump gen_goto(Emit *m) {
    uint32_t at = enc_jump(&m->e);
    return (Jump){at, emit_path(m)};
}

void gen_aim(Emit *m, uint32_t at, uint32_t offset) {
    if (!enc_aim(&m->e, at, offset)) ls_of(m)->out_of_reach = true;
}

void gen_leave(Emit *m, const void *token) {
    emit_address(m, ls_host.args[0], token);
    ls_gen_far(m, m->entry->leave, false);
}

bool gen_exit(Emit *m, const void *token, uint32_t *patch, uint32_t *stub) {
    (void)m, (void)token, (void)patch, (void)stub;
    return false;
}

void gen_leave_to(Emit *m, unsigned pc, const void *token) {
    ls_gen_frame_store(m, pc, false, m->cfg->frame.pc);
    gen_leave(m, token);
}

void gen_call_routine(Emit *m, const uint8_t *routine) { ls_gen_far(m, routine, true); }

void gen_miss_args(Emit *m, const RaOp *op, const IrInsn *in) {
    ls_gen_address(m, ls_host.tmp, op, in);
    if (in->op == IR_STORE) ls_gen_copy(m, ls_host.tmp2, emit_store_reg(op));
}

void gen_helper(Emit *m, const void *helper) {
    if (helper)
        emit_address(m, ls_host.tmp, helper);
    else
        enc_mv(&m->e, ls_host.tmp, ls_host.zero);
}

// ---- the return stack. WHY there is none: without push and pop a pair of a call and a return that use it takes more
// instructions than by the table of indirect jumps (docs/PORTING-HOST.md).
static Jump no_return_stack(void) { bug_abort(__FILE__, __LINE__, "this host has no return stack"); }
Jump gen_call(Emit *m) { return (void)m, no_return_stack(); }
void gen_call_probed(Emit *m) { (void)m, no_return_stack(); }
void gen_push_return(Emit *m, gpc return_pc) { (void)m, (void)return_pc, no_return_stack(); }
void gen_drop_return(Emit *m) { (void)m, no_return_stack(); }
Jump gen_check_return(Emit *m, unsigned pc) { return (void)m, (void)pc, no_return_stack(); }
void gen_return(Emit *m) { (void)m, no_return_stack(); }

// sp is where enter() left it.
HostUnwind gen_unwind(bool calling) {
    (void)calling;
    return (HostUnwind){.cfa = ls_host.stack, .saved = ls_host.n_saved};
}
