// The counts of a block beside its instructions: in this order, under these heads. Counts that explain each other are a
// group, which is shown where there is any of them.
#include "profiles/profile.h"

const CountName COUNT_NAMES[] = {
    {"accesses", "Accesses", 0},
    {"range_checks", "Range checks", 0},
    {"tlb_probes", "TLB probes", 0},
    {"tlb_hits", "TLB hits", 0},
    {"tlb_misses", "TLB misses", 0},
    {"unprobed", "Slow accesses", 1},
    {"strays", "Strays", 1},
    {"spill_stores", "Spill stores", 2},
    {"spill_loads", "Spill loads", 2},
    {"helpers", "Helper calls", 3},
    {"evaluations", "Evaluated ops", 4},
    {"flags_defined", "Flags defined", 5},
    {"flags_computed", "Flags computed", 5},
    {"flags_fused", "Flags fused", 5},
    {"minority", "Branch minority", 6},
    {NULL, NULL, 0},
};
_Static_assert(ARRAY_LEN(COUNT_NAMES) <= COUNTS_MAX + 1, "room for every count");

unsigned counts_present(const ProfileDoc *profile, unsigned top, const CountName *out[COUNTS_MAX]) {
    uint32_t groups = 0;
    for (uint32_t i = 0; i < profile->blocks.n && i < top; i++)
        for (const CountName *c = COUNT_NAMES; c->key; c++)
            if (pj_int(profile->blocks.at[i].counts, c->key)) groups |= 1u << c->group;
    unsigned n = 0;
    for (const CountName *c = COUNT_NAMES; c->key; c++)
        if (groups >> c->group & 1) out[n++] = c;
    return n;
}
