// One table where a run has several hosts: what a guest instruction costs on each of them, and why some have no times.
#include "reports/page.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

// "1.18x": beside the first host.
static void number_cell(ReportText *out, Est e, Est first, bool is_first) {
    if (!e.known) {
        table_number(out, NAN, "\u2013", "not counted");
        return;
    }
    rt_add(out, "<td class=\"num\" data-v=\"%.10g\" title=\"exact\">%s", e.value, nt_ratio(e).s);
    if (!is_first && first.known && first.value > 0)
        rt_add(out, "<small>%s\u00d7</small>", nt_ratio(est_of(e.value / first.value)).s);
    rt_add(out, "</td>");
}

// `label`: the table has a column for it.
static void host_row(ReportText *out, const View *v, const RunConfig *config, bool label, const char *const *names,
                     unsigned n) {
    const ViewRow *row = config ? view_row(v, config) : NULL;
    if (!row) return;
    char name[160];
    snprintf(name, sizeof name, "%s%s%.60s, %.20s", v->letter, *v->letter ? ": " : "", v->workload->name,
             v->workload->guest);
    Est first = view_host_per_guest(v, row, names[0]);
    table_row(out);
    table_name(out, row->colour, name);
    if (label) table_text(out, row->config->label);
    for (unsigned i = 0; i < n; i++) number_cell(out, view_host_per_guest(v, row, names[i]), first, i == 0);
}

static void reasons(ReportText *out, const PageInput *in) {
    for (unsigned d = 0; d < in->n_docs; d++) {
        const RunDoc *doc = &in->docs[d];
        for (uint32_t h = 0; h < doc->hosts.n; h++) {
            if (!doc->hosts.at[h].untimed) continue;
            rt_add(out, "<p class=\"meta\">");
            page_run_letter(out, in, d);
            rt_add(out, "No times of <b>"), rt_html(out, doc->hosts.at[h].name), rt_add(out, "</b>: ");
            rt_html(out, doc->hosts.at[h].untimed);
            rt_add(out, ".</p>\n");
        }
    }
}

static bool has_off(const View *v) { return v->off && v->off != v->on && view_row(v, v->off); }

void page_hosts(ReportText *out, const PageInput *in) {
    const char *names[VIEW_HOSTS], *heads[VIEW_HOSTS + 3] = {"Workload", "Configuration"};
    bool label = false;
    char columns[VIEW_HOSTS][24];
    unsigned n = views_hosts(in->docs, in->n_docs, names);
    if (n < 2) return;
    for (uint32_t i = 0; i < in->views->n; i++) label |= has_off(&in->views->at[i]);
    for (unsigned i = 0; i < n; i++) {
        snprintf(columns[i], sizeof columns[i], "#%.20s", names[i]);
        heads[i + (label ? 2 : 1)] = columns[i];
    }
    rt_add(
        out,
        "<section id=\"hosts\"><h2>What does it cost on each host?</h2>\n<p>Host instructions that run for each guest "
        "instruction. They are counted, not timed: the number is the same in every run and on every machine of "
        "the host. Small: how many times those of ");
    rt_html(out, names[0]);
    rt_add(out, label ? ".</p>\n" : ". All switches are on.</p>\n");
    table_begin(out, "Exact counts; fewer are better. Instructions of two hosts do not do the same work.", heads);
    for (uint32_t i = 0; i < in->views->n; i++) {
        const View *v = &in->views->at[i];
        host_row(out, v, v->on, label, names, n);
        if (has_off(v)) host_row(out, v, v->off, label, names, n);
    }
    table_end(out);
    reasons(out, in);
    rt_add(out, "</section>\n");
}
