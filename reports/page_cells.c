// Every configuration of every workload in one table: searched, filtered and sorted in the page; largest effect first.
#include "base/alloc.h"
#include "reports/page.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct CellRow {
    const View *view;
    const ViewRow *row;
    uint32_t order;
} CellRow;

static double magnitude(const ViewRow *r) {
    return r->speedup.known && r->speedup.value > 0 ? fabs(log(r->speedup.value)) : -1;
}

static int largest_first(const void *a, const void *b) {
    const CellRow *x = a, *y = b;
    double p = magnitude(x->row), q = magnitude(y->row);
    return p > q ? -1 : p < q ? 1 : x->order < y->order ? -1 : 1;
}

static void host_columns(ReportText *out, const PageInput *in, const CellRow *c) {
    const char *names[VIEW_HOSTS];
    unsigned n = views_hosts(in->docs, in->n_docs, names);
    for (unsigned i = 0; i < n; i++) {
        Est e = view_host_per_guest(c->view, c->row, names[i]);
        table_number(out, e.known ? e.value : NAN, nt_ratio(e).s,
                     e.known ? "exact" : "not counted for this configuration");
    }
}

static void add_row(ReportText *out, const PageInput *in, const CellRow *c) {
    const ViewRow *r = c->row;
    const char *unit = view_metric_unit(c->view);
    char count[48], hover[160];
    table_row(out);
    table_name(out, r->colour, r->config->label);
    if (in->n_docs > 1) table_text(out, c->view->letter);
    table_text(out, c->view->workload->name);
    table_text(out, c->view->workload->guest);
    table_number(out, r->speedup.known ? r->speedup.value : NAN, nt_ratio(r->speedup).s, NULL);
    table_number(out, r->speedup.interval ? r->speedup.hi - r->speedup.lo : NAN, nt_interval(r->speedup).s,
                 "sorts by width");
    snprintf(hover, sizeof hover, "%s %s", r->time.known ? nt_exact(round(r->time.value)).s : "",
             r->time.known ? unit : "");
    table_number(out, r->time.known ? r->time.value : NAN, nt_value_interval(r->time, unit).s, hover);
    host_columns(out, in, c);
    snprintf(count, sizeof count, "%d%s", r->n, r->invalid ? " !" : "");
    char invalid[80] = "";
    if (r->invalid) snprintf(invalid, sizeof invalid, "%d invalid: the reasons are listed under Validity", r->invalid);
    table_number(out, r->n, count, invalid);
}

// One column a host; the host's name stands there where there are several.
static void host_heads(const PageInput *in, char heads[VIEW_HOSTS][40]) {
    const char *names[VIEW_HOSTS];
    unsigned n = views_hosts(in->docs, in->n_docs, names);
    for (unsigned i = 0; i < VIEW_HOSTS; i++) *heads[i] = 0;
    for (unsigned i = 0; i < n; i++)
        snprintf(heads[i], sizeof heads[i], n > 1 ? "#Host/guest, %.20s" : "#Host/guest", names[i]);
}

void page_cells(ReportText *out, const PageInput *in) {
    uint32_t n = 0, at = 0;
    for (uint32_t i = 0; i < in->views->n; i++) n += in->views->at[i].rows.n;
    if (!n) return;
    CellRow *rows = alloc_zeroed(n, sizeof *rows);
    for (uint32_t i = 0; i < in->views->n; i++)
        for (uint32_t k = 0; k < in->views->at[i].rows.n; k++, at++)
            rows[at] = (CellRow){&in->views->at[i], &in->views->at[i].rows.at[k], at};
    qsort(rows, n, sizeof *rows, largest_first);
    const View *first = &in->views->at[0];
    char over[160], median[96];
    snprintf(over, sizeof over, "#Over %.60s", first->baseline ? first->baseline->label : "–");
    snprintf(median, sizeof median, "#Median %.40s", view_metric_name(first));
    const char *fixed[] = {"Configuration", "Run", "Workload", "Guest", over, "#95 % interval", median};
    VEC(const char *) heads = {0};
    char hosts[VIEW_HOSTS][40];
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        if (i != 1 || in->n_docs > 1) vec_push(&heads, fixed[i]);
    host_heads(in, hosts);
    for (unsigned i = 0; i < VIEW_HOSTS && *hosts[i]; i++) vec_push(&heads, hosts[i]);
    vec_push(&heads, "#n");
    vec_push(&heads, NULL);
    rt_add(out,
           "<section id=\"cells\"><h2>Find a cell</h2><details><summary>Table of all %u cells, with search</summary>\n"
           "<p class=\"search\" hidden><label>Show rows with <input type=\"search\" data-filters=\"cells-table\" "
           "placeholder=\"coremark rv64 chain\" autocomplete=\"off\"></label> <output>%u of %u rows</output></p>"
           "<div id=\"cells-table\">",
           n, n, n);
    table_begin(
        out,
        "Largest effect first; a click on a head sorts. Host/guest is the exact number of host instructions per "
        "guest instruction; of another host than the first only that is known.",
        heads.at);
    for (uint32_t i = 0; i < n; i++) add_row(out, in, &rows[i]);
    table_end(out);
    rt_add(out, "</div></details></section>\n");
    vec_free(&heads);
    free(rows);
}
