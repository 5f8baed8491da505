// The table run.inc as a loader, and the look-ups. The structural rules are member.c's; what needs the meaning of the
// members (times above zero, reasons, positive values) is check_samples() here.
#include "bench/model/run.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/model/member_table.h"
#include <stdlib.h>
#include <string.h>

#include "bench/model/run.inc"

// ---- names ----------------------------------------------------------------------------------------------------------

struct RunIndex {
    json_t *configs, *workloads, *metrics; // name -> index
    uint32_t *samples;                     // indices into doc->samples, by cell, then id
    uint32_t *first;          // [config][workload] -> where the cell begins in `samples`; one more at the end
    json_t *cells, *speedups; // "config workload metric" -> index
};

static void workload_key(char out[512], const char *name, const char *guest) {
    snprintf(out, 512, "%.200s\n%.200s", guest ? guest : "", name ? name : "");
}

static void name_items(json_t *into, const json_t *list, const char *member, bool with_guest) {
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)list, i, item) {
        char key[512];
        const char *name = json_text(item, member, NULL);
        if (with_guest) workload_key(key, name, json_text(item, "guest", NULL));
        if (name) json_object_set_new(into, with_guest ? key : name, json_integer((json_int_t)i));
    }
}

static uint32_t at_name(const json_t *names, const char *key) {
    const json_t *v = key ? json_object_get(names, key) : NULL;
    return v ? (uint32_t)json_integer_value(v) : RUN_NONE;
}

static uint32_t find_name(const void *names, MemberKind kind, const char *name, const char *guest) {
    const struct RunIndex *x = names;
    char key[512];
    if (kind == KIND_CONFIG) return at_name(x->configs, name);
    if (kind == KIND_METRIC) return at_name(x->metrics, name);
    workload_key(key, name, guest);
    return at_name(x->workloads, key);
}

uint32_t run_config(const RunDoc *doc, const char *id) { return find_name(doc->index, KIND_CONFIG, id, NULL); }
uint32_t run_metric(const RunDoc *doc, const char *name) { return find_name(doc->index, KIND_METRIC, name, NULL); }
uint32_t run_workload(const RunDoc *doc, const char *name, const char *guest) {
    return find_name(doc->index, KIND_WORKLOAD, name, guest);
}

uint32_t run_primary(const RunDoc *doc) {
    for (uint32_t i = 0; i < doc->metrics.n; i++)
        if (doc->metrics.at[i].primary) return i;
    return doc->metrics.n ? 0 : RUN_NONE;
}

bool run_is_exact(const RunMetric *metric) { return !strcmp(metric->kind, "exact"); }

// ---- hosts ----------------------------------------------------------------------------------------------------------

static const char FIRST_OF_ALL[] = "x64"; // the only host until there were others: its names are as they were

const char *run_first_host(const RunDoc *doc) {
    if (doc->hosts.n) return doc->hosts.at[0].name;
    const char *said = json_string_value(json_array_get(json_object_get(doc->emulator.version, "hosts"), 0));
    return said ? said : FIRST_OF_ALL;
}

const char *run_host(const RunDoc *doc, uint32_t config) {
    const RunConfig *c = &doc->configs.at[config];
    return c->peer ? "" : c->host ? c->host : run_first_host(doc);
}

const char *run_isa(const RunDoc *doc, const char *host, bool exact) {
    for (uint32_t i = 1; i < doc->hosts.n; i++) // the first one's are the plan's
        if (!strcmp(doc->hosts.at[i].name, host)) return exact ? doc->hosts.at[i].exact_isa : doc->hosts.at[i].time_isa;
    return exact ? doc->plan.exact_isa : doc->plan.time_isa;
}

char *run_id_on(const char *stem, const char *host) {
    bool plain = !host || !strcmp(host, FIRST_OF_ALL);
    return alloc_print("%s%s%s", stem, plain ? "" : "@", plain ? "" : host);
}

size_t run_id_stem(const char *id) { return strcspn(id, "@"); }

bool run_id_is(const char *id, const char *stem) {
    size_t n = strlen(stem);
    return !strncmp(id, stem, n) && (!id[n] || id[n] == '@');
}

uint32_t run_config_on(const RunDoc *doc, const char *stem, const char *host) {
    char *id = run_id_on(stem, host ? host : run_first_host(doc));
    uint32_t found = run_config(doc, id);
    free(id);
    return found;
}

uint32_t run_config_twin(const RunDoc *doc, uint32_t config, const char *host) {
    const RunConfig *c = &doc->configs.at[config];
    if (c->peer) return RUN_NONE;
    if (!strcmp(run_host(doc, config), host)) return config;
    char *stem = alloc_text_n(c->id, run_id_stem(c->id));
    uint32_t found = run_config_on(doc, stem, host);
    free(stem);
    return found;
}

// ---- look-ups -------------------------------------------------------------------------------------------------------

static int compare_metric(const void *key, const void *item) {
    uint32_t a = *(const uint32_t *)key, b = ((const MemberValue *)item)->metric;
    return (a > b) - (a < b);
}

double run_value(const RunSample *s, uint32_t metric) {
    if (!s->metrics.n) return NAN;
    const MemberValue *v = bsearch(&metric, s->metrics.at, s->metrics.n, sizeof *s->metrics.at, compare_metric);
    return v ? v->value : NAN;
}

static size_t cell_number(const RunDoc *doc, uint32_t config, uint32_t workload) {
    return (size_t)config * doc->workloads.n + workload;
}

const uint32_t *run_samples(const RunDoc *doc, uint32_t config, uint32_t workload, uint32_t *n) {
    *n = 0;
    if (config >= doc->configs.n || workload >= doc->workloads.n) return NULL;
    size_t cell = cell_number(doc, config, workload);
    *n = doc->index->first[cell + 1] - doc->index->first[cell];
    return doc->index->samples + doc->index->first[cell];
}

typedef struct Order {
    int64_t id;
    size_t cell;
    uint32_t sample;
} Order;

static int by_cell(const void *a, const void *b) {
    const Order *x = a, *y = b;
    if (x->cell != y->cell) return x->cell < y->cell ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static void index_samples(RunDoc *doc) {
    size_t cells = (size_t)doc->configs.n * doc->workloads.n;
    struct RunIndex *x = doc->index;
    Order *order = alloc_zeroed(doc->samples.n + 1, sizeof *order);
    x->samples = alloc_zeroed(doc->samples.n + 1, sizeof *x->samples);
    x->first = alloc_zeroed(cells + 2, sizeof *x->first);
    for (uint32_t i = 0; i < doc->samples.n; i++) {
        const RunSample *s = &doc->samples.at[i];
        order[i] = (Order){s->id, cell_number(doc, s->config, s->workload), i};
    }
    qsort(order, doc->samples.n, sizeof *order, by_cell);
    for (uint32_t i = 0; i < doc->samples.n; i++) {
        x->samples[i] = order[i].sample;
        x->first[order[i].cell + 1] = i + 1;
    }
    for (size_t c = 1; c <= cells; c++)
        if (x->first[c] < x->first[c - 1]) x->first[c] = x->first[c - 1];
    free(order);
}

static void pair_key(char out[64], uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    snprintf(out, 64, "%x %x %x %x", a, b, c, d);
}

static void index_summary(RunDoc *doc) {
    char key[64];
    for (uint32_t i = 0; i < doc->summary.cells.n; i++) {
        const RunCell *c = &doc->summary.cells.at[i];
        pair_key(key, c->config, c->workload, c->metric, 0);
        json_object_set_new(doc->index->cells, key, json_integer(i));
    }
    for (uint32_t i = 0; i < doc->summary.speedups.n; i++) {
        const RunSpeedup *s = &doc->summary.speedups.at[i];
        pair_key(key, s->config, s->workload, s->metric, s->baseline);
        json_object_set_new(doc->index->speedups, key, json_integer(i));
    }
}

const RunCell *run_cell(const RunDoc *doc, uint32_t config, uint32_t workload, uint32_t metric) {
    char key[64];
    pair_key(key, config, workload, metric, 0);
    uint32_t i = at_name(doc->index->cells, key);
    return i == RUN_NONE ? NULL : &doc->summary.cells.at[i];
}

const RunSpeedup *run_speedup(const RunDoc *doc, uint32_t baseline, uint32_t config, uint32_t workload,
                              uint32_t metric) {
    char key[64];
    pair_key(key, config, workload, metric, baseline);
    uint32_t i = at_name(doc->index->speedups, key);
    return i == RUN_NONE ? NULL : &doc->summary.speedups.at[i];
}

const RunAttribution *run_attribution(const RunDoc *doc, uint32_t workload, uint32_t metric, const char *basis) {
    for (uint32_t i = 0; i < doc->summary.attribution.n; i++) {
        const RunAttribution *a = &doc->summary.attribution.at[i];
        if (a->workload == workload && a->metric == metric && !strcmp(a->basis, basis)) return a;
    }
    return NULL;
}

// ---- loading --------------------------------------------------------------------------------------------------------

static bool check_values(const RunDoc *doc, uint32_t i, Err *err) {
    const RunSample *s = &doc->samples.at[i];
    for (uint32_t k = 0; s->valid && k < s->metrics.n; k++) {
        const char *name = doc->metrics.at[s->metrics.at[k].metric].name;
        double x = s->metrics.at[k].value;
        bool time = !strcmp(name, "cpu_ns") || !strcmp(name, "wall_ns");
        if (time ? x > 0 : x >= 0) continue;
        return err_set(err, "%s: `samples[%u].metrics.%.80s` is %g in a sample that counts: no measurement gives that",
                       doc->path, i, name, x);
    }
    return true;
}

static bool check_samples(const RunDoc *doc, Err *err) {
    for (uint32_t i = 0; i < doc->samples.n; i++) {
        const RunSample *s = &doc->samples.at[i];
        if (!s->valid && !s->reason)
            return err_set(err, "%s: `samples[%u]` is not valid but gives no reason", doc->path, i);
        if (s->valid && s->reason)
            return err_set(err, "%s: `samples[%u]` is valid but gives the reason %.80s", doc->path, i, s->reason);
        if (!check_values(doc, i, err)) return false;
    }
    return true;
}

static bool check_hosts(const RunDoc *doc, Err *err) {
    for (uint32_t i = 0; i < doc->configs.n; i++) {
        const RunConfig *c = &doc->configs.at[i];
        bool known = !c->host;
        for (uint32_t h = 0; h < doc->hosts.n; h++) known |= c->host && !strcmp(doc->hosts.at[h].name, c->host);
        if (!known)
            return err_set(err, "%s: `configs[%u].host` is %.80s, which `hosts` does not have", doc->path, i, c->host);
        if (c->peer && c->host)
            return err_set(err, "%s: `configs[%u].host` is %.80s: a peer has none", doc->path, i, c->host);
    }
    return true;
}

static double size_of_part(const RunPart *p) {
    return p->shapley.known ? p->shapley.value : p->leave_one_out.known ? p->leave_one_out.value : p->add_one.value;
}

int run_largest_part_first(const void *a, const void *b) {
    const RunPart *x = a, *y = b;
    if (x->shapley.known != y->shapley.known) return x->shapley.known ? -1 : 1;
    double p = size_of_part(x), q = size_of_part(y);
    return p > q ? -1 : p < q ? 1 : strcmp(x->feature, y->feature);
}

static void sort_parts(RunDoc *doc) {
    for (uint32_t i = 0; i < doc->summary.attribution.n; i++) {
        RunAttribution *a = &doc->summary.attribution.at[i];
        if (a->parts.n) qsort(a->parts.at, a->parts.n, sizeof *a->parts.at, run_largest_part_first);
    }
}

static Shape draft_shape(Member members[ARRAY_LEN(MEMBERS_run)]) {
    memcpy(members, MEMBERS_run, sizeof MEMBERS_run);
    for (size_t i = 0; i < ARRAY_LEN(MEMBERS_run); i++)
        if (!strcmp(members[i].name, "summary")) members[i].presence = MAY_MISS;
    Shape s = SHAPE_run;
    s.members = members;
    return s;
}

static bool read_root(RunDoc *doc, json_t *root, const char *path, bool draft, Err *err) {
    Member members[ARRAY_LEN(MEMBERS_run)];
    Shape shape = draft_shape(members);
    *doc = (RunDoc){0};
    struct RunIndex *x = alloc_zeroed(1, sizeof *x);
    char *copy = alloc_text(path);
    x->configs = json_object(), x->workloads = json_object(), x->metrics = json_object();
    x->cells = json_object(), x->speedups = json_object();
    name_items(x->configs, json_object_get(root, "configs"), "id", false);
    name_items(x->workloads, json_object_get(root, "workloads"), "name", true);
    name_items(x->metrics, json_object_get(root, "metrics"), "name", false);
    MemberReader reader = {path, RUN_SCHEMA, "nightjar bench", find_name, x, err};
    bool ok = member_read(&reader, draft ? &shape : &SHAPE_run, root, doc);
    doc->root = root, doc->index = x, doc->path = copy;
    ok = ok && check_hosts(doc, err) && check_samples(doc, err);
    if (!json_object_get(root, "summary")) doc->summary.baseline = RUN_NONE;
    if (ok) index_samples(doc), index_summary(doc), sort_parts(doc);
    if (!ok) run_doc_free(doc);
    return ok;
}

static bool accept(RunDoc *doc, json_t *root, const char *path, bool draft, Err *err) {
    *doc = (RunDoc){0};
    if (jsonfile_is_schema(root, path, RUN_FAMILY, RUN_VERSION, err)) return read_root(doc, root, path, draft, err);
    json_decref(root);
    return false;
}

bool run_doc_from_json(RunDoc *doc, json_t *root, const char *path, Err *err) {
    return accept(doc, root, path, false, err);
}

bool run_doc_draft(RunDoc *doc, json_t *root, const char *path, Err *err) { return accept(doc, root, path, true, err); }

bool run_doc_load(RunDoc *doc, const char *path, Err *err) {
    *doc = (RunDoc){0};
    json_t *root = jsonfile_load(path, err);
    return root && accept(doc, root, path, false, err);
}

void run_doc_free(RunDoc *doc) {
    struct RunIndex *x = doc->index;
    member_free(&SHAPE_run, doc);
    if (x) {
        json_decref(x->configs), json_decref(x->workloads), json_decref(x->metrics);
        json_decref(x->cells), json_decref(x->speedups);
        free(x->samples), free(x->first), free(x);
    }
    json_decref(doc->root);
    free(doc->path);
    *doc = (RunDoc){0};
}

json_t *run_schema(void) {
    return member_schema(&SHAPE_run, "One benchmark run of Nightjar: nightjar.run/1",
                         "Explained in bench/RUN-FORMAT.md. Written by `nightjar validate --schema`.");
}
