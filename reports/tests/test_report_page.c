// Oracle: HTML's own rules for what is text and what is markup, checked with a small scanner;
// and hand-computed numbers.
#include "reports/html/asset.h"
#include "reports/page.h"
#include "reports/report.h"
#include "reports/report_view.h"
#include "reports/report_words.h"
#include <ctype.h>
#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SAMPLE "reports/tests/sample-run.json"
static const char evil[] =
    "<script>boom()</script>\"'`id`\\n$(id)& [x](y) | \t\n\033[31m\xe2\x80\xae<img src=x onerror=boom()>";

static json_t *sample(void) {
    json_t *root = json_load_file(SAMPLE, 0, NULL);
    assert_non_null(root);
    return root;
}

// Puts the hostile text wherever a document holds a free text.
static json_t *hostile(void) {
    json_t *root = sample(), *o;
    size_t i;
    json_object_set_new(root, "title", json_string(evil));
    json_object_set_new(json_object_get(root, "environment"), "cpu_model", json_string(evil));
    json_object_set_new(json_object_get(root, "environment"), "kernel", json_string(evil));
    json_object_set_new(json_object_get(root, "tool"), "commit", json_string(evil));
    json_array_foreach(json_object_get(root, "configs"), i, o) json_object_set_new(o, "label", json_string(evil));
    json_array_foreach(json_object_get(root, "workloads"), i, o) json_object_set_new(o, "title", json_string(evil));
    json_array_foreach(json_object_get(root, "metrics"), i, o)
        json_object_set_new(o, "unit", json_string(i % 2 ? evil : "ns"));
    json_array_foreach(json_object_get(root, "samples"), i, o) {
        if (!json_is_true(json_object_get(o, "valid"))) json_object_set_new(o, "reason", json_string(evil));
        json_object_set_new(json_object_get(o, "unavailable"), evil, json_string(evil));
    }
    return root;
}

typedef struct Written {
    RunDoc docs[2];
    ViewList views;
    PlotList plots;
    ReportText page, markdown, terminal;
    json_t *since;
} Written;

static void write_all(Written *w, json_t *a, json_t *b, const char *no_plots) {
    Err err = {0};
    json_t *since = w->since;
    memset(w, 0, sizeof *w);
    w->since = since;
    assert_true(run_doc_from_json(&w->docs[0], a, "a.json", &err));
    if (b) assert_true(run_doc_from_json(&w->docs[1], b, "b.json", &err));
    unsigned n = b ? 2 : 1;
    views_build(&w->views, w->docs, n);
    plot_all(&w->plots, &w->views);
    page_write(&w->page, &(PageInput){.docs = w->docs,
                                      .n_docs = n,
                                      .views = &w->views,
                                      .plots = &w->plots,
                                      .plots_dir = "/nonexistent",
                                      .plots_href = "plots",
                                      .no_plots = no_plots,
                                      .since = w->since});
    markdown_write(&w->markdown, w->docs, n, &w->views);
    terminal_write(&w->terminal, w->docs, n, &w->views, false, 0);
}

static void free_all(Written *w) {
    rt_free(&w->page), rt_free(&w->markdown), rt_free(&w->terminal);
    plots_free(&w->plots);
    views_free(&w->views);
    run_doc_free(&w->docs[0]);
    run_doc_free(&w->docs[1]);
}

static unsigned count(const char *text, const char *what) {
    unsigned n = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what)) n++;
    return n;
}

static void hostile_text_stays_text(void **state) {
    (void)state;
    Written w = {0};
    write_all(&w, hostile(), NULL, evil);
    assert_int_equal(count(rt_str(&w.page), "<script"), 1); // the page's own
    assert_int_equal(count(rt_str(&w.page), "<img"), 0);
    assert_true(count(rt_str(&w.page), "&lt;script&gt;") > 20);
    assert_null(strchr(rt_str(&w.page), '\033'));
    assert_null(strstr(rt_str(&w.page), "\xe2\x80\xae"));
    assert_int_equal(count(rt_str(&w.markdown), "<script"), 0);
    assert_int_equal(count(rt_str(&w.markdown), "[x]("), 0);
    assert_null(strchr(rt_str(&w.terminal), '\033'));
    for (uint32_t i = 0; i < w.plots.n; i++) {
        assert_null(strchr(rt_str(&w.plots.at[i].dat), '"'));
        assert_null(strchr(rt_str(&w.plots.at[i].dat), '\\'));
        for (const char *s = w.plots.at[i].name; *s; s++) assert_true(isalnum((unsigned char)*s) || *s == '-');
    }
    free_all(&w);
}

// Every tag that is opened is closed, in order; void elements and the self-closing ones of SVG aside.
static void tags_are_balanced(const char *html) {
    static const char *const lone[] = {"!doctype", "meta", "link", "input"};
    char stack[64][24];
    int depth = 0;
    for (const char *at = strstr(html, "<"); at; at = strstr(at + 1, "<")) {
        char tag[24];
        const char *end = strchr(at, '>');
        if (strncmp(at, "<style>", 7) == 0) at = strstr(at, "</style>") - 1;
        if (strncmp(at, "<script>", 8) == 0) at = strstr(at, "</script>") - 1;
        assert_non_null(end);
        if (*at != '<' || end[-1] == '/') continue;
        if (at[1] == '/') {
            assert_int_equal(sscanf(at, "</%23[a-z0-9]>", tag), 1);
            if (strcmp(tag, "style") == 0 || strcmp(tag, "script") == 0) continue;
            assert_true(depth > 0);
            assert_string_equal(stack[--depth], tag);
            continue;
        }
        assert_int_equal(sscanf(at, "<%23[!a-z0-9]", tag), 1);
        bool alone = false;
        for (size_t i = 0; i < ARRAY_LEN(lone); i++) alone |= strcmp(lone[i], tag) == 0;
        if (!alone) strcpy(stack[depth++], tag);
        assert_true(depth < 64);
    }
    assert_int_equal(depth, 0);
}

static void pages_are_well_formed(void **state) {
    (void)state;
    Written w = {0};
    write_all(&w, sample(), NULL, "");
    tags_are_balanced(rt_str(&w.page));
    assert_null(strstr(rt_str(&w.page), "http://"));
    assert_null(strstr(rt_str(&w.page), "https://"));
    assert_true(count(rt_str(&w.page), "aria-sort=\"none\"") > 20);
    free_all(&w);
    write_all(&w, hostile(), sample(), "no gnuplot here");
    tags_are_balanced(rt_str(&w.page));
    assert_non_null(strstr(rt_str(&w.page), "no gnuplot here"));
    free_all(&w);
}

static void invalid_samples_are_never_hidden(void **state) {
    (void)state;
    Written w = {0};
    write_all(&w, sample(), NULL, "");
    assert_non_null(strstr(rt_str(&w.page), "CRC 0x1234 instead of 0xe714"));
    assert_non_null(strstr(rt_str(&w.markdown), "CRC 0x1234 instead of 0xe714"));
    assert_non_null(strstr(rt_str(&w.terminal), "1 of 200 samples is invalid"));
    free_all(&w);
}

// "Has anything changed since last night?": an honest sentence without an answer; with one, its numbers.
static void what_has_changed(void **state) {
    (void)state;
    Written w = {0};
    write_all(&w, sample(), NULL, "");
    assert_non_null(strstr(rt_str(&w.page), "No earlier run was given to this report, so it cannot say."));
    free_all(&w);
    w.since = json_pack(
        "{s:s, s:s, s:{s:s, s:s}, s:[{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:f, s:n, s:n, s:b}, {s:s, s:b}, {s:s, s:b}]}",
        "schema", "nightjar.compare/1", "verdict", "regressed", "before", "created", "2025-12-31T00:00:00Z",
        "emulator_commit", evil, "entries", "verdict", "regressed", "workload", evil, "guest", "rv64", "config",
        "all-on", "metric", "host_instructions", "unit", "instructions", "before", 1000000, "after", 1100000, "ratio",
        1 / 1.1, "lo", "hi", "gates", 1, "verdict", "pass", "gates", 1, "verdict", "pass", "gates", 0);
    assert_non_null(w.since);
    json_t *since = w.since;
    write_all(&w, sample(), NULL, "");
    assert_non_null(strstr(rt_str(&w.page), "<b>Yes, for the worse.</b> Compared with the run of 2025-12-31"));
    assert_non_null(strstr(rt_str(&w.page), "of 2 deciding comparisons 1 got worse, 0 got better, 0 cannot be told."));
    assert_non_null(strstr(rt_str(&w.page), "title=\"1,100,000\""));
    assert_int_equal(count(rt_str(&w.page), "<script"), 1);
    tags_are_balanced(rt_str(&w.page));
    free_all(&w);
    json_decref(since);
}

// A time without one valid sample has no speedup, not even that of the baseline over itself.
static void no_sample_no_speedup(void **state) {
    (void)state;
    json_t *root = sample(), *o;
    size_t i;
    json_array_foreach(json_object_get(root, "samples"), i, o) {
        json_object_set_new(o, "valid", json_false());
        json_object_set_new(o, "reason", json_string("check: no"));
    }
    json_t *summary = json_object_get(root, "summary");
    json_array_foreach(json_object_get(summary, "cells"), i, o) {
        json_object_set_new(o, "n", json_integer(0));
        json_object_set_new(o, "invalid", json_integer(3));
        json_object_set_new(o, "median", json_null());
    }
    json_array_clear(json_object_get(summary, "speedups"));
    json_array_clear(json_object_get(summary, "attribution"));
    Written w = {0};
    write_all(&w, root, NULL, "");
    const View *v = &w.views.at[0];
    assert_false(view_row(v, v->off)->speedup.known);
    assert_null(strstr(rt_str(&w.terminal), "1.00"));
    assert_non_null(strstr(rt_str(&w.page), "No configuration has a valid time."));
    free_all(&w);
}

// What was not asked for is not missing.
static void a_run_that_only_counts_has_no_place_for_times(void **state) {
    (void)state;
    json_t *root = sample(), *o;
    size_t i;
    json_object_set_new(json_object_get(root, "plan"), "reps", json_integer(0));
    json_t *summary = json_object_get(root, "summary");
    json_array_foreach(json_object_get(summary, "cells"), i, o) {
        if (strcmp(json_string_value(json_object_get(o, "metric")), "host_per_guest") &&
            strcmp(json_string_value(json_object_get(o, "metric")), "host_instructions"))
            json_object_set_new(o, "n", json_integer(0)), json_object_set_new(o, "median", json_null());
    }
    json_array_clear(json_object_get(summary, "speedups"));
    Written w = {0};
    write_all(&w, root, NULL, "");
    assert_non_null(strstr(rt_str(&w.page), "This run was asked for no times"));
    assert_null(strstr(rt_str(&w.page), "How fast"));
    assert_non_null(strstr(rt_str(&w.markdown), "counted, not timed"));
    assert_null(strstr(rt_str(&w.markdown), "no valid timing sample"));
    free_all(&w);
}

static void commits_are_links_where_a_remote_is_known(void **state) {
    (void)state;
    static const char *const REMOTES[] = {"https://example.org/a/b", "javascript:boom()"};
    for (size_t i = 0; i < ARRAY_LEN(REMOTES); i++) {
        json_t *root = sample();
        json_object_set_new(json_object_get(root, "tool"), "remote", json_string(REMOTES[i]));
        Written w = {0};
        write_all(&w, root, NULL, "");
        const char *link =
            strstr(rt_str(&w.page), "<a href=\"https://example.org/a/b/commit/5a3b1e0\"><code>5a3b1e0</code></a>");
        assert_true(i ? !link : link != NULL);
        assert_null(strstr(rt_str(&w.page), "href=\"javascript:"));
        free_all(&w);
    }
}

// A column that no switch has a value for is not there; a count is not missing from samples that do not take it.
static void nothing_empty_is_shown(void **state) {
    (void)state;
    json_t *root = sample(), *o, *p;
    size_t i, k;
    json_array_foreach(json_object_get(json_object_get(root, "summary"), "attribution"), i, o) {
        json_array_foreach(json_object_get(o, "parts"), k, p) {
            json_object_set_new(p, "add_one", json_null());
            json_object_set_new(p, "shapley", json_null());
        }
    }
    Written w = {0};
    write_all(&w, root, NULL, "");
    assert_null(strstr(rt_str(&w.page), ">Added to all off</button>"));
    assert_null(strstr(rt_str(&w.page), ">Shapley part</button>"));
    assert_non_null(strstr(rt_str(&w.page), ">Added last</button>"));
    assert_null(strstr(rt_str(&w.page), "needs --profile"));
    assert_non_null(strstr(rt_str(&w.page), "no hardware PMU (PAPI -7)"));
    free_all(&w);
}

static void two_runs_stand_side_by_side(void **state) {
    (void)state;
    Written w = {0};
    write_all(&w, sample(), sample(), "");
    assert_int_equal(w.views.n, 4);
    assert_true(view_same_subject(&w.views.at[0], &w.views.at[1]));
    assert_string_not_equal(w.views.at[0].slug, w.views.at[1].slug);
    const char *sides = strstr(rt_str(&w.page), "The runs side by side");
    assert_true(sides &&
                sides < strstr(rt_str(&w.page), "id=\"speed\"")); // their comparison is what the page begins with
    assert_null(strstr(rt_str(&w.page), "id=\"since\""));
    assert_non_null(plot_find(&w.plots, &w.views.at[0], "sides"));
    free_all(&w);
}

static void the_headline_answers(void **state) {
    (void)state;
    Written w = {0};
    write_all(&w, sample(), NULL, "");
    ReportText t = {0};
    view_headline(&t, &w.views.at[0]);
    assert_non_null(strstr(rt_str(&t), "All switches on: 10.3× all off [10.1, 10.4] on dhrystone (rv64)"));
    assert_non_null(strstr(rt_str(&t), "× QEMU system"));
    assert_non_null(strstr(rt_str(&t), "% of native speed"));
    rt_free(&t);
    free_all(&w);
}

// Every value that the pointer finds over a plot is in the page as text, too.
static void plots_have_their_values_as_text(void **state) {
    (void)state;
    Written w = {0};
    write_all(&w, sample(), NULL, "");
    const Plot *p = plot_find(&w.plots, &w.views.at[0], "speedup");
    assert_true(p && p->hots.n == w.views.at[0].rows.n);
    uint32_t items = 0, lists = 0;
    const char *at = rt_str(&w.page), *end;
    while ((at = strstr(at, "<details class=\"alt\">")) && (end = strstr(at, "</details>"))) {
        for (lists++; (at = strstr(at, "<li>")) && at < end; at++) items++;
        at = end;
    }
    for (uint32_t i = 0; i < w.plots.n; i++) {
        lists -= w.plots.at[i].hots.n > 0;
        items -= w.plots.at[i].hots.n;
    }
    assert_true(lists == 0 && items == 0);
    assert_non_null(strstr(rt_str(&w.page), "<li>all on: 10.3× [10.1, 10.4] over all off, "));
    free_all(&w);
}

// Samples that were told how much to do: a workload of no fixed size has a time of one unit of its work, not of a run.
static void peers_have_the_time_of_a_unit_of_work(void **state) {
    (void)state;
    json_t *root = sample(), *o;
    size_t i;
    Written w = {0};
    json_array_foreach(json_object_get(root, "workloads"), i, o) json_object_set_new(o, "work", json_integer(0));
    json_array_foreach(json_object_get(root, "metrics"), i, o) json_object_set_new(o, "per_work", json_true());
    json_array_foreach(json_object_get(root, "samples"), i, o) json_object_set_new(o, "work", json_integer(1000));
    write_all(&w, root, NULL, "");
    for (i = 0; i < w.views.n; i++) {
        const View *v = &w.views.at[i];
        const Plot *p = plot_find(&w.plots, v, "peers");
        assert_true(p && p->hots.n);
        for (uint32_t k = 0; k < p->hots.n; k++)
            assert_non_null(
                strstr(p->hots.at[k].text, strcmp(v->workload->name, "coremark") ? " per run" : " per iteration"));
    }
    free_all(&w);
}

// Contrast as WCAG 2.1 defines it ("relative luminance"): 4.5 for text (AA), 3 for the lines and dots of a plot.
static double luminance(unsigned rgb) {
    double sum = 0, weight[3] = {0.0722, 0.7152, 0.2126};
    for (int i = 0; i < 3; i++, rgb >>= 8) {
        double c = (rgb & 255) / 255.0;
        sum += weight[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static double contrast(unsigned a, unsigned b) {
    double x = luminance(a), y = luminance(b);
    return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

static unsigned colour_named(const char *theme, const char *name) {
    char key[40];
    snprintf(key, sizeof key, "%s = '#", name);
    const char *at = strstr(theme, key);
    assert_non_null(at);
    return (unsigned)strtoul(at + strlen(key), NULL, 16);
}

static void text_can_be_read_in_both_themes(void **state) {
    (void)state;
    static const char *const FILES[] = {"theme-light.gp", "theme-dark.gp"},
                             *const TEXT[] = {"fg", "muted", "link", "warn"},
                             *const TILES[] = {"pair_less", "pair_none", "pair_more", "level_low", "level_high"},
                             *const MARKS[] = {"phase_load", "phase_translate", "phase_execute"};
    for (size_t f = 0; f < ARRAY_LEN(FILES); f++) {
        ReportAsset a = report_asset(FILES[f]);
        char *theme = strndup(a.bytes, a.size);
        unsigned bg = colour_named(theme, "bg"), fg = colour_named(theme, "fg"), marks = 0;
        const char *muted = strstr(theme, "muted_rgb = 0x");
        for (size_t i = 0; i < ARRAY_LEN(TEXT); i++) assert_true(contrast(colour_named(theme, TEXT[i]), bg) >= 4.6);
        for (size_t i = 0; i < ARRAY_LEN(TILES); i++) {
            unsigned tile = colour_named(theme, TILES[i]);
            assert_true(contrast(fg, tile) >= 4.5);
            if (i < 3) assert_true(contrast((unsigned)strtoul(muted + 14, NULL, 16), tile) >= 4.5);
        }
        for (size_t i = 0; i < ARRAY_LEN(MARKS); i++) assert_true(contrast(colour_named(theme, MARKS[i]), bg) >= 3);
        for (const char *at = strstr(theme, "array sw"); (at = strstr(at, "0x")); at += 8, marks++)
            assert_true(contrast((unsigned)strtoul(at + 2, NULL, 16), bg) >= 3);
        assert_int_equal(marks, COLOUR_LAST + 6);
        free(theme);
    }
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void without_gnuplot_there_is_a_page_that_says_so(void **state) {
    (void)state;
    char dir[] = "/tmp/nightjar-page-XXXXXX", path[128];
    assert_non_null(mkdtemp(dir));
    char *argv[] = {"report", "-q", "--gnuplot=/nonexistent/gnuplot", "-o", dir, SAMPLE, NULL};
    assert_int_equal(report_main(6, argv), 3);
    snprintf(path, sizeof path, "%s/index.html", dir);
    char buffer[65536];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    buffer[fread(buffer, 1, sizeof buffer - 1, f)] = '\0';
    fclose(f);
    assert_non_null(strstr(buffer, "cannot start /nonexistent/gnuplot"));
    assert_non_null(strstr(buffer, "gnuplot-nox"));
    snprintf(path, sizeof path, "%s/plots/rv64-dhrystone-speedup.dat", dir);
    assert_int_equal(access(path, R_OK), 0);
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void numbers_are_said_well(void **state) {
    (void)state;
    assert_string_equal(nt_ratio_interval(est_with(9.1, 8.9, 9.4)).s, "9.10× [8.90, 9.40]");
    assert_string_equal(nt_ratio_interval(est_with(1.0, 0.997, 1.004)).s, "1.000× [0.997, 1.004]");
    assert_string_equal(nt_ratio_interval(est_with(2.5, 2.5, 2.5)).s, "2.50×");
    assert_string_equal(nt_ratio((Est){0}).s, "–");
    assert_string_equal(nt_value(1.2345e9, "ns").s, "1.23 s");
    assert_string_equal(nt_value(45100, "ns").s, "45.1 µs");
    assert_string_equal(nt_count(12345678).s, "12.3 M");
    assert_string_equal(nt_count(999999).s, "1.00 M");
    assert_string_equal(nt_count(1900).s, "1900");
    assert_string_equal(nt_exact(1234567).s, "1,234,567");
    assert_string_equal(nt_exact(-123456).s, "-123,456");
    assert_string_equal(nt_percent(0.034).s, "3.4 %");
    assert_true(est_excludes_one(est_with(1.1, 1.01, 1.2)) && !est_excludes_one(est_with(1.1, 0.99, 1.2)));
    Est inverse = est_inverse(est_with(2, 1, 4));
    assert_true(inverse.value == 0.5 && inverse.lo == 0.25 && inverse.hi == 1);
}

static void usage_and_files_have_exit_codes(void **state) {
    (void)state;
    char *missing[] = {"report", "-o", "/tmp/nightjar-report-none", "/nonexistent/a.json", SAMPLE, NULL};
    assert_int_equal(report_main(5, missing), 65);
    assert_int_equal(access("/tmp/nightjar-report-none", F_OK), -1); // nothing is written when a document is refused
    char *no_dir[] = {"report", "-q", "-o", "/dev/null/x", SAMPLE, NULL};
    assert_int_equal(report_main(5, no_dir), 74);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(hostile_text_stays_text),
                                       cmocka_unit_test(pages_are_well_formed),
                                       cmocka_unit_test(invalid_samples_are_never_hidden),
                                       cmocka_unit_test(two_runs_stand_side_by_side),
                                       cmocka_unit_test(the_headline_answers),
                                       cmocka_unit_test(what_has_changed),
                                       cmocka_unit_test(no_sample_no_speedup),
                                       cmocka_unit_test(a_run_that_only_counts_has_no_place_for_times),
                                       cmocka_unit_test(commits_are_links_where_a_remote_is_known),
                                       cmocka_unit_test(nothing_empty_is_shown),
                                       cmocka_unit_test(plots_have_their_values_as_text),
                                       cmocka_unit_test(peers_have_the_time_of_a_unit_of_work),
                                       cmocka_unit_test(text_can_be_read_in_both_themes),
                                       cmocka_unit_test(without_gnuplot_there_is_a_page_that_says_so),
                                       cmocka_unit_test(numbers_are_said_well),
                                       cmocka_unit_test(usage_and_files_have_exit_codes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
