#include "bench/summary.h"
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

const json_t *summary_metric(const json_t *document, const char *metric) {
    size_t i;
    json_t *m;
    json_array_foreach(json_object_get(document, "metrics"), i, m) {
        if (!strcmp(json_text(m, "name", ""), metric)) return m;
    }
    return NULL;
}

bool summary_is_exact(const json_t *metric) { return !strcmp(json_text(metric, "kind", ""), "exact"); }

static bool is_of(const json_t *s, const CellKey *key, const char *purpose) {
    return json_is_true(json_object_get(s, "valid")) && !strcmp(json_text(s, "config", ""), key->config) &&
           !strcmp(json_text(s, "workload", ""), key->workload) && !strcmp(json_text(s, "guest", ""), key->guest) &&
           !strcmp(json_text(s, "purpose", ""), purpose);
}

// The short sample of this one's block; NULL if there is none that counts.
static const json_t *short_sample(const json_t *document, const CellKey *key, const json_t *sample) {
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(document, "samples"), i, s) {
        if (json_equal(json_object_get(s, "block"), json_object_get(sample, "block")) && is_of(s, key, "start"))
            return s;
    }
    return NULL;
}

static double value_of(const json_t *sample, const char *metric) {
    return json_num(json_object_get(sample, "metrics"), metric, NAN);
}

// A sample that was told how much to do: what a unit of it took beyond start-up, from the short sample beside it. Where
// there is so little work that there is no shorter one, start-up is in it.
static double value_per_work(const json_t *document, const CellKey *key, const json_t *sample) {
    double work = json_num(sample, "work", 0), value = value_of(sample, key->metric);
    const json_t *less = work >= 2 ? short_sample(document, key, sample) : NULL;
    if (!less) return work >= 2 ? NAN : value / work;
    double more = value - value_of(less, key->metric);
    if (more <= 0 && strstr(key->metric, "_ns")) return NAN; // the machine stood still in the short one
    return fmax(more, 0) / (work - json_num(less, "work", 0));
}

// What the process took before and beside its work: the same line, at no work.
static double startup_of(const json_t *document, const CellKey *key, const json_t *sample) {
    CellKey cpu = {key->config, key->workload, key->guest, "cpu_ns"};
    double work = json_num(sample, "work", 0);
    double start = work >= 2 ? value_of(sample, "cpu_ns") - work * value_per_work(document, &cpu, sample) : NAN;
    return start < 0 ? 0 : start;
}

static double sample_value(const json_t *document, const CellKey *key, const json_t *metric, const json_t *sample) {
    bool told = json_is_number(json_object_get(sample, "work"));
    if (told && !strcmp(key->metric, "startup_ns")) return startup_of(document, key, sample);
    if (told && json_is_true(json_object_get(metric, "per_work"))) return value_per_work(document, key, sample);
    return value_of(sample, key->metric);
}

Series summary_series(const json_t *document, const CellKey *key) {
    Series series = {0};
    const json_t *metric = summary_metric(document, key->metric);
    const char *purpose = json_text(metric, "purpose", "time");
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(document, "samples"), i, s) {
        if (!is_of(s, key, purpose)) continue;
        double value = sample_value(document, key, metric, s);
        if (!isnan(value)) series_add(&series, value, (int)json_integer_value(json_object_get(s, "block")));
    }
    return series;
}

static bool series_varies(const Series *s) {
    for (uint32_t i = 1; i < s->n; i++)
        if (s->value[i] != s->value[0]) return true;
    return false;
}

static Interval invert(Interval i) { return (Interval){1 / i.point, 1 / i.hi, 1 / i.lo}; }

Interval summary_speedup(const json_t *metric, const Series *base, const Series *config, bool paired) {
    Interval i = {NAN, NAN, NAN};
    if (!base->n || !config->n) return i;
    if (summary_is_exact(metric)) {
        if (series_varies(base) || series_varies(config)) return i;
        double ratio = base->value[0] == config->value[0] ? 1 : base->value[0] / config->value[0];
        i = (Interval){ratio, ratio, ratio};
    } else {
        i = stats_ratio(base, config, paired);
    }
    return strcmp(json_text(metric, "direction", ""), "higher") ? i : invert(i);
}

// ---- cells --------------------------------------------------------------------------------------------------------

static int count_invalid(const json_t *document, const CellKey *key, const char *purpose) {
    size_t i;
    json_t *s;
    int n = 0;
    json_array_foreach(json_object_get(document, "samples"), i, s) {
        n += json_is_false(json_object_get(s, "valid")) && !strcmp(json_text(s, "config", ""), key->config) &&
             !strcmp(json_text(s, "workload", ""), key->workload) && !strcmp(json_text(s, "guest", ""), key->guest) &&
             !strcmp(json_text(s, "purpose", ""), purpose);
    }
    return n;
}

static json_t *cell_json(const json_t *document, const CellKey *key, const json_t *metric) {
    Series s = summary_series(document, key);
    int invalid = count_invalid(document, key, json_text(metric, "purpose", "time"));
    bool exact = summary_is_exact(metric), varies = exact && series_varies(&s);
    json_t *cell = NULL;
    // A cell without one valid sample is reported for the headline metrics, so that it is seen to be missing.
    if (s.n || (invalid && json_object_get(metric, "gate") && json_is_true(json_object_get(metric, "gate")))) {
        Interval i = exact ? (Interval){stats_median(s.value, s.n), NAN, NAN} : stats_median_interval(&s);
        double min = INFINITY, max = -INFINITY;
        for (uint32_t k = 0; k < s.n; k++) min = fmin(min, s.value[k]), max = fmax(max, s.value[k]);
        if (exact) i.lo = min, i.hi = max;
        if (varies) i.point = NAN;
        cell = json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "config", key->config, "workload",
                         key->workload, "guest", key->guest, "metric", key->metric, "n", (int)s.n, "invalid", invalid,
                         "median", number_or_null(i.point), "lo", number_or_null(i.lo), "hi", number_or_null(i.hi),
                         "min", number_or_null(min), "max", number_or_null(max));
        if (varies) json_put(cell, "varies", json_true());
    }
    series_free(&s);
    return cell;
}

static json_t *make_cells(const json_t *document) {
    json_t *cells = json_array(), *c, *w, *m;
    size_t i, j, k;
    json_array_foreach(json_object_get(document, "configs"), i, c) {
        json_array_foreach(json_object_get(document, "workloads"), j, w) {
            json_array_foreach(json_object_get(document, "metrics"), k, m) {
                CellKey key = {json_text(c, "id", ""), json_text(w, "name", ""), json_text(w, "guest", ""),
                               json_text(m, "name", "")};
                json_t *cell = cell_json(document, &key, m);
                if (cell) json_array_append_new(cells, cell);
            }
        }
    }
    return cells;
}

// ---- speedups -----------------------------------------------------------------------------------------------------

static bool has_config(const json_t *document, const char *id) {
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(document, "configs"), i, c) {
        if (id && !strcmp(json_text(c, "id", ""), id)) return true;
    }
    return false;
}

// The id of the factorial's low end: everything on but the axes. NULL if the plan has no axes.
static char *factorial_floor_id(const json_t *document) {
    size_t i;
    json_t *axis, *set = NULL, *c, *axes = json_object_get(json_object_get(document, "plan"), "axes");
    json_array_foreach(json_object_get(document, "configs"), i, c) {
        if (!strcmp(json_text(c, "id", ""), "all-on")) set = json_deep_copy(json_object_get(c, "features"));
    }
    json_array_foreach(axes, i, axis) {
        if (set) json_put(set, json_string_value(axis), json_false());
    }
    char *id = set && json_array_size(axes) ? matrix_config_id(set) : NULL;
    json_decref(set);
    return id;
}

// Baselines, the one that `ratio` without further words means first: all-off, else the factorial's low end, else the
// first config; then all-on and every peer.
static json_t *baselines(const json_t *document) {
    json_t *ids = json_array(), *configs = json_object_get(document, "configs"), *c;
    char *low = factorial_floor_id(document);
    const char *first = has_config(document, "all-off") ? "all-off"
                        : has_config(document, low)     ? low
                                                        : json_text(json_array_get(configs, 0), "id", "");
    json_array_append_new(ids, json_string(first));
    size_t i;
    json_array_foreach(configs, i, c) {
        const char *id = json_text(c, "id", "");
        bool second = !strcmp(id, "all-on") || (low && !strcmp(id, low)) || json_is_string(json_object_get(c, "peer"));
        if (second && strcmp(id, first)) json_array_append_new(ids, json_string(id));
    }
    free(low);
    return ids;
}

// Speedups are made for sampled metrics and for the executed host instructions; the other counters
// explain, they do not rank.
static bool ranks(const json_t *metric) {
    if (!strcmp(json_text(metric, "direction", "none"), "none")) return false;
    return !summary_is_exact(metric) || json_is_true(json_object_get(metric, "gate")) ||
           !strcmp(json_text(metric, "name", ""), "host_per_guest");
}

typedef struct Family {
    json_t *entries; // speedups of one metric and baseline: what Holm corrects together
    double *p;
    uint32_t n;
} Family;

static void family_add(Family *f, const json_t *document, const json_t *metric, const char *base, const char *config,
                       const json_t *w) {
    const char *name = json_text(w, "name", ""), *guest = json_text(w, "guest", ""), *m = json_text(metric, "name", "");
    Series a = summary_series(document, &(CellKey){base, name, guest, m}),
           b = summary_series(document, &(CellKey){config, name, guest, m});
    Interval i = summary_speedup(metric, &a, &b, true);
    if (isfinite(i.point) && i.point > 0) { // a metric that may be 0 has no ratio there
        json_t *entry = interval_json(i);
        json_put(entry, "config", json_string(config));
        json_put(entry, "baseline", json_string(base));
        json_put(entry, "workload", json_string(name));
        json_put(entry, "guest", json_string(guest));
        json_put(entry, "metric", json_string(m));
        json_array_append_new(f->entries, entry);
        bool can = !summary_is_exact(metric) && stats_smallest_p(a.n, b.n) <= STATS_ALPHA;
        f->p = realloc(f->p, (f->n + 1) * sizeof *f->p);
        BUG_IF(!f->p, "out of memory");
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

static json_t *make_speedups(const json_t *document, const json_t *bases) {
    json_t *speedups = json_array(), *base, *c, *w, *m;
    size_t i, j, k, l;
    json_array_foreach((json_t *)bases, i, base) {
        const char *base_id = json_string_value(base);
        json_array_foreach(json_object_get(document, "metrics"), j, m) {
            if (!ranks(m)) continue;
            Family f = {.entries = json_array()};
            json_array_foreach(json_object_get(document, "configs"), k, c) {
                if (!strcmp(json_text(c, "id", ""), base_id)) continue;
                json_array_foreach(json_object_get(document, "workloads"), l, w)
                    family_add(&f, document, m, base_id, json_text(c, "id", ""), w);
            }
            family_finish(&f, speedups);
        }
    }
    return speedups;
}

void summary_make(json_t *document) {
    json_t *bases = baselines(document), *summary = json_object();
    json_put(summary, "baseline", json_incref(json_array_get(bases, 0)));
    json_put(summary, "cells", make_cells(document));
    json_put(summary, "speedups", make_speedups(document, bases));
    json_put(summary, "warmup", summary_warmup(document));
    json_put(summary, "attribution", summary_attribution(document));
    json_put(document, "summary", summary);
    json_decref(bases);
}
