// Speedup per configuration with its interval, fastest first, on a log axis; and the peers: time per unit of work.
#include "base/alloc.h"
#include "reports/plot.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void widen(double *lo, double *hi, Est e) {
    double a = e.interval ? e.lo : e.value, b = e.interval ? e.hi : e.value;
    if (a > 0 && a < *lo) *lo = a;
    if (b > *hi) *hi = b;
}

// Columns: row, label, colour, value, lo, hi, text.
static void dot_row(Plot *p, uint32_t row, const char *label, int colour, Est e, const char *text) {
    plot_number(p, row);
    plot_cell(p, label);
    plot_number(p, colour);
    plot_number(p, e.value);
    plot_number(p, e.interval ? e.lo : e.value);
    plot_number(p, e.interval ? e.hi : e.value);
    plot_cell(p, text);
    plot_end_row(p);
}

static void draw_dots(Plot *p, double from) {
    ReportText *g = &p->gp;
    if (from > 0) {
        rt_add(g, "set arrow 1 from %g, graph 0 to %g, graph 1 nohead lc rgb muted lw 1\n", from, from);
        rt_add(g, "plot name.'.dat' using (%g):1:($4-%g):(0) with vectors nohead lw 1.5 lc rgb grid notitle, \\\n",
               from, from);
    } else {
        rt_add(g, "plot name.'.dat' using 4:1 with dots lc rgb bg notitle, \\\n");
    }
    rt_add(g, "  '' using 5:1:($6-$5):(0):(sw[int($3)]) with vectors nohead lw 2.5 lc rgb variable notitle, \\\n");
    rt_add(g, "  '' using 4:1:(sw[int($3)]):ytic(2) with points pt 7 ps 0.75 lc rgb variable notitle, \\\n");
    rt_add(g, "  '' using (x_right):1:7 with labels left offset 1.2,0 tc rgb fg notitle\n");
}

void plot_speedup(PlotList *list, const View *v) {
    uint32_t n = 0;
    size_t longest = 0;
    double lo = 1, hi = 1;
    for (uint32_t i = 0; i < v->rows.n; i++) {
        const ViewRow *r = &v->rows.at[i];
        if (!r->speedup.known) continue;
        n++;
        widen(&lo, &hi, r->speedup);
        if (plot_label_width(r->config->label) > longest) longest = plot_label_width(r->config->label);
    }
    if (n < 2 || !v->baseline) return;
    char title[256], subtitle[256];
    snprintf(title, sizeof title, "Speedup over %s: %s on %s", v->baseline->label, v->workload->name,
             v->workload->guest);
    snprintf(subtitle, sizeof subtitle, "%s; ratio of medians, 95 %% interval, log axis", view_metric_name(v));
    Plot *p = plot_begin(list, v, "speedup", title,
                         "Each dot is a configuration, the bar through it its 95 % interval. A coloured dot switches "
                         "exactly one thing on or off; the colour names the switch in every plot.");
    plot_rows(p, n, longest, 158);
    plot_head(p, subtitle);
    plot_rows_axis(p, n);
    plot_log_axis(p, lo, hi, "×");
    rt_add(&p->gp, "x_right = %.6g\n", hi * fmax(1.01, pow(hi / lo, 0.03)));
    rt_add(&p->dat, "# row\tconfiguration\tcolour\tspeedup\tlo\thi\ttext\n");
    uint32_t row = 0;
    for (uint32_t i = 0; i < v->rows.n; i++) {
        const ViewRow *r = &v->rows.at[i];
        if (!r->speedup.known) continue;
        char text[256];
        snprintf(text, sizeof text, "%s %s", nt_ratio(r->speedup).s, nt_interval(r->speedup).s);
        dot_row(p, row, r->config->label, r->colour, r->speedup, r->config == v->baseline ? "1 (baseline)" : text);
        plot_row_hot(p, row++, "%s\n%s over %s\n%s, n = %d", r->config->label, nt_ratio_interval(r->speedup).s,
                     v->baseline->label, nt_value_interval(r->time, view_metric_unit(v)).s, r->n);
    }
    draw_dots(p, 1);
}

typedef struct PeerRow {
    const ViewRow *row;
    Est time; // per unit of work
} PeerRow;

static int shortest_first(const void *a, const void *b) {
    double x = ((const PeerRow *)a)->time.value, y = ((const PeerRow *)b)->time.value;
    return (x > y) - (x < y);
}

static Est scaled(Est e, double by) {
    e.value *= by, e.lo *= by, e.hi *= by;
    return e;
}

static void peer_row(Plot *p, const View *v, const PeerRow *r, uint32_t row) {
    const RunConfig *c = r->row->config;
    char text[256], unit[48];
    snprintf(unit, sizeof unit, "%.40s", view_per_work(v) || v->workload->work > 0 ? v->workload->work_unit : "run");
    size_t len = strlen(unit);
    if (len > 1 && unit[len - 1] == 's') unit[len - 1] = '\0'; // "runs" -> "per run"
    Est against = c == v->lead ? est_of(1) : view_against(v, c, v->lead);
    snprintf(text, sizeof text, "%s per %s", nt_value(r->time.value, view_metric_unit(v)).s, unit);
    dot_row(p, row, c->label, c->peer ? COLOUR_PEER : r->row->colour, r->time, text);
    if (c == v->lead)
        plot_row_hot(p, row, "%s\n%s", c->label, text);
    else
        plot_row_hot(p, row, "%s\n%s\n%s is %s as fast", c->label, text, v->lead->label, nt_ratio_interval(against).s);
}

void plot_peers(PlotList *list, const View *v) {
    PeerRow *rows = alloc_zeroed(v->rows.n + 1, sizeof *rows);
    uint32_t n = 0, peers = 0;
    size_t longest = 0;
    double lo = INFINITY, hi = 0, work = v->workload->work > 0 && !view_per_work(v) ? v->workload->work : 1;
    for (uint32_t i = 0; i < v->rows.n; i++) {
        const ViewRow *r = &v->rows.at[i];
        if (!r->time.known || (!r->config->peer && r->config != v->lead && r->config != v->off)) continue;
        peers += r->config->peer != NULL;
        rows[n] = (PeerRow){r, scaled(r->time, 1 / work)};
        widen(&lo, &hi, rows[n++].time);
        if (plot_label_width(r->config->label) > longest) longest = plot_label_width(r->config->label);
    }
    if (peers && v->lead && n > 1) {
        char title[256];
        snprintf(title, sizeof title, "Beside its peers: %s on %s", v->workload->name, v->workload->guest);
        Plot *p = plot_begin(list, v, "peers", title,
                             "Time per unit of work of other ways to run the same program, shorter is better.");
        qsort(rows, n, sizeof *rows, shortest_first);
        plot_rows(p, n, longest, 190);
        plot_head(p, "median and 95 % interval, log axis, lower is better");
        plot_rows_axis(p, n);
        plot_log_axis(p, lo, hi, view_metric_unit(v));
        rt_add(&p->gp, "x_right = %.6g\n", hi * fmax(1.01, pow(hi / lo, 0.03)));
        rt_add(&p->dat, "# row\tconfiguration\tcolour\tvalue\tlo\thi\ttext\n");
        for (uint32_t i = 0; i < n; i++) peer_row(p, v, &rows[i], i);
        draw_dots(p, 0);
    }
    free(rows);
}
