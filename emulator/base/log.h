// Printing at every boundary: --log=decode,ir,opt,ra,host,exec.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include <stdio.h>

enum {
    LOG_DECODE = 1 << 0, // guest instructions as decoded
    LOG_IR = 1 << 1,     // IR as lifted
    LOG_OPT = 1 << 2,    // IR after the passes
    LOG_RA = 1 << 3,     // allocation
    LOG_HOST = 1 << 4,   // host code
    LOG_EXEC = 1 << 5,   // run loop: units entered, exits, exceptions
};

typedef struct Log {
    uint32_t mask;
    FILE *out;
    bool in_range; // only units that begin in [lo, hi] are logged: --log-pc
    uint64_t lo, hi;
    bool muted; // by log_focus()
} Log;

static inline bool log_on(const Log *log, uint32_t what) { return (log->mask & what) != 0 && !log->muted; }
// What is logged from now on is about a unit that begins at this guest pc.
static inline void log_focus(Log *log, uint64_t pc) { log->muted = log->in_range && (pc < log->lo || pc > log->hi); }
bool log_parse(Log *log, const char *list, Err *err);
bool log_parse_range(Log *log, const char *range, Err *err); // "A..B" or "A"
