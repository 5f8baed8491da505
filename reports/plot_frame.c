// Geometry and plumbing that all plots share. Margins are given to gnuplot in fractions of the size, so the page knows
// where each row lies and can put hover areas over it.
#include "base/alloc.h"
#include "reports/plot.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_MAX = 44, CHAR_WIDTH_10 = 66 }; // 6.6 pixels per character at the size in style.gp

size_t plot_label_width(const char *s) {
    size_t n = 0;
    for (; *s; s++) n += ((unsigned char)*s & 0xc0) != 0x80;
    return n < LABEL_MAX ? n : LABEL_MAX;
}

Plot *plot_begin(PlotList *list, const View *v, const char *kind, const char *title, const char *caption) {
    Plot p = {.kind = kind, .view = v, .width = PLOT_WIDTH, .title = alloc_text(title), .caption = alloc_text(caption)};
    snprintf(p.name, sizeof p.name, "%s-%s", v->slug, kind);
    vec_push(list, p);
    return &list->at[list->n - 1];
}

void plot_rows(Plot *p, uint32_t rows, size_t longest_label, int right) {
    p->left = (int)(longest_label * CHAR_WIDTH_10 / 10) + 22;
    if (p->left < 96) p->left = 96;
    p->right = right;
    p->top = 54;
    p->bottom = 34;
    p->height = p->top + (int)rows * PLOT_ROW + p->bottom;
}

// One character for gnuplot: no control characters, and no backslash, which it would read as the start of "\n".
static void harmless(ReportText *out, const char **s) {
    size_t skip = rt_unprintable(*s);
    if (skip) {
        rt_add(out, " ");
        *s += skip - 1;
    } else if (**s == '\\')
        rt_add(out, "∖");
    else
        rt_bytes(out, *s, 1);
}

static void quote(ReportText *out, const char *s, bool format) {
    rt_add(out, "'");
    for (; *s; s++) {
        if (*s == '\'')
            rt_add(out, "''");
        else if (*s == '%' && format)
            rt_add(out, "%%%%");
        else
            harmless(out, &s);
    }
    rt_add(out, "'");
}

void plot_quote(ReportText *out, const char *s) { quote(out, s, false); }
// WHY: labels of ticks that a script lists go through a formatter, which reads %s as a value to print.
void plot_quote_tick(ReportText *out, const char *s) { quote(out, s, true); }

void plot_head(Plot *p, const char *subtitle) {
    ReportText *g = &p->gp;
    rt_add(g, "# %s. Draw it again: gnuplot -e \"plot='%s'\" render.gp\n", p->kind, p->name);
    rt_add(g, "name = '%s'; width = %d; height = %d\n", p->name, p->width, p->height);
    rt_add(g, "load 'theme-'.theme.'.gp'\nload 'style.gp'\n");
    rt_add(g, "set lmargin at screen %.6f; set rmargin at screen %.6f\n", (double)p->left / p->width,
           1 - (double)p->right / p->width);
    rt_add(g, "set tmargin at screen %.6f; set bmargin at screen %.6f\n", 1 - (double)p->top / p->height,
           (double)p->bottom / p->height);
    rt_add(g, "set label 1 ");
    plot_quote(g, p->title);
    rt_add(g, " at screen %.6f, screen %.6f left tc rgb fg font title_font\n", 12.0 / p->width, 1 - 17.0 / p->height);
    if (subtitle && *subtitle) {
        rt_add(g, "set label 2 ");
        plot_quote(g, subtitle);
        rt_add(g, " at screen %.6f, screen %.6f left tc rgb muted\n", 12.0 / p->width, 1 - 36.0 / p->height);
    }
}

void plot_rows_axis(Plot *p, uint32_t rows) { rt_add(&p->gp, "set yrange [%g:-0.5]; set ytics scale 0\n", rows - 0.5); }

// WHY: gnuplot reads a double quote as the end of a string field even between tabs, and tabs end the field.
void plot_cell(Plot *p, const char *text) {
    size_t n = 0;
    for (const char *s = text; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if ((c & 0xc0) != 0x80 && ++n == LABEL_MAX && plot_label_width(s) > 1) {
            rt_add(&p->dat, "…");
            break;
        }
        if (c == '"')
            rt_add(&p->dat, "'");
        else
            harmless(&p->dat, &s);
    }
    rt_add(&p->dat, "%s\t", *text ? "" : "-");
}

void plot_number(Plot *p, double x) {
    if (isfinite(x))
        rt_add(&p->dat, "%.6g\t", x);
    else
        rt_add(&p->dat, "NaN\t");
}

void plot_end_row(Plot *p) {
    if (p->dat.n && p->dat.s[p->dat.n - 1] == '\t') p->dat.s[p->dat.n - 1] = '\n';
}

void plot_hot(Plot *p, double x, double y, double w, double h, const char *text) {
    PlotHot hot = {x, y, w, h, alloc_text(text)};
    vec_push(&p->hots, hot);
}

void plot_row_hot(Plot *p, uint32_t row, const char *fmt, ...) {
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    plot_hot(p, 0, p->top + (double)row * PLOT_ROW, p->width, PLOT_ROW, text);
}

// A time axis ("ns") names its unit at each tick; any other suffix is appended as it is.
static NumText tick(double x, const char *suffix) {
    NumText t;
    bool ns = strcmp(suffix, "ns") == 0;
    double scale = !ns || x < 1e3 ? 1 : x < 1e6 ? 1e3 : x < 1e9 ? 1e6 : 1e9;
    const char *unit = !ns ? suffix : x < 1e3 ? " ns" : x < 1e6 ? " µs" : x < 1e9 ? " ms" : " s";
    snprintf(t.s, sizeof t.s, "%.10g%s", x / scale, unit);
    return t;
}

void plot_log_axis(Plot *p, double lo, double hi, const char *suffix) {
    static const double steps[] = {1, 2, 3, 5, 7};
    if (!(lo > 0) || !isfinite(lo)) lo = 0.5;
    if (!(hi > lo) || !isfinite(hi)) hi = lo * 2;
    double room = pow(hi / lo, 0.03);
    if (room < 1.01) room = 1.01;
    lo /= room, hi *= room;
    rt_add(&p->gp, "set logscale x; set xrange [%.6g:%.6g]\nset xtics (", lo, hi);
    bool fine = hi / lo<4, many = hi / lo> 12, any = false;
    for (int e = (int)floor(log10(lo)); e <= (int)ceil(log10(hi)); e++) {
        double decade = pow(10, e);
        for (size_t i = 0; i < ARRAY_LEN(steps) && !fine; i++) {
            double x = steps[i] * decade;
            if (x < lo || x > hi || (many && (steps[i] == 3 || steps[i] == 7)) || (hi / lo > 2000 && i)) continue;
            rt_add(&p->gp, "%s'%s' %.10g", any ? ", " : "", tick(x, suffix).s, x);
            any = true;
        }
    }
    double step = plot_nice_step(hi - lo, 6);
    for (double x = ceil(lo / step) * step; fine && x <= hi; x += step) {
        rt_add(&p->gp, "%s'%s' %.10g", any ? ", " : "", tick(round(x / step) * step, suffix).s, x);
        any = true;
    }
    rt_add(&p->gp, ")\n");
}

double plot_nice_step(double range, int ticks) {
    if (!(range > 0)) return 1;
    double raw = range / ticks, decade = pow(10, floor(log10(raw))), m = raw / decade;
    return decade * (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10);
}

void plot_linear_axis(Plot *p, double hi, double scale, const char *suffix) {
    if (!(hi > 0)) hi = 1;
    double step = plot_nice_step(hi / scale, 6);
    rt_add(&p->gp, "set xrange [0:%.6g]\nset xtics (", hi * 1.02);
    for (double x = 0; x * scale <= hi * 1.02; x += step)
        rt_add(&p->gp, "%s'%g%s' %.6g", x > 0 ? ", " : "", round(x / step) * step, suffix, x * scale);
    rt_add(&p->gp, ")\n");
}

void plots_free(PlotList *list) {
    for (uint32_t i = 0; i < list->n; i++) {
        Plot *p = &list->at[i];
        for (uint32_t h = 0; h < p->hots.n; h++) free(p->hots.at[h].text);
        vec_free(&p->hots);
        free(p->title);
        free(p->caption);
        rt_free(&p->dat);
        rt_free(&p->gp);
    }
    vec_free(list);
}

const Plot *plot_find(const PlotList *list, const View *v, const char *kind) {
    for (uint32_t i = 0; i < list->n; i++)
        if (list->at[i].view == v && strcmp(list->at[i].kind, kind) == 0) return &list->at[i];
    return NULL;
}

void plot_all(PlotList *list, const ViewList *views) {
    for (uint32_t i = 0; i < views->n; i++) {
        const View *v = &views->at[i];
        plot_speedup(list, v);
        plot_peers(list, v);
        if (v->parts) plot_waterfall(list, v, v->parts, "waterfall");
        if (v->exact && v->exact != v->parts) plot_waterfall(list, v, v->exact, "waterfall-exact");
        plot_switches(list, v);
        plot_interactions(list, v);
        plot_exact(list, v);
        plot_phases(list, v);
        plot_warmup(list, v);
        plot_counters(list, v);
    }
    for (uint32_t i = 0, n; i < views->n; i += n) {
        for (n = 1; i + n < views->n && view_same_subject(&views->at[i], &views->at[i + n]);) n++;
        if (n > 1) plot_sides(list, views, i, n);
    }
}
