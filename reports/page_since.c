// "Has anything changed since last night?" The verdict is that of `nightjar compare`, in a file that --since names.
#include "reports/page.h"
#include "bench/base/jsonfile.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS_MAX = 12 };

static bool moved(const json_t *e) {
    const char *verdict = json_text(e, "verdict", "");
    return !strcmp(verdict, "regressed") || !strcmp(verdict, "improved") || !strcmp(verdict, "invalid");
}

static int count(const json_t *entries, const char *verdict, bool gating) {
    size_t i;
    json_t *e;
    int n = 0;
    json_array_foreach((json_t *)entries, i, e) n +=
        !strcmp(json_text(e, "verdict", ""), verdict) && (!gating || json_is_true(json_object_get(e, "gates")));
    return n;
}

static void add_before(ReportText *out, const json_t *since) {
    const json_t *before = json_object_get(since, "before");
    rt_add(out, "Compared with the run of %.10s", json_text(before, "created", "an unknown day"));
    const char *commit = json_text(before, "emulator_commit", NULL);
    if (commit) rt_add(out, " (emulator built from <code>"), rt_html(out, commit), rt_add(out, "</code>)");
}

static void add_answer(ReportText *out, const json_t *since) {
    const json_t *entries = json_object_get(since, "entries");
    const char *verdict = json_text(since, "verdict", "");
    int worse = count(entries, "regressed", true), better = count(entries, "improved", true),
        broken = count(entries, "invalid", true), unclear = count(entries, "inconclusive", true);
    rt_add(out, "<p class=\"verdict %s\"><b>",
           !strcmp(verdict, "regressed") || !strcmp(verdict, "invalid") ? "warn" : "calm");
    if (!strcmp(verdict, "regressed"))
        rt_add(out, "Yes, for the worse.");
    else if (!strcmp(verdict, "improved"))
        rt_add(out, "Yes, for the better.");
    else if (!strcmp(verdict, "pass"))
        rt_add(out, "No change seen.");
    else if (!strcmp(verdict, "inconclusive"))
        rt_add(out, "This run cannot tell.");
    else
        rt_add(out, "They could not be compared in full.");
    rt_add(out, "</b> ");
    add_before(out, since);
    rt_add(out, ": of %zu deciding comparisons %d got worse, %d got better, %d cannot be told%s",
           (size_t)(worse + better + broken + unclear + count(entries, "pass", true)), worse, better, unclear,
           broken ? "" : ".");
    if (broken) rt_add(out, ", %d have no valid value on one side.", broken);
    rt_add(out, "</p>\n");
}

static void add_row(ReportText *out, const json_t *e) {
    double ratio = json_num(e, "ratio", NAN), lo = json_num(e, "lo", NAN), hi = json_num(e, "hi", NAN);
    Est effect = est_or_none(ratio, lo, hi);
    const char *unit = json_text(e, "unit", "");
    table_row(out);
    table_text(out, json_text(e, "verdict", "–"));
    table_text(out, json_text(e, "workload", "–"));
    table_text(out, json_text(e, "guest", "–"));
    table_text(out, json_text(e, "config", "–"));
    table_text(out, json_text(e, "metric", "–"));
    double before = json_num(e, "before", NAN), after = json_num(e, "after", NAN);
    table_number(out, before, isfinite(before) ? nt_value(before, unit).s : "–",
                 isfinite(before) ? nt_exact(before).s : NULL);
    table_number(out, after, isfinite(after) ? nt_value(after, unit).s : "–",
                 isfinite(after) ? nt_exact(after).s : NULL);
    table_est(out, effect, nt_ratio_interval(effect).s);
}

// The rows that decide, or those that do not; folded when there are many, or when they do not.
static void add_rows(ReportText *out, const json_t *entries, bool gating) {
    static const char *const heads[] = {"Verdict", "Workload", "Guest", "Configuration", "Metric", "#Before",
                                        "#After",  "#Speedup", NULL};
    size_t i;
    json_t *e;
    uint32_t n = 0;
    json_array_foreach((json_t *)entries, i, e) n += moved(e) && json_is_true(json_object_get(e, "gates")) == gating;
    if (!n) return;
    bool fold = !gating || n > ROWS_MAX;
    if (fold)
        rt_add(out, "<details><summary>%u %svalue%s that moved%s</summary>", n, gating ? "deciding " : "",
               n == 1 ? "" : "s", gating ? "" : " and do not decide");
    table_begin(out, "What moved. Above 1: better than before.", heads);
    json_array_foreach((json_t *)entries, i, e) {
        if (moved(e) && json_is_true(json_object_get(e, "gates")) == gating) add_row(out, e);
    }
    table_end(out);
    if (fold) rt_add(out, "</details>\n");
}

void page_since(ReportText *out, const PageInput *in) {
    if (in->n_docs > 1) return; // the runs stand side by side already
    rt_add(out, "<section id=\"since\"><h2>Has anything changed since last night?</h2>\n");
    if (in->since) {
        add_answer(out, in->since);
        add_rows(out, json_object_get(in->since, "entries"), true);
        add_rows(out, json_object_get(in->since, "entries"), false);
    } else {
        rt_add(out, "<p>No earlier run was given to this report, so it cannot say. <code>nightjar compare BEFORE.json "
                    "AFTER.json --json since.json</code> answers, and <code>nightjar report --since since.json</code> "
                    "puts the answer here.</p>\n");
    }
    rt_add(out, "</section>\n");
}
