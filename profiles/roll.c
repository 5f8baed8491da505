// The same counts, added up by function, by source line, by kind of guest instruction and by reason. Each list adds up
// to the whole: what no guest instruction of a unit has is a row of its own in parentheses.
#include "profiles/profile.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include <stdlib.h>
#include <string.h>

typedef struct Rolls {
    json_t *functions, *lines, *kinds, *why, *counts;
    const Symbols *symbols;
} Rolls;

static void add(json_t *row, json_int_t retired, json_int_t host, const json_t *why) {
    pj_add(row, "guest_instructions", retired);
    pj_add(row, "host_instructions", host);
    if (why) pj_add_all(pj_child(row, "why", NULL), why);
}

static void add_place(Rolls *r, uint64_t at_gpc, json_int_t retired, json_int_t host, const json_t *why) {
    SymbolAt at = symbols_at(r->symbols, at_gpc);
    bool made;
    const char *name = at.name ? at.name : "(no symbol)";
    json_t *f = pj_child(r->functions, name, &made);
    if (made) json_put(f, "name", json_string(name));
    if (made && at.name) json_put(f, "gpc", json_sprintf("0x%llx", (unsigned long long)(at_gpc - at.offset)));
    if (made && at.file) json_put(f, "file", json_string(at.file));
    add(f, retired, host, why);
    char key[4200];
    snprintf(key, sizeof key, "%s:%d", at.file ? at.file : "(no line)", at.file ? at.line : 0);
    json_t *l = pj_child(r->lines, key, &made);
    if (made) {
        json_put(l, "file", json_string(at.file ? at.file : "(no line)"));
        json_put(l, "line", json_integer(at.file ? at.line : 0));
        json_put(l, "function", json_string(name));
    }
    add(l, retired, host, NULL);
}

static void add_kind(Rolls *r, const char *kind, json_int_t retired, json_int_t host, const json_t *why) {
    bool made;
    json_t *k = pj_child(r->kinds, kind, &made);
    if (made) json_put(k, "kind", json_string(kind));
    add(k, retired, host, why);
}

static void add_block(Rolls *r, const json_t *b) {
    size_t i;
    json_t *in;
    const json_t *guest = json_object_get(b, "guest");
    pj_add_all(r->why, json_object_get(b, "why"));
    pj_add_all(r->counts, json_object_get(b, "counts"));
    json_array_foreach((json_t *)guest, i, in) {
        json_int_t retired = pj_int(in, "retired"), host = pj_int(in, "host_instructions");
        if (!retired && !host) continue;
        add_place(r, pj_hex(in, "gpc"), retired, host, json_object_get(in, "why"));
        add_kind(r, json_text(in, "kind", "?"), retired, host, json_object_get(in, "why"));
    }
    json_int_t host = pj_int(b, "host_instructions");
    if (json_array_size(guest) || !host) return;
    add_place(r, pj_hex(b, "gpc"), 0, host, json_object_get(b, "why"));
    add_kind(r, "(entry or guard of a region)", 0, host, json_object_get(b, "why"));
}

static void add_run_loop(Rolls *r, const json_t *totals) {
    json_int_t stepped = pj_int(totals, "stepped_instructions"), loop = pj_int(totals, "run_loop_host_instructions");
    if (!stepped && !loop) return;
    json_t *f = pj_child(r->functions, "(run loop)", NULL), *l = pj_child(r->lines, "(run loop)", NULL);
    json_put(f, "name", json_string("(run loop)"));
    json_put(l, "file", json_string("(run loop)"));
    add(f, stepped, loop, NULL), add(l, stepped, loop, NULL);
    add_kind(r, "(run loop)", stepped, loop, NULL);
    pj_add(r->why, "leave", loop);
}

// The text of the lines that matter, where the sources are at hand.
static void add_source_text(json_t *lines, size_t most) {
    size_t i;
    json_t *l;
    json_array_foreach(lines, i, l) {
        FILE *f = i < most && pj_int(l, "line") ? fopen(json_text(l, "file", ""), "r") : NULL;
        if (!f) continue;
        char *text = NULL;
        size_t room = 0;
        ssize_t n = 0;
        for (json_int_t k = 0; k < pj_int(l, "line") && n >= 0; k++) n = alloc_line(&text, &room, f);
        const char *from = text ? text + strspn(text, " \t") : "";
        if (n > 0) json_put(l, "text", json_stringn(from, strcspn(from, "\r\n")));
        free(text);
        fclose(f);
    }
}

void profile_roll_up(json_t *profile, const json_t *blocks, const Symbols *symbols) {
    Rolls r = {json_object(), json_object(), json_object(), json_object(), json_object(), symbols};
    size_t i, k;
    json_t *u, *b;
    json_array_foreach(json_object_get(blocks, "units"), i, u) {
        json_array_foreach(json_object_get(u, "blocks"), k, b) add_block(&r, b);
    }
    add_run_loop(&r, json_object_get(profile, "totals"));
    const char *by = !strcmp(json_text(profile, "engine", ""), "interp") ? "guest_instructions" : "host_instructions";
    json_put(profile, "functions", pj_sorted(r.functions, by));
    json_t *lines = pj_sorted(r.lines, by);
    add_source_text(lines, 200);
    json_put(profile, "lines", lines);
    json_put(profile, "kinds", pj_sorted(r.kinds, by));
    json_put(profile, "why", r.why);
    json_put(profile, "counts", r.counts);
}
