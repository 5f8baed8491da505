// The switch `once`: code that is reached for the first time is interpreted; what is reached again is translated.
//
//   hello of a C library:  900 blocks are reached, 600 of them once; a translation takes as long as six interpretations
//
// Which code was reached is known by a bit for each guest pc, in the order of the addresses within 64 KiB of them:
//
//   pc:   | hash: which 4 KiB of the table | 15 bits: which bit there | 0 |
//
// WHY so: a table in the order of a hash is touched everywhere by a short program. Where two addresses share a bit the second
// one is translated at once, which does no harm. WHY only --user: a board's program is small, or runs long.
// INVARIANT: nothing refers to such a block when it was executed. With a profile it stays in the list of units, dead,
// with its counters.
#include "jit/code/records.h"
#include "jit/code/saved.h"
#include "jit/observe.h"
#include "jit/translate/translator.h"

enum { REACHED_BITS = 22, PLACE_BITS = 15, WORD_BITS = 64 };

bool jit_is_first(Jit *j, gpc pc) {
    if (!j->o.program || j->o.interp || !feature_on(&j->o.features, FEATURE_once)) return false;
    if (j->saved && saved_knows(j, pc)) return false;
    if (!j->reached) j->reached = unit_alloc((1u << REACHED_BITS) / WORD_BITS * sizeof *j->reached);
    uint64_t hash = (pc >> (PLACE_BITS + 1)) * 0x9e3779b97f4a7c15ull >> (64 - (REACHED_BITS - PLACE_BITS));
    uint64_t place = hash << PLACE_BITS | (pc >> 1 & ((1u << PLACE_BITS) - 1)), bit = 1ull << place % WORD_BITS;
    uint64_t *word = &j->reached[place / WORD_BITS];
    if (*word & bit) return false;
    *word |= bit;
    return true;
}

Unit *jit_lift_once(Jit *j, Frame *f, gpc pc, MemFail *fail) {
    if (!pipeline_lift(j, f, pc, fail)) return NULL;
    Unit *u = unit_begin(j, f, &j->translator->ir, j->o.profile ? UNIT_IN_SET : UNIT_ONCE);
    j->stats->v[STAT_blocks_interpreted]++;
    u->extra->ir = &j->translator->ir;
    if (!j->o.profile) return u;
    for (const JitObserver *o = j->o.observer; o; o = o->next)
        if (o->lifted) o->lifted(o->ctx, u->extra->ir);
    pipeline_keep_ir(j, u);
    JitMade made = {j, u, u->extra->ir, &j->translator->ra, &j->translator->code};
    for (const JitObserver *o = j->o.observer; o; o = o->next)
        if (o->made) o->made(o->ctx, &made);
    return u;
}

void jit_free_once(Jit *j, Unit *u) {
    if (!j->o.profile) return;
    u->dead = true;
    u->list_next = j->all;
    j->all = u;
}
