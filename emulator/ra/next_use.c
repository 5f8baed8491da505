// Next uses: for every input of every instruction, where its value is used next. The allocator evicts by this.
// Positions are instruction indices; a use in a later block is RA_LIVE_OUT and the instructions on the way there, more on a cold one.
// Example, the uses of v3 in a block that ends with 9, and again in the third instruction of the next one:
//     5: v5 = add v3, v4          after[0] = 8
//     8: v8 = mul v3, v5          after[0] = RA_LIVE_OUT + 2
//     9: br.ne v8, #0             after[0] of v8 = RA_NEVER
// Walks backward over the blocks; where values live between blocks is solved before, by bits.
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
        uint8_t op = s->u->insns.at[i].op;
        if (op == IR_INSN || op == IR_NOP) continue; // half of a block
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

// ---- in other blocks
// From where block b begins: instructions to a use at position `use`, as the scan of b has it.
static uint32_t distance(const IrBlock *b, uint32_t use) {
    if (use == RA_NEVER) return RA_FAR;
    return use < RA_LIVE_OUT ? use - b->first : b->end - b->first + use - RA_LIVE_OUT;
}

// v is used `far` instructions behind the end of the block.
static void used_behind(RaScratch *s, IrRef v, uint32_t far) {
    uint32_t use = RA_LIVE_OUT + (far < RA_FAR ? far : RA_FAR);
    if (use < s->cur.at[v]) s->cur.at[v] = use;
}

// What block `from` leaves behind for its successor k: the nearest use on a way that is not cold.
static void uses_in_succ(RaScratch *s, uint16_t from, unsigned k) {
    const IrUnit *u = s->u;
    unsigned to = block_of_succ(&u->blocks.at[from], k);
    if (to == IR_NO_TARGET) return;
    const IrBlock *b = &u->blocks.at[to];
    uint32_t cold = ra_is_cold_edge(s, from, k) ? RA_COLD : 0;
    for (uint32_t i = s->live_in_first.at[to]; i < s->live_in_first.at[to + 1]; i++)
        used_behind(s, s->live_in.at[i].value, cold + distance(b, s->live_in.at[i].next));
    unsigned pred = ra_pred_index(s, from, (uint16_t)to);
    for (uint32_t i = b->first, end = ir_behind_phis(u, b); i < end; i++)
        if (u->insns.at[i].op == IR_PHI)
            used_behind(s, u->phi_args.at[u->insns.at[i].imm + pred], cold + distance(b, s->uses.at[i].def));
}

static void take_live_in(RaScratch *s, unsigned words) {
    s->live_in.n = s->live_in_first.n = 0;
    for (unsigned b = 0; b < s->u->blocks.n; b++) {
        const uint64_t *in = row(s, words, b);
        vec_push(&s->live_in_first, s->live_in.n);
        for (unsigned w = 0; w < words; w++)
            for (uint64_t bits = in[w]; bits; bits &= bits - 1)
                vec_push(&s->live_in, ((RaLiveIn){(IrRef)(w * 64 + (unsigned)__builtin_ctzll(bits)), RA_NEVER}));
    }
    vec_push(&s->live_in_first, s->live_in.n);
}

static bool is_on_edge(const RaScratch *s, uint16_t b) {
    const IrBlock *block = &s->u->blocks.at[b];
    return b && !block->n_guest && block->succ[1] == IR_NO_TARGET && block_of_succ(block, 0) != IR_NO_TARGET &&
           s->preds_first.at[b + 1] - s->preds_first.at[b] == 1 && s->preds.at[s->preds_first.at[b]] < b;
}

static void uses_from(RaScratch *s, uint16_t b) {
    memset(s->cur.at, 0xff, s->u->insns.n * sizeof *s->cur.at);
    for (unsigned k = 0; k < 2; k++) uses_in_succ(s, b, k);
    block_uses(s, &s->u->blocks.at[b]);
    for (uint32_t i = s->live_in_first.at[b]; i < s->live_in_first.at[b + 1]; i++)
        s->live_in.at[i].next = s->cur.at[s->live_in.at[i].value];
}

// Blocks on edges stand behind all others: they come just before the block where they begin.
static void follow_uses(RaScratch *s, uint16_t b) {
    if (is_on_edge(s, b)) return;
    for (unsigned k = 0; k < 2; k++) {
        unsigned to = block_of_succ(&s->u->blocks.at[b], k);
        if (to != IR_NO_TARGET && is_on_edge(s, (uint16_t)to)) uses_from(s, (uint16_t)to);
    }
    uses_from(s, b);
}

enum { ROUNDS = 2 }; // round a loop
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
    take_live_in(s, words);
    for (unsigned i = 0; i < n; i++) s->uses.at[i].def = RA_NEVER; // of PHIs
    for (unsigned round = 0; round < ROUNDS; round++)
        for (unsigned b = u->blocks.n; b-- > 0;) follow_uses(s, (uint16_t)b);
}

void ra_live_out(RaScratch *s, uint16_t block, uint64_t *live) { live_out(s, (s->u->insns.n + 63) / 64, block, live); }

bool ra_lives_into(const RaScratch *s, uint16_t block, IrRef v) {
    unsigned words = (s->u->insns.n + 63) / 64;
    return (s->live_bits.at[(size_t)block * words + v / 64] >> (v % 64)) & 1;
}
