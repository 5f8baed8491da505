// Text and numbers of a report. See text.h.
#include "reports/html/text.h"
#include "base/alloc.h"
#include "bench/base/output.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(ReportText *t, size_t more) {
    if (t->n + more + 1 <= t->cap) return;
    size_t cap = t->cap ? t->cap * 2 : 1024;
    while (cap < t->n + more + 1) cap *= 2;
    t->s = alloc_again(t->s, cap, 1);
    t->cap = cap;
}

void rt_bytes(ReportText *t, const char *s, size_t n) {
    reserve(t, n);
    if (n) memcpy(t->s + t->n, s, n);
    t->n += n;
    t->s[t->n] = '\0';
}

void rt_add(ReportText *t, const char *fmt, ...) {
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    BUG_IF(n < 0, "bad format: %s", fmt);
    reserve(t, (size_t)n);
    vsnprintf(t->s + t->n, (size_t)n + 1, fmt, again);
    va_end(again);
    t->n += (size_t)n;
}

// The length of what must not reach a reader: control characters, and the marks that turn the
// direction of writing. 0 for text.
size_t rt_unprintable(const char *s) {
    const unsigned char *c = (const unsigned char *)s;
    if (c[0] < ' ' || c[0] == 0x7f) return 1;
    if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) return 2;                  // U+0080..U+009F
    if (c[0] == 0xe2 && c[1] == 0x80 && c[2] >= 0xaa && c[2] <= 0xae) return 3; // U+202A..U+202E
    if (c[0] == 0xe2 && c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9) return 3; // U+2066..U+2069
    return 0;
}

void rt_html(ReportText *t, const char *s) {
    for (; s && *s; s++) {
        size_t skip = *s == '\n' ? 0 : rt_unprintable(s);
        if (skip) {
            rt_add(t, "\uFFFD");
            s += skip - 1;
            continue;
        }
        switch (*s) {
        case '&': rt_add(t, "&amp;"); break;
        case '<': rt_add(t, "&lt;"); break;
        case '>': rt_add(t, "&gt;"); break;
        case '"': rt_add(t, "&quot;"); break;
        case '\'': rt_add(t, "&#39;"); break;
        default: rt_bytes(t, s, 1);
        }
    }
}

// WHY https:// alone: the address comes from a document, and a link may be anything that a browser runs.
void rt_commit(ReportText *t, const char *remote, const char *commit, bool dirty) {
    bool link = remote && !strncmp(remote, "https://", 8);
    if (link) {
        rt_add(t, "<a href=\"");
        rt_html(t, remote);
        rt_add(t, "/commit/");
        rt_html(t, commit);
        rt_add(t, "\">");
    }
    rt_add(t, "<code>");
    rt_html(t, commit);
    rt_add(t, "</code>%s%s", link ? "</a>" : "", dirty ? " with local changes" : "");
}

void rt_md(ReportText *t, const char *s) {
    for (; s && *s; s++) {
        if (*s == '<')
            rt_add(t, "&lt;");
        else if (*s == '&')
            rt_add(t, "&amp;");
        else if (rt_unprintable(s)) {
            rt_add(t, " ");
            s += rt_unprintable(s) - 1;
        } else {
            if (strchr("\\`*_[]|#~@", *s)) rt_add(t, "\\");
            rt_bytes(t, s, 1);
        }
    }
}

void rt_free(ReportText *t) {
    free(t->s);
    *t = (ReportText){0};
}

const char *rt_str(const ReportText *t) { return t->s ? t->s : ""; }

static NumText num(const char *fmt, ...) PRINTF_LIKE(1, 2);
static NumText num(const char *fmt, ...) {
    NumText n;
    va_list args;
    va_start(args, fmt);
    vsnprintf(n.s, sizeof n.s, fmt, args);
    va_end(args);
    return n;
}

// WHY: near 1 the last digit decides: an interval of [0.997, 1.004] must not be printed as [1.00, 1.00].
static int ratio_digits(Est e) {
    double x = fabs(e.value);
    if (e.interval && x > 0.8 && x < 1.25 && e.hi - e.lo < 0.1) return e.hi - e.lo < 0.002 ? 4 : 3;
    return x >= 100 ? 0 : x >= 10 ? 1 : x >= 0.1 ? 2 : 3;
}

NumText nt_ratio(Est e) { return e.known ? num("%.*f", ratio_digits(e), e.value) : num("–"); }

NumText nt_interval(Est e) {
    int d = ratio_digits(e);
    if (e.lo == e.hi) return num("%s", ""); // exact: there is nothing to be unsure of
    return e.known && e.interval ? num("[%.*f, %.*f]", d, e.lo, d, e.hi) : num("%s", "");
}

NumText nt_ratio_interval(Est e) {
    if (!e.known) return num("–");
    if (!e.interval || e.lo == e.hi) return num("%s×", nt_ratio(e).s);
    return num("%s× %s", nt_ratio(e).s, nt_interval(e).s);
}

static int three_digits(double x) { return x >= 100 ? 0 : x >= 10 ? 1 : 2; }

NumText nt_count(double x) {
    static const struct {
        double scale;
        const char *suffix;
    } steps[] = {{1e12, " T"}, {1e9, " G"}, {1e6, " M"}, {1e3, " k"}};
    double a = fabs(x);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        if (a >= 0.9995 * steps[i].scale && a >= 1e4) {
            double y = x / steps[i].scale;
            return num("%.*f%s", three_digits(fabs(y)), y, steps[i].suffix);
        }
    }
    if (x == floor(x)) return num("%.0f", x);
    return num("%.*f", three_digits(a), x);
}

NumText nt_exact(double x) {
    if (x != floor(x) || fabs(x) > 9e15) return num("%.4g", x);
    char plain[32];
    NumText n = {{0}};
    int len = snprintf(plain, sizeof plain, "%.0f", x);
    for (int i = 0, o = 0; i < len; i++) {
        n.s[o++] = plain[i];
        int left = len - 1 - i;
        if (left && left % 3 == 0 && plain[i] != '-') n.s[o++] = ',';
    }
    return n;
}

static NumText nt_time(double ns) {
    double a = fabs(ns);
    double scale = a >= 1e9 ? 1e9 : a >= 1e6 ? 1e6 : a >= 1e3 ? 1e3 : 1;
    const char *unit = a >= 1e9 ? "s" : a >= 1e6 ? "ms" : a >= 1e3 ? "µs" : "ns";
    return num("%.*f %s", three_digits(a / scale), ns / scale, unit);
}

NumText nt_value(double x, const char *unit) {
    if (unit && strcmp(unit, "ns") == 0) return nt_time(x);
    if (!unit || !*unit) return nt_count(x);
    return num("%.40s %.40s", nt_count(x).s, unit);
}

NumText nt_value_interval(Est e, const char *unit) {
    if (!e.known) return num("–");
    if (!e.interval || e.lo == e.hi) return nt_value(e.value, unit);
    if (!unit || strcmp(unit, "ns") != 0)
        return num("%.30s [%.24s, %.24s]", nt_value(e.value, unit).s, nt_count(e.lo).s, nt_count(e.hi).s);
    double a = fabs(e.value), scale = a >= 1e9 ? 1e9 : a >= 1e6 ? 1e6 : a >= 1e3 ? 1e3 : 1;
    int d = three_digits(a / scale);
    return num("%.30s [%.*f, %.*f]", nt_time(e.value).s, d, e.lo / scale, d, e.hi / scale);
}

NumText nt_percent(double share) {
    double p = 100 * share;
    return num("%.*f %%", fabs(p) >= 10 ? 0 : fabs(p) >= 1 ? 1 : 2, p);
}

NumText nt_p(double p) { return p < 0.001 ? num("< 0.001") : num("%.3f", p); }

bool rt_write_file(const ReportText *t, const char *dir, const char *name, Err *err) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
        return err_set(err, "%.200s/...: the path is too long; choose a shorter folder with -o", dir);
    return output_write(path, rt_str(t), t->n, err);
}
