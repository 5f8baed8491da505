// `nightjar aa`: the harness measures itself.
#include "bench/base/codes.h"
#include "bench/commands.h"
#include "bench/base/jsonfile.h"
#include "bench/noise.h"
#include "bench/options.h"
#include "bench/base/statistics.h"
#include "bench/model/run.h"
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
static int false_alarms(const RunDoc *doc, const json_t *entries) {
    int alarms = 0;
    for (uint32_t i = 0; i < doc->summary.speedups.n; i++) {
        const RunSpeedup *s = &doc->summary.speedups.at[i];
        const RunMetric *metric = &doc->metrics.at[s->metric];
        const RunWorkload *w = &doc->workloads.at[s->workload];
        if (s->config != run_config_on(doc, "aa-b", NULL) ||
            (strcmp(metric->name, "cpu_ns") && strcmp(metric->name, "host_instructions")))
            continue;
        NoiseKey key = {w->name, w->guest, metric->name, NULL, NULL};
        double ratio = isnan(s->ratio) ? 1 : s->ratio, p = isnan(s->p_holm) ? 1 : s->p_holm,
               floor = json_num(noise_find(entries, &key), "floor", 0);
        bool moved = run_is_exact(metric) ? ratio != 1 : fmax(ratio, 1 / ratio) - 1 > floor && p < NOISE_ALPHA;
        printf("A against B, %s (%s), %s: ratio %.4f%s\n", w->name, w->guest, metric->name, ratio,
               moved ? "  CHANGED, although both arms are the same" : ", no change");
        alarms += moved;
    }
    return alarms;
}

static int measure(const Options *o, const RunDoc *doc, int code) {
    Err err;
    json_t *entries = noise_measure(doc);
    print_floors(entries);
    int alarms = false_alarms(doc, entries);
    if (!json_array_size(entries))
        fprintf(stderr, "nightjar: too few valid samples for a noise floor: at least %d repetitions\n", STATS_MIN);
    else if (noise_store(o->noise, doc, entries, &err))
        printf("stored: %s\n", o->noise);
    else
        code = complain(&err, EXIT_HOST);
    json_decref(entries);
    return alarms && code == EXIT_OK ? EXIT_REGRESSED : code;
}

int aa_main(int argc, char **argv) {
    Options o;
    json_t *document;
    Err err;
    RunDoc doc;
    options_parse(&o, argc, argv, true);
    int code = bench_run(&o, &document);
    if (document && run_doc_from_json(&doc, document, o.out, &err)) {
        code = measure(&o, &doc, code);
        run_doc_free(&doc);
    } else if (document) {
        code = complain(&err, EXIT_HOST);
    }
    options_free(&o);
    return code;
}
