// Growing text and the forms in which a report says a number. Everything that reaches a page goes through rt_html,
// everything that reaches a Markdown table through rt_md. Numbers are formatted here and nowhere else.
#pragma once
#include "base/err.h"
#include "base/macros.h"
#include "bench/model/estimate.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct ReportText {
    char *s; // always terminated once something was added
    size_t n, cap;
} ReportText;

void rt_add(ReportText *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
void rt_bytes(ReportText *t, const char *s, size_t n);
void rt_html(ReportText *t, const char *s); // escapes & < > " '
void rt_md(ReportText *t, const char *s);   // escapes what Markdown or a table cell would read as markup
// A commit, as a link where the web address of its repository is known; `remote` may be NULL.
void rt_commit(ReportText *t, const char *remote, const char *commit, bool dirty);
size_t rt_unprintable(const char *s);
void rt_free(ReportText *t);
const char *rt_str(const ReportText *t); // never NULL

// A short text on the stack, returned by value so that calls nest: nt(x).s
typedef struct NumText {
    char s[96];
} NumText;

NumText nt_ratio(Est e);                      // "9.10", three significant digits, more when the interval is narrow
NumText nt_interval(Est e);                   // "[8.90, 9.40]", or "" without an interval
NumText nt_ratio_interval(Est e);             // "9.10× [8.90, 9.40]"
NumText nt_count(double x);                   // "12.3 M"
NumText nt_exact(double x);                   // "12,345,678"
NumText nt_value(double x, const char *unit); // ns become "1.24 s"; everything else a count and its unit
NumText nt_value_interval(Est e, const char *unit);
NumText nt_percent(double share); // 0.034 -> "3.4 %"
NumText nt_p(double p);

// Writes the file under a temporary name and renames it.
bool rt_write_file(const ReportText *t, const char *dir, const char *name, Err *err);
