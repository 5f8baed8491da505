// What a differential report says in words: the whole, and each block that moved. Built from the diff document alone.
#include "base/alloc.h"
#include "profiles/profile.h"
#include "bench/base/jsonfile.h"
#include <math.h>
#include <string.h>

// Changes by reason, largest first: "27.4 fewer for state (guest registers ...), 1.8 more for branch (...)".
static void reasons(ReportText *out, const json_t *d, const json_t *why, double runs, unsigned most) {
    json_t *rows = json_object(), *v;
    const char *key;
    json_object_foreach((json_t *)why, key, v) {
        json_int_t n = json_integer_value(v);
        if (n) json_put(rows, key, json_pack("{s:s,s:I,s:I}", "name", key, "n", n, "size", n < 0 ? -n : n));
    }
    rows = pj_sorted(rows, "size");
    double least = pj_int(json_array_get(rows, 0), "size") * 0.02;
    size_t i;
    json_array_foreach(rows, i, v) {
        double n = (double)pj_int(v, "n");
        const char *name = json_text(v, "name", "?");
        if (i >= most || (double)pj_int(v, "size") < least) break;
        rt_add(out, "%s%s %s for %s (%s)", i ? ", " : ": ",
               runs > 0 ? nt_ratio(est_of(fabs(n) / runs)).s : nt_count(fabs(n)).s, n < 0 ? "fewer" : "more", name,
               json_text(json_object_get(d, "whys"), name, "?"));
    }
    json_decref(rows);
}

static void block_code(ReportText *out, const json_t *d, const json_t *e, double hits) {
    const json_t *a = json_object_get(e, "a"), *b = json_object_get(e, "b");
    double was = pj_share(pj_int(a, "host_instructions"), pj_int(a, "hits")),
           is = pj_share(pj_int(b, "host_instructions"), pj_int(b, "hits"));
    rt_add(out, "takes %s host instructions instead of %s", nt_ratio(est_of(is)).s, nt_ratio(est_of(was)).s);
    reasons(out, d, json_object_get(e, "why"), hits, 4);
}

static double count_of(const json_t *side, const char *key) {
    return (double)pj_int(json_object_get(side, "counts"), key);
}

static void counts(ReportText *out, const json_t *e) {
    const json_t *a = json_object_get(e, "a"), *b = json_object_get(e, "b");
    unsigned n = 0;
    for (const CountName *c = COUNT_NAMES; a && b && c->key; c++) {
        double was = count_of(a, c->key), is = count_of(b, c->key);
        if (was == is || fabs(is - was) * 100 < (double)pj_int(b, "hits")) continue;
        rt_add(out, "%s%s %s -> %s", n++ ? ", " : " Counts: ", c->head, nt_count(was).s, nt_count(is).s);
    }
    if (n) rt_add(out, ".");
}

char *profile_diff_block_words(const json_t *d, const json_t *e) {
    ReportText t = {0};
    const json_t *a = json_object_get(e, "a"), *b = json_object_get(e, "b");
    const char *moved = json_text(e, "moved", "no");
    double ha = (double)pj_int(a, "hits"), hb = (double)pj_int(b, "hits");
    if (!strcmp(json_text(e, "symbol", ""), "(run loop)")) {
        rt_add(&t, "The run loop entered generated code %s times instead of %s. ", nt_exact(hb).s, nt_exact(ha).s);
        rt_add(&t, "Entering and leaving take %s host instructions each time (%s in A), which are in no block.",
               nt_ratio(est_of(pj_share(pj_int(b, "host_instructions"), pj_int(b, "hits")))).s,
               nt_ratio(est_of(pj_share(pj_int(a, "host_instructions"), pj_int(a, "hits")))).s);
    } else if (!strcmp(moved, "new") || !strcmp(moved, "gone")) {
        rt_add(&t, "It ran in %s only.", *moved == 'n' ? "B" : "A");
    } else if (!strcmp(moved, "code")) {
        rt_add(&t, "Each of its %s executions ", nt_exact(hb).s);
        block_code(&t, d, e, hb);
        rt_add(&t, ".");
    } else if (!strcmp(moved, "hits")) {
        rt_add(&t, "It ran %s times instead of %s; its code costs the same.", nt_exact(hb).s, nt_exact(ha).s);
    } else if (!strcmp(moved, "hits and code")) {
        rt_add(&t, "It ran %s times instead of %s, and each execution takes %s host instructions instead of %s.",
               nt_exact(hb).s, nt_exact(ha).s,
               nt_ratio(est_of(pj_share(pj_int(b, "host_instructions"), pj_int(b, "hits")))).s,
               nt_ratio(est_of(pj_share(pj_int(a, "host_instructions"), pj_int(a, "hits")))).s);
    }
    counts(&t, e);
    char *text = alloc_text(rt_str(&t));
    rt_free(&t);
    return text;
}

static const char *commit_of(const json_t *side) {
    return json_text(json_object_get(side, "emulator"), "commit", "unknown");
}

static void what_differs(ReportText *out, const json_t *d) {
    const json_t *a = json_object_get(d, "a"), *b = json_object_get(d, "b"), *list = json_object_get(d, "switches");
    size_t i;
    json_t *s;
    unsigned n = 0;
    json_array_foreach((json_t *)list, i, s) rt_add(out, "%s%s", n++ ? ", " : "", json_string_value(s));
    const char *host_a = json_text(a, "host", "x64"), *host_b = json_text(b, "host", "x64");
    if (strcmp(host_a, host_b)) rt_add(out, "%scode of %s instead of %s", n++ ? ", " : "", host_b, host_a);
    if (strcmp(commit_of(a), commit_of(b)))
        rt_add(out, "%scommit %s instead of %s", n++ ? ", " : "", commit_of(b), commit_of(a));
    if (!json_is_true(json_object_get(d, "same_elf"))) rt_add(out, "%sanother program file", n++ ? ", " : "");
    if (!n) rt_add(out, "the same commit and switches");
}

char *profile_diff_words(const json_t *d) {
    ReportText t = {0};
    const json_t *first = json_array_get(json_object_get(d, "blocks"), 0);
    double a = (double)pj_int(json_object_get(json_object_get(d, "a"), "totals"), "host_instructions"),
           b = (double)pj_int(json_object_get(json_object_get(d, "b"), "totals"), "host_instructions");
    rt_add(&t, "Against A, B has ");
    what_differs(&t, d);
    if (a == b || a <= 0) {
        rt_add(&t, ": the program takes %s host instructions.", a == b ? "as many" : nt_exact(b).s);
    } else {
        rt_add(&t, ": the program takes %s %s host instructions", nt_percent(fabs(b / a - 1)).s,
               b < a ? "fewer" : "more");
        reasons(&t, d, json_object_get(d, "why"), 0, 3);
        rt_add(&t, ".");
    }
    if (first && pj_int(first, "size")) {
        char place[128];
        pj_place(place, sizeof place, first);
        json_int_t rank = pj_int(json_object_get(first, "a"), "rank");
        rt_add(&t, " What moved most is %s", place);
        if (rank) rt_add(&t, rank == 1 ? ", the hottest block of A" : ", number %lld of A", (long long)rank);
        rt_add(&t, ".");
    }
    char *text = alloc_text(rt_str(&t));
    rt_free(&t);
    return text;
}
