// Which two runs do not belong side by side at all.
#include "bench/judge.h"
#include "bench/judge_cells.h"
#include <stdio.h>
#include <string.h>

// A run from before there was --host-isa does not say: like "unknown", which is what the CPU had.
static void compare_isa(json_t *reasons, const char *what, const char *on, const char *a, const char *b) {
    const char *x = a ? a : "unknown", *y = b ? b : "unknown";
    if (!strcmp(x, y)) return;
    json_array_append_new(reasons,
                          json_sprintf("other host instructions: the %s runs%s could use `%s` and `%s`: measure "
                                       "both with the same --exact-isa and --time-isa",
                                       what, on, x, y));
}

static void add_hosts(const RunDoc *doc, char text[200]) {
    *text = 0;
    for (uint32_t i = 0; i < doc->configs.n; i++) {
        const char *host = run_host(doc, i);
        if (!strstr(text, host)) snprintf(text + strlen(text), 200 - strlen(text), "%s%.20s", *text ? ", " : "", host);
    }
}

// Cells are compared host by host. Each host that both have must have been counted, and timed, with the same instructions.
static void compare_hosts(json_t *reasons, const RunDoc *before, const RunDoc *after, bool exact_only) {
    unsigned common = 0;
    uint32_t n = before->hosts.n ? before->hosts.n : 1;
    for (uint32_t i = 0; i < n; i++) {
        const char *host = i ? before->hosts.at[i].name : run_first_host(before);
        char on[40] = "";
        if (!cells_has_host(before, host) || !cells_has_host(after, host)) continue;
        common++;
        if (n > 1) snprintf(on, sizeof on, " of host %.20s", host);
        compare_isa(reasons, "counted", on, run_isa(before, host, true), run_isa(after, host, true));
        if (!exact_only && !(i && before->hosts.at[i].untimed))
            compare_isa(reasons, "timed", on, run_isa(before, host, false), run_isa(after, host, false));
    }
    char x[200], y[200];
    add_hosts(before, x), add_hosts(after, y);
    if (!common && *x && *y)
        json_array_append_new(reasons,
                              json_sprintf("other hosts (%s; %s): they have no code in common; measure both with "
                                           "the same --host",
                                           x, y));
}

json_t *judge_incomparable(const RunDoc *before, const RunDoc *after, bool exact_only) {
    json_t *reasons = json_array();
    unsigned common = 0, same = 0;
    char why[300] = "", text[700];
    const char *x = before->environment.cpu_model ? before->environment.cpu_model : "?";
    const char *y = after->environment.cpu_model ? after->environment.cpu_model : "?";
    if (!exact_only && strcmp(x, y)) {
        snprintf(text, sizeof text,
                 "other CPU (%s; %s): times of different machines do not compare; --exact-only compares counts", x, y);
        json_array_append_new(reasons, json_string(text));
    }
    compare_hosts(reasons, before, after, exact_only);
    for (uint32_t i = 0; i < before->workloads.n; i++) {
        const RunWorkload *w = &before->workloads.at[i];
        uint32_t other = run_workload(after, w->name, w->guest);
        if (other == RUN_NONE) continue;
        common++;
        same += cells_same_elf(w, &after->workloads.at[other], true, why) ||
                (!exact_only && cells_same_elf(w, &after->workloads.at[other], false, why));
    }
    if (!common) json_array_append_new(reasons, json_string("they have no workload in common"));
    if (common && !same) {
        snprintf(text, sizeof text, "every guest program differs, the last one: %s: measure both with the same ones",
                 why);
        json_array_append_new(reasons, json_string(text));
    }
    return reasons;
}
