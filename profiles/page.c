// The page: what the whole program cost and why, the hot blocks, the roll-ups; page_block.c
// shows the code of one block.
#include "profiles/profile_page.h"
#include "bench/base/jsonfile.h"
#include "reports/html/embed.h"
#include "reports/html/frame.h"
#include "reports/html/table.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// The style of this page, added to that of the reports.
EMBED(profile_css, "profiles/assets/profile.css")

void profile_page_head(ReportText *out, const char *title) {
    frame_head(out, title, profile_css, EMBED_SIZE(profile_css));
}

static json_t *sorted_whys(const json_t *why) {
    json_t *rows = json_object(), *v;
    const char *key;
    json_object_foreach((json_t *)why, key, v) json_put(rows, key, json_pack("{s:s,s:O}", "name", key, "n", v));
    return pj_sorted(rows, "n");
}

void profile_page_stack(ReportText *out, const json_t *why, const json_t *whys, bool legend) {
    json_t *rows = sorted_whys(why), *v;
    json_int_t sum = 0;
    size_t i;
    json_array_foreach(rows, i, v) sum += pj_int(v, "n") > 0 ? pj_int(v, "n") : 0;
    rt_add(out, "<div class=\"stack%s\" role=\"img\" aria-label=\"host instructions by reason\">",
           legend ? "" : " thin");
    json_array_foreach(rows, i, v) {
        double share = pj_share(pj_int(v, "n"), sum);
        if (share <= 0.0005) continue;
        const char *name = json_text(v, "name", "?");
        rt_add(out, "<i style=\"width:%.2f%%;background:var(--why-%s)\" data-tip=\"%s: %s\n", 100 * share, name, name,
               nt_percent(share).s);
        rt_html(out, json_text(whys, name, ""));
        rt_add(out, "\"></i>");
    }
    rt_add(out, "</div>\n");
    if (legend) rt_add(out, "<ul class=\"legend\">");
    json_array_foreach(rows, i, v) {
        double share = pj_share(pj_int(v, "n"), sum);
        const char *name = json_text(v, "name", "?");
        if (legend && share > 0.0005)
            rt_add(out, "<li><i class=\"dot\" style=\"background:var(--why-%s)\"></i>%s %s</li>", name, name,
                   nt_percent(share).s);
    }
    if (legend) rt_add(out, "</ul>\n");
    json_decref(rows);
}

static void switches(ReportText *out, const json_t *features) {
    const char *name;
    json_t *v;
    unsigned off = 0;
    json_object_foreach((json_t *)features, name, v) off += !json_is_true(v);
    if (!off)
        rt_add(out, "every switch on");
    else
        rt_add(out, "off:");
    json_object_foreach((json_t *)features, name, v) {
        if (!json_is_true(v)) rt_add(out, " "), rt_html(out, name);
    }
}

void profile_page_about(ReportText *out, const json_t *p) {
    const json_t *w = json_object_get(p, "workload"), *e = json_object_get(p, "emulator");
    rt_html(out, json_text(w, "name", "?"));
    if (json_text(w, "size", NULL)) rt_add(out, ", size "), rt_html(out, json_text(w, "size", ""));
    rt_add(out, " · guest ");
    rt_html(out, json_text(p, "guest", "?"));
    rt_add(out, " · %s · ", !strcmp(json_text(p, "engine", ""), "interp") ? "interpreter" : "translated");
    switches(out, json_object_get(p, "features"));
    rt_add(out, " · commit ");
    const char *remote = json_text(json_object_get(p, "tool"), "remote", "");
    rt_commit(out, remote, json_text(e, "commit", "?"), json_is_true(json_object_get(e, "dirty")));
    rt_add(out, " · ");
    rt_html(out, json_text(p, "created", ""));
}

static void lead(ReportText *out, const json_t *p, bool interp) {
    const json_t *blocks = json_object_get(p, "blocks"), *first = json_array_get(blocks, 0);
    const json_t *function = json_array_get(json_object_get(p, "functions"), 0);
    json_int_t whole = pj_int(json_object_get(p, "totals"), interp ? "guest_instructions" : "host_instructions");
    if (!first) return;
    char place[128];
    pj_place(place, sizeof place, first);
    size_t half = 0;
    while (half < json_array_size(blocks) && json_num(json_array_get(blocks, half), "cumulative", 1) < 0.5) half++;
    rt_add(out,
           "<p class=\"lead\">%zu guest block%s of %zu make half of the %s instructions. The hottest is <a "
           "href=\"#b1\"><code>",
           half + 1, half ? "s" : "", json_array_size(blocks), interp ? "guest" : "host");
    rt_html(out, place);
    rt_add(out, "</code></a> with %s; the function with the largest part is <code>",
           nt_percent(json_num(first, "share", 0)).s);
    rt_html(out, json_text(function, "name", "?"));
    rt_add(out, "</code> with %s.</p>\n",
           nt_percent(pj_share(pj_int(function, interp ? "guest_instructions" : "host_instructions"), whole)).s);
}

static void totals(ReportText *out, const json_t *p, bool interp) {
    const json_t *t = json_object_get(p, "totals"), *o = json_object_get(p, "overhead");
    rt_add(out, "<div class=\"big-line\">");
    if (!interp) {
        rt_add(out, "<div><b>%s</b><span>host instructions for each guest instruction</span></div>",
               nt_ratio(est_of(json_num(t, "host_per_guest", 0))).s);
        rt_add(out, "<div><b>%s</b><span>host instructions executed</span></div>",
               nt_count((double)pj_int(t, "host_instructions")).s);
    }
    rt_add(out, "<div><b>%s</b><span>guest instructions retired</span></div>",
           nt_count((double)pj_int(t, "guest_instructions")).s);
    rt_add(out, "<div><b>%lld</b><span>translated units, %lld of them regions</span></div></div>\n",
           (long long)pj_int(t, "units"), (long long)pj_int(t, "regions"));
    rt_add(out, "<ul class=\"status\">");
    if (profile_is_exact(p))
        rt_add(out, "<li>exact: hits times instructions are the %s retired guest instructions, to the last one</li>",
               nt_exact((double)pj_int(t, "guest_instructions")).s);
    else
        rt_add(out, "<li class=\"warn\">the counts do not add up to the retired guest instructions</li>");
    if (json_is_object(o))
        rt_add(out,
               "<li>counting made the guest run %s times as long (%lld pair%s of runs); no time on this page is from "
               "the counted run</li>",
               nt_ratio(est_of(json_num(o, "ratio", 0))).s, (long long)pj_int(o, "pairs"),
               pj_int(o, "pairs") == 1 ? "" : "s");
    const json_t *sampled = json_object_get(p, "sampled");
    if (sampled)
        rt_add(out, "<li>time: %lld samples of uncounted runs, by %s; %lld of them in translated code</li>",
               (long long)pj_int(sampled, "samples"), json_text(sampled, "by", "?"),
               (long long)pj_int(sampled, "in_code"));
    if (*json_text(sampled, "instead_of", "")) {
        rt_add(out, "<li>the timer samples, because ");
        rt_html(out, json_text(sampled, "instead_of", ""));
        rt_add(out, "</li>");
    }
    rt_add(out, "</ul>\n");
}

// The sampled share with its interval, or nothing.
static void sampled_cell(ReportText *out, const json_t *row) {
    Est e = {0};
    if (json_object_get(row, "samples"))
        e = est_with(json_num(row, "sampled_share", 0), json_num(row, "sampled_lo", 0), json_num(row, "sampled_hi", 0));
    char text[80];
    snprintf(text, sizeof text, "%.20s to %.20s", nt_percent(e.lo).s, nt_percent(e.hi).s);
    table_est(out, e, e.known ? text : "\xe2\x80\x93");
}

static void blocks_row(ReportText *out, const json_t *b, size_t i, bool linked) {
    char place[128], source[128];
    pj_place(place, sizeof place, b), pj_source(source, sizeof source, b);
    table_row(out);
    rt_add(out, "<th scope=\"row\"><code>");
    if (linked) rt_add(out, "<a href=\"#b%zu\">", i + 1);
    rt_html(out, place);
    rt_add(out, "%s</code></th><td><code>", linked ? "</a>" : "");
    rt_html(out, source);
    double share = json_num(b, "share", 0);
    rt_add(out, "</code></td><td class=\"num bar\" style=\"--w:%.1f\" data-v=\"%.8g\">%s</td>", fmin(100, 300 * share),
           share, nt_percent(share).s);
    table_number(out, json_num(b, "cumulative", 0), nt_percent(json_num(b, "cumulative", 0)).s, NULL);
    static const char *const keys[] = {"hits", "guest_instructions", "host_instructions"};
    for (size_t k = 0; k < ARRAY_LEN(keys); k++)
        table_number(out, (double)pj_int(b, keys[k]), nt_count((double)pj_int(b, keys[k])).s,
                     nt_exact((double)pj_int(b, keys[k])).s);
    table_est(out, est_of(json_num(b, "host_per_guest", 0)), nt_ratio(est_of(json_num(b, "host_per_guest", 0))).s);
}

static void blocks_table(ReportText *out, const json_t *p, unsigned top) {
    static const char *const plain[] = {"Block", "Source", "#Share", "#Sum", "#Hits", "#Guest", "#Host", "#Host/guest"},
                             *const timed[] = {"Block",  "Source", "#Share",      "#Sum",         "#Hits",
                                               "#Guest", "#Host",  "#Host/guest", "#Sampled time"};
    const char *heads[ARRAY_LEN(timed) + 1] = {0};
    bool sampled = json_object_get(p, "sampled");
    memcpy(heads, sampled ? timed : plain, sampled ? sizeof timed : sizeof plain);
    rt_add(out, "<section id=\"blocks\"><h2>Hot blocks</h2>\n");
    table_begin(
        out, "Guest blocks over all their translations, by executed instructions. Each of the first leads to its code.",
        heads);
    json_t *b;
    size_t i;
    json_array_foreach(json_object_get(p, "blocks"), i, b) {
        if (i >= 2 * (size_t)top) break;
        blocks_row(out, b, i, i < top);
        if (sampled) sampled_cell(out, b);
    }
    table_end(out);
}

// A column for each count that there is; `top` blocks and the whole program.
static void counts_table(ReportText *out, const json_t *p, unsigned top) {
    const CountName *shown[COUNTS_MAX];
    unsigned n = counts_present(p, top, shown);
    char heads_text[COUNTS_MAX][32];
    const char *heads[COUNTS_MAX + 2] = {"Block"};
    if (!n) return;
    for (unsigned k = 0; k < n; k++)
        snprintf(heads_text[k], sizeof heads_text[k], "#%.30s", shown[k]->head), heads[k + 1] = heads_text[k];
    table_begin(out, "What they do beside computing: exact counts of executions.", heads);
    json_t *b;
    size_t i;
    json_array_foreach(json_object_get(p, "blocks"), i, b) {
        if (i >= top) break;
        char place[128];
        pj_place(place, sizeof place, b);
        table_row(out);
        rt_add(out, "<th scope=\"row\"><code><a href=\"#b%zu\">", i + 1);
        rt_html(out, place);
        rt_add(out, "</a></code></th>");
        for (unsigned k = 0; k < n; k++)
            table_number(out, (double)count_of(b, shown[k]->key), nt_count((double)count_of(b, shown[k]->key)).s,
                         nt_exact((double)count_of(b, shown[k]->key)).s);
    }
    table_row(out);
    rt_add(out, "<th scope=\"row\">all blocks</th>");
    for (unsigned k = 0; k < n; k++)
        table_number(out, (double)count_of(p, shown[k]->key), nt_count((double)count_of(p, shown[k]->key)).s,
                     nt_exact((double)count_of(p, shown[k]->key)).s);
    table_end(out);
}

static void roll(ReportText *out, const json_t *p, const char *list, const char *caption, const char *const *heads,
                 bool interp) {
    json_int_t whole = pj_int(json_object_get(p, "totals"), interp ? "guest_instructions" : "host_instructions");
    table_begin(out, caption, heads);
    size_t i;
    json_t *x;
    json_array_foreach(json_object_get(p, list), i, x) {
        if (i >= 40) break;
        char source[128];
        json_int_t guest = pj_int(x, "guest_instructions"), host = pj_int(x, "host_instructions");
        double share = pj_share(interp ? guest : host, whole);
        table_row(out);
        rt_add(out, "<th scope=\"row\"><code>");
        if (!strcmp(list, "lines")) {
            pj_source(source, sizeof source, x);
            rt_html(out, pj_int(x, "line") ? source : json_text(x, "file", "?"));
            rt_add(out, "</code></th><td><code>");
            rt_html(out, json_text(x, "text", json_text(x, "function", "")));
            rt_add(out, "</code></td>");
        } else {
            rt_html(out, json_text(x, !strcmp(list, "kinds") ? "kind" : "name", "?"));
            rt_add(out, "</code></th>");
        }
        rt_add(out, "<td class=\"num bar\" style=\"--w:%.1f\" data-v=\"%.8g\">%s</td>", fmin(100, 300 * share), share,
               nt_percent(share).s);
        table_number(out, (double)guest, nt_count((double)guest).s, nt_exact((double)guest).s);
        table_number(out, (double)host, nt_count((double)host).s, nt_exact((double)host).s);
        Est ratio = guest ? est_of((double)host / (double)guest) : (Est){0};
        table_est(out, ratio, nt_ratio(ratio).s);
        if (!strcmp(list, "functions") && json_object_get(p, "sampled")) sampled_cell(out, x);
    }
    table_end(out);
}

static void rolls(ReportText *out, const json_t *p, bool interp) {
    const char *const functions[] = {"Function", "#Share",      "#Guest",
                                     "#Host",    "#Host/guest", json_object_get(p, "sampled") ? "#Sampled time" : NULL,
                                     NULL};
    static const char *const lines[] = {"Line", "Source", "#Share", "#Guest", "#Host", "#Host/guest", NULL};
    static const char *const kinds[] = {"Instruction", "#Share", "#Guest", "#Host", "#Host/guest", NULL};
    rt_add(out, "<section id=\"functions\"><h2>By function</h2>\n");
    roll(out, p, "functions",
         "Every instruction counts for the function that it lies in, inlined into another's region or not.", functions,
         interp);
    rt_add(out, "</section>\n<section id=\"lines\"><h2>By source line</h2>\n");
    roll(out, p, "lines", "The 40 dearest lines of the guest program.", lines, interp);
    rt_add(out, "</section>\n<section id=\"kinds\"><h2>By kind of guest instruction</h2>\n");
    roll(out, p, "kinds",
         "Which guest instructions cost the most host instructions? Sort by the last column for the dearest of a kind.",
         kinds, interp);
    rt_add(out, "</section>\n");
}

static void why_section(ReportText *out, const json_t *p) {
    rt_add(out, "<section id=\"why\"><h2>What the host instructions are there for</h2>\n");
    profile_page_stack(out, json_object_get(p, "why"), json_object_get(p, "whys"), false);
    static const char *const heads[] = {"Reason", "What it is", "#Share", "#Host", "#For each guest instruction", NULL};
    table_begin(out, "Every executed host instruction has one reason.", heads);
    json_t *rows = sorted_whys(json_object_get(p, "why")), *v;
    const json_t *t = json_object_get(p, "totals");
    size_t i;
    json_array_foreach(rows, i, v) {
        const char *name = json_text(v, "name", "?");
        double n = (double)pj_int(v, "n"), share = pj_share(pj_int(v, "n"), pj_int(t, "host_instructions"));
        table_row(out);
        rt_add(out, "<th scope=\"row\"><i class=\"dot\" style=\"background:var(--why-%s)\"></i>%s</th>", name, name);
        table_text(out, json_text(json_object_get(p, "whys"), name, ""));
        table_number(out, share, nt_percent(share).s, NULL);
        table_number(out, n, nt_count(n).s, nt_exact(n).s);
        double each = pj_share(pj_int(v, "n"), pj_int(t, "guest_instructions"));
        table_number(out, each, nt_ratio(est_of(each)).s, NULL);
    }
    table_end(out);
    rt_add(out, "</section>\n");
    json_decref(rows);
}

void profile_page(ReportText *out, const json_t *p, unsigned top, const char *report) {
    bool interp = !strcmp(json_text(p, "engine", ""), "interp");
    char title[160];
    snprintf(title, sizeof title, "hot blocks of %.100s", json_text(json_object_get(p, "workload"), "name", "?"));
    profile_page_head(out, title);
    rt_add(out, "<header><p class=\"brand\">Nightjar</p><h1>Where do the instructions go?</h1><p class=\"meta\">");
    profile_page_about(out, p);
    rt_add(out, "</p>");
    // WHY no colon: the link is to a page beside this one, never a scheme.
    if (report && !strchr(report, ':')) {
        rt_add(out, "<p class=\"hot\"><a href=\"");
        rt_html(out, report);
        rt_add(out, "\">Back to the report: what each switch buys</a></p>");
    }
    rt_add(out, "</header>\n");
    lead(out, p, interp);
    totals(out, p, interp);
    rt_add(out,
           "<nav aria-label=\"Contents\">%s<a href=\"#blocks\">Hot blocks</a> <a href=\"#code\">Their code</a> <a "
           "href=\"#functions\">Functions</a> "
           "<a href=\"#lines\">Source lines</a> <a href=\"#kinds\">Guest instructions</a></nav>\n",
           interp ? "" : "<a href=\"#why\">Reasons</a> ");
    if (!interp) why_section(out, p);
    blocks_table(out, p, top);
    counts_table(out, p, top);
    rt_add(out, "</section>\n");
    rt_add(out, "<section id=\"code\"><h2>Their code, side by side</h2><p class=\"lead\">Each row is a guest "
                "instruction: what it says, what is left of it "
                "in the intermediate representation after the passes, and the host code that was emitted for it. The "
                "colour of a host instruction is its "
                "reason; the last column is what one execution of the guest instruction costs.</p>\n");
    size_t i;
    json_t *b;
    json_array_foreach(json_object_get(p, "blocks"), i, b) {
        if (i < top) profile_page_block(out, p, b, (unsigned)i + 1);
    }
    rt_add(out, "</section>\n");
    rolls(out, p, interp);
    frame_foot(out);
}
