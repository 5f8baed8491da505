// One hot block on the page: its numbers, its ways out, and its code side by side, instruction by instruction.
#include "profiles/profile_page.h"
#include "bench/base/jsonfile.h"
#include <math.h>
#include <string.h>

static void count(ReportText *out, const json_t *b, const char *key, const char *before, const char *after) {
    rt_add(out, "%s<b>%s</b>%s", before, nt_count((double)count_of(b, key)).s, after);
}

// What it does beside computing, as far as it does.
static void counts(ReportText *out, const json_t *b) {
    json_int_t spills = count_of(b, "spill_stores") + count_of(b, "spill_loads");
    if (count_of(b, "accesses")) count(out, b, "accesses", "<li>", " accesses");
    if (count_of(b, "range_checks")) count(out, b, "range_checks", ", ", " range checks");
    if (count_of(b, "accesses")) rt_add(out, "</li>");
    if (count_of(b, "tlb_probes")) {
        count(out, b, "tlb_probes", "<li>", " TLB probes: ");
        count(out, b, "tlb_hits", "", " hits, "), count(out, b, "tlb_misses", "", " misses</li>");
    }
    if (count_of(b, "unprobed")) count(out, b, "unprobed", "<li>", " slow accesses</li>");
    if (spills) {
        rt_add(out, "<li><b>%s</b> spills: ", nt_count((double)spills).s);
        count(out, b, "spill_stores", "", " stores, "), count(out, b, "spill_loads", "", " loads</li>");
    }
    if (count_of(b, "helpers")) count(out, b, "helpers", "<li>", " helper calls</li>");
    if (count_of(b, "evaluations")) count(out, b, "evaluations", "<li>", " evaluated operations</li>");
    if (count_of(b, "flags_defined")) {
        count(out, b, "flags_defined", "<li>", " flags defined, ");
        count(out, b, "flags_computed", "", " computed, "), count(out, b, "flags_fused", "", " fused branches</li>");
    }
}

static void facts(ReportText *out, const json_t *b) {
    rt_add(out, "<ul class=\"facts\"><li><b>%s</b> hits</li>", nt_count((double)pj_int(b, "hits")).s);
    rt_add(out, "<li><b>%lld</b> guest instructions", (long long)pj_int(b, "guest_length"));
    double each = pj_share(pj_int(b, "host_instructions"), pj_int(b, "hits"));
    if (each > 0) rt_add(out, ", <b>%s</b> host instructions a time", nt_ratio(est_of(each)).s);
    rt_add(out, "</li>");
    if (each > 0)
        rt_add(out, "<li><b>%s</b> host for each guest</li>", nt_ratio(est_of(json_num(b, "host_per_guest", 0))).s);
    size_t n = json_array_size(json_object_get(b, "translations"));
    rt_add(out, "<li><b>%zu</b> translation%s</li></ul>\n<ul class=\"facts\">", n, n == 1 ? "" : "s");
    counts(out, b);
    rt_add(out, "</ul>\n");
}

static void exits(ReportText *out, const json_t *b) {
    json_int_t sum = 0;
    size_t i;
    json_t *x;
    json_array_foreach(json_object_get(b, "exits"), i, x) sum += pj_int(x, "hits");
    if (!sum) return;
    rt_add(out, "<p class=\"exits\">Goes on");
    json_array_foreach(json_object_get(b, "exits"), i, x) {
        const char *kind = json_text(x, "kind", "?");
        char place[128];
        rt_add(out, "%s ", i ? "," : "");
        if (!strcmp(kind, "direct")) {
            pj_place(place, sizeof place, x);
            rt_add(out, "to <code>");
            rt_html(out, place);
            rt_add(out, "</code>");
        } else {
            rt_add(out, "%s",
                   !strcmp(kind, "budget")   ? "to the run loop, out of budget"
                   : !strcmp(kind, "return") ? "by a return"
                   : !strcmp(kind, "trap")   ? "by a trap"
                                             : "by a computed jump");
        }
        rt_add(out, " %s (%s)", nt_percent(pj_share(pj_int(x, "hits"), sum)).s, nt_count((double)pj_int(x, "hits")).s);
        if (pj_int(x, "leaves") * 100 > pj_int(x, "hits") && strcmp(kind, "budget"))
            rt_add(out, ", through the run loop %s times", nt_count((double)pj_int(x, "leaves")).s);
    }
    rt_add(out, "</p>\n");
}

static void guest_cell(ReportText *out, const json_t *in, const char *file, json_int_t *line) {
    rt_add(out, "<td><span class=\"addr\">");
    rt_html(out, json_text(in, "gpc", "?") + 2);
    rt_add(out, "</span>");
    rt_html(out, json_text(in, "text", "?"));
    json_int_t now = pj_int(in, "line");
    if (now && now != *line) {
        const char *slash = strrchr(file, '/');
        rt_add(out, "<span class=\"src\">");
        rt_html(out, slash ? slash + 1 : file);
        rt_add(out, ":%lld</span>", (long long)now);
    }
    if (now) *line = now;
    rt_add(out, "</td>");
}

// What comes before the first guest instruction belongs to its row.
static void ir_cell(ReportText *out, const json_t *ir, json_int_t index, const char *classes) {
    rt_add(out, "<td%s>", classes);
    size_t i;
    json_t *x;
    json_array_foreach((json_t *)ir, i, x) {
        json_int_t of = json_integer_value(json_array_get(x, 0));
        if (of != index && !(index == 0 && of < 0)) continue;
        rt_add(out, "<span class=\"ir\">");
        rt_html(out, json_string_value(json_array_get(x, 2)));
        rt_add(out, "</span>");
    }
    rt_add(out, "</td>");
}

static void host_line(ReportText *out, const json_t *h, const json_t *whys, double hits) {
    const char *why = json_text(h, "why", "compute");
    bool away = strcmp(json_text(h, "path", "straight"), "straight") != 0;
    double times = hits > 0 ? (double)pj_int(h, "hits") / hits : 0;
    rt_add(out, "<span class=\"host%s\" style=\"--w:var(--why-%s)\" data-tip=\"%s: ", away ? " out" : "", why, why);
    rt_html(out, json_text(whys, why, ""));
    rt_add(out, "\nexecuted %s times%s\n", nt_exact((double)pj_int(h, "hits")).s, away ? ", out of line" : "");
    rt_html(out, json_text(h, "bytes", ""));
    rt_add(out, "\"><span class=\"off\">%lld</span>", (long long)pj_int(h, "at"));
    rt_html(out, json_text(h, "text", "?"));
    if (fabs(times - 1) > 0.005)
        rt_add(out, "<span class=\"times\">%s%s</span>", "× ", times < 0.0005 ? "< 0.001" : nt_ratio(est_of(times)).s);
    rt_add(out, "</span>");
}

static void host_cell(ReportText *out, const json_t *host, json_int_t index, const json_t *whys, double hits) {
    rt_add(out, "<td>");
    size_t i, never = 0;
    json_t *h;
    json_array_foreach((json_t *)host, i, h) {
        if (pj_int(h, "insn") != index || !strcmp(json_text(h, "why", ""), "count")) continue;
        if (!pj_int(h, "hits") && strcmp(json_text(h, "path", ""), "straight"))
            never++;
        else
            host_line(out, h, whys, hits);
    }
    if (never) rt_add(out, "<span class=\"never\">and %zu out of line that never ran</span>", never);
    rt_add(out, "</td>");
}

static void cost_cell(ReportText *out, const json_t *in, json_int_t whole) {
    json_int_t retired = pj_int(in, "retired"), host = pj_int(in, "host_instructions");
    double share = pj_share(host, whole);
    if (!whole) { // the interpreter: there is no host code
        rt_add(out, "<td class=\"cost\"></td>");
        return;
    }
    rt_add(out, "<td class=\"cost heat\" style=\"--h:%.0f\">", 100 * share);
    if (retired) rt_add(out, host ? "<b>%.2f</b>" : "0", (double)host / (double)retired);
    if (host) rt_add(out, "<small>%s</small>", nt_percent(share).s);
    rt_add(out, "</td>");
}

static void code_table(ReportText *out, const json_t *p, const json_t *b, const json_t *t, const char *id) {
    bool interp = !json_is_array(json_object_get(t, "host"));
    double hits = (double)pj_int(t, "hits");
    json_int_t line = 0;
    size_t i;
    json_t *in;
    rt_add(out,
           "<input type=\"checkbox\" class=\"with-before\" id=\"%s\"> <label class=\"switch\" for=\"%s\">show the IR "
           "before the passes, too</label>\n",
           id, id);
    rt_add(out,
           "<div class=\"scroll\"><table class=\"code\"><thead><tr><th class=\"c-guest\">guest</th><th class=\"c-ir "
           "only-before\">IR as lifted</th><th class=\"c-ir\">IR after "
           "the passes</th>%s<th class=\"c-cost cost\">%s</th></tr></thead><tbody>\n",
           interp ? "" : "<th>host, by offset in its unit</th>", interp ? "" : "host a time");
    json_array_foreach(json_object_get(t, "guest"), i, in) {
        rt_add(out, "<tr>");
        guest_cell(out, in, json_text(b, "file", ""), &line);
        ir_cell(out, json_object_get(t, "ir_before"), (json_int_t)i, " class=\"only-before before\"");
        ir_cell(out, json_object_get(t, "ir"), (json_int_t)i, "");
        if (!interp) host_cell(out, json_object_get(t, "host"), (json_int_t)i, json_object_get(p, "whys"), hits);
        cost_cell(out, in, pj_int(t, "host_instructions"));
        rt_add(out, "</tr>\n");
    }
    rt_add(out, "</tbody></table></div>\n");
}

static void translation(ReportText *out, const json_t *p, const json_t *b, const json_t *t, unsigned rank, size_t nth) {
    char id[48];
    snprintf(id, sizeof id, "b%u-%zu", rank, nth);
    bool region = !strcmp(json_text(t, "tier", ""), "region");
    if (nth)
        rt_add(out, "<details><summary>");
    else
        rt_add(out, "<p class=\"exits\">");
    rt_add(out, "Unit %lld, ", (long long)pj_int(t, "unit"));
    if (region)
        rt_add(out, "block %lld of a region of %lld", (long long)pj_int(t, "block"),
               (long long)pj_int(t, "unit_blocks"));
    else
        rt_add(out, "one block");
    rt_add(out, ": %s hits, %s of the block's host instructions%s", nt_count((double)pj_int(t, "hits")).s,
           nt_percent(pj_share(pj_int(t, "host_instructions"), pj_int(b, "host_instructions"))).s,
           json_is_true(json_object_get(t, "dead")) ? ", replaced before the end" : "");
    rt_add(out, nth ? "</summary>\n" : "</p>\n<div>");
    code_table(out, p, b, t, id);
    rt_add(out, nth ? "</details>\n" : "</div>\n");
}

void profile_page_block(ReportText *out, const json_t *p, const json_t *b, unsigned rank) {
    char place[128], source[128];
    pj_place(place, sizeof place, b), pj_source(source, sizeof source, b);
    rt_add(out, "<section class=\"block\" id=\"b%u\"><h3><span class=\"rank\">%u</span><code>", rank, rank);
    rt_html(out, place);
    rt_add(out, "</code> %s<small>", nt_percent(json_num(b, "share", 0)).s);
    rt_html(out, *source ? source : json_text(b, "gpc", ""));
    rt_add(out, "</small></h3>\n");
    facts(out, b);
    exits(out, b);
    if (pj_int(b, "host_instructions"))
        profile_page_stack(out, json_object_get(b, "why"), json_object_get(p, "whys"), true);
    size_t i, shown = 0;
    json_t *t;
    json_array_foreach(json_object_get(b, "translations"), i, t) {
        if (!json_array_size(json_object_get(t, "guest"))) continue;
        double share = pj_share(pj_int(t, "host_instructions"), pj_int(b, "host_instructions"));
        if (shown && share < 0.05) continue;
        translation(out, p, b, t, rank, shown++);
    }
    rt_add(out, "</section>\n");
}
