// Decode and encode by a guest's table. Pure: bytes in, Insn out.
// What the arrays mean: decode.h. How they are made: tools/mkdecode.c.
#include "guest/decode.h"
#include "base/bits.h"
#include <string.h>

static uint64_t load_bytes(const uint8_t *bytes, unsigned n) {
    uint64_t raw = 0;
    if (n == 4) return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    for (unsigned i = 0; i < n; i++) raw |= (uint64_t)bytes[i] << (8 * i);
    return raw;
}

static unsigned bucket_of(const InsnTable *t, uint64_t raw) {
    unsigned k = 0, at = 0;
    for (unsigned i = 0; i < t->n_key; at += t->key[i++].width)
        k |= (unsigned)bits_get(raw, t->key[i].raw_lo, t->key[i].width) << at;
    return k;
}

// A segment is narrower than 64 bits: it is a part of one.
static int64_t field_value(const InsnTable *t, const InsnField *f, uint64_t raw) {
    uint64_t v = 0;
    const InsnSeg *s = &t->segs[f->segs];
    unsigned n = f->n_segs;
    do {
        v |= (raw >> s->raw_lo & ((1ull << (s->width & 63)) - 1)) << s->value_lo;
        s++;
    } while (--n);
    return ((f->flags & INSN_SIGNED) ? bits_sext(v, f->width) : (int64_t)v) + f->add;
}

static unsigned tail_bytes(const InsnField *f, const int64_t *values) {
    return f->tail_bytes[f->tail_by == INSN_TAIL_FIXED ? 0 : values[f->tail_by] & 3];
}

static bool conds_hold(const InsnTable *t, const InsnRow *r, const int64_t *values) {
    for (unsigned i = 0; i < r->n_conds; i++)
        if (values[t->conds[r->conds + i].at] == t->conds[r->conds + i].not_value) return false;
    return true;
}

// Does the row match? Then *insn is complete but for op.
static bool row_match(const InsnTable *t, const InsnRow *r, uint64_t raw, unsigned avail, Insn *insn) {
    unsigned len = r->len;
    const InsnField *f = &t->fields[r->fields], *end = f + r->n_fields;
    memset(insn->f, 0, sizeof insn->f);
    for (; f < end; f++) {
        if (!(f->flags & INSN_TAIL)) {
            insn->f[f->at] = field_value(t, f, raw);
            continue;
        }
        unsigned n = tail_bytes(f, insn->f);
        if (len + n > avail) return false;
        uint64_t v = n ? bits_get(raw, 8 * len, 8 * n) : 0;
        insn->f[f->at] = n && (f->flags & INSN_SIGNED) ? bits_sext(v, 8 * n) : (int64_t)v;
        len += n;
    }
    if (!conds_hold(t, r, insn->f)) return false;
    insn->len = (uint8_t)len;
    insn->raw = raw & bits_mask(8 * len);
    return true;
}

Insn insn_decode(const InsnTable *t, const uint8_t *bytes, unsigned avail) {
    if (avail > INSN_BYTES_MAX) avail = INSN_BYTES_MAX;
    uint64_t raw = load_bytes(bytes, avail);
    unsigned k = bucket_of(t, raw);
    Insn insn;
    for (unsigned c = t->buckets[k]; c < t->buckets[k + 1]; c++) {
        const InsnRow *r = &t->rows[t->candidates[c]];
        if (r->len > avail || (raw & r->mask) != r->bits || !row_match(t, r, raw, avail, &insn)) continue;
        insn.op = t->candidates[c];
        return insn;
    }
    return (Insn){.raw = raw};
}

Insn insn_expand(const InsnTable *t, const Insn *insn) {
    const InsnRow *r = &t->rows[insn->op];
    if (r->base == insn->op) return *insn;
    Insn out = {.op = r->base, .len = insn->len, .raw = insn->raw};
    const InsnRow *base = &t->rows[r->base];
    for (const InsnField *f = &t->fields[base->fields], *end = f + base->n_fields; f < end; f++) {
        int8_t from = r->from[f->at];
        out.f[f->at] = from >= 0 ? insn->f[from] : -1 - from;
    }
    return out;
}

unsigned insn_encode(const InsnTable *t, uint16_t op, const int64_t values[INSN_FIELDS], uint8_t out[INSN_BYTES_MAX]) {
    const InsnRow *r = &t->rows[op];
    uint64_t raw = r->bits;
    unsigned len = r->len;
    for (unsigned i = 0; i < r->n_fields; i++) {
        const InsnField *f = &t->fields[r->fields + i];
        uint64_t v = (uint64_t)(values[f->at] - f->add);
        if (f->flags & INSN_TAIL) {
            unsigned n = tail_bytes(f, values);
            if (len + n > INSN_BYTES_MAX) return 0;
            if (n) raw |= (v & bits_mask(8 * n)) << (8 * len);
            len += n;
            continue;
        }
        for (unsigned s = 0; s < f->n_segs; s++) {
            const InsnSeg *g = &t->segs[f->segs + s];
            raw |= bits_get(v, g->value_lo, g->width) << g->raw_lo;
        }
    }
    for (unsigned i = 0; i < INSN_BYTES_MAX; i++) out[i] = (uint8_t)(raw >> (8 * i));
    Insn back = insn_decode(t, out, len);
    if (back.len != len || back.op != op) return 0;
    for (unsigned i = 0; i < r->n_fields; i++) {
        unsigned at = t->fields[r->fields + i].at;
        if (back.f[at] != values[at]) return 0;
    }
    return len;
}
