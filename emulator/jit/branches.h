// How often each conditional branch of the guest went which way: a table by the address behind the branch.
#pragma once
#include "base/types.h"

typedef struct Branch {
    gpc end;        // address behind the instruction
    int64_t way[2]; // executions that went on there, and elsewhere
} Branch;

typedef struct Branches { // zero is empty
    Branch *at;
    uint32_t n, size;
} Branches;

Branch *branches_at(Branches *t, gpc end);               // added if it is not there; valid until the next one is added
const Branch *branches_find(const Branches *t, gpc end); // NULL: not there
void branches_free(Branches *t);
