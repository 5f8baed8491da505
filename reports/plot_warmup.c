// The warm-up: a run cut into twenty parts of equal numbers of guest instructions, each part's CPU time beside that of the
// steady state. What stands above 1 at the left is the first pass over the code: translation, and code not yet optimized.
#include "reports/plot.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HEIGHT = 190, BOTTOM = 46, SERIES_MAX = 4 };

static uint32_t find(const View *v, const RunWarmup **out) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < v->doc->summary.warmup.n && n < SERIES_MAX; i++) {
        const RunWarmup *w = &v->doc->summary.warmup.at[i];
        if (w->workload == view_workload(v) && w->steady_ns > 0 && w->slices.n) out[n++] = w;
    }
    return n;
}

static const RunConfig *config_of(const View *v, const RunWarmup *w) { return &v->doc->configs.at[w->config]; }

static void draw(Plot *p, const View *v, const RunWarmup *const *w, uint32_t n, uint32_t parts, double most) {
    ReportText *g = &p->gp;
    double step = plot_nice_step(most, 4);
    rt_add(g, "set xrange [0.5:%g]; set yrange [0:%.4g]\nset xtics 5 out; set grid ytics lt 1 lw 0.6 lc rgb grid\n",
           parts + 0.5, most * 1.08);
    rt_add(g, "set ytics (");
    for (int i = 0; i * step <= most * 1.08; i++) rt_add(g, "%s'%g×' %g", i ? ", " : "", i * step, i * step);
    rt_add(g, ")\nset label 3 'part of the run' at graph 0.5, screen %.6f center tc rgb muted\n", 10.0 / p->height);
    rt_add(
        g,
        "set key at screen %.6f, screen %.6f right bottom horizontal Left reverse samplen 1 width 1 textcolor rgb fg\n",
        1 - 12.0 / p->width, 1 - 46.0 / p->height);
    rt_add(g, "set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead lc rgb muted lw 1\nplot ");
    for (uint32_t s = 0; s < n; s++) {
        rt_add(g, "%sname.'.dat' using 1:%u with linespoints lt 1 lw 1.5 pt 7 ps 0.6 lc rgb sw[%d] title ",
               s ? ", \\\n  " : "", s + 2, config_of(v, w[s]) == v->on ? COLOUR_ALL_ON : COLOUR_PLAIN + (int)s);
        plot_quote(g, config_of(v, w[s])->label);
    }
    rt_add(g, "\n");
}

void plot_warmup(PlotList *list, const View *v) {
    const RunWarmup *w[SERIES_MAX];
    uint32_t n = find(v, w), parts = n ? w[0]->slices.n : 0;
    double most = 1;
    if (!n) return;
    for (uint32_t s = 0; s < n; s++) parts = w[s]->slices.n < parts ? w[s]->slices.n : parts;
    char title[256];
    snprintf(title, sizeof title, "Warm-up: %s on %s", v->workload->name, v->workload->guest);
    Plot *p =
        plot_begin(list, v, "warmup", title,
                   "Each part has the same number of guest instructions. Above 1: it took longer than a part of the "
                   "steady state. The first parts hold the first pass over the code, which is translated there.");
    p->left = 60, p->right = 24, p->top = 68, p->bottom = BOTTOM;
    p->height = p->top + HEIGHT + p->bottom;
    plot_head(p, "CPU time of each part of a run; the steady state is 1");
    rt_add(&p->dat, "# part");
    for (uint32_t s = 0; s < n; s++) rt_add(&p->dat, "\t%s", config_of(v, w[s])->id);
    rt_add(&p->dat, "\n");
    double width = (double)(p->width - p->left - p->right) / parts;
    for (uint32_t i = 0; i < parts; i++) {
        ReportText tip = {0};
        rt_add(&tip, "part %u of %u", i + 1, parts);
        plot_number(p, i + 1);
        for (uint32_t s = 0; s < n; s++) {
            const RunPartTime *t = &w[s]->slices.at[i];
            plot_number(p, t->cpu_ns / w[s]->steady_ns);
            most = fmax(most, t->cpu_ns / w[s]->steady_ns);
            rt_add(&tip, "\n%s: %s, of it %s translation, %.2f× the steady state", config_of(v, w[s])->label,
                   nt_value(t->cpu_ns, "ns").s, nt_value(t->translate_ns, "ns").s, t->cpu_ns / w[s]->steady_ns);
        }
        plot_end_row(p);
        plot_hot(p, p->left + i * width, p->top, width, HEIGHT, tip.s);
        rt_free(&tip);
    }
    draw(p, v, w, n, parts, most);
}
