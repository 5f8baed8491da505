// Plots made of tiles: interactions between two switches, and counters per configuration.
#include "base/alloc.h"
#include "reports/plot.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TILE_W = 104, TILE_H = 46, COUNTER_W = 78, COUNTERS_MAX = 9 };

static int position(const char **names, uint32_t n, const char *name) {
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) return (int)i;
    return -1;
}

// The switches that occur in a pair, in the order of the attribution's parts.
static uint32_t paired(const RunAttribution *a, const char **names) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->parts.n; i++) {
        const char *f = a->parts.at[i].feature;
        bool used = false;
        for (uint32_t k = 0; k < a->interactions.n; k++)
            used |= strcmp(a->interactions.at[k].a, f) == 0 || strcmp(a->interactions.at[k].b, f) == 0;
        if (used && position(names, n, f) < 0) names[n++] = f;
    }
    return n;
}

// Columns: column, row, log2 of the ratio, text, second line, muted.
static void pair_tile(Plot *p, const RunPair *pair, int column, int row) {
    Est e = est_or_none(pair->ratio, pair->lo, pair->hi);
    char text[512];
    plot_number(p, column);
    plot_number(p, row);
    plot_number(p, e.value > 0 ? log2(e.value) : NAN);
    snprintf(text, sizeof text, "× %s", nt_ratio(e).s);
    plot_cell(p, text);
    plot_cell(p, nt_interval(e).s);
    plot_number(p, est_excludes_one(e) || !e.interval ? 0 : 1);
    plot_end_row(p);
    snprintf(text, sizeof text, "%s with %s\n%s\n%s", pair->a, pair->b, nt_ratio_interval(e).s,
             e.interval && !est_excludes_one(e) ? "not told apart from 1"
             : e.value > 1                      ? "together more than their product"
                                                : "together less than their product");
    plot_hot(p, p->left + column * TILE_W, p->top + row * TILE_H, TILE_W, TILE_H, text);
}

static void draw_pairs(Plot *p, const char **names, uint32_t n, double most) {
    ReportText *g = &p->gp;
    rt_add(g, "unset border; set xtics scale 0; set ytics scale 0; unset grid; unset colorbox\n");
    rt_add(g, "set xrange [-0.5:%g]; set yrange [%g:-0.5]\n", n - 1.5, n - 1.5);
    rt_add(g, "set xtics (");
    for (uint32_t i = 0; i + 1 < n; i++) {
        rt_add(g, i ? ", " : "");
        plot_quote_tick(g, names[i]);
        rt_add(g, " %u", i);
    }
    rt_add(g, ")\nset ytics (");
    for (uint32_t i = 1; i < n; i++) {
        rt_add(g, i > 1 ? ", " : "");
        plot_quote_tick(g, names[i]);
        rt_add(g, " %u", i - 1);
    }
    rt_add(g, ")\nset palette defined (-1 pair_less, 0 pair_none, 1 pair_more); set cbrange [%g:%g]\n", -most, most);
    rt_add(g, "set style fill solid 1 noborder\n");
    rt_add(g, "plot name.'.dat' using 1:2:($1-0.48):($1+0.48):($2-0.46):($2+0.46):3 with boxxyerror fc palette "
              "notitle, \\\n");
    rt_add(g, "  '' using 1:2:4:($6 > 0 ? muted_rgb : fg_rgb) with labels offset 0,0.45 tc rgb variable notitle, \\\n");
    rt_add(g, "  '' using 1:2:5:($6 > 0 ? muted_rgb : fg_rgb) with labels offset 0,-0.55 font small_font tc rgb "
              "variable notitle\n");
}

void plot_interactions(PlotList *list, const View *v) {
    const RunAttribution *a = v->parts;
    if (!a || !a->interactions.n) return;
    const char **names = alloc_zeroed(a->parts.n + 1, sizeof *names);
    uint32_t n = paired(a, names);
    if (n >= 2) {
        char title[256], subtitle[128];
        snprintf(title, sizeof title, "Do they help each other? %s on %s", v->workload->name, v->workload->guest);
        snprintf(subtitle, sizeof subtitle, "%s; both on together, against the product of each alone",
                 v->doc->metrics.at[a->metric].name);
        Plot *p = plot_begin(list, v, "interactions", title,
                             "Above 1: the pair buys more than its two parts multiplied. Below 1: they do some of the "
                             "same work. Pale text: the interval holds 1.");
        size_t longest = 0;
        double most = log2(1.1);
        for (uint32_t i = 0; i < n; i++)
            if (plot_label_width(names[i]) > longest) longest = plot_label_width(names[i]);
        plot_rows(p, 0, longest, 24);
        p->height = p->top + (int)(n - 1) * TILE_H + p->bottom;
        p->width = p->left + (int)(n - 1) * TILE_W + p->right;
        if (p->width < 460) p->right += 460 - p->width, p->width = 460;
        rt_add(&p->dat, "# column\trow\tlog2\tratio\tinterval\tholds_one\n");
        for (uint32_t i = 0; i < a->interactions.n; i++) {
            int x = position(names, n, a->interactions.at[i].a), y = position(names, n, a->interactions.at[i].b);
            if (x < 0 || y < 0 || x == y || !isfinite(a->interactions.at[i].ratio)) continue;
            most = fmax(most, fabs(log2(a->interactions.at[i].ratio)));
            pair_tile(p, &a->interactions.at[i], x < y ? x : y, (x < y ? y : x) - 1);
        }
        plot_head(p, subtitle);
        draw_pairs(p, names, n, most);
    }
    free(names);
}

typedef struct CounterColumn {
    const RunMetric *metric;
    double min, max;
    uint32_t order;
} CounterColumn;

static double counter_of(const View *v, const ViewRow *r, const RunMetric *m) {
    const RunCell *c = view_cell(v, r->config, m);
    return c && c->n > 0 ? c->median : NAN;
}

static int widest_spread_first(const void *a, const void *b) {
    const CounterColumn *x = a, *y = b;
    double p = (x->max + 1) / (x->min + 1), q = (y->max + 1) / (y->min + 1);
    return p > q ? -1 : p < q ? 1 : x->order < y->order ? -1 : 1;
}

static int by_order(const void *a, const void *b) {
    const CounterColumn *x = a, *y = b;
    return x->order < y->order ? -1 : 1;
}

static uint32_t choose_counters(const View *v, CounterColumn *out) {
    uint32_t n = 0;
    for (uint32_t m = 0; m < v->doc->metrics.n; m++) {
        const RunMetric *metric = &v->doc->metrics.at[m];
        if (strcmp(metric->kind, "exact") != 0 || strcmp(metric->unit, "ratio") == 0) continue; // counts only
        CounterColumn c = {metric, INFINITY, -INFINITY, m};
        for (uint32_t i = 0; i < v->rows.n; i++) {
            double x = counter_of(v, &v->rows.at[i], metric);
            if (isfinite(x)) c.min = fmin(c.min, x), c.max = fmax(c.max, x);
        }
        if (c.max > c.min) out[n++] = c;
    }
    qsort(out, n, sizeof *out, widest_spread_first);
    if (n > COUNTERS_MAX) n = COUNTERS_MAX;
    qsort(out, n, sizeof *out, by_order);
    return n;
}

static void counter_tile(Plot *p, const ViewRow *r, const CounterColumn *c, uint32_t column, uint32_t row, double x) {
    double span = log10((c->max + 1) / (c->min + 1)), level = span > 0 ? log10((x + 1) / (c->min + 1)) / span : 0;
    char text[256];
    plot_number(p, column);
    plot_number(p, row);
    plot_cell(p, row ? "" : c->metric->name);
    plot_cell(p, column ? "" : r->config->label);
    plot_number(p, level);
    plot_cell(p, nt_count(x).s);
    plot_number(p, x);
    plot_end_row(p);
    snprintf(text, sizeof text, "%s\n%s: %s %s", r->config->label, c->metric->name, nt_exact(x).s, c->metric->unit);
    plot_hot(p, p->left + column * COUNTER_W, p->top + row * PLOT_ROW, COUNTER_W, PLOT_ROW, text);
}

static void draw_counters(Plot *p, const View *v, const CounterColumn *c, uint32_t n, uint32_t rows,
                          const uint32_t *shown) {
    ReportText *g = &p->gp;
    rt_add(
        g,
        "unset border; unset grid; unset colorbox; unset xtics; set ytics scale 0\nset xrange [-0.5:%g]\nset ytics (",
        n - 0.5);
    for (uint32_t i = 0; i < rows; i++) {
        rt_add(g, i ? ", " : "");
        plot_quote_tick(g, v->rows.at[shown[i]].config->label);
        rt_add(g, " %u", i);
    }
    rt_add(g, ")\n");
    for (uint32_t i = 0; i < n; i++) {
        rt_add(g, "set label %u ", i + 10);
        plot_quote(g, c[i].metric->name);
        rt_add(g, " at %g, -0.75 left rotate by 28 tc rgb fg\n", i - 0.2);
    }
    rt_add(g, "set palette defined (0 level_low, 1 level_high); set cbrange [0:1]; set style fill solid 1 noborder\n");
    rt_add(g, "plot name.'.dat' using 1:2:($1-0.48):($1+0.48):($2-0.45):($2+0.45):5 with boxxyerror fc palette "
              "notitle, \\\n");
    rt_add(g, "  '' using 1:2:6 with labels font small_font tc rgb fg notitle\n");
}

void plot_counters(PlotList *list, const View *v) {
    CounterColumn *c = alloc_zeroed(v->doc->metrics.n + 1, sizeof *c);
    uint32_t *shown = alloc_zeroed(v->rows.n + 1, sizeof *shown);
    uint32_t n = choose_counters(v, c), rows = 0;
    size_t longest = 0;
    for (uint32_t i = 0; i < v->rows.n; i++) {
        bool any = false;
        for (uint32_t k = 0; k < n; k++) any |= isfinite(counter_of(v, &v->rows.at[i], c[k].metric));
        if (!any) continue;
        shown[rows++] = i;
        size_t w = plot_label_width(v->rows.at[i].config->label);
        if (w > longest) longest = w;
    }
    if (n && rows > 1) {
        char title[256];
        snprintf(title, sizeof title, "Counters per configuration: %s on %s", v->workload->name, v->workload->guest);
        Plot *p =
            plot_begin(list, v, "counters", title,
                       "Exact counts of the emulator, shaded per column on a log scale; the columns that differ most. "
                       "All of them are in the table.");
        plot_rows(p, rows, longest, 96);
        p->top = 150;
        p->bottom = 14;
        p->width = p->left + (int)n * COUNTER_W + p->right;
        if (p->width < 520) p->right += 520 - p->width, p->width = 520;
        p->height = p->top + (int)rows * PLOT_ROW + p->bottom;
        plot_head(p, "exact counts; a stronger shade is more, on a log scale per column");
        plot_rows_axis(p, rows);
        rt_add(&p->dat, "# column\trow\tcounter\tconfiguration\tlevel\ttext\tcount\n");
        for (uint32_t i = 0; i < rows; i++)
            for (uint32_t k = 0; k < n; k++) {
                double x = counter_of(v, &v->rows.at[shown[i]], c[k].metric);
                if (isfinite(x)) counter_tile(p, &v->rows.at[shown[i]], &c[k], k, i, x);
            }
        draw_counters(p, v, c, n, rows, shown);
    }
    free(c);
    free(shown);
}
