#include "ci/facts.h"
#include "base/err.h"
#include "bench/base/jsonfile.h"
#include "ci/columns.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static SampleFacts no_facts(void) {
    SampleFacts s = {.workload = "", .guest = "", .config = "", .elf = "", .code = "", .work = 1};
    for (int m = 0; m < INDEX_METRICS; m++) s.value[m] = NAN;
    return s;
}

static bool is_indexed(const char *purpose) { return !strcmp(purpose, "exact") || !strcmp(purpose, "time"); }

// The members that samples and columns have in common. Where a string is kept, or NULL.
static const char **text_member(SampleFacts *s, const char *name) {
    return !strcmp(name, "workload")      ? &s->workload
           : !strcmp(name, "guest")       ? &s->guest
           : !strcmp(name, "config")      ? &s->config
           : !strcmp(name, "elf_sha256")  ? &s->elf
           : !strcmp(name, "code_sha256") ? &s->code
                                          : NULL;
}

static double *number_member(SampleFacts *s, const char *name) {
    size_t k = strlen(COLUMNS_METRIC);
    if (!strcmp(name, "work")) return &s->work;
    int m = strncmp(name, COLUMNS_METRIC, k) ? -1 : index_metric(name + k);
    return m < 0 ? NULL : &s->value[m];
}

// ---- a document
static void take_sample(RunFacts *f, const json_t *sample) {
    const json_t *metrics = json_object_get(sample, "metrics");
    const char *purpose = json_text(sample, "purpose", "");
    SampleFacts s = no_facts();
    f->samples++;
    s.invalid = !json_is_true(json_object_get(sample, "valid"));
    f->invalid += s.invalid;
    if (!is_indexed(purpose)) return;
    s.exact = !strcmp(purpose, "exact");
    static const char *const TEXTS[] = {"workload", "guest", "config", "elf_sha256", "code_sha256"};
    for (unsigned i = 0; i < ARRAY_LEN(TEXTS); i++) *text_member(&s, TEXTS[i]) = json_text(sample, TEXTS[i], "");
    s.work = json_num(sample, "work", 1);
    for (int m = 0; m < INDEX_METRICS; m++) s.value[m] = json_num(metrics, index_metrics[m].name, NAN);
    vec_push(&f->rows, s);
}

void facts_of_run(RunFacts *f, json_t *run) {
    size_t i;
    json_t *s;
    *f = (RunFacts){.run = run};
    json_array_foreach(json_object_get(run, "samples"), i, s) take_sample(f, s);
}

// ---- columns: ["metrics.cpu_ns",812,799.5,null] is read from left to right. WHY by hand: a JSON parser makes an object of
// each number, which takes ten times as long as all the rest.
typedef struct Scan {
    char *at;
    bool ok;
} Scan;

static void expect(Scan *s, char c) {
    s->ok = s->ok && *s->at == c;
    if (s->ok) s->at++;
}

// A string without escapes; it ends with a NUL then.
static const char *scan_text(Scan *s) {
    char *begin = s->at + 1;
    if (!s->ok || *s->at != '"') {
        bool none = s->ok && !strncmp(s->at, "null", 4);
        s->ok = none, s->at += none ? 4 : 0;
        return "";
    }
    char *end = strpbrk(begin, "\"\\");
    s->ok = end && *end == '"';
    if (!s->ok) return "";
    *end = 0, s->at = end + 1;
    return begin;
}

static double scan_number(Scan *s) {
    char *p = s->at, *end;
    int64_t whole = 0;
    if (!strncmp(p, "null", 4)) return s->at += 4, NAN;
    while (*p >= '0' && *p <= '9' && p - s->at < 15) whole = whole * 10 + *p++ - '0';
    if (p > s->at && (*p == ',' || *p == ']')) return s->at = p, (double)whole;
    double v = strtod(s->at, &end);
    s->ok = s->ok && end > s->at, s->at = end;
    return v;
}

static bool scan_bool(Scan *s) {
    bool yes = !strncmp(s->at, "true", 4), no = !strncmp(s->at, "false", 5);
    s->ok = s->ok && (yes || no), s->at += yes ? 4 : no ? 5 : 0;
    return yes;
}

static bool take_column(SampleFacts *rows, uint32_t n, char *line) {
    Scan s = {line + 1, true};
    const char *name = scan_text(&s);
    bool valid = s.ok && !strcmp(name, "valid");
    if (s.ok && !valid && !text_member(&(SampleFacts){0}, name) && !number_member(&(SampleFacts){0}, name)) return true;
    for (uint32_t i = 0; s.ok && i < n; i++) {
        expect(&s, ',');
        const char **to_text = text_member(&rows[i], name);
        double *to_number = number_member(&rows[i], name);
        if (!s.ok) return false;
        if (valid)
            rows[i].invalid = !scan_bool(&s);
        else if (to_text)
            *to_text = scan_text(&s);
        else if (to_number)
            *to_number = scan_number(&s);
    }
    expect(&s, ']');
    return s.ok && !*s.at;
}

// What all rows of a kind have in common.
static SampleFacts common(const json_t *head, bool exact) {
    SampleFacts s = no_facts();
    const json_t *same = json_object_get(head, "same"), *metrics = json_object_get(head, "same_metrics");
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)same, name, v) {
        const char **to_text = text_member(&s, name);
        if (to_text && json_is_string(v)) *to_text = json_string_value(v);
    }
    s.exact = exact, s.invalid = !json_is_true(json_object_get(same, "valid"));
    s.work = json_num(same, "work", 1);
    for (int m = 0; m < INDEX_METRICS; m++) s.value[m] = json_num(metrics, index_metrics[m].name, NAN);
    return s;
}

typedef struct Kind {
    uint32_t first, n; // rows; n is 0 for kinds that the index does not hold
} Kind;

static bool begin_kind(RunFacts *f, Kind *kind, const char *line, size_t n) {
    unsigned rows, invalid;
    char purpose[16] = "";
    *kind = (Kind){.first = f->rows.n};
    if (sscanf(line, "{\"rows\":%u,\"invalid\":%u,\"purpose\":\"%15[a-z]\"", &rows, &invalid, purpose) != 3 ||
        rows > n * 1000)
        return false;
    f->samples += (int)rows, f->invalid += (int)invalid;
    if (!is_indexed(purpose)) return true;
    json_t *head = json_loadb(line, n, 0, NULL);
    if (!head) return false;
    vec_push(&f->heads, head);
    SampleFacts s = common(head, !strcmp(purpose, "exact"));
    for (unsigned i = 0; i < rows; i++) vec_push(&f->rows, s);
    kind->n = rows;
    return true;
}

static bool take_line(RunFacts *f, Kind *kind, char *line, size_t n) {
    if (!f->run) return (f->run = json_loadb(line, n, 0, NULL)) != NULL;
    if (*line == '{') return begin_kind(f, kind, line, n);
    return *line == '[' && (!kind->n || take_column(f->rows.at + kind->first, kind->n, line));
}

bool facts_of_columns(RunFacts *f, char *text, size_t n) {
    Kind kind = {0};
    bool ok = true;
    *f = (RunFacts){.text = text};
    for (char *at = text, *end = text + n; ok && at < end;) {
        char *newline = memchr(at, '\n', (size_t)(end - at));
        ok = newline != NULL;
        if (!ok) break;
        *newline = 0;
        ok = take_line(f, &kind, at, (size_t)(newline - at));
        at = newline + 1;
    }
    if (ok && f->run) return true;
    f->text = NULL;
    facts_free(f);
    return false;
}

void facts_free(RunFacts *f) {
    json_decref(f->run);
    for (uint32_t i = 0; i < f->heads.n; i++) json_decref(f->heads.at[i]);
    vec_free(&f->heads);
    vec_free(&f->rows);
    vec_release(f->text);
    *f = (RunFacts){0};
}
