// Making the records of a unit from what the translator made of it.
#pragma once
#include "base/alloc.h"
#include "jit/jit.h"
#include "ra/ra.h"

void *unit_alloc(size_t n); // zeroed; as alloc_zeroed()
void unit_release(void *p);
// Where a unit lies: the memory of those in the set goes with units_forget(), unit_free() is due for one alone, and the next
// ONCE takes the place of the one before.
typedef enum UnitPlace { UNIT_IN_SET, UNIT_ALONE, UNIT_ONCE } UnitPlace;
Unit *unit_begin(Jit *j, Frame *f, const IrUnit *ir, UnitPlace place);
Unit *unit_new(Jit *j, const UnitBlock *blocks, HostEdges shape, uint32_t mode); // in the set, with these blocks
void *unit_take(Jit *j, size_t n); // zeroed memory that goes with the units of the set
void unit_find_pages(Unit *u);     // of the blocks that it has
static inline RaSum *unit_sums(const Unit *u) { return (RaSum *)(unit_consts(u) + u->n_consts); }
static inline SnapValue *unit_values(const Unit *u) { return (SnapValue *)(unit_sums(u) + u->n_sums); }
// What is interpreted, with a profile: a site is found by its IrRef in `ret`.
void unit_take_sites_of_ir(Jit *j, Unit *u, const IrUnit *ir);
void unit_take_code(Jit *j, Unit *u, const HostCode *code, const Ra *ra, const IrUnit *ir);
void unit_keep_counts(Unit *u);
void unit_free(Unit *u);
void units_forget(Jit *j);
void units_free(Jit *j);
