// How often the blocks of a hot place were entered while it was watched (tier.c watches, region.c asks).
#include "jit/translate/translator.h"

static unsigned place_of(gpc pc) { return (unsigned)(pc >> 1) % TRACE_PLACES; }

void trace_note(Trace *t, gpc pc) {
    unsigned i = place_of(pc);
    if (t->seen[i].pc != pc) t->seen[i].pc = pc, t->seen[i].times = 0;
    if (t->seen[i].times < UINT16_MAX - 1) t->seen[i].times++;
    t->any = true;
}

uint16_t trace_seen(const Jit *j, gpc pc) {
    const Trace *t = &j->translator->trace;
    unsigned i = place_of(pc);
    if (t->any && t->seen[i].pc == pc) return (uint16_t)(1 + t->seen[i].times);
    return t->any;
}
