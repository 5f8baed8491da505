// What was counted at an edge of a unit, as JSON: the same in nightjar.blocks/1 with and without --profile-code.
#pragma once
#include "jit/unit.h"
#include <jansson.h>

uint64_t edge_hits(const Unit *u, uint32_t edge);
// Its block ran: no landing, and no budget exit at the start of its block.
bool edge_left_block(const Unit *u, uint32_t edge);
bool edge_was_taken(const Unit *u, uint32_t edge); // it is worth a line
json_t *edge_object(const Unit *u, uint32_t edge);
