// index.html: tonight, alerts, the small pictures, changes of the machine, the last nights.
#include "bench/base/jsonfile.h"
#include "ci/site.h"
#include "reports/html/embed.h"
#include "reports/html/frame.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

EMBED(site_css, "ci/assets/site.css")
EMBED(site_js, "ci/assets/site.js")

enum { SPARK_W = 200, SPARK_H = 44, SPARK_POINTS = 180, NIGHTS_SHOWN = 30 };

// ---- small pictures
static void line(ReportText *out, const double *row, uint32_t n, const char *class) {
    double lo = INFINITY, hi = -INFINITY;
    for (uint32_t i = 0; i < n; i++)
        if (!isnan(row[i])) lo = fmin(lo, row[i]), hi = fmax(hi, row[i]);
    if (!(hi >= lo)) return;
    double room = hi - lo < 0.002 * hi ? 0.001 * hi : 0; // a flat line stays flat: noise of a thousandth is no mountain
    lo -= room, hi += room;
    uint32_t step = n / SPARK_POINTS + 1;
    bool pen = false;
    rt_add(out, "<path class=\"spark%s\" d=\"", class);
    for (uint32_t i = 0; i < n; i++) {
        bool kept = i % step == 0 || i + 1 == n || (i && row[i] != row[i - 1] && step == 1);
        if (isnan(row[i]) || !kept) continue;
        double x = n > 1 ? (double)SPARK_W * i / (n - 1) : SPARK_W / 2.0,
               y = hi > lo ? 2 + (SPARK_H - 4) * (hi - row[i]) / (hi - lo) : SPARK_H / 2.0;
        rt_add(out, "%c%.1f %.1f", pen ? 'L' : 'M', x, y);
        pen = true;
    }
    rt_add(out, "\"/>");
}

static void marks(ReportText *out, const Site *s, const SiteSubject *subject, const char *config) {
    for (uint32_t i = 0; i < s->alerts->n; i++)
        for (uint32_t k = 0; k < s->alerts->at[i].changes.n; k++) {
            const Change *c = s->alerts->at[i].changes.at[k];
            bool shown = c->kind != CHANGE_COUNT || !strcmp(c->metric, "host_instructions");
            if (!shown || strcmp(c->workload, subject->workload) || strcmp(c->guest, subject->guest) ||
                strcmp(c->config, config))
                continue;
            uint32_t at = 0;
            while (at < s->nights.n && s->nights.at[at] != c->first) at++;
            double x = s->nights.n > 1 ? (double)SPARK_W * at / (s->nights.n - 1) : SPARK_W / 2.0;
            rt_add(out, "<path class=\"mark%s\" d=\"M%.1f 0V%d\"/>", c->worse ? "" : " better", x, SPARK_H);
        }
}

// What changed on the machine or in the program: a short line from below.
static void event_marks(ReportText *out, const Site *s, const SiteSubject *subject) {
    double last = -1;
    for (uint32_t i = 0; i < s->events.n; i++) {
        double x = s->nights.n > 1 ? (double)SPARK_W * s->events.at[i].night / (s->nights.n - 1) : SPARK_W / 2.0;
        if (!site_has_event(s, i, subject) || x - last < 0.5) continue;
        rt_add(out, "<path class=\"event\" d=\"M%.1f %dV%d\"/>", x, SPARK_H - 8, SPARK_H);
        last = x;
    }
}

static double last_of(const double *row, uint32_t n) {
    while (n && isnan(row[n - 1])) n--;
    return n ? row[n - 1] : NAN;
}

static void card(ReportText *out, const Site *s, const SiteSubject *subject, const SiteCell *c) {
    double count = last_of(c->count, s->nights.n), time = last_of(c->time, s->nights.n);
    rt_add(out, "<li><button type=\"button\" class=\"card\" aria-expanded=\"false\" data-config=\"");
    rt_html(out, c->config);
    rt_add(out, "\"><b>");
    rt_html(out, c->config);
    rt_add(out, "</b><svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\"><title>", SPARK_W, SPARK_H);
    rt_html(out, c->config);
    rt_add(out, ": host instructions%s over %u nights</title>", c->timed ? " and CPU time" : "", s->nights.n);
    if (c->timed) line(out, c->time, s->nights.n, " time");
    if (c->counted) line(out, c->count, s->nights.n, "");
    event_marks(out, s, subject);
    marks(out, s, subject, c->config);
    rt_add(out, "</svg><span>");
    if (!isnan(count)) rt_add(out, "%s host instructions", nt_exact(count).s);
    if (!isnan(time) && subject->anchored) rt_add(out, "%s%.3f of the anchor's time", isnan(count) ? "" : "; ", time);
    if (!isnan(time) && !subject->anchored) rt_add(out, "%s%s", isnan(count) ? "" : "; ", nt_value(time * 1e6, "ns").s);
    rt_add(out, "</span></button></li>\n");
}

static void subjects(ReportText *out, const Site *s, const Store *store) {
    for (uint32_t i = 0; i < s->subjects.n; i++) {
        const SiteSubject *subject = &s->subjects.at[i];
        rt_add(out, "<section class=\"subject\" data-key=\"");
        rt_html(out, subject->workload), rt_add(out, "/"), rt_html(out, subject->guest);
        rt_add(out, "\" data-file=\"data/"), rt_html(out, subject->guest), rt_add(out, "-"),
            rt_html(out, subject->workload);
        rt_add(out, ".js\"><h2>");
        rt_html(out, subject->workload), rt_add(out, " <small>"), rt_html(out, subject->guest),
            rt_add(out, "</small></h2>\n");
        if (s->hot) {
            rt_add(out, "<p class=\"meta\"><a href=\""), rt_html(out, s->hot), rt_add(out, "/"),
                rt_html(out, subject->guest);
            rt_add(out, "-"), rt_html(out, subject->workload),
                rt_add(out, "/index.html\">its hot blocks, tonight, with all that is known of them</a></p>\n");
        }
        rt_add(out, "<ul class=\"cards\">\n");
        for (uint32_t k = 0; k < subject->cells.n; k++) card(out, s, subject, &subject->cells.at[k]);
        rt_add(out, "</ul><div class=\"detail\" hidden></div>\n");
        site_hot_table(out, s, store, subject);
        rt_add(out, "</section>\n");
    }
}

// ---- tonight and alerts
static void commit_link(ReportText *out, const Site *s, const IndexRun *r) {
    const char *commit = r->commit ? r->commit : "unknown";
    bool link = s->remote && r->commit && !r->dirty;
    if (link)
        rt_add(out, "<a href=\""), rt_html(out, s->remote), rt_add(out, "/commit/"), rt_html(out, commit),
            rt_add(out, "\">");
    rt_add(out, "<code>");
    for (unsigned i = 0; i < 12 && commit[i]; i++) rt_html(out, (char[]){commit[i], 0});
    rt_add(out, "%s</code>%s", r->dirty ? "+" : "", link ? "</a>" : "");
}

static void tonight(ReportText *out, const Site *s, time_t now) {
    unsigned open = 0, fresh = 0;
    for (uint32_t i = 0; i < s->alerts->n; i++) {
        const Alert *a = &s->alerts->at[i];
        open += a->head->worse && (!strcmp(a->state, "new") || !strcmp(a->state, "investigating"));
        fresh += a->head->worse && s->nights.n && a->head->first == s->nights.at[s->nights.n - 1];
    }
    if (!s->nights.n) {
        rt_add(
            out,
            "<p class=\"lead\">There is no run in this history yet: <code>nightjar history add RUN.json</code>.</p>\n");
        return;
    }
    const IndexRun *r = &s->changes.runs.at[s->nights.at[s->nights.n - 1]];
    struct tm tm = {0};
    bool known = strptime(r->created, "%Y-%m-%dT%H:%M:%S", &tm) != NULL;
    double age = known ? difftime(now, timegm(&tm)) / 3600 : 0;
    rt_add(out, "<p class=\"lead\">%s. The last of %u nights is of ",
           !open       ? "Nothing is worse"
           : open == 1 ? "One thing is worse"
                       : "Several things are worse",
           s->nights.n);
    rt_html(out, r->created);
    rt_add(out, ", commit "), commit_link(out, s, r);
    rt_add(out, ", on "), rt_html(out, r->machine_text ? r->machine_text : "an unknown machine");
    rt_add(out, ": %d samples%s. It brought %s.</p>\n", r->samples, r->invalid ? ", some of which do not count" : "",
           fresh ? "something worse, see below" : "nothing worse");
    if (age > 36) rt_add(out, "<p class=\"box\">No run has come for %.0f hours.</p>\n", age);
}

static void alerts(ReportText *out, const Site *s) {
    rt_add(out, "<section><h2>Alerts</h2>\n");
    if (!s->alerts->n) {
        rt_add(out, "<p>None.</p></section>\n");
        return;
    }
    rt_add(
        out,
        "<div class=\"scroll\"><table><thead><tr><th>id</th><th>state</th><th>what</th><th>commit</th><th>night</th><th>largest</th><th>cells</th><th>why</th></tr></thead><tbody>\n");
    for (uint32_t i = s->alerts->n; i-- > 0;) {
        const Alert *a = &s->alerts->at[i];
        const Change *c = a->head;
        const IndexRun *r = &s->changes.runs.at[c->first];
        rt_add(out, "<tr><td><code>%s</code></td><td>", a->id), rt_html(out, a->state);
        rt_add(out, "</td><td class=\"%s\">%s %s, ", c->worse ? "worse" : "better",
               c->kind == CHANGE_COUNT  ? "count"
               : c->kind == CHANGE_STEP ? "step"
                                        : "drift",
               c->worse ? "worse" : "better");
        rt_html(out, c->metric), rt_add(out, "</td><td>"), commit_link(out, s, r),
            rt_add(out, "</td><td>%.10s</td><td>", r->created);
        rt_html(out, c->workload), rt_add(out, "/"), rt_html(out, c->guest), rt_add(out, "/"), rt_html(out, c->config);
        rt_add(out, " %+.2f %%</td><td>%u</td><td>", 100 * (c->after / c->before - 1), a->changes.n);
        rt_html(out, a->reason ? a->reason : ""), rt_add(out, "</td></tr>\n");
    }
    rt_add(out, "</tbody></table></div></section>\n");
}

// ---- what else changed
static void environment(ReportText *out, const Site *s) {
    rt_add(
        out,
        "<section><h2>Changes of the machine and of programs</h2>\n<div class=\"scroll\"><table><thead><tr><th>night</th><th>what</th><th>before</th><th>after</th></tr></thead><tbody>\n");
    for (uint32_t i = 0; i < s->events.n; i++) {
        const SiteEvent *e = &s->events.at[i];
        rt_add(out, "<tr><td>%.10s</td><td>%s%s</td><td%s>", s->changes.runs.at[s->nights.at[e->night]].created,
               e->epoch ? "another " : "", e->what, e->epoch ? " colspan=\"2\"" : "");
        if (e->epoch)
            rt_html(out, e->epoch->workload), rt_add(out, " ("), rt_html(out, e->epoch->guest),
                rt_add(out, "): %s begin anew</td></tr>\n", e->epoch->exact ? "counts" : "times");
        else
            rt_html(out, e->before), rt_add(out, "</td><td>"), rt_html(out, e->after), rt_add(out, "</td></tr>\n");
    }
    rt_add(out, "</tbody></table></div>%s</section>\n", s->events.n ? "" : "<p>None.</p>");
}

static void nights(ReportText *out, const Site *s) {
    rt_add(
        out,
        "<section><h2>The last nights</h2><div class=\"scroll\"><table><thead><tr><th>night</th><th>commit</th><th>machine</th><th>samples</th><th></th></tr></thead><tbody>\n");
    for (uint32_t i = s->nights.n, shown = 0; i-- > 0 && shown < NIGHTS_SHOWN; shown++) {
        const IndexRun *r = &s->changes.runs.at[s->nights.at[i]];
        rt_add(out, "<tr><td>"), rt_html(out, r->created), rt_add(out, "</td><td>"), commit_link(out, s, r),
            rt_add(out, "</td><td>");
        rt_html(out, r->machine_text ? r->machine_text : ""),
            rt_add(out, "</td><td>%d%s</td><td>", r->samples, r->invalid ? " (some invalid)" : ""),
            rt_html(out, r->title ? r->title : ""), rt_add(out, "</td></tr>\n");
    }
    rt_add(out, "</tbody></table></div></section>\n");
}

// ---- the page
static bool add_file(ReportText *out, const char *dir, const char *name) {
    char path[4096], part[8192];
    size_t n;
    snprintf(path, sizeof path, "%.3900s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    while (f && (n = fread(part, 1, sizeof part, f))) rt_bytes(out, part, n);
    if (f) fclose(f);
    return f != NULL;
}

// The shared frame forbids scripts from elsewhere; this page loads its data from beside it.
static void head(ReportText *out, Site *s) {
    static const char STRICT[] = "script-src 'unsafe-inline'", OURS[] = "script-src 'unsafe-inline' 'self' file:";
    ReportText style = {0}, frame = {0};
    rt_bytes(&style, site_css, EMBED_SIZE(site_css));
    s->has_uplot = add_file(&style, s->uplot, "uPlot.min.css");
    frame_head(&frame, s->title, rt_str(&style), style.n);
    const char *at = strstr(rt_str(&frame), STRICT);
    BUG_IF(!at, "the frame of pages has another policy");
    rt_bytes(out, frame.s, (size_t)(at - frame.s));
    rt_add(out, "%s", OURS);
    at += strlen(STRICT);
    rt_bytes(out, at, frame.n - (size_t)(at - frame.s));
    rt_free(&style), rt_free(&frame);
}

static void scripts(ReportText *out, const Site *s) {
    if (s->has_uplot) {
        rt_add(out, "<script>/* uPlot, MIT license:\n");
        add_file(out, s->uplot, "LICENSE");
        rt_add(out, "*/\n");
        add_file(out, s->uplot, "uPlot.iife.min.js");
        rt_add(out, "\nwindow.uPlot=uPlot;</script>\n");
    }
    rt_add(out, "<script>");
    rt_bytes(out, site_js, EMBED_SIZE(site_js));
    rt_add(out, "</script>\n");
}

void site_page(ReportText *out, Site *s, const Store *store, time_t now) {
    head(out, s);
    rt_add(out, "<header><p class=\"brand\">Nightjar</p><h1>");
    rt_html(out, s->title);
    rt_add(out, "</h1>\n");
    tonight(out, s, now);
    rt_add(
        out,
        "<p class=\"needs-script\">A click on a picture shows its nights: drag zooms, a double click shows all, left and right move from night to night, Enter says more of one.</p></header>\n");
    alerts(out, s);
    subjects(out, s, store);
    environment(out, s);
    nights(out, s);
    scripts(out, s);
    frame_foot(out);
}
