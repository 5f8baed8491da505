// Which cells of two runs belong side by side: guest programs, builds, and what is missing on one side.
#pragma once
#include "base/err.h"
#include "bench/model/run.h"
#include <jansson.h>

bool cells_is_peer(const char *config);
// Is the guest program of this workload the same? Else `why` says what differs. exact: the counted one.
bool cells_same_elf(const RunWorkload *before, const RunWorkload *after, bool exact, char why[300]);
typedef struct CellAt {
    const RunDoc *doc;
    uint32_t config, workload;
} CellAt;
// Did the same emulator emit the same code, as far as both runs say so? Then a difference of times is the machine.
bool cells_same_build(CellAt before, CellAt after);
// False if the counted samples of one side reached RAM through a window and those of the other did not, as far as they say so:
// they count other code. `why` says which side had none.
bool cells_same_window(CellAt before, CellAt after, char why[300]);
bool cells_has_host(const RunDoc *doc, const char *host); // has it configurations of this host?
// The entries (invalid, deciding) for workloads and configurations that one side lost; what the plan of that side left
// out by itself is named in `notes` instead.
void cells_missing(const RunDoc *before, const RunDoc *after, json_t *entries, json_t *notes);
// judge_together.c: for each cell with host instructions, its count, its time, and what both together mean.
json_t *judge_together(const json_t *entries);
