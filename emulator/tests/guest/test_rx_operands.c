// Oracle: the register form of the same instruction in tests/lib/rx_model.c, with the operand extended here; for moves,
// the stack, bits in memory and exchanges a few lines written from the description.
#include "guest/rand.h"
#include "tests/lib/rx_machine.h"
#include "tests/lib/rx_model.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { D = 9, S = 3, STEP = 32 };

typedef struct World {
    Machine *m[RX_WAYS];
    uint32_t next;
    Rng rng;
} World;

static int set_up(void **state) {
    World *w = calloc(1, sizeof *w);
    *state = w;
    for (unsigned i = 0; w && i < RX_WAYS; i++) {
        w->m[i] = malloc(sizeof *w->m[i]);
        if (!w->m[i]) return 1;
        rx_machine_init(w->m[i], &rx_ways[i]);
    }
    if (w) w->next = RX_CODE;
    return !w;
}

static int tear_down(void **state) {
    World *w = *state;
    for (unsigned i = 0; i < RX_WAYS; i++) {
        machine_free(w->m[i]);
        free(w->m[i]);
    }
    free(w);
    return 0;
}

typedef struct Case {
    uint8_t code[16];
    unsigned len;
    RxModel in, out;
    uint32_t at; // memory that it reads or writes
    uint8_t before[64], after[64];
} Case;

static void add_byte(Case *c, unsigned v) { c->code[c->len++] = (uint8_t)v; }
static void add_dsp(Case *c, unsigned ld, uint32_t dsp) { // unscaled
    if (ld) add_byte(c, dsp);
    if (ld == 2) add_byte(c, dsp >> 8);
}

static Case begin(World *w) {
    Case c = {.at = RX_DATA + 64 * (uint32_t)rng_below(&w->rng, 200)};
    for (unsigned r = 0; r < 16; r++) c.in.r[r] = (uint32_t)rng_next(&w->rng);
    c.in.r[0] = RX_STACK;
    c.in.c = rng_below(&w->rng, 2), c.in.z = rng_below(&w->rng, 2), c.in.s = rng_below(&w->rng, 2),
    c.in.o = rng_below(&w->rng, 2);
    for (unsigned i = 0; i < 64; i++) c.before[i] = (uint8_t)(rng_below(&w->rng, 2) ? rng_next(&w->rng) : 0xff);
    memcpy(c.after, c.before, 64);
    c.out = c.in;
    return c;
}

static uint32_t get(const uint8_t *p, unsigned size) {
    uint32_t v = 0;
    memcpy(&v, p, 1u << size);
    return v;
}
static uint32_t extended(uint32_t v, unsigned size, bool is_signed) {
    if (size == 0) return is_signed ? (uint32_t)(int8_t)v : v & 0xff;
    if (size == 1) return is_signed ? (uint32_t)(int16_t)v : v & 0xffff;
    return v;
}

static unsigned psw_of(const RxModel *m) { return (unsigned)(m->c | m->z << 1 | m->s << 2 | m->o << 3); }

static void run_case(World *w, const Case *c, const char *what) {
    uint8_t code[STEP] = {0}, memory[64];
    memcpy(code, c->code, c->len);
    code[c->len] = 0x7f, code[c->len + 1] = 0x96;
    for (unsigned i = 0; i < RX_WAYS; i++) {
        Machine *m = w->m[i];
        Cpu *cpu = machine_cpu(m);
        rx_machine_put(m, w->next, code, c->len + 2);
        rx_machine_put(m, c->at, c->before, 64);
        rx_psw_write(cpu, psw_of(&c->in));
        for (unsigned r = 0; r < 16; r++) cpu->slot[r] = c->in.r[r];
        if (!rx_machine_run(m, w->next)) fail_msg("%s, %s: %s", rx_ways[i].name, what, m->stuck_reason);
        mem_copy_out(&m->mem, c->at, memory, 64);
        for (unsigned r = 0; r < 16; r++)
            if (rx_reg(cpu, r) != c->out.r[r])
                fail_msg("%s, %s: r%u was %#x, is %#x, not %#x", rx_ways[i].name, what, r, c->in.r[r], rx_reg(cpu, r),
                         c->out.r[r]);
        if (rx_flags_read(cpu) != psw_of(&c->out)) fail_msg("%s, %s: flags", rx_ways[i].name, what);
        if (memcmp(memory, c->after, 64)) fail_msg("%s, %s: memory", rx_ways[i].name, what);
    }
    w->next += STEP;
}

// ---- sources in memory: .B .W .L .UW by the prefix, .UB by the short form
typedef struct Alu {
    RxModelOp op;
    uint8_t short_code; // 0: none
    uint8_t long_code;  // third byte of the prefixed form
} Alu;

static const Alu alus[] = {
    {RX_MODEL_SUB, 0x40, 0}, {RX_MODEL_CMP, 0x44, 0}, {RX_MODEL_ADD, 0x48, 0}, {RX_MODEL_MUL, 0x4c, 0},
    {RX_MODEL_AND, 0x50, 0}, {RX_MODEL_OR, 0x54, 0},  {RX_MODEL_MAX, 0, 4},    {RX_MODEL_MIN, 0, 5},
    {RX_MODEL_EMUL, 0, 6},   {RX_MODEL_EMULU, 0, 7},  {RX_MODEL_DIV, 0, 8},    {RX_MODEL_DIVU, 0, 9},
    {RX_MODEL_TST, 0, 12},   {RX_MODEL_XOR, 0, 13},   {RX_MODEL_XCHG, 0, 16},  {RX_MODEL_SBB, 0, 0},
    {RX_MODEL_ADC, 0, 2},
};

static void encode_source(Case *c, const Alu *a, unsigned mm, unsigned ld, uint32_t dsp) {
    if (mm < 4) {
        add_byte(c, 6);
        add_byte(c, mm << 6 | (a->short_code ? a->short_code & 0x1c : 0x20u) | ld);
        if (!a->short_code) add_byte(c, a->long_code);
    } else if (a->short_code) {
        add_byte(c, a->short_code | ld);
    } else {
        add_byte(c, 0xfc);
        add_byte(c, (unsigned)a->long_code << 2 | ld);
    }
    add_byte(c, S << 4 | D);
    add_dsp(c, ld, dsp);
}

static void source_case(World *w, const Alu *a, unsigned mm, unsigned ld) {
    static const uint8_t sizes[] = {0, 1, 2, 1, 0};
    unsigned size = sizes[mm], offset = 16 + (unsigned)rng_below(&w->rng, 8);
    uint32_t dsp = ld == 0 ? 0 : (uint32_t)rng_below(&w->rng, ld == 1 ? 256 : 65536);
    Case c = begin(w);
    c.in.r[S] = c.out.r[S] = c.at + offset - (dsp << size);
    uint32_t v = extended(get(c.before + offset, size), size, mm < 3);
    encode_source(&c, a, mm, ld, dsp);
    RxModel m = c.in;
    m.r[15] = v; // the model's source
    rx_model_step(&m, (RxModelInsn){a->op, D, 15, 0});
    if (a->op == RX_MODEL_XCHG) memcpy(c.after + offset, &c.in.r[D], 1u << size);
    m.r[15] = c.in.r[15];
    c.out = m;
    run_case(w, &c, rx_model_names[a->op]);
}

static void test_sources(void **state) {
    World *w = *state;
    for (unsigned k = 0; k < ARRAY_LEN(alus); k++)
        for (unsigned mm = 0; mm < 5; mm++)
            for (unsigned ld = 0; ld < 3; ld++) {
                bool carry = alus[k].op == RX_MODEL_ADC || alus[k].op == RX_MODEL_SBB;
                for (unsigned n = 0; n < 4 && (!carry || mm == 2); n++) source_case(w, &alus[k], mm, ld);
            }
}

// ---- moves
static void put(Case *c, unsigned offset, unsigned size, uint32_t v) { memcpy(c->after + offset, &v, 1u << size); }

static void load_store(World *w, unsigned size, unsigned ld, bool store) {
    uint32_t dsp = ld ? (uint32_t)rng_below(&w->rng, ld == 1 ? 256 : 65536) : 0;
    unsigned offset = 8 + (unsigned)rng_below(&w->rng, 40);
    Case c = begin(w);
    c.in.r[S] = c.out.r[S] = c.at + offset - (dsp << size);
    add_byte(&c, 0xc0 | size << 4 | (store ? ld << 2 | 3 : 3 << 2 | ld));
    add_byte(&c, S << 4 | D); // the high half is the base both ways
    add_dsp(&c, ld, dsp);
    if (store)
        put(&c, offset, size, c.in.r[D]);
    else
        c.out.r[D] = extended(get(c.before + offset, size), size, true);
    run_case(w, &c, store ? "store" : "load");
}

static void memory_to_memory(World *w, unsigned size, unsigned ld, unsigned le) {
    uint32_t dsp = ld ? (uint32_t)rng_below(&w->rng, 256) : 0, dsp2 = le ? (uint32_t)rng_below(&w->rng, 256) : 0;
    Case c = begin(w);
    c.in.r[S] = c.out.r[S] = c.at + 4 - (dsp << size);
    c.in.r[D] = c.out.r[D] = c.at + 32 - (dsp2 << size);
    add_byte(&c, 0xc0 | size << 4 | le << 2 | ld);
    add_byte(&c, S << 4 | D);
    add_dsp(&c, ld, dsp);
    add_dsp(&c, le, dsp2);
    put(&c, 32, size, get(c.before + 4, size));
    run_case(w, &c, "memory to memory");
}

static void immediate(World *w, unsigned size, unsigned le, unsigned il) {
    static const unsigned lengths[] = {4, 1, 2, 3};
    uint32_t dsp = le ? (uint32_t)rng_below(&w->rng, 256) : 0, raw = (uint32_t)rng_next(&w->rng), v = raw;
    Case c = begin(w);
    c.in.r[S] = c.out.r[S] = c.at + 12 - (dsp << size);
    add_byte(&c, 0xf8 | le);
    add_byte(&c, S << 4 | il << 2 | size);
    add_dsp(&c, le, dsp);
    for (unsigned k = 0; k < lengths[il]; k++) add_byte(&c, raw >> (8 * k));
    if (il) v = (uint32_t)((int32_t)(raw << (32 - 8 * lengths[il])) >> (32 - 8 * lengths[il]));
    put(&c, 12, size, v);
    run_case(w, &c, "immediate to memory");
}

static void unsigned_load(World *w, unsigned size, unsigned ld) {
    uint32_t dsp = ld ? (uint32_t)rng_below(&w->rng, 256) : 0;
    Case c = begin(w);
    c.in.r[S] = c.out.r[S] = c.at + 20 - (dsp << size);
    add_byte(&c, 0x58 | size << 2 | ld);
    add_byte(&c, S << 4 | D);
    add_dsp(&c, ld, dsp);
    c.out.r[D] = get(c.before + 20, size);
    run_case(w, &c, "movu");
}

static void short_forms(World *w, unsigned size) {
    unsigned dsp = (unsigned)rng_below(&w->rng, 32), s = 3, d = 6;
    for (unsigned kind = 0; kind < 4; kind++) { // store, load, unsigned load, immediate
        if (kind == 2 && size == 2) continue;
        Case c = begin(w);
        c.in.r[s] = c.out.r[s] = c.at + 24 - (dsp << size);
        unsigned first = kind == 2 ? 0xb0 | size << 3 : 0x80 | size << 4 | (kind == 1) << 3;
        if (kind == 3)
            add_byte(&c, 0x3c | size), add_byte(&c, (dsp >> 4) << 7 | s << 4 | (dsp & 15)), add_byte(&c, 0xc8);
        else
            add_byte(&c, first | dsp >> 2), add_byte(&c, (dsp >> 1 & 1) << 7 | s << 4 | (dsp & 1) << 3 | d);
        uint32_t v = get(c.before + 24, size);
        // v(4 3 2) in the first byte, then v1 and v0 of the second
        if (kind == 0) put(&c, 24, size, c.in.r[d]);
        if (kind == 1) c.out.r[d] = extended(v, size, true);
        if (kind == 2) c.out.r[d] = v;
        if (kind == 3) put(&c, 24, size, 0xc8);
        run_case(w, &c, "short move");
    }
}

static void indexed(World *w, unsigned size, unsigned kind) { // 0 store, 1 load, 3 unsigned load
    Case c = begin(w);
    uint32_t index = (uint32_t)rng_next(&w->rng) >> 3;
    c.in.r[S] = c.out.r[S] = index;
    c.in.r[5] = c.out.r[5] = c.at + 28 - (index << size);
    add_byte(&c, 0xfe);
    add_byte(&c, kind << 6 | size << 4 | S);
    add_byte(&c, 5 << 4 | D);
    if (kind == 0)
        put(&c, 28, size, c.in.r[D]);
    else
        c.out.r[D] = extended(get(c.before + 28, size), size, kind == 1);
    run_case(w, &c, "indexed");
}

static void updating(World *w, unsigned size, unsigned kind, bool before,
                     bool same) { // 0 store, 1 load, 3 unsigned load
    Case c = begin(w);
    unsigned d = same ? S : D;
    uint32_t moved = before ? c.at + 16 : c.at + 16 + (1u << size);
    c.in.r[S] = before ? c.at + 16 + (1u << size) : c.at + 16;
    c.out.r[S] = moved;
    add_byte(&c, 0xfd);
    add_byte(&c, 0x20 | (kind == 0 ? 0u : kind == 1 ? 8u : 0x18u) | (unsigned)before << 2 | size);
    add_byte(&c, S << 4 | d);
    if (kind == 0)
        put(&c, 16, size, c.in.r[d]); // the value before the update
    else
        c.out.r[d] = extended(get(c.before + 16, size), size, kind == 1);
    run_case(w, &c, "updating");
}

static void test_moves(void **state) {
    World *w = *state;
    for (unsigned size = 0; size < 3; size++)
        for (unsigned ld = 0; ld < 3; ld++)
            for (unsigned n = 0; n < 4; n++) {
                load_store(w, size, ld, false);
                load_store(w, size, ld, true);
                memory_to_memory(w, size, ld, n % 2);
                immediate(w, size, ld % 2, n);
                if (size < 2) unsigned_load(w, size, ld % 2);
                short_forms(w, size);
                indexed(w, size, n & 1);
                if (size < 2) indexed(w, size, 3);
                updating(w, size, n & 1, n & 2, ld == 0);
                if (size < 2) updating(w, size, 3, n & 1, ld == 0);
            }
}

// ---- the stack lies in the memory of the case
static Case begin_stack(World *w, unsigned offset) {
    Case c = begin(w);
    c.in.r[0] = c.out.r[0] = c.at + offset;
    return c;
}

static void push_pop(World *w, unsigned size) {
    Case c = begin_stack(w, 32);
    add_byte(&c, 0x7e), add_byte(&c, 0x80 | size << 4 | S);
    put(&c, 28, size, c.in.r[S]);
    c.out.r[0] -= 4;
    run_case(w, &c, "push");
    c = begin_stack(w, 32);
    add_byte(&c, 0x7e), add_byte(&c, 0xb0 | D);
    c.out.r[D] = get(c.before + 32, 2);
    c.out.r[0] += 4;
    run_case(w, &c, "pop");
    c = begin_stack(w, 32);
    c.in.r[S] = c.out.r[S] = c.at + 40;
    add_byte(&c, 0xf4), add_byte(&c, S << 4 | 8 | size);
    put(&c, 28, size, get(c.before + 40, size));
    c.out.r[0] -= 4;
    run_case(w, &c, "push from memory");
}

static void push_range(World *w, unsigned from, unsigned to) {
    unsigned n = to - from + 1;
    Case c = begin_stack(w, 4 * n);
    add_byte(&c, 0x6e), add_byte(&c, from << 4 | to);
    for (unsigned k = 0; k < n; k++) put(&c, 4 * k, 2, c.in.r[from + k]);
    c.out.r[0] -= 4 * n;
    run_case(w, &c, "pushm");
    c = begin_stack(w, 0);
    add_byte(&c, 0x6f), add_byte(&c, from << 4 | to);
    for (unsigned k = 0; k < n; k++) c.out.r[from + k] = get(c.before + 4 * k, 2);
    c.out.r[0] += 4 * n;
    run_case(w, &c, "popm");
}

// A call over a byte that must not run, and back through RTS, RTSD and RTSD with registers.
static void calls(World *w) {
    static const uint8_t rts[] = {0x02}, rtsd[] = {0x67, 2}, rtsd_range[] = {0x3f, 0x6a, 7};
    Case c = begin_stack(w, 56);
    uint32_t at = w->next;
    c.len = 3; // BSR.W +16
    memcpy(c.code, (uint8_t[]){0x39, 16, 0}, 3);
    for (unsigned i = 0; i < RX_WAYS; i++) rx_machine_put(w->m[i], at + 16, rts, 1);
    put(&c, 52, 2, at + 3);
    run_case(w, &c, "bsr, rts");
    c = begin_stack(w, 16);
    at = w->next + 16;
    memcpy(c.before + 16 + 8, &(uint32_t){w->next + 2}, 4);
    memcpy(c.after, c.before, 64);
    c.len = 2; // BRA.B to RTSD #8
    memcpy(c.code, (uint8_t[]){0x2e, 16}, 2);
    for (unsigned i = 0; i < RX_WAYS; i++) rx_machine_put(w->m[i], at, rtsd, 2);
    c.out.r[0] += 12;
    run_case(w, &c, "rtsd");
    c = begin_stack(w, 8);
    at = w->next + 16;
    memcpy(c.before + 8 + 28, &(uint32_t){w->next + 2}, 4);
    memcpy(c.after, c.before, 64);
    c.len = 2; // BRA.B to RTSD #28, R6-R10
    memcpy(c.code, (uint8_t[]){0x2e, 16}, 2);
    for (unsigned i = 0; i < RX_WAYS; i++) rx_machine_put(w->m[i], at, rtsd_range, 3);
    for (unsigned r = 6; r <= 10; r++) c.out.r[r] = get(c.before + 8 + 28 - 20 + 4 * (r - 6), 2);
    c.out.r[0] += 32;
    run_case(w, &c, "rtsd with registers");
}

// Calls and jumps through registers; each lands on the code behind.
static void computed(World *w) {
    for (unsigned kind = 0; kind < 4; kind++) { // JMP, JSR, BRA.L, BSR.L
        Case c = begin_stack(w, 40);
        uint32_t to = w->next + 2;
        c.in.r[S] = c.out.r[S] = kind < 2 ? to : to - w->next;
        add_byte(&c, 0x7f), add_byte(&c, (unsigned)(kind < 2 ? kind << 4 : 0x40 | (kind & 1) << 4) | S);
        if (kind & 1) put(&c, 36, 2, w->next + 2), c.out.r[0] -= 4;
        run_case(w, &c, "computed jump");
    }
}

static void test_stack(void **state) {
    World *w = *state;
    for (unsigned size = 0; size < 3; size++) push_pop(w, size);
    for (unsigned from = 1; from < 15; from++)
        for (unsigned to = from + 1; to <= 15 && to < from + 13; to += 1 + (unsigned)rng_below(&w->rng, 3))
            push_range(w, from, to);
    for (unsigned n = 0; n < 4; n++) calls(w), computed(w);
}

// ---- bits and conditions in memory
static bool holds(const RxModel *m, unsigned cond) { // by SCcnd of the model
    RxModel t = *m;
    rx_model_step(&t, (RxModelInsn){RX_MODEL_SC, 1, 1, cond});
    return t.r[1];
}

static void bit_case(World *w, unsigned kind, bool by_register, unsigned ld) { // 0 set, 1 clear, 2 test, 3 invert
    static const uint8_t first[] = {0xf0, 0xf0, 0xf4};
    unsigned bit = (unsigned)rng_below(&w->rng, 8);
    uint32_t dsp = ld ? (uint32_t)rng_below(&w->rng, 256) : 0;
    Case c = begin(w);
    c.in.r[S] = c.out.r[S] = c.at + 10 - dsp;
    if (by_register) {
        c.in.r[D] = c.out.r[D] = (c.in.r[D] & ~7u) | bit; // only its low three bits count
        add_byte(&c, 0xfc), add_byte(&c, 0x60 | kind << 2 | ld), add_byte(&c, S << 4 | D);
    } else if (kind == 3) {
        add_byte(&c, 0xfc), add_byte(&c, 0xe0 | bit << 2 | ld), add_byte(&c, S << 4 | 15);
    } else {
        add_byte(&c, first[kind] | ld), add_byte(&c, S << 4 | (kind == 1) << 3 | bit);
    }
    add_dsp(&c, ld, dsp);
    uint8_t *v = &c.after[10];
    if (kind == 0) *v |= (uint8_t)(1 << bit);
    if (kind == 1) *v &= (uint8_t) ~(1 << bit);
    if (kind == 3) *v ^= (uint8_t)(1 << bit);
    if (kind == 2) c.out.c = *v >> bit & 1, c.out.z = !c.out.c;
    run_case(w, &c, "bit in memory");
}

static void test_bits(void **state) {
    World *w = *state;
    for (unsigned n = 0; n < 4; n++)
        for (unsigned kind = 0; kind < 4; kind++)
            for (unsigned ld = 0; ld < 2; ld++) bit_case(w, kind, n & 1, ld);
    for (unsigned cond = 0; cond < 14; cond++)
        for (unsigned n = 0; n < 6; n++) {
            Case c = begin(w);
            unsigned size = n % 3, bit = n;
            c.in.r[S] = c.out.r[S] = c.at + 12 - (5u << size);
            add_byte(&c, 0xfc), add_byte(&c, 0xd0 | size << 2 | 1), add_byte(&c, S << 4 | cond), add_byte(&c, 5);
            put(&c, 12, size, holds(&c.in, cond));
            run_case(w, &c, "sccnd in memory");
            c = begin(w);
            c.in.r[S] = c.out.r[S] = c.at + 12;
            add_byte(&c, 0xfc), add_byte(&c, 0xe0 | bit << 2), add_byte(&c, S << 4 | cond);
            c.after[12] = (uint8_t)((c.before[12] & ~(1u << bit)) | (unsigned)holds(&c.in, cond) << bit);
            run_case(w, &c, "bmcnd in memory");
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sources, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_moves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stack, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bits, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
