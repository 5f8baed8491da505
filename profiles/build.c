// nightjar.blocks/1 with code -> nightjar.profile/1: guest blocks, each with all its translations, ranked.
//
// A guest block may have been translated several times: alone, in regions, once for each call that was inlined. Its
// counts are the sums over all of them; its code is shown for those that matter.
#include "profiles/profile.h"
#include "bench/base/jsonfile.h"
#include <string.h>

static const char *const SUMMED[] = {"guest_instructions", "host_instructions", "slow_accesses", "helper_calls",
                                     "left_inside"};

static void put_symbol(json_t *o, SymbolAt at) {
    if (at.name) {
        json_put(o, "symbol", json_string(at.name));
        json_put(o, "offset", json_integer((json_int_t)at.offset));
    }
    if (at.file) {
        json_put(o, "file", json_string(at.file));
        json_put(o, "line", json_integer(at.line));
    }
}

static json_t *guest_with_lines(const json_t *guest, const Symbols *symbols) {
    json_t *list = json_array(), *insn;
    size_t i;
    json_array_foreach((json_t *)guest, i, insn) {
        json_t *copy = json_copy(insn);
        SymbolAt at = symbols_at(symbols, pj_hex(insn, "gpc"));
        if (at.file) json_put(copy, "line", json_integer(at.line));
        json_array_append_new(list, copy);
    }
    return list;
}

static json_t *host_of_block(const json_t *unit, json_int_t block) {
    const json_t *host = json_object_get(unit, "host");
    if (!json_is_array(host)) return json_null();
    json_t *list = json_array(), *in;
    size_t i;
    json_array_foreach((json_t *)host, i, in) {
        if (pj_int(in, "block") == block) json_array_append(list, in);
    }
    return list;
}

// A translation that ran less than this share of everything is counted, but its code is not kept.
#define SHARE_WITH_CODE 1e-4

static json_t *translation(const json_t *unit, const json_t *b, const Symbols *symbols, json_int_t whole, bool interp) {
    static const char *const keys[] = {"hits",          "guest_instructions", "host_instructions",
                                       "host_emitted",  "host_bytes",         "spills",
                                       "slow_accesses", "helper_calls",       "left_inside"};
    json_t *t = json_object();
    json_object_set(t, "unit", json_object_get(unit, "unit"));
    json_object_set(t, "tier", json_object_get(unit, "tier"));
    json_object_set(t, "dead", json_object_get(unit, "dead"));
    json_object_set(t, "block", json_object_get(b, "block"));
    json_put(t, "unit_blocks", json_integer((json_int_t)json_array_size(json_object_get(unit, "blocks"))));
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) json_object_set(t, keys[i], json_object_get(b, keys[i]));
    json_object_set(t, "counts", json_object_get(b, "counts"));
    json_int_t mine = pj_int(b, interp ? "guest_instructions" : "host_instructions");
    if (pj_share(mine, whole) < SHARE_WITH_CODE) return t;
    json_put(t, "guest", guest_with_lines(json_object_get(b, "guest"), symbols));
    json_object_set(t, "ir_before", json_object_get(b, "ir_before"));
    json_object_set(t, "ir", json_object_get(b, "ir"));
    json_put(t, "host", host_of_block(unit, pj_int(b, "block")));
    json_object_set(t, "exits", json_object_get(b, "exits"));
    return t;
}

// Ways out of the guest block, whatever unit it was in.
static void add_exits(json_t *block, const json_t *exits, const Symbols *symbols) {
    json_t *all = pj_child(block, "exits", NULL), *x;
    size_t i;
    json_array_foreach((json_t *)exits, i, x) {
        const char *kind = json_text(x, "kind", "?"), *to = json_text(x, "gpc", NULL);
        if (!strcmp(kind, "landing")) continue;
        bool direct = !strcmp(kind, "inside") || !strcmp(kind, "DIRECT"), made;
        const char *name = direct                                       ? "direct"
                           : !strcmp(kind, "BUDGET")                    ? "budget"
                           : !strcmp(kind, "TRAP")                      ? "trap"
                           : json_is_true(json_object_get(x, "return")) ? "return"
                                                                        : "indirect";
        char key[64];
        snprintf(key, sizeof key, "%s %s", name, direct && to ? to : "");
        json_t *e = pj_child(all, key, &made);
        if (made) {
            json_put(e, "kind", json_string(name));
            if (direct && to) {
                json_put(e, "gpc", json_string(to));
                put_symbol(e, symbols_at(symbols, pj_hex(x, "gpc")));
            }
        }
        pj_add(e, "hits", pj_int(x, "hits"));
        pj_add(e, "leaves", pj_int(x, "leaves"));
    }
}

static void add_block(json_t *all, const json_t *unit, const json_t *b, const Symbols *symbols, json_int_t whole,
                      bool interp) {
    bool made, real = json_array_size(json_object_get(b, "guest")) > 0;
    if (!real && !pj_int(b, "host_instructions")) return;
    json_t *block = pj_child(all, json_text(b, "gpc", "?"), &made);
    if (made) {
        json_object_set(block, "gpc", json_object_get(b, "gpc"));
        put_symbol(block, symbols_at(symbols, pj_hex(b, "gpc")));
        json_put(block, "why", json_object());
        json_put(block, "counts", json_object());
        json_put(block, "translations", json_object());
    }
    if (real) {
        json_object_set(block, "gpc_end", json_object_get(b, "gpc_end"));
        json_put(block, "guest_length", json_integer((json_int_t)json_array_size(json_object_get(b, "guest"))));
        pj_add(block, "hits", pj_int(b, "hits"));
        add_exits(block, json_object_get(b, "exits"), symbols);
    }
    for (size_t i = 0; i < ARRAY_LEN(SUMMED); i++) pj_add(block, SUMMED[i], pj_int(b, SUMMED[i]));
    pj_add_all(json_object_get(block, "why"), json_object_get(b, "why"));
    pj_add_all(json_object_get(block, "counts"), json_object_get(b, "counts"));
    char key[64];
    snprintf(key, sizeof key, "%lld.%lld", (long long)pj_int(unit, "unit"), (long long)pj_int(b, "block"));
    json_object_set_new(json_object_get(block, "translations"), key, translation(unit, b, symbols, whole, interp));
}

static json_t *ranked(json_t *all, const char *by, json_int_t whole, bool interp) {
    json_t *list = pj_sorted(all, by), *b;
    size_t i;
    json_int_t sum = 0;
    const char *cost = interp ? "guest_instructions" : "host_instructions";
    json_array_foreach(list, i, b) {
        json_t *t = json_incref(json_object_get(b, "translations")), *x = json_incref(json_object_get(b, "exits"));
        sum += pj_int(b, cost);
        json_put(b, "rank", json_integer((json_int_t)i + 1));
        json_put(b, "share", json_real(pj_share(pj_int(b, cost), whole)));
        json_put(b, "cumulative", json_real(pj_share(sum, whole)));
        json_put(b, "host_per_guest",
                 json_real(pj_share(pj_int(b, "host_instructions"), pj_int(b, "guest_instructions"))));
        json_put(b, "translations", pj_sorted(t, cost));
        json_put(b, "exits", x ? pj_sorted(x, "hits") : json_array());
    }
    return list;
}

static json_t *totals_of(const json_t *blocks, const json_t *stats) {
    const json_t *t = json_object_get(blocks, "totals"), *units = json_object_get(blocks, "units");
    json_int_t guest = 0, host = 0, regions = 0;
    size_t i;
    json_t *u;
    json_array_foreach((json_t *)units, i, u) {
        guest += pj_int(u, "guest_instructions"), host += pj_int(u, "host_instructions");
        regions += !strcmp(json_text(u, "tier", ""), "region");
    }
    json_t *o = json_object();
    json_int_t retired = pj_int(json_object_get(stats, "counters"), "guest_instructions");
    json_put(o, "guest_instructions", json_integer(retired));
    json_put(o, "host_instructions", json_integer(pj_int(t, "host_instructions")));
    json_put(o, "host_per_guest", json_real(pj_share(pj_int(t, "host_instructions"), retired)));
    json_put(o, "stepped_instructions", json_integer(pj_int(t, "stepped_instructions")));
    json_put(o, "run_loop_host_instructions", json_integer(pj_int(t, "run_loop_host_instructions")));
    json_put(o, "run_loop_entries", json_integer(pj_int(t, "run_loop_entries")));
    json_put(o, "counted_guest_instructions", json_integer(guest));
    json_put(o, "counted_host_instructions", json_integer(host));
    json_put(o, "units", json_integer((json_int_t)json_array_size(units)));
    json_put(o, "regions", json_integer(regions));
    return o;
}

static bool adds_up(const json_t *profile) {
    const json_t *t = json_object_get(profile, "totals");
    bool interp = !strcmp(json_text(profile, "engine", ""), "interp");
    return pj_int(t, "guest_instructions") ==
               pj_int(t, "counted_guest_instructions") + pj_int(t, "stepped_instructions") &&
           (interp || pj_int(t, "host_instructions") ==
                          pj_int(t, "counted_host_instructions") + pj_int(t, "run_loop_host_instructions"));
}

json_t *profile_build(const json_t *blocks, const json_t *stats, const Symbols *symbols, const char *by) {
    json_t *p = json_object(), *all = json_object(), *u, *b;
    bool interp = !strcmp(json_text(blocks, "engine", ""), "interp");
    json_put(p, "schema", json_string("nightjar.profile/1"));
    static const char *const copied[] = {"elf", "guest", "engine", "features", "whys", "count_help"};
    for (size_t i = 0; i < ARRAY_LEN(copied); i++) json_object_set(p, copied[i], json_object_get(blocks, copied[i]));
    json_object_set(p, "emulator", json_object_get(stats, "emu"));
    json_put(p, "totals", totals_of(blocks, stats));
    json_int_t whole = pj_int(json_object_get(p, "totals"), interp ? "guest_instructions" : "host_instructions");
    json_put(p, "ranked_by", json_string(interp && !strcmp(by, "host_instructions") ? "guest_instructions" : by));
    size_t i, k;
    json_array_foreach(json_object_get(blocks, "units"), i, u) {
        json_array_foreach(json_object_get(u, "blocks"), k, b) add_block(all, u, b, symbols, whole, interp);
    }
    json_put(p, "blocks", ranked(all, json_text(p, "ranked_by", by), whole, interp));
    json_put(json_object_get(p, "totals"), "blocks",
             json_integer((json_int_t)json_array_size(json_object_get(p, "blocks"))));
    profile_roll_up(p, blocks, symbols);
    json_put(p, "exact", json_boolean(adds_up(p)));
    return p;
}
