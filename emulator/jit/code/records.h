// Making the records of a unit from what the translator made of it.
#pragma once
#include "jit/jit.h"
#include "ra/ra.h"

void *unit_alloc(size_t n); // zeroed; running out of memory is fatal
void unit_release(void *p);
Unit *unit_begin(Jit *j, Frame *f, const IrUnit *ir);
void unit_take_sites_of_ir(Unit *u,
                           const IrUnit *ir); // interp engine with profile: a site is found by its IrRef in `ret`
void unit_take_code(Unit *u, const HostCode *code, const Ra *ra, const IrUnit *ir, bool profile);
void unit_keep_counts(Unit *u);
void unit_free(Unit *u);
