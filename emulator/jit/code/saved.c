// What is saved, by guest pc: looking it up, whether it fits, and collecting what this run has translated. See saved.h.
#include "jit/code/saved.h"
#include "base/alloc.h"
#include "base/guarded.h"
#include "jit/code/mapping.h"
#include "jit/code/records.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { SLOT_BITS_MIN = 10 };

// ---- the table
static uint32_t slot_of(const struct Saved *s, gpc pc) {
    return (uint32_t)(pc * 0x9e3779b97f4a7c15ull >> (64 - s->slot_bits));
}

static uint32_t slot_after(const struct Saved *s, uint32_t i) { return (i + 1) & ((1u << s->slot_bits) - 1); }

static void put(struct Saved *s, SavedSlot slot) {
    uint32_t i = slot_of(s, slot.pc);
    while (s->slots[i].at) i = slot_after(s, i);
    s->slots[i] = slot;
}

// At most half of the slots are in use.
void saved_grow(struct Saved *s) {
    SavedSlot *old = s->slots;
    uint32_t n = old ? 1u << s->slot_bits : 0;
    s->slot_bits = old ? s->slot_bits + 1 : SLOT_BITS_MIN;
    s->slots = alloc_zeroed((size_t)1 << s->slot_bits, sizeof *s->slots);
    for (uint32_t i = 0; i < n; i++)
        if (old[i].at) put(s, old[i]);
    free(old);
}

void saved_add_slot(struct Saved *s, gpc pc, uint64_t at) {
    if (!s->slots || s->n_slots >= 1u << (s->slot_bits - 1)) saved_grow(s);
    s->n_slots++;
    put(s, (SavedSlot){pc, at});
}

bool saved_knows(const Jit *j, gpc pc) {
    const struct Saved *s = j->saved;
    if (!s->slots) return false;
    for (uint32_t i = slot_of(s, pc); s->slots[i].at; i = slot_after(s, i))
        if (s->slots[i].pc == pc && !(s->slots[i].at & SAVED_STALE)) return true;
    return false;
}

// ---- one of them. WHY guarded: the file can become shorter at any time.
static bool copy_at(const struct Saved *s, uint64_t at, void *to, uint64_t n) {
    if (at >= s->file_bytes) {
        at -= s->file_bytes;
        if (at + n > s->fresh.n * sizeof *s->fresh.at) return false;
        memcpy(to, (const char *)s->fresh.at + at, n);
        return true;
    }
    return at + n <= s->units_end && guarded_copy(to, s->file + at, n);
}

SavedUnit *saved_whole(struct Saved *s, uint64_t at) {
    SavedUnit head;
    if (!copy_at(s, at, &head, sizeof head)) return NULL;
    if (head.bytes < sizeof head || head.bytes % 8 || head.bytes > SAVED_UNIT_MAX) return NULL;
    SavedUnit *h = (SavedUnit *)vec_reserve(&s->scratch, (uint32_t)(head.bytes / 8));
    if (!copy_at(s, at, h, head.bytes) || h->bytes != head.bytes) return NULL;
    if (h->check != saved_check(&h->bytes, h->bytes - sizeof h->check)) return NULL;
    bool whole = host_edge_count(h->shape) == h->n_edges && h->shape.n_blocks == h->n_blocks;
    return whole && saved_parts(h).bytes == h->bytes ? h : NULL;
}

// Where the guest has its bytes now. false: nowhere.
static bool place(Jit *j, Frame *f, UnitBlock *b) {
    gaddr last = b->pc + b->bytes - 1;
    if (mapping_fetch(j, f, b->pc, 1, &b->paddr) != MEM_FAULT_NONE) return false;
    if (!b->bytes || !((last ^ b->pc) >> MEM_PAGE_BITS)) return true;
    return mapping_fetch(j, f, last & -(gaddr)MEM_PAGE, 1, &b->paddr_next) == MEM_FAULT_NONE;
}

typedef enum Fit { FITS, NOT_NOW, OTHER_BYTES } Fit;

static Fit compare(Jit *j, const UnitBlock *b, const uint8_t *guest) {
    CodePiece piece[2];
    uint8_t now[PAGE_BYTES];
    for (unsigned i = 0, n = unit_pieces(b, piece); i < n; guest += piece[i++].bytes) {
        if (piece[i].bytes > sizeof now || !mem_copy_out(j->mem, piece[i].paddr, now, piece[i].bytes)) return NOT_NOW;
        if (memcmp(now, guest, piece[i].bytes)) return OTHER_BYTES;
    }
    return FITS;
}

// The translator knows more of some places than when it was saved.
static bool is_told_otherwise(const Jit *j, gpc pc) {
    for (uint32_t i = 0; i < j->loose.n; i++)
        if (j->loose.at[i].pc == pc) return true;
    return jit_is_among(j->no_hoist.at, j->no_hoist.n, pc) || jit_is_among(j->no_bounds.at, j->no_bounds.n, pc);
}

static Fit fit(Jit *j, Frame *f, SavedUnit *h) {
    SavedParts p = saved_parts(h);
    if (is_told_otherwise(j, h->pc) || j->strays.n || j->watches || j->breakpoints.n) return NOT_NOW;
    uint8_t *guest = p.guest;
    for (uint32_t b = 0; b < h->n_blocks; b++) {
        if (!place(j, f, &p.blocks[b])) return NOT_NOW;
        Fit one = compare(j, &p.blocks[b], guest);
        if (one != FITS) return one;
        guest += p.blocks[b].bytes;
    }
    return FITS;
}

static Unit *restore(Jit *j, Frame *f, SavedSlot *slot, bool regions) {
    struct Saved *s = j->saved;
    SavedUnit head;
    if (slot->at & SAVED_STALE || !copy_at(s, slot->at & SAVED_PLACE, &head, sizeof head) ||
        (head.n_blocks > 1) != regions)
        return NULL;
    if (head.pc != slot->pc || head.mode != f->cpu.mode || head.fp_round != f->cpu.fp_round) return NULL;
    if (head.setup != saved_setup(j, head.mode)) return NULL;
    SavedUnit *h = saved_whole(s, slot->at & SAVED_PLACE);
    Fit how = h ? fit(j, f, h) : OTHER_BYTES;
    if (how == OTHER_BYTES) slot->at |= SAVED_STALE;
    Unit *u = how == FITS ? saved_unpack(j, f, h) : NULL;
    if (u) slot->at |= SAVED_USED;
    return u;
}

// Of two that fit, a region is the better one.
Unit *saved_restore(Jit *j, Frame *f, gpc pc) {
    struct Saved *s = j->saved;
    for (int regions = 1; regions >= 0 && s->slots; regions--)
        for (uint32_t i = slot_of(s, pc); s->slots[i].at; i = slot_after(s, i)) {
            if (s->slots[i].pc != pc) continue;
            Unit *u = restore(j, f, &s->slots[i], regions);
            if (u) return u;
        }
    return NULL;
}

// ---- collecting. INVARIANT: a unit that is alive was made from the bytes that the guest has there.
void saved_collect(Jit *j) {
    struct Saved *s = j->saved;
    for (Unit *u = j->all; u; u = u->list_next) {
        uint64_t at = s->file_bytes + s->fresh.n * sizeof *s->fresh.at;
        if (u->dead || u->restored || !u->exec || !saved_pack(j, u)) continue;
        u->restored = true; // it is there
        saved_add_slot(s, u->pc, at | SAVED_USED);
    }
}

void saved_free(Jit *j) {
    struct Saved *s = j->saved;
    if (!s) return;
    if (s->file) munmap(s->file, s->file_bytes);
    free(s->slots);
    free(s->path);
    vec_free(&s->fresh);
    vec_free(&s->scratch);
    free(s);
    j->saved = NULL;
}
