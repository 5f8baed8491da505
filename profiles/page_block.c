// One hot block on the page: its numbers, its ways out, and its code side by side, instruction by instruction.
#include "profiles/profile_page.h"
#include "bench/base/jsonfile.h"
#include <math.h>
#include <string.h>

static int64_t count_of(const ProfileBlock *b, const char *key) { return pj_int(b->counts, key); }

static void count(ReportText *out, const ProfileBlock *b, const char *key, const char *before, const char *after) {
    rt_add(out, "%s<b>%s</b>%s", before, nt_count((double)count_of(b, key)).s, after);
}

// What it does beside computing, as far as it does.
static void counts(ReportText *out, const ProfileBlock *b) {
    int64_t spills = count_of(b, "spill_stores") + count_of(b, "spill_loads");
    if (count_of(b, "accesses")) count(out, b, "accesses", "<li>", " accesses");
    if (count_of(b, "range_checks")) count(out, b, "range_checks", ", ", " range checks");
    if (count_of(b, "accesses")) rt_add(out, "</li>");
    if (count_of(b, "tlb_probes")) {
        count(out, b, "tlb_probes", "<li>", " TLB probes: ");
        count(out, b, "tlb_hits", "", " hits, "), count(out, b, "tlb_misses", "", " misses</li>");
    }
    if (count_of(b, "unprobed")) count(out, b, "unprobed", "<li>", " slow accesses</li>");
    if (count_of(b, "strays")) count(out, b, "strays", "<li>", " accesses that raised a signal</li>");
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
    if (count_of(b, "minority")) count(out, b, "minority", "<li>", " times its branch went the rarer way</li>");
}

static void facts(ReportText *out, const ProfileBlock *b) {
    rt_add(out, "<ul class=\"facts\"><li><b>%s</b> hits</li>", nt_count((double)b->hits).s);
    rt_add(out, "<li><b>%lld</b> guest instructions", (long long)b->guest_length);
    double each = pj_share(b->host_instructions, b->hits);
    if (each > 0) rt_add(out, ", <b>%s</b> host instructions a time", nt_ratio(est_of(each)).s);
    rt_add(out, "</li>");
    if (each > 0) rt_add(out, "<li><b>%s</b> host for each guest</li>", nt_ratio(est_of(b->host_per_guest)).s);
    uint32_t n = b->translations.n;
    rt_add(out, "<li><b>%u</b> translation%s</li></ul>\n<ul class=\"facts\">", n, n == 1 ? "" : "s");
    counts(out, b);
    rt_add(out, "</ul>\n");
}

static void exits(ReportText *out, const ProfileBlock *b) {
    int64_t sum = 0;
    for (uint32_t i = 0; i < b->exits.n; i++) sum += b->exits.at[i].hits;
    if (!sum) return;
    rt_add(out, "<p class=\"exits\">Goes on");
    for (uint32_t i = 0; i < b->exits.n; i++) {
        const ProfileExit *x = &b->exits.at[i];
        char place[128];
        rt_add(out, "%s ", i ? "," : "");
        if (!strcmp(x->kind, "direct")) {
            place_text(place, sizeof place, x->symbol, x->offset, x->gpc ? x->gpc : "?");
            rt_add(out, "to <code>");
            rt_html(out, place);
            rt_add(out, "</code>");
        } else {
            rt_add(out, "%s",
                   !strcmp(x->kind, "budget")   ? "to the run loop, out of budget"
                   : !strcmp(x->kind, "return") ? "by a return"
                   : !strcmp(x->kind, "trap")   ? "by a trap"
                                                : "by a computed jump");
        }
        rt_add(out, " %s (%s)", nt_percent(pj_share(x->hits, sum)).s, nt_count((double)x->hits).s);
        if (x->leaves * 100 > x->hits && strcmp(x->kind, "budget"))
            rt_add(out, ", through the run loop %s times", nt_count((double)x->leaves).s);
    }
    rt_add(out, "</p>\n");
}

static void guest_cell(ReportText *out, const ProfileGuest *in, const char *file, int64_t *line) {
    rt_add(out, "<td><span class=\"addr\">");
    rt_html(out, in->gpc + 2);
    rt_add(out, "</span>");
    rt_html(out, in->text);
    if (in->line && in->line != *line) {
        const char *slash = strrchr(file, '/');
        rt_add(out, "<span class=\"src\">");
        rt_html(out, slash ? slash + 1 : file);
        rt_add(out, ":%lld</span>", (long long)in->line);
    }
    if (in->line) *line = in->line;
    rt_add(out, "</td>");
}

// What comes before the first guest instruction belongs to its row.
static void ir_cell(ReportText *out, const MemberRows *ir, uint32_t index, const char *classes) {
    rt_add(out, "<td%s>", classes);
    for (uint32_t i = 0; i < ir->n; i++) {
        int64_t of = ir->at[i].a;
        if (of != index && !(index == 0 && of < 0)) continue;
        rt_add(out, "<span class=\"ir\">");
        rt_html(out, ir->at[i].text);
        rt_add(out, "</span>");
    }
    rt_add(out, "</td>");
}

static void host_line(ReportText *out, const ProfileHost *h, const json_t *whys, double hits) {
    bool away = strcmp(h->path, "straight") != 0;
    double times = hits > 0 ? (double)h->hits / hits : 0;
    rt_add(out, "<span class=\"host%s\" style=\"--w:var(--why-%s)\" data-tip=\"%s: ", away ? " out" : "", h->why,
           h->why);
    rt_html(out, json_text(whys, h->why, ""));
    rt_add(out, "\nexecuted %s times%s\n", nt_exact((double)h->hits).s, away ? ", out of line" : "");
    rt_html(out, h->bytes);
    rt_add(out, "\"><span class=\"off\">%lld</span>", (long long)h->at);
    rt_html(out, h->text);
    if (fabs(times - 1) > 0.005)
        rt_add(out, "<span class=\"times\">%s%s</span>", "× ", times < 0.0005 ? "< 0.001" : nt_ratio(est_of(times)).s);
    rt_add(out, "</span>");
}

static void host_cell(ReportText *out, const ProfileTranslation *t, uint32_t index, const json_t *whys) {
    rt_add(out, "<td>");
    unsigned never = 0;
    for (uint32_t i = 0; i < t->host.n; i++) {
        const ProfileHost *h = &t->host.at[i];
        if (h->insn != index || !strcmp(h->why, "count")) continue;
        if (!h->hits && strcmp(h->path, "straight"))
            never++;
        else
            host_line(out, h, whys, (double)t->hits);
    }
    if (never) rt_add(out, "<span class=\"never\">and %u out of line that never ran</span>", never);
    rt_add(out, "</td>");
}

static void cost_cell(ReportText *out, const ProfileGuest *in, int64_t whole) {
    double share = pj_share(in->host_instructions, whole);
    if (!whole) { // the interpreter: there is no host code
        rt_add(out, "<td class=\"cost\"></td>");
        return;
    }
    rt_add(out, "<td class=\"cost heat\" style=\"--h:%.0f\">", 100 * share);
    if (in->retired)
        rt_add(out, in->host_instructions ? "<b>%.2f</b>" : "0", (double)in->host_instructions / (double)in->retired);
    if (in->host_instructions) rt_add(out, "<small>%s</small>", nt_percent(share).s);
    rt_add(out, "</td>");
}

static void code_table(ReportText *out, const ProfileDoc *p, const ProfileBlock *b, const ProfileTranslation *t,
                       const char *id) {
    bool interp = profile_is_interp(p);
    int64_t line = 0;
    rt_add(out,
           "<input type=\"checkbox\" class=\"with-before\" id=\"%s\"> <label class=\"switch\" for=\"%s\">show the IR "
           "before the passes, too</label>\n",
           id, id);
    rt_add(out,
           "<div class=\"scroll\"><table class=\"code\"><thead><tr><th class=\"c-guest\">guest</th><th class=\"c-ir "
           "only-before\">IR as lifted</th><th class=\"c-ir\">IR after "
           "the passes</th>%s<th class=\"c-cost cost\">%s</th></tr></thead><tbody>\n",
           interp ? "" : "<th>host, by offset in its unit</th>", interp ? "" : "host a time");
    for (uint32_t i = 0; i < t->guest.n; i++) {
        const ProfileGuest *in = &t->guest.at[i];
        rt_add(out, "<tr>");
        guest_cell(out, in, b->file ? b->file : "", &line);
        ir_cell(out, &t->ir_before, i, " class=\"only-before before\"");
        ir_cell(out, &t->ir, i, "");
        if (!interp) host_cell(out, t, i, p->whys);
        cost_cell(out, in, t->host_instructions);
        rt_add(out, "</tr>\n");
    }
    rt_add(out, "</tbody></table></div>\n");
}

static void translation(ReportText *out, const ProfileDoc *p, const ProfileBlock *b, const ProfileTranslation *t,
                        unsigned rank, unsigned nth) {
    char id[48];
    snprintf(id, sizeof id, "b%u-%u", rank, nth);
    if (nth)
        rt_add(out, "<details><summary>");
    else
        rt_add(out, "<p class=\"exits\">");
    rt_add(out, "Unit %lld, ", (long long)t->unit);
    if (!strcmp(t->tier, "region"))
        rt_add(out, "block %lld of a region of %lld", (long long)t->block, (long long)t->unit_blocks);
    else
        rt_add(out, "one block");
    rt_add(out, ": %s hits, %s of the block's host instructions%s", nt_count((double)t->hits).s,
           nt_percent(pj_share(t->host_instructions, b->host_instructions)).s,
           t->dead ? ", replaced before the end" : "");
    rt_add(out, nth ? "</summary>\n" : "</p>\n<div>");
    code_table(out, p, b, t, id);
    rt_add(out, nth ? "</details>\n" : "</div>\n");
}

void profile_page_block(ReportText *out, const ProfileDoc *p, const ProfileBlock *b, unsigned rank) {
    char place[128], source[128];
    block_place(place, sizeof place, b), block_source(source, sizeof source, b);
    rt_add(out, "<section class=\"block\" id=\"b%u\"><h3><span class=\"rank\">%u</span><code>", rank, rank);
    rt_html(out, place);
    rt_add(out, "</code> %s<small>", nt_percent(b->share).s);
    rt_html(out, *source ? source : b->gpc);
    rt_add(out, "</small></h3>\n");
    facts(out, b);
    exits(out, b);
    if (b->host_instructions) profile_page_stack(out, b->why, p->whys, true);
    unsigned shown = 0;
    for (uint32_t i = 0; i < b->translations.n; i++) {
        const ProfileTranslation *t = &b->translations.at[i];
        if (!t->guest.n) continue;
        double share = pj_share(t->host_instructions, b->host_instructions);
        if (shown && share < 0.05) continue;
        translation(out, p, b, t, rank, shown++);
    }
    rt_add(out, "</section>\n");
}
