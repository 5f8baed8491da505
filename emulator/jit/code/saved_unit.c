// A unit as bytes, and back. What is an address of this process becomes a number: of an edge, an offset in emu; a distance to
// the entry code, which lies at the start of code memory, is mended by the distance between the two places of the unit's code.
//
//   move r, 0x7f..40 (edge 1)       move r, 1         saved
//   jump entry.leave                jump entry.leave  as at offset 0x4010 of code memory; restored at 0x9000: the distance - 0x4ff0
#include "jit/code/cache.h"
#include "jit/code/host_config.h"
#include "jit/code/ibtc.h"
#include "jit/code/records.h"
#include "jit/code/saved.h"
#include <string.h>

extern const char __ehdr_start[], _end[]; // of the linker: emu in memory

enum { OFFSET_BITS = 30, OFFSET_MASK = (1 << OFFSET_BITS) - 1 };

// By words; n is a multiple of 8.
uint64_t saved_check(const void *bytes, size_t n) {
    uint64_t h = 0x9e3779b97f4a7c15ull ^ n, word;
    for (size_t i = 0; i + sizeof word <= n; i += sizeof word) {
        memcpy(&word, (const char *)bytes + i, sizeof word);
        h = (h ^ word) * 0xd6e8feb86659fd93ull;
        h ^= h >> 32;
    }
    return h;
}

uint64_t saved_setup(Jit *j, uint32_t mode) {
    struct Saved *s = j->saved;
    if (s->setup && s->setup_mode == mode && s->setup_generation == j->generation) return s->setup;
    s->setup = host_config_key(j, mode);
    s->setup_mode = mode, s->setup_generation = j->generation;
    return s->setup;
}

SavedParts saved_parts(SavedUnit *h) {
    SavedParts p = {.blocks = (UnitBlock *)(h + 1)};
    p.edges = (Edge *)(p.blocks + h->n_blocks);
    p.sites = (Site *)(p.edges + h->n_edges);
    p.values = (SnapValue *)((RaSum *)((uint64_t *)(p.sites + h->n_sites) + h->n_consts) + h->n_sums);
    p.mends = (uint32_t *)(p.values + h->n_values);
    p.guest = (uint8_t *)(p.mends + h->n_mends);
    p.code = p.guest + h->n_guest;
    p.site_bytes = (uint64_t)((char *)p.mends - (char *)p.sites);
    p.bytes = ((uint64_t)(p.code - (uint8_t *)h) + h->n_bytes + 7) & ~7ull;
    return p;
}

void saved_take_mends(Jit *j, Unit *u, const HostCode *code) {
    UnitExtra *x = u->extra;
    x->n_mends = code->addresses.n + code->to_entry.n;
    uint32_t *to = x->mends = unit_take(j, x->n_mends * sizeof *x->mends);
    for (uint32_t i = 0; i < code->to_entry.n; i++)
        *to++ = (uint32_t)SAVED_TO_ENTRY << OFFSET_BITS | code->to_entry.at[i].at;
    for (uint32_t i = 0; i < code->addresses.n; i++) {
        uint32_t at = code->addresses.at[i].at;
        uint64_t value;
        memcpy(&value, unit_code(j, u) + at, sizeof value);
        bool edge = value - (uint64_t)(uintptr_t)u->edges < unit_edges(u) * sizeof *u->edges;
        *to++ = (uint32_t)(edge ? SAVED_EDGE : SAVED_IMAGE) << OFFSET_BITS | at;
    }
}

// ---- to bytes
static bool to_image_offset(uint64_t *address) {
    if (*address < (uint64_t)(uintptr_t)__ehdr_start || *address >= (uint64_t)(uintptr_t)_end) return false;
    *address -= (uint64_t)(uintptr_t)__ehdr_start;
    return true;
}

// What the last record of each kind of a snapshot names.
static void count_records(const Unit *u, SavedUnit *h) {
    for (uint32_t i = 0; i < u->n_sites; i++)
        if (u->sites[i].first_value + u->sites[i].n_values > h->n_values)
            h->n_values = u->sites[i].first_value + u->sites[i].n_values;
    if (!u->n_sites) return;
    h->n_consts = u->n_consts;
    h->n_sums = u->n_sums;
}

static bool pack_guest(Jit *j, const Unit *u, uint8_t *to) {
    for (unsigned b = 0; b < u->n_blocks; b++) {
        CodePiece piece[2];
        for (unsigned i = 0, n = unit_pieces(&u->blocks[b], piece); i < n; to += piece[i++].bytes)
            if (!mem_copy_out(j->mem, piece[i].paddr, to, piece[i].bytes)) return false;
    }
    return true;
}

static void pack_edges(const Unit *u, Edge *to) {
    uint32_t n = unit_edges(u);
    memcpy(to, u->edges, n * sizeof *to);
    for (uint32_t i = 0; i < n; i++)
        if (to[i].patchable) to[i].to = NULL, to[i].next_in = NULL, to[i].far = false;
}

static bool pack_sites(const Unit *u, const SavedParts *p) {
    if (!u->n_sites) return true;
    memcpy(p->sites, u->sites, p->site_bytes);
    for (uint32_t i = 0; i < u->n_sites; i++) {
        IrInsn *in = &p->sites[i].insn;
        uint64_t helper = (uint64_t)in->imm;
        if (in->op != IR_CALL) continue;
        if (!to_image_offset(&helper)) return false;
        in->imm = (int64_t)helper;
    }
    return true;
}

static bool pack_code(Jit *j, const Unit *u, const SavedParts *p) {
    const UnitExtra *x = u->extra;
    memcpy(p->code, unit_code(j, u), u->n_bytes);
    for (uint32_t i = 0, n = unit_edges(u); i < n; i++) {
        const Edge *e = &u->edges[i];
        if (edge_is_chained(e)) j->host->patch(&j->entry, p->code + e->patch, u->exec + e->patch, u->exec + e->stub);
    }
    memcpy(p->mends, x->mends, x->n_mends * sizeof *x->mends);
    for (uint32_t i = 0; i < x->n_mends; i++) {
        uint64_t value;
        uint8_t *at = p->code + (x->mends[i] & OFFSET_MASK);
        unsigned kind = x->mends[i] >> OFFSET_BITS;
        if (kind == SAVED_TO_ENTRY) continue;
        memcpy(&value, at, sizeof value);
        if (kind == SAVED_EDGE)
            value = (uint64_t)((Edge *)(uintptr_t)value - u->edges);
        else if (!to_image_offset(&value))
            return false;
        memcpy(at, &value, sizeof value);
    }
    return true;
}

bool saved_pack(Jit *j, const Unit *u) {
    struct Saved *s = j->saved;
    SavedUnit head = {.pc = u->pc, .setup = saved_setup(j, u->mode), .mode = u->mode, .fp_round = u->fp_round};
    head.at = (uint64_t)(u->exec - j->cache.exec);
    head.n_bytes = u->n_bytes, head.n_insns = u->extra->n_insns, head.n_spill_ops = u->extra->n_spill_ops;
    head.n_blocks = u->n_blocks, head.n_edges = unit_edges(u), head.n_sites = u->n_sites,
    head.n_mends = u->extra->n_mends;
    head.shape = u->shape;
    count_records(u, &head);
    for (unsigned b = 0; b < u->n_blocks; b++) head.n_guest += u->blocks[b].bytes;
    uint64_t words = saved_parts(&head).bytes / 8;
    if ((s->fresh.n + words) * 8 > SAVED_BYTES_MAX || words * 8 > SAVED_UNIT_MAX) return s->full = true, false;
    uint64_t *at = vec_reserve(&s->fresh, s->fresh.n + (uint32_t)words) + s->fresh.n;
    memset(at, 0, words * sizeof *at);
    SavedUnit *h = (SavedUnit *)at;
    *h = head;
    SavedParts p = saved_parts(h);
    h->bytes = p.bytes;
    memcpy(p.blocks, u->blocks, u->n_blocks * sizeof *u->blocks);
    pack_edges(u, p.edges);
    if (!pack_sites(u, &p) || !pack_guest(j, u, p.guest) || !pack_code(j, u, &p)) return false;
    h->check = saved_check(&h->bytes, h->bytes - sizeof h->check);
    s->fresh.n += (uint32_t)words;
    return true;
}

// ---- and back
static void mend(uint8_t *code, const Unit *u, const SavedUnit *h, uint32_t what, uint64_t at) {
    uint8_t *place = code + (what & OFFSET_MASK);
    unsigned kind = what >> OFFSET_BITS;
    uint64_t value;
    uint32_t distance;
    if (kind == SAVED_TO_ENTRY) {
        memcpy(&distance, place, sizeof distance);
        distance += (uint32_t)(h->at - at);
        memcpy(place, &distance, sizeof distance);
        return;
    }
    memcpy(&value, place, sizeof value);
    value = kind == SAVED_EDGE ? (uint64_t)(uintptr_t)(u->edges + value) : value + (uint64_t)(uintptr_t)__ehdr_start;
    memcpy(place, &value, sizeof value);
}

static void unpack_sites(Jit *j, Unit *u, const SavedUnit *h, const SavedParts *p) {
    u->n_sites = h->n_sites, u->n_consts = (uint16_t)h->n_consts, u->n_sums = (uint16_t)h->n_sums;
    if (!u->n_sites) return;
    u->sites = unit_take(j, p->site_bytes);
    memcpy(u->sites, p->sites, p->site_bytes);
    for (uint32_t i = 0; i < u->n_sites; i++)
        if (u->sites[i].insn.op == IR_CALL) u->sites[i].insn.imm += (int64_t)(uintptr_t)__ehdr_start;
}

Unit *saved_unpack(Jit *j, Frame *f, SavedUnit *h) {
    SavedParts p = saved_parts(h);
    size_t at = (j->cache.used + 15) & ~(size_t)15;
    if (at + h->n_bytes > j->cache.size) return NULL;
    Unit *u = unit_new(j, p.blocks, h->shape, h->mode);
    u->id = j->next_id++;
    u->pc = h->pc, u->fp_round = f->cpu.fp_round;
    u->jump_table = (uint8_t)ibtc_table(j, u->mode);
    u->n_bytes = h->n_bytes, u->extra->n_insns = h->n_insns, u->extra->n_spill_ops = h->n_spill_ops;
    u->restored = true;
    memcpy(u->edges, p.edges, h->n_edges * sizeof *u->edges);
    unpack_sites(j, u, h, &p);
    u->paddr = u->blocks[0].paddr;
    unit_find_pages(u);
    cache_touch(&j->cache, at + h->n_bytes);
    u->exec = j->cache.exec + at;
    for (uint32_t i = 0; i < h->n_mends; i++) mend(p.code, u, h, p.mends[i], at);
    memcpy(unit_code(j, u), p.code, h->n_bytes);
    j->cache.used = at + h->n_bytes;
    j->host->make_visible(u->exec, h->n_bytes);
    j->stats->v[STAT_units_restored]++;
    return u;
}
