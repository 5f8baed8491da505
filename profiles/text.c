// The hot-block report as text: for the terminal, and the same as Markdown.
#include "profiles/profile.h"
#include "bench/base/jsonfile.h"
#include <string.h>

typedef struct Text {
    ReportText *out;
    const json_t *p;
    bool md, bold;
    bool interp;
} Text;

static json_int_t total_of(const Text *t) {
    return pj_int(json_object_get(t->p, "totals"), t->interp ? "guest_instructions" : "host_instructions");
}

static json_int_t cost_of(const Text *t, const json_t *row) {
    return pj_int(row, t->interp ? "guest_instructions" : "host_instructions");
}

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
static void sampled_cell(Text *t, const json_t *b) {
    char text[64] = "-";
    if (json_object_get(b, "samples"))
        snprintf(text, sizeof text, "%.16s [%.16s, %.16s]", nt_percent(json_num(b, "sampled_share", 0)).s,
                 nt_percent(json_num(b, "sampled_lo", 0)).s, nt_percent(json_num(b, "sampled_hi", 0)).s);
    cell(t, text, 22, false);
}

static void blocks_table(Text *t, unsigned top) {
    bool sampled = json_object_get(t->p, "sampled");
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
    size_t i;
    json_t *b;
    json_array_foreach(json_object_get(t->p, "blocks"), i, b) {
        if (i >= top) break;
        char place[128], source[128], rank[16], length[16];
        pj_place(place, sizeof place, b), pj_source(source, sizeof source, b);
        snprintf(rank, sizeof rank, "%d", (int)i + 1);
        snprintf(length, sizeof length, "%lld", (long long)pj_int(b, "guest_length"));
        row(t);
        cell(t, rank, 3, true);
        number(t, nt_percent(json_num(b, "share", 0)), 6);
        number(t, nt_percent(json_num(b, "cumulative", 0)), 6);
        number(t, nt_count((double)pj_int(b, "hits")), 8);
        number(t, nt_count((double)pj_int(b, "guest_instructions")), 8);
        number(t, nt_count((double)pj_int(b, "host_instructions")), 8);
        number(t, nt_ratio(est_of(json_num(b, "host_per_guest", 0))), 10);
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
    for (size_t i = 0; i <= top && i <= json_array_size(json_object_get(t->p, "blocks")); i++) {
        bool last = i == top || i == json_array_size(json_object_get(t->p, "blocks"));
        const json_t *b = last ? t->p : json_array_get(json_object_get(t->p, "blocks"), i);
        char place[128] = "all blocks";
        if (!last) pj_place(place, sizeof place, b);
        row(t);
        cell(t, place, 30, false);
        for (unsigned k = 0; k < n; k++) number(t, nt_count((double)count_of(b, shown[k]->key)), widths[k + 1]);
        rt_add(t->out, "\n");
    }
}

static void roll_table(Text *t, const char *caption, const char *list, const char *name, unsigned top) {
    const char *const names[] = {"share", "guest", "host", "host/guest", name, NULL};
    static const int widths[] = {6, 8, 8, 10, -44};
    title(t, caption);
    heads(t, names, widths);
    size_t i;
    json_t *x;
    json_array_foreach(json_object_get(t->p, list), i, x) {
        if (i >= top) break;
        char text[200];
        if (!strcmp(list, "lines")) {
            char source[128];
            pj_source(source, sizeof source, x);
            snprintf(text, sizeof text, "%s  %.60s", pj_int(x, "line") ? source : json_text(x, "file", "?"),
                     json_text(x, "text", ""));
        } else {
            snprintf(text, sizeof text, "%.140s", json_text(x, !strcmp(list, "kinds") ? "kind" : "name", "?"));
        }
        json_int_t guest = pj_int(x, "guest_instructions"), host = pj_int(x, "host_instructions");
        row(t);
        number(t, nt_percent(pj_share(cost_of(t, x), total_of(t))), 6);
        number(t, nt_count((double)guest), 8);
        number(t, nt_count((double)host), 8);
        number(t, guest ? nt_ratio(est_of((double)host / (double)guest)) : nt_ratio((Est){0}), 10);
        cell(t, text, t->md ? 44 : 60, false);
        rt_add(t->out, "\n");
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
    json_object_foreach(json_object_get(t->p, "why"), key, v)
        json_put(rows, key, json_pack("{s:s,s:O}", "name", key, "host_instructions", v));
    rows = pj_sorted(rows, "host_instructions");
    size_t i;
    json_int_t guest = pj_int(json_object_get(t->p, "totals"), "guest_instructions");
    json_array_foreach(rows, i, v) {
        row(t);
        number(t, nt_percent(pj_share(cost_of(t, v), total_of(t))), 6);
        number(t, nt_count((double)cost_of(t, v)), 8);
        number(t, nt_ratio(est_of(pj_share(cost_of(t, v), guest))), 14);
        cell(t, json_text(v, "name", "?"), 9, false);
        cell(t, json_text(json_object_get(t->p, "whys"), json_text(v, "name", ""), ""), 84, false);
        rt_add(t->out, "\n");
    }
    json_decref(rows);
}

static void head(Text *t) {
    const json_t *totals = json_object_get(t->p, "totals"), *w = json_object_get(t->p, "workload"),
                 *o = json_object_get(t->p, "overhead");
    rt_add(t->out, t->md ? "# Hot blocks of " : "");
    if (t->bold) rt_add(t->out, "\033[1m");
    rt_add(t->out, "%s (%s, %s)", json_text(w, "name", "?"), json_text(t->p, "guest", "?"),
           json_text(t->p, "engine", "?"));
    if (t->bold) rt_add(t->out, "\033[0m");
    rt_add(t->out, t->md ? "\n\n" : "\n");
    rt_add(t->out, "%s guest instructions", nt_exact((double)pj_int(totals, "guest_instructions")).s);
    if (!t->interp)
        rt_add(t->out, ", %s host instructions: %s for each", nt_exact((double)pj_int(totals, "host_instructions")).s,
               nt_ratio(est_of(json_num(totals, "host_per_guest", 0))).s);
    rt_add(t->out, "; %lld blocks, %lld units, %lld of them regions.%s\n", (long long)pj_int(totals, "blocks"),
           (long long)pj_int(totals, "units"), (long long)pj_int(totals, "regions"), t->md ? "  " : "");
    rt_add(t->out,
           json_is_true(json_object_get(t->p, "exact"))
               ? "Exact: hits times instructions are the retired guest instructions, to the last one.%s\n"
               : "NOT EXACT: the counts do not add up to the retired guest instructions.%s\n",
           t->md ? "  " : "");
    const json_t *sampled = json_object_get(t->p, "sampled");
    if (sampled)
        rt_add(t->out, "Time: %lld samples of uncounted runs, by %s; %lld of them in translated code.%s\n",
               (long long)pj_int(sampled, "samples"), json_text(sampled, "by", "?"),
               (long long)pj_int(sampled, "in_code"), t->md ? "  " : "");
    if (*json_text(sampled, "instead_of", ""))
        rt_add(t->out, "The timer samples, because %s.%s\n", json_text(sampled, "instead_of", ""), t->md ? "  " : "");
    if (json_is_object(o))
        rt_add(t->out, "Counting made the guest run %s times as long (medians of %lld pairs of runs).\n",
               nt_ratio(est_of(json_num(o, "ratio", 0))).s, (long long)pj_int(o, "pairs"));
}

static void write_text(Text *t, unsigned top) {
    t->interp = !strcmp(json_text(t->p, "engine", ""), "interp");
    unsigned few = top < 12 ? top : 12;
    head(t);
    why_table(t);
    blocks_table(t, top);
    counts_table(t, few);
    roll_table(t, "By function", "functions", "function", few);
    roll_table(t, "By source line", "lines", "line", few);
    roll_table(t, "By kind of guest instruction", "kinds", "kind", few);
}

void profile_terminal(ReportText *out, const json_t *profile, unsigned top, bool colour) {
    write_text(&(Text){.out = out, .p = profile, .bold = colour}, top);
}

// The code of the hottest blocks follows as text blocks.
static void code(Text *t, const json_t *b) {
    const json_t *tr = pj_hottest(b);
    char place[128], source[128];
    if (!tr) return;
    pj_place(place, sizeof place, b), pj_source(source, sizeof source, b);
    rt_add(t->out, "\n### %lld. ", (long long)pj_int(b, "rank"));
    rt_md(t->out, place);
    rt_add(t->out, ", %s\n\n%s, unit %lld, %s hits\n\n```\n", nt_percent(json_num(b, "share", 0)).s,
           *source ? source : json_text(b, "gpc", "?"), (long long)pj_int(tr, "unit"),
           nt_count((double)pj_int(tr, "hits")).s);
    size_t i, k;
    json_t *in, *h;
    json_array_foreach(json_object_get(tr, "guest"), i, in) {
        rt_add(t->out, "%-12s %-34s %6.2f host a time\n", json_text(in, "gpc", "?"), json_text(in, "text", "?"),
               pj_share(pj_int(in, "host_instructions"), pj_int(in, "retired")));
        json_array_foreach(json_object_get(tr, "ir"), k, h) {
            if (json_integer_value(json_array_get(h, 0)) == (json_int_t)i)
                rt_add(t->out, "    %s\n", json_string_value(json_array_get(h, 2)));
        }
        json_array_foreach(json_object_get(tr, "host"), k, h) {
            if (pj_int(h, "insn") != (json_int_t)i || !pj_int(h, "hits") || !strcmp(json_text(h, "why", ""), "count"))
                continue;
            rt_add(t->out, "        %4lld  %-34s %s\n", (long long)pj_int(h, "at"), json_text(h, "text", "?"),
                   json_text(h, "why", "?"));
        }
    }
    rt_add(t->out, "```\n");
}

void profile_markdown(ReportText *out, const json_t *profile, unsigned top) {
    Text t = {.out = out, .p = profile, .md = true};
    write_text(&t, top);
    rt_add(out, "\n## Code of the hottest blocks\n");
    size_t i;
    json_t *b;
    json_array_foreach(json_object_get(profile, "blocks"), i, b) {
        if (i < 5) code(&t, b);
    }
}
