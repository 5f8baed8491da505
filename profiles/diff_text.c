// The differential report for the terminal and as Markdown.
#include "profiles/profile.h"
#include "bench/base/jsonfile.h"
#include <math.h>
#include <string.h>

static NumText change(json_int_t n) {
    NumText t = nt_count(fabs((double)n)), out;
    snprintf(out.s, sizeof out.s, "%s%.60s", n > 0 ? "+" : n < 0 ? "-" : "", t.s);
    return out;
}

static json_t *sorted_changes(const json_t *why) {
    json_t *rows = json_object(), *v;
    const char *key;
    json_object_foreach((json_t *)why, key, v) {
        json_int_t n = json_integer_value(v);
        if (n) json_put(rows, key, json_pack("{s:s,s:I,s:I}", "name", key, "n", n, "size", n < 0 ? -n : n));
    }
    return pj_sorted(rows, "size");
}

static void whys(ReportText *out, const json_t *why, unsigned most) {
    json_t *rows = sorted_changes(why), *v;
    size_t i;
    json_array_foreach(rows, i, v) {
        if (i < most) rt_add(out, "%s%s %s", i ? ", " : "", json_text(v, "name", "?"), change(pj_int(v, "n")).s);
    }
    json_decref(rows);
}

static void head(ReportText *out, const json_t *d, bool md) {
    const json_t *a = json_object_get(json_object_get(d, "a"), "totals"),
                 *b = json_object_get(json_object_get(d, "b"), "totals");
    double na = (double)pj_int(a, "host_instructions"), nb = (double)pj_int(b, "host_instructions");
    rt_add(out, md ? "# What moved in " : "What moved in ");
    rt_add(out, "%s (%s)%s", json_text(json_object_get(json_object_get(d, "b"), "workload"), "name", "?"),
           json_text(json_object_get(d, "b"), "guest", "?"), md ? "\n\n" : "\n");
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(d, "switches"), i, s)
        rt_add(out, "%s%s", i ? ", " : "B against A: ", json_string_value(s));
    if (i) rt_add(out, "%s\n", md ? "  " : "");
    rt_add(out, "Host instructions: %s -> %s (%s, %+.1f %%).%s\n", nt_exact(na).s, nt_exact(nb).s,
           change((json_int_t)(nb - na)).s, na > 0 ? 100 * (nb / na - 1) : 0, md ? "  " : "");
    if (md)
        rt_md(out, json_text(d, "says", ""));
    else
        rt_add(out, "%s", json_text(d, "says", ""));
    rt_add(out, "%s\nBy reason: ", md ? "  " : "");
    whys(out, json_object_get(d, "why"), 12);
    rt_add(out, ".\n");
    if (!json_is_true(json_object_get(d, "same_elf")))
        rt_add(out, "%sThe programs are not the same file: blocks are matched by symbol and offset.\n", md ? "\n" : "");
}

static void code(ReportText *out, const json_t *e) {
    size_t i, k;
    json_t *row, *l;
    json_array_foreach(json_object_get(e, "code"), i, row) {
        rt_add(out, "  %-12s %-32s %6.2f -> %.2f\n", json_text(row, "gpc", "?"), json_text(row, "text", "?"),
               json_num(row, "a_cost", 0), json_num(row, "b_cost", 0));
        json_array_foreach(json_object_get(row, "a"), k, l) {
            if (*json_string_value(json_array_get(l, 0)) == '-')
                rt_add(out, "      - %-36s %s\n", json_string_value(json_array_get(l, 1)),
                       json_string_value(json_array_get(l, 2)));
        }
        json_array_foreach(json_object_get(row, "b"), k, l)
            rt_add(out, "      %s %-36s %s\n", *json_string_value(json_array_get(l, 0)) == '=' ? " " : "+",
                   json_string_value(json_array_get(l, 1)), json_string_value(json_array_get(l, 2)));
    }
}

static void block(ReportText *out, const json_t *e, unsigned rank, bool md) {
    const json_t *a = json_object_get(e, "a"), *b = json_object_get(e, "b");
    char place[128], source[128];
    pj_place(place, sizeof place, e), pj_source(source, sizeof source, e);
    rt_add(out, md ? "\n### %u. " : "\n%u. ", rank);
    if (md)
        rt_md(out, place);
    else
        rt_add(out, "%s", place);
    rt_add(out, "  %s  %s host instructions, moved: %s\n", source, change(pj_int(e, "delta")).s,
           json_text(e, "moved", "?"));
    rt_add(out, md ? "\n" : "   ");
    if (md)
        rt_md(out, json_text(e, "says", ""));
    else
        rt_add(out, "%s\n", json_text(e, "says", ""));
    rt_add(out, "%s   hits %s -> %s; host a hit %.2f -> %.2f; ", md ? "\n\n" : "",
           nt_count((double)pj_int(a, "hits")).s, nt_count((double)pj_int(b, "hits")).s,
           pj_share(pj_int(a, "host_instructions"), pj_int(a, "hits")),
           pj_share(pj_int(b, "host_instructions"), pj_int(b, "hits")));
    whys(out, json_object_get(e, "why"), 5);
    rt_add(out, "\n");
}

void profile_diff_text(ReportText *out, const json_t *d, unsigned top, ProfileForm form) {
    bool md = form == PROFILE_MARKDOWN;
    head(out, d, md);
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(d, "blocks"), i, e) {
        if (i >= top || !pj_int(e, "size")) break;
        block(out, e, (unsigned)i + 1, md);
        if (i >= 3 && !md) continue;
        if (md) rt_add(out, "\n```\n");
        code(out, e);
        if (md) rt_add(out, "```\n");
    }
}
