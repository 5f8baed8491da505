// The page: one self-contained index.html. page.c has the frame and the top, page_subject.c what one workload shows,
// page_back.c what stands behind the numbers, page_parts.c tables and inlined plots. Everything is escaped here.
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
} PageInput;

typedef struct PageHealth {
    uint32_t samples, invalid, errors;
    bool stopped; // a plan was not finished
} PageHealth;

PageHealth page_health(const PageInput *in);
void page_write(ReportText *out, const PageInput *in);

void page_subject(ReportText *out, const PageInput *in, const View *v);
void page_environment(ReportText *out, const PageInput *in);
void page_validity(ReportText *out, const PageInput *in);
void page_noise(ReportText *out, const PageInput *in);
void page_unavailable(ReportText *out, const PageInput *in);
void page_how_to_read(ReportText *out);

void page_plot(ReportText *out, const PageInput *in, const Plot *p); // nothing for NULL
void page_slug(ReportText *out, const View *v);
