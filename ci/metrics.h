// The metrics that the index holds; others are read from the runs.
#pragma once
#include <stdbool.h>

typedef struct IndexMetric {
    const char *name, *unit;
    bool exact, primary;
} IndexMetric;
enum { INDEX_METRICS = 10, INDEX_FIRST_TIME = INDEX_METRICS - 2 }; // cpu_ns, wall_ns
extern const IndexMetric index_metrics[INDEX_METRICS];
int index_metric(const char *name); // -1: none of them
