// Everything in 64-bit arithmetic and bit by bit, as the description says it, not as a computer would like it.
#include "tests/lib/rx_model.h"

const char *const rx_model_names[RX_MODEL_COUNT] = {
#define RX_MODEL_OP(name) #name,
#include "tests/lib/rx_model.inc"
#undef RX_MODEL_OP
};

static bool bit(uint64_t v, unsigned n) { return v >> n & 1; }

static uint32_t set_zs(RxModel *m, uint32_t r) {
    m->z = r == 0;
    m->s = bit(r, 31);
    return r;
}

// All flags of a + b + carry; a subtraction is the sum with the complement, and C says that nothing was borrowed.
static uint32_t sum(RxModel *m, uint32_t a, uint32_t b, bool carry) {
    int64_t exact = (int64_t)(int32_t)a + (int32_t)b + carry;
    m->c = bit((uint64_t)a + b + carry, 32);
    m->o = exact < INT32_MIN || exact > INT32_MAX;
    return set_zs(m, a + b + carry);
}

static bool condition(const RxModel *m, unsigned c) {
    switch (c) {
    case 0: return m->z;
    case 1: return !m->z;
    case 2: return m->c;
    case 3: return !m->c;
    case 4: return m->c && !m->z;
    case 5: return !(m->c && !m->z);
    case 6: return !m->s;
    case 7: return m->s;
    case 8: return m->s == m->o;
    case 9: return m->s != m->o;
    case 10: return m->s == m->o && !m->z;
    case 11: return m->s != m->o || m->z;
    case 12: return m->o;
    default: return !m->o;
    }
}

// One position at a time.
static uint32_t shift(RxModel *m, uint32_t v, unsigned n, int kind) { // 0 SHLL, 1 SHLR, 2 SHAR
    bool sign = bit(v, 31), same = true;
    m->c = false;
    uint32_t first = v;
    for (unsigned k = 0; k < n; k++) {
        m->c = kind == 0 ? bit(v, 31) : bit(v, 0);
        v = kind == 0 ? v << 1 : v >> 1 | (kind == 2 && sign ? 0x80000000u : 0);
    }
    for (unsigned k = 0; k < n; k++) same &= bit(first, 31 - k) == bit(v, 31);
    if (kind == 0) m->o = !same;
    if (kind == 2) m->o = false;
    return set_zs(m, v);
}

static uint32_t rotate(RxModel *m, uint32_t v, unsigned n, bool left) {
    for (unsigned k = 0; k < n; k++) v = left ? v << 1 | v >> 31 : v >> 1 | v << 31;
    m->c = left ? bit(v, 0) : bit(v, 31);
    return set_zs(m, v);
}

static void divide(RxModel *m, unsigned d, uint32_t by, bool is_signed) {
    m->o = by == 0 || (is_signed && m->r[d] == 0x80000000 && by == 0xffffffff);
    if (m->o) return;
    m->r[d] = is_signed ? (uint32_t)((int32_t)m->r[d] / (int32_t)by) : m->r[d] / by;
}

static int64_t half(uint32_t v, bool high) { return (int16_t)(high ? v >> 16 : v); }

static void round_acc(RxModel *m, unsigned n) {
    int64_t t = (int64_t)((m->acc << n) + 0x80000000u);
    if (t > 0x00007fff00000000)
        t = 0x00007fff00000000;
    else if (t < (int64_t)0xffff800000000000)
        t = (int64_t)0xffff800000000000;
    m->acc = (uint64_t)t & 0xffffffff00000000;
}

static void arithmetic(RxModel *m, RxModelInsn i) {
    uint32_t *d = &m->r[i.d], s = m->r[i.s];
    switch (i.op) {
    case RX_MODEL_ADD: *d = sum(m, *d, s, false); break;
    case RX_MODEL_ADD_I: *d = sum(m, s, i.imm, false); break;
    case RX_MODEL_ADD_3: *d = sum(m, m->r[i.imm & 15], s, false); break;
    case RX_MODEL_ADC: *d = sum(m, *d, s, m->c); break;
    case RX_MODEL_ADC_I: *d = sum(m, *d, i.imm, m->c); break;
    case RX_MODEL_SUB: *d = sum(m, *d, ~s, true); break;
    case RX_MODEL_SUB_I4: *d = sum(m, *d, ~(i.imm & 15), true); break;
    case RX_MODEL_SUB_3: *d = sum(m, m->r[i.imm & 15], ~s, true); break;
    case RX_MODEL_SBB: *d = sum(m, *d, ~s, m->c); break;
    case RX_MODEL_CMP: sum(m, *d, ~s, true); break;
    case RX_MODEL_CMP_I: sum(m, *d, ~i.imm, true); break;
    case RX_MODEL_NEG:
        *d = set_zs(m, 0 - s);
        m->c = *d == 0;
        m->o = s == 0x80000000;
        break;
    case RX_MODEL_ABS:
        *d = set_zs(m, (int32_t)s < 0 ? 0 - s : s);
        m->o = s == 0x80000000;
        break;
    case RX_MODEL_MUL: *d *= s; break;
    case RX_MODEL_MUL_I: *d *= i.imm; break;
    case RX_MODEL_EMUL:
    case RX_MODEL_EMULU: {
        uint64_t p = i.op == RX_MODEL_EMUL ? (uint64_t)((int64_t)(int32_t)*d * (int32_t)s) : (uint64_t)*d * s;
        m->r[i.d] = (uint32_t)p;
        m->r[i.d + 1] = (uint32_t)(p >> 32);
        break;
    }
    case RX_MODEL_DIV: divide(m, i.d, s, true); break;
    case RX_MODEL_DIVU: divide(m, i.d, s, false); break;
    case RX_MODEL_DIV_I: divide(m, i.d, i.imm, true); break;
    case RX_MODEL_DIVU_I: divide(m, i.d, i.imm, false); break;
    case RX_MODEL_MAX: *d = (int32_t)*d > (int32_t)s ? *d : s; break;
    default: *d = (int32_t)*d < (int32_t)s ? *d : s; break; // MIN
    }
}

static void logic(RxModel *m, RxModelInsn i) {
    uint32_t *d = &m->r[i.d], s = m->r[i.s];
    unsigned n = s & 31, k = i.imm & 31;
    switch (i.op) {
    case RX_MODEL_AND: *d = set_zs(m, *d & s); break;
    case RX_MODEL_AND_I: *d = set_zs(m, *d & i.imm); break;
    case RX_MODEL_OR: *d = set_zs(m, *d | s); break;
    case RX_MODEL_OR_3: *d = set_zs(m, m->r[i.imm & 15] | s); break;
    case RX_MODEL_XOR: *d = set_zs(m, *d ^ s); break;
    case RX_MODEL_NOT: *d = set_zs(m, ~s); break;
    case RX_MODEL_TST: set_zs(m, *d & s); break;
    case RX_MODEL_TST_I: set_zs(m, *d & i.imm); break;
    case RX_MODEL_SHLL: *d = shift(m, *d, n, 0); break;
    case RX_MODEL_SHLR: *d = shift(m, *d, n, 1); break;
    case RX_MODEL_SHAR: *d = shift(m, *d, n, 2); break;
    case RX_MODEL_SHLL_I: *d = shift(m, s, k, 0); break;
    case RX_MODEL_SHLR_I: *d = shift(m, s, k, 1); break;
    case RX_MODEL_SHAR_I: *d = shift(m, s, k, 2); break;
    case RX_MODEL_ROTL: *d = rotate(m, *d, n, true); break;
    case RX_MODEL_ROTR: *d = rotate(m, *d, n, false); break;
    case RX_MODEL_ROTL_I: *d = rotate(m, *d, k, true); break;
    case RX_MODEL_ROTR_I: *d = rotate(m, *d, k, false); break;
    case RX_MODEL_ROLC:
    case RX_MODEL_RORC: {
        bool left = i.op == RX_MODEL_ROLC, out = left ? bit(*d, 31) : bit(*d, 0);
        *d = set_zs(m, left ? *d << 1 | m->c : *d >> 1 | (uint32_t)m->c << 31);
        m->c = out;
        break;
    }
    case RX_MODEL_REVL: *d = s << 24 | (s & 0xff00) << 8 | (s >> 8 & 0xff00) | s >> 24; break;
    default: *d = (s & 0xff00ff) << 8 | (s >> 8 & 0xff00ff); break; // REVW
    }
}

static void bits(RxModel *m, RxModelInsn i) {
    uint32_t *d = &m->r[i.d];
    unsigned n = m->r[i.s] & 31, k = i.imm & 31;
    switch (i.op) {
    case RX_MODEL_BSET: *d |= 1u << n; break;
    case RX_MODEL_BCLR: *d &= ~(1u << n); break;
    case RX_MODEL_BNOT: *d ^= 1u << n; break;
    case RX_MODEL_BTST: m->c = bit(*d, n), m->z = !m->c; break;
    case RX_MODEL_BSET_I: *d |= 1u << k; break;
    case RX_MODEL_BCLR_I: *d &= ~(1u << k); break;
    case RX_MODEL_BNOT_I: *d ^= 1u << k; break;
    case RX_MODEL_BTST_I: m->c = bit(*d, k), m->z = !m->c; break;
    case RX_MODEL_BM: *d = (*d & ~(1u << k)) | (uint32_t)condition(m, i.s % 14) << k; break;
    case RX_MODEL_SC: *d = condition(m, i.imm % 14); break;
    case RX_MODEL_STZ:
        if (m->z) *d = i.imm;
        break;
    case RX_MODEL_STNZ:
        if (!m->z) *d = i.imm;
        break;
    default: // BRANCH
        if (!condition(m, i.imm % 14)) *d = 1;
    }
}

static void set_flag(RxModel *m, unsigned flag, bool v) {
    bool *const flags[] = {&m->c, &m->z, &m->s, &m->o};
    *flags[flag & 3] = v;
}

static void moves(RxModel *m, RxModelInsn i) {
    uint32_t *d = &m->r[i.d], s = m->r[i.s], old = *d;
    switch (i.op) {
    case RX_MODEL_SAT:
        if (m->o) *d = m->s ? 0x7fffffff : 0x80000000;
        break;
    case RX_MODEL_SATR:
        if (!m->o) break;
        m->r[6] = m->s ? 0xffffffff : 0, m->r[5] = m->s ? 0x80000000 : 0x7fffffff, m->r[4] = m->s ? 0 : 0xffffffff;
        break;
    case RX_MODEL_MOV: *d = s; break;
    case RX_MODEL_MOV_B: *d = (uint32_t)(int8_t)s; break;
    case RX_MODEL_MOV_W: *d = (uint32_t)(int16_t)s; break;
    case RX_MODEL_MOVU_B: *d = s & 0xff; break;
    case RX_MODEL_MOVU_W: *d = s & 0xffff; break;
    case RX_MODEL_XCHG: *d = s, m->r[i.s] = old; break;
    case RX_MODEL_SETPSW: set_flag(m, i.imm, true); break;
    case RX_MODEL_CLRPSW: set_flag(m, i.imm, false); break;
    case RX_MODEL_MVFC_PSW: *d = (uint32_t)(m->c | m->z << 1 | m->s << 2 | m->o << 3); break;
    case RX_MODEL_MULHI:
    case RX_MODEL_MULLO:
        m->acc = (uint64_t)(half(*d, i.op == RX_MODEL_MULHI) * half(s, i.op == RX_MODEL_MULHI)) << 16;
        break;
    case RX_MODEL_MACHI:
    case RX_MODEL_MACLO:
        m->acc += (uint64_t)(half(*d, i.op == RX_MODEL_MACHI) * half(s, i.op == RX_MODEL_MACHI)) << 16;
        break;
    case RX_MODEL_MVTACHI: m->acc = (m->acc & 0xffffffff) | (uint64_t)s << 32; break;
    case RX_MODEL_MVTACLO: m->acc = (m->acc >> 32 << 32) | s; break;
    case RX_MODEL_MVFACHI: *d = (uint32_t)(m->acc >> 32); break;
    case RX_MODEL_MVFACMI: *d = (uint32_t)(m->acc >> 16); break;
    default: round_acc(m, 1 + (i.imm & 1)); break; // RACW
    }
}

void rx_model_step(RxModel *m, RxModelInsn i) {
    if (i.op <= RX_MODEL_MIN)
        arithmetic(m, i);
    else if (i.op <= RX_MODEL_REVW)
        logic(m, i);
    else if ((i.op >= RX_MODEL_BSET && i.op <= RX_MODEL_STNZ) || i.op == RX_MODEL_BRANCH)
        bits(m, i);
    else
        moves(m, i);
}

// ---- encodings: bytes with d and s where the letters of the opcode table have them
static unsigned put(uint8_t *out, uint64_t big_endian, unsigned n) {
    for (unsigned k = 0; k < n; k++) out[k] = (uint8_t)(big_endian >> (8 * (n - 1 - k)));
    return n;
}

static unsigned put_imm(uint8_t *out, unsigned n, uint32_t imm) { // LL = 0
    for (unsigned k = 0; k < 4; k++) out[n + k] = (uint8_t)(imm >> (8 * k));
    return n + 4;
}

static unsigned encode_alu(RxModelInsn i, uint8_t *out) {
    unsigned sd = i.s << 4 | i.d, t = i.imm & 15, k = i.imm & 31;
    switch (i.op) {
    case RX_MODEL_ADD: return put(out, 0x4b00 | sd, 2);
    case RX_MODEL_ADD_I: return put_imm(out, put(out, 0x7000 | sd, 2), i.imm);
    case RX_MODEL_ADD_3: return put(out, 0xff2000 | i.d << 8 | i.s << 4 | t, 3);
    case RX_MODEL_ADC: return put(out, 0xfc0b00 | sd, 3);
    case RX_MODEL_ADC_I: return put_imm(out, put(out, 0xfd7020 | i.d, 3), i.imm);
    case RX_MODEL_SUB: return put(out, 0x4300 | sd, 2);
    case RX_MODEL_SUB_I4: return put(out, 0x6000 | t << 4 | i.d, 2);
    case RX_MODEL_SUB_3: return put(out, 0xff0000 | i.d << 8 | i.s << 4 | t, 3);
    case RX_MODEL_SBB: return put(out, 0xfc0300 | sd, 3);
    case RX_MODEL_CMP: return put(out, 0x4700 | sd, 2);
    case RX_MODEL_CMP_I: return put_imm(out, put(out, 0x7400 | i.d, 2), i.imm);
    case RX_MODEL_NEG: return put(out, 0xfc0700 | sd, 3);
    case RX_MODEL_ABS: return put(out, 0xfc0f00 | sd, 3);
    case RX_MODEL_MUL: return put(out, 0x4f00 | sd, 2);
    case RX_MODEL_MUL_I: return put_imm(out, put(out, 0x7410 | i.d, 2), i.imm);
    case RX_MODEL_EMUL: return put(out, 0xfc1b00 | sd, 3);
    case RX_MODEL_EMULU: return put(out, 0xfc1f00 | sd, 3);
    case RX_MODEL_DIV: return put(out, 0xfc2300 | sd, 3);
    case RX_MODEL_DIVU: return put(out, 0xfc2700 | sd, 3);
    case RX_MODEL_DIV_I: return put_imm(out, put(out, 0xfd7080 | i.d, 3), i.imm);
    case RX_MODEL_DIVU_I: return put_imm(out, put(out, 0xfd7090 | i.d, 3), i.imm);
    case RX_MODEL_MAX: return put(out, 0xfc1300 | sd, 3);
    case RX_MODEL_MIN: return put(out, 0xfc1700 | sd, 3);
    case RX_MODEL_AND: return put(out, 0x5300 | sd, 2);
    case RX_MODEL_AND_I: return put_imm(out, put(out, 0x7420 | i.d, 2), i.imm);
    case RX_MODEL_OR: return put(out, 0x5700 | sd, 2);
    case RX_MODEL_OR_3: return put(out, 0xff5000 | i.d << 8 | i.s << 4 | t, 3);
    case RX_MODEL_XOR: return put(out, 0xfc3700 | sd, 3);
    case RX_MODEL_NOT: return put(out, 0xfc3b00 | sd, 3);
    case RX_MODEL_TST: return put(out, 0xfc3300 | sd, 3);
    case RX_MODEL_TST_I: return put_imm(out, put(out, 0xfd70c0 | i.d, 3), i.imm);
    case RX_MODEL_SHLL: return put(out, 0xfd6200 | sd, 3);
    case RX_MODEL_SHLR: return put(out, 0xfd6000 | sd, 3);
    case RX_MODEL_SHAR: return put(out, 0xfd6100 | sd, 3);
    case RX_MODEL_SHLL_I: return i.s == i.d ? put(out, 0x6c00 | k << 4 | i.d, 2) : put(out, 0xfdc000 | k << 8 | sd, 3);
    case RX_MODEL_SHLR_I: return i.s == i.d ? put(out, 0x6800 | k << 4 | i.d, 2) : put(out, 0xfd8000 | k << 8 | sd, 3);
    case RX_MODEL_SHAR_I: return i.s == i.d ? put(out, 0x6a00 | k << 4 | i.d, 2) : put(out, 0xfda000 | k << 8 | sd, 3);
    case RX_MODEL_ROTL: return put(out, 0xfd6600 | sd, 3);
    case RX_MODEL_ROTR: return put(out, 0xfd6400 | sd, 3);
    case RX_MODEL_ROTL_I: return put(out, 0xfd6e00 | k << 4 | i.d, 3);
    case RX_MODEL_ROTR_I: return put(out, 0xfd6c00 | k << 4 | i.d, 3);
    case RX_MODEL_ROLC: return put(out, 0x7e50 | i.d, 2);
    case RX_MODEL_RORC: return put(out, 0x7e40 | i.d, 2);
    case RX_MODEL_REVL: return put(out, 0xfd6700 | sd, 3);
    default: return put(out, 0xfd6500 | sd, 3); // REVW
    }
}

static unsigned encode_bits(RxModelInsn i, uint8_t *out) {
    unsigned ds = i.d << 4 | i.s, k = i.imm & 31, c = i.imm % 14;
    switch (i.op) {
    case RX_MODEL_BSET: return put(out, 0xfc6300 | ds, 3);
    case RX_MODEL_BCLR: return put(out, 0xfc6700 | ds, 3);
    case RX_MODEL_BNOT: return put(out, 0xfc6f00 | ds, 3);
    case RX_MODEL_BTST: return put(out, 0xfc6b00 | ds, 3);
    case RX_MODEL_BSET_I: return put(out, 0x7800 | k << 4 | i.d, 2);
    case RX_MODEL_BCLR_I: return put(out, 0x7a00 | k << 4 | i.d, 2);
    case RX_MODEL_BTST_I: return put(out, 0x7c00 | k << 4 | i.d, 2);
    case RX_MODEL_BNOT_I: return put(out, 0xfde0f0 | k << 8 | i.d, 3);
    case RX_MODEL_BM: return put(out, 0xfde000 | k << 8 | i.s % 14 << 4 | i.d, 3);
    case RX_MODEL_SC: return put(out, 0xfcdb00 | i.d << 4 | c, 3);
    case RX_MODEL_STZ: return put_imm(out, put(out, 0xfd70e0 | i.d, 3), i.imm);
    case RX_MODEL_STNZ: return put_imm(out, put(out, 0xfd70f0 | i.d, 3), i.imm);
    default: return put(out, (0x2004ull | c << 8) << 16 | 0x6610 | i.d, 4); // BCnd.B over 2 bytes
    }
}

static unsigned encode_move(RxModelInsn i, uint8_t *out) {
    unsigned sd = i.s << 4 | i.d, ds = i.d << 4 | i.s;
    switch (i.op) {
    case RX_MODEL_SAT: return put(out, 0x7e30 | i.d, 2);
    case RX_MODEL_SATR: return put(out, 0x7f93, 2);
    case RX_MODEL_MOV: return put(out, 0xef00 | sd, 2);
    case RX_MODEL_MOV_B: return put(out, 0xcf00 | sd, 2);
    case RX_MODEL_MOV_W: return put(out, 0xdf00 | sd, 2);
    case RX_MODEL_MOVU_B: return put(out, 0x5b00 | sd, 2);
    case RX_MODEL_MOVU_W: return put(out, 0x5f00 | sd, 2);
    case RX_MODEL_XCHG: return put(out, 0xfc4300 | sd, 3);
    case RX_MODEL_SETPSW: return put(out, 0x7fa0 | (i.imm & 3), 2);
    case RX_MODEL_CLRPSW: return put(out, 0x7fb0 | (i.imm & 3), 2);
    case RX_MODEL_MVFC_PSW: return put(out, 0xfd6a00 | i.d, 3);
    case RX_MODEL_MULHI: return put(out, 0xfd0000 | ds, 3);
    case RX_MODEL_MULLO: return put(out, 0xfd0100 | ds, 3);
    case RX_MODEL_MACHI: return put(out, 0xfd0400 | ds, 3);
    case RX_MODEL_MACLO: return put(out, 0xfd0500 | ds, 3);
    case RX_MODEL_MVTACHI: return put(out, 0xfd1700 | i.s, 3);
    case RX_MODEL_MVTACLO: return put(out, 0xfd1710 | i.s, 3);
    case RX_MODEL_MVFACHI: return put(out, 0xfd1f00 | i.d, 3);
    case RX_MODEL_MVFACMI: return put(out, 0xfd1f20 | i.d, 3);
    default: return put(out, 0xfd1800 | (i.imm & 1) << 4, 3); // RACW
    }
}

unsigned rx_model_encode(RxModelInsn i, uint8_t out[8]) {
    if (i.op <= RX_MODEL_REVW) return encode_alu(i, out);
    if ((i.op >= RX_MODEL_BSET && i.op <= RX_MODEL_STNZ) || i.op == RX_MODEL_BRANCH) return encode_bits(i, out);
    return encode_move(i, out);
}
