// C, Z, S and O: how they are kept, defined and read. Only this file knows what FEATURE_flags means for RX.
//
// Off: an instruction that defines a flag computes it at once and stores it in the slot of that flag.
// On: the instruction stores what the flag comes from, in slots A, B, R and KIND; a reader computes the flag. KIND is
//     [31:16] B, sign-extended, if CO says so    [15:8] ZS, where Z and S come from    [7:0] CO, where C and O come from
//     flag | comes from                                | says
//     C, O | A - B                                     | CO [0] = 0, C: [2] = 0, O: [3] = 0
//     C, O | A + B                                     | CO [0] = 1, C: [2] = 0, O: [3] = 0
//          | (B is slot B, or in KIND)                 | CO [1] = 0, or 1
//     C, O | bit 0 of slot C, bit 0 of slot O          | CO        C: [2] = 1, O: [3] = 1
//     Z, S | the same A - B or A + B                   | ZS [0] = 0, Z: [1] = 0, S: [2] = 0
//     Z, S | R                                         | ZS [0] = 1, Z: [1] = 0, S: [2] = 0
//     Z, S | R as a float, for which 0x80000000 is 0   | ZS [0] = 1, [3] = 1, and the same
//     Z, S | the floats X and Y, compared              | ZS [4] = 1, and the same
//     O    | the floats X and Y: is one a NaN?         | CO [4] = 1, O: [3] = 0
//     Z, S | bit 0 of slot Z, bit 0 of slot S          | ZS        Z: [1] = 1, S: [2] = 1
// Example: CMP #3, r1; BEQ x   becomes   A = r1, KIND = 0x30002; if (r1 == 3) goto x. No flag is computed.
// INVARIANT: with the feature off CO is 12 and ZS is 6, for ever; the functions on Cpu below work for both.
// While a block is lifted, l->note holds the values of the slots (0: unknown). PUTs that no instruction can see go away.
#include "guest/rx/fpu.h"

enum {
    CO_ADD = 1,
    CO_B = 2,
    CO_C = 4,
    CO_O = 8,
    CO_FLOATS = 16,
    ZS_R = 1,
    ZS_Z = 2,
    ZS_S = 4,
    ZS_FLOAT = 8,
    ZS_FLOATS = 16
};
enum { KIND_HALF = 255, KIND_ZS = 8, KIND_B = 16 };
// Indices of l->note. BIT + flag: a computed flag; CO and ZS: that part of KIND + 1.
// X and Y: as F32. COMPARED: their FCMPZ, while nothing uses it.
enum { NOTE_BIT, NOTE_CO = 4, NOTE_ZS, NOTE_A, NOTE_B, NOTE_PAIR, NOTE_R, NOTE_X, NOTE_Y, NOTE_COMPARED, NOTES };
enum { ALL = 15, C = 1 << RX_FLAG_C, Z = 1 << RX_FLAG_Z, S = 1 << RX_FLAG_S, O = 1 << RX_FLAG_O };
static const uint8_t bit_slot[4] = {RX_SLOT_C, RX_SLOT_Z, RX_SLOT_S, RX_SLOT_O};

bool rx_flags_lazy(const Lift *l) { return feature_on(l->features, FEATURE_flags); }
static bool lazy(const Lift *l) { return rx_flags_lazy(l); }
static bool is_const(const Lift *l, IrRef r) { return l->u->insns.at[r].op == IR_CONST; }
static uint32_t const_of(const Lift *l, IrRef r) { return (uint32_t)l->u->insns.at[r].imm; }
static IrRef bit0(Lift *l, IrRef v) { return ir_op2i(l->u, IR_AND, IR_I64, ir_ext(l->u, IR_ZEXT, IR_I64, v, 32), 1); }
static IrRef as_bit(Lift *l, IrRef v) {
    const IrInsn *i = &l->u->insns.at[v];
    return i->op == IR_CMP || i->op == IR_FCMPZ ? v : bit0(l, v);
}

// ---- writing the slots
// PUTs to these slots (a set, from RX_SLOT_KIND) that no fault, call or exit can have seen.
static void drop_dead(Lift *l, unsigned slots) {
    const IrBlock *b = &l->u->blocks.at[l->block];
    for (uint32_t n = l->u->insns.n; slots && n-- > b->first;) {
        IrInsn *i = &l->u->insns.at[n];
        unsigned bit = i->imm >= RX_SLOT_KIND && i->imm <= RX_SLOT_Y ? 1u << (i->imm - RX_SLOT_KIND) : 0;
        if (ir_op_is(i->op, IR_FAULT | IR_TERM) || i->op == IR_BUDGET) return;
        if (i->op == IR_PUT && (bit & slots)) *i = (IrInsn){.op = IR_NOP};
        if (i->op == IR_GET) slots &= ~bit;
    }
}

static unsigned slot_bit(unsigned slot) { return 1u << (slot - RX_SLOT_KIND); }

static uint32_t known_kind(const Lift *l) {
    uint32_t co = l->note[NOTE_CO] - 1u, zs = l->note[NOTE_ZS] - 1u;
    return co | zs << KIND_ZS | (co & CO_B ? const_of(l, l->note[NOTE_B]) << KIND_B : 0);
}

// CO or ZS becomes (itself & keep) | bits.
static void put_kind(Lift *l, unsigned note, unsigned keep, unsigned bits) {
    uint16_t *known = &l->note[note];
    unsigned shift = note == NOTE_ZS ? KIND_ZS : 0;
    if (*known) bits |= (*known - 1u) & keep, keep = 0;
    if (!keep) *known = (uint16_t)(bits + 1);
    if (l->note[NOTE_CO] && l->note[NOTE_ZS]) {
        ir_put(l->u, RX_SLOT_KIND, ir_const(l->u, IR_I32, known_kind(l)));
        return;
    }
    uint32_t gone = (KIND_HALF & ~keep) << shift, set = bits << shift;
    if (note == NOTE_CO && !keep && bits & CO_B) gone |= ~0u << KIND_B, set |= const_of(l, l->note[NOTE_B]) << KIND_B;
    IrRef kind = ir_get(l->u, RX_SLOT_KIND);
    if (gone & ~set) kind = ir_op2i(l->u, IR_AND, IR_I32, kind, (int32_t)~gone);
    ir_put(l->u, RX_SLOT_KIND, ir_op2i(l->u, IR_OR, IR_I32, kind, (int32_t)set));
}

static void count(Lift *l, unsigned which) {
    l->stats->v[STAT_flag_definitions] += (unsigned)__builtin_popcount(which);
}

// Stored where it stands, and read back from there: opt/state.c leaves such a PUT alone.
static void put_at_once(Lift *l, unsigned flag, IrRef bit) {
    ir_emit(l->u, (IrInsn){.op = IR_PUT, .type = IR_I32, .a = bit, .c = 1, .imm = bit_slot[flag]});
    l->stats->v[STAT_flag_materializations]++;
}

void rx_flags_bits(Lift *l, unsigned which, const IrRef value[4]) {
    count(l, which);
    if (!lazy(l)) {
        for (unsigned f = 0; f < 4; f++)
            if (which >> f & 1) put_at_once(l, f, as_bit(l, value[f]));
        return;
    }
    unsigned dead = 0;
    for (unsigned f = 0; f < 4; f++)
        if (which >> f & 1) dead |= slot_bit(bit_slot[f]);
    if (l->note[NOTE_CO] && l->note[NOTE_ZS]) dead |= slot_bit(RX_SLOT_KIND);
    drop_dead(l, dead);
    for (unsigned f = 0; f < 4; f++) {
        if (!(which >> f & 1)) continue;
        ir_put(l->u, bit_slot[f], value[f]);
        l->note[NOTE_BIT + f] = value[f];
    }
    if ((which & (C | O))) {
        unsigned bits = (which & C ? CO_C : 0u) | (which & O ? CO_O : 0u);
        unsigned zs = l->note[NOTE_ZS] ? l->note[NOTE_ZS] - 1u : 0;
        bool no_pair =
            which == ALL || ((which & (C | O)) == (C | O) && ((zs & (ZS_R | ZS_FLOATS)) || zs == (ZS_Z | ZS_S)));
        put_kind(l, NOTE_CO, no_pair ? 0 : KIND_HALF, bits);
    }
    unsigned zs_bits = (which & Z ? ZS_Z : 0u) | (which & S ? ZS_S : 0u);
    if (zs_bits) put_kind(l, NOTE_ZS, zs_bits == (ZS_Z | ZS_S) ? 0 : KIND_HALF, zs_bits);
}

// ---- definitions
static IrRef sign(Lift *l, IrRef r) { return ir_cmpi(l->u, IR_LTS, IR_I32, r, 0); }
static IrRef is_zero(Lift *l, IrRef r) { return ir_cmpi(l->u, IR_EQ, IR_I32, r, 0); }

// Overflow of r = a - b, or of r = a + b.
static IrRef overflow(Lift *l, IrRef a, IrRef b, IrRef r, bool add) {
    IrUnit *u = l->u;
    IrRef x = ir_op2(u, IR_XOR, IR_I32, add ? r : a, b), y = ir_op2(u, IR_XOR, IR_I32, a, r);
    return sign(l, ir_op2(u, IR_AND, IR_I32, x, y));
}

static void keep_result(Lift *l, IrRef r, unsigned kind) {
    count(l, Z | S);
    unsigned dead = slot_bit(RX_SLOT_R) | slot_bit(RX_SLOT_Z) | slot_bit(RX_SLOT_S);
    drop_dead(l, l->note[NOTE_CO] ? dead | slot_bit(RX_SLOT_KIND) : dead);
    ir_put(l->u, RX_SLOT_R, r);
    put_kind(l, NOTE_ZS, 0, kind);
    l->note[NOTE_R] = r;
    l->note[NOTE_BIT + RX_FLAG_Z] = l->note[NOTE_BIT + RX_FLAG_S] = 0;
}

void rx_flags_zs(Lift *l, IrRef r) {
    if (lazy(l))
        keep_result(l, r, ZS_R);
    else
        rx_flags_bits(l, Z | S, (IrRef[4]){0, is_zero(l, r), sign(l, r), 0});
}

void rx_flags_float(Lift *l, IrRef r) { keep_result(l, r, ZS_R | ZS_FLOAT); }

void rx_flags_compare(Lift *l, IrRef x, IrRef y, IrRef float_x, IrRef float_y) {
    IrUnit *u = l->u;
    unsigned dead = slot_bit(RX_SLOT_R) | slot_bit(RX_SLOT_Z) | slot_bit(RX_SLOT_S) | slot_bit(RX_SLOT_O) |
                    slot_bit(RX_SLOT_X) | slot_bit(RX_SLOT_Y);
    count(l, Z | S | O);
    drop_dead(l, l->note[NOTE_CO] ? dead | slot_bit(RX_SLOT_KIND) : dead);
    ir_put(u, RX_SLOT_X, x);
    ir_put(u, RX_SLOT_Y, y);
    put_kind(l, NOTE_ZS, 0, ZS_FLOATS);
    put_kind(l, NOTE_CO, KIND_HALF & ~CO_O, CO_FLOATS);
    l->note[NOTE_BIT + RX_FLAG_Z] = l->note[NOTE_BIT + RX_FLAG_S] = l->note[NOTE_BIT + RX_FLAG_O] = 0;
    l->note[NOTE_X] = float_x, l->note[NOTE_Y] = float_y;
    l->note[NOTE_COMPARED] =
        ir_emit(u, (IrInsn){.op = IR_FCMPZ, .type = IR_F32, .a = float_x, .b = float_y, .c = IR_LTS});
}

static void keep_pair(Lift *l, IrRef a, IrRef b, IrRef r, unsigned kind) {
    count(l, ALL);
    drop_dead(l, ~0u);
    l->note[NOTE_X] = 0;
    bool small = is_const(l, b) && (int16_t)const_of(l, b) == (int32_t)const_of(l, b);
    l->note[NOTE_A] = a, l->note[NOTE_B] = b, l->note[NOTE_PAIR] = r;
    l->note[NOTE_ZS] = 1;
    ir_put(l->u, RX_SLOT_A, a);
    if (!small) ir_put(l->u, RX_SLOT_B, b);
    put_kind(l, NOTE_CO, 0, kind | (small ? CO_B : 0u));
    for (unsigned f = 0; f < 4; f++) l->note[NOTE_BIT + f] = 0;
}

void rx_flags_sub(Lift *l, IrRef a, IrRef b, IrRef r) {
    if (lazy(l)) {
        keep_pair(l, a, b, r, 0);
        return;
    }
    if (!r) r = ir_op2(l->u, IR_SUB, IR_I32, a, b);
    rx_flags_bits(
        l, ALL, (IrRef[4]){ir_cmp(l->u, IR_GEU, IR_I32, a, b), is_zero(l, r), sign(l, r), overflow(l, a, b, r, false)});
}

void rx_flags_add(Lift *l, IrRef a, IrRef b, IrRef r) {
    if (!lazy(l)) {
        rx_flags_bits(
            l, ALL,
            (IrRef[4]){ir_cmp(l->u, IR_LTU, IR_I32, r, b), is_zero(l, r), sign(l, r), overflow(l, a, b, r, true)});
        return;
    }
    // a + c is a - -c with the same flags, but for two values of c.
    uint32_t c = is_const(l, b) ? const_of(l, b) : 0;
    if (c && c != 0x80000000)
        keep_pair(l, a, ir_const(l->u, IR_I32, 0 - c), r, 0);
    else
        keep_pair(l, a, b, r, CO_ADD);
}

void rx_flags_forget(Lift *l) {
    for (unsigned n = NOTE_BIT; n < NOTES; n++) l->note[n] = 0;
}

// ---- reading
static uint64_t help_flag(Cpu *cpu, uint64_t flag, uint64_t b, uint64_t c) {
    (void)b, (void)c;
    return rx_flags_read(cpu) >> flag & 1;
}
static const IrHelper flag_helper = {"rx_flag", help_flag, 0, RX_FLAG_SLOTS};

// C of the slots, whatever they say. WHY this one: a branch on C stands in a block of its own behind SCMPU.
static IrRef c_of_slots(Lift *l) {
    IrUnit *u = l->u;
    IrRef kind = ir_get(u, RX_SLOT_KIND), co = ir_ext(u, IR_ZEXT, IR_I64, kind, 32), a = ir_get(u, RX_SLOT_A);
    IrRef small = ir_op2i(u, IR_SAR, IR_I32, kind, KIND_B);
    IrRef b = ir_select(u, IR_I32, ir_op2i(u, IR_AND, IR_I64, co, CO_B), small, ir_get(u, RX_SLOT_B));
    IrRef sub = ir_cmp(u, IR_GEU, IR_I32, a, b), add = ir_cmp(u, IR_LTU, IR_I32, ir_op2(u, IR_ADD, IR_I32, a, b), b);
    IrRef pair = ir_select(u, IR_I64, ir_op2i(u, IR_AND, IR_I64, co, CO_ADD), add, sub);
    return ir_select(u, IR_I64, ir_op2i(u, IR_AND, IR_I64, co, CO_C), bit0(l, ir_get(u, RX_SLOT_C)), pair);
}

// Where a flag comes from as far as it is known here: a bit, the pair, or R.
typedef enum Source { FROM_SLOTS, FROM_BIT, FROM_SUB, FROM_ADD, FROM_R, FROM_FLOATS } Source;

static Source source(const Lift *l, RxFlag f) {
    const uint16_t *n = l->note;
    if (n[NOTE_BIT + f]) return FROM_BIT;
    if (!lazy(l)) return FROM_SLOTS;
    if (f == RX_FLAG_Z || f == RX_FLAG_S) {
        if (!n[NOTE_ZS]) return FROM_SLOTS;
        if ((n[NOTE_ZS] - 1) & ZS_R) return FROM_R;
        if ((n[NOTE_ZS] - 1) & ZS_FLOATS) return n[NOTE_X] ? FROM_FLOATS : FROM_SLOTS;
    }
    if (f == RX_FLAG_O && n[NOTE_X]) return FROM_FLOATS;
    if (!n[NOTE_CO] || !n[NOTE_A]) return FROM_SLOTS;
    return (n[NOTE_CO] - 1) & CO_ADD ? FROM_ADD : FROM_SUB;
}

// The result of the pair, computed now, unless it was needed before.
static IrRef pair_result(Lift *l) {
    uint16_t *n = l->note;
    if (!n[NOTE_PAIR])
        n[NOTE_PAIR] = ir_op2(l->u, (n[NOTE_CO] - 1) & CO_ADD ? IR_ADD : IR_SUB, IR_I32, n[NOTE_A], n[NOTE_B]);
    return n[NOTE_PAIR];
}

// What R is compared with 0 for Z.
static IrRef zero_of_r(Lift *l) {
    IrRef r = l->note[NOTE_R];
    return (l->note[NOTE_ZS] - 1u) & ZS_FLOAT ? ir_op2i(l->u, IR_SHL, IR_I32, r, 1) : r;
}

static IrRef compare(Lift *l, IrCond c, IrRef x, IrRef y) {
    return ir_emit(l->u, (IrInsn){.op = IR_FCMPZ, .type = IR_F32, .a = x, .b = y, .c = (IrRef)c});
}

// The first one that is asked for is what FCMP raises its flags by.
static IrRef compared(Lift *l, IrCond c) {
    IrRef first = l->note[NOTE_COMPARED];
    if (!first) return compare(l, c, l->note[NOTE_X], l->note[NOTE_Y]);
    l->u->insns.at[first].c = (IrRef)c;
    l->note[NOTE_COMPARED] = 0;
    return first;
}

static IrRef floats_flag(Lift *l, RxFlag f) {
    IrRef x = l->note[NOTE_X], y = l->note[NOTE_Y];
    if (f != RX_FLAG_O) return compared(l, f == RX_FLAG_Z ? IR_EQ : IR_LTS);
    return ir_op2(l->u, IR_OR, IR_I64, compare(l, IR_NE, x, x), compare(l, IR_NE, y, y));
}

static IrRef pair_flag(Lift *l, RxFlag f, bool add) {
    IrRef a = l->note[NOTE_A], b = l->note[NOTE_B];
    switch (f) {
    case RX_FLAG_C: return add ? ir_cmp(l->u, IR_LTU, IR_I32, pair_result(l), b) : ir_cmp(l->u, IR_GEU, IR_I32, a, b);
    case RX_FLAG_Z: return add ? is_zero(l, pair_result(l)) : ir_cmp(l->u, IR_EQ, IR_I32, a, b);
    case RX_FLAG_S: return sign(l, pair_result(l));
    default: return overflow(l, a, b, pair_result(l), add);
    }
}

IrRef rx_flag(Lift *l, RxFlag f) {
    if (!lazy(l)) return ir_ext(l->u, IR_ZEXT, IR_I64, ir_get(l->u, bit_slot[f]), 32);
    l->stats->v[STAT_flag_materializations]++;
    Source from = source(l, f);
    if (from == FROM_BIT) return as_bit(l, l->note[NOTE_BIT + f]);
    if (from == FROM_R) return f == RX_FLAG_Z ? is_zero(l, zero_of_r(l)) : sign(l, l->note[NOTE_R]);
    if (from == FROM_FLOATS) return floats_flag(l, f);
    if (from != FROM_SLOTS) return pair_flag(l, f, from == FROM_ADD);
    IrRef v = f == RX_FLAG_C ? c_of_slots(l) : ir_call(l->u, IR_I64, &flag_helper, ir_const(l->u, IR_I64, f), 0, 0);
    return l->note[NOTE_BIT + f] = v;
}

// ---- conditions. Two that follow one another are a flag expression and its opposite: the odd ones are negated.
typedef struct Test { // a <c> b; b = 0: compare with 0
    IrCond c;
    IrType width;
    IrRef a, b;
} Test;

static bool test_pair(Lift *l, unsigned cond, Test *t) {
    static const struct {
        uint8_t c, flags;
    } by_cond[] = {
        [0] = {IR_EQ, Z}, [1] = {IR_GEU, C}, [2] = {IR_GTU, C | Z}, [4] = {IR_GES, S | O}, [5] = {IR_GTS, S | O | Z}};
    unsigned k = cond / 2;
    if (k >= ARRAY_LEN(by_cond) || !by_cond[k].flags) return false;
    for (unsigned f = 0; f < 4; f++)
        if ((by_cond[k].flags >> f & 1) && source(l, (RxFlag)f) != FROM_SUB) return false;
    *t = (Test){by_cond[k].c, IR_I32, l->note[NOTE_A], l->note[NOTE_B]};
    return true;
}

// Conditions on the sign or on zero alone, of R or of the result of the pair.
static bool test_result(Lift *l, unsigned cond, Test *t) {
    bool zero = cond / 2 == 0, pz = cond / 2 == 3;
    if (!zero && !pz) return false;
    Source from = source(l, zero ? RX_FLAG_Z : RX_FLAG_S);
    if (from == FROM_SLOTS || from == FROM_BIT || from == FROM_FLOATS) return false;
    IrRef r = from != FROM_R ? pair_result(l) : zero ? zero_of_r(l) : l->note[NOTE_R];
    *t = (Test){zero ? IR_EQ : IR_GES, IR_I32, r, 0};
    return true;
}

// Z; not S; GE, which is false with a NaN as not (S ^ O) is; GT
static bool test_floats(Lift *l, unsigned cond, Test *t) {
    static const struct {
        uint8_t c, flags;
        bool negated;
    } by_cond[] = {[0] = {IR_EQ, Z, false},
                   [3] = {IR_LTS, S, true},
                   [4] = {IR_GES, S | O, false},
                   [5] = {IR_GTS, S | O | Z, false}};
    unsigned k = cond / 2;
    if (k >= ARRAY_LEN(by_cond) || !by_cond[k].flags) return false;
    for (unsigned f = 0; f < 4; f++)
        if ((by_cond[k].flags >> f & 1) && source(l, (RxFlag)f) != FROM_FLOATS) return false;
    *t = (Test){by_cond[k].negated ? IR_EQ : IR_NE, IR_I64, compared(l, (IrCond)by_cond[k].c), 0};
    return true;
}

// C; GTU = C and not Z; PZ = not S; GE = not (S ^ O); GT = not ((S ^ O) or Z); O
static IrRef expression(Lift *l, unsigned cond) {
    IrUnit *u = l->u;
    IrRef v;
    switch (cond / 2) {
    case 0: return rx_flag(l, RX_FLAG_Z);
    case 1: return rx_flag(l, RX_FLAG_C);
    case 2:
        v = ir_op2i(u, IR_XOR, IR_I64, rx_flag(l, RX_FLAG_Z), 1);
        return ir_op2(u, IR_AND, IR_I64, rx_flag(l, RX_FLAG_C), v);
    case 3: return ir_op2i(u, IR_XOR, IR_I64, rx_flag(l, RX_FLAG_S), 1);
    case 4:
    case 5:
        v = rx_flag(l, RX_FLAG_S);
        v = ir_op2(u, IR_XOR, IR_I64, v, rx_flag(l, RX_FLAG_O));
        if (cond / 2 == 5) v = ir_op2(u, IR_OR, IR_I64, v, rx_flag(l, RX_FLAG_Z));
        return ir_op2i(u, IR_XOR, IR_I64, v, 1);
    default: return rx_flag(l, RX_FLAG_O);
    }
}

static Test test_of(Lift *l, unsigned cond, bool *fused) {
    Test t;
    *fused = lazy(l) && (test_pair(l, cond, &t) || test_result(l, cond, &t) || test_floats(l, cond, &t));
    if (!*fused) t = (Test){IR_NE, IR_I64, expression(l, cond), 0};
    if (cond & 1) t.c = ir_cond_negate(t.c);
    return t;
}

IrRef rx_cond(Lift *l, unsigned cond) {
    bool fused;
    Test t = test_of(l, cond, &fused);
    return t.b ? ir_cmp(l->u, t.c, t.width, t.a, t.b) : ir_cmpi(l->u, t.c, t.width, t.a, 0);
}

void rx_branch_cond(Lift *l, unsigned cond, gpc taken) {
    bool fused;
    Test t = test_of(l, cond, &fused);
    l->stats->v[STAT_flag_fused] += fused;
    lift_branch(l, t.c, t.width, t.a, t.b, taken);
}

// ---- the flags of a CPU that is not running translated code
static uint32_t pair_flags(uint32_t a, uint32_t b, bool add) {
    uint32_t r = add ? a + b : a - b, o = add ? (a ^ r) & (b ^ r) : (a ^ b) & (a ^ r);
    bool c = add ? r < b : a >= b;
    return (c ? RX_PSW_C : 0u) | (r == 0 ? RX_PSW_Z : 0u) | (r >> 31 ? RX_PSW_S : 0u) | (o >> 31 ? RX_PSW_O : 0u);
}

static uint32_t compare_floats(const Cpu *cpu) {
    uint32_t fpsw = RX_FPSW_PLAIN, flags;
    rx_float(&fpsw, RX_FLOAT_CMP, rx_reg(cpu, RX_SLOT_X), rx_reg(cpu, RX_SLOT_Y), &flags);
    return flags;
}

uint32_t rx_flags_read(const Cpu *cpu) {
    uint32_t kind = rx_reg(cpu, RX_SLOT_KIND), co = kind & KIND_HALF, zs = kind >> KIND_ZS & KIND_HALF;
    uint32_t b = co & CO_B ? (uint32_t)(int16_t)(kind >> KIND_B) : rx_reg(cpu, RX_SLOT_B), r = rx_reg(cpu, RX_SLOT_R);
    uint32_t f = pair_flags(rx_reg(cpu, RX_SLOT_A), b, co & CO_ADD);
    if (zs & ZS_R) {
        bool zero = zs & ZS_FLOAT ? r << 1 == 0 : r == 0;
        f = (f & ~(uint32_t)(RX_PSW_Z | RX_PSW_S)) | (zero ? RX_PSW_Z : 0u) | (r >> 31 ? RX_PSW_S : 0u);
    }
    uint32_t from_floats = (zs & ZS_FLOATS ? RX_PSW_Z | RX_PSW_S : 0u) | (co & CO_FLOATS ? RX_PSW_O : 0u);
    if (from_floats) f = (f & ~from_floats) | (compare_floats(cpu) & from_floats);
    unsigned bits = (co & CO_C ? C : 0u) | (zs & ZS_Z ? Z : 0u) | (zs & ZS_S ? S : 0u) | (co & CO_O ? O : 0u);
    for (unsigned n = 0; n < 4; n++)
        if (bits >> n & 1) f = (f & ~(1u << n)) | (rx_reg(cpu, bit_slot[n]) & 1) << n;
    return f;
}

void rx_flags_write(Cpu *cpu, uint32_t which, uint32_t psw) {
    for (unsigned n = 0; n < 4; n++)
        if (which >> n & 1) cpu->slot[bit_slot[n]] = psw >> n & 1;
    uint32_t co = (which & C ? CO_C : 0u) | (which & O ? CO_O : 0u),
             zs = (which & Z ? ZS_Z : 0u) | (which & S ? ZS_S : 0u);
    cpu->slot[RX_SLOT_KIND] = rx_reg(cpu, RX_SLOT_KIND) | co | zs << KIND_ZS;
}

void rx_flags_reset(Cpu *cpu) { cpu->slot[RX_SLOT_KIND] = CO_C | CO_O | (ZS_Z | ZS_S) << KIND_ZS; }
