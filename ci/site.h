// Inside of `nightjar site`: the history as rows of nights, one column for each run that counts, and what is made of it.
#pragma once
#include "ci/alerts.h"
#include "reports/html/text.h"

typedef struct SiteCell { // a configuration of a subject; NAN where a night has nothing
    const char *config;
    double *count, *time, *lo, *hi; // host instructions; CPU time, or its ratio to the anchor, with quartiles
    bool counted, timed;
} SiteCell;

typedef struct SiteSubject {
    const char *workload, *guest;
    VEC(SiteCell) cells; // all-on first
    bool anchored;
} SiteSubject;

typedef struct Site {
    const char *title, *uplot, *hot;
    char *remote; // web address of the checkout, or NULL
    Changes changes;
    const AlertList *alerts;
    VEC(SiteSubject) subjects;
    VEC(uint32_t) nights; // indices of the runs that are shown, in order
    bool has_uplot;
} Site;

bool site_collect(Site *s, Index *x, Err *err);
void site_free(Site *s);
void site_data(ReportText *out, const Site *s, const SiteSubject *subject); // the script of one subject
void site_page(ReportText *out, Site *s, time_t now);
