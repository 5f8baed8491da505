// Links by direct exits.
#pragma once
#include "jit/jit.h"

bool chain_can_link(const Jit *j, const Edge *e, const Unit *to);
void chain_link(Jit *j, Edge *e, Unit *to, bool far);
void chain_unlink_all(Jit *j, Unit *u); // edges into it and out of it
void chain_unlink_far(Jit *j, Unit *u); // far edges into it
