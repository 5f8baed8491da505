// Builds the views. See report_view.h; the sentences are in report_words.c.
#include "reports/report_view.h"
#include "base/alloc.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *view_metric_name(const View *v) { return v->metric ? v->metric->name : "cpu_ns"; }
const char *view_metric_unit(const View *v) { return v->metric ? v->metric->unit : "ns"; }

// The order of sw[] in theme-*.gp. A switch that is not listed takes one of the spare colours behind them by its name.
int view_switch_colour(const char *feature) {
    static const char *const known[] = {"chain",  "regcache", "tlb",    "flags",  "ibtc",   "region", "fold",
                                        "cse",    "dce",      "bounds", "ifconv", "sink",   "quiet",  "widen",
                                        "scale",  "unroll",   "once",   "guess",  "narrow", "late",   "known",
                                        "rotate", "heat",     "nans",   "step",   "rounds"};
    enum { SPARES = COLOUR_LAST - (COLOUR_FIRST_SWITCH + ARRAY_LEN(known)) + 1 };
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcmp(known[i], feature) == 0) return COLOUR_FIRST_SWITCH + (int)i;
    unsigned h = 5381;
    for (const char *s = feature; *s; s++) h = h * 33 + (unsigned char)*s;
    return COLOUR_FIRST_SWITCH + (int)ARRAY_LEN(known) + (int)(h % SPARES);
}

static void count_features(const RunConfig *c, int *on, int *off, const char **last_on, const char **last_off) {
    *on = *off = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)c->features, key, value) {
        if (json_is_true(value))
            ++*on, *last_on = key;
        else
            ++*off, *last_off = key;
    }
}

int view_config_colour(const View *v, const RunConfig *c) {
    if (c->peer) return COLOUR_PEER;
    if (c == v->on) return COLOUR_ALL_ON;
    if (!c->features) return COLOUR_PLAIN;
    int on, off;
    const char *last_on = "", *last_off = "";
    count_features(c, &on, &off, &last_on, &last_off);
    if (on + off > 1 && off == 1) return view_switch_colour(last_off);
    if (on + off > 1 && on == 1) return view_switch_colour(last_on);
    return COLOUR_PLAIN;
}

bool view_same_subject(const View *a, const View *b) {
    return !strcmp(a->workload->name, b->workload->name) && !strcmp(a->workload->guest, b->workload->guest);
}

static uint32_t config_index(const View *v, const RunConfig *c) { return (uint32_t)(c - v->doc->configs.at); }
static uint32_t metric_index(const View *v, const RunMetric *m) {
    return m ? (uint32_t)(m - v->doc->metrics.at) : RUN_NONE;
}
uint32_t view_workload(const View *v) { return (uint32_t)(v->workload - v->doc->workloads.at); }

// Samples that were told how much to do: their times are divided by it.
bool view_per_work(const View *v) {
    if (!v->metric || !v->metric->per_work) return false;
    for (uint32_t i = 0; i < v->doc->samples.n; i++) {
        const RunSample *s = &v->doc->samples.at[i];
        if (s->workload == view_workload(v) && s->work != RUN_NULL && !strcmp(s->purpose, v->metric->purpose))
            return true;
    }
    return false;
}

const RunConfig *view_config(const RunDoc *doc, const char *id) {
    uint32_t i = run_config(doc, id);
    return i == RUN_NONE ? NULL : &doc->configs.at[i];
}

const RunMetric *view_metric(const View *v, const char *name) {
    uint32_t i = run_metric(v->doc, name);
    return i == RUN_NONE ? NULL : &v->doc->metrics.at[i];
}

const RunCell *view_cell(const View *v, const RunConfig *config, const RunMetric *metric) {
    return run_cell(v->doc, config_index(v, config), view_workload(v), metric_index(v, metric));
}

const ViewRow *view_row(const View *v, const RunConfig *config) {
    for (uint32_t i = 0; i < v->rows.n; i++)
        if (v->rows.at[i].config == config) return &v->rows.at[i];
    return NULL;
}

static const RunSpeedup *find_speedup(const View *v, const RunConfig *baseline, const RunConfig *config) {
    return run_speedup(v->doc, config_index(v, baseline), config_index(v, config), view_workload(v),
                       metric_index(v, v->metric));
}

Est view_against(const View *v, const RunConfig *baseline, const RunConfig *config) {
    const RunSpeedup *s = find_speedup(v, baseline, config);
    if (s) return run_speedup_est(s);
    s = find_speedup(v, config, baseline);
    return s ? est_inverse(run_speedup_est(s)) : (Est){0};
}

static Est cell_median(const View *v, const RunConfig *config, const char *metric) {
    const RunCell *c = view_cell(v, config, view_metric(v, metric));
    return c && c->n > 0 ? run_cell_est(c) : (Est){0};
}

// Host instructions per guest instruction: of one run, because counted runs may be of different lengths.
static Est host_per_guest(const View *v, const RunConfig *config) {
    Est e = cell_median(v, config, "host_per_guest");
    e.interval = false;
    return e;
}

unsigned views_hosts(const RunDoc *docs, unsigned n_docs, const char *names[VIEW_HOSTS]) {
    unsigned n = 0;
    for (unsigned d = 0; d < n_docs; d++) {
        uint32_t hosts = docs[d].hosts.n ? docs[d].hosts.n : 1;
        for (uint32_t h = 0; h < hosts; h++) {
            const char *name = h ? docs[d].hosts.at[h].name : run_first_host(&docs[d]);
            bool known = false;
            for (unsigned i = 0; i < n; i++) known |= !strcmp(names[i], name);
            if (!known && n < VIEW_HOSTS) names[n++] = name;
        }
    }
    return n;
}

Est view_host_per_guest(const View *v, const ViewRow *row, const char *host) {
    uint32_t twin = run_config_twin(v->doc, config_index(v, row->config), host);
    return twin == RUN_NONE ? (Est){0} : host_per_guest(v, &v->doc->configs.at[twin]);
}

// Is it a column of the row of the same switches on the first host?
static bool has_row_elsewhere(const View *v, uint32_t config) {
    const char *host = run_host(v->doc, config), *first = run_first_host(v->doc);
    return *host && strcmp(host, first) && run_config_twin(v->doc, config, first) != RUN_NONE;
}

static int count_invalid(const View *v, const RunConfig *config) {
    uint32_t n;
    int invalid = 0;
    const uint32_t *at = run_samples(v->doc, config_index(v, config), view_workload(v), &n);
    for (uint32_t i = 0; i < n; i++) invalid += !v->doc->samples.at[at[i]].valid;
    return invalid;
}

static void add_row(View *v, const RunConfig *c) {
    static const char *const phase_metric[PHASE_COUNT] = {"load_ns", "translate_ns", "execute_ns"};
    ViewRow r = {.config = c, .p_holm = NAN, .colour = view_config_colour(v, c), .invalid = count_invalid(v, c)};
    const RunCell *cell = view_cell(v, c, v->metric);
    if (cell) r.n = (int)cell->n, r.time = cell_median(v, c, view_metric_name(v));
    r.host_per_guest = host_per_guest(v, c);
    for (int p = 0; p < PHASE_COUNT; p++) r.phase[p] = cell_median(v, c, phase_metric[p]);
    if (v->baseline) {
        const RunSpeedup *s = find_speedup(v, v->baseline, c);
        if (s) r.p_holm = s->p_holm;
        if (c == v->baseline)
            r.speedup = r.time.known ? est_of(1) : (Est){0};
        else
            r.speedup = view_against(v, v->baseline, c);
    }
    if (!cell && !r.host_per_guest.known && !r.invalid) return; // this workload was not run in this configuration
    vec_push(&v->rows, r);
}

static int fastest_first(const void *a, const void *b) {
    const ViewRow *x = a, *y = b;
    if (x->speedup.known != y->speedup.known) return x->speedup.known ? -1 : 1;
    if (x->speedup.known && x->speedup.value != y->speedup.value) return x->speedup.value > y->speedup.value ? -1 : 1;
    if (x->time.known != y->time.known) return x->time.known ? -1 : 1;
    if (x->time.known && x->time.value != y->time.value) return x->time.value < y->time.value ? -1 : 1;
    return x->config < y->config ? -1 : 1;
}

// All on or all off of the first host: by its name, else by its features.
static const RunConfig *find_extreme(const RunDoc *doc, const char *name, bool on) {
    uint32_t named = run_config_on(doc, name, NULL);
    if (named != RUN_NONE) return &doc->configs.at[named];
    for (uint32_t i = 0; i < doc->configs.n; i++) {
        const RunConfig *c = &doc->configs.at[i];
        if (strcmp(run_host(doc, i), run_first_host(doc))) continue;
        int n_on, n_off;
        const char *a, *b;
        if (!c->features || c->peer || (c->engine && strcmp(c->engine, "jit") != 0)) continue;
        count_features(c, &n_on, &n_off, &a, &b);
        if (n_on + n_off > 0 && (on ? n_off : n_on) == 0) return c;
    }
    return NULL;
}

static const RunConfig *find_baseline(const View *v) {
    uint32_t i = v->doc->summary.baseline;
    return i == RUN_NONE ? v->off : &v->doc->configs.at[i];
}

static const RunNoise *find_noise(const View *v) {
    for (uint32_t i = 0; i < v->doc->noise.n; i++) {
        const RunNoise *n = &v->doc->noise.at[i];
        if (!strcmp(n->workload, v->workload->name) && !strcmp(n->guest, v->workload->guest) &&
            !strcmp(n->metric, view_metric_name(v)))
            return n;
    }
    return NULL;
}

static void make_slug(View *v, unsigned n_docs, uint32_t index) {
    char raw[80];
    snprintf(raw, sizeof raw, "%.24s-%.40s", v->workload->guest, v->workload->name);
    for (char *s = raw; *s; s++) *s = isalnum((unsigned char)*s) ? (char)tolower((unsigned char)*s) : '-';
    if (n_docs > 1)
        snprintf(v->slug, sizeof v->slug, "%s-run%u", raw, v->run + 1);
    else
        snprintf(v->slug, sizeof v->slug, "%s", raw);
    if (n_docs > 1 && n_docs <= 26)
        snprintf(v->letter, sizeof v->letter, "%c", 'A' + (int)v->run);
    else if (n_docs > 26)
        snprintf(v->letter, sizeof v->letter, "%u", v->run + 1);
    if (index) snprintf(v->slug + strlen(v->slug), sizeof v->slug - strlen(v->slug), "-%u", index);
}

static void fill_view(View *v) {
    uint32_t primary = run_primary(v->doc);
    v->metric = primary == RUN_NONE ? NULL : &v->doc->metrics.at[primary];
    v->on = find_extreme(v->doc, "all-on", true);
    v->off = find_extreme(v->doc, "all-off", false);
    v->baseline = find_baseline(v);
    view_fill_switches(v);
    v->noise = find_noise(v);
    for (uint32_t i = 0; i < v->doc->configs.n; i++)
        if (!has_row_elsewhere(v, i)) add_row(v, &v->doc->configs.at[i]);
    if (v->rows.n) qsort(v->rows.at, v->rows.n, sizeof *v->rows.at, fastest_first);
    if (v->on && view_row(v, v->on)) v->lead = v->on;
    for (uint32_t i = 0; i < v->rows.n && !v->lead; i++)
        if (!v->rows.at[i].config->peer && v->rows.at[i].time.known) v->lead = v->rows.at[i].config;
}

// WHY: the name alone is not unique when two guests' names fold to the same letters.
static uint32_t slug_clashes(const ViewList *views, const View *v) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < views->n; i++) n += strncmp(views->at[i].slug, v->slug, strlen(v->slug)) == 0;
    return n;
}

void views_build(ViewList *out, const RunDoc *docs, unsigned n_docs) {
    ViewList plain = {0};
    for (unsigned d = 0; d < n_docs; d++) {
        for (uint32_t w = 0; w < docs[d].workloads.n; w++) {
            View v = {.doc = &docs[d], .run = d, .workload = &docs[d].workloads.at[w]};
            make_slug(&v, n_docs, 0);
            uint32_t same = slug_clashes(&plain, &v);
            if (same) make_slug(&v, n_docs, same + 1);
            fill_view(&v);
            vec_push(&plain, v);
        }
    }
    bool *taken = alloc_zeroed(plain.n + 1, sizeof *taken);
    for (uint32_t i = 0; i < plain.n; i++) {
        for (uint32_t j = i; j < plain.n; j++) {
            if (taken[j] || !view_same_subject(&plain.at[i], &plain.at[j])) continue;
            taken[j] = true;
            vec_push(out, plain.at[j]);
        }
    }
    free(taken);
    vec_free(&plain);
}

void views_free(ViewList *views) {
    for (uint32_t i = 0; i < views->n; i++) {
        vec_free(&views->at[i].rows);
        vec_free(&views->at[i].switches);
    }
    vec_free(views);
}
