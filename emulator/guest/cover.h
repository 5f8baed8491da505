// Which rows of a guest's table were seen, and how often: for tests that claim to cover them.
#pragma once
#include "base/vec.h"
#include "guest/guest.h"
#include <stdio.h>

typedef struct Cover {
    const Guest *guest;
    VEC(uint64_t) count; // counts by op
} Cover;

void cover_init(Cover *c, const Guest *guest);
void cover_free(Cover *c);
void cover_insn(Cover *c, const Insn *insn);
unsigned cover_missing(const Cover *c);      // rows never seen
void cover_print(FILE *out, const Cover *c); // "count name" a row, those never seen last
