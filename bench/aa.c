// `nightjar aa`: the harness measures itself.
#include "bench/base/codes.h"
#include "bench/commands.h"
#include "bench/base/jsonfile.h"
#include "bench/noise.h"
#include "bench/options.h"
#include "bench/base/statistics.h"
#include "bench/summary.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static void print_floors(const json_t *entries) {
    size_t i;
    json_t *e;
    printf("%-24s %-8s %-12s %4s %10s %10s %10s\n", "workload", "guest", "metric", "n", "floor", "drift", "smallest");
    json_array_foreach((json_t *)entries, i, e) {
        printf("%-24s %-8s %-12s %4d %8.2f %% %8.2f %% %8.2f %%\n", json_text(e, "workload", ""),
               json_text(e, "guest", ""), json_text(e, "metric", ""), (int)json_num(e, "n", 0),
               100 * json_num(e, "floor", 0), 100 * json_num(e, "drift", 0), 100 * json_num(e, "mde", 0));
    }
}

// The number of workloads in which `compare` would call arm B different from arm A: significant, and
// beyond the floor. Must be 0.
static int false_alarms(const json_t *document, const json_t *entries) {
    json_t *s;
    size_t i;
    int alarms = 0;
    json_array_foreach(json_object_get(json_object_get(document, "summary"), "speedups"), i, s) {
        const char *metric = json_text(s, "metric", "");
        if (strcmp(json_text(s, "config", ""), "aa-b") ||
            (strcmp(metric, "cpu_ns") && strcmp(metric, "host_instructions")))
            continue;
        NoiseKey key = {json_text(s, "workload", ""), json_text(s, "guest", ""), metric, NULL, NULL};
        const json_t *e = noise_find(entries, &key);
        bool exact = summary_is_exact(summary_metric(document, metric));
        double ratio = json_num(s, "ratio", 1), p = json_num(s, "p_holm", 1), floor = json_num(e, "floor", 0);
        bool moved = exact ? ratio != 1 : fmax(ratio, 1 / ratio) - 1 > floor && p < NOISE_ALPHA;
        printf("A against B, %s (%s), %s: ratio %.4f%s\n", json_text(s, "workload", ""), json_text(s, "guest", ""),
               metric, ratio, moved ? "  CHANGED, although both arms are the same" : ", no change");
        alarms += moved;
    }
    return alarms;
}

int aa_main(int argc, char **argv) {
    Options o;
    json_t *document;
    Err err;
    options_parse(&o, argc, argv, true);
    int code = bench_run(&o, &document);
    if (document) {
        json_t *entries = noise_measure(document);
        print_floors(entries);
        int alarms = false_alarms(document, entries);
        if (!json_array_size(entries))
            fprintf(stderr, "nightjar: too few valid samples for a noise floor: at least %d repetitions\n", STATS_MIN);
        if (json_array_size(entries) && !noise_store(o.noise, document, entries, &err)) {
            code = complain(&err, EXIT_HOST);
        } else if (json_array_size(entries)) {
            printf("stored: %s\n", o.noise);
        }
        if (alarms && code == EXIT_OK) code = EXIT_REGRESSED;
        json_decref(entries);
    }
    json_decref(document);
    options_free(&o);
    return code;
}
