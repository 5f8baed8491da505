// Has a time changed? Base and head run in turns (ABBA), each block gives one ratio a cell. There is no verdict before there are
// three blocks; looks come at 5, 8 and 12, each at a third of the error; what looks moved must still be there in five
// fresh blocks, and it is their estimate that counts.
#pragma once
#include "base/err.h"
#include "base/vec.h"

typedef enum TimeVerdict {
    TIME_OPEN,
    TIME_PASS,
    TIME_REGRESSED,
    TIME_IMPROVED,
    TIME_INCONCLUSIVE,
    TIME_INVALID
} TimeVerdict;
extern const char *const time_verdicts[]; // by TimeVerdict

typedef VEC(double) Ratios; // logarithms of head / base: above 0 is slower

typedef struct TimeCell {
    char workload[64], guest[32];
    Ratios blocks, fresh; // fresh: of the confirmation
    TimeVerdict verdict;
    double ratio, lo, hi; // head / base and its 95 % interval: those of the confirmation where there was one
    double threshold;     // 0.03: below 3 % nothing is believed
    double p;             // Holm over the cells, at the look that decided
} TimeCell;

typedef struct TimeOptions {
    double floor;         // smallest effect that counts
    uint32_t least, most; // blocks
} TimeOptions;
TimeOptions time_defaults(void);

// Measures one more block: appends a ratio to `blocks` (or `fresh`) of every cell that is open or, when fresh, under
// suspicion; a cell whose program fails becomes TIME_INVALID. False: no more blocks (the budget, or *err).
typedef bool TimeBlock(void *ctx, TimeCell *cells, uint32_t n, bool fresh, uint32_t block);
// Decides every cell. Fewer than `least` blocks: TIME_INCONCLUSIVE.
void time_judge(TimeCell *cells, uint32_t n, const TimeOptions *o, TimeBlock *take, void *ctx);
bool time_suspected(const TimeCell *c); // under confirmation
void time_cells_free(TimeCell *cells, uint32_t n);
