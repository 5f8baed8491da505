// String instructions and RMPA ("String instructions and RMPA").
//
// One execution is one step: the elements up to a page border of either operand, 256 bytes at most, with R1, R2, R3
// (and R4..R6) up to date behind it; while elements are left it branches back to its own pc. So interrupts come between
// steps, a fault shows the elements before it as done, and each step retires as one instruction: how many there are
// depends on addresses, R3 and the data alone.
// Only plain memory is touched from translated code. Anything else, and an element across a page border, is left to an
// execution alone, which does the same elements one by one through the machine.
// What C compilers make is SMOVF, SCMPU, SMOVU and SSTR.B of a few bytes: these have a step of their own (quick), which
// leaves to the other one what is not simple.
#include "guest/rx/rx.h"
#include <string.h>

enum { STEP_BYTES = 256 };
typedef enum Kind { SMOVF, SMOVB, SMOVU, SSTR, SCMPU, SUNTIL, SWHILE, RMPA } Kind;

typedef struct Step {
    Cpu *cpu;
    Kind kind;
    unsigned size; // log2 of the bytes of an element
    uint32_t n;    // elements to do
    uint32_t done;
    uint8_t *p1, *p2; // operands at R1 and R2: the elements 0..n-1 (n-1..0 for SMOVB) lie there; NULL: not plain
    bool stop;        // the condition that ends it early has come
    uint32_t x, y;    // last elements compared: C = x >= y, Z = x == y
    __int128 sum;
} Step;

static bool reads_r2(Kind k) { return k <= SMOVU || k == SCMPU || k == RMPA; }
static bool reads_r1(Kind k) { return k >= SCMPU; }
static bool writes_r1(Kind k) { return k <= SSTR; }
static bool sets_cz(Kind k) { return k == SCMPU || k == SUNTIL || k == SWHILE; }

// Elements that lie in the page of `at` from there on.
static uint32_t in_page(uint32_t at, unsigned size, bool down) {
    return down ? at % PAGE_BYTES + 1 : (PAGE_BYTES - at % PAGE_BYTES) >> size;
}

static void plan(Step *s) {
    const Cpu *cpu = s->cpu;
    bool down = s->kind == SMOVB;
    uint32_t n = rx_reg(cpu, 3), most = STEP_BYTES >> s->size, k;
    if (n > most) n = most;
    if ((k = in_page(rx_reg(cpu, 1), s->size, down)) < n) n = k;
    if (reads_r2(s->kind) && (k = in_page(rx_reg(cpu, 2), s->size, down)) < n) n = k;
    s->n = n ? n : 1; // an element across a border
    if (n == 0 || cpu->alone) return;
    s->p1 = cpu->env->plain_memory(cpu->env->hart, rx_reg(cpu, 1), writes_r1(s->kind));
    if (reads_r2(s->kind)) s->p2 = cpu->env->plain_memory(cpu->env->hart, rx_reg(cpu, 2), false);
}

// ---- one element: what it does with the values; true: it is the last one
static bool element(Step *s, uint32_t v1, uint32_t v2) {
    unsigned shift = 32 - (8u << s->size);
    switch (s->kind) {
    case SMOVU: return v2 == 0;
    case SCMPU: s->x = v1, s->y = v2; return v1 != v2 || v1 == 0;
    case SUNTIL: s->x = v1, s->y = rx_reg(s->cpu, 2); return s->x == s->y;
    case SWHILE: s->x = v1, s->y = rx_reg(s->cpu, 2); return s->x != s->y;
    case RMPA: s->sum += (int64_t)((int32_t)(v1 << shift) >> shift) * ((int32_t)(v2 << shift) >> shift); return false;
    default: return false;
    }
}

static uint32_t fetch(const uint8_t *p, unsigned size) {
    uint32_t v = 0;
    memcpy(&v, p, (size_t)1 << size);
    return v;
}

// ---- in plain memory
static void any_plain(Step *s) {
    for (uint32_t k = 0; k < s->n && !s->stop; k++, s->done++) {
        ptrdiff_t at = s->kind == SMOVB ? -(ptrdiff_t)k : (ptrdiff_t)((size_t)k << s->size);
        uint32_t v2 = s->p2 ? fetch(s->p2 + at, s->size) : rx_reg(s->cpu, 2);
        if (writes_r1(s->kind)) memcpy(s->p1 + at, &v2, (size_t)1 << s->size);
        s->stop = element(s, reads_r1(s->kind) ? fetch(s->p1 + at, s->size) : 0, v2);
    }
}

// Does a byte that was written come to be read? Then it goes byte by byte.
static bool feeds_itself(const Step *s) {
    uint32_t ahead = rx_reg(s->cpu, 1) - rx_reg(s->cpu, 2);
    if (s->kind == SMOVB) ahead = 0 - ahead;
    return ahead != 0 && ahead < s->n;
}

static uint64_t zero_byte(uint64_t v) { return (v - 0x0101010101010101u) & ~v & 0x8080808080808080u; }

static void compare_plain(Step *s) {
    uint32_t k = 0;
    for (; k + 8 <= s->n; k += 8) {
        uint64_t a, b;
        memcpy(&a, s->p1 + k, 8);
        memcpy(&b, s->p2 + k, 8);
        if (a != b || zero_byte(a)) break;
    }
    if (k && k == s->n) k--;
    for (; k < s->n && !s->stop; k++) s->stop = element(s, s->p1[k], s->p2[k]);
    s->done = k;
}

static void copy_plain(Step *s) {
    uint32_t n = s->n;
    const uint8_t *zero = s->kind == SMOVU ? memchr(s->p2, 0, n) : NULL;
    if (zero) n = (uint32_t)(zero - s->p2) + 1;
    size_t back = s->kind == SMOVB ? n - 1 : 0;
    memmove(s->p1 - back, s->p2 - back, n);
    s->done = n;
    s->stop = zero != NULL;
}

static void plain(Step *s) {
    if (s->kind == SCMPU)
        compare_plain(s);
    else if (s->kind <= SMOVU && !feeds_itself(s))
        copy_plain(s);
    else if (s->kind == SSTR && s->size == 0)
        memset(s->p1, (int)rx_reg(s->cpu, 2), s->done = s->n);
    else
        any_plain(s);
}

// ---- alone: through the machine
static bool load(const Step *s, uint32_t at, uint32_t *v) {
    uint64_t value = 0;
    bool ok = s->cpu->env->load(s->cpu->env->hart, at, s->size, &value);
    *v = (uint32_t)value;
    return ok;
}

static void alone(Step *s) {
    for (uint32_t k = 0; k < s->n && !s->stop; k++, s->done++) {
        uint32_t moved = s->kind == SMOVB ? 0 - k : k << s->size, v1 = 0, v2 = rx_reg(s->cpu, 2);
        uint32_t at1 = rx_reg(s->cpu, 1) + moved, at2 = v2 + moved;
        bool ok = !reads_r1(s->kind) || load(s, at1, &v1);
        ok = ok && (!reads_r2(s->kind) || load(s, at2, &v2));
        ok = ok && (!writes_r1(s->kind) || s->cpu->env->store(s->cpu->env->hart, at1, s->size, v2));
        if (!ok && k == 0) cpu_raise(s->cpu, RX_EXC_ACCESS, at1);
        if (!ok) return; // it is the first one of the next step
        s->stop = element(s, v1, v2);
    }
}

// ---- R4..R6: an 80-bit number, sign-extended to 96 bits
static __int128 read_sum(const Cpu *cpu) {
    uint64_t low = (uint64_t)rx_reg(cpu, 5) << 32 | rx_reg(cpu, 4);
    return (__int128)((unsigned __int128)(__int128)(int16_t)rx_reg(cpu, 6) << 64) + low;
}

static void write_sum(Cpu *cpu, __int128 sum) {
    int32_t high = (int16_t)(sum >> 64);
    cpu->slot[4] = (uint32_t)sum;
    cpu->slot[5] = (uint32_t)(sum >> 32);
    cpu->slot[6] = (uint32_t)high;
    rx_flags_write(cpu, RX_PSW_S | RX_PSW_O, (high < 0 ? RX_PSW_S : 0u) | (high != 0 && high != -1 ? RX_PSW_O : 0u));
}

static void commit(Step *s) {
    Cpu *cpu = s->cpu;
    uint32_t moved = s->kind == SMOVB ? 0 - s->done : s->done << s->size;
    cpu->slot[1] = rx_reg(cpu, 1) + moved;
    if (reads_r2(s->kind)) cpu->slot[2] = rx_reg(cpu, 2) + moved;
    cpu->slot[3] = rx_reg(cpu, 3) - s->done;
    if (s->kind == RMPA) write_sum(cpu, s->sum);
}

// What a step returns: is it to be done again, and the flags C and Z of SCMPU, SUNTIL and SWHILE.
enum { AGAIN = 1, FLAGS_SHIFT = 1 };
static uint64_t flags_result(bool c, bool z, bool again) {
    return (uint64_t)((c ? RX_PSW_C : 0u) | (z ? RX_PSW_Z : 0u)) << FLAGS_SHIFT | (again ? AGAIN : 0);
}

static uint64_t help_step(Cpu *cpu, uint64_t kind, uint64_t size, uint64_t none) {
    (void)none;
    if (!rx_reg(cpu, 3)) return sets_cz((Kind)kind) ? (uint64_t)rx_flags_read(cpu) << FLAGS_SHIFT : 0;
    Step s = {.cpu = cpu, .kind = (Kind)kind, .size = (unsigned)size};
    plan(&s);
    if (s.kind == RMPA) s.sum = read_sum(cpu);
    if (s.p1 && (s.p2 || !reads_r2(s.kind))) {
        plain(&s);
    } else if (cpu->alone) {
        alone(&s);
        if (cpu->raise_code) return 0;
    } else {
        cpu_raise(cpu, CPU_RAISE_ALONE, 0);
        return 0;
    }
    commit(&s);
    return flags_result(s.x >= s.y, s.x == s.y, !s.stop && rx_reg(cpu, 3));
}

// ---- quick: bytes, in one page each
// Bytes of the step; 0: not simple.
static uint32_t quick_bytes(const Cpu *cpu, bool reads_r2) {
    uint32_t n = rx_reg(cpu, 3), k;
    if (n > STEP_BYTES) n = STEP_BYTES;
    if ((k = in_page(rx_reg(cpu, 1), 0, false)) < n) n = k;
    if (reads_r2 && (k = in_page(rx_reg(cpu, 2), 0, false)) < n) n = k;
    return cpu->alone ? 0 : n;
}

static uint8_t *quick_at(const Cpu *cpu, unsigned r, bool store) {
    return cpu->env->plain_memory(cpu->env->hart, rx_reg(cpu, r), store);
}

static void advance(Cpu *cpu, uint32_t n, bool moves_r2) {
    cpu->slot[1] = rx_reg(cpu, 1) + n;
    if (moves_r2) cpu->slot[2] = rx_reg(cpu, 2) + n;
    cpu->slot[3] = rx_reg(cpu, 3) - n;
}

typedef struct Piece16 {
    uint64_t half[2];
} Piece16;

// As memmove() where no byte is read that was written before. WHY not it: a call costs more than these few bytes. WHY no
// pieces that overlap: what is stored by two and loaded by one waits.
static void copy_few(uint8_t *to, const uint8_t *from, uint32_t n) {
    enum { FEW = 64 };
    Piece16 long_piece;
    uint64_t piece;
    if (n > FEW) {
        memmove(to, from, n);
        return;
    }
    for (; n >= 16; n -= 16, to += 16, from += 16) memcpy(&long_piece, from, 16), memcpy(to, &long_piece, 16);
    if (n & 8) memcpy(&piece, from, 8), memcpy(to, &piece, 8), to += 8, from += 8;
    if (n & 4) memcpy(&piece, from, 4), memcpy(to, &piece, 4), to += 4, from += 4;
    if (n & 2) memcpy(&piece, from, 2), memcpy(to, &piece, 2), to += 2, from += 2;
    if (n & 1) *to = *from;
}

static uint64_t help_copy(Cpu *cpu, uint64_t kind, uint64_t size, uint64_t none) { // SMOVF, SMOVU
    uint32_t n = quick_bytes(cpu, true), ahead = rx_reg(cpu, 1) - rx_reg(cpu, 2);
    if (n && (ahead == 0 || ahead >= n)) {
        uint8_t *to = quick_at(cpu, 1, true);
        const uint8_t *from = to ? quick_at(cpu, 2, false) : NULL;
        if (from) {
            const uint8_t *zero = kind == SMOVU ? memchr(from, 0, n) : NULL;
            if (zero) n = (uint32_t)(zero - from) + 1;
            copy_few(to, from, n);
            advance(cpu, n, true);
            return !zero && rx_reg(cpu, 3);
        }
    }
    return help_step(cpu, kind, size, none);
}

static uint64_t help_fill(Cpu *cpu, uint64_t kind, uint64_t size, uint64_t none) { // SSTR.B
    uint32_t n = quick_bytes(cpu, false);
    uint8_t *to = n ? quick_at(cpu, 1, true) : NULL;
    if (!to) return help_step(cpu, kind, size, none);
    memset(to, (int)rx_reg(cpu, 2), n);
    advance(cpu, n, false);
    return rx_reg(cpu, 3) != 0;
}

// The first byte where they differ, or both end; n: none.
static uint32_t first_end(const uint8_t *p1, const uint8_t *p2, uint32_t n) {
    uint32_t k = 0;
    for (; k + 8 <= n; k += 8) {
        uint64_t a, b;
        memcpy(&a, p1 + k, 8);
        memcpy(&b, p2 + k, 8);
        uint64_t end = zero_byte(a), differ = a ^ b;
        if (!(end | differ)) continue;
        unsigned at_end = end ? (unsigned)__builtin_ctzll(end) / 8 : 8;
        unsigned at_differ = differ ? (unsigned)__builtin_ctzll(differ) / 8 : 8;
        return k + (at_end < at_differ ? at_end : at_differ);
    }
    while (k < n && p1[k] == p2[k] && p1[k]) k++;
    return k;
}

static uint64_t help_compare(Cpu *cpu, uint64_t kind, uint64_t size, uint64_t none) { // SCMPU
    uint32_t n = quick_bytes(cpu, true);
    const uint8_t *p1 = n ? quick_at(cpu, 1, false) : NULL, *p2 = p1 ? quick_at(cpu, 2, false) : NULL;
    if (!p2) return help_step(cpu, kind, size, none);
    uint32_t k = first_end(p1, p2, n), done = k < n ? k + 1 : n;
    uint8_t x = p1[done - 1], y = p2[done - 1];
    advance(cpu, done, true);
    return flags_result(x >= y, x == y, k == n && rx_reg(cpu, 3));
}

enum { R1_R3 = 7 << 1, R4_R6 = 7 << 4 };
static const IrHelper move_helper = {"rx_string", help_step, IR_HELPER_RAISES, R1_R3};
static const IrHelper copy_helper = {"rx_copy", help_copy, IR_HELPER_RAISES, R1_R3};
static const IrHelper fill_helper = {"rx_fill", help_fill, IR_HELPER_RAISES, R1_R3};
static const IrHelper search_helper = {"rx_string", help_step, IR_HELPER_RAISES, R1_R3 | RX_FLAG_SLOTS};
static const IrHelper compare_helper = {"rx_compare", help_compare, IR_HELPER_RAISES, R1_R3 | RX_FLAG_SLOTS};
static const IrHelper sum_helper = {"rx_string", help_step, IR_HELPER_RAISES, R1_R3 | R4_R6 | RX_FLAG_SLOTS};

static bool kind_of(uint16_t op, Kind *kind) {
    switch (op) {
    case RX_SMOVF: *kind = SMOVF; return true;
    case RX_SMOVB: *kind = SMOVB; return true;
    case RX_SMOVU: *kind = SMOVU; return true;
    case RX_SSTR: *kind = SSTR; return true;
    case RX_SCMPU: *kind = SCMPU; return true;
    case RX_SUNTIL: *kind = SUNTIL; return true;
    case RX_SWHILE: *kind = SWHILE; return true;
    case RX_RMPA: *kind = RMPA; return true;
    default: return false;
    }
}

static const IrHelper *helper_of(Kind kind, int64_t size) {
    switch (kind) {
    case SMOVF:
    case SMOVU: return &copy_helper;
    case SSTR: return size ? &move_helper : &fill_helper;
    case SCMPU: return &compare_helper;
    case SUNTIL:
    case SWHILE: return &search_helper;
    case RMPA: return &sum_helper;
    default: return &move_helper;
    }
}

bool rx_lift_string(Lift *l, const Insn *insn) {
    Kind kind;
    if (!kind_of(insn->op, &kind)) return false;
    IrRef which = ir_const(l->u, IR_I32, kind), size = ir_const(l->u, IR_I32, (uint64_t)insn->f[RX_F_SIZE]);
    IrRef r = ir_call(l->u, IR_I64, helper_of(kind, insn->f[RX_F_SIZE]), which, size, 0);
    if (sets_cz(kind)) {
        IrRef value[4] = {0};
        rx_flags_forget(l); // they are in their slots
        for (unsigned n = RX_FLAG_C; n <= RX_FLAG_Z; n++) value[n] = ir_op2i(l->u, IR_SHR, IR_I64, r, n + FLAGS_SHIFT);
        rx_flags_bits(l, 1 << RX_FLAG_C | 1 << RX_FLAG_Z, value);
    }
    lift_branch(l, IR_NE, IR_I64, ir_op2i(l->u, IR_AND, IR_I64, r, AGAIN), 0, l->pc);
    return true;
}
