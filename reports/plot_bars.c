// Plots made of bars: exact host instructions per guest instruction, the phases of a run, and
// one workload in several runs.
#include "base/alloc.h"
#include "reports/plot.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fewest_first(const void *a, const void *b) {
    const ViewRow *x = *(const ViewRow *const *)a, *y = *(const ViewRow *const *)b;
    double p = x->host_per_guest.value, q = y->host_per_guest.value;
    return p < q ? -1 : p > q ? 1 : x < y ? -1 : 1; // equal ones stay as fast as they are
}

static const char *exact_caption(char *out, size_t size, const View *v) {
    const char *program = v->workload->exact.size;
    snprintf(
        out, size,
        "Exact: hits of every exit times the instructions emitted on the way to it. The same on every machine with the "
        "same build, and without noise. Helpers written in C are not in it.%s%.40s%s",
        program ? " Counted on the program of size " : "", program ? program : "", program ? "." : "");
    return out;
}

static void draw_exact(Plot *p, double hi) {
    plot_linear_axis(p, hi, 1, "");
    rt_add(&p->gp, "x_right = %.6g\nset style fill solid 1 noborder\n", hi * 1.02);
    rt_add(&p->gp, "plot name.'.dat' using 4:1:(0):4:($1-0.3):($1+0.3):(sw[int($3)]):ytic(2) with boxxyerror lc rgb "
                   "variable notitle, \\\n");
    rt_add(&p->gp, "  '' using (x_right):1:5 with labels left offset 1.2,0 tc rgb fg notitle\n");
}

static void exact_rows(Plot *p, const ViewRow **rows, uint32_t n) {
    rt_add(&p->dat, "# row\tconfiguration\tcolour\thost_per_guest\ttext\n");
    for (uint32_t i = 0; i < n; i++) {
        plot_number(p, i);
        plot_cell(p, rows[i]->config->label);
        plot_number(p, rows[i]->colour);
        plot_number(p, rows[i]->host_per_guest.value);
        plot_cell(p, nt_ratio(rows[i]->host_per_guest).s);
        plot_end_row(p);
        plot_row_hot(p, i, "%s\n%s host instructions per guest instruction", rows[i]->config->label,
                     nt_ratio(rows[i]->host_per_guest).s);
    }
}

void plot_exact(PlotList *list, const View *v) {
    const ViewRow **rows = alloc_zeroed(v->rows.n + 1, sizeof *rows);
    uint32_t n = 0;
    size_t longest = 0;
    for (uint32_t i = 0; i < v->rows.n; i++) {
        const ViewRow *r = &v->rows.at[i];
        if (!r->host_per_guest.known) continue;
        rows[n++] = r;
        if (plot_label_width(r->config->label) > longest) longest = plot_label_width(r->config->label);
    }
    if (n) {
        qsort(rows, n, sizeof *rows, fewest_first);
        char title[256], caption[512];
        snprintf(title, sizeof title, "Host instructions per guest instruction: %s on %s", v->workload->name,
                 v->workload->guest);
        Plot *p = plot_begin(list, v, "exact", title, exact_caption(caption, sizeof caption, v));
        plot_rows(p, n, longest, 80);
        plot_head(p, "executed in generated code, exact count, fewest first");
        plot_rows_axis(p, n);
        exact_rows(p, rows, n);
        draw_exact(p, rows[n - 1]->host_per_guest.value);
    }
    free(rows);
}

static double phase_sum(const ViewRow *r) {
    double sum = 0;
    for (int i = 0; i < PHASE_COUNT; i++) sum += r->phase[i].known ? r->phase[i].value : 0;
    return sum;
}

static void phase_row(Plot *p, const ViewRow *r, uint32_t row) {
    double at = 0, sum = phase_sum(r);
    double share = r->phase[PHASE_TRANSLATE].known && sum > 0 ? r->phase[PHASE_TRANSLATE].value / sum : 0;
    char text[256];
    plot_number(p, row);
    plot_cell(p, r->config->label);
    for (int i = 0; i < PHASE_COUNT; i++) plot_number(p, at += r->phase[i].known ? r->phase[i].value : 0);
    snprintf(text, sizeof text, "%s, %s", nt_value(sum, "ns").s, nt_percent(share).s);
    plot_cell(p, text);
    plot_end_row(p);
    plot_row_hot(p, row, "%s\nload %s\ntranslate %s\nexecute %s", r->config->label, nt_value(r->phase[0].value, "ns").s,
                 nt_value(r->phase[1].value, "ns").s, nt_value(r->phase[2].value, "ns").s);
}

void plot_phases(PlotList *list, const View *v) {
    uint32_t n = 0, row = 0;
    size_t longest = 0;
    double hi = 0;
    for (uint32_t i = 0; i < v->rows.n; i++) {
        const ViewRow *r = &v->rows.at[i];
        if (phase_sum(r) <= 0) continue;
        n++;
        hi = fmax(hi, phase_sum(r));
        if (plot_label_width(r->config->label) > longest) longest = plot_label_width(r->config->label);
    }
    if (!n || view_per_work(v)) return; // parts of a run and of a unit of work do not add up: see plot_warmup()
    char title[256];
    snprintf(title, sizeof title, "Where the time goes: %s on %s", v->workload->name, v->workload->guest);
    Plot *p = plot_begin(list, v, "phases", title,
                         "Medians of the three phases of a run. The number on the right is their sum and the share "
                         "of translation.");
    plot_rows(p, n, longest, 150);
    p->top = 68;
    p->height += 14;
    plot_head(p, "CPU time, medians; on the right the sum and the share of translation");
    plot_rows_axis(p, n);
    double scale = hi >= 1e9 ? 1e9 : hi >= 1e6 ? 1e6 : 1e3;
    plot_linear_axis(p, hi, scale, hi >= 1e9 ? " s" : hi >= 1e6 ? " ms" : " µs");
    rt_add(&p->gp, "x_right = %.6g\n", hi * 1.02);
    rt_add(&p->dat, "# row\tconfiguration\tload_end\ttranslate_end\texecute_end\ttext\n");
    for (uint32_t i = 0; i < v->rows.n; i++)
        if (phase_sum(&v->rows.at[i]) > 0) phase_row(p, &v->rows.at[i], row++);
    rt_add(&p->gp,
           "set style fill solid 1 noborder\nset key at screen %.6f, screen %.6f right bottom horizontal Left reverse "
           "samplen 0.8 width 1 textcolor rgb fg\n",
           1 - 12.0 / p->width, 1 - 46.0 / p->height);
    rt_add(&p->gp, "plot name.'.dat' using 3:1:(0):3:($1-0.3):($1+0.3):ytic(2) with boxxyerror lc rgb phase_load title "
                   "'load', \\\n");
    rt_add(&p->gp,
           "  '' using 4:1:3:4:($1-0.3):($1+0.3) with boxxyerror lc rgb phase_translate title 'translate', \\\n");
    rt_add(&p->gp, "  '' using 5:1:4:5:($1-0.3):($1+0.3) with boxxyerror lc rgb phase_execute title 'execute', \\\n");
    rt_add(&p->gp, "  '' using (x_right):1:6 with labels left offset 1.2,0 tc rgb fg notitle\n");
}

// One configuration in all runs that have it: a dot per run.
static bool side_row(Plot *p, const ViewList *views, uint32_t first, uint32_t n, const ViewRow *lead, uint32_t row,
                     double *lo, double *hi) {
    ReportText tip = {0};
    rt_add(&tip, "%s", lead->config->label);
    uint32_t found = 0;
    for (uint32_t k = 0; k < n; k++) {
        const View *v = &views->at[first + k];
        const RunConfig *c = view_config(v->doc, lead->config->id);
        const ViewRow *r = c ? view_row(v, c) : NULL;
        if (!r || !r->time.known) continue;
        double at = row + (n > 1 ? 0.36 * ((double)k / (n - 1) - 0.5) : 0);
        plot_number(p, at);
        plot_cell(p, lead->config->label);
        plot_number(p, k);
        plot_number(p, r->time.value);
        plot_number(p, r->time.interval ? r->time.lo : r->time.value);
        plot_number(p, r->time.interval ? r->time.hi : r->time.value);
        plot_number(p, row);
        plot_end_row(p);
        *lo = fmin(*lo, r->time.interval ? r->time.lo : r->time.value);
        *hi = fmax(*hi, r->time.interval ? r->time.hi : r->time.value);
        rt_add(&tip, "\n%s: %s", v->letter, nt_value_interval(r->time, view_metric_unit(v)).s);
        found++;
    }
    if (found) plot_hot(p, 0, p->top + (double)row * PLOT_ROW, p->width, PLOT_ROW, rt_str(&tip));
    rt_free(&tip);
    return found > 0;
}

static void draw_sides(Plot *p, const ViewList *views, uint32_t first, uint32_t n) {
    ReportText *g = &p->gp;
    rt_add(g,
           "set key at screen %.6f, screen %.6f right bottom horizontal Left reverse samplen 0.6 width 1 textcolor "
           "rgb fg\nplot ",
           1 - 12.0 / p->width, 1 - 46.0 / p->height);
    rt_add(g, "name.'.dat' using 4:7:ytic(2) with dots lc rgb bg notitle, \\\n");
    rt_add(g,
           "  '' using 5:1:($6-$5):(0):(side[1+int($3)%%6]) with vectors nohead lw 2.5 lc rgb variable notitle, \\\n");
    rt_add(g, "  '' using 4:1:(side[1+int($3)%%6]) with points pt 7 ps 0.75 lc rgb variable notitle");
    for (uint32_t k = 0; k < n; k++)
        rt_add(g, ", \\\n  keyentry with points pt 7 ps 0.75 lc rgb side[%u] title '%s'", 1 + k % 6,
               views->at[first + k].letter);
    rt_add(g, "\n");
}

void plot_sides(PlotList *list, const ViewList *views, uint32_t first, uint32_t n) {
    const View *v = &views->at[first];
    char title[256], subtitle[160];
    snprintf(title, sizeof title, "The runs side by side: %s on %s", v->workload->name, v->workload->guest);
    snprintf(subtitle, sizeof subtitle, "%s; median and 95 %% interval, log axis, lower is better",
             view_metric_name(v));
    Plot *p =
        plot_begin(list, v, "sides", title,
                   "Medians of each run with their intervals. Whether a difference is real is for nightjar compare "
                   "to say.");
    size_t longest = 0;
    double lo = INFINITY, hi = 0;
    p->top = 68;
    rt_add(&p->dat, "# position\tconfiguration\trun\tvalue\tlo\thi\trow\n");
    uint32_t rows = 0;
    for (uint32_t i = 0; i < v->rows.n; i++) {
        if (!side_row(p, views, first, n, &v->rows.at[i], rows, &lo, &hi)) continue;
        rows++;
        if (plot_label_width(v->rows.at[i].config->label) > longest)
            longest = plot_label_width(v->rows.at[i].config->label);
    }
    plot_rows(p, rows, longest, 40);
    p->top = 68;
    p->height += 14;
    plot_head(p, subtitle);
    plot_rows_axis(p, rows);
    plot_log_axis(p, lo, hi, view_metric_unit(v));
    draw_sides(p, views, first, n);
}
