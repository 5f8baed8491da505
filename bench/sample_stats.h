// What a sample learns from the file that emu --stats wrote, and whether that file lets it count.
// INVARIANT: whatever the file holds, the sample stays one that a document can have: otherwise all others would be lost with it.
#pragma once
#include "base/err.h"
#include <jansson.h>

typedef struct StatsAsked {
    const json_t *version, *features; // of the emulator: its --version=json; the switches that it was told
    const char *isa, *events;         // what emitted code may use; PAPI events, or NULL
    bool timed, sliced;               // times count; slices were asked for
} StatsAsked;

// `stats` is NULL where `load` says why there is none. The first reason why a sample does not count stays.
void sample_take_stats(json_t *sample, const json_t *stats, const StatsAsked *asked, const Err *load);
// Bytes of a reason that are no UTF-8 become question marks.
void sample_invalidate(json_t *sample, const char *reason);
