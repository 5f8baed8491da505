// What stands behind the numbers: environment, validity, noise, what could not be counted, how to read it all.
#include "reports/page.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *letter_of(const PageInput *in, unsigned doc, char *buffer, size_t size) {
    if (in->n_docs <= 26)
        snprintf(buffer, size, "%c", 'A' + (int)doc);
    else
        snprintf(buffer, size, "%u", doc + 1);
    return buffer;
}

static void value_text(ReportText *out, const json_t *v) {
    if (json_is_string(v))
        rt_add(out, "%s", json_string_value(v));
    else if (json_is_boolean(v))
        rt_add(out, "%s", json_is_true(v) ? "yes" : "no");
    else if (json_is_integer(v))
        rt_add(out, "%lld", (long long)json_integer_value(v));
    else if (json_is_real(v))
        rt_add(out, "%.6g", json_real_value(v));
    else if (json_is_array(v)) {
        size_t i;
        json_t *o;
        json_array_foreach(v, i, o) {
            if (i) rt_add(out, "; ");
            value_text(out, o);
        }
    } else
        rt_add(out, "–");
}

// INVARIANT: the key "a.b" leads through objects only; keys come from documents, so they may be anything.
static const json_t *dig(const json_t *root, const char *section, const char *key, const char *inner) {
    const json_t *v = json_object_get(json_object_get(root, section), key);
    return inner ? json_object_get(v, inner) : v;
}

static void environment_row(ReportText *out, const PageInput *in, const char *section, const char *key,
                            const char *inner) {
    ReportText first = {0};
    bool differs = false, any = false;
    for (unsigned d = 0; d < in->n_docs; d++) {
        ReportText t = {0};
        const json_t *v = dig(in->docs[d].root, section, key, inner);
        value_text(&t, v);
        any |= v != NULL;
        if (d == 0)
            first = t;
        else {
            differs |= strcmp(rt_str(&first), rt_str(&t)) != 0;
            rt_free(&t);
        }
    }
    if (any) {
        rt_add(out, "<tr%s><th scope=\"row\">", differs ? " class=\"differs\"" : "");
        rt_html(out, section);
        rt_add(out, " · ");
        rt_html(out, key);
        if (inner) rt_add(out, " · ");
        if (inner) rt_html(out, inner);
        rt_add(out, "</th>");
        for (unsigned d = 0; d < in->n_docs; d++) {
            ReportText t = {0};
            value_text(&t, dig(in->docs[d].root, section, key, inner));
            rt_add(out, "<td>");
            rt_html(out, rt_str(&t));
            rt_add(out, "</td>");
            rt_free(&t);
        }
        rt_add(out, "</tr>\n");
    }
    rt_free(&first);
}

// true when an earlier document has the key already, so that its row exists
static bool earlier(const PageInput *in, unsigned doc, const char *section, const char *key) {
    for (unsigned d = 0; d < doc; d++)
        if (dig(in->docs[d].root, section, key, NULL)) return true;
    return false;
}

static void environment_section(ReportText *out, const PageInput *in, const char *section) {
    for (unsigned d = 0; d < in->n_docs; d++) {
        const char *key, *inner;
        json_t *v, *w;
        json_object_foreach(json_object_get(in->docs[d].root, section), key, v) {
            if (earlier(in, d, section, key)) continue;
            if (!json_is_object(v)) environment_row(out, in, section, key, NULL);
            json_object_foreach(v, inner, w) {
                if (!json_is_object(w) && !(json_is_array(w) && json_is_object(json_array_get(w, 0))))
                    environment_row(out, in, section, key, inner);
            }
        }
    }
}

void page_environment(ReportText *out, const PageInput *in) {
    static const char *const sections[] = {"tool", "plan", "environment", "emulator"};
    rt_add(out,
           "<section id=\"environment\"><h2>Environment</h2><details><summary>Machine, build and plan</summary>"
           "<div class=\"scroll\"><table class=\"plain\"><caption>Recorded when the run "
           "started%s.</caption><thead><tr><th "
           "scope=\"col\">What</th>",
           in->n_docs > 1 ? "; lines that differ between the runs are marked" : "");
    for (unsigned d = 0; d < in->n_docs; d++) {
        char letter[16];
        rt_add(out, "<th scope=\"col\">%s</th>", in->n_docs > 1 ? letter_of(in, d, letter, sizeof letter) : "Value");
    }
    rt_add(out, "</tr></thead><tbody>");
    for (size_t s = 0; s < ARRAY_LEN(sections); s++) environment_section(out, in, sections[s]);
    rt_add(out, "</tbody></table></div></details></section>\n");
}

static void invalid_rows(ReportText *out, const PageInput *in) {
    for (unsigned d = 0; d < in->n_docs; d++) {
        for (uint32_t i = 0; i < in->docs[d].samples.n; i++) {
            const RunSample *s = &in->docs[d].samples.at[i];
            if (s->valid) continue;
            char id[32], letter[16];
            table_row(out);
            if (in->n_docs > 1) table_text(out, letter_of(in, d, letter, sizeof letter));
            snprintf(id, sizeof id, "%lld", (long long)s->id);
            table_number(out, (double)s->id, id, NULL);
            table_text(out, in->docs[d].configs.at[s->config].label);
            table_text(out, in->docs[d].workloads.at[s->workload].name);
            table_text(out, s->guest);
            table_text(out, s->purpose);
            table_text(out, s->reason ? s->reason : "no reason recorded");
        }
    }
}

static void error_rows(ReportText *out, const PageInput *in) {
    for (unsigned d = 0; d < in->n_docs; d++) {
        for (uint32_t i = 0; i < in->docs[d].errors.n; i++) {
            const RunError *e = &in->docs[d].errors.at[i];
            char letter[16];
            ReportText values = {0};
            value_text(&values, e->values);
            table_row(out);
            if (in->n_docs > 1) table_text(out, letter_of(in, d, letter, sizeof letter));
            table_text(out, e->kind);
            table_text(out, in->docs[d].configs.at[e->config].label);
            table_text(out, in->docs[d].workloads.at[e->workload].name);
            table_text(out, e->guest);
            table_text(out, e->metric);
            table_text(out, rt_str(&values));
            rt_free(&values);
        }
    }
}

// Cells with fewer samples than the plan's number of repetitions, and why.
static void rounds(ReportText *out, const PageInput *in) {
    for (unsigned d = 0; d < in->n_docs; d++) {
        const char *why = in->docs[d].plan.stopped;
        double thin = in->docs[d].plan.thin_s;
        if (thin > 0)
            rt_add(out,
                   "<p>A configuration whose runs take longer than %g s was timed in the first 3 rounds only.</p>\n",
                   thin);
        if (!why) continue;
        char letter[16];
        rt_add(out, "<p>");
        if (in->n_docs > 1) rt_add(out, "Run %s: ", letter_of(in, d, letter, sizeof letter));
        rt_add(out, "The plan ended early (");
        rt_html(out, why);
        rt_add(
            out,
            "), after whole rounds: every configuration has fewer repetitions than planned, none was preferred.</p>\n");
    }
}

void page_validity(ReportText *out, const PageInput *in) {
    PageHealth h = page_health(in);
    rt_add(out, "<section id=\"validity\"><h2>Validity</h2><p>A sample counts only if the workload's own check passed, "
                "its guest instruction count and its ELF are those of its siblings, and the emulator reports the "
                "switches that were asked for.</p>\n");
    rounds(out, in);
    if (!h.invalid)
        rt_add(out, "<p>All %u samples are valid.</p>\n", h.samples);
    else {
        static const char *const heads[] = {"Run",   "#Sample", "Configuration", "Workload",
                                            "Guest", "Purpose", "Reason",        NULL};
        rt_add(out, "<p>%u of %u samples %s invalid. None of them is in any median, ratio or plot of this page.</p>",
               h.invalid, h.samples, h.invalid == 1 ? "is" : "are");
        table_begin(out, "Invalid samples and their reasons.", in->n_docs > 1 ? heads : heads + 1);
        invalid_rows(out, in);
        table_end(out);
    }
    if (h.errors) {
        static const char *const heads[] = {"Run",   "Kind",   "Configuration", "Workload",
                                            "Guest", "Metric", "Values",        NULL};
        table_begin(out,
                    "Errors of the run: a metric that must be exact was not, and the like. Such a cell has no median.",
                    in->n_docs > 1 ? heads : heads + 1);
        error_rows(out, in);
        table_end(out);
    }
    rt_add(out, "</section>\n");
}

void page_noise(ReportText *out, const PageInput *in) {
    static const char *const heads[] = {
        "Run", "Workload", "Guest", "Metric", "#Noise floor", "#Smallest visible effect", "#n", "Measured", NULL};
    uint32_t n = 0;
    for (unsigned d = 0; d < in->n_docs; d++) n += in->docs[d].noise.n;
    rt_add(out, "<section id=\"noise\"><h2>Noise floor</h2>");
    if (!n) {
        rt_add(out, "<p>No noise floor is known for this machine, so small effects on this page have nothing to be "
                    "held against. Measure it with <code>nightjar aa</code>.</p></section>\n");
        return;
    }
    rt_add(out, "<p>Measured by comparing the emulator with itself: what two equal runs differ by, and the smallest "
                "change that such a plan can tell from nothing.</p>");
    table_begin(out, "A/A calibration.", in->n_docs > 1 ? heads : heads + 1);
    for (unsigned d = 0; d < in->n_docs; d++) {
        for (uint32_t i = 0; i < in->docs[d].noise.n; i++) {
            const RunNoise *x = &in->docs[d].noise.at[i];
            char letter[16], count[32];
            table_row(out);
            if (in->n_docs > 1) table_text(out, letter_of(in, d, letter, sizeof letter));
            table_text(out, x->workload);
            table_text(out, x->guest);
            table_text(out, x->metric);
            table_number(out, x->floor, nt_percent(x->floor).s, NULL);
            table_number(out, x->mde, nt_percent(x->mde).s, NULL);
            snprintf(count, sizeof count, "%lld", (long long)x->n);
            table_number(out, (double)x->n, count, NULL);
            table_text(out, x->measured);
        }
    }
    table_end(out);
    rt_add(out, "</section>\n");
}

static void missing_peers(ReportText *out, const PageInput *in) {
    for (unsigned d = 0; d < in->n_docs; d++) {
        for (uint32_t i = 0; i < in->docs[d].plan.peers_missing.n; i++) {
            const RunMissingPeer *p = &in->docs[d].plan.peers_missing.at[i];
            rt_add(out, "<p>No peer <b>");
            rt_html(out, p->name);
            rt_add(out, "</b>: ");
            rt_html(out, p->reason);
            rt_add(out, "</p>\n");
        }
    }
}

typedef struct Missing {
    const char *metric, *reason;
    unsigned samples;
} Missing;

static int by_metric(const void *a, const void *b) {
    const Missing *x = a, *y = b;
    int c = strcmp(x->metric, y->metric);
    return c ? c : strcmp(x->reason, y->reason);
}

// A count is not missing because timed samples do not take it: each metric belongs to one kind of sample.
static bool is_missing(const RunDoc *doc, const RunSample *s, const char *name) {
    uint32_t m = run_metric(doc, name);
    return m == RUN_NONE || !strcmp(doc->metrics.at[m].purpose, s->purpose);
}

typedef VEC(Missing) MissingList;

static void add_missing(MissingList *list, const char *metric, const char *reason) {
    uint32_t k = 0;
    while (k < list->n && (strcmp(list->at[k].metric, metric) != 0 || strcmp(list->at[k].reason, reason) != 0)) k++;
    if (k == list->n) vec_push(list, ((Missing){metric, reason, 0}));
    list->at[k].samples++;
}

static void find_missing(MissingList *list, const RunDoc *doc) {
    for (uint32_t i = 0; i < doc->samples.n; i++) {
        const RunSample *s = &doc->samples.at[i];
        const char *key;
        json_t *v;
        json_object_foreach((json_t *)s->unavailable, key, v) {
            if (is_missing(doc, s, key)) add_missing(list, key, json_string_value(v));
        }
    }
    if (list->n) qsort(list->at, list->n, sizeof *list->at, by_metric);
}

void page_unavailable(ReportText *out, const PageInput *in) {
    MissingList list = {0};
    for (unsigned d = 0; d < in->n_docs; d++) find_missing(&list, &in->docs[d]);
    rt_add(out, "<section id=\"unavailable\"><h2>What could not be measured</h2>");
    missing_peers(out, in);
    if (!list.n)
        rt_add(out, "<p>Every counter that was asked for has a value in every sample.</p>");
    else {
        static const char *const heads[] = {"Counter", "Reason", "#Samples", NULL};
        bool fold = list.n > 6;
        if (fold) rt_add(out, "<details><summary>%u counters without a value, and why</summary>", list.n);
        table_begin(out, "Counters without a value, and why.", heads);
        for (uint32_t i = 0; i < list.n; i++) {
            table_row(out);
            table_text(out, list.at[i].metric);
            table_text(out, list.at[i].reason);
            table_number(out, list.at[i].samples, nt_exact(list.at[i].samples).s, NULL);
        }
        table_end(out);
        if (fold) rt_add(out, "</details>");
    }
    rt_add(out, "</section>\n");
    vec_free(&list);
}

void page_how_to_read(ReportText *out) {
    rt_add(
        out,
        "<section id=\"reading\"><h2>How to read this</h2><dl><dt>9.10× [8.90, 9.40]</dt><dd>A speedup: the "
        "baseline's median divided by the configuration's. Above 1 is better. The brackets hold the 95 %% interval. "
        "If they hold 1, this run cannot tell the two apart, whatever the ratio says. Without brackets there were "
        "too few samples for an interval, or the value is an exact count.</dd><dt>All on, all off</dt><dd>Every "
        "switch on, every switch off. All off is still a translator, without any of the optimizations that have a "
        "switch; it is no interpreter.</dd><dt>Added to all off, added last</dt><dd>What a switch buys when it is "
        "the only one that is on, and when all the others are on. They differ because switches depend on one "
        "another.</dd><dt>Shapley part</dt><dd>The switch's factor, averaged over every order in which the switches "
        "could have been turned on. The parts multiply to the total, so nothing is counted twice. It needs the full "
        "factorial of the plan.</dd><dt>Interaction</dt><dd>The factor by which two switches together beat (above 1) "
        "or miss (below 1) the product of what each buys alone.</dd><dt>Exact counts</dt><dd>Executed host "
        "instructions are counted block by block, not sampled: the same on every machine with the same build. They "
        "leave out helpers written in C, the run loop, and everything about caches.</dd><dt>CPU time</dt><dd>User "
        "and system time of the process, start-up and translation included. Wall times on a shared machine are "
        "noisy; trust the exact counts.</dd></dl></section>\n");
}
