// The counters of stat.inc as an array.
#pragma once
#include <stdint.h>

typedef enum Stat {
#define STAT(name, unit, direction, needs, help) STAT_##name,
#include "base/stat.inc"
#undef STAT
    STAT_COUNT
} Stat;

typedef struct Stats {
    uint64_t v[STAT_COUNT];
} Stats;

typedef struct StatInfo {
    const char *name, *unit, *direction, *needs, *help;
} StatInfo;

StatInfo stat_info(Stat which);
