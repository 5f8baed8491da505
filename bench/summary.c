#include "bench/summary.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/plan.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *number_or_null(double x) { return isfinite(x) ? json_real(x) : json_null(); }

json_t *interval_json(Interval i) {
    return json_pack("{s:o, s:o, s:o}", "ratio", number_or_null(i.point), "lo", number_or_null(i.lo), "hi",
                     number_or_null(i.hi));
}

static bool is_of(const RunSample *s, const char *purpose) { return s->valid && !strcmp(s->purpose, purpose); }

// The short sample of this one's block; NULL if there is none that counts.
static const RunSample *short_sample(const RunDoc *doc, const RunSample *sample) {
    uint32_t n;
    const uint32_t *at = run_samples(doc, sample->config, sample->workload, &n);
    for (uint32_t i = 0; i < n; i++) {
        const RunSample *s = &doc->samples.at[at[i]];
        if (s->block == sample->block && is_of(s, "start")) return s;
    }
    return NULL;
}

// A sample that was told how much to do: what a unit of it took beyond start-up, from the short sample beside it. Where
// there is so little work that there is no shorter one, start-up is in it.
static double value_per_work(const RunDoc *doc, const RunSample *sample, uint32_t metric) {
    double work = (double)sample->work, value = run_value(sample, metric);
    const RunSample *less = work >= 2 ? short_sample(doc, sample) : NULL;
    if (!less) return work >= 2 ? NAN : value / work;
    double more = value - run_value(less, metric), less_work = less->work == RUN_NULL ? 0 : (double)less->work;
    if (more <= 0 && strstr(doc->metrics.at[metric].name, "_ns"))
        return NAN; // the machine stood still in the short one
    return fmax(more, 0) / (work - less_work);
}

// What the process took before and beside its work: the same line, at no work.
static double startup_of(const RunDoc *doc, const RunSample *sample) {
    uint32_t cpu = run_metric(doc, "cpu_ns");
    double work = (double)sample->work, start = NAN;
    if (work >= 2 && cpu != RUN_NONE) start = run_value(sample, cpu) - work * value_per_work(doc, sample, cpu);
    return start < 0 ? 0 : start;
}

static double sample_value(const RunDoc *doc, const RunSample *sample, uint32_t metric) {
    const RunMetric *m = &doc->metrics.at[metric];
    bool told = sample->work != RUN_NULL;
    if (told && !strcmp(m->name, "startup_ns")) return startup_of(doc, sample);
    if (told && m->per_work) return value_per_work(doc, sample, metric);
    return run_value(sample, metric);
}

Series summary_series(const RunDoc *doc, uint32_t config, uint32_t workload, uint32_t metric) {
    Series series = {0};
    uint32_t n;
    const uint32_t *at = run_samples(doc, config, workload, &n);
    for (uint32_t i = 0; metric != RUN_NONE && i < n; i++) {
        const RunSample *s = &doc->samples.at[at[i]];
        if (!is_of(s, doc->metrics.at[metric].purpose)) continue;
        double value = sample_value(doc, s, metric);
        if (!isnan(value)) series_add(&series, value, (int)s->block);
    }
    return series;
}

static bool series_varies(const Series *s) {
    for (uint32_t i = 1; i < s->n; i++)
        if (s->value[i] != s->value[0]) return true;
    return false;
}

static Interval invert(Interval i) { return (Interval){1 / i.point, 1 / i.hi, 1 / i.lo}; }

Interval summary_speedup(const RunMetric *metric, const Series *base, const Series *config, bool paired) {
    Interval i = {NAN, NAN, NAN};
    if (!base->n || !config->n) return i;
    if (run_is_exact(metric)) {
        if (series_varies(base) || series_varies(config)) return i;
        double ratio = base->value[0] == config->value[0] ? 1 : base->value[0] / config->value[0];
        i = (Interval){ratio, ratio, ratio};
    } else {
        i = stats_ratio(base, config, paired);
    }
    return strcmp(metric->direction, "higher") ? i : invert(i);
}

// ---- cells --------------------------------------------------------------------------------------------------------

typedef struct Cell {
    uint32_t config, workload, metric;
} Cell;

static int count_invalid(const RunDoc *doc, Cell c) {
    uint32_t n;
    const uint32_t *at = run_samples(doc, c.config, c.workload, &n);
    int invalid = 0;
    for (uint32_t i = 0; i < n; i++) {
        const RunSample *s = &doc->samples.at[at[i]];
        invalid += !s->valid && !strcmp(s->purpose, doc->metrics.at[c.metric].purpose);
    }
    return invalid;
}

static json_t *cell_json(const RunDoc *doc, Cell c) {
    const RunMetric *metric = &doc->metrics.at[c.metric];
    const RunWorkload *w = &doc->workloads.at[c.workload];
    Series s = summary_series(doc, c.config, c.workload, c.metric);
    int invalid = count_invalid(doc, c);
    bool exact = run_is_exact(metric), varies = exact && series_varies(&s);
    json_t *cell = NULL;
    // A cell without one valid sample is reported for the headline metrics, so that it is seen to be missing.
    if (s.n || (invalid && metric->gate)) {
        Interval i = exact ? (Interval){stats_median(s.value, s.n), NAN, NAN} : stats_median_interval(&s);
        double min = INFINITY, max = -INFINITY;
        for (uint32_t k = 0; k < s.n; k++) min = fmin(min, s.value[k]), max = fmax(max, s.value[k]);
        if (exact) i.lo = min, i.hi = max;
        if (varies) i.point = NAN;
        cell =
            json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "config", doc->configs.at[c.config].id,
                      "workload", w->name, "guest", w->guest, "metric", metric->name, "n", (int)s.n, "invalid", invalid,
                      "median", number_or_null(i.point), "lo", number_or_null(i.lo), "hi", number_or_null(i.hi), "min",
                      number_or_null(min), "max", number_or_null(max));
        if (varies) json_put(cell, "varies", json_true());
    }
    series_free(&s);
    return cell;
}

static json_t *make_cells(const RunDoc *doc) {
    json_t *cells = json_array();
    for (uint32_t c = 0; c < doc->configs.n; c++)
        for (uint32_t w = 0; w < doc->workloads.n; w++)
            for (uint32_t m = 0; m < doc->metrics.n; m++) {
                json_t *cell = cell_json(doc, (Cell){c, w, m});
                if (cell) json_array_append_new(cells, cell);
            }
    return cells;
}

// ---- speedups -----------------------------------------------------------------------------------------------------

// The factorial's low end: everything on but the axes. RUN_NONE if the plan has no axes, or that was not run.
static uint32_t factorial_floor(const RunDoc *doc, const char *host) {
    uint32_t all_on = run_config_on(doc, "all-on", host);
    const json_t *axes = doc->plan.axes;
    if (all_on == RUN_NONE || !doc->configs.at[all_on].features || !json_array_size(axes)) return RUN_NONE;
    json_t *set = json_deep_copy(doc->configs.at[all_on].features), *axis;
    size_t i;
    json_array_foreach((json_t *)axes, i, axis) json_put(set, json_string_value(axis), json_false());
    char *id = matrix_config_id(set, host);
    uint32_t low = run_config(doc, id);
    free(id);
    json_decref(set);
    return low;
}

typedef VEC(uint32_t) Baselines;

// Of one host, in which ratio without further words means the first: all-off, else the factorial's low end, else the first
// configuration; then all-on.
static void add_baselines(Baselines *all, const RunDoc *doc, const char *host) {
    uint32_t low = factorial_floor(doc, host), off = run_config_on(doc, "all-off", host),
             on = run_config_on(doc, "all-on", host), first = off != RUN_NONE ? off : low;
    for (uint32_t c = 0; c < doc->configs.n; c++) {
        const char *its = run_host(doc, c);
        if (!*its) its = run_first_host(doc); // a peer stands beside the first host
        if (first == RUN_NONE && !strcmp(its, host)) first = c;
    }
    if (first != RUN_NONE) vec_push(all, first);
    for (uint32_t c = 0; c < doc->configs.n; c++)
        if (c != first && (c == on || c == low)) vec_push(all, c);
}

// Those of the first host, every peer, those of the other hosts.
static Baselines baselines(const RunDoc *doc) {
    Baselines all = {0};
    add_baselines(&all, doc, run_first_host(doc));
    for (uint32_t c = 0; c < doc->configs.n; c++)
        if (doc->configs.at[c].peer && (!all.n || all.at[0] != c)) vec_push(&all, c);
    for (uint32_t h = 1; h < doc->hosts.n; h++) add_baselines(&all, doc, doc->hosts.at[h].name);
    return all;
}

// A ratio is one of two configurations of the same host; peers stand beside the first host.
static bool beside(const RunDoc *doc, uint32_t a, uint32_t b) {
    const char *x = run_host(doc, a), *y = run_host(doc, b), *first = run_first_host(doc);
    return !strcmp(*x ? x : first, *y ? y : first);
}

// Speedups are made for sampled metrics and for the executed host instructions; the other counters
// explain, they do not rank.
static bool ranks(const RunMetric *metric) {
    if (!strcmp(metric->direction, "none")) return false;
    return !run_is_exact(metric) || metric->gate || !strcmp(metric->name, "host_per_guest");
}

typedef struct Family {
    json_t *entries; // speedups of one metric and baseline: what Holm corrects together
    double *p;
    uint32_t n;
} Family;

static void family_add(Family *f, const RunDoc *doc, uint32_t base, Cell c) {
    const RunMetric *metric = &doc->metrics.at[c.metric];
    const RunWorkload *w = &doc->workloads.at[c.workload];
    Series a = summary_series(doc, base, c.workload, c.metric), b = summary_series(doc, c.config, c.workload, c.metric);
    Interval i = summary_speedup(metric, &a, &b, true);
    if (isfinite(i.point) && i.point > 0) { // a metric that may be 0 has no ratio there
        json_t *entry = interval_json(i);
        json_put(entry, "config", json_string(doc->configs.at[c.config].id));
        json_put(entry, "baseline", json_string(doc->configs.at[base].id));
        json_put(entry, "workload", json_string(w->name));
        json_put(entry, "guest", json_string(w->guest));
        json_put(entry, "metric", json_string(metric->name));
        json_array_append_new(f->entries, entry);
        bool can = !run_is_exact(metric) && stats_smallest_p(a.n, b.n) <= STATS_ALPHA;
        f->p = alloc_again(f->p, f->n + 1, sizeof *f->p);
        f->p[f->n++] = can ? stats_mann_whitney(a.value, a.n, b.value, b.n) : NAN;
    }
    series_free(&a), series_free(&b);
}

static void family_finish(Family *f, json_t *speedups) {
    stats_holm(f->p, f->n);
    for (uint32_t i = 0; i < f->n; i++) json_put(json_array_get(f->entries, i), "p_holm", number_or_null(f->p[i]));
    json_array_extend(speedups, f->entries);
    json_decref(f->entries);
    free(f->p);
}

static json_t *make_speedups(const RunDoc *doc, const Baselines *bases) {
    json_t *speedups = json_array();
    for (uint32_t b = 0; b < bases->n; b++)
        for (uint32_t m = 0; m < doc->metrics.n; m++) {
            if (!ranks(&doc->metrics.at[m])) continue;
            Family f = {.entries = json_array()};
            for (uint32_t c = 0; c < doc->configs.n; c++)
                for (uint32_t w = 0; c != bases->at[b] && beside(doc, bases->at[b], c) && w < doc->workloads.n; w++)
                    family_add(&f, doc, bases->at[b], (Cell){c, w, m});
            family_finish(&f, speedups);
        }
    return speedups;
}

json_t *summary_make(const RunDoc *doc) {
    Baselines bases = baselines(doc);
    json_t *summary = json_object();
    json_put(summary, "baseline", json_string(bases.n ? doc->configs.at[bases.at[0]].id : ""));
    json_put(summary, "cells", make_cells(doc));
    json_put(summary, "speedups", make_speedups(doc, &bases));
    json_put(summary, "warmup", summary_warmup(doc));
    json_put(summary, "attribution", summary_attribution(doc));
    vec_free(&bases);
    return summary;
}
