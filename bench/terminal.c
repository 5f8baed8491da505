#include "bench/terminal.h"
#include "bench/base/jsonfile.h"
#include "bench/summary.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const json_t *find_cell(const json_t *document, const char *config, const json_t *w, const char *metric) {
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(json_object_get(document, "summary"), "cells"), i, c) {
        if (!strcmp(json_text(c, "config", ""), config) &&
            !strcmp(json_text(c, "workload", ""), json_text(w, "name", "")) &&
            !strcmp(json_text(c, "guest", ""), json_text(w, "guest", "")) &&
            !strcmp(json_text(c, "metric", ""), metric))
            return c;
    }
    return NULL;
}

static const json_t *find_speedup(const json_t *document, const char *config, const char *base, const json_t *w) {
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(json_object_get(document, "summary"), "speedups"), i, s) {
        if (!strcmp(json_text(s, "config", ""), config) && !strcmp(json_text(s, "baseline", ""), base) &&
            !strcmp(json_text(s, "workload", ""), json_text(w, "name", "")) &&
            !strcmp(json_text(s, "guest", ""), json_text(w, "guest", "")) &&
            !strcmp(json_text(s, "metric", ""), "cpu_ns"))
            return s;
    }
    return NULL;
}

static void print_row(const json_t *document, const json_t *config, const json_t *w, const char *base) {
    const char *id = json_text(config, "id", "");
    const json_t *cpu = find_cell(document, id, w, "cpu_ns"), *hpg = find_cell(document, id, w, "host_per_guest");
    const json_t *ratio = find_speedup(document, id, base, w);
    char time[32] = "-", speed[64] = "-", host[32] = "-", count[32] = "-";
    if (!cpu && !hpg) return;
    if (cpu && json_is_number(json_object_get(cpu, "median")))
        snprintf(time, sizeof time, "%.1f", json_num(cpu, "median", 0) * 1e-6);
    if (cpu)
        snprintf(count, sizeof count, "%d%s", (int)json_num(cpu, "n", 0), json_num(cpu, "invalid", 0) > 0 ? "!" : "");
    if (ratio && json_is_number(json_object_get(ratio, "lo")))
        snprintf(speed, sizeof speed, "%.2f [%.2f, %.2f]", json_num(ratio, "ratio", 0), json_num(ratio, "lo", 0),
                 json_num(ratio, "hi", 0));
    else if (ratio)
        snprintf(speed, sizeof speed, "%.2f", json_num(ratio, "ratio", 0));
    if (hpg && json_is_number(json_object_get(hpg, "median")))
        snprintf(host, sizeof host, "%.3f", json_num(hpg, "median", 0));
    printf("  %-34s %4s %12s  %-24s %10s\n", id, count, time, strcmp(id, base) ? speed : "1", host);
}

static void print_attribution(const json_t *document) {
    size_t i, j;
    json_t *a, *part;
    json_array_foreach(json_object_get(json_object_get(document, "summary"), "attribution"), i, a) {
        if (strcmp(json_text(a, "basis", ""), "factorial")) continue;
        printf("%s (%s), %s: %.2f =", json_text(a, "workload", ""), json_text(a, "guest", ""),
               json_text(a, "metric", ""), json_num(a, "total", NAN));
        json_array_foreach(json_object_get(a, "parts"), j, part)
            printf("%s %s %.2f", j ? " x" : "", json_text(part, "feature", ""),
                   json_num(json_object_get(part, "shapley"), "ratio", NAN));
        puts("");
    }
}

void terminal_summary(const json_t *document) {
    const char *base = json_text(json_object_get(document, "summary"), "baseline", "");
    size_t i, j;
    json_t *w, *c;
    json_array_foreach(json_object_get(document, "workloads"), i, w) {
        char head[160];
        snprintf(head, sizeof head, "%s (%s)", json_text(w, "name", ""), json_text(w, "guest", ""));
        printf("%-36s %4s %12s  %-24s %10s\n", head, "n", "cpu ms", "speedup [95 %]", "host/guest");
        json_array_foreach(json_object_get(document, "configs"), j, c) print_row(document, c, w, base);
    }
    print_attribution(document);
}
