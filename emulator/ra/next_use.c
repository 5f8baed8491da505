// Next uses: for every input of every instruction, where its value is used next. The allocator evicts by this.
// Positions are instruction indices; a use in a later block counts as RA_LIVE_OUT.
// Example, the uses of v3 in a block (and v3 lives on in another one):
//     5: v5 = add v3, v4          after[0] = 8
//     8: v8 = mul v3, v5          after[0] = RA_LIVE_OUT
//     9: br.ne v8, #0             after[0] of v8 = RA_NEVER
// One walk backward over each block; where values live between blocks is solved before, by bits.
#include "ir/cfg.h"
#include "ra/scan.h"
#include <string.h>

static unsigned block_of_succ(const IrBlock *b, unsigned k) {
    IrTarget t = b->succ[k];
    return t == IR_NO_TARGET || (t & IR_TO_EXIT) ? IR_NO_TARGET : t;
}

// Bits of values that live into a block; one row of words per block.
static uint64_t *row(RaScratch *s, unsigned words, unsigned block) { return s->live_bits.at + (size_t)block * words; }

static void set_bit(uint64_t *bits, IrRef v) { bits[v / 64] |= 1ull << (v % 64); }
static void clear_bit(uint64_t *bits, IrRef v) { bits[v / 64] &= ~(1ull << (v % 64)); }

unsigned ra_pred_index(const RaScratch *s, uint16_t from, uint16_t to) {
    uint32_t k = s->preds_first.at[to];
    while (s->preds.at[k] != from) k++;
    return k - s->preds_first.at[to];
}

// What the phis of block `to` read when they are entered from `from`.
static void add_phi_args(RaScratch *s, uint64_t *live, uint16_t from, uint16_t to) {
    const IrUnit *u = s->u;
    unsigned k = ra_pred_index(s, from, to);
    for (uint32_t i = u->blocks.at[to].first; i < u->blocks.at[to].end; i++) {
        const IrInsn *in = &u->insns.at[i];
        if (in->op == IR_NOP) continue;
        if (in->op != IR_PHI) break;
        set_bit(live, u->phi_args.at[in->imm + k]);
    }
}

static void live_out(RaScratch *s, unsigned words, uint16_t b, uint64_t *live) {
    memset(live, 0, words * sizeof *live);
    for (unsigned k = 0; k < 2; k++) {
        unsigned to = block_of_succ(&s->u->blocks.at[b], k);
        if (to == IR_NO_TARGET) continue;
        const uint64_t *in = row(s, words, to);
        for (unsigned w = 0; w < words; w++) live[w] |= in[w];
        add_phi_args(s, live, b, (uint16_t)to);
    }
}

void ra_find_preds(RaScratch *s) {
    uint32_t n = s->u->blocks.n;
    vec_reserve(&s->preds_first, n + 1);
    vec_reserve(&s->preds, 2 * n);
    ir_preds_make(s->u, s->preds_first.at, s->preds.at);
}

static void solve_liveness(RaScratch *s, unsigned words) {
    const IrUnit *u = s->u;
    vec_reserve(&s->live_bits, words * (u->blocks.n + 1));
    s->live_bits.n = words * (u->blocks.n + 1);
    memset(s->live_bits.at, 0, s->live_bits.n * sizeof(uint64_t));
    uint64_t *live = row(s, words, u->blocks.n);
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned b = u->blocks.n; b-- > 0;) {
            live_out(s, words, (uint16_t)b, live);
            for (uint32_t i = u->blocks.at[b].end; i-- > u->blocks.at[b].first;) {
                IrRef inputs[3];
                unsigned n = ra_inputs(s, (IrRef)i, inputs);
                clear_bit(live, (IrRef)i);
                for (unsigned k = 0; k < n; k++)
                    if (inputs[k]) set_bit(live, inputs[k]);
            }
            uint64_t *in = row(s, words, b);
            if (memcmp(in, live, words * sizeof *in)) memcpy(in, live, words * sizeof *in), changed = true;
        }
    }
}

// Backward through one block; cur[v] is the next use of v at the current point.
static void block_uses(RaScratch *s, const IrBlock *b) {
    uint32_t *cur = s->cur.at;
    for (uint32_t i = b->end; i-- > b->first;) {
        IrRef inputs[3];
        unsigned n = ra_inputs(s, (IrRef)i, inputs);
        RaUses *uses = &s->uses.at[i];
        uses->def = cur[i];
        cur[i] = RA_NEVER;
        for (unsigned k = 0; k < n; k++) uses->after[k] = cur[inputs[k]];
        for (unsigned k = 0; k < n; k++)
            if (inputs[k]) cur[inputs[k]] = i;
    }
}

void ra_next_use(RaScratch *s) {
    const IrUnit *u = s->u;
    unsigned n = u->insns.n, words = (n + 63) / 64;
    vec_reserve(&s->uses, n);
    vec_reserve(&s->cur, n);
    for (unsigned i = 0; i < n; i++) s->cur.at[i] = RA_NEVER;
    s->live_in.n = s->live_in_first.n = 0;
    if (u->blocks.n == 1) {
        block_uses(s, &u->blocks.at[0]);
        vec_push(&s->live_in_first, 0);
        vec_push(&s->live_in_first, 0);
        return;
    }
    solve_liveness(s, words);
    uint64_t *live = row(s, words, u->blocks.n);
    for (unsigned b = 0; b < u->blocks.n; b++) {
        vec_push(&s->live_in_first, s->live_in.n);
        live_out(s, words, (uint16_t)b, live);
        for (unsigned v = 0; v < n; v++) s->cur.at[v] = RA_NEVER;
        for (unsigned w = 0; w < words; w++)
            for (uint64_t bits = live[w]; bits; bits &= bits - 1)
                s->cur.at[w * 64 + (unsigned)__builtin_ctzll(bits)] = RA_LIVE_OUT;
        block_uses(s, &u->blocks.at[b]);
        const uint64_t *in = row(s, words, b);
        for (unsigned w = 0; w < words; w++)
            for (uint64_t bits = in[w]; bits; bits &= bits - 1) {
                unsigned v = w * 64 + (unsigned)__builtin_ctzll(bits);
                vec_push(&s->live_in, ((RaLiveIn){(IrRef)v, s->cur.at[v]}));
            }
    }
    vec_push(&s->live_in_first, s->live_in.n);
}

void ra_live_out(RaScratch *s, uint16_t block, uint64_t *live) { live_out(s, (s->u->insns.n + 63) / 64, block, live); }

bool ra_lives_into(const RaScratch *s, uint16_t block, IrRef v) {
    unsigned words = (s->u->insns.n + 63) / 64;
    return (s->live_bits.at[(size_t)block * words + v / 64] >> (v % 64)) & 1;
}
