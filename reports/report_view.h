// What a report shows of one workload of one run: the configurations in reading order with their numbers, and the
// sentences about them. Plots, page, summary and terminal all read views, so they agree.
#pragma once
#include "bench/model/run.h"
#include "reports/html/text.h"

typedef enum ViewPhase { PHASE_LOAD, PHASE_TRANSLATE, PHASE_EXECUTE, PHASE_COUNT } ViewPhase;

// Colours by role: indexes of sw[] in theme-*.gp, from which the page takes them, too.
typedef enum ViewColour {
    COLOUR_ALL_ON = 1,
    COLOUR_PLAIN,
    COLOUR_PEER,
    COLOUR_FIRST_SWITCH,
    COLOUR_LAST = 32
} ViewColour;

typedef struct ViewRow {
    const RunConfig *config; // on the document's first host; the same switches on others are view_host_per_guest()'s
    Est speedup;             // against the view's baseline
    double p_holm;
    Est time; // the view's metric
    Est host_per_guest;
    Est phase[PHASE_COUNT];
    int n, invalid, colour;
} ViewRow;

// What one switch buys: Shapley parts from the factorial, the other two answers from the ablation where there is one.
typedef struct ViewSwitch {
    RunPart time;  // the part in the view's metric
    RunPart exact; // the part in host_instructions
} ViewSwitch;

typedef struct View {
    const RunDoc *doc;
    const RunWorkload *workload;
    const RunMetric *metric;   // the primary one; NULL when the document lists none
    unsigned run;              // index of the document
    char slug[96];             // unique; letters, digits and dashes only
    char letter[8];            // "" for a single run, else "A", "B", ...
    const RunConfig *on, *off; // all switches on, all off; may be NULL
    const RunConfig *lead;     // what the headline is about: all on, else the fastest configuration of emu; may be NULL
    const RunConfig *baseline; // may be NULL
    const RunAttribution *parts; // the factorial of the view's metric; may be NULL
    const RunAttribution *exact; // the factorial of host_instructions; may be NULL
    VEC(ViewSwitch) switches;    // every switch that factorial or ablation measured, in reading order
    const RunNoise *noise;       // floor of the view's metric; may be NULL
    VEC(ViewRow) rows;           // fastest first
} View;

typedef VEC(View) ViewList;

void views_build(ViewList *out, const RunDoc *docs, unsigned n_docs); // grouped by guest and workload, then by run
void views_free(ViewList *views);

// The hosts of all documents, each once: those of the first document first. At most VIEW_HOSTS; returns how many.
enum { VIEW_HOSTS = 8 };
unsigned views_hosts(const RunDoc *docs, unsigned n_docs, const char *names[VIEW_HOSTS]);
// Host instructions per guest instruction of the same switches on that host.
Est view_host_per_guest(const View *v, const ViewRow *row, const char *host);

const RunConfig *view_config(const RunDoc *doc, const char *id); // NULL when there is none
// A cell of the view's workload; NULL when there is none.
const RunCell *view_cell(const View *v, const RunConfig *config, const RunMetric *metric);
const ViewRow *view_row(const View *v, const RunConfig *config);                     // NULL when there is none
Est view_against(const View *v, const RunConfig *baseline, const RunConfig *config); // speedup of config over baseline
const RunMetric *view_metric(const View *v, const char *name);                       // NULL when there is none
bool view_per_work(const View *v);                    // times are those of a unit of work, not of a whole run
uint32_t view_workload(const View *v);                // its index in the document
void view_fill_switches(View *v);                     // parts, exact, switches
bool view_same_subject(const View *a, const View *b); // same guest and workload
const char *view_metric_name(const View *v);
const char *view_metric_unit(const View *v);
int view_switch_colour(const char *feature);
int view_config_colour(const View *v, const RunConfig *c);

void view_headline(ReportText *out, const View *v); // "All switches on: 9.10× all off [8.90, 9.40] on dhrystone; ..."
void view_finding(ReportText *out, const View *v);  // which switch buys what; empty without attribution
