// The hot-block report as text: for the terminal, and the same as Markdown.
#include "profiles/profile.h"
#include "bench/base/jsonfile.h"
#include <string.h>

typedef struct Text {
    ReportText *out;
    const ProfileDoc *p;
    bool md, bold;
    bool interp;
} Text;

static void title(Text *t, const char *text) {
    rt_add(t->out, t->md ? "\n## %s\n\n" : t->bold ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
}

static void cell(Text *t, const char *text, int width, bool right) {
    if (t->md) {
        rt_md(t->out, text);
        rt_add(t->out, " | ");
    } else {
        rt_add(t->out, right ? "%*.*s  " : "%-*.*s  ", width, width, text);
    }
}

static void number(Text *t, NumText n, int width) { cell(t, n.s, width, true); }

static void heads(Text *t, const char *const *names, const int *widths) {
    rt_add(t->out, t->md ? "| " : "  ");
    for (int i = 0; names[i]; i++) cell(t, names[i], widths[i] < 0 ? -widths[i] : widths[i], widths[i] > 0);
    rt_add(t->out, "\n");
    if (!t->md) return;
    rt_add(t->out, "|");
    for (int i = 0; names[i]; i++) rt_add(t->out, widths[i] > 0 ? "---:|" : "---|");
    rt_add(t->out, "\n");
}

static void row(Text *t) { rt_add(t->out, t->md ? "| " : "  "); }

// The sampled share and its 95 % interval.
static void sampled_cell(Text *t, const ProfileBlock *b) {
    char text[64] = "-";
    if (b->samples != MEMBER_NULL)
        snprintf(text, sizeof text, "%.16s [%.16s, %.16s]", nt_percent(b->sampled_share).s, nt_percent(b->sampled_lo).s,
                 nt_percent(b->sampled_hi).s);
    cell(t, text, 22, false);
}

static void blocks_table(Text *t, unsigned top) {
    bool sampled = t->p->sampled.by;
    const char *names[] = {"#",
                           "share",
                           "sum",
                           "hits",
                           "guest",
                           "host",
                           "host/guest",
                           "block",
                           "length",
                           "source",
                           sampled ? "time" : NULL,
                           NULL};
    static const int widths[] = {3, 6, 6, 8, 8, 8, 10, -30, 6, -22, -22};
    title(t, "Hot blocks");
    heads(t, names, widths);
    for (uint32_t i = 0; i < t->p->blocks.n && i < top; i++) {
        const ProfileBlock *b = &t->p->blocks.at[i];
        char place[128], source[128], rank[16], length[16];
        block_place(place, sizeof place, b), block_source(source, sizeof source, b);
        snprintf(rank, sizeof rank, "%u", i + 1);
        snprintf(length, sizeof length, "%lld", (long long)b->guest_length);
        row(t);
        cell(t, rank, 3, true);
        number(t, nt_percent(b->share), 6);
        number(t, nt_percent(b->cumulative), 6);
        number(t, nt_count((double)b->hits), 8);
        number(t, nt_count((double)b->guest_instructions), 8);
        number(t, nt_count((double)b->host_instructions), 8);
        number(t, nt_ratio(est_of(b->host_per_guest)), 10);
        cell(t, place, 30, false);
        cell(t, length, 6, true);
        cell(t, source, 22, false);
        if (sampled) sampled_cell(t, b);
        rt_add(t->out, "\n");
    }
}

static void counts_table(Text *t, unsigned top) {
    const CountName *shown[COUNTS_MAX];
    unsigned n = counts_present(t->p, top, shown);
    const char *names[COUNTS_MAX + 2] = {"block"};
    int widths[COUNTS_MAX + 2] = {-30};
    if (!n) return;
    for (unsigned k = 0; k < n; k++) names[k + 1] = shown[k]->head, widths[k + 1] = (int)strlen(shown[k]->head);
    title(t, "What they do beside computing");
    heads(t, names, widths);
    for (uint32_t i = 0; i <= top && i <= t->p->blocks.n; i++) {
        bool last = i == top || i == t->p->blocks.n;
        const json_t *counts = last ? t->p->counts : t->p->blocks.at[i].counts;
        char place[128] = "all blocks";
        if (!last) block_place(place, sizeof place, &t->p->blocks.at[i]);
        row(t);
        cell(t, place, 30, false);
        for (unsigned k = 0; k < n; k++) number(t, nt_count((double)pj_int(counts, shown[k]->key)), widths[k + 1]);
        rt_add(t->out, "\n");
    }
}

static void roll_heads(Text *t, const char *caption, const char *name) {
    const char *const names[] = {"share", "guest", "host", "host/guest", name, NULL};
    static const int widths[] = {6, 8, 8, 10, -44};
    title(t, caption);
    heads(t, names, widths);
}

static void roll_row(Text *t, int64_t guest, int64_t host, const char *text) {
    row(t);
    number(t, nt_percent(pj_share(profile_cost(t->interp, guest, host), profile_total(t->p))), 6);
    number(t, nt_count((double)guest), 8);
    number(t, nt_count((double)host), 8);
    number(t, guest ? nt_ratio(est_of((double)host / (double)guest)) : nt_ratio((Est){0}), 10);
    cell(t, text, t->md ? 44 : 60, false);
    rt_add(t->out, "\n");
}

static void rolls(Text *t, unsigned top) {
    char text[200];
    roll_heads(t, "By function", "function");
    for (uint32_t i = 0; i < t->p->functions.n && i < top; i++) {
        const ProfileFunction *f = &t->p->functions.at[i];
        snprintf(text, sizeof text, "%.140s", f->name);
        roll_row(t, f->guest_instructions, f->host_instructions, text);
    }
    roll_heads(t, "By source line", "line");
    for (uint32_t i = 0; i < t->p->lines.n && i < top; i++) {
        const ProfileLine *l = &t->p->lines.at[i];
        char source[128];
        source_text(source, sizeof source, l->file, l->line);
        snprintf(text, sizeof text, "%s  %.60s", l->line ? source : l->file, l->text ? l->text : "");
        roll_row(t, l->guest_instructions, l->host_instructions, text);
    }
    roll_heads(t, "By kind of guest instruction", "kind");
    for (uint32_t i = 0; i < t->p->kinds.n && i < top; i++) {
        const ProfileKind *k = &t->p->kinds.at[i];
        snprintf(text, sizeof text, "%.140s", k->kind);
        roll_row(t, k->guest_instructions, k->host_instructions, text);
    }
}

static void why_table(Text *t) {
    static const char *const names[] = {"share", "host", "per guest insn", "reason", "what it is", NULL};
    static const int widths[] = {6, 8, 14, -9, -70};
    if (t->interp) return;
    title(t, "What the host instructions are there for");
    heads(t, names, widths);
    json_t *rows = json_object(), *v;
    const char *key;
    json_object_foreach((json_t *)t->p->why, key, v) json_put(rows, key, json_pack("{s:s,s:O}", "name", key, "n", v));
    rows = pj_sorted(rows, "n");
    size_t i;
    json_array_foreach(rows, i, v) {
        json_int_t n = pj_int(v, "n");
        row(t);
        number(t, nt_percent(pj_share(n, t->p->totals.host_instructions)), 6);
        number(t, nt_count((double)n), 8);
        number(t, nt_ratio(est_of(pj_share(n, t->p->totals.guest_instructions))), 14);
        cell(t, json_text(v, "name", "?"), 9, false);
        cell(t, json_text(t->p->whys, json_text(v, "name", ""), ""), 84, false);
        rt_add(t->out, "\n");
    }
    json_decref(rows);
}

static void head(Text *t) {
    const ProfileTotals *totals = &t->p->totals;
    const ProfileSampled *sampled = &t->p->sampled;
    const char *end = t->md ? "  " : "";
    rt_add(t->out, t->md ? "# Hot blocks of " : "");
    if (t->bold) rt_add(t->out, "\033[1m");
    rt_add(t->out, "%s (%s, %s)", t->p->workload.name, t->p->guest, t->p->engine);
    if (!t->interp) rt_add(t->out, " on %s", profile_host(t->p));
    if (t->bold) rt_add(t->out, "\033[0m");
    rt_add(t->out, t->md ? "\n\n" : "\n");
    rt_add(t->out, "%s guest instructions", nt_exact((double)totals->guest_instructions).s);
    if (!t->interp)
        rt_add(t->out, ", %s host instructions: %s for each", nt_exact((double)totals->host_instructions).s,
               nt_ratio(est_of(totals->host_per_guest)).s);
    rt_add(t->out, "; %lld blocks, %lld units, %lld of them regions.%s\n", (long long)totals->blocks,
           (long long)totals->units, (long long)totals->regions, end);
    rt_add(t->out,
           t->p->exact ? "Exact: hits times instructions are the retired guest instructions, to the last one.%s\n"
                       : "NOT EXACT: the counts do not add up to the retired guest instructions.%s\n",
           end);
    if (sampled->by)
        rt_add(t->out, "Time: %lld samples of uncounted runs, by %s; %lld of them in translated code.%s\n",
               (long long)sampled->samples, sampled->by, (long long)sampled->in_code, end);
    if (sampled->instead_of && *sampled->instead_of)
        rt_add(t->out, "The timer samples, because %s.%s\n", sampled->instead_of, end);
    if (t->p->through)
        rt_add(t->out, "The emulator of %s ran in %s: nothing is timed.%s\n", profile_host(t->p), t->p->through, end);
    if (t->p->overhead.pairs)
        rt_add(t->out, "Counting made the guest run %s times as long (medians of %lld pairs of runs).\n",
               nt_ratio(est_of(t->p->overhead.ratio)).s, (long long)t->p->overhead.pairs);
}

static void write_text(Text *t, unsigned top) {
    t->interp = profile_is_interp(t->p);
    unsigned few = top < 12 ? top : 12;
    head(t);
    why_table(t);
    blocks_table(t, top);
    counts_table(t, few);
    rolls(t, few);
}

void profile_terminal(ReportText *out, const ProfileDoc *profile, unsigned top, bool colour) {
    write_text(&(Text){.out = out, .p = profile, .bold = colour}, top);
}

// The code of the hottest blocks follows as text blocks.
static void code(Text *t, const ProfileBlock *b) {
    const ProfileTranslation *tr = block_hottest(b);
    char place[128], source[128];
    if (!tr) return;
    block_place(place, sizeof place, b), block_source(source, sizeof source, b);
    rt_add(t->out, "\n### %lld. ", (long long)b->rank);
    rt_md(t->out, place);
    rt_add(t->out, ", %s\n\n%s, unit %lld, %s hits\n\n```\n", nt_percent(b->share).s, *source ? source : b->gpc,
           (long long)tr->unit, nt_count((double)tr->hits).s);
    for (uint32_t i = 0; i < tr->guest.n; i++) {
        const ProfileGuest *in = &tr->guest.at[i];
        rt_add(t->out, "%-12s %-34s %6.2f host a time\n", in->gpc, in->text,
               pj_share(in->host_instructions, in->retired));
        for (uint32_t k = 0; k < tr->ir.n; k++)
            if (tr->ir.at[k].a == i) rt_add(t->out, "    %s\n", tr->ir.at[k].text);
        for (uint32_t k = 0; k < tr->host.n; k++) {
            const ProfileHost *h = &tr->host.at[k];
            if (h->insn == i && h->hits && strcmp(h->why, "count"))
                rt_add(t->out, "        %4lld  %-34s %s\n", (long long)h->at, h->text, h->why);
        }
    }
    rt_add(t->out, "```\n");
}

void profile_markdown(ReportText *out, const ProfileDoc *profile, unsigned top) {
    Text t = {.out = out, .p = profile, .md = true};
    write_text(&t, top);
    rt_add(out, "\n## Code of the hottest blocks\n");
    for (uint32_t i = 0; i < profile->blocks.n && i < 5; i++) code(&t, &profile->blocks.at[i]);
}
