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

enum { ROLL_ROWS = 40 };

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

void profile_page_about(ReportText *out, const ProfileAbout *a) {
    rt_html(out, a->name);
    if (a->size) rt_add(out, ", size "), rt_html(out, a->size);
    rt_add(out, " · guest ");
    rt_html(out, a->guest);
    rt_add(out, " · %s", a->interp ? "interpreter" : "translated to code of ");
    if (!a->interp) rt_html(out, a->host);
    rt_add(out, " · ");
    switches(out, a->features);
    rt_add(out, " · commit ");
    rt_commit(out, a->remote, json_text(a->emulator, "commit", "?"),
              json_is_true(json_object_get(a->emulator, "dirty")));
    rt_add(out, " · ");
    rt_html(out, a->created);
}

static void about(ReportText *out, const ProfileDoc *p) {
    profile_page_about(out, &(ProfileAbout){.name = p->workload.name,
                                            .size = p->workload.size,
                                            .guest = p->guest,
                                            .host = profile_host(p),
                                            .created = p->created,
                                            .remote = p->tool.remote ? p->tool.remote : "",
                                            .interp = profile_is_interp(p),
                                            .features = p->features,
                                            .emulator = p->emulator});
}

static void lead(ReportText *out, const ProfileDoc *p, bool interp) {
    char place[128];
    uint32_t half = 0;
    if (!p->blocks.n) return;
    const ProfileBlock *first = &p->blocks.at[0];
    const ProfileFunction *function = p->functions.n ? &p->functions.at[0] : &(ProfileFunction){.name = "?"};
    block_place(place, sizeof place, first);
    while (half < p->blocks.n && p->blocks.at[half].cumulative < 0.5) half++;
    rt_add(out,
           "<p class=\"lead\">%u guest block%s of %u make half of the %s instructions. The hottest is <a "
           "href=\"#b1\"><code>",
           half + 1, half ? "s" : "", p->blocks.n, interp ? "guest" : "host");
    rt_html(out, place);
    rt_add(out, "</code></a> with %s; the function with the largest part is <code>", nt_percent(first->share).s);
    rt_html(out, function->name);
    int64_t cost = profile_cost(interp, function->guest_instructions, function->host_instructions);
    rt_add(out, "</code> with %s.</p>\n", nt_percent(pj_share(cost, profile_total(p))).s);
}

static void totals(ReportText *out, const ProfileDoc *p, bool interp) {
    const ProfileTotals *t = &p->totals;
    rt_add(out, "<div class=\"big-line\">");
    if (!interp) {
        rt_add(out, "<div><b>%s</b><span>host instructions for each guest instruction</span></div>",
               nt_ratio(est_of(t->host_per_guest)).s);
        rt_add(out, "<div><b>%s</b><span>host instructions executed</span></div>",
               nt_count((double)t->host_instructions).s);
    }
    rt_add(out, "<div><b>%s</b><span>guest instructions retired</span></div>",
           nt_count((double)t->guest_instructions).s);
    rt_add(out, "<div><b>%lld</b><span>translated units, %lld of them regions</span></div></div>\n",
           (long long)t->units, (long long)t->regions);
}

static void status(ReportText *out, const ProfileDoc *p) {
    const ProfileOverhead *o = &p->overhead;
    const ProfileSampled *sampled = &p->sampled;
    rt_add(out, "<ul class=\"status\">");
    if (p->exact)
        rt_add(out, "<li>exact: hits times instructions are the %s retired guest instructions, to the last one</li>",
               nt_exact((double)p->totals.guest_instructions).s);
    else
        rt_add(out, "<li class=\"warn\">the counts do not add up to the retired guest instructions</li>");
    if (o->pairs)
        rt_add(out,
               "<li>counting made the guest run %s times as long (%lld pair%s of runs); no time on this page is from "
               "the counted run</li>",
               nt_ratio(est_of(o->ratio)).s, (long long)o->pairs, o->pairs == 1 ? "" : "s");
    if (sampled->by)
        rt_add(out, "<li>time: %lld samples of uncounted runs, by %s; %lld of them in translated code</li>",
               (long long)sampled->samples, sampled->by, (long long)sampled->in_code);
    if (sampled->instead_of && *sampled->instead_of) {
        rt_add(out, "<li>the timer samples, because ");
        rt_html(out, sampled->instead_of);
        rt_add(out, "</li>");
    }
    rt_add(out, "</ul>\n");
}

// The sampled share with its interval, or nothing.
static void sampled_cell(ReportText *out, int64_t samples, double share, double lo, double hi) {
    Est e = {0};
    if (samples != MEMBER_NULL) e = est_with(share, lo, hi);
    char text[80];
    snprintf(text, sizeof text, "%.20s to %.20s", nt_percent(e.lo).s, nt_percent(e.hi).s);
    table_est(out, e, e.known ? text : "\xe2\x80\x93");
}

static void share_cell(ReportText *out, double share) {
    rt_add(out, "<td class=\"num bar\" style=\"--w:%.1f\" data-v=\"%.8g\">%s</td>", fmin(100, 300 * share), share,
           nt_percent(share).s);
}

static void count_cell(ReportText *out, int64_t n) {
    table_number(out, (double)n, nt_count((double)n).s, nt_exact((double)n).s);
}

static void blocks_row(ReportText *out, const ProfileBlock *b, uint32_t i, bool linked) {
    char place[128], source[128];
    block_place(place, sizeof place, b), block_source(source, sizeof source, b);
    table_row(out);
    rt_add(out, "<th scope=\"row\"><code>");
    if (linked) rt_add(out, "<a href=\"#b%u\">", i + 1);
    rt_html(out, place);
    rt_add(out, "%s</code></th><td><code>", linked ? "</a>" : "");
    rt_html(out, source);
    rt_add(out, "</code></td>");
    share_cell(out, b->share);
    table_number(out, b->cumulative, nt_percent(b->cumulative).s, NULL);
    count_cell(out, b->hits), count_cell(out, b->guest_instructions), count_cell(out, b->host_instructions);
    table_est(out, est_of(b->host_per_guest), nt_ratio(est_of(b->host_per_guest)).s);
}

static void blocks_table(ReportText *out, const ProfileDoc *p, unsigned top) {
    static const char *const plain[] = {"Block", "Source", "#Share", "#Sum", "#Hits", "#Guest", "#Host", "#Host/guest"},
                             *const timed[] = {"Block",  "Source", "#Share",      "#Sum",         "#Hits",
                                               "#Guest", "#Host",  "#Host/guest", "#Sampled time"};
    const char *heads[ARRAY_LEN(timed) + 1] = {0};
    bool sampled = p->sampled.by;
    memcpy(heads, sampled ? timed : plain, sampled ? sizeof timed : sizeof plain);
    rt_add(out, "<section id=\"blocks\"><h2>Hot blocks</h2>\n");
    table_begin(
        out, "Guest blocks over all their translations, by executed instructions. Each of the first leads to its code.",
        heads);
    for (uint32_t i = 0; i < p->blocks.n && i < 2 * top; i++) {
        const ProfileBlock *b = &p->blocks.at[i];
        blocks_row(out, b, i, i < top);
        if (sampled) sampled_cell(out, b->samples, b->sampled_share, b->sampled_lo, b->sampled_hi);
    }
    table_end(out);
}

// A column for each count that there is; `top` blocks and the whole program.
static void counts_table(ReportText *out, const ProfileDoc *p, unsigned top) {
    const CountName *shown[COUNTS_MAX];
    unsigned n = counts_present(p, top, shown);
    char heads_text[COUNTS_MAX][32];
    const char *heads[COUNTS_MAX + 2] = {"Block"};
    if (!n) return;
    for (unsigned k = 0; k < n; k++)
        snprintf(heads_text[k], sizeof heads_text[k], "#%.30s", shown[k]->head), heads[k + 1] = heads_text[k];
    table_begin(out, "What they do beside computing: exact counts of executions.", heads);
    for (uint32_t i = 0; i < p->blocks.n && i < top; i++) {
        char place[128];
        block_place(place, sizeof place, &p->blocks.at[i]);
        table_row(out);
        rt_add(out, "<th scope=\"row\"><code><a href=\"#b%u\">", i + 1);
        rt_html(out, place);
        rt_add(out, "</a></code></th>");
        for (unsigned k = 0; k < n; k++) count_cell(out, pj_int(p->blocks.at[i].counts, shown[k]->key));
    }
    table_row(out);
    rt_add(out, "<th scope=\"row\">all blocks</th>");
    for (unsigned k = 0; k < n; k++) count_cell(out, pj_int(p->counts, shown[k]->key));
    table_end(out);
}

// The columns that functions, lines and kinds of instructions share.
static void roll_cells(ReportText *out, const ProfileDoc *p, int64_t guest, int64_t host) {
    share_cell(out, pj_share(profile_cost(profile_is_interp(p), guest, host), profile_total(p)));
    count_cell(out, guest), count_cell(out, host);
    Est ratio = guest ? est_of((double)host / (double)guest) : (Est){0};
    table_est(out, ratio, nt_ratio(ratio).s);
}

static void roll_name(ReportText *out, const char *name) {
    table_row(out);
    rt_add(out, "<th scope=\"row\"><code>");
    rt_html(out, name);
    rt_add(out, "</code></th>");
}

static void functions(ReportText *out, const ProfileDoc *p) {
    bool sampled = p->sampled.by;
    const char *const heads[] = {
        "Function", "#Share", "#Guest", "#Host", "#Host/guest", sampled ? "#Sampled time" : NULL, NULL};
    rt_add(out, "<section id=\"functions\"><h2>By function</h2>\n");
    table_begin(out, "Every instruction counts for the function that it lies in, inlined into another's region or not.",
                heads);
    for (uint32_t i = 0; i < p->functions.n && i < ROLL_ROWS; i++) {
        const ProfileFunction *f = &p->functions.at[i];
        roll_name(out, f->name);
        roll_cells(out, p, f->guest_instructions, f->host_instructions);
        if (sampled) sampled_cell(out, f->samples, f->sampled_share, f->sampled_lo, f->sampled_hi);
    }
    table_end(out);
    rt_add(out, "</section>\n");
}

static void lines(ReportText *out, const ProfileDoc *p) {
    static const char *const heads[] = {"Line", "Source", "#Share", "#Guest", "#Host", "#Host/guest", NULL};
    rt_add(out, "<section id=\"lines\"><h2>By source line</h2>\n");
    table_begin(out, "The 40 dearest lines of the guest program.", heads);
    for (uint32_t i = 0; i < p->lines.n && i < ROLL_ROWS; i++) {
        const ProfileLine *l = &p->lines.at[i];
        char source[128];
        source_text(source, sizeof source, l->file, l->line);
        roll_name(out, l->line ? source : l->file);
        rt_add(out, "<td><code>");
        rt_html(out, l->text ? l->text : l->function ? l->function : "");
        rt_add(out, "</code></td>");
        roll_cells(out, p, l->guest_instructions, l->host_instructions);
    }
    table_end(out);
    rt_add(out, "</section>\n");
}

static void kinds(ReportText *out, const ProfileDoc *p) {
    static const char *const heads[] = {"Instruction", "#Share", "#Guest", "#Host", "#Host/guest", NULL};
    rt_add(out, "<section id=\"kinds\"><h2>By kind of guest instruction</h2>\n");
    table_begin(
        out,
        "Which guest instructions cost the most host instructions? Sort by the last column for the dearest of a kind.",
        heads);
    for (uint32_t i = 0; i < p->kinds.n && i < ROLL_ROWS; i++) {
        const ProfileKind *k = &p->kinds.at[i];
        roll_name(out, k->kind);
        roll_cells(out, p, k->guest_instructions, k->host_instructions);
    }
    table_end(out);
    rt_add(out, "</section>\n");
}

static void why_section(ReportText *out, const ProfileDoc *p) {
    rt_add(out, "<section id=\"why\"><h2>What the host instructions are there for</h2>\n");
    profile_page_stack(out, p->why, p->whys, false);
    static const char *const heads[] = {"Reason", "What it is", "#Share", "#Host", "#For each guest instruction", NULL};
    table_begin(out, "Every executed host instruction has one reason.", heads);
    json_t *rows = sorted_whys(p->why), *v;
    size_t i;
    json_array_foreach(rows, i, v) {
        const char *name = json_text(v, "name", "?");
        double n = (double)pj_int(v, "n"), share = pj_share(pj_int(v, "n"), p->totals.host_instructions);
        table_row(out);
        rt_add(out, "<th scope=\"row\"><i class=\"dot\" style=\"background:var(--why-%s)\"></i>%s</th>", name, name);
        table_text(out, json_text(p->whys, name, ""));
        table_number(out, share, nt_percent(share).s, NULL);
        table_number(out, n, nt_count(n).s, nt_exact(n).s);
        double each = pj_share(pj_int(v, "n"), p->totals.guest_instructions);
        table_number(out, each, nt_ratio(est_of(each)).s, NULL);
    }
    table_end(out);
    rt_add(out, "</section>\n");
    json_decref(rows);
}

void profile_page(ReportText *out, const ProfileDoc *p, unsigned top, const char *report) {
    bool interp = profile_is_interp(p);
    char title[160];
    snprintf(title, sizeof title, "hot blocks of %.100s", p->workload.name);
    profile_page_head(out, title);
    rt_add(out, "<header><p class=\"brand\">Nightjar</p><h1>Where do the instructions go?</h1><p class=\"meta\">");
    about(out, p);
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
    status(out, p);
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
    for (uint32_t i = 0; i < p->blocks.n && i < top; i++) profile_page_block(out, p, &p->blocks.at[i], i + 1);
    rt_add(out, "</section>\n");
    functions(out, p), lines(out, p), kinds(out, p);
    frame_foot(out);
}
