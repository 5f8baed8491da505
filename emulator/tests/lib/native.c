#include "tests/lib/native.h"
#include "jit/code/cache.h"
#include "ir/float.h"
#include <fenv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static char fault_token;

static Native *native_of(Frame *f) { return (Native *)(void *)f->hart; }

// ---- calls out of the code
static const HostSite *site_of(const Native *n) {
    uint32_t ret = (uint32_t)((const uint8_t *)(uintptr_t)n->frame->call_site - n->exec);
    for (uint32_t i = 0; i < n->code.sites.n; i++)
        if (n->code.sites.at[i].ret == ret) return &n->code.sites.at[i];
    bug_abort(__FILE__, __LINE__, "no site at offset %u", ret);
}

static uint64_t snap_value(const Native *n, RaLoc loc) {
    switch (loc.kind) {
    case RA_REG: return n->frame->saved_regs[loc.index];
    case RA_SPILL: return n->frame->spills[loc.index];
    case RA_CONST: return (uint64_t)n->u->insns.at[loc.index].imm;
    case RA_SUM: {
        const RaSum *sum = &n->ra.sums.at[loc.index];
        return ra_sum(sum, sum->base.kind ? snap_value(n, sum->base) : 0,
                      sum->index.kind ? snap_value(n, sum->index) : 0);
    }
    default: bug_abort(__FILE__, __LINE__, "a snapshot with location kind %u", loc.kind);
    }
}

static void restore(const Native *n, const RaSnapEntry *e) {
    uint64_t value = snap_value(n, e->loc);
    IrType t = (IrType)unit_slots[e->slot].type;
    if (t == IR_F32) value = (uint32_t)value;
    if (e->any_nan) value = ra_settled(value, e->loc.kind, t);
    n->frame->cpu.slot[e->slot] = value;
}

static void *leave_by(Native *n, const char *way_out, uint64_t value) {
    const HostSite *s = site_of(n);
    const RaSnap *snap = &n->ra.snaps.at[s->snap];
    for (uint32_t i = snap->first; i < snap->first + snap->n; i++) restore(n, &n->ra.entries.at[i]);
    snprintf(n->w->way_out, sizeof n->w->way_out, "%s", way_out);
    n->w->way_out_value = value;
    return &fault_token;
}

static void *leave_by_fault(Native *n, uint64_t value) { return leave_by(n, "fault", value); }

static void *load_miss(void *reg, uint64_t at, uint64_t value, uint64_t memop) {
    Native *n = native_of(frame_of(reg));
    (void)value;
    return world_access(n->w, at, (unsigned)memop, false, &n->frame->result) ? NULL : leave_by_fault(n, at);
}

static void *store_miss(void *reg, uint64_t at, uint64_t value, uint64_t memop) {
    Native *n = native_of(frame_of(reg));
    return world_access(n->w, at, (unsigned)memop, true, &value) ? NULL : leave_by_fault(n, at);
}

static void slots_to_world(Native *n) { memcpy(n->w->slot, n->frame->cpu.slot, sizeof n->w->slot); }

// C code has its own rounding and sees none of the guest's flags.
static void check_host_state(void) {
    BUG_IF(fegetround() != FE_TONEAREST || fetestexcept(FE_ALL_EXCEPT), "C code has the guest's rounding or flags");
}

static void *call_out(void *reg, uint64_t a, uint64_t b, uint64_t c) {
    (void)a, (void)b, (void)c;
    Frame *f = frame_of(reg);
    Native *n = native_of(f);
    const IrInsn *in = &n->u->insns.at[site_of(n)->ref];
    check_host_state();
    if (in->op == IR_BOUND) return leave_by(n, "bound", 0);
    if (ir_raises_flags(in)) {
        unsigned flags = 0;
        f->result = ir_eval_flags(in, f->args[0], f->args[1], f->args[2], &flags);
        host_native.fp_raise(&f->fp_state, flags);
        return NULL;
    }
    if (in->op == IR_ATOMIC)
        return world_atomic(n->w, in, f->args[0], f->args[1], f->args[2], &f->result) ? NULL
                                                                                      : leave_by_fault(n, f->args[0]);
    if (in->op != IR_CALL) {
        bool imm = ir_op_is(in->op, IR_BIMM) && !in->b;
        f->result = ir_eval(in, f->args[0], imm ? (uint64_t)in->imm : f->args[1], f->args[2]);
        return NULL;
    }
    const IrHelper *h = (const IrHelper *)(uintptr_t)in->imm;
    uint64_t before[UNIT_SLOTS];
    memcpy(before, f->cpu.slot, sizeof before);
    slots_to_world(n);
    n->w->fp_flags = host_native.fp_take(&f->fp_state);
    bool ok = world_call(n->w, h, in->a ? f->args[0] : 0, in->b ? f->args[1] : 0, in->c ? f->args[2] : 0, &f->result);
    memcpy(f->cpu.slot, n->w->slot, sizeof n->w->slot);
    host_native.fp_raise(&f->fp_state, n->w->fp_flags);
    return ok ? NULL : leave_by_fault(n, f->result);
}

// ---- compile
static int32_t disp(const Native *n, const void *field) {
    return (int32_t)((const char *)field - (const char *)frame_reg(n->frame));
}

static HostFrame describe_frame(const Native *n) {
    Frame *f = n->frame;
    return (HostFrame){.slot0 = disp(n, f->cpu.slot),
                       .spill0 = disp(n, f->spills),
                       .pc = disp(n, &f->cpu.pc),
                       .budget = disp(n, &f->cpu.budget),
                       .saved_regs = disp(n, f->saved_regs),
                       .host_sp = disp(n, &f->host_sp),
                       .guest_sp = disp(n, &f->guest_sp),
                       .call_site = disp(n, &f->call_site),
                       .call_sp = disp(n, &f->call_sp),
                       .result = disp(n, &f->result),
                       .args = disp(n, f->args),
                       .fp_state = disp(n, &f->fp_state),
                       .fp_host = disp(n, &f->fp_host),
                       .fp_consts = disp(n, f->fp_consts)};
}

void native_init(Native *n) {
    feclearexcept(FE_ALL_EXCEPT); // of whatever ran before
    Err err;
    memset(n, 0, sizeof *n);
    BUG_IF(!cache_init(&n->cache, 1 << 20, true, &err), "%s", err.text);
    n->frame = frame_new((struct Hart *)(void *)n, &err);
    BUG_IF(!n->frame, "%s", err.text);
    host_native.fp_init(n->frame->fp_consts);
    memset(n->frame->ibtc[0].tag, 0xff, sizeof n->frame->ibtc[0].tag);
    n->cfg = (HostConfig){.floats = true,
                          .frame = describe_frame(n),
                          .load_miss = load_miss,
                          .store_miss = store_miss,
                          .call_out = call_out};
    n->cfg.jump = (HostProbe){
        false, 1, IBTC_BITS, 3, disp(n, n->frame->ibtc[0].tag), disp(n, n->frame->ibtc[0].code), host_native.jump_hash};
    n->cache.used = host_native.make_entry(&n->entry, &n->cfg, n->cache.rw, n->cache.size, n->cache.exec - n->cache.rw);
    BUG_IF(!n->cache.used, "no room for the entry code");
    host_native.make_visible(n->cache.exec, n->cache.used);
    ra_init(&n->ra);
}

void native_free(Native *n) {
    ra_free(&n->ra);
    host_code_free(&n->code);
    cache_free(&n->cache);
    frame_free(n->frame);
    free(n->tokens);
}

// Of a unit without denormal numbers: it has no other arithmetic.
static unsigned flush_of(const IrUnit *u) {
    for (uint32_t i = 1; i < u->insns.n; i++)
        if (u->insns.at[i].op >= IR_FADDZ && u->insns.at[i].op <= IR_FCMPZ) return FLOAT_FLUSH;
    return 0;
}

void native_compile(Native *n, const IrUnit *u, NativeShape shape) {
    n->u = u;
    n->shape = host_edges_of(u);
    free(n->tokens);
    n->tokens = calloc(host_edge_count(n->shape), 1);
    n->cfg.jump.on = shape.jump, n->cfg.return_stack = shape.jump && host_native.return_stack;
    n->cfg.count = shape.count;
    n->cfg.rotate = shape.rotate;
    n->cfg.heat = true;
    n->cfg.isa = host_native.isa_native() & ~shape.masked;
    n->round = shape.round | flush_of(u);
    ra_run(&n->ra, u, &host_native, shape.pool ? shape.pool : host_native.pool, &n->cfg);
    HostUnit hu = {.ir = u, .ra = &n->ra, .tokens = n->tokens, .token_size = 1, .n_detours_max = host_detours_max(u)};
    if (shape.count) hu.counters = n->cache.counters;
    size_t at = (n->cache.used + 15) & ~(size_t)15;
    uint8_t *rw = n->cache.rw + at;
    n->exec = n->cache.exec + at;
    size_t bytes = host_native.emit(&n->code, &hu, &n->entry, &n->cfg, rw, n->cache.size - at, n->exec - rw);
    BUG_IF(!bytes, "no room for the unit");
    for (uint32_t i = 0; i < n->code.slots.n; i++)
        host_native.patch(&n->entry, rw + n->code.slots.at[i].patch, n->exec + n->code.slots.at[i].patch,
                          n->exec + n->code.slots.at[i].stub);
    host_native.make_visible(n->exec, bytes);
}

// ---- run
static void show_way_out(Native *n, uint32_t edge) {
    World *w = n->w;
    if (edge < n->shape.n_exits) {
        uint8_t kind = n->u->exits.at[edge].kind;
        snprintf(w->way_out, sizeof w->way_out, "exit %u", edge);
        if (kind == IR_EXIT_INDIRECT || kind == IR_EXIT_RETURN) w->way_out_value = n->frame->cpu.pc;
        return;
    }
    uint32_t b = edge - host_edge_budget(n->shape, 0);
    BUG_IF(b >= n->shape.n_blocks, "left by edge %u", edge);
    snprintf(w->way_out, sizeof w->way_out, "budget");
    const IrBlock *block = &n->u->blocks.at[b];
    for (uint32_t i = block->first; i < block->end; i++)
        if (n->u->insns.at[i].op == IR_BUDGET)
            w->budget += n->u->insns.at[i].imm; // was taken although it was too little
}

void native_run(Native *n, World *w) {
    Frame *f = n->frame;
    n->w = w;
    memset(f->spills, 0xa5, sizeof f->spills);
    memset(f->saved_regs, 0x5a, sizeof f->saved_regs);
    memcpy(f->cpu.slot, w->slot, sizeof w->slot);
    f->cpu.budget = w->budget;
    host_native.fp_take(&f->fp_state);
    host_native.fp_raise(&f->fp_state, w->fp_flags);
    host_native.fp_round(&f->fp_state, n->round);
    const char *token = n->entry.enter(frame_reg(f), n->exec);
    check_host_state();
    w->budget = f->cpu.budget;
    w->fp_flags = host_native.fp_take(&f->fp_state);
    slots_to_world(n);
    if (token != &fault_token) show_way_out(n, (uint32_t)(token - n->tokens));
    for (unsigned i = 0; i < UNIT_SLOTS; i++)
        if (unit_slots[i].type == IR_I32 || unit_slots[i].type == IR_F32) w->slot[i] = (uint32_t)w->slot[i];
}

// ---- words
char *native_text(const Native *n) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    ra_print(f, &n->ra, n->u, host_native.reg_names);
    host_disassemble(&host_native, f, n->exec, n->code.n_bytes, n->exec);
    fclose(f);
    return text;
}

bool world_same(const World *a, const World *b) {
    return !memcmp(a->slot, b->slot, sizeof a->slot) && !memcmp(a->memory, b->memory, sizeof a->memory) &&
           a->trace == b->trace && a->budget == b->budget && a->fp_flags == b->fp_flags &&
           !strcmp(a->way_out, b->way_out) && a->way_out_value == b->way_out_value;
}

void world_print_differences(const World *want, const World *got) {
    for (unsigned i = 0; i < UNIT_SLOTS; i++)
        if (want->slot[i] != got->slot[i])
            fprintf(stderr, "%s: %#llx instead of %#llx\n", unit_slots[i].name, (unsigned long long)got->slot[i],
                    (unsigned long long)want->slot[i]);
    if (memcmp(want->memory, got->memory, sizeof want->memory)) fprintf(stderr, "the memory differs\n");
    if (want->fp_flags != got->fp_flags) fprintf(stderr, "flags %#x instead of %#x\n", got->fp_flags, want->fp_flags);
    if (want->trace != got->trace) fprintf(stderr, "accesses and calls differ\n");
    fprintf(stderr, "left by %s %#llx, budget %lld; should be %s %#llx, budget %lld\n", got->way_out,
            (unsigned long long)got->way_out_value, (long long)got->budget, want->way_out,
            (unsigned long long)want->way_out_value, (long long)want->budget);
}

static HostRegs nth(HostRegs regs, unsigned n) {
    while (n-- > 0) regs &= regs - 1;
    return regs & -regs;
}

// `pool` without some registers of the class, but with `enough` of them beside those that an op may clobber.
static HostRegs with_fewer(Random *r, HostRegs pool, HostClass class, unsigned most, unsigned enough) {
    HostRegs of_class = host_native.regs[class], clobbers = 0;
    for (unsigned op = 0; op < IR_OP_COUNT; op++) clobbers |= host_native.ops[op].clobbers;
    for (unsigned n = random_below(r, 3) ? random_below(r, most) : 0; n-- > 0;) {
        HostRegs less = pool & ~nth(of_class, random_below(r, host_reg_count(of_class)));
        if (host_reg_count(less & of_class & ~clobbers) >= enough) pool = less;
    }
    return pool;
}

HostRegs random_pool(Random *r) {
    HostRegs pool = with_fewer(r, host_native.pool, HOST_INTS, 5, 6);
    return with_fewer(r, pool, HOST_FLOATS, 20, 5);
}
