// How often the blocks of a hot place were entered while it was watched (tier.c watches, region.c asks).
#include "jit/translate/translator.h"

static unsigned place_of(gpc pc) { return (unsigned)(pc >> 1) % TRACE_PLACES; }

// Boyer and Moore, "MJRTY - A Fast Majority Vote Algorithm": who has more than half of the votes is ahead in the end.
void trace_leads_to(Trace *t, gpc next) {
    unsigned i = place_of(t->last);
    if (!t->last || t->seen[i].pc != t->last) return;
    if (!t->seen[i].ahead) t->seen[i].next = next;
    if (t->seen[i].next != next)
        t->seen[i].ahead--;
    else if (t->seen[i].ahead < UINT16_MAX)
        t->seen[i].ahead++;
}

void trace_note(Trace *t, gpc pc) {
    unsigned i = place_of(pc);
    trace_leads_to(t, pc);
    if (t->seen[i].pc != pc) t->seen[i].pc = pc, t->seen[i].times = t->seen[i].ahead = 0;
    if (t->seen[i].times < UINT16_MAX - 1) t->seen[i].times++;
    t->last = pc;
    t->any = true;
}

gpc trace_next(const Jit *j, gpc pc) {
    const Trace *t = &j->translator->trace;
    unsigned i = place_of(pc);
    bool sure = t->any && t->seen[i].pc == pc && t->seen[i].ahead && 3 * t->seen[i].ahead >= t->seen[i].times;
    return sure ? t->seen[i].next : 0;
}

uint16_t trace_seen(const Jit *j, gpc pc) {
    const Trace *t = &j->translator->trace;
    unsigned i = place_of(pc);
    if (t->any && t->seen[i].pc == pc) return (uint16_t)(1 + t->seen[i].times);
    return t->any;
}
