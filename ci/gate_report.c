// The gate's answer for people and machines: terminal, a page of Markdown for a pull request, JUnit, annotations.
#include "bench/base/digest.h"
#include "bench/base/jsonfile.h"
#include "ci/gate.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 20 };

static void value_text(const json_t *e, const char *key, char out[32]) {
    double v = json_num(e, key, NAN);
    snprintf(out, 32, isnan(v) ? "-" : "%.15g", v);
}

static void percent_text(const json_t *e, char out[32]) {
    double v = json_num(e, "percent", NAN);
    snprintf(out, 32, isnan(v) ? "-" : "%+.2f %%", v);
}

static void coverage_text(const json_t *gate, char out[200]) {
    const json_t *c = json_object_get(gate, "coverage"), *control = json_object_get(gate, "control");
    double ratio = json_num(control, "ratio", NAN);
    int n = snprintf(out, 200, "judged %d of %d cells", (int)json_num(c, "judged", 0), (int)json_num(c, "expected", 0));
    if (!isnan(ratio))
        snprintf(out + n, 200 - (size_t)n, ", control ratio %.3f (%d cells whose code is the same)", ratio,
                 (int)json_num(control, "cells", 0));
    else
        snprintf(out + n, 200 - (size_t)n, ", no control group");
}

static void reproduce_text(const json_t *gate, ReportText *out) {
    size_t i;
    json_t *w;
    json_array_foreach(json_object_get(gate, "reproduce"), i, w) {
        const char *s = json_string_value(w);
        bool plain = *s && !strpbrk(s, " '\"$*?\\&;|<>(){}[]~`");
        rt_add(out, plain ? "%s%s" : "%s'%s'", i ? " " : "", s);
    }
}

// ---- terminal and Markdown share the rows
static void rows(ReportText *out, const json_t *gate, const char *member, bool md) {
    const json_t *list = json_object_get(gate, member);
    size_t i;
    json_t *e;
    if (json_array_size(list) && md)
        rt_add(out, "\n| cell | metric | base | head | | |\n|---|---|---:|---:|---:|---|\n");
    json_array_foreach((json_t *)list, i, e) {
        char a[32], b[32], p[32];
        if (i == SHOWN) {
            rt_add(out, md ? "\nand %zu more: `--json` has them all\n" : "  and %zu more: --json has them all\n",
                   json_array_size(list) - i);
            break;
        }
        value_text(e, "before", a), value_text(e, "after", b), percent_text(e, p);
        const char *reason = json_text(e, "reason", NULL);
        rt_add(out, md ? "| %s | `%s` | %s | %s | %s | %s%s%s |\n" : "  %-34s %-26s %16s -> %-16s %9s  %s%s%s\n",
               json_text(e, "cell", ""), json_text(e, "metric", ""), a, b, p,
               reason ? "accepted" : json_text(e, "verdict", ""), reason ? ": " : "",
               reason                                      ? reason
               : json_is_true(json_object_get(e, "gates")) ? ""
                                                           : " (does not gate)");
    }
}

static void time_rows(ReportText *out, const json_t *gate, bool md) {
    size_t i;
    json_t *e;
    if (json_array_size(json_object_get(gate, "time")) && md)
        rt_add(out, "\n| time, all on | head / base | 95 %% | blocks | |\n|---|---:|---|---:|---|\n");
    json_array_foreach(json_object_get(gate, "time"), i, e) {
        double ratio = json_num(e, "ratio", NAN), lo = json_num(e, "lo", NAN), hi = json_num(e, "hi", NAN);
        char text[64] = "-", range[64] = "";
        if (!isnan(ratio))
            snprintf(text, sizeof text, "%.3f", ratio), snprintf(range, sizeof range, "%.3f..%.3f", lo, hi);
        rt_add(out,
               md ? "| %s (%s) | %s | %s | %d+%d | %s, threshold %.1f %%%s%s |\n"
                  : "  %-20s %-6s head/base %s  %s  %d+%d blocks  %s, threshold %.1f %%%s%s\n",
               json_text(e, "workload", ""), json_text(e, "guest", ""), text, range, (int)json_num(e, "blocks", 0),
               (int)json_num(e, "confirmed_by", 0), json_text(e, "verdict", ""), 100 * json_num(e, "threshold", 0),
               json_is_true(json_object_get(e, "same_code")) ? "; the emitted code is the same" : "",
               json_object_get(e, "accepted") ? "; accepted" : "");
    }
}

static void missing_rows(ReportText *out, const json_t *gate, bool md) {
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(json_object_get(gate, "coverage"), "missing"), i, e) {
        if (i < SHOWN)
            rt_add(out, md ? "* **not judged**: %s, `%s`: %s\n" : "  NOT JUDGED %s, %s: %s\n", json_text(e, "cell", ""),
                   json_text(e, "metric", ""), json_text(e, "why", ""));
    }
}

static void explanation(ReportText *out, const json_t *gate, bool md) {
    size_t i, k;
    json_t *e, *s;
    json_array_foreach(json_object_get(gate, "explain"), i, e) {
        rt_add(out, md ? "\n### Why: %s\n\n" : "\nWhy: %s\n", json_text(e, "cell", ""));
        json_array_foreach(json_object_get(e, "switches"), k, s)
            rt_add(out, md ? "* %s\n" : "  %s\n", json_string_value(s));
        const char *blocks = json_text(e, md ? "markdown" : "text", NULL);
        if (blocks) rt_add(out, "\n%s\n", blocks);
    }
}

static void common(ReportText *out, const json_t *gate, bool md) {
    char coverage[200];
    size_t i;
    json_t *n;
    const json_t *base = json_object_get(gate, "base"), *head = json_object_get(gate, "head");
    coverage_text(gate, coverage);
    rt_add(out, md ? "## Nightjar: %s\n\n`%s` against `%s`: %s\n\n" : "gate: %s\n%s against %s: %s\n",
           json_text(gate, "verdict", ""), json_text(head, "asked", ""), json_text(base, "asked", ""), coverage);
    missing_rows(out, gate, md);
    rows(out, gate, "exact", md);
    rows(out, gate, "accepted", md);
    if (!json_array_size(json_object_get(gate, "exact")) && !json_array_size(json_object_get(gate, "accepted")))
        rt_add(out, md ? "No exact count moved.\n" : "  no exact count moved\n");
    time_rows(out, gate, md);
    if (json_num(gate, "time_open", 0) > 0)
        rt_add(
            out,
            md ? "\n%d of the times could not be told apart: more blocks, or a quieter machine (`--strict` makes this exit 2).\n"
               : "  %d of the times could not be told apart: more blocks, or a quieter machine (--strict makes this exit 2)\n",
            (int)json_num(gate, "time_open", 0));
    json_array_foreach(json_object_get(gate, "notes"), i, n) {
        rt_add(out, md ? "\n> " : "  note: ");
        if (md)
            rt_md(out, json_string_value(n));
        else
            rt_add(out, "%s", json_string_value(n));
        rt_add(out, "\n");
    }
    explanation(out, gate, md);
    rt_add(out, md ? "\nAgain: `" : "again: ");
    reproduce_text(gate, out);
    rt_add(out, md ? "`\n" : "\n");
}

void gate_text(ReportText *out, const json_t *gate) { common(out, gate, false); }
void gate_markdown(ReportText *out, const json_t *gate) { common(out, gate, true); }

// ---- JUnit: one case for each thing that was judged and is not well, one for the rest
static void xml(ReportText *out, const char *text) {
    for (; *text; text++) {
        switch (*text) {
        case '<': rt_add(out, "&lt;"); break;
        case '>': rt_add(out, "&gt;"); break;
        case '&': rt_add(out, "&amp;"); break;
        case '"': rt_add(out, "&quot;"); break;
        default: rt_add(out, "%c", (unsigned char)*text < ' ' && *text != '\n' ? ' ' : *text);
        }
    }
}

typedef struct Finding { // what is wrong, in one line
    char cell[300], metric[64], text[400];
    bool error; // not judged, in place of worse
} Finding;

typedef VEC(Finding) Findings;

static void exact_findings(const json_t *gate, Findings *f) {
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(gate, "exact"), i, e) {
        Finding x = {0};
        char a[32], b[32], p[32];
        if (strcmp(json_text(e, "verdict", ""), "regressed") || !json_is_true(json_object_get(e, "gates"))) continue;
        value_text(e, "before", a), value_text(e, "after", b), percent_text(e, p);
        snprintf(x.cell, sizeof x.cell, "%s", json_text(e, "cell", ""));
        snprintf(x.metric, sizeof x.metric, "%s", json_text(e, "metric", ""));
        snprintf(x.text, sizeof x.text, "%s -> %s (%s)", a, b, p);
        vec_push(f, x);
    }
}

static Findings findings_of(const json_t *gate) {
    Findings f = {0};
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(json_object_get(gate, "coverage"), "missing"), i, e) {
        Finding x = {.error = true};
        snprintf(x.cell, sizeof x.cell, "%s", json_text(e, "cell", ""));
        snprintf(x.metric, sizeof x.metric, "%s", json_text(e, "metric", ""));
        snprintf(x.text, sizeof x.text, "not judged: %.300s", json_text(e, "why", ""));
        vec_push(&f, x);
    }
    exact_findings(gate, &f);
    json_array_foreach(json_object_get(gate, "time"), i, e) {
        Finding x = {0};
        if (strcmp(json_text(e, "verdict", ""), "regressed") || json_object_get(e, "accepted")) continue;
        snprintf(x.cell, sizeof x.cell, "%s/%s/all-on", json_text(e, "workload", ""), json_text(e, "guest", ""));
        snprintf(x.metric, sizeof x.metric, "cpu_ns");
        snprintf(x.text, sizeof x.text, "%.3f times the time of base", json_num(e, "ratio", NAN));
        vec_push(&f, x);
    }
    return f;
}

void gate_junit(ReportText *out, const json_t *gate) {
    Findings f = findings_of(gate);
    unsigned errors = 0;
    char coverage[200];
    coverage_text(gate, coverage);
    for (uint32_t i = 0; i < f.n; i++) errors += f.at[i].error;
    rt_add(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"nightjar gate\" tests=\"%u\" failures=\"%u\" errors=\"%u\">\n",
        f.n + 1, f.n - errors, errors);
    rt_add(out, "  <testcase classname=\"nightjar.gate\" name=\"");
    xml(out, coverage);
    rt_add(out, "\"/>\n");
    for (uint32_t i = 0; i < f.n; i++) {
        const char *tag = f.at[i].error ? "error" : "failure";
        rt_add(out, "  <testcase classname=\"nightjar.gate\" name=\"");
        xml(out, f.at[i].cell), rt_add(out, " "), xml(out, f.at[i].metric);
        rt_add(out, "\"><%s message=\"", tag);
        xml(out, f.at[i].text);
        rt_add(out, "\"/></testcase>\n");
    }
    rt_add(out, "</testsuite>\n");
    vec_free(&f);
}

// ---- annotations: workflow commands of GitHub (%, CR and LF are escaped), Code Quality of GitLab
static void workflow(ReportText *out, const char *text) {
    for (; *text; text++) {
        if (*text == '%' || *text == '\n' || *text == '\r')
            rt_add(out, "%%%02X", (unsigned)(unsigned char)*text);
        else
            rt_add(out, "%c", *text);
    }
}

void gate_github(ReportText *out, const json_t *gate) {
    Findings f = findings_of(gate);
    char coverage[200];
    for (uint32_t i = 0; i < f.n; i++) {
        rt_add(out, "::error title=nightjar gate::");
        workflow(out, f.at[i].cell), rt_add(out, " "), workflow(out, f.at[i].metric), rt_add(out, ": ");
        workflow(out, f.at[i].text), rt_add(out, "\n");
    }
    coverage_text(gate, coverage);
    rt_add(out, "::notice title=nightjar gate::%s; ", json_text(gate, "verdict", ""));
    workflow(out, coverage), rt_add(out, "\n");
    vec_free(&f);
}

json_t *gate_gitlab(const json_t *gate) {
    Findings f = findings_of(gate);
    json_t *list = json_array();
    for (uint32_t i = 0; i < f.n; i++) {
        char text[900];
        snprintf(text, sizeof text, "%s %s: %s", f.at[i].cell, f.at[i].metric, f.at[i].text);
        Digest d = digest_bytes(text, strlen(text));
        char folder[400];
        snprintf(folder, sizeof folder, "workloads/%.*s/manifest.json", (int)strcspn(f.at[i].cell, "/"), f.at[i].cell);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:{s:i}}}", "description", text,
                                              "check_name", "nightjar-gate", "fingerprint", d.hex, "severity",
                                              f.at[i].error ? "critical" : "major", "location", "path", folder, "lines",
                                              "begin", 1));
    }
    vec_free(&f);
    return list;
}
