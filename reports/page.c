// The order of the page. The parts are in page_*.c: see page.h.
#include "reports/page.h"
#include "reports/html/frame.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

PageHealth page_health(const PageInput *in) {
    PageHealth h = {0};
    for (unsigned d = 0; d < in->n_docs; d++) {
        for (uint32_t i = 0; i < in->docs[d].samples.n; i++) h.invalid += !in->docs[d].samples.at[i].valid;
        h.samples += in->docs[d].samples.n;
        h.errors += in->docs[d].errors.n;
        h.stopped |= in->docs[d].plan.stopped != NULL;
    }
    return h;
}

// The same workload in several runs: medians beside each other. The verdict is `nightjar compare`'s.
static void sides_table(ReportText *out, const ViewList *views, uint32_t first, uint32_t n) {
    const View *a = &views->at[first];
    VEC(const char *) heads = {0};
    char names[64][48];
    vec_push(&heads, "Configuration");
    for (uint32_t k = 0; k < n && 2 * k + 1 < 64; k++) {
        snprintf(names[2 * k], sizeof names[0], "#Median %s", views->at[first + k].letter);
        vec_push(&heads, names[2 * k]);
        snprintf(names[2 * k + 1], sizeof names[0], "#%s over %s", views->at[first + k].letter, a->letter);
        if (k) vec_push(&heads, names[2 * k + 1]);
    }
    vec_push(&heads, NULL);
    char caption[256];
    snprintf(caption, sizeof caption,
             "%s on %s in each run; ratios of medians. Whether a difference is real: nightjar compare.",
             a->workload->name, a->workload->guest);
    bool fold = a->rows.n > 12;
    if (fold) rt_add(out, "<details><summary>Table of all %u configurations</summary>", a->rows.n);
    table_begin(out, caption, heads.at);
    for (uint32_t i = 0; i < a->rows.n; i++) {
        const ViewRow *r = &a->rows.at[i];
        table_row(out);
        table_name(out, r->colour, r->config->label);
        for (uint32_t k = 0; k < n && 2 * k + 1 < 64; k++) {
            const View *v = &views->at[first + k];
            const RunConfig *c = view_config(v->doc, r->config->id);
            const ViewRow *other = c ? view_row(v, c) : NULL;
            Est e = other ? other->time : (Est){0}, ratio = {0};
            table_est(out, e, nt_value_interval(e, view_metric_unit(v)).s);
            if (e.known && e.value > 0 && r->time.known) ratio = est_of(r->time.value / e.value);
            if (k) table_est(out, ratio, nt_ratio_interval(ratio).s);
        }
    }
    table_end(out);
    if (fold) rt_add(out, "</details>\n");
    vec_free(&heads);
}

// The same program, and either the same work or times of a unit of it.
static bool same_work(const ViewList *views, uint32_t first, uint32_t n) {
    const View *a = &views->at[first];
    for (uint32_t k = 1; k < n; k++) {
        const View *b = &views->at[first + k];
        if (strcmp(a->workload->elf_sha256, b->workload->elf_sha256) || view_per_work(a) != view_per_work(b))
            return false;
    }
    return true;
}

static void sides(ReportText *out, const PageInput *in) {
    bool any = false;
    for (uint32_t i = 0, n; i < in->views->n; i += n) {
        for (n = 1; i + n < in->views->n && view_same_subject(&in->views->at[i], &in->views->at[i + n]);) n++;
        if (n < 2) continue;
        if (!any) rt_add(out, "<section id=\"sides\"><h2>The runs side by side</h2>\n");
        any = true;
        if (!same_work(in->views, i, n))
            rt_add(out,
                   "<p class=\"warn box\">These runs of this workload did different work: their times do not compare, "
                   "only their speedups do.</p>\n");
        page_plot(out, in, plot_find(in->plots, &in->views->at[i], "sides"));
        sides_table(out, in->views, i, n);
    }
    if (any) rt_add(out, "</section>\n");
}

static void navigation(ReportText *out, const PageInput *in) {
    rt_add(out, "<nav aria-label=\"Contents\">");
    for (uint32_t i = 0; i < in->views->n; i++) {
        const View *v = &in->views->at[i];
        rt_add(out, "<a href=\"#");
        page_slug(out, v);
        rt_add(out, "\">");
        if (v->letter[0]) rt_add(out, "%s: ", v->letter);
        rt_html(out, v->workload->name);
        rt_add(out, ", ");
        rt_html(out, v->workload->guest);
        rt_add(out, "</a> ");
    }
    rt_add(out, "<a href=\"#cells\">Find a cell</a> <a href=\"#environment\">Environment</a> <a "
                "href=\"#validity\">Validity</a> <a href=\"#noise\">Noise</a> <a href=\"#unavailable\">Not "
                "measured</a> <a href=\"#reading\">How to read</a></nav>\n");
}

void page_write(ReportText *out, const PageInput *in) {
    const RunDoc *first = &in->docs[0];
    frame_head(out, first->title ? first->title : first->path, NULL, 0);
    page_what(out, in);
    if (in->n_docs > 1) sides(out, in);
    page_since(out, in);
    page_speed(out, in);
    page_hosts(out, in);
    page_switches(out, in);
    page_status(out, in);
    navigation(out, in);
    page_cells(out, in);
    for (uint32_t i = 0; i < in->views->n; i++) page_subject(out, in, &in->views->at[i]);
    page_environment(out, in);
    page_validity(out, in);
    page_noise(out, in);
    page_unavailable(out, in);
    page_how_to_read(out);
    frame_foot(out);
}
