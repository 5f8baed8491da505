// What the page shows of one workload of one run: pictures, and the tables with every number in them.
#include "base/alloc.h"
#include "reports/page.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *seen(const View *v, const RunPart *p, const RunPart *exact) {
    Est e = p->shapley.known ? p->shapley : p->leave_one_out;
    if (!e.known) return exact->leave_one_out.known || exact->shapley.known ? "counted, not timed" : "not measured";
    if (!e.interval) return "no interval";
    if (!est_excludes_one(e)) return "no effect seen";
    if (v->noise && fabs(log(e.value)) < log1p(v->noise->mde)) return "too small to trust";
    return e.value > 1 ? "faster" : "slower";
}

static Est bare(Est e) {
    e.interval = false;
    return e;
}

typedef struct SwitchColumn {
    const char *head;
    size_t offset; // place of the Est in ViewSwitch
    bool exact, any;
} SwitchColumn;

static Est est_at(const ViewSwitch *s, const SwitchColumn *c) {
    Est e = *(const Est *)(const void *)((const char *)s + c->offset);
    return c->exact ? bare(e) : e;
}

// A column that the plan did not measure for any switch is left out.
static void switch_table(ReportText *out, const View *v) {
    SwitchColumn columns[] = {{"#Shapley part", offsetof(ViewSwitch, time.shapley), false, false},
                              {"#Added to all off", offsetof(ViewSwitch, time.add_one), false, false},
                              {"#Added last", offsetof(ViewSwitch, time.leave_one_out), false, false},
                              {"#Exact: Shapley", offsetof(ViewSwitch, exact.shapley), true, false},
                              {"#Exact: added to all off", offsetof(ViewSwitch, exact.add_one), true, false},
                              {"#Exact: added last", offsetof(ViewSwitch, exact.leave_one_out), true, false}};
    const char *heads[ARRAY_LEN(columns) + 3] = {"Switch"};
    uint32_t n = 1;
    for (size_t c = 0; c < ARRAY_LEN(columns); c++) {
        for (uint32_t i = 0; i < v->switches.n; i++) columns[c].any |= est_at(&v->switches.at[i], &columns[c]).known;
        if (columns[c].any) heads[n++] = columns[c].head;
    }
    heads[n++] = "Reading";
    rt_add(out, "<details><summary>Every number about every switch</summary>");
    table_begin(out,
                "What each switch buys, as a speedup; the exact columns count host instructions. – : not measured.",
                heads);
    for (uint32_t i = 0; i < v->switches.n; i++) {
        const ViewSwitch *s = &v->switches.at[i];
        table_row(out);
        table_name(out, view_switch_colour(s->time.feature), s->time.feature);
        for (size_t c = 0; c < ARRAY_LEN(columns); c++) {
            Est e = est_at(s, &columns[c]);
            if (columns[c].any) table_est(out, e, nt_ratio_interval(e).s);
        }
        table_text(out, seen(v, &s->time, &s->exact));
    }
    table_end(out);
    rt_add(out, "</details>\n");
}

static void counter_table(ReportText *out, const View *v) {
    const char **heads = alloc_zeroed(v->doc->metrics.n + 2, sizeof *heads);
    const RunMetric **shown = alloc_zeroed(v->doc->metrics.n + 1, sizeof *shown);
    char(*names)[96] = alloc_zeroed(v->doc->metrics.n + 1, sizeof *names);
    uint32_t n = 0;
    heads[0] = "Configuration";
    for (uint32_t m = 0; m < v->doc->metrics.n; m++) {
        bool any = false;
        for (uint32_t i = 0; i < v->rows.n && !any; i++)
            any = view_cell(v, v->rows.at[i].config, &v->doc->metrics.at[m]) != NULL;
        if (!any) continue;
        snprintf(names[n], sizeof names[n], "#%s", v->doc->metrics.at[m].name);
        shown[n] = &v->doc->metrics.at[m];
        heads[n + 1] = names[n];
        n++;
    }
    if (n) {
        rt_add(out, "<div class=\"wide\">");
        table_begin(out, "Medians; hover for the full number.", heads);
        for (uint32_t i = 0; i < v->rows.n; i++) {
            const ViewRow *r = &v->rows.at[i];
            table_row(out);
            table_name(out, r->colour, r->config->label);
            for (uint32_t k = 0; k < n; k++) {
                const RunCell *c = view_cell(v, r->config, shown[k]);
                bool known = c && c->n > 0 && isfinite(c->median);
                bool ns = strcmp(shown[k]->unit, "ns") == 0;
                table_number(out, known ? c->median : NAN,
                             !known ? "–"
                             : ns   ? nt_value(c->median, "ns").s
                                    : nt_count(c->median).s,
                             known ? nt_exact(round(c->median)).s : "");
            }
        }
        table_end(out);
        rt_add(out,
               "</div><p class=\"printed\">The table of all %u metrics is too wide for paper: see the page on a "
               "screen.</p>\n",
               n);
    }
    free(heads);
    free(shown);
    free(names);
}

static void peers_table(ReportText *out, const View *v) {
    bool any = false;
    for (uint32_t i = 0; i < v->rows.n; i++) any |= v->rows.at[i].config->peer != NULL;
    if (!any || !v->lead) return;
    char head[160];
    snprintf(head, sizeof head, "#%.80s against it", v->lead->label);
    const char *heads[] = {"Peer", "#Median", head, "#n", NULL};
    table_begin(out, "The same program, run in another way. Above 1: this emulator is the faster one.", heads);
    for (uint32_t i = 0; i < v->rows.n; i++) {
        const ViewRow *r = &v->rows.at[i];
        if (!r->config->peer) continue;
        Est e = view_against(v, r->config, v->lead);
        char n[16];
        snprintf(n, sizeof n, "%d", r->n);
        table_row(out);
        table_name(out, COLOUR_PEER, r->config->label);
        table_est(out, r->time, nt_value_interval(r->time, view_metric_unit(v)).s);
        table_est(out, e, nt_ratio_interval(e).s);
        table_number(out, r->n, n, NULL);
    }
    table_end(out);
}

static void heading(ReportText *out, const View *v) {
    rt_add(out, "<section id=\"");
    page_slug(out, v);
    rt_add(out, "\" class=\"subject\"><h2>");
    if (v->letter[0]) rt_add(out, "<b class=\"run\">%s</b> ", v->letter);
    rt_html(out, v->workload->title);
    rt_add(out, " <small>");
    rt_html(out, v->workload->guest);
    if (view_per_work(v)) {
        rt_add(out, ", times of a unit of work (");
        rt_html(out, v->workload->work_unit);
        rt_add(out, ")");
    } else if (v->workload->work > 0) {
        rt_add(out, ", %s ", nt_exact(v->workload->work).s);
        rt_html(out, v->workload->work_unit);
    }
    rt_add(out, "</small></h2>\n");
}

static void headline(ReportText *out, const View *v) {
    ReportText t = {0};
    view_headline(&t, v);
    rt_add(out, "<p class=\"sentence\">");
    rt_html(out, rt_str(&t));
    rt_add(out, "</p>");
    rt_free(&t);
    view_finding(&t, v);
    if (t.n) rt_add(out, "<p class=\"finding\">"), rt_html(out, t.s), rt_add(out, "</p>");
    rt_add(out, "\n");
    rt_free(&t);
}

static void what_switches_buy(ReportText *out, const PageInput *in, const View *v) {
    const Plot *waterfall = plot_find(in->plots, v, "waterfall"), *switches = plot_find(in->plots, v, "switches");
    rt_add(out, "<h3>What each switch buys</h3>\n");
    if (!waterfall)
        rt_add(out,
               "<p class=\"missing\">Not every combination of switches was timed here, so there are no Shapley parts "
               "of the time and no interactions%s. <code>nightjar bench --matrix full</code> times them all.</p>\n",
               plot_find(in->plots, v, "waterfall-exact") ? "; those of the host instructions are below" : "");
    page_plot(out, in, waterfall ? waterfall : switches);
    switch_table(out, v);
    if (!waterfall) return;
    rt_add(out, "<details><summary>Three answers per switch, and interactions</summary>");
    page_plot(out, in, switches);
    page_plot(out, in, plot_find(in->plots, v, "interactions"));
    rt_add(out, "</details>\n");
}

static void how_much_work(ReportText *out, const PageInput *in, const View *v) {
    const Plot *exact = plot_find(in->plots, v, "exact");
    if (!exact) return;
    rt_add(out, "<details><summary>How much work, exactly: host instructions per guest instruction</summary>\n");
    page_plot(out, in, exact);
    page_plot(out, in, plot_find(in->plots, v, "waterfall-exact"));
    rt_add(out, "</details>\n");
}

static void behind_the_time(ReportText *out, const PageInput *in, const View *v) {
    const Plot *phases = plot_find(in->plots, v, "phases"), *counters = plot_find(in->plots, v, "counters");
    rt_add(out, "<details><summary>Behind the time: phases, counters, every metric</summary>\n");
    page_plot(out, in, phases);
    page_plot(out, in, plot_find(in->plots, v, "warmup"));
    page_plot(out, in, counters);
    counter_table(out, v);
    rt_add(out, "</details>\n");
}

void page_subject(ReportText *out, const PageInput *in, const View *v) {
    heading(out, v);
    headline(out, v);
    page_hot_link(out, in, v);
    if (!v->rows.n) rt_add(out, "<p class=\"missing\">No configuration has a valid sample of this workload.</p>");
    if (v->rows.n) {
        if (v->doc->plan.reps) rt_add(out, "<h3>How fast</h3>\n");
        page_plot(out, in, plot_find(in->plots, v, "speedup"));
        const Plot *peers = plot_find(in->plots, v, "peers");
        if (peers) {
            rt_add(out, "<details><summary>Beside its peers</summary>");
            page_plot(out, in, peers);
            peers_table(out, v);
            rt_add(out, "</details>\n");
        }
        rt_add(out, "<p><a href=\"#cells\" data-search=\"");
        rt_html(out, v->workload->name);
        rt_add(out, " ");
        rt_html(out, v->workload->guest);
        rt_add(out, "\">Its %u configuration%s as a table</a></p>\n", v->rows.n, v->rows.n == 1 ? "" : "s");
    }
    if (v->switches.n) what_switches_buy(out, in, v);
    how_much_work(out, in, v);
    behind_the_time(out, in, v);
    rt_add(out, "</section>\n");
}
