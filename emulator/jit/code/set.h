// The set of units: what a unit is found by, and forgetting.
#pragma once
#include "jit/jit.h"

void set_enter(Jit *j, Unit *u);
// Out of the map and all links; its memory stays until the next flush, and with a profile until the end.
void set_forget(Jit *j, Unit *u);
void set_free(Jit *j);
Unit *set_unit_before(const Jit *j, const uint8_t *ret); // whose code the return address lies in or behind
