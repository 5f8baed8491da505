// Leaving generated code in the middle of a block: the site of the call says where every pending slot value is, so the
// guest state before the instruction can be written back.
#include "jit/leave.h"
#include "jit/code/records.h"
#include "jit/code/set.h"
#include "jit/code/span.h"
#include "ra/ra.h"

enum { BOUNDS_PATIENCE = 32 };

static const uint8_t *call_site(const Frame *f) { return (const uint8_t *)(uintptr_t)f->call_site; }

static Site *search_site(const Jit *j, const uint8_t *ret, Unit **unit) {
    Unit *u = set_unit_before(j, ret);
    uint32_t offset = (uint32_t)(ret - u->exec);
    for (uint32_t a = 0, b = u->n_sites; a < b;) {
        uint32_t mid = (a + b) / 2;
        if (u->sites[mid].ret == offset) {
            *unit = u;
            return &u->sites[mid];
        }
        if (u->sites[mid].ret < offset)
            a = mid + 1;
        else
            b = mid;
    }
    bug_abort(__FILE__, __LINE__, "no call site at %p", (const void *)ret);
}

// What was found last is asked first: there are a hundred thousand units, and a search is a chain of
// misses of the host's caches.
static Site *site_at(Jit *j, const uint8_t *ret, Unit **unit) {
    FoundSite *f = &j->found_sites[(uintptr_t)ret % ARRAY_LEN(j->found_sites)];
    if (f->ret != ret) f->ret = ret, f->site = search_site(j, ret, &f->unit);
    *unit = f->unit;
    return f->site;
}

static Site *access_at(const Jit *j, const uint8_t *at, Unit **unit) {
    Unit *u = set_unit_before(j, at + 1);
    uint32_t offset = (uint32_t)(at - u->exec), lo = 0, hi = u->n_sites; // the first one behind it
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (u->sites[mid].ret > offset)
            hi = mid;
        else
            lo = mid + 1;
    }
    uint8_t op = lo < u->n_sites ? u->sites[lo].insn.op : IR_NOP;
    bool access = op == IR_LOAD || op == IR_STORE || op == IR_ATOMIC;
    BUG_IF(!access, "a fault at %p, which is no access of unit %u", (const void *)at, u->id);
    *unit = u;
    return &u->sites[lo];
}

const Site *jit_site(Jit *j, const Frame *f, Unit **unit) { return site_at(j, call_site(f), unit); }

void jit_returned(Jit *j, const Frame *f) {
    Unit *u;
    if (!j->o.profile) return;
    const Site *s = site_at(j, call_site(f), &u);
    site_counts(u, s)->returns++;
}

static uint64_t part(const Frame *f, RaLoc loc) {
    return loc.kind == RA_REG ? f->saved_regs[loc.index] : loc.kind == RA_SPILL ? f->spills[loc.index] : 0;
}

static void restore(const Jit *j, Frame *f, const Unit *u, const Site *s) {
    for (uint32_t i = 0; i < s->n_values; i++) {
        const SnapValue *v = &unit_values(u)[s->first_value + i];
        uint64_t value = v->kind == RA_CONST ? unit_consts(u)[v->index] : part(f, (RaLoc){v->kind, v->index});
        if (v->kind == RA_SUM) {
            const RaSum *sum = &unit_sums(u)[v->index];
            value = ra_sum(sum, part(f, sum->base), part(f, sum->index));
        }
        IrType t = (IrType)j->o.guest->slots[v->slot].type;
        if (t == IR_I32) value = (uint32_t)value; // a constant is sign-extended
        if (v->any_nan) value = ra_settled(value, v->kind, t);
        f->cpu.slot[v->slot] = value;
    }
}

const Site *jit_leave(Jit *j, Frame *f, int *refund) {
    Unit *u;
    Site *s = site_at(j, call_site(f), &u);
    restore(j, f, u, s);
    if (sites_are_counted(u)) site_counts(u, s)->leaves++;
    *refund = u->blocks[s->block].ahead - s->index;
    return s;
}

const Site *jit_fault_site(const Jit *j, Frame *f) {
    Unit *u;
    Site *s = access_at(j, call_site(f), &u);
    if (sites_are_counted(u)) site_counts(u, s)->strays++;
    f->call_site = (uint64_t)(uintptr_t)(u->exec + s->ret);
    return s;
}

void jit_access_strayed(Jit *j, Frame *f, gaddr at) {
    Unit *u;
    const Site *s = jit_site(j, f, &u);
    if (mem_window_free(j->mem, at)) return;
    span_stray(j, s->pc);
    if (!u->dead) set_forget(j, u);
}

void jit_bound_failed(Jit *j, Unit *u, const IrInsn *bound) {
    if (++u->bounds_failed != BOUNDS_PATIENCE) return;
    if (bound->op == IR_BOUND && !bound->c && bound->b)
        vec_push(&j->loose, ((JitLoose){u->pc, (uint16_t)(bound->b - 1)}));
    else if (u->n_blocks > 1 && j->load_span.above && !jit_is_among(j->no_hoist.at, j->no_hoist.n, u->pc))
        vec_push(&j->no_hoist, u->pc);
    else
        vec_push(&j->no_bounds, u->pc);
    set_forget(j, u);
}
