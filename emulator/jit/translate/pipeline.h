// Private to jit/: making units.
#pragma once
#include "jit/jit.h"

void *unit_alloc(size_t n); // zeroed; running out of memory is fatal
void unit_release(void *p);
void jit_budget(IrUnit *u);              // of a region, when everything else is done: budget.c
Unit *jit_finish_unit(Jit *j, Frame *f); // optimizes, allocates, emits and registers what was lifted into j->ir
Unit *unit_begin(Jit *j, Frame *f, const IrUnit *ir);
void unit_take_sites_of_ir(Unit *u,
                           const IrUnit *ir); // interp engine with profile: a site is found by its IrRef in `ret`
void unit_take_code(Unit *u, const HostCode *code, const Ra *ra, const IrUnit *ir, bool profile);
void unit_keep_counts(Unit *u);
