// Random instructions: choose a row, choose its fields, encode, and keep what the limits allow.
#include "guest/rand.h"
#include "base/bits.h"

enum { TRIES = 64 };

uint64_t rng_next(Rng *r) { // splitmix64
    uint64_t z = (r->state += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

uint64_t rng_below(Rng *r, uint64_t n) { return (uint64_t)((unsigned __int128)rng_next(r) * n >> 64); }

RandLimits rand_limits_default(void) {
    RandLimits l = {
        .exts = ~0u, .dest = ~0u, .src = ~0u, .base = ~0u, .offset_min = INT64_MIN, .offset_max = INT64_MAX};
    static const uint8_t straight[] = {INSN_CLASS_ALU,    INSN_CLASS_MUL,   INSN_CLASS_LOAD, INSN_CLASS_STORE,
                                       INSN_CLASS_ATOMIC, INSN_CLASS_FENCE, INSN_CLASS_FLOAT};
    for (unsigned i = 0; i < ARRAY_LEN(straight); i++) l.weight[straight[i]] = 1;
    return l;
}

static uint32_t weight_of(const InsnTable *t, const RandLimits *l, unsigned op) {
    const InsnRow *r = &t->rows[op];
    return l->exts >> r->ext & 1 ? l->weight[r->klass] : 0;
}

static bool has_base_register(const InsnRow *r) {
    return r->klass == INSN_CLASS_LOAD || r->klass == INSN_CLASS_STORE || r->klass == INSN_CLASS_ATOMIC ||
           r->klass == INSN_CLASS_JUMP;
}

static bool has_offset(const InsnRow *r) { return r->klass == INSN_CLASS_LOAD || r->klass == INSN_CLASS_STORE; }

// The set of registers that a field may name; `at` is its place in the base instruction's f.
static uint32_t allowed(const InsnTable *t, const InsnRow *r, const RandLimits *l, unsigned at) {
    if (t->dest_fields >> at & 1) return l->dest;
    if ((t->base_fields >> at & 1) && has_base_register(r)) return l->base;
    return l->src;
}

static int64_t pick_register(Rng *r, uint32_t set) {
    unsigned n = (unsigned)__builtin_popcount(set);
    if (n == 0) return 0;
    for (unsigned skip = (unsigned)rng_below(r, n); skip; skip--) set &= set - 1;
    return __builtin_ctz(set);
}

// A value that the field can hold: edges (0, 1, -1, largest, smallest) half of the time.
static int64_t pick_value(const InsnTable *t, Rng *r, const InsnField *f) {
    uint64_t possible = 0, v = 0;
    for (unsigned i = 0; i < f->n_segs; i++) {
        const InsnSeg *s = &t->segs[f->segs + i];
        possible |= bits_mask(s->width) << s->value_lo;
    }
    if (f->flags & INSN_TAIL) possible = ~0ull;
    switch (rng_below(r, 8)) {
    case 0: v = 0; break;
    case 1: v = ~0ull; break;
    case 2: v = possible & -possible; break;                  // the smallest step
    case 3: v = f->width ? 1ull << (f->width - 1) : 0; break; // the sign
    default: v = rng_next(r); break;
    }
    v &= possible;
    return ((f->flags & INSN_SIGNED) && f->width ? bits_sext(v, f->width) : (int64_t)v) + f->add;
}

static int64_t pick_offset(Rng *r, const RandLimits *l) {
    uint64_t step = l->offset_step ? l->offset_step : 1;
    uint64_t n = ((uint64_t)l->offset_max - (uint64_t)l->offset_min) / step;
    return (int64_t)((uint64_t)l->offset_min + step * (n == ~0ull ? rng_next(r) : rng_below(r, n + 1)));
}

static void pick_fields(const InsnTable *t, Rng *r, const RandLimits *l, const InsnRow *row, int64_t f[INSN_FIELDS]) {
    bool bounded = l->offset_min != INT64_MIN || l->offset_max != INT64_MAX;
    for (unsigned i = 0; i < row->n_fields; i++) {
        const InsnField *field = &t->fields[row->fields + i];
        if (field->print == INSN_PRINT_REG)
            f[field->at] = pick_register(r, allowed(t, row, l, field->at));
        else if ((t->offset_fields >> field->at & 1) && has_offset(row) && bounded && rng_below(r, 4))
            f[field->at] = pick_offset(r, l);
        else
            f[field->at] = pick_value(t, r, field);
    }
}

static bool within(const InsnTable *t, const RandLimits *l, const Insn *insn) {
    Insn base = insn_expand(t, insn);
    const InsnRow *row = &t->rows[base.op];
    uint32_t step = l->offset_step ? l->offset_step : 1;
    for (unsigned i = 0; i < row->n_fields; i++) {
        const InsnField *field = &t->fields[row->fields + i];
        int64_t v = base.f[field->at];
        if (field->print == INSN_PRINT_REG) {
            if (!(allowed(t, row, l, field->at) >> (v & 31) & 1)) return false;
        } else if ((t->offset_fields >> field->at & 1) && has_offset(row)) {
            if (v < l->offset_min || v > l->offset_max || v % (int64_t)step != 0) return false;
        }
    }
    return true;
}

size_t rand_insn(const InsnTable *t, Rng *r, const RandLimits *l, uint8_t out[INSN_BYTES_MAX], uint16_t *op) {
    uint64_t total = 0;
    for (unsigned i = 0; i < t->n_rows; i++) total += weight_of(t, l, i);
    for (unsigned k = 0; total && k < TRIES; k++) {
        uint64_t at = rng_below(r, total);
        unsigned i = 0;
        while (at >= weight_of(t, l, i)) at -= weight_of(t, l, i++);
        for (unsigned j = 0; j < TRIES; j++) {
            int64_t f[INSN_FIELDS] = {0};
            pick_fields(t, r, l, &t->rows[i], f);
            unsigned len = insn_encode(t, (uint16_t)i, f, out);
            if (len == 0) continue;
            Insn insn = insn_decode(t, out, len);
            if (!within(t, l, &insn)) continue;
            if (op) *op = (uint16_t)i;
            return len;
        }
    }
    return 0;
}
