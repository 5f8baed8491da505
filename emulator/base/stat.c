#include "base/stat.h"

static const StatInfo infos[] = {
#define STAT(name, unit, direction, needs, help) {#name, unit, #direction, needs, help},
#include "base/stat.inc"
#undef STAT
};

StatInfo stat_info(Stat which) { return infos[which]; }
