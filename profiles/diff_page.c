// The differential report as a page.
#include "profiles/profile_page.h"
#include "bench/base/jsonfile.h"
#include "reports/html/frame.h"
#include "reports/html/table.h"
#include <math.h>
#include <string.h>

static NumText change(double n) {
    NumText t = nt_count(fabs(n)), out;
    snprintf(out.s, sizeof out.s, "%s%.60s", n > 0 ? "+" : n < 0 ? "−" : "", t.s);
    return out;
}

static void about(ReportText *out, const json_t *side) {
    const json_t *w = json_object_get(side, "workload");
    profile_page_about(out, &(ProfileAbout){.name = json_text(w, "name", "?"),
                                            .size = json_text(w, "size", NULL),
                                            .guest = json_text(side, "guest", "?"),
                                            .created = json_text(side, "created", ""),
                                            .remote = "",
                                            .interp = !strcmp(json_text(side, "engine", ""), "interp"),
                                            .features = json_object_get(side, "features"),
                                            .host = json_text(side, "host", "x64"),
                                            .emulator = json_object_get(side, "emulator")});
}

static void title(ReportText *out, const json_t *d) {
    rt_add(out, "<header><p class=\"brand\">Nightjar</p><h1>Which blocks moved, and why?</h1><ul class=\"runs\"><li><b "
                "class=\"run\">A</b> ");
    about(out, json_object_get(d, "a"));
    rt_add(out, "</li><li><b class=\"run\">B</b> ");
    about(out, json_object_get(d, "b"));
    rt_add(out, "</li></ul></header>\n<p class=\"lead\">");
    rt_html(out, json_text(d, "says", ""));
    rt_add(out, "</p>\n");
    const json_t *a = json_object_get(json_object_get(d, "a"), "totals"),
                 *b = json_object_get(json_object_get(d, "b"), "totals");
    double na = (double)pj_int(a, "host_instructions"), nb = (double)pj_int(b, "host_instructions");
    rt_add(out,
           "<div class=\"big-line\"><div><b>%s → %s</b><span>host instructions</span></div><div><b>%s%.1f "
           "%%</b><span>change</span></div>",
           nt_count(na).s, nt_count(nb).s, nb < na ? "−" : "+", na > 0 ? 100 * fabs(nb / na - 1) : 0);
    rt_add(out, "<div><b>%s → %s</b><span>for each guest instruction</span></div></div>\n",
           nt_ratio(est_of(json_num(a, "host_per_guest", 0))).s, nt_ratio(est_of(json_num(b, "host_per_guest", 0))).s);
    if (!json_is_true(json_object_get(d, "same_elf")))
        rt_add(
            out,
            "<p class=\"warn box\">The programs are not the same file: blocks are matched by symbol and offset.</p>\n");
}

static void reasons(ReportText *out, const json_t *d) {
    static const char *const heads[] = {"Reason", "What it is", "#A", "#B", "#Change", NULL};
    const json_t *a = json_object_get(json_object_get(d, "a"), "why"),
                 *b = json_object_get(json_object_get(d, "b"), "why");
    rt_add(out, "<section id=\"why\"><h2>By reason</h2>\n");
    table_begin(out, "Executed host instructions of the whole program.", heads);
    const char *name;
    json_t *v;
    json_object_foreach(json_object_get(d, "whys"), name, v) {
        double na = (double)pj_int(a, name), nb = (double)pj_int(b, name);
        if (na == 0 && nb == 0) continue;
        table_row(out);
        rt_add(out, "<th scope=\"row\"><i class=\"dot\" style=\"background:var(--why-%s)\"></i>%s</th>", name, name);
        table_text(out, json_string_value(v));
        table_number(out, na, nt_count(na).s, nt_exact(na).s);
        table_number(out, nb, nt_count(nb).s, nt_exact(nb).s);
        table_number(out, nb - na, change(nb - na).s, nt_exact(nb - na).s);
    }
    table_end(out);
    rt_add(out, "</section>\n");
}

static void blocks(ReportText *out, const json_t *d, unsigned top) {
    static const char *const heads[] = {"Block",   "Source",  "Moved",         "#Change",       "#By hits", "#By code",
                                        "#Hits A", "#Hits B", "#Host a hit A", "#Host a hit B", NULL};
    rt_add(out, "<section id=\"blocks\"><h2>Blocks</h2>\n");
    table_begin(out,
                "Guest blocks by how much their host instructions moved. By hits: what the old code would cost for the "
                "new number of hits.",
                heads);
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(d, "blocks"), i, e) {
        if (i >= 2 * (size_t)top || !pj_int(e, "size")) break;
        const json_t *a = json_object_get(e, "a"), *b = json_object_get(e, "b");
        char place[128], source[128];
        pj_place(place, sizeof place, e), pj_source(source, sizeof source, e);
        table_row(out);
        rt_add(out, "<th scope=\"row\"><code>");
        if (i < top) rt_add(out, "<a href=\"#b%zu\">", i + 1);
        rt_html(out, place);
        rt_add(out, "%s</code></th>", i < top ? "</a>" : "");
        table_text(out, source);
        table_text(out, json_text(e, "moved", "?"));
        table_number(out, (double)pj_int(e, "delta"), change((double)pj_int(e, "delta")).s,
                     nt_exact((double)pj_int(e, "delta")).s);
        table_number(out, json_num(e, "by_hits", 0), change(round(json_num(e, "by_hits", 0))).s, NULL);
        table_number(out, json_num(e, "by_code", 0), change(round(json_num(e, "by_code", 0))).s, NULL);
        table_number(out, (double)pj_int(a, "hits"), nt_count((double)pj_int(a, "hits")).s, NULL);
        table_number(out, (double)pj_int(b, "hits"), nt_count((double)pj_int(b, "hits")).s, NULL);
        double ea = pj_share(pj_int(a, "host_instructions"), pj_int(a, "hits")),
               eb = pj_share(pj_int(b, "host_instructions"), pj_int(b, "hits"));
        table_number(out, ea, nt_ratio(est_of(ea)).s, NULL);
        table_number(out, eb, nt_ratio(est_of(eb)).s, NULL);
    }
    table_end(out);
    rt_add(out, "</section>\n");
}

static void lines(ReportText *out, const json_t *list) {
    size_t i;
    json_t *l;
    rt_add(out, "<td>");
    json_array_foreach((json_t *)list, i, l) {
        char mark = *json_string_value(json_array_get(l, 0));
        rt_add(out, "<span class=\"host %s\" style=\"--w:var(--why-%s)\">",
               mark == '-'   ? "minus"
               : mark == '+' ? "plus"
                             : "",
               json_string_value(json_array_get(l, 2)));
        rt_html(out, json_string_value(json_array_get(l, 1)));
        rt_add(out, "</span>");
    }
    rt_add(out, "</td>");
}

static void code(ReportText *out, const json_t *d, const json_t *e, unsigned rank) {
    char place[128];
    const json_t *a = json_object_get(e, "a"), *b = json_object_get(e, "b");
    pj_place(place, sizeof place, e);
    rt_add(out, "<section class=\"block\" id=\"b%u\"><h3><span class=\"rank\">%u</span><code>", rank, rank);
    rt_html(out, place);
    rt_add(out, "</code> %s<small>moved: %s</small></h3>\n", change((double)pj_int(e, "delta")).s,
           json_text(e, "moved", "?"));
    rt_add(out, "<p>");
    rt_html(out, json_text(e, "says", ""));
    rt_add(out, "</p>\n");
    rt_add(out,
           "<ul class=\"facts\"><li>hits <b>%s → %s</b></li><li>host instructions a hit <b>%.2f → "
           "%.2f</b></li><li>spills <b>%lld → %lld</b></li></ul>\n",
           nt_count((double)pj_int(a, "hits")).s, nt_count((double)pj_int(b, "hits")).s,
           pj_share(pj_int(a, "host_instructions"), pj_int(a, "hits")),
           pj_share(pj_int(b, "host_instructions"), pj_int(b, "hits")), (long long)pj_int(a, "spills"),
           (long long)pj_int(b, "spills"));
    rt_add(out, "<p class=\"exits\">A</p>");
    profile_page_stack(out, json_object_get(a, "why"), json_object_get(d, "whys"), true);
    rt_add(out, "<p class=\"exits\">B</p>");
    profile_page_stack(out, json_object_get(b, "why"), json_object_get(d, "whys"), true);
    size_t i;
    json_t *row;
    if (json_array_size(json_object_get(e, "code")))
        rt_add(out, "<div class=\"scroll\"><table class=\"code\"><thead><tr><th class=\"c-guest\">guest</th><th>host "
                    "code of A</th><th>host code of B</th><th class=\"c-cost cost\">a time, A</th>"
                    "<th class=\"c-cost cost\">B</th></tr></thead><tbody>\n");
    json_array_foreach(json_object_get(e, "code"), i, row) {
        rt_add(out, "<tr><td><span class=\"addr\">");
        rt_html(out, json_text(row, "gpc", "0x") + 2);
        rt_add(out, "</span>");
        rt_html(out, json_text(row, "text", "?"));
        rt_add(out, "</td>");
        lines(out, json_object_get(row, "a")), lines(out, json_object_get(row, "b"));
        rt_add(out, "<td class=\"cost\"><b>%.2f</b></td><td class=\"cost\"><b>%.2f</b></td></tr>\n",
               json_num(row, "a_cost", 0), json_num(row, "b_cost", 0));
    }
    if (i) rt_add(out, "</tbody></table></div>\n");
    rt_add(out, "</section>\n");
}

void profile_diff_page(ReportText *out, const json_t *d, unsigned top) {
    profile_page_head(out, "what moved");
    title(out, d);
    reasons(out, d);
    blocks(out, d, top);
    rt_add(out, "<section id=\"code\"><h2>Their host code</h2><p class=\"lead\">Of the hottest translation on each "
                "side, what was executed. Coloured lines are on one side only; "
                "jump targets are not compared.</p>\n");
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(d, "blocks"), i, e) {
        if (i < top && pj_int(e, "size")) code(out, d, e, (unsigned)i + 1);
    }
    rt_add(out, "</section>\n");
    frame_foot(out);
}
