// Two profiles of the same program: which guest blocks moved, because they ran more often or because their code is
// another one, and how the host code differs. Blocks are matched by guest pc; between two builds of the program by
// symbol and offset.
#include "base/alloc.h"
#include "profiles/profile.h"
#include "bench/base/jsonfile.h"
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 400, WITH_CODE = 40 };

// A block on one side; b is NULL where that side does not have it.
typedef struct Side {
    const ProfileBlock *b;
    const json_t *json; // the same as the document has it, whose members the diff takes over
} Side;

static bool same_elf(const ProfileDoc *a, const ProfileDoc *b) { return !strcmp(a->elf.sha256, b->elf.sha256); }

static void key_of(char key[128], const ProfileBlock *b, bool by_gpc) {
    if (by_gpc)
        snprintf(key, 128, "%s", b->gpc);
    else
        block_place(key, 128, b);
}

// Place -> index in the document's blocks.
static json_t *by_place(const ProfileDoc *p, bool by_gpc) {
    json_t *map = json_object();
    for (uint32_t i = 0; i < p->blocks.n; i++) {
        char key[128];
        key_of(key, &p->blocks.at[i], by_gpc);
        json_object_set_new(map, key, json_integer(i));
    }
    return map;
}

static Side side_at(const ProfileDoc *p, const json_t *places, const char *key) {
    const json_t *at = json_object_get(places, key);
    if (!at) return (Side){0};
    size_t i = (size_t)json_integer_value(at);
    return (Side){&p->blocks.at[i], json_array_get(json_object_get(p->root, "blocks"), i)};
}

// ---- host code, line by line
typedef struct Lines {
    const ProfileHost *at[LINES_MAX];
    char *text[LINES_MAX]; // without what only says where the code lies
    unsigned n;
} Lines;

static char *comparable(const char *text) {
    char *copy = alloc_text(text), *dot = strstr(copy, " .");
    if (dot) dot[2] = 0;
    return copy;
}

static void lines_of(Lines *l, const ProfileTranslation *t, uint32_t index) {
    l->n = 0;
    for (uint32_t i = 0; i < t->host.n; i++) {
        const ProfileHost *h = &t->host.at[i];
        if (h->insn != index || !h->hits || !strcmp(h->why, "count") || !strcmp(h->path, "stub")) continue;
        if (l->n == LINES_MAX) break;
        l->text[l->n] = comparable(h->text);
        l->at[l->n++] = h;
    }
}

static void lines_free(Lines *l) {
    for (unsigned i = 0; i < l->n; i++) free(l->text[i]);
}

static void push_line(json_t *list, const char *mark, const ProfileHost *h) {
    json_array_append_new(list, json_pack("[s,s,s]", mark, h->text, h->why));
}

// Longest common subsequence: what is in it is "=", the rest "-" of a or "+" of b.
static void compare_lines(const Lines *a, const Lines *b, json_t *in_a, json_t *in_b) {
    unsigned w = b->n + 1;
    uint16_t *best = alloc_zeroed((size_t)(a->n + 1) * w, sizeof *best);
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

static json_t *cost_a_time(const ProfileGuest *insn) {
    return json_real(pj_share(insn->host_instructions, insn->retired));
}

static json_t *code_of(const ProfileBlock *a, const ProfileBlock *b) {
    const ProfileTranslation *ta = a ? block_hottest(a) : NULL, *tb = b ? block_hottest(b) : NULL;
    if (!ta || !tb || !ta->host.n || !tb->host.n) return json_null();
    json_t *list = json_array();
    Lines *la = alloc_zeroed(1, sizeof *la), *lb = alloc_zeroed(1, sizeof *lb);
    for (uint32_t i = 0; i < ta->guest.n && i < tb->guest.n; i++) {
        const ProfileGuest *x = &ta->guest.at[i], *y = &tb->guest.at[i];
        json_t *in_a = json_array(), *in_b = json_array();
        lines_of(la, ta, i), lines_of(lb, tb, i);
        compare_lines(la, lb, in_a, in_b);
        lines_free(la), lines_free(lb);
        json_array_append_new(list, json_pack("{s:s,s:s,s:o,s:o,s:o,s:o}", "gpc", x->gpc, "text", x->text, "a_cost",
                                              cost_a_time(x), "b_cost", cost_a_time(y), "a", in_a, "b", in_b));
    }
    free(la), free(lb);
    return list;
}

// ---- one block
static json_t *side_object(Side s) {
    static const char *const keys[] = {"hits", "guest_instructions", "host_instructions", "share",  "host_per_guest",
                                       "why",  "slow_accesses",      "helper_calls",      "counts", "rank"};
    if (!s.b) return json_null();
    json_t *o = json_object();
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) json_object_set(o, keys[i], json_object_get(s.json, keys[i]));
    const ProfileTranslation *t = block_hottest(s.b);
    if (t) json_put(o, "tier", json_string(t->tier)), json_put(o, "spills", json_integer(t->spills));
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
static json_t *entry(Side a, Side b) {
    static const char *const keys[] = {"gpc", "symbol", "offset", "file", "line"};
    static const ProfileBlock NOTHING;
    const ProfileBlock *x = a.b ? a.b : &NOTHING, *y = b.b ? b.b : &NOTHING;
    json_t *o = json_object();
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        json_object_set(o, keys[i], json_object_get(a.b ? a.json : b.json, keys[i]));
    double ha = (double)x->hits, hb = (double)y->hits;
    double na = (double)x->host_instructions, nb = (double)y->host_instructions;
    double each = ha > 0 ? na / ha : hb > 0 ? nb / hb : 0, by_hits = (hb - ha) * each, by_code = nb - na - by_hits;
    bool hits = ha != hb, code = ha > 0 && hb > 0 && (by_code > 0.5 || by_code < -0.5);
    json_put(o, "a", side_object(a)), json_put(o, "b", side_object(b));
    json_put(o, "delta", json_integer((json_int_t)(nb - na)));
    json_put(o, "size", json_integer((json_int_t)(nb > na ? nb - na : na - nb)));
    json_put(o, "by_hits", json_real(by_hits)), json_put(o, "by_code", json_real(by_code));
    json_put(o, "moved",
             json_string(!a.b           ? "new"
                         : !b.b         ? "gone"
                         : hits && code ? "hits and code"
                         : hits         ? "hits"
                         : code         ? "code"
                                        : "no"));
    json_put(o, "why", why_delta(x->why, y->why));
    return o;
}

// What entering generated code from the run loop and leaving it costs is in no block: a row of its own, as if it were one.
static ProfileBlock run_loop_of(const ProfileDoc *p) {
    int64_t host = p->totals.run_loop_host_instructions, entries = p->totals.run_loop_entries;
    return (ProfileBlock){.symbol = "(run loop)",
                          .hits = entries ? entries : host,
                          .host_instructions = host,
                          .share = pj_share(host, p->totals.host_instructions),
                          .why = json_pack("{s:I}", "leave", (json_int_t)host)};
}

static Side run_loop_side(const ProfileBlock *b) {
    if (!b->host_instructions) return (Side){0};
    return (Side){b,
                  json_pack("{s:s,s:I,s:I,s:O,s:f}", "symbol", b->symbol, "hits", (json_int_t)b->hits,
                            "host_instructions", (json_int_t)b->host_instructions, "why", b->why, "share", b->share)};
}

static void add_run_loop(json_t *all, const ProfileDoc *a, const ProfileDoc *b) {
    ProfileBlock of_a = run_loop_of(a), of_b = run_loop_of(b);
    Side in_a = run_loop_side(&of_a), in_b = run_loop_side(&of_b);
    if (in_a.b || in_b.b) json_put(all, "(run loop)", entry(in_a, in_b));
    json_decref((json_t *)in_a.json), json_decref((json_t *)in_b.json);
    json_decref((json_t *)of_a.why), json_decref((json_t *)of_b.why);
}

static json_t *about(const ProfileDoc *p) {
    static const char *const keys[] = {"workload", "elf",  "guest",   "engine", "features",
                                       "emulator", "host", "created", "totals", "why"};
    json_t *o = json_object();
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) json_object_set(o, keys[i], json_object_get(p->root, keys[i]));
    return o;
}

static json_t *switches_that_differ(const ProfileDoc *a, const ProfileDoc *b) {
    json_t *list = json_array(), *v;
    const char *key;
    json_object_foreach((json_t *)b->features, key, v) {
        const json_t *was = json_object_get(a->features, key);
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

json_t *profile_diff(const ProfileDoc *a, const ProfileDoc *b) {
    bool by_gpc = same_elf(a, b);
    json_t *in_a = by_place(a, by_gpc), *in_b = by_place(b, by_gpc), *all = json_object(), *v;
    const char *key;
    json_object_foreach(in_a, key, v) json_put(all, key, entry(side_at(a, in_a, key), side_at(b, in_b, key)));
    json_object_foreach(in_b, key, v) {
        if (!json_object_get(in_a, key)) json_put(all, key, entry((Side){0}, side_at(b, in_b, key)));
    }
    add_run_loop(all, a, b);
    json_t *list = pj_sorted(all, "size");
    for (size_t i = 0; i < json_array_size(list) && i < WITH_CODE; i++) {
        json_t *e = json_array_get(list, i);
        char place[128];
        pj_place(place, sizeof place, e);
        const char *k = by_gpc ? json_text(e, "gpc", "?") : place;
        json_put(e, "code", code_of(side_at(a, in_a, k).b, side_at(b, in_b, k).b));
    }
    json_t *d = json_object();
    json_put(d, "schema", json_string("nightjar.profile-diff/1"));
    json_put(d, "same_elf", json_boolean(by_gpc));
    json_put(d, "a", about(a)), json_put(d, "b", about(b));
    json_put(d, "switches", switches_that_differ(a, b));
    json_object_set(d, "whys", (json_t *)b->whys);
    json_put(d, "why", why_delta(a->why, b->why));
    json_put(d, "blocks", list);
    add_words(d);
    json_decref(in_a), json_decref(in_b);
    return d;
}
