#include "ci/columns.h"
#include "base/vec.h"
#include "bench/base/jsonfile.h"
#include "reports/html/text.h"
#include <stdlib.h>
#include <string.h>

// Samples of one kind: the same members, the same metrics, one purpose.
typedef struct Kind {
    char *key;
    VEC(uint32_t) rows; // of the samples of the run
} Kind;
typedef VEC(Kind) Kinds;

static void add_names(ReportText *key, const json_t *object) {
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)object, name, v) rt_add(key, ":%s\n", name);
    rt_add(key, "\n");
}

static Kind *kind_of(Kinds *kinds, const json_t *sample) {
    ReportText key = {0};
    rt_add(&key, "%s\n", json_text(sample, "purpose", ""));
    add_names(&key, sample);
    add_names(&key, json_object_get(sample, "metrics"));
    for (uint32_t i = 0; i < kinds->n; i++) {
        if (strcmp(kinds->at[i].key, rt_str(&key))) continue;
        rt_free(&key);
        return &kinds->at[i];
    }
    vec_push(kinds, ((Kind){.key = key.s}));
    return &kinds->at[kinds->n - 1];
}

// ---- writing
typedef struct Writer {
    ReportText out;
    const json_t *samples;
} Writer;

static void add_line(ReportText *out, json_t *value) { // steals
    char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(17));
    BUG_IF(!text, "a document that cannot be written as JSON");
    rt_bytes(out, text, strlen(text)), rt_bytes(out, "\n", 1);
    free(text);
    json_decref(value);
}

static json_t *value_at(const json_t *sample, const char *name, bool metric) {
    return json_object_get(metric ? json_object_get(sample, "metrics") : sample, name);
}

static bool is_same(const Writer *w, const Kind *k, const char *name, bool metric) {
    const json_t *first = value_at(json_array_get(w->samples, k->rows.at[0]), name, metric);
    for (uint32_t i = 1; i < k->rows.n; i++)
        if (!json_equal(first, value_at(json_array_get(w->samples, k->rows.at[i]), name, metric))) return false;
    return true;
}

static void add_column(Writer *w, const Kind *k, const char *name, bool metric) {
    json_t *line = json_array();
    json_array_append_new(line, metric ? json_sprintf(COLUMNS_METRIC "%s", name) : json_string(name));
    for (uint32_t i = 0; i < k->rows.n; i++)
        json_array_append(line, value_at(json_array_get(w->samples, k->rows.at[i]), name, metric));
    add_line(&w->out, line);
}

static bool has_metrics(const json_t *sample) { return json_is_object(json_object_get(sample, "metrics")); }

// What all rows have goes into `same`; the columns of the others follow behind the header, so they are collected first.
static void sort_out(Writer *w, const Kind *k, bool metric, json_t *keys, json_t *same) {
    const json_t *first = json_array_get(w->samples, k->rows.at[0]),
                 *object = metric ? json_object_get(first, "metrics") : first;
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)object, name, v) {
        json_array_append_new(keys, json_string(name));
        if (!metric && !strcmp(name, "metrics") && has_metrics(first)) continue;
        if (is_same(w, k, name, metric)) json_object_set(same, name, v);
    }
}

static void add_columns(Writer *w, const Kind *k, const json_t *keys, const json_t *same, bool metric) {
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const char *name = json_string_value(json_array_get(keys, i));
        bool apart = !metric && !strcmp(name, "metrics") && has_metrics(json_array_get(w->samples, k->rows.at[0]));
        if (!apart && !json_object_get(same, name)) add_column(w, k, name, metric);
    }
}

static int by_cell(const void *a, const void *b, void *samples) {
    static const char *const ORDER[] = {"config", "workload", "guest"};
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    for (unsigned i = 0; i < ARRAY_LEN(ORDER); i++) {
        int order = strcmp(json_text(json_array_get(samples, x), ORDER[i], ""),
                           json_text(json_array_get(samples, y), ORDER[i], ""));
        if (order) return order;
    }
    return (x > y) - (x < y);
}

static int count_invalid(const Writer *w, const Kind *k) {
    int n = 0;
    for (uint32_t i = 0; i < k->rows.n; i++)
        n += !json_is_true(json_object_get(json_array_get(w->samples, k->rows.at[i]), "valid"));
    return n;
}

static const char *purpose_of(const Writer *w, const Kind *k) {
    return json_text(json_array_get(w->samples, k->rows.at[0]), "purpose", "");
}

static void add_kind(Writer *w, Kind *k) {
    qsort_r(k->rows.at, k->rows.n, sizeof *k->rows.at, by_cell, (json_t *)w->samples);
    json_t *keys = json_array(), *same = json_object(), *metrics = json_array(), *same_metrics = json_object();
    sort_out(w, k, false, keys, same);
    if (has_metrics(json_array_get(w->samples, k->rows.at[0]))) sort_out(w, k, true, metrics, same_metrics);
    add_line(&w->out, json_pack("{s:i, s:i, s:s, s:O, s:O, s:O, s:O}", "rows", (int)k->rows.n, "invalid",
                                count_invalid(w, k), "purpose", purpose_of(w, k), "keys", keys, "same", same, "metrics",
                                metrics, "same_metrics", same_metrics));
    add_columns(w, k, keys, same, false);
    add_columns(w, k, metrics, same_metrics, true);
    json_t *places = json_array();
    json_array_append_new(places, json_string("#"));
    for (uint32_t i = 0; i < k->rows.n; i++) json_array_append_new(places, json_integer(k->rows.at[i]));
    add_line(&w->out, places);
    json_decref(keys), json_decref(same), json_decref(metrics), json_decref(same_metrics);
}

char *columns_text(const json_t *run) {
    Writer w = {.samples = json_object_get(run, "samples")};
    Kinds kinds = {0};
    json_t *head = json_copy((json_t *)run), *s;
    size_t i;
    json_object_set_new(head, "samples", json_null());
    add_line(&w.out, head);
    json_array_foreach((json_t *)w.samples, i, s) {
        Kind *k = kind_of(&kinds, s);
        vec_push(&k->rows, (uint32_t)i);
    }
    for (uint32_t k = 0; k < kinds.n; k++) {
        add_kind(&w, &kinds.at[k]);
        vec_free(&kinds.at[k].rows);
        free(kinds.at[k].key);
    }
    vec_free(&kinds);
    return w.out.s;
}

// ---- reading
bool columns_is(const char *text, size_t n) { return n && text[n - 1] == '\n'; }

typedef struct Reader {
    json_t *run, *samples;  // samples: in their places, null where none has come yet
    json_t *head, *columns; // of the kind that is being read; columns: name -> values, the name itself first
} Reader;

// A member of a sample, or of its metrics: one value for all rows, or a column.
typedef struct Field {
    const char *name;
    json_t *fixed, *column;
} Field;
typedef VEC(Field) Fields;

// False: a column is not there, or is too short.
static bool find_fields(const Reader *r, Fields *fields, bool metric) {
    const json_t *names = json_object_get(r->head, metric ? "metrics" : "keys"),
                 *same = json_object_get(r->head, metric ? "same_metrics" : "same");
    size_t rows = (size_t)json_num(r->head, "rows", 0);
    for (size_t i = 0; i < json_array_size(names); i++) {
        Field f = {.name = json_string_value(json_array_get(names, i))};
        if (!f.name) return false;
        ReportText column = {0};
        rt_add(&column, "%s%s", metric ? COLUMNS_METRIC : "", f.name);
        f.fixed = json_object_get(same, f.name);
        f.column = json_object_get(r->columns, rt_str(&column));
        rt_free(&column);
        bool metrics = !metric && !strcmp(f.name, "metrics");
        if (f.column ? json_array_size(f.column) != rows + 1 : !f.fixed && !metrics) return false;
        if (f.fixed || f.column || metrics) vec_push(fields, f);
    }
    return true;
}

static json_t *row_of(const Fields *members, const Fields *metrics, size_t row) {
    json_t *sample = json_object();
    for (uint32_t i = 0; i < members->n; i++) {
        const Field *f = &members->at[i];
        if (f->fixed || f->column)
            json_object_set(sample, f->name, f->fixed ? f->fixed : json_array_get(f->column, row + 1));
        else
            json_object_set_new(sample, f->name, row_of(metrics, &(Fields){0}, row)); // "metrics"
    }
    return sample;
}

static bool put_row(Reader *r, json_t *sample, size_t row) { // steals
    const json_t *place = json_array_get(json_object_get(r->columns, "#"), row + 1);
    json_int_t at = json_is_integer(place) ? json_integer_value(place) : -1;
    bool ok = at >= 0 && at < (1 << 24);
    while (ok && json_array_size(r->samples) <= (size_t)at) json_array_append_new(r->samples, json_null());
    ok = ok && json_is_null(json_array_get(r->samples, (size_t)at)) && !json_array_set(r->samples, (size_t)at, sample);
    json_decref(sample);
    return ok;
}

static bool add_rows(Reader *r) {
    Fields members = {0}, metrics = {0};
    size_t rows = (size_t)json_num(r->head, "rows", 0);
    bool ok = find_fields(r, &members, false) && find_fields(r, &metrics, true);
    for (size_t i = 0; ok && i < rows; i++) ok = put_row(r, row_of(&members, &metrics, i), i);
    vec_free(&members);
    vec_free(&metrics);
    return ok;
}

static bool end_kind(Reader *r) {
    bool ok = !r->head || add_rows(r);
    json_decref(r->head), json_decref(r->columns);
    r->head = NULL, r->columns = NULL;
    return ok;
}

static bool take_line(Reader *r, const char *line, size_t n) {
    json_t *value = json_loadb(line, n, 0, NULL);
    if (!r->run) {
        r->run = value;
        return json_is_object(value);
    }
    if (json_is_object(value)) {
        if (!end_kind(r)) return json_decref(value), false;
        r->head = value, r->columns = json_object();
        return true;
    }
    const char *name = json_string_value(json_array_get(value, 0));
    bool ok = name && r->head && !json_object_set(r->columns, name, value);
    json_decref(value);
    return ok;
}

json_t *columns_run(const char *text, size_t n, Err *err) {
    Reader r = {.samples = json_array()};
    bool ok = true;
    for (const char *end = text + n; ok && text < end;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        ok = newline && newline > text && take_line(&r, text, (size_t)(newline - text));
        text = newline ? newline + 1 : end;
    }
    ok = ok && end_kind(&r) && r.run;
    size_t i;
    json_t *s;
    json_array_foreach(r.samples, i, s) ok = ok && json_is_object(s);
    if (ok) {
        json_object_set_new(r.run, "samples", r.samples);
        return r.run;
    }
    json_decref(r.run), json_decref(r.samples), json_decref(r.head), json_decref(r.columns);
    err_set(err, "its columns do not fit together");
    return NULL;
}
