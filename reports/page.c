// The frame of the page and its top: the answer, then where to find what. See page.h.
#include "reports/page.h"
#include "reports/html/frame.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static void run_line(ReportText *out, const RunDoc *doc) {
    rt_html(out, doc->title ? doc->title : doc->path);
    const char *cpu = doc->environment.cpu_model;
    rt_add(out, " · "), rt_html(out, doc->created);
    if (doc->tool.commit) {
        rt_add(out, " · commit <code>");
        rt_html(out, doc->tool.commit);
        rt_add(out, "</code>%s", doc->tool.dirty ? " with local changes" : "");
    }
    if (cpu) rt_add(out, " · "), rt_html(out, cpu);
}

static void title(ReportText *out, const PageInput *in) {
    rt_add(out, "<header><p class=\"brand\">Nightjar</p><h1>What does each optimization buy?</h1>");
    if (in->n_docs == 1) {
        rt_add(out, "<p class=\"meta\">");
        run_line(out, &in->docs[0]);
        rt_add(out, "</p>");
    } else {
        rt_add(out, "<ul class=\"runs\">");
        for (unsigned d = 0; d < in->n_docs; d++) {
            rt_add(out, "<li><b class=\"run\">");
            if (in->n_docs <= 26)
                rt_add(out, "%c", 'A' + (int)d);
            else
                rt_add(out, "%u", d + 1);
            rt_add(out, "</b> ");
            run_line(out, &in->docs[d]);
            rt_add(out, "</li>");
        }
        rt_add(out, "</ul>");
    }
    rt_add(out, "</header>\n");
}

static void answer(ReportText *out, const View *v) {
    ReportText t = {0};
    const ViewRow *row = v->lead ? view_row(v, v->lead) : NULL;
    bool ratio = row && v->baseline && v->baseline != v->lead && row->speedup.known;
    rt_add(out, "<a class=\"answer\" href=\"#");
    page_slug(out, v);
    rt_add(out, "\"><span class=\"big\">");
    if (v->letter[0]) rt_add(out, "<b class=\"run\">%s</b>", v->letter);
    if (ratio)
        rt_add(out, "%s<small>×</small>", nt_ratio(row->speedup).s);
    else
        rt_html(out, row ? nt_value(row->time.value, view_metric_unit(v)).s : "–");
    rt_add(out, "</span><span class=\"says\"><span class=\"sentence\">");
    view_headline(&t, v);
    rt_html(out, rt_str(&t));
    rt_add(out, "</span>");
    rt_free(&t);
    view_finding(&t, v);
    if (t.n) rt_add(out, "<span class=\"finding\">"), rt_html(out, t.s), rt_add(out, "</span>");
    rt_add(out, "</span></a>\n");
    rt_free(&t);
}

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

static void status(ReportText *out, const PageInput *in) {
    PageHealth h = page_health(in);
    double mde = 0;
    for (uint32_t i = 0; i < in->views->n; i++)
        if (in->views->at[i].noise) mde = fmax(mde, in->views->at[i].noise->mde);
    rt_add(out, "<ul class=\"status\"><li%s>", h.invalid ? " class=\"warn\"" : "");
    if (h.invalid)
        rt_add(out, "<a href=\"#validity\">%u of %u samples %s invalid</a> and in no number here", h.invalid, h.samples,
               h.invalid == 1 ? "is" : "are");
    else
        rt_add(out, "all %u samples are valid", h.samples);
    if (h.errors)
        rt_add(out, "</li><li class=\"warn\"><a href=\"#validity\">%u exact metric%s varied</a>", h.errors,
               h.errors == 1 ? "" : "s");
    if (h.stopped) rt_add(out, "</li><li><a href=\"#validity\">fewer rounds than planned</a>");
    rt_add(out, "</li><li>");
    if (mde > 0)
        rt_add(out, "<a href=\"#noise\">effects below %s</a> in time cannot be seen", nt_percent(mde).s);
    else
        rt_add(out, "<a href=\"#noise\">no noise floor known</a>");
    rt_add(out, "</li><li><a href=\"#reading\">how to read this</a></li></ul>\n");
    if (*in->no_plots) {
        rt_add(out, "<p class=\"warn box\">Not every picture could be drawn: ");
        rt_html(out, in->no_plots);
        rt_add(out, "</p>\n");
    }
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

static void sides(ReportText *out, const PageInput *in) {
    bool any = false;
    for (uint32_t i = 0, n; i < in->views->n; i += n) {
        for (n = 1; i + n < in->views->n && view_same_subject(&in->views->at[i], &in->views->at[i + n]);) n++;
        if (n < 2) continue;
        if (!any) rt_add(out, "<section id=\"sides\"><h2>The runs side by side</h2>\n");
        any = true;
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
    rt_add(
        out,
        "<a href=\"#environment\">Environment</a> <a href=\"#validity\">Validity</a> <a href=\"#noise\">Noise</a> <a "
        "href=\"#unavailable\">Not measured</a> <a href=\"#reading\">How to read</a></nav>\n");
}

void page_write(ReportText *out, const PageInput *in) {
    frame_head(out, in->docs[0].title ? in->docs[0].title : in->docs[0].path, NULL, 0);
    title(out, in);
    rt_add(out, "<section class=\"answers\" aria-label=\"The answer\">\n");
    for (uint32_t i = 0; i < in->views->n; i++) answer(out, &in->views->at[i]);
    rt_add(out, "</section>\n");
    status(out, in);
    navigation(out, in);
    sides(out, in);
    for (uint32_t i = 0; i < in->views->n; i++) page_subject(out, in, &in->views->at[i]);
    page_environment(out, in);
    page_validity(out, in);
    page_noise(out, in);
    page_unavailable(out, in);
    page_how_to_read(out);
    frame_foot(out);
}
