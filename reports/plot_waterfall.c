// The attribution: Shapley parts that multiply up to the total, one step per switch; and per switch the three answers
// to "what does it buy": added to nothing, its Shapley part, left out of everything.
#include "base/alloc.h"
#include "reports/plot.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t shapley_parts(const RunAttribution *a) {
    uint32_t n = 0;
    while (n < a->parts.n && a->parts.at[n].shapley.known) n++;
    return n;
}

// Columns: row, label, colour, from, to, lo, hi, text.
static void step_row(Plot *p, uint32_t row, const char *label, int colour, double from, Est e, const char *text) {
    plot_number(p, row);
    plot_cell(p, label);
    plot_number(p, colour);
    plot_number(p, from);
    plot_number(p, from * e.value);
    plot_number(p, e.interval ? from * e.lo : NAN);
    plot_number(p, e.interval ? from * e.hi : NAN);
    plot_cell(p, text);
    plot_end_row(p);
}

static void draw_steps(Plot *p) {
    ReportText *g = &p->gp;
    rt_add(g, "set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb muted lw 1\nset style fill solid 1 noborder\n");
    rt_add(g, "plot name.'.dat' using 5:1:(0):(1) with vectors nohead lw 1 lc rgb muted notitle, \\\n");
    rt_add(
        g,
        "  '' using 4:1:4:5:($1-0.32):($1+0.32):(sw[int($3)]):ytic(2) with boxxyerror lc rgb variable notitle, \\\n");
    rt_add(g, "  '' using 6:1:($7-$6):(0) with vectors heads size screen 0.003,90 lw 1.5 lc rgb fg notitle, \\\n");
    rt_add(g, "  '' using (x_right):1:8 with labels left offset 1.2,0 tc rgb fg notitle\n");
}

static void waterfall_rows(Plot *p, const RunAttribution *a, const RunPart *parts, uint32_t n, double *lo, double *hi,
                           uint32_t *rows) {
    double at = 1;
    Est total = run_total_est(a);
    *rows = 0;
    for (uint32_t i = 0; i < n; i++) {
        Est e = parts[i].shapley;
        char text[256];
        snprintf(text, sizeof text, "× %s %s", nt_ratio(e).s, nt_interval(e).s);
        step_row(p, *rows, parts[i].feature, view_switch_colour(parts[i].feature), at, e, text);
        plot_row_hot(p, (*rows)++, "%s\nShapley part %s\nfrom %.3g× to %.3g×", parts[i].feature, nt_ratio_interval(e).s,
                     at, at * e.value);
        if (e.interval) *lo = fmin(*lo, at * e.lo), *hi = fmax(*hi, at * e.hi);
        at *= e.value;
        *lo = fmin(*lo, at), *hi = fmax(*hi, at);
    }
    if (!total.known) return;
    if (fabs(log(total.value / at)) > 0.005) { // the plan's factorial does not span every switch
        Est rest = est_of(total.value / at);
        char text[256];
        snprintf(text, sizeof text, "× %s", nt_ratio(rest).s);
        step_row(p, *rows, "not attributed", COLOUR_PLAIN, at, rest, text);
        plot_row_hot(p, (*rows)++, "not attributed to a switch\n%s", nt_ratio_interval(rest).s);
    }
    char text[256];
    snprintf(text, sizeof text, "%s× in all %s", nt_ratio(total).s, nt_interval(total).s);
    step_row(p, *rows, "total", COLOUR_PLAIN, 1, total, text);
    plot_row_hot(p, (*rows)++, "total\n%s", nt_ratio_interval(total).s);
    *hi = fmax(*hi, total.value), *lo = fmin(*lo, total.value);
}

static const char *waterfall_caption(char *out, size_t size, const View *v, const RunAttribution *a, bool exact) {
    int used =
        snprintf(out, size, "%s",
                 exact ? "The same attribution on executed host instructions: exact, free of noise."
                       : "Each step is a switch's Shapley part: its factor averaged over every order of switching on. "
                         "Whiskers are 95 % intervals.");
    Est total = run_total_est(a);
    const ViewRow *on = v->on ? view_row(v, v->on) : NULL;
    if (!exact && on && v->baseline == v->off && on->speedup.known && total.known &&
        fabs(log(on->speedup.value / total.value)) > 0.03)
        snprintf(
            out + used, size - (size_t)used,
            " The factorial spans these switches only, with the others on: together they make %s×, all on over all "
            "off is %s×.",
            nt_ratio(total).s, nt_ratio(on->speedup).s);
    return out;
}

void plot_waterfall(PlotList *list, const View *v, const RunAttribution *a, const char *kind) {
    const RunPart *parts = a->parts.at;
    uint32_t n = shapley_parts(a), rows;
    if (!n) return;
    bool exact = strcmp(kind, "waterfall") != 0;
    char title[256], subtitle[256], caption[512];
    snprintf(title, sizeof title, "Which switch buys %s: %s on %s", exact ? "how many fewer host instructions" : "what",
             v->workload->name, v->workload->guest);
    snprintf(subtitle, sizeof subtitle, "%s; Shapley parts multiply up to the total, log axis%s",
             v->doc->metrics.at[a->metric].name, exact ? ", exact counts" : "");
    Plot *p = plot_begin(list, v, kind, title, waterfall_caption(caption, sizeof caption, v, a, exact));
    double lo = 1, hi = 1;
    size_t longest = strlen("not attributed");
    for (uint32_t i = 0; i < n; i++)
        if (plot_label_width(parts[i].feature) > longest) longest = plot_label_width(parts[i].feature);
    rt_add(&p->dat, "# row\tswitch\tcolour\tfrom\tto\tlo\thi\ttext\n");
    p->top = 54;
    waterfall_rows(p, a, parts, n, &lo, &hi, &rows);
    plot_rows(p, rows, longest, 190);
    plot_head(p, subtitle);
    plot_rows_axis(p, rows);
    plot_log_axis(p, lo, hi, "×");
    rt_add(&p->gp, "x_right = %.6g\n", hi * fmax(1.01, pow(hi / lo, 0.03)));
    draw_steps(p);
}

static void switch_row(Plot *p, uint32_t row, const RunPart *s, double *lo, double *hi) {
    const Est *e[] = {&s->add_one, &s->shapley, &s->leave_one_out};
    plot_number(p, row);
    plot_cell(p, s->feature);
    plot_number(p, view_switch_colour(s->feature));
    for (size_t i = 0; i < ARRAY_LEN(e); i++) {
        plot_number(p, e[i]->known ? e[i]->value : NAN);
        plot_number(p, e[i]->known && e[i]->interval ? e[i]->lo : NAN);
        plot_number(p, e[i]->known && e[i]->interval ? e[i]->hi : NAN);
        if (!e[i]->known) continue;
        *lo = fmin(*lo, e[i]->interval ? e[i]->lo : e[i]->value);
        *hi = fmax(*hi, e[i]->interval ? e[i]->hi : e[i]->value);
    }
    plot_end_row(p);
    plot_hot(p, 0, p->top + row * 1.6 * PLOT_ROW, p->width, 1.6 * PLOT_ROW, "");
    PlotHot *hot = &p->hots.at[p->hots.n - 1];
    free(hot->text);
    hot->text = alloc_print("%s\nadded alone %s\nShapley part %s\nleft out alone %s", s->feature,
                            nt_ratio_interval(s->add_one).s, nt_ratio_interval(s->shapley).s,
                            nt_ratio_interval(s->leave_one_out).s);
}

// `factorial`: there are Shapley parts.
static void draw_switches(Plot *p, bool factorial) {
    static const struct {
        const char *title;
        int column, point;
        double dy;
    } series[] = {{"added to all off", 4, 6, -0.22}, {"Shapley part", 7, 7, 0}, {"left out of all on", 10, 4, 0.22}};
    ReportText *g = &p->gp;
    rt_add(g, "set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb muted lw 1\n");
    rt_add(g,
           "set key at screen %.6f, screen %.6f right bottom horizontal Left reverse samplen 0.6 width 1 textcolor "
           "rgb fg\n",
           1 - 12.0 / p->width, 1 - 44.0 / p->height);
    rt_add(g, "plot ");
    for (size_t i = 0; i < ARRAY_LEN(series); i++) {
        int c = series[i].column;
        rt_add(g,
               "%sname.'.dat' using %d:($1%+g):($%d-$%d):(0):(sw[int($3)]) with vectors nohead lw 1.5 lc rgb variable "
               "notitle, \\\n",
               i ? "  " : "", c + 1, series[i].dy, c + 2, c + 1);
        rt_add(g, "  '' using %d:($1%+g):(sw[int($3)])%s with points pt %d ps 0.8 lw 1.5 lc rgb variable notitle, \\\n",
               c, series[i].dy, i == 1 ? ":ytic(2)" : "", series[i].point);
        if (i == 1 && !factorial) continue; // there are none
        rt_add(g, "  keyentry with points pt %d ps 0.8 lw 1.5 lc rgb fg title '%s'%s\n", series[i].point,
               series[i].title, i + 1 < ARRAY_LEN(series) ? ", \\" : "");
    }
}

static bool is_timed(const RunPart *s) { return s->add_one.known || s->shapley.known || s->leave_one_out.known; }

static bool has_shapley(const View *v) {
    for (uint32_t i = 0; i < v->switches.n; i++)
        if (v->switches.at[i].time.shapley.known) return true;
    return false;
}

void plot_switches(PlotList *list, const View *v) {
    uint32_t n = 0, row = 0;
    for (uint32_t i = 0; i < v->switches.n; i++) n += is_timed(&v->switches.at[i].time);
    if (!n) return;
    char title[256], subtitle[128];
    bool factorial = has_shapley(v);
    snprintf(title, sizeof title, "%s answers per switch: %s on %s", factorial ? "Three" : "Two", v->workload->name,
             v->workload->guest);
    snprintf(subtitle, sizeof subtitle, "%s; speedup, 95 %% interval, log axis", view_metric_name(v));
    Plot *p = plot_begin(
        list, v, "switches", title,
        factorial ? "Far apart, the three mean that the switch's worth depends on the others: see the interactions."
                  : "Far apart, the two mean that the switch's worth depends on the others.");
    size_t longest = 0;
    double lo = 1, hi = 1;
    for (uint32_t i = 0; i < v->switches.n; i++)
        if (is_timed(&v->switches.at[i].time) && plot_label_width(v->switches.at[i].time.feature) > longest)
            longest = plot_label_width(v->switches.at[i].time.feature);
    plot_rows(p, n, longest, 24);
    p->top = 68;
    p->height = p->top + (int)(n * 1.6 * PLOT_ROW) + p->bottom;
    rt_add(&p->dat, "# row\tswitch\tcolour\tadd_one\tlo\thi\tshapley\tlo\thi\tleave_one_out\tlo\thi\n");
    for (uint32_t i = 0; i < v->switches.n; i++)
        if (is_timed(&v->switches.at[i].time)) switch_row(p, row++, &v->switches.at[i].time, &lo, &hi);
    plot_head(p, subtitle);
    plot_rows_axis(p, n);
    plot_log_axis(p, lo, hi, "×");
    draw_switches(p, factorial);
}
