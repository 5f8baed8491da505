// Inlined plots of the page, each with its values as text, and links.
#include "base/alloc.h"
#include "reports/page.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *read_all(const char *path, size_t *n) {
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    ReportText t = {0};
    char buffer[16384];
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, f)) > 0;) rt_bytes(&t, buffer, got);
    fclose(f);
    *n = t.n;
    return t.s;
}

// Copies gnuplot's SVG into the page. The ids of its point symbols are the same in every picture, so they get
// the picture's number; its <title>s, which browsers would show as hover texts, and its filters, which
// nothing uses, are left out.
static void inline_svg(ReportText *out, const char *svg, unsigned picture) {
    const char *at = strstr(svg, "<svg");
    while (at && *at) {
        const char *end;
        if (strncmp(at, "<title>", 7) == 0 && (end = strstr(at, "</title>")))
            at = end + 8;
        else if (strncmp(at, "<desc>", 6) == 0 && (end = strstr(at, "</desc>")))
            at = end + 7;
        else if (strncmp(at, "<filter", 7) == 0 && (end = strstr(at, "</filter>")))
            at = end + 9;
        else if (strncmp(at, "gpPt", 4) == 0 || strncmp(at, "gpDot", 5) == 0) {
            rt_add(out, "g%u_%c", picture, at[2]);
            at += 3;
        } else if (strncmp(at, "id=\"gnuplot_", 12) == 0 && (end = strchr(at + 4, '"')))
            at = end + 1;
        else if (*at == '\n' || *at == '\t') {
            while (isspace((unsigned char)*at)) at++;
            rt_add(out, " ");
        } else
            rt_bytes(out, at++, 1);
    }
}

static void one_theme(ReportText *out, const PageInput *in, const Plot *p, const char *theme, unsigned picture) {
    char path[4600];
    size_t n = 0;
    snprintf(path, sizeof path, "%s/%s-%s.svg", in->plots_dir, p->name, theme);
    char *svg = read_all(path, &n);
    rt_add(out, "<div class=\"only-%s\" aria-hidden=\"true\">", theme);
    if (svg) inline_svg(out, svg, picture);
    rt_add(out, "</div>");
    free(svg);
}

static void hot_areas(ReportText *out, const Plot *p) {
    rt_add(out, "<svg class=\"hots\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", p->width, p->height);
    rt_html(out, p->title);
    rt_add(out, "\">");
    for (uint32_t i = 0; i < p->hots.n; i++) {
        const PlotHot *h = &p->hots.at[i];
        rt_add(out, "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" data-tip=\"", h->x, h->y, h->w, h->h);
        rt_html(out, h->text);
        rt_add(out, "\"/>");
    }
    rt_add(out, "</svg>");
}

// The values under the pointer, for those who have none: a list in words.
static void alternative(ReportText *out, const Plot *p) {
    if (!p->hots.n) return;
    rt_add(out, "<details class=\"alt\"><summary>Its values as text</summary><ul>");
    for (uint32_t i = 0; i < p->hots.n; i++) {
        rt_add(out, "<li>");
        for (const char *s = p->hots.at[i].text; *s;) {
            size_t n = strcspn(s, "\n");
            char *line = alloc_text_n(s, n);
            rt_html(out, line);
            free(line);
            s += n + (s[n] == '\n');
            if (*s) rt_add(out, s[-1] == '\n' && s == p->hots.at[i].text + n + 1 ? ": " : ", ");
        }
        rt_add(out, "</li>");
    }
    rt_add(out, "</ul></details>");
}

void page_plot(ReportText *out, const PageInput *in, const Plot *p) {
    if (!p) return;
    unsigned number = (unsigned)(p - in->plots->at);
    rt_add(out, "<figure id=\"plot-%s\">", p->name);
    if (p->drawn) {
        rt_add(out, "<div class=\"scroll\"><div class=\"plot\" style=\"max-width:%dpx;--least:%dpx\">", p->width,
               p->width < 640 ? p->width : 640);
        one_theme(out, in, p, "light", 2 * number);
        one_theme(out, in, p, "dark", 2 * number + 1);
        hot_areas(out, p);
        rt_add(out, "</div></div>");
    } else {
        rt_add(out, "<p class=\"missing\">No picture: ");
        rt_html(out, p->title);
        rt_add(out, ". Its data are in the files below.</p>");
    }
    rt_add(out, "<figcaption>");
    rt_html(out, p->caption);
    rt_add(out, " <span class=\"files\">");
    static const char *const links[][2] = {{"-light.svg", "SVG"},     {"-light.png", "PNG"}, {"-dark.svg", "dark SVG"},
                                           {"-dark.png", "dark PNG"}, {".dat", "data"},      {".gp", "script"}};
    for (size_t i = p->drawn ? 0 : 4; i < ARRAY_LEN(links); i++)
        rt_add(out, "<a href=\"%s/%s%s\">%s</a> ", in->plots_href, p->name, links[i][0], links[i][1]);
    rt_add(out, "</span></figcaption>");
    alternative(out, p);
    rt_add(out, "</figure>\n");
}

void page_slug(ReportText *out, const View *v) { rt_add(out, "s-%s", v->slug); }

void page_run_letter(ReportText *out, const PageInput *in, unsigned run) {
    if (in->n_docs == 1) return;
    rt_add(out, "<b class=\"run\">");
    if (in->n_docs <= 26)
        rt_add(out, "%c", 'A' + (int)run);
    else
        rt_add(out, "%u", run + 1);
    rt_add(out, "</b> ");
}

void page_commit(ReportText *out, const RunTool *tool) { rt_commit(out, tool->remote, tool->commit, tool->dirty); }

// The page of `nightjar profile` of this workload, where one was made: HOT/GUEST-NAME/index.html.
void page_hot_link(ReportText *out, const PageInput *in, const View *v) {
    char path[4600], href[512];
    if (!in->out_dir || !in->hot_href || strchr(v->workload->name, '/') || strchr(v->workload->guest, '/')) return;
    snprintf(href, sizeof href, "%.200s/%.60s-%.120s/index.html", in->hot_href, v->workload->guest, v->workload->name);
    snprintf(path, sizeof path, "%s/%s", in->out_dir, href);
    if (access(path, R_OK)) return;
    rt_add(out, "<p class=\"hot\"><a href=\"");
    rt_html(out, href);
    rt_add(out, "\">The hot blocks of this program</a>: guest code, IR and host code side by side.</p>\n");
}
