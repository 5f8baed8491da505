// The first pass over the code and the steady state: from warm-up samples to `summary.warmup` (RUN-FORMAT.md).
//
// Example, four parts instead of twenty: they took 9, 5, 4 and 4 ms. The steady state is the median of the second half,
// 4 ms; the first pass took (9 - 4) + (5 - 4) + 0 + 0 = 6 ms beyond it.
#include "bench/summary.h"
#include <math.h>
#include <string.h>

enum { PARTS = 20 };

typedef struct Curves { // the curves of one cell
    Series cpu[PARTS], translate[PARTS];
    int n;
} Curves;

// How much a counter that grows from the start went up in this part.
static double grown(double now, double before) { return fmax(0, now - before); }

static void add_curve(Curves *c, const RunSample *s) {
    if (s->slices.n < PARTS) return; // the run loop took over too seldom
    for (uint32_t i = 0; i < PARTS; i++) {
        const RunSlice *now = &s->slices.at[i], *before = i ? now - 1 : &(RunSlice){0};
        series_add(&c->cpu[i], grown(now->cpu_ns, before->cpu_ns), c->n);
        series_add(&c->translate[i], grown(now->translate_ns, before->translate_ns), c->n);
    }
    c->n++;
}

static json_t *warmup_json(const Curves *c, const RunConfig *config, const RunWorkload *w) {
    double cpu[PARTS], first = 0;
    json_t *slices = json_array();
    for (size_t i = 0; i < PARTS; i++) {
        cpu[i] = stats_median(c->cpu[i].value, c->cpu[i].n);
        json_array_append_new(slices, json_pack("{s:f, s:f}", "cpu_ns", cpu[i], "translate_ns",
                                                stats_median(c->translate[i].value, c->translate[i].n)));
    }
    double steady = stats_median(cpu + PARTS / 2, PARTS / 2);
    for (size_t i = 0; i < PARTS; i++) first += cpu[i] - steady;
    return json_pack("{s:s, s:s, s:s, s:i, s:f, s:f, s:o}", "config", config->id, "workload", w->name, "guest",
                     w->guest, "n", c->n, "first_pass_ns", first, "steady_ns", steady, "slices", slices);
}

static void add_cell(json_t *out, const RunDoc *doc, uint32_t config, uint32_t workload) {
    Curves curves = {0};
    uint32_t n;
    const uint32_t *at = run_samples(doc, config, workload, &n);
    for (uint32_t i = 0; i < n; i++) {
        const RunSample *s = &doc->samples.at[at[i]];
        if (s->valid && !strcmp(s->purpose, "warmup")) add_curve(&curves, s);
    }
    if (curves.n)
        json_array_append_new(out, warmup_json(&curves, &doc->configs.at[config], &doc->workloads.at[workload]));
    for (size_t k = 0; k < PARTS; k++) series_free(&curves.cpu[k]), series_free(&curves.translate[k]);
}

json_t *summary_warmup(const RunDoc *doc) {
    json_t *out = json_array();
    for (uint32_t c = 0; c < doc->configs.n; c++)
        for (uint32_t w = 0; w < doc->workloads.n; w++) add_cell(out, doc, c, w);
    return out;
}
