// What the page shows of one workload of one run: pictures, and the tables with every number in them.
#include "reports/page.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void config_row(ReportText *out, const View *v, const ViewRow *r) {
    table_row(out);
    table_name(out, r->colour, r->config->label);
    if (v->baseline) {
        table_number(out, r->speedup.known ? r->speedup.value : NAN, nt_ratio(r->speedup).s, NULL);
        table_number(out, r->speedup.interval ? r->speedup.hi - r->speedup.lo : NAN, nt_interval(r->speedup).s,
                     "sorts by width");
        table_number(out, r->p_holm, isfinite(r->p_holm) ? nt_p(r->p_holm).s : "–", NULL);
    }
    NumText exact = r->time.known ? nt_exact(round(r->time.value)) : (NumText){{0}};
    char hover[160];
    snprintf(hover, sizeof hover, "%s %s", exact.s, r->time.known ? view_metric_unit(v) : "");
    table_number(out, r->time.known ? r->time.value : NAN, nt_value_interval(r->time, view_metric_unit(v)).s, hover);
    table_number(out, r->host_per_guest.known ? r->host_per_guest.value : NAN, nt_ratio(r->host_per_guest).s,
                 r->host_per_guest.known ? "exact" : "not counted for this configuration");
    char count[48];
    snprintf(count, sizeof count, "%d", r->n);
    table_number(out, r->n, count, NULL);
    snprintf(count, sizeof count, "%d", r->invalid);
    table_number(out, r->invalid, count, r->invalid ? "the reasons are listed under Validity" : "");
}

static void config_table(ReportText *out, const View *v) {
    char time_head[96], speed_head[160];
    snprintf(time_head, sizeof time_head, "#Median %.40s", view_metric_name(v));
    snprintf(speed_head, sizeof speed_head, "#Over %.60s", v->baseline ? v->baseline->label : "");
    const char *with[] = {"Configuration", speed_head, "#95 % interval", "#p (Holm)", time_head,
                          "#Host/guest",   "#n",       "#Invalid",       NULL};
    const char *without[] = {"Configuration", time_head, "#Host/guest", "#n", "#Invalid", NULL};
    bool fold = v->rows.n > 12; // the plot above shows them all; a long table waits until it is asked for
    if (fold) rt_add(out, "<details><summary>Table of all %u configurations</summary>", v->rows.n);
    table_begin(out, "Every configuration. Host/guest is the exact number of host instructions per guest instruction.",
                v->baseline ? with : without);
    for (uint32_t i = 0; i < v->rows.n; i++) config_row(out, v, &v->rows.at[i]);
    table_end(out);
    if (fold) rt_add(out, "</details>\n");
}

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

static void switch_table(ReportText *out, const View *v) {
    static const char *const heads[] = {
        "Switch",          "#Shapley part",    "#Added to all off", "#Left out of all on",
        "#Exact: Shapley", "#Exact: left out", "Reading",           NULL};
    table_begin(out,
                "What each switch buys, as a speedup; the exact columns count host instructions. – : the plan did not "
                "measure it.",
                heads);
    for (uint32_t i = 0; i < v->switches.n; i++) {
        const RunPart *p = &v->switches.at[i].time, *x = &v->switches.at[i].exact;
        table_row(out);
        table_name(out, view_switch_colour(p->feature), p->feature);
        table_est(out, p->shapley, nt_ratio_interval(p->shapley).s);
        table_est(out, p->add_one, nt_ratio_interval(p->add_one).s);
        table_est(out, p->leave_one_out, nt_ratio_interval(p->leave_one_out).s);
        table_est(out, x->shapley, nt_ratio_interval(bare(x->shapley)).s);
        table_est(out, x->leave_one_out, nt_ratio_interval(bare(x->leave_one_out)).s);
        table_text(out, seen(v, p, x));
    }
    table_end(out);
}

static void counter_table(ReportText *out, const View *v) {
    const char **heads = calloc(v->doc->metrics.n + 2, sizeof *heads);
    const RunMetric **shown = calloc(v->doc->metrics.n + 1, sizeof *shown);
    char(*names)[96] = calloc(v->doc->metrics.n + 1, sizeof *names);
    BUG_IF(!heads || !shown || !names, "out of memory");
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
        rt_add(out, "<details><summary>All %u metrics of every configuration</summary>", n);
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
        rt_add(out, "</details>\n");
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

void page_slug(ReportText *out, const View *v) { rt_add(out, "s-%s", v->slug); }

static void heading(ReportText *out, const View *v) {
    rt_add(out, "<section id=\"");
    page_slug(out, v);
    rt_add(out, "\" class=\"subject\"><h2>");
    if (v->letter[0]) rt_add(out, "<b class=\"run\">%s</b> ", v->letter);
    rt_html(out, v->workload->title);
    rt_add(out, " <small>");
    rt_html(out, v->workload->guest);
    if (v->workload->work > 0) {
        rt_add(out, ", %s ", nt_exact(v->workload->work).s);
        rt_html(out, v->workload->work_unit);
    }
    rt_add(out, "</small></h2>\n");
}

void page_subject(ReportText *out, const PageInput *in, const View *v) {
    heading(out, v);
    if (!v->rows.n) rt_add(out, "<p class=\"missing\">No configuration has a valid sample of this workload.</p>");
    if (v->rows.n) {
        rt_add(out, "<h3>How fast</h3>\n");
        page_plot(out, in, plot_find(in->plots, v, "speedup"));
        config_table(out, v);
        page_plot(out, in, plot_find(in->plots, v, "peers"));
        peers_table(out, v);
    }
    if (v->switches.n) {
        rt_add(out, "<h3>What each switch buys</h3>\n");
        if (!plot_find(in->plots, v, "waterfall"))
            rt_add(out,
                   "<p class=\"missing\">Not every combination of switches was timed here, so there are no Shapley "
                   "parts of "
                   "the time and no interactions%s: <code>nightjar bench --matrix full</code> times them all.</p>\n",
                   plot_find(in->plots, v, "waterfall-exact") ? "; those of the host instructions are below" : "");
        page_plot(out, in, plot_find(in->plots, v, "waterfall"));
        switch_table(out, v);
        page_plot(out, in, plot_find(in->plots, v, "switches"));
        page_plot(out, in, plot_find(in->plots, v, "interactions"));
    }
    const Plot *exact = plot_find(in->plots, v, "exact");
    if (exact) {
        rt_add(out, "<h3>How much work, exactly</h3>\n");
        page_plot(out, in, exact);
        page_plot(out, in, plot_find(in->plots, v, "waterfall-exact"));
    }
    const Plot *phases = plot_find(in->plots, v, "phases"), *counters = plot_find(in->plots, v, "counters");
    if (phases || counters) rt_add(out, "<h3>Behind the time</h3>\n");
    page_plot(out, in, phases);
    page_plot(out, in, counters);
    counter_table(out, v);
    rt_add(out, "</section>\n");
}
