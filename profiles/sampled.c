// Sampled time beside exact counts: another run of the same code, uncounted, interrupted by a timer on its CPU time.
#include "profiles/profile.h"
#include "bench/base/jsonfile.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Wilson's 95 % interval of a share: sensible for few samples and for shares near 0, too.
static void put_interval(json_t *o, double k, double n) {
    double z = 1.96, p = k / n, d = 1 + z * z / n, mid = (p + z * z / (2 * n)) / d,
           half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / d;
    json_put(o, "sampled_share", json_real(p));
    json_put(o, "sampled_lo", json_real(fmax(0, mid - half)));
    json_put(o, "sampled_hi", json_real(fmin(1, mid + half)));
}

void profile_add_samples(json_t *profile, const json_t *samples, const Symbols *symbols) {
    json_int_t n = pj_int(samples, "in_code");
    json_t *s = json_object(), *functions = json_object(), *row;
    static const char *const keys[] = {"by", "instead_of", "hz", "samples", "lost", "in_code", "in_routines"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (json_object_get(samples, keys[i])) json_object_set(s, keys[i], json_object_get(samples, keys[i]));
    json_put(profile, "sampled", s);
    if (!n) {
        json_decref(functions);
        return;
    }
    const json_t *blocks = json_object_get(samples, "blocks");
    size_t i;
    json_array_foreach(json_object_get(profile, "blocks"), i, row) {
        json_int_t k = pj_int(blocks, json_text(row, "gpc", "?"));
        json_put(row, "samples", json_integer(k));
        put_interval(row, (double)k, (double)n);
    }
    const char *gpc_text;
    json_t *v;
    json_object_foreach(json_object_get(samples, "guest"), gpc_text, v) {
        SymbolAt at = symbols_at(symbols, strtoull(gpc_text, NULL, 16));
        pj_add(functions, at.name ? at.name : "(no symbol)", json_integer_value(v));
    }
    json_array_foreach(json_object_get(profile, "functions"), i, row) {
        json_int_t k = pj_int(functions, json_text(row, "name", "?"));
        json_put(row, "samples", json_integer(k));
        put_interval(row, (double)k, (double)n);
    }
    json_decref(functions);
}

void profile_rank_by_samples(json_t *profile) {
    json_t *all = json_object(), *b;
    size_t i;
    json_array_foreach(json_object_get(profile, "blocks"), i, b) json_object_set(all, json_text(b, "gpc", "?"), b);
    json_t *list = pj_sorted(all, "samples");
    double sum = 0;
    json_array_foreach(list, i, b) {
        sum += json_num(b, "share", 0);
        json_put(b, "rank", json_integer((json_int_t)i + 1));
        json_put(b, "cumulative", json_real(sum));
    }
    json_put(profile, "blocks", list);
    json_put(profile, "ranked_by", json_string("samples"));
}
