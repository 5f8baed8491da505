// Bridges over epochs of time series. `nightjar bridge` measured the old guest programs (or instruction set) and the new ones with
// one emulator, `nightjar anchor` the old anchor and the new one; each left a note with factors, and here they are found.
//
// {"kind": "bridge", "before": "runs/...", "after": "runs/...", "cells": [{"workload", "guest", "config", "elf": [old, new],
//  "isa": [old, new], "factor": 1.02, "width": 0.004, "exact_elf": [old, new], "host_instructions": [64000, 66000]}]}
// {"kind": "anchor", "from": "emu 0.1.0 (...)", "to": "...", "cells": [{"workload", "guest", "factor": new / old, "width"}]}
#pragma once
#include "ci/index.h"

typedef struct BridgeFactor {
    double factor, width; // NAN: there is no bridge. width: half of the 95 % interval, as a share
} BridgeFactor;

// What a time of series `from` is multiplied with to be one of series `to`, over several bridges if need be.
BridgeFactor bridge_series(const json_t *notes, const IndexSeriesList *all, const IndexSeries *from,
                           const IndexSeries *to);
// What a ratio to the anchor `from` is multiplied with to be one to the anchor `to`. Equal names: 1.
BridgeFactor bridge_anchor(const json_t *notes, const char *workload, const char *guest, const char *from,
                           const char *to);
// Host instructions after / before, for a cell's counts; NAN: no bridge.
double bridge_counts(const json_t *notes, const char *workload, const char *guest, const char *config, const char *elf);
bool bridge_has_run(const json_t *notes, const char *run); // is it one side of a bridge?
bool bridge_is_before(const json_t *notes,
                      const char *run); // the side of the old programs: measured after them, so no night
