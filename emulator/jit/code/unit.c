// Making a unit's records from what the allocator and the host back end left, and letting units go.
#include "base/alloc.h"
#include "jit/code/records.h"
#include "jit/code/ibtc.h"
#include "jit/code/mapping.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *copy_of(const void *from, size_t n) { return n ? memcpy(alloc_bytes(n), from, n) : NULL; }

void *unit_alloc(size_t n) { return alloc_zeroed(1, n); }

void unit_release(void *p) { free(p); }

// ---- memory of units
// Units come and go together, when all code is flushed. WHY mmap: its pages are zero, and come in one call; where a first
// touch is a trap into a hypervisor, those traps took as long as making the units.
enum { CHUNK_MIN = 16 << 10, CHUNK_MAX = 128 << 10, CHUNK_ALIGN = 16 };

typedef struct UnitChunk {
    struct UnitChunk *next;
    size_t used, size;
} UnitChunk;

void *unit_take(Jit *j, size_t n) {
    UnitChunk *c = j->chunks;
    n = (n + CHUNK_ALIGN - 1) & ~(size_t)(CHUNK_ALIGN - 1);
    if (!c || c->size - c->used < n) {
        size_t head = (sizeof *c + CHUNK_ALIGN - 1) & ~(size_t)(CHUNK_ALIGN - 1);
        size_t size = !c ? CHUNK_MIN : c->size < CHUNK_MAX ? 2 * c->size : CHUNK_MAX;
        while (size < n + head) size *= 2;
        c = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (c == MAP_FAILED) alloc_failed(size);
        *c = (UnitChunk){j->chunks, head, size};
        j->chunks = c;
    }
    c->used += n;
    return (char *)c + c->used - n;
}

static void free_chunks(UnitChunk *c) {
    for (UnitChunk *next; c; c = next) {
        next = c->next;
        munmap(c, c->size);
    }
}

// INVARIANT: a flush may come while a unit is being made. It was taken last, so the newest chunk stays.
void units_forget(Jit *j) {
    if (!j->chunks) return;
    free_chunks(j->chunks->next);
    j->chunks->next = NULL;
}

void units_free(Jit *j) {
    free_chunks(j->chunks);
    j->chunks = NULL;
}

// ---- making one. INVARIANT: the memory of its parts is zero.

static void describe_exits(Unit *u, const IrUnit *ir) {
    static const uint8_t kinds[] = {[IR_EXIT_DIRECT] = EXIT_DIRECT,
                                    [IR_EXIT_INDIRECT] = EXIT_INDIRECT,
                                    [IR_EXIT_RETURN] = EXIT_INDIRECT,
                                    [IR_EXIT_TRAP] = EXIT_TRAP};
    for (uint32_t i = 0; i < ir->exits.n; i++) {
        const IrExit *x = &ir->exits.at[i];
        Edge *e = &u->edges[host_edge_exit(i)];
        e->kind = kinds[x->kind], e->pc = x->pc, e->retired = x->retired, e->is_return = x->kind == IR_EXIT_RETURN;
        if (x->kind == IR_EXIT_TRAP) e->code = x->code, e->value = x->value;
        if (!u->shape.n_landings) continue;
        e = &u->edges[host_edge_landing(u->shape, i)];
        e->kind = EXIT_DIRECT, e->pc = x->return_pc;
    }
}

// Each exit is a successor of one block.
static void place_exits(Unit *u, const IrUnit *ir) {
    for (uint32_t b = 0; b < ir->blocks.n; b++)
        for (unsigned k = 0; k < 2; k++) {
            IrTarget t = ir->blocks.at[b].succ[k];
            if (t == IR_NO_TARGET || !(t & IR_TO_EXIT)) continue;
            u->edges[host_edge_exit(t & ~IR_TO_EXIT)].block = (uint16_t)b;
            if (u->shape.n_landings) u->edges[host_edge_landing(u->shape, t & ~IR_TO_EXIT)].block = (uint16_t)b;
        }
}

// Its bytes were fetched a moment ago: the mapping is known.
static gaddr place_of(Jit *j, Frame *f, gaddr vaddr) {
    gaddr paddr;
    MemFault fault = mapping_fetch(j, f, vaddr, 1, &paddr);
    BUG_IF(fault != MEM_FAULT_NONE, "code at %#llx was translated, but cannot be fetched", (unsigned long long)vaddr);
    return paddr;
}

static void place_block(Jit *j, Frame *f, UnitBlock *b) {
    gaddr last = b->pc + b->bytes - 1;
    b->paddr = place_of(j, f, b->pc);
    if (b->bytes && (last ^ b->pc) >> MEM_PAGE_BITS) b->paddr_next = place_of(j, f, last & -(gaddr)MEM_PAGE);
}

static void add_page(Unit *u, gaddr vaddr, gaddr paddr) {
    UnitPage p = {vaddr & -(gaddr)MEM_PAGE, paddr & -(gaddr)MEM_PAGE}, *pages = unit_pages(u);
    for (unsigned i = 0; i < u->n_pages; i++)
        if (pages[i].vpage == p.vpage) return;
    BUG_IF(u->n_pages == UNIT_PAGES_MAX, "a unit of more than %d pages", UNIT_PAGES_MAX);
    pages[u->n_pages++] = p;
}

void unit_find_pages(Unit *u) {
    if (!(u->mode & CPU_MODE_FETCH_MAPPED)) return;
    for (unsigned b = 0; b < u->n_blocks; b++) {
        CodePiece piece[2];
        add_page(u, u->blocks[b].pc, u->blocks[b].paddr);
        if (unit_pieces(&u->blocks[b], piece) > 1) add_page(u, u->blocks[b].pc + piece[0].bytes, piece[1].paddr);
    }
}

static void *once_memory(Jit *j, size_t n) {
    uint32_t words = (uint32_t)((n + sizeof *j->once.at - 1) / sizeof *j->once.at);
    return memset(vec_reserve(&j->once, words), 0, n);
}

// What few units have is counted, observed, interpreted or saved. The others share what is all zero.
static bool wants_extra(const Jit *j, UnitPlace place) {
    return place == UNIT_ONCE || j->o.profile || j->o.observer || j->o.interp || j->o.bisect_unit || j->saved;
}

// The unit, its edges, blocks and pages in one piece of memory: there are a hundred thousand under an operating system.
static Unit *with_parts(Jit *j, UnitPlace place, uint32_t n_blocks, HostEdges shape, uint32_t n_pages) {
    uint32_t n_edges = host_edge_count(shape);
    bool extra = wants_extra(j, place);
    BUG_IF(n_edges > EDGES_MAX, "a unit with %u edges", n_edges);
    size_t n = sizeof(Unit) + n_edges * sizeof(Edge) + n_blocks * sizeof(UnitBlock) + n_pages * sizeof(UnitPage);
    size_t all = n + (extra ? sizeof(UnitExtra) : 0);
    Unit *u = place == UNIT_IN_SET ? unit_take(j, all) : place == UNIT_ALONE ? unit_alloc(all) : once_memory(j, all);
    u->alone = place == UNIT_ALONE;
    u->n_blocks = (uint16_t)n_blocks;
    u->shape = shape;
    u->blocks = (UnitBlock *)(u->edges + n_edges);
    u->extra = extra ? (UnitExtra *)((char *)u + n) : &j->no_extra;
    for (uint32_t i = 0; i < n_edges; i++) u->edges[i].number = i;
    if (j->o.profile && place != UNIT_ALONE) u->extra->leaves = unit_alloc(n_edges * sizeof *u->extra->leaves);
    return u;
}

// At most: of a block that ends in another page than it begins in, and that may be mapped, two.
static uint32_t pages_of(uint32_t mode, gpc pc, uint32_t bytes) {
    if (!(mode & CPU_MODE_FETCH_MAPPED)) return 0;
    return (pc & (MEM_PAGE - 1)) + bytes > MEM_PAGE ? 2 : 1;
}

Unit *unit_new(Jit *j, const UnitBlock *blocks, HostEdges shape, uint32_t mode) {
    uint32_t n_pages = 0;
    for (uint32_t b = 0; b < shape.n_blocks; b++) n_pages += pages_of(mode, blocks[b].pc, blocks[b].bytes);
    if (n_pages > UNIT_PAGES_MAX) n_pages = UNIT_PAGES_MAX;
    Unit *u = with_parts(j, UNIT_IN_SET, shape.n_blocks, shape, n_pages);
    u->mode = mode;
    memcpy(u->blocks, blocks, shape.n_blocks * sizeof *blocks);
    return u;
}

static Unit *for_ir(Jit *j, const IrUnit *ir, UnitPlace place, uint32_t mode) {
    uint32_t n_pages = 0;
    for (uint32_t b = 0; b < ir->blocks.n; b++) n_pages += pages_of(mode, ir->blocks.at[b].pc, ir->blocks.at[b].bytes);
    if (n_pages > UNIT_PAGES_MAX) n_pages = UNIT_PAGES_MAX;
    Unit *u = with_parts(j, place, ir->blocks.n, host_edges_of(ir), n_pages);
    u->mode = mode;
    return u;
}

// Of a successor inside of the unit.
static gpc pc_of(const IrUnit *ir, IrTarget t) { return t & IR_TO_EXIT ? 0 : ir->blocks.at[t].pc; }

Unit *unit_begin(Jit *j, Frame *f, const IrUnit *ir, UnitPlace place) {
    Unit *u = for_ir(j, ir, place, f->cpu.mode);
    u->id = j->next_id++;
    u->pc = ir->blocks.at[0].pc;
    u->fp_round = f->cpu.fp_round;
    u->jump_table = (uint8_t)ibtc_table(j, u->mode);
    describe_exits(u, ir);
    place_exits(u, ir);
    for (uint32_t b = 0; b < ir->blocks.n; b++) {
        const IrBlock *blk = &ir->blocks.at[b];
        UnitBlock *ub = &u->blocks[b];
        ub->pc = blk->pc, ub->bytes = blk->bytes, ub->n_guest = blk->n_guest, ub->ahead = blk->ahead;
        ub->branches = blk->branches, ub->host_branches = ir->insns.at[blk->end - 1].op == IR_BR;
        place_block(j, f, ub);
        Edge *budget = &u->edges[host_edge_budget(u->shape, b)];
        budget->kind = EXIT_BUDGET, budget->block = (uint16_t)b;
        budget->pc = budget->value = blk->pc;
        for (uint32_t i = blk->first; i < blk->end; i++) {
            const IrInsn *in = &ir->insns.at[i];
            if (in->op == IR_BUDGET) {
                budget->refund = in->c;
                budget->pc = ir_budget_pc(ir, blk, in, &budget->retired, &budget->value);
            }
            if (in->op == IR_RETIRE) u->blocks[in->c].head = (uint16_t)(b + 1);
            ub->ir_ops += in->op != IR_NOP && in->op != IR_INSN;
            if (place == UNIT_ONCE)
                break; // a block, which begins with BUDGET; what is counted in it is never asked for
        }
        for (unsigned k = 0; k < 2 && u->shape.n_inside; k++) {
            Edge *inside = &u->edges[host_edge_inside(u->shape, b, k)];
            inside->kind = EXIT_DIRECT, inside->block = (uint16_t)b, inside->retired = ub->n_guest;
            inside->pc = pc_of(ir, blk->succ[k]);
        }
    }
    u->paddr = u->blocks[0].paddr;
    unit_find_pages(u);
    return u;
}

static uint32_t count_consts(const Ra *ra) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < ra->entries.n; i++) n += ra->entries.at[i].loc.kind == RA_CONST;
    BUG_IF(n > UINT16_MAX, "a unit with %u constants in its snapshots", n);
    return n;
}

static void take_snapshots(Unit *u, const Ra *ra, const IrUnit *ir) {
    uint16_t n = 0;
    uint64_t *consts = unit_consts(u);
    SnapValue *values = unit_values(u);
    for (uint32_t i = 0; i < ra->entries.n; i++) {
        const RaSnapEntry *e = &ra->entries.at[i];
        values[i] = (SnapValue){(uint8_t)e->slot, e->loc.kind, e->any_nan, e->loc.index};
        if (e->loc.kind != RA_CONST) continue;
        consts[n] = (uint64_t)ir->insns.at[e->loc.index].imm;
        values[i].index = n++;
    }
    if (ra->sums.n) memcpy(unit_sums(u), ra->sums.at, ra->sums.n * sizeof *ra->sums.at);
}

// An access has a site on its straight path and others out of line, with one snapshot.
static void take_sites(Jit *j, Unit *u, const HostCode *code, const Ra *ra, const IrUnit *ir) {
    u->n_sites = code->sites.n;
    if (!u->n_sites) return;
    uint32_t n_consts = count_consts(ra);
    BUG_IF(ra->sums.n > UINT16_MAX, "a unit with %u sums in its snapshots", ra->sums.n);
    u->n_consts = (uint16_t)n_consts, u->n_sums = (uint16_t)ra->sums.n;
    u->sites = unit_take(j, u->n_sites * sizeof *u->sites + n_consts * sizeof(uint64_t) + ra->sums.n * sizeof(RaSum) +
                                ra->entries.n * sizeof(SnapValue));
    take_snapshots(u, ra, ir);
    for (uint32_t i = 0; i < code->sites.n; i++) {
        const HostSite *s = &code->sites.at[i];
        RaSnap snap = s->snap == RA_NO_SNAP ? (RaSnap){0} : ra->snaps.at[s->snap];
        u->sites[i] = (Site){.ret = s->ret,
                             .first_value = snap.first,
                             .n_values = (uint16_t)snap.n,
                             .block = s->block,
                             .index = s->index,
                             .pc = s->pc,
                             .insn = ir->insns.at[s->ref]};
    }
}

// An observer may look at them, too.
static void take_site_counts(Jit *j, Unit *u, const HostCode *code) {
    SiteCounts *c = u->extra->site_counts = unit_take(j, u->n_sites * sizeof *c);
    for (uint32_t i = 0; i < u->n_sites; i++) {
        const HostSite *s = &code->sites.at[i];
        c[i] = (SiteCounts){s->insns_before, s->insns_extra, s->call_insns, s->call_leave_insns, 0, 0, 0};
    }
}

void unit_take_sites_of_ir(Jit *j, Unit *u, const IrUnit *ir) {
    u->sites = unit_take(j, ir->insns.n * sizeof *u->sites);
    u->extra->site_counts = unit_take(j, ir->insns.n * sizeof *u->extra->site_counts);
    for (uint32_t b = 0; b < ir->blocks.n; b++) {
        Site at = {.block = (uint16_t)b, .pc = ir->blocks.at[b].pc};
        for (uint32_t i = ir->blocks.at[b].first; i < ir->blocks.at[b].end; i++) {
            at.insn = ir->insns.at[i];
            at.ret = i;
            if (at.insn.op == IR_INSN) at.index = ir_marker_index(&at.insn), at.pc = ir_marker_pc(&at.insn);
            if (ir_op_is(at.insn.op, IR_FAULT)) u->sites[u->n_sites++] = at;
        }
    }
}

void unit_take_code(Jit *j, Unit *u, const HostCode *code, const Ra *ra, const IrUnit *ir) {
    u->n_bytes = code->n_bytes;
    for (uint32_t i = 0; i < code->slots.n; i++) {
        Edge *e = &u->edges[code->slots.at[i].edge];
        if (e->kind != EXIT_DIRECT) continue; // a branch to a trap has a slot, too
        e->patchable = true;
        e->patch = code->slots.at[i].patch;
        e->stub = code->slots.at[i].stub;
    }
    take_sites(j, u, code, ra, ir);
    UnitExtra *x = u->extra;
    if (x == &j->no_extra) return;
    x->n_insns = code->n_insns;
    x->n_spill_ops = ra->n_spill_ops;
    if (j->o.profile || j->o.observer) take_site_counts(j, u, code);
    if (!j->o.profile) return;
    x->edge_insns = copy_of(code->edge_insns.at, unit_edges(u) * sizeof(uint32_t));
    x->stub_insns = copy_of(code->stub_insns.at, unit_edges(u) * sizeof(uint32_t));
    x->detours = copy_of(code->detours.at, code->detours.n * sizeof(HostDetour));
    x->n_detours = code->detours.n;
}

void unit_free(Unit *u) {
    UnitExtra *x = u->extra;
    if (x->ir) {
        ir_unit_free(x->ir);
        free(x->ir);
    }
    if (x->counters_owned) free(x->counters);
    free(x->leaves);
    free(x->edge_insns);
    free(x->stub_insns);
    free(x->detours);
    if (u->alone) free(u); // and its parts
}

// The counters' memory will be used again: keep what they say.
void unit_keep_counts(Unit *u) {
    UnitExtra *x = u->extra;
    if (!x->counters || x->counters_owned) return;
    x->counters = copy_of(x->counters, (unit_edges(u) + x->n_detours) * sizeof(uint64_t));
    x->counters_owned = true;
}
