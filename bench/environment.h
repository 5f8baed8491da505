// The machine as it is while measuring, for the document's `environment`; null where the machine does not say.
#pragma once
#include <jansson.h>

typedef struct StealClock {
    unsigned long long steal, total; // jiffies of all CPUs
} StealClock;

StealClock environment_steal_now(void);
double environment_steal_percent(StealClock from, StealClock to);
json_t *environment_read(void);
// First line of a file without its newline; NULL if it cannot be read. The caller frees it.
char *environment_line(const char *path);
// The value of a "key : value" line of /proc/cpuinfo; NULL if there is none.
char *environment_cpuinfo(const char *key);
