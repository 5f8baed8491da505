// What stands in for mispredicted branches: how often conditional branches went their rarer way. See docs/GLOSSARY.md.
#pragma once
#include "jit/branches.h"
#include "run/machine.h"

typedef struct Minority {
    Branches branches; // of the whole run
} Minority;

Minority minority_of(const Machine *m); // needs o.profile
void minority_free(Minority *t);
uint64_t minority_total(const Minority *t); // STAT_branch_minority
// Executions of the branch at the end of this block that went the way that is the rarer one in the whole run. Copies of a
// loop that share what if-conversion moved are one block here: the sum over the copies is right, one of them may be below 0.
int64_t minority_of_block(const Minority *t, const Unit *u, uint16_t block);
uint64_t minority_of_host(const Machine *m); // STAT_host_branch_minority
