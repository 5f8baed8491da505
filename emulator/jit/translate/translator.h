// Private to jit/translate/: from guest bytes to a unit.
#pragma once
#include "base/config.h"
#include "jit/jit.h"
#include "ra/ra.h"

enum { BLOCK_INSNS_MAX = 64 };

// What a hot place does next, before a region is made of it: how often each block was entered (tier.c).
enum { TRACE_BLOCKS = HOSTILE ? 4 : 128, TRACE_PATIENCE = 64, TRACE_PLACES = 1024 };
typedef struct Trace {
    gpc head;     // of the region to be made
    Frame *frame; // the hart that runs there
    int32_t left; // less than 0: the hart is elsewhere, in another mode or address space
    gpc last;     // entered last in this trace, or 0
    bool any;
    struct
    { // of this trace and those before: a region may hold an earlier one; by pc, newer places push out older ones
        gpc pc;
        gpc next;       // entered after it, if most were that one
        uint16_t times; // entered
        uint16_t ahead; // how often `next` came more than others
    } seen[TRACE_PLACES];
} Trace;

// Instructions that were decoded, by their bytes: decoding is pure, and two thirds of a program's instructions are repeated soon.
enum { DECODED_BITS = 12 };
typedef struct Decoded { // Insn, no short form, in half of the memory
    uint32_t raw;
    uint16_t op;
    uint8_t len; // 0: none
    int32_t f[INSN_FIELDS];
} Decoded;

typedef struct Translator { // scratch of one translation
    IrUnit ir, raw;         // the unit; the blocks of a region, each alone
    Ra ra;
    HostCode code;
    uint32_t calm_samples; // tier.c
    Trace trace;
    Decoded decoded[1 << DECODED_BITS];
} Translator;

// fetch.c. Lifts up to max_insns as the next block of u: the bare block, or (into an empty u) a unit that begins with
// BUDGET. false: the first one cannot be fetched, see *fail; MEM_FAULT_ALONE: but executed alone.
bool fetch_block(Jit *j, Frame *f, IrUnit *u, gpc pc, unsigned max_insns, MemFail *fail);
bool fetch_unit(Jit *j, Frame *f, IrUnit *u, gpc pc, unsigned max_insns, MemFail *fail);
// budget.c. Of a region, when everything else is done. by_heat: the ways that were taken most often pay least.
void budget_place(IrUnit *u, bool by_heat);
// trace.c. 1 + how often the block at pc was entered in the trace of this region; 0: there was none.
uint16_t trace_seen(const Jit *j, gpc pc);
gpc trace_next(const Jit *j, gpc pc);  // what was entered next two times of three, or 0
void trace_note(Trace *t, gpc pc);     // the block at pc is entered
void trace_leads_to(Trace *t, gpc pc); // it goes on there, where it is not watched any more
// pipeline.c. Lifts the block at pc into the translator's ir.
bool pipeline_lift(Jit *j, Frame *f, gpc pc, MemFail *fail);
void pipeline_keep_ir(Jit *j, Unit *u); // the translator's ir becomes the unit's, which will be interpreted
// Optimizes, allocates, emits and registers what was lifted into the translator's ir.
Unit *pipeline_finish(Jit *j, Frame *f);
