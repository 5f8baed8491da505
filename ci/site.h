// Inside of `nightjar site`: the history as rows of nights, one column for each run that counts, and what is made of it.
#pragma once
#include "ci/alerts.h"
#include "ci/hot.h"
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

// What changed on the machine, or in what is measured, before a night.
typedef struct SiteEvent {
    uint32_t night;
    const char *what;
    char *before, *after; // of an epoch: what it is of; empty
    const Epoch *epoch;   // or NULL
} SiteEvent;

typedef struct Site {
    const char *title, *uplot, *hot;
    char *remote; // web address of the checkout, or NULL
    Changes changes;
    const AlertList *alerts;
    VEC(SiteSubject) subjects;
    VEC(uint32_t) nights; // indices of the runs that are shown, in order
    VEC(SiteEvent) events;
    StoreFiles hot_files;
    long *hot_of; // by night: its hot blocks among hot_files, or -1
    bool has_uplot;
} Site;

bool site_collect(Site *s, Index *x, Err *err);
void site_free(Site *s);
bool site_has_event(const Site *s, uint32_t event, const SiteSubject *subject); // does it concern the subject?
void site_data(ReportText *out, const Site *s, const SiteSubject *subject);     // the script of one subject
void site_nights(ReportText *out, const Site *s);                               // the script of what all have in common
// site_hot.c: data/hot/HASH.js, and the table of the last night that reads without scripts.
bool site_hot_write(const Site *s, const Store *store, const char *folder, Err *err);
void site_hot_id(const Site *s, uint32_t night, char id[20]); // empty: none
void site_hot_table(ReportText *out, const Site *s, const Store *store, const SiteSubject *subject);
void site_page(ReportText *out, Site *s, const Store *store, time_t now);
