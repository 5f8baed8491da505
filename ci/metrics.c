#include "ci/metrics.h"
#include <string.h>

const IndexMetric index_metrics[INDEX_METRICS] = {
    {"host_instructions", "instructions", true, true},
    {"guest_instructions", "instructions", true, false},
    {"host_instructions_emitted", "instructions", true, false},
    {"host_bytes_emitted", "bytes", true, false},
    {"units_translated", "units", true, false},
    {"run_loop_entries", "entries", true, false},
    {"helper_calls", "calls", true, false},
    {"host_branch_minority", "branches", true, false},
    {"cpu_ns", "ns", false, true},
    {"wall_ns", "ns", false, false},
};

int index_metric(const char *name) {
    for (int i = 0; i < INDEX_METRICS; i++)
        if (!strcmp(index_metrics[i].name, name)) return i;
    return -1;
}
