// Leaving generated code in the middle of a block, by a call to C (Frame.call_site is where it returns to).
#pragma once
#include "jit/jit.h"

const Site *jit_site(Jit *j, const Frame *f, Unit **unit); // the site of the call that is under way
void jit_returned(Jit *j, const Frame *f);                 // that call goes on; counted for the profile
// That call does not go on: writes the guest state before its instruction back. *refund: what the budget gets back.
const Site *jit_leave(Jit *j, Frame *f, int *refund);
// Frame.call_site is that of an access which the host refused: makes it that of a call out of there.
const Site *jit_fault_site(const Jit *j, Frame *f);
// This BOUND or PROBE of the unit failed. Once is nothing; a unit to which it happens often is made again without.
// The access of a board's program at call_site, off any path that was foreseen, raised a signal: the unit goes, and is made
// again with a check there, unless the page was one of code that is gone.
void jit_access_strayed(Jit *j, Frame *f, gaddr at);
void jit_bound_failed(Jit *j, Unit *u, const IrInsn *bound);
