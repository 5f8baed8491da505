// Plots: each is a data file, a gnuplot script and what the page needs to know about it. A plot_*.c file decides what
// is drawn; plot_frame.c knows the geometry; report_gnuplot.c runs gnuplot. Colours live in assets/theme-*.gp.
#pragma once
#include "reports/report_view.h"

// A rectangle of the plot, in its pixels, that tells its values when the pointer is over it.
typedef struct PlotHot {
    double x, y, w, h;
    char *text;
} PlotHot;

typedef struct Plot {
    char name[160]; // file name without extension
    const char *kind;
    const View *view; // NULL for plots about several views
    char *title, *caption;
    int width, height, left, right, top, bottom;
    ReportText dat, gp;
    VEC(PlotHot) hots;
    bool drawn; // gnuplot made all of its pictures
} Plot;

typedef VEC(Plot) PlotList;

// A row of a plot with one configuration or switch per line: what all such plots share.
enum { PLOT_ROW = 23, PLOT_WIDTH = 880 };

Plot *plot_begin(PlotList *list, const View *v, const char *kind, const char *title, const char *caption);
void plot_rows(Plot *p, uint32_t rows, size_t longest_label, int right); // geometry of a plot of rows
void plot_head(Plot *p, const char *subtitle);                           // margins, title, y axis; after the geometry
void plot_rows_axis(Plot *p, uint32_t rows);
void plot_cell(Plot *p, const char *text); // a text field of the data file, made harmless, then a tab
void plot_number(Plot *p, double x);       // a number or NaN, then a tab
void plot_end_row(Plot *p);
void plot_row_hot(Plot *p, uint32_t row, const char *fmt, ...) PRINTF_LIKE(3, 4);
void plot_hot(Plot *p, double x, double y, double w, double h, const char *text);
void plot_log_axis(Plot *p, double lo, double hi, const char *suffix);       // x axis over [lo, hi], ticks at 1, 2, 5
void plot_linear_axis(Plot *p, double hi, double scale, const char *suffix); // x axis over [0, hi]
void plot_quote(ReportText *out, const char *s);                             // a gnuplot string
void plot_quote_tick(ReportText *out, const char *s); // an axis's tick, which gnuplot reads as a format
size_t plot_label_width(const char *s);               // characters, not bytes
double plot_nice_step(double range, int ticks);
void plots_free(PlotList *list);
const Plot *plot_find(const PlotList *list, const View *v, const char *kind); // NULL when there is none

// Each adds its plot when the view has the data for it, else nothing.
void plot_speedup(PlotList *list, const View *v);
void plot_waterfall(PlotList *list, const View *v, const RunAttribution *a, const char *kind);
void plot_switches(PlotList *list, const View *v);
void plot_interactions(PlotList *list, const View *v);
void plot_exact(PlotList *list, const View *v);
void plot_phases(PlotList *list, const View *v);
void plot_warmup(PlotList *list, const View *v);
void plot_counters(PlotList *list, const View *v);
void plot_peers(PlotList *list, const View *v);
void plot_sides(PlotList *list, const ViewList *views, uint32_t first, uint32_t n); // the same workload in n runs
void plot_all(PlotList *list, const ViewList *views);
