// Which units are hot: the run loop samples the unit that runs when a quantum of the budget ends. With --clock=insn the
// samples, and so the regions, are the same on every run. Emitted code pays nothing for it.
//
// The quantum is short while samples find code that is not a region yet, and grows when they only find regions.
#include "base/config.h"
#include "jit/translate/translator.h"

enum {
    QUANTUM_MIN = HOSTILE ? 512 : 1 << 13,
    QUANTUM_MAX = 1 << 20,
    HOT = HOSTILE ? 1 : 2,
    CALM = 8,
    NEVER_HOT = 0xff
};

uint32_t jit_sample(Jit *j, Frame *f, gpc pc, uint32_t quantum) {
    if (!feature_on(&j->o.features, FEATURE_region) || j->o.interp) return QUANTUM_MAX;
    Unit *u = jit_find_known(j, f, pc);
    if (!u || u->n_blocks > 1 || u->heat == NEVER_HOT) {
        if (++j->translator->calm_samples % CALM) return quantum;
        return quantum < QUANTUM_MAX ? quantum * 2 : QUANTUM_MAX;
    }
    j->translator->calm_samples = 0;
    if (++u->heat < HOT) return quantum;
    u->heat = NEVER_HOT; // tried once, with or without a region
    jit_translate_region(j, f, pc);
    return QUANTUM_MIN;
}
