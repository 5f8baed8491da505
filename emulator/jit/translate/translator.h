// Private to jit/translate/: from guest bytes to a unit.
#pragma once
#include "jit/jit.h"
#include "ra/ra.h"

enum { BLOCK_INSNS_MAX = 64 };

typedef struct Translator { // scratch of one translation
    IrUnit ir, raw;         // the unit; the blocks of a region, each alone
    Ra ra;
    HostCode code;
    uint32_t calm_samples; // tier.c
} Translator;

// fetch.c. Lifts up to max_insns as the next block of u: the bare block, or (into an empty u) a unit that begins with
// BUDGET. false: the first one cannot be fetched, see *fail; MEM_FAULT_ALONE: but executed alone.
bool fetch_block(Jit *j, Frame *f, IrUnit *u, gpc pc, unsigned max_insns, MemFail *fail);
bool fetch_unit(Jit *j, Frame *f, IrUnit *u, gpc pc, unsigned max_insns, MemFail *fail);
// budget.c. Of a region, when everything else is done.
void budget_place(IrUnit *u);
// pipeline.c. Optimizes, allocates, emits and registers what was lifted into the translator's ir.
Unit *pipeline_finish(Jit *j, Frame *f);
