// The page: one self-contained index.html. page.c has the order of its parts, page_top.c the first screen, page_since.c
// what has changed, page_cells.c the table of every cell, page_subject.c what one workload shows, page_back.c what stands
// behind the numbers, page_parts.c inlined plots and links. Everything is escaped here.
#pragma once
#include "reports/html/table.h"
#include "reports/plot.h"

typedef struct PageInput {
    const RunDoc *docs;
    unsigned n_docs;
    const ViewList *views;
    const PlotList *plots;
    const char *plots_dir;  // where the pictures lie now
    const char *plots_href; // where the page finds them: "plots"
    const char *no_plots;   // why there are no (or not all) pictures; "" when there are
    const json_t *since;    // nightjar.compare/1 of an earlier run and this one; NULL: none was given
    const char *out_dir;    // where the page will lie; NULL: links to hot blocks are left out
    const char *hot_href;   // folder of the hot blocks as the page sees it: "hot"
} PageInput;

typedef struct PageHealth {
    uint32_t samples, invalid, errors;
    bool stopped; // a plan was not finished
} PageHealth;

PageHealth page_health(const PageInput *in);
void page_write(ReportText *out, const PageInput *in);

void page_what(ReportText *out, const PageInput *in);  // what this is, what was measured
void page_since(ReportText *out, const PageInput *in); // has anything changed since the run before?
void page_hosts(ReportText *out,
                const PageInput *in); // page_hosts.c: host instructions per guest instruction, where there are several
void page_speed(ReportText *out, const PageInput *in);    // over all off, beside QEMU and native
void page_switches(ReportText *out, const PageInput *in); // what each switch buys, all workloads in one table
void page_status(ReportText *out, const PageInput *in);
void page_cells(ReportText *out, const PageInput *in); // every configuration of every workload, with search

void page_subject(ReportText *out, const PageInput *in, const View *v);
void page_environment(ReportText *out, const PageInput *in);
void page_validity(ReportText *out, const PageInput *in);
void page_noise(ReportText *out, const PageInput *in);
void page_unavailable(ReportText *out, const PageInput *in);
void page_how_to_read(ReportText *out);

void page_plot(ReportText *out, const PageInput *in, const Plot *p); // nothing for NULL
void page_slug(ReportText *out, const View *v);
void page_run_letter(ReportText *out, const PageInput *in, unsigned run); // nothing when there is one run
void page_commit(ReportText *out, const RunTool *tool);                   // a link where a remote is known
void page_hot_link(ReportText *out, const PageInput *in, const View *v);  // nothing when there is no such page
