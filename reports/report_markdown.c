// summary.md: what a pull request wants to know, in one screen. The page has the rest.
#include "reports/report_words.h"
#include <stdio.h>
#include <string.h>

enum { ROWS_MAX = 12 };

static void md_run(ReportText *out, const RunDoc *d, const char *letter) {
    rt_add(out, "%s%s", letter, *letter ? ": " : "");
    rt_md(out, d->title ? d->title : d->path);
    if (d->tool.commit)
        rt_add(out, ", commit "), rt_md(out, d->tool.commit),
            rt_add(out, "%s", d->tool.dirty ? " with local changes" : "");
    const char *cpu = d->environment.cpu_model;
    if (cpu) rt_add(out, ", "), rt_md(out, cpu);
    rt_add(out, "\n");
}

static void config_lines(ReportText *out, const View *v) {
    rt_add(out, "| configuration | over ");
    rt_md(out, v->baseline ? v->baseline->label : "–");
    const char *names[VIEW_HOSTS];
    unsigned hosts = views_hosts(v->doc, 1, names);
    rt_add(out, " | median |");
    for (unsigned h = 0; h < hosts; h++)
        rt_add(out, " host/guest%s%s |", hosts > 1 ? ", " : "", hosts > 1 ? names[h] : "");
    rt_add(out, " n |\n|---|--:|--:|");
    for (unsigned h = 0; h < hosts; h++) rt_add(out, "--:|");
    rt_add(out, "--:|\n");
    uint32_t shown = 0;
    for (uint32_t i = 0; i < v->rows.n; i++) {
        const ViewRow *r = &v->rows.at[i];
        bool keep = r->config->peer || r->config == v->on || r->config == v->baseline ||
                    ((r->n || hosts > 1) && shown < ROWS_MAX);
        if (!keep) continue;
        shown++;
        rt_add(out, "| ");
        rt_md(out, r->config->label);
        rt_add(out, " | %s | %s |", nt_ratio_interval(r->speedup).s,
               r->time.known ? nt_value(r->time.value, view_metric_unit(v)).s : "–");
        for (unsigned h = 0; h < hosts; h++) rt_add(out, " %s |", nt_ratio(view_host_per_guest(v, r, names[h])).s);
        rt_add(out, " %d%s |\n", r->n, r->invalid ? " (some invalid)" : "");
    }
    if (v->rows.n > shown)
        rt_add(out, "\n%u more configuration%s on the page.\n", v->rows.n - shown,
               v->rows.n - shown == 1 ? " is" : "s are");
}

static void switch_lines(ReportText *out, const View *v) {
    if (!v->switches.n) return;
    rt_add(out, "\n| switch | Shapley part | added to all off | left out of all on | left out, host instructions |\n"
                "|---|--:|--:|--:|--:|\n");
    for (uint32_t i = 0; i < v->switches.n; i++) {
        const RunPart *p = &v->switches.at[i].time;
        rt_add(out, "| ");
        rt_md(out, p->feature);
        rt_add(out, " | %s | %s | %s | %s |\n", nt_ratio_interval(p->shapley).s, nt_ratio_interval(p->add_one).s,
               nt_ratio_interval(p->leave_one_out).s, nt_ratio(v->switches.at[i].exact.leave_one_out).s);
    }
}

static void invalid_lines(ReportText *out, const RunDoc *d) {
    uint32_t bad = 0;
    if (d->errors.n)
        rt_add(out, "**%u exact metric%s varied**; the page lists them.\n\n", d->errors.n, d->errors.n == 1 ? "" : "s");
    if (d->plan.stopped) rt_add(out, "Fewer rounds than planned: the run ended early.\n\n");
    for (uint32_t i = 0; i < d->samples.n; i++) bad += !d->samples.at[i].valid;
    if (!bad) {
        rt_add(out, "All %u samples are valid.\n", d->samples.n);
        return;
    }
    rt_add(out, "**%u of %u samples %s invalid** and in no number above:\n\n", bad, d->samples.n,
           bad == 1 ? "is" : "are");
    uint32_t shown = 0;
    for (uint32_t i = 0; i < d->samples.n && shown < ROWS_MAX; i++) {
        const RunSample *s = &d->samples.at[i];
        if (s->valid) continue;
        shown++;
        rt_add(out, "- sample %lld, ", (long long)s->id);
        rt_md(out, d->configs.at[s->config].id);
        rt_add(out, ", ");
        rt_md(out, d->workloads.at[s->workload].name);
        rt_add(out, ": ");
        rt_md(out, s->reason);
        rt_add(out, "\n");
    }
    if (bad > shown) rt_add(out, "- and %u more, listed on the page\n", bad - shown);
}

void markdown_write(ReportText *out, const RunDoc *docs, unsigned n_docs, const ViewList *views) {
    rt_add(out, "## What does each optimization buy?\n\n");
    for (unsigned d = 0; d < n_docs; d++) {
        char letter[16] = "";
        if (n_docs > 1) snprintf(letter, sizeof letter, "%c", d < 26 ? 'A' + (int)d : '+');
        md_run(out, &docs[d], letter);
        rt_add(out, "%s", d + 1 < n_docs ? "\n" : "");
    }
    rt_add(out, "\n");
    for (uint32_t i = 0; i < views->n; i++) {
        const View *v = &views->at[i];
        ReportText t = {0};
        view_headline(&t, v);
        rt_add(out, "- ");
        if (v->letter[0]) rt_add(out, "%s: ", v->letter);
        rt_add(out, "**");
        rt_md(out, rt_str(&t));
        rt_add(out, "**");
        rt_free(&t);
        view_finding(&t, v);
        if (t.n) rt_add(out, " "), rt_md(out, t.s);
        rt_add(out, "\n");
        rt_free(&t);
    }
    for (uint32_t i = 0; i < views->n; i++) {
        const View *v = &views->at[i];
        if (!v->rows.n) continue;
        rt_add(out, "\n<details><summary>");
        if (v->letter[0]) rt_add(out, "%s: ", v->letter);
        rt_html(out, v->workload->name);
        rt_add(out, " on ");
        rt_html(out, v->workload->guest);
        rt_add(out, "</summary>\n\n");
        config_lines(out, v);
        switch_lines(out, v);
        rt_add(out, "\n</details>\n");
    }
    for (unsigned d = 0; d < n_docs; d++) rt_add(out, "\n"), invalid_lines(out, &docs[d]);
    rt_add(out, "\nRatios are speedups, brackets are 95 %% intervals; an interval that holds 1 shows no "
                "difference.\n");
}
