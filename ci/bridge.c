#include "ci/bridge.h"
#include "bench/base/jsonfile.h"
#include "ci/names.h"
#include <math.h>
#include <string.h>

enum { HOPS = 8 };
static const BridgeFactor NONE = {NAN, NAN};

static bool is_kind(const json_t *note, const char *kind) { return !strcmp(json_text(note, "kind", ""), kind); }

static const char *side(const json_t *cell, const char *key, size_t which) {
    const char *s = json_string_value(json_array_get(json_object_get(cell, key), which));
    return s ? s : "";
}

static bool same_place(const json_t *notes, const json_t *cell, const char *workload, const char *guest,
                       const char *config) {
    static const char *const WHAT[] = {"workload", "guest", "config"};
    const char *const names[] = {workload, guest, config};
    for (unsigned i = 0; i < ARRAY_LEN(WHAT); i++)
        if (names[i] &&
            strcmp(name_now(notes, WHAT[i], json_text(cell, WHAT[i], "")), name_now(notes, WHAT[i], names[i])))
            return false;
    return true;
}

// ---- series
static bool may_bridge(const IndexSeries *a, const IndexSeries *b) {
    return !a->exact && !b->exact && !strcmp(a->clock, b->clock) && !strcmp(a->engine, b->engine) &&
           !strcmp(a->machine, b->machine) && !strcmp(a->build, b->build);
}

// The last one that was measured holds.
static BridgeFactor direct(const json_t *notes, const IndexSeries *a, const IndexSeries *b) {
    BridgeFactor found = NONE;
    size_t i, k;
    json_t *note, *cell;
    if (!may_bridge(a, b)) return found;
    json_array_foreach((json_t *)notes, i, note) {
        if (!is_kind(note, "bridge")) continue;
        json_array_foreach(json_object_get(note, "cells"), k, cell) {
            bool fits = same_place(notes, cell, a->workload, a->guest, a->config) &&
                        same_place(notes, cell, b->workload, b->guest, b->config) &&
                        !strcmp(side(cell, "elf", 0), a->elf) && !strcmp(side(cell, "elf", 1), b->elf) &&
                        !strcmp(side(cell, "isa", 0), a->isa) && !strcmp(side(cell, "isa", 1), b->isa);
            if (fits) found = (BridgeFactor){json_num(cell, "factor", NAN), json_num(cell, "width", 0)};
        }
    }
    return found;
}

static BridgeFactor through(const json_t *notes, const IndexSeriesList *all, const IndexSeries *from,
                            const IndexSeries *to, int hops) {
    BridgeFactor f = direct(notes, from, to);
    for (uint32_t i = 0; i < all->n && isnan(f.factor) && hops > 0; i++) {
        const IndexSeries *middle = &all->at[i];
        if (middle == from || middle == to) continue;
        BridgeFactor first = direct(notes, from, middle);
        if (isnan(first.factor)) continue;
        BridgeFactor rest = through(notes, all, middle, to, hops - 1);
        f = (BridgeFactor){first.factor * rest.factor, hypot(first.width, rest.width)};
    }
    return f;
}

BridgeFactor bridge_series(const json_t *notes, const IndexSeriesList *all, const IndexSeries *from,
                           const IndexSeries *to) {
    size_t i;
    json_t *note;
    bool any = false;
    json_array_foreach((json_t *)notes, i, note) any |= is_kind(note, "bridge");
    return any && may_bridge(from, to) ? through(notes, all, from, to, HOPS) : NONE;
}

// ---- anchors: notes in order of time, so one walk follows renewal after renewal
BridgeFactor bridge_anchor(const json_t *notes, const char *workload, const char *guest, const char *from,
                           const char *to) {
    BridgeFactor f = {1, 0};
    const char *now = from;
    size_t i, k;
    json_t *note, *cell;
    if (!strcmp(from, to)) return f;
    json_array_foreach((json_t *)notes, i, note) {
        if (!is_kind(note, "anchor") || strcmp(json_text(note, "from", ""), now)) continue;
        BridgeFactor step = NONE;
        json_array_foreach(json_object_get(note, "cells"), k, cell) {
            if (same_place(notes, cell, workload, guest, NULL))
                step = (BridgeFactor){json_num(cell, "factor", NAN), json_num(cell, "width", 0)};
        }
        f = (BridgeFactor){f.factor / step.factor, hypot(f.width, step.width)}; // a slower anchor makes ratios smaller
        now = json_text(note, "to", "");
        if (!strcmp(now, to)) return f;
    }
    return NONE;
}

// ---- what else is asked of the notes
double bridge_counts(const json_t *notes, const char *workload, const char *guest, const char *config,
                     const char *elf) {
    double ratio = NAN;
    size_t i, k;
    json_t *note, *cell;
    json_array_foreach((json_t *)notes, i, note) {
        if (!is_kind(note, "bridge")) continue;
        json_array_foreach(json_object_get(note, "cells"), k, cell) {
            const json_t *counts = json_object_get(cell, "host_instructions");
            if (counts && same_place(notes, cell, workload, guest, config) && !strcmp(side(cell, "exact_elf", 1), elf))
                ratio = json_number_value(json_array_get(counts, 1)) / json_number_value(json_array_get(counts, 0));
        }
    }
    return ratio;
}

static bool is_side(const json_t *notes, const char *run, const char *which) {
    size_t i;
    json_t *note;
    json_array_foreach((json_t *)notes, i, note) {
        if (is_kind(note, "bridge") && !strcmp(json_text(note, which, ""), run)) return true;
    }
    return false;
}

bool bridge_is_before(const json_t *notes, const char *run) { return is_side(notes, run, "before"); }

bool bridge_has_run(const json_t *notes, const char *run) {
    return bridge_is_before(notes, run) || is_side(notes, run, "after");
}
