// The summary for a terminal: the sentences, then columns. Colour only where the caller says that a person sees it.
#include "base/alloc.h"
#include "reports/report_words.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_COLUMNS = 34, WIDE = 90, HOST_COLUMNS = 9 }; // HOST_COLUMNS: of each host but the first

typedef struct Screen {
    bool colour, narrow; // narrow: a configuration takes two lines
    int columns;         // 0: lines may be of any length
    const char *hosts[VIEW_HOSTS];
    unsigned n_hosts;
} Screen;

static size_t columns_of(const char *s) {
    size_t n = 0;
    for (; *s; s++) n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

// Text from a document must not move the cursor: control characters become question marks.
static void safe(ReportText *out, const char *s) {
    for (; *s; s++) {
        size_t skip = rt_unprintable(s);
        if (skip)
            rt_add(out, "?"), s += skip - 1;
        else
            rt_bytes(out, s, 1);
    }
}

static void left(ReportText *out, const char *s, size_t width) {
    size_t n = columns_of(s);
    if (n <= width) {
        safe(out, s);
        rt_add(out, "%*s", (int)(width - n), "");
        return;
    }
    for (size_t i = 0; i + 1 < width; i++) {
        size_t len = 1;
        while (((unsigned char)s[len] & 0xc0) == 0x80) len++;
        char one[8] = {0};
        memcpy(one, s, len < 7 ? len : 7);
        safe(out, one);
        s += len;
    }
    rt_add(out, "…");
}

static void right(ReportText *out, const char *s, size_t width) {
    size_t n = columns_of(s);
    rt_add(out, "%*s%s", (int)(n < width ? width - n : 0), "", s);
}

// Everything about a configuration on one line; on a narrow screen its numbers follow below its name.
static void line(ReportText *out, const View *v, const ViewRow *r, const Screen *s) {
    bool bold = s->colour && v->lead && r->config == v->lead, dim = s->colour && r->config->peer;
    NumText bounds = nt_interval(r->speedup);
    const char *interval = v->baseline && r->config == v->baseline && r->speedup.known ? "baseline" : bounds.s;
    const char *on = bold ? "\033[1m" : dim ? "\033[2m" : "", *off = bold || dim ? "\033[0m" : "";
    rt_add(out, "%s%s", s->narrow ? "" : "  ", on);
    left(out, r->config->label, s->narrow ? (size_t)s->columns : LABEL_COLUMNS);
    if (s->narrow) {
        rt_add(out, "%s\n ", off);
        if (r->speedup.known) rt_add(out, " %s× %s%s", nt_ratio(r->speedup).s, interval, *interval ? "," : "");
        rt_add(out, " %s, n %d", r->time.known ? nt_value(r->time.value, view_metric_unit(v)).s : "no time", r->n);
        for (unsigned i = 0; s->n_hosts > 1 && i < s->n_hosts; i++)
            rt_add(out, "%s %s %s", i ? "," : "\n  host/guest:", s->hosts[i],
                   nt_ratio(view_host_per_guest(v, r, s->hosts[i])).s);
    } else {
        right(out, v->baseline ? nt_ratio(r->speedup).s : "", 8);
        rt_add(out, " ");
        left(out, interval, 16);
        right(out, r->time.known ? nt_value(r->time.value, view_metric_unit(v)).s : "–", 12);
        for (unsigned i = 0; i < s->n_hosts; i++)
            right(out, nt_ratio(view_host_per_guest(v, r, s->hosts[i])).s, i ? HOST_COLUMNS : 12);
        rt_add(out, "%5d", r->n);
    }
    if (r->invalid)
        rt_add(out, "%s%s%d invalid%s", s->narrow ? "\n  " : "  ", s->colour ? "\033[31m" : "", r->invalid,
               s->colour ? "\033[0m" : "");
    rt_add(out, "%s\n", s->narrow ? "" : off);
}

static void columns_head(ReportText *out, const View *v, const Screen *s) {
    rt_add(out, "\n%s  ", s->colour ? "\033[4m" : "");
    left(out, "configuration", LABEL_COLUMNS);
    right(out, v->baseline ? "speedup" : "", 8);
    rt_add(out, " ");
    left(out, v->baseline ? "95 %" : "", 16);
    right(out, view_metric_name(v), 12);
    for (unsigned i = 0; i < s->n_hosts; i++)
        right(out, s->n_hosts > 1 ? s->hosts[i] : "host/guest", i ? HOST_COLUMNS : 12);
    rt_add(out, "    n%s\n", s->colour ? "\033[0m" : "");
}

// A sentence, broken between words where the screen ends.
static void wrapped(ReportText *out, const char *text, const Screen *s) {
    size_t at = 0;
    for (const char *word = text; *word;) {
        size_t bytes = strcspn(word, " ");
        char *copy = alloc_text_n(word, bytes);
        size_t n = columns_of(copy);
        if (at && s->columns && at + 1 + n > (size_t)s->columns)
            rt_add(out, "\n"), at = 0;
        else if (at)
            rt_add(out, " "), at++;
        safe(out, copy);
        at += n;
        free(copy);
        word += bytes;
        word += strspn(word, " ");
    }
}

static void subject(ReportText *out, const View *v, const Screen *s) {
    ReportText t = {0};
    if (v->letter[0]) rt_add(&t, "%s: ", v->letter);
    view_headline(&t, v);
    rt_add(out, "\n%s", s->colour ? "\033[1m" : "");
    wrapped(out, rt_str(&t), s);
    rt_add(out, "%s\n", s->colour ? "\033[0m" : "");
    rt_free(&t);
    view_finding(&t, v);
    if (t.n) wrapped(out, t.s, s), rt_add(out, "\n");
    rt_free(&t);
    if (!v->rows.n) return;
    if (s->narrow)
        rt_add(out, "\n");
    else
        columns_head(out, v, s);
    for (uint32_t i = 0; i < v->rows.n; i++) line(out, v, &v->rows.at[i], s);
}

void terminal_write(ReportText *out, const RunDoc *docs, unsigned n_docs, const ViewList *views, bool colour,
                    int columns) {
    Screen s = {.colour = colour, .columns = columns};
    s.n_hosts = views_hosts(docs, n_docs, s.hosts);
    s.narrow = columns && columns < WIDE + HOST_COLUMNS * (int)(s.n_hosts - 1);
    for (unsigned d = 0; d < n_docs && n_docs > 1; d++) {
        rt_add(out, "%c: ", d < 26 ? 'A' + (int)d : '+');
        safe(out, docs[d].path);
        rt_add(out, "  ");
        if (docs[d].title) safe(out, docs[d].title);
        if (docs[d].tool.commit) rt_add(out, "  "), safe(out, docs[d].tool.commit);
        rt_add(out, "\n");
    }
    for (uint32_t i = 0; i < views->n; i++) subject(out, &views->at[i], &s);
    if (s.n_hosts > 1 && !s.narrow)
        rt_add(out, "\nThe columns of hosts are host instructions for each guest instruction, exact.\n");
    for (unsigned d = 0; d < n_docs; d++) {
        uint32_t bad = 0;
        for (uint32_t i = 0; i < docs[d].samples.n; i++) bad += !docs[d].samples.at[i].valid;
        if (docs[d].errors.n)
            rt_add(out, "\n%u exact metric%s varied: see the page.\n", docs[d].errors.n,
                   docs[d].errors.n == 1 ? "" : "s");
        for (uint32_t h = 0; h < docs[d].hosts.n; h++) {
            ReportText t = {0};
            if (!docs[d].hosts.at[h].untimed) continue;
            rt_add(&t, "No times of %s: %s.", docs[d].hosts.at[h].name, docs[d].hosts.at[h].untimed);
            wrapped(out, rt_str(&t), &s);
            rt_add(out, "\n");
            rt_free(&t);
        }
        if (docs[d].plan.stopped) rt_add(out, "\nFewer rounds than planned: the run ended early.\n");
        if (!bad) continue;
        ReportText t = {0};
        if (n_docs > 1) rt_add(&t, "%c: ", d < 26 ? 'A' + (int)d : '+');
        rt_add(&t, "%u of %u samples %s invalid and in no number above; the page lists them with reasons.", bad,
               docs[d].samples.n, bad == 1 ? "is" : "are");
        rt_add(out, "\n%s", colour ? "\033[31m" : "");
        wrapped(out, rt_str(&t), &s);
        rt_add(out, "%s\n", colour ? "\033[0m" : "");
        rt_free(&t);
    }
}
