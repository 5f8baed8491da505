// Two profiles of the same program: which guest blocks moved, because they ran more often or because their code is
// another one, and how the host code differs. Blocks are matched by guest pc; between two builds of the program by
// symbol and offset.
#include "profiles/profile.h"
#include "bench/base/jsonfile.h"
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 400, WITH_CODE = 40 };

static bool same_elf(const json_t *a, const json_t *b) {
    return !strcmp(json_text(json_object_get(a, "elf"), "sha256", "a"),
                   json_text(json_object_get(b, "elf"), "sha256", "b"));
}

static json_t *by_place(const json_t *p, bool by_gpc) {
    json_t *map = json_object(), *b;
    size_t i;
    json_array_foreach(json_object_get(p, "blocks"), i, b) {
        char place[128];
        pj_place(place, sizeof place, b);
        json_object_set(map, by_gpc ? json_text(b, "gpc", "?") : place, b);
    }
    return map;
}

// ---- host code, line by line
typedef struct Lines {
    const json_t *at[LINES_MAX];
    char *text[LINES_MAX]; // without what only says where the code lies
    unsigned n;
} Lines;

static char *comparable(const char *text) {
    char *copy = strdup(text), *dot = strstr(copy, " .");
    BUG_IF(!copy, "out of memory");
    if (dot) dot[2] = 0;
    return copy;
}

static void lines_of(Lines *l, const json_t *t, json_int_t index) {
    size_t i;
    json_t *h;
    l->n = 0;
    json_array_foreach(json_object_get(t, "host"), i, h) {
        bool shown = pj_int(h, "insn") == index && strcmp(json_text(h, "why", ""), "count") && pj_int(h, "hits");
        if (!shown || l->n == LINES_MAX || !strcmp(json_text(h, "path", ""), "stub")) continue;
        l->text[l->n] = comparable(json_text(h, "text", "?"));
        l->at[l->n++] = h;
    }
}

static void lines_free(Lines *l) {
    for (unsigned i = 0; i < l->n; i++) free(l->text[i]);
}

static void push_line(json_t *list, const char *mark, const json_t *h) {
    json_array_append_new(list, json_pack("[s,s,s]", mark, json_text(h, "text", "?"), json_text(h, "why", "?")));
}

// Longest common subsequence: what is in it is "=", the rest "-" of a or "+" of b.
static void compare_lines(const Lines *a, const Lines *b, json_t *in_a, json_t *in_b) {
    unsigned w = b->n + 1;
    uint16_t *best = calloc((size_t)(a->n + 1) * w, sizeof *best);
    BUG_IF(!best, "out of memory");
    for (unsigned i = a->n; i-- > 0;)
        for (unsigned k = b->n; k-- > 0;) {
            uint16_t down = best[(i + 1) * w + k], right = best[i * w + k + 1];
            best[i * w + k] = !strcmp(a->text[i], b->text[k]) ? (uint16_t)(best[(i + 1) * w + k + 1] + 1)
                              : down > right                  ? down
                                                              : right;
        }
    unsigned i = 0, k = 0;
    while (i < a->n || k < b->n) {
        if (i < a->n && k < b->n && !strcmp(a->text[i], b->text[k]))
            push_line(in_a, "=", a->at[i++]), push_line(in_b, "=", b->at[k++]);
        else if (k == b->n || (i < a->n && best[(i + 1) * w + k] >= best[i * w + k + 1]))
            push_line(in_a, "-", a->at[i++]);
        else
            push_line(in_b, "+", b->at[k++]);
    }
    free(best);
}

static json_t *cost_a_time(const json_t *insn) {
    return json_real(pj_share(pj_int(insn, "host_instructions"), pj_int(insn, "retired")));
}

static json_t *code_of(const json_t *a, const json_t *b) {
    const json_t *ta = a ? pj_hottest(a) : NULL, *tb = b ? pj_hottest(b) : NULL;
    const json_t *ga = json_object_get(ta, "guest"), *gb = json_object_get(tb, "guest");
    if (!ta || !tb || !json_is_array(json_object_get(ta, "host")) || !json_is_array(json_object_get(tb, "host")))
        return json_null();
    size_t n = json_array_size(ga) < json_array_size(gb) ? json_array_size(ga) : json_array_size(gb);
    json_t *list = json_array();
    Lines *la = calloc(1, sizeof *la), *lb = calloc(1, sizeof *lb);
    BUG_IF(!la || !lb, "out of memory");
    for (size_t i = 0; i < n; i++) {
        json_t *x = json_array_get(ga, i), *y = json_array_get(gb, i), *in_a = json_array(), *in_b = json_array();
        lines_of(la, ta, (json_int_t)i), lines_of(lb, tb, (json_int_t)i);
        compare_lines(la, lb, in_a, in_b);
        lines_free(la), lines_free(lb);
        json_array_append_new(list, json_pack("{s:s,s:s,s:o,s:o,s:o,s:o}", "gpc", json_text(x, "gpc", "?"), "text",
                                              json_text(x, "text", "?"), "a_cost", cost_a_time(x), "b_cost",
                                              cost_a_time(y), "a", in_a, "b", in_b));
    }
    free(la), free(lb);
    return list;
}

// ---- one block
static json_t *side(const json_t *b) {
    static const char *const keys[] = {"hits", "guest_instructions", "host_instructions", "share",  "host_per_guest",
                                       "why",  "slow_accesses",      "helper_calls",      "counts", "rank"};
    if (!b) return json_null();
    json_t *o = json_object();
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) json_object_set(o, keys[i], json_object_get(b, keys[i]));
    const json_t *t = pj_hottest(b);
    json_object_set(o, "tier", json_object_get(t, "tier"));
    json_object_set(o, "spills", json_object_get(t, "spills"));
    return o;
}

static json_t *why_delta(const json_t *a, const json_t *b) {
    json_t *o = json_object(), *v;
    const char *key;
    json_object_foreach((json_t *)b, key, v) pj_add(o, key, json_integer_value(v));
    json_object_foreach((json_t *)a, key, v) pj_add(o, key, -json_integer_value(v));
    return o;
}

// Of the whole change, what more hits would have cost with the old code is due to hits, the rest to the code.
static json_t *entry(const json_t *a, const json_t *b) {
    static const char *const keys[] = {"gpc", "symbol", "offset", "file", "line"};
    json_t *o = json_object();
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) json_object_set(o, keys[i], json_object_get(a ? a : b, keys[i]));
    double ha = (double)pj_int(a, "hits"), hb = (double)pj_int(b, "hits");
    double na = (double)pj_int(a, "host_instructions"), nb = (double)pj_int(b, "host_instructions");
    double each = ha > 0 ? na / ha : hb > 0 ? nb / hb : 0, by_hits = (hb - ha) * each, by_code = nb - na - by_hits;
    bool hits = ha != hb, code = ha > 0 && hb > 0 && (by_code > 0.5 || by_code < -0.5);
    json_put(o, "a", side(a)), json_put(o, "b", side(b));
    json_put(o, "delta", json_integer((json_int_t)(nb - na)));
    json_put(o, "size", json_integer((json_int_t)(nb > na ? nb - na : na - nb)));
    json_put(o, "by_hits", json_real(by_hits)), json_put(o, "by_code", json_real(by_code));
    json_put(o, "moved",
             json_string(!a             ? "new"
                         : !b           ? "gone"
                         : hits && code ? "hits and code"
                         : hits         ? "hits"
                         : code         ? "code"
                                        : "no"));
    json_put(o, "why", why_delta(json_object_get(a, "why"), json_object_get(b, "why")));
    return o;
}

// What entering generated code from the run loop and leaving it costs is in no block: a row of its own, as if it were one.
static json_t *run_loop_of(const json_t *p) {
    const json_t *t = json_object_get(p, "totals");
    json_int_t host = pj_int(t, "run_loop_host_instructions"), entries = pj_int(t, "run_loop_entries");
    if (!host) return NULL;
    return json_pack("{s:s,s:I,s:I,s:{s:I},s:f}", "symbol", "(run loop)", "hits", entries ? entries : host,
                     "host_instructions", host, "why", "leave", host, "share",
                     pj_share(host, pj_int(t, "host_instructions")));
}

static void add_run_loop(json_t *all, const json_t *a, const json_t *b) {
    json_t *in_a = run_loop_of(a), *in_b = run_loop_of(b);
    if (in_a || in_b) json_put(all, "(run loop)", entry(in_a, in_b));
    json_decref(in_a), json_decref(in_b);
}

static json_t *about(const json_t *p) {
    static const char *const keys[] = {"workload", "elf",     "guest",  "engine", "features",
                                       "emulator", "created", "totals", "why"};
    json_t *o = json_object();
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) json_object_set(o, keys[i], json_object_get(p, keys[i]));
    return o;
}

static json_t *switches_that_differ(const json_t *a, const json_t *b) {
    json_t *list = json_array(), *v;
    const char *key;
    json_object_foreach(json_object_get(b, "features"), key, v) {
        const json_t *was = json_object_get(json_object_get(a, "features"), key);
        if (was && json_is_true(was) != json_is_true(v))
            json_array_append_new(list, json_sprintf("%c%s", json_is_true(v) ? '+' : '-', key));
    }
    return list;
}

static void put_words(json_t *o, char *text) {
    json_put(o, "says", json_string(text));
    free(text);
}

static void add_words(json_t *d) {
    size_t i;
    json_t *e;
    put_words(d, profile_diff_words(d));
    json_array_foreach(json_object_get(d, "blocks"), i, e) {
        if (pj_int(e, "size") || strcmp(json_text(e, "moved", "no"), "no"))
            put_words(e, profile_diff_block_words(d, e));
    }
}

json_t *profile_diff(const json_t *a, const json_t *b) {
    bool by_gpc = same_elf(a, b);
    json_t *in_a = by_place(a, by_gpc), *in_b = by_place(b, by_gpc), *all = json_object(), *v;
    const char *key;
    json_object_foreach(in_a, key, v) json_put(all, key, entry(v, json_object_get(in_b, key)));
    json_object_foreach(in_b, key, v) {
        if (!json_object_get(in_a, key)) json_put(all, key, entry(NULL, v));
    }
    add_run_loop(all, a, b);
    json_t *list = pj_sorted(all, "size");
    for (size_t i = 0; i < json_array_size(list) && i < WITH_CODE; i++) {
        json_t *e = json_array_get(list, i);
        char place[128];
        pj_place(place, sizeof place, e);
        const char *k = by_gpc ? json_text(e, "gpc", "?") : place;
        json_put(e, "code", code_of(json_object_get(in_a, k), json_object_get(in_b, k)));
    }
    json_t *d = json_object();
    json_put(d, "schema", json_string("nightjar.profile-diff/1"));
    json_put(d, "same_elf", json_boolean(by_gpc));
    json_put(d, "a", about(a)), json_put(d, "b", about(b));
    json_put(d, "switches", switches_that_differ(a, b));
    json_object_set(d, "whys", json_object_get(b, "whys"));
    json_put(d, "why", why_delta(json_object_get(a, "why"), json_object_get(b, "why")));
    json_put(d, "blocks", list);
    add_words(d);
    json_decref(in_a), json_decref(in_b);
    return d;
}
