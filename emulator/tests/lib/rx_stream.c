#include "tests/lib/rx_stream.h"
#include "guest/rx/guest_rx.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { AREA = 0x2000, BASES = 1 << 13 | 1 << 14, COUNTER = 12, INSNS_MAX = 400000 };
enum { HANDLERS = 0x8000, VECTORS = 0x8000, N_VECTORS = 256, USER_STACK = RX_STACK - 0x800, STACK_BYTES = 0x1000 };
enum {
    CMT_START = 0x88000,
    CMT_CONTROL = 0x88002,
    CMT_MATCH = 0x88006,
    SOFTWARE_VECTOR = 27,
    CMT_VECTOR = 28,
    SOFTWARE_REQUEST = 0x872e0,
    ICU_ENABLE = 0x87200,
    ICU_PRIORITY = 0x87300
};
enum { TO_SUPERVISOR = 7, END_REGISTER = 0x8ff00, END_PASS = 0x5555 };
enum { CR_PSW, CR_USP = 2, CR_FPSW };
#define FIXED_VECTORS 0xffffff80u

// ---- code
#define PUT(b, ...) bytes_add(b, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))
static uint8_t pair(unsigned high, unsigned low) { return (uint8_t)(high << 4 | low); }
static void load(Bytes *b, unsigned reg, uint32_t v) { // MOV.L #imm32, reg
    PUT(b, 0xfb, pair(reg, 2));
    bytes_put(b, v, 4);
}
static void mvtc(Bytes *b, unsigned reg, unsigned control) { PUT(b, 0xfd, 0x68, pair(reg, control)); }

static void mvfc(Bytes *b, unsigned reg, unsigned control) { PUT(b, 0xfd, 0x6a, pair(control, reg)); }

static RandLimits limits(void) {
    RandLimits l = rand_limits_default();
    l.exts = 1u << RX_EXT_ARITH | 1u << RX_EXT_LOGIC | 1u << RX_EXT_SHIFT | 1u << RX_EXT_MOVE | 1u << RX_EXT_BIT |
             1u << RX_EXT_DSP | 1u << RX_EXT_FLOAT;
    l.weight[INSN_CLASS_ALU] = 4;
    l.dest = 0x7fe, l.src = 0xffe,
    l.base = BASES; // r1..r10 are written (and r11 by long products), r13 and r14 address
    l.offset_min = 0, l.offset_max = 255;
    return l;
}

static uint32_t here(const RxStream *s) { return RX_CODE + s->at + s->code.n; }

static void plain(RxStream *s) { // now and then skipped by a condition
    uint8_t b[INSN_BYTES_MAX];
    if (rng_below(&s->rng, 30) == 0) mvfc(&s->code, 1 + (unsigned)rng_below(&s->rng, 9), CR_FPSW);
    RandLimits l = limits();
    unsigned len = (unsigned)rand_insn(&rx_insns, &s->rng, &l, b, NULL);
    if (rng_below(&s->rng, 5) == 0)
        PUT(&s->code, (uint8_t)(0x20 | rng_below(&s->rng, 14)), (uint8_t)(len + 2)); // BCnd.B
    bytes_add(&s->code, b, len);
}

// r15 = the end of the group, which is known when it is written: returns where that goes.
static uint32_t resume(RxStream *s) {
    load(&s->code, 15, 0);
    return s->code.n - 4;
}

static void undefined(RxStream *s) {
    uint8_t b[INSN_BYTES_MAX];
    do {
        for (unsigned i = 0; i < sizeof b; i++) b[i] = (uint8_t)rng_next(&s->rng);
    } while (guest_rx.decode(b, sizeof b, RX_CODE).len);
    bytes_add(&s->code, b, 3);
}

static void bad_access(RxStream *s) {
    load(&s->code, 10, 0x40000000 | (uint32_t)rng_next(&s->rng) >> 4);
    for (unsigned n = (unsigned)rng_below(&s->rng, 3); n; n--) plain(s);
    load(&s->code, 10, 0x40000000 | (uint32_t)rng_next(&s->rng) >> 4);
    unsigned other = 1 + (unsigned)rng_below(&s->rng, 9);
    if (rng_below(&s->rng, 2))
        PUT(&s->code, 0xec, pair(10, other)); // MOV.L [r10], other
    else
        PUT(&s->code, 0xe3, pair(10, other)); // MOV.L other, [r10]
}

// Into user mode by RTE, some instructions there, an attempt at what is forbidden, and back by INT.
static void user_mode(RxStream *s) {
    uint32_t to = s->code.n + 18;
    load(&s->code, 10, RX_PSW_PM | RX_PSW_U | (s->timer ? RX_PSW_I : 0) | (uint32_t)rng_below(&s->rng, 16));
    PUT(&s->code, 0x7e, 0xaa); // PUSH.L r10
    load(&s->code, 10, RX_CODE + s->at + to);
    PUT(&s->code, 0x7e, 0xaa, 0x7f, 0x95); // RTE
    BUG_IF(s->code.n != to, "where user mode begins");
    for (unsigned n = (unsigned)rng_below(&s->rng, 4); n; n--) plain(s);
    if (rng_below(&s->rng, 2)) {
        uint32_t end = resume(s);
        static const uint8_t forbidden[][2] = {{0x7f, 0xb8}, {0x7f, 0x96}, {0x7f, 0x95}}; // CLRPSW I, WAIT, RTE
        const uint8_t *f = forbidden[rng_below(&s->rng, ARRAY_LEN(forbidden))];
        PUT(&s->code, f[0], f[1]);
        bytes_set(&s->code, end, here(s), 4);
    }
    PUT(&s->code, 0x75, 0x60, TO_SUPERVISOR); // INT
}

static void float_exception(RxStream *s) {
    uint8_t b[INSN_BYTES_MAX];
    RandLimits l = limits();
    l.exts = 1u << RX_EXT_FLOAT;
    load(&s->code, 10,
         ((uint32_t)rng_next(&s->rng) & 0x7c00) | (uint32_t)(rng_below(&s->rng, 2) << 8) |
             (uint32_t)rng_below(&s->rng, 4));
    mvtc(&s->code, 10, CR_FPSW);
    for (unsigned n = 1 + (unsigned)rng_below(&s->rng, 3); n; n--)
        bytes_add(&s->code, b, rand_insn(&rx_insns, &s->rng, &l, b, NULL));
}

static void trap(RxStream *s) {
    if (rng_below(&s->rng, 3))
        PUT(&s->code, 0x75, 0x60, (uint8_t)rng_next(&s->rng) | 8); // INT: another number than that for user mode
    else
        PUT(&s->code, 0x00); // BRK
}

// A byte of an instruction that may have run already, or is next, is overwritten: no fence is needed.
static void patch(RxStream *s) {
    unsigned reg = 1 + (unsigned)rng_below(&s->rng, 9);
    uint32_t at = s->code.n + 2;
    load(&s->code, 10, 0);
    load(&s->code, 9, pair((unsigned)rng_below(&s->rng, 16), reg));
    PUT(&s->code, 0xc3, 0xa9); // MOV.B r9, [r10]
    for (unsigned n = (unsigned)rng_below(&s->rng, 3); n; n--) plain(s);
    bytes_set(&s->code, at, here(s) + 1, 4);
    PUT(&s->code, 0x62, pair(1, reg)); // ADD #1, reg
}

static void software_interrupt(RxStream *s) {
    load(&s->code, 10, SOFTWARE_REQUEST);
    load(&s->code, 9, 1);
    PUT(&s->code, 0xc3, 0xa9); // MOV.B r9, [r10]
}

static void make_item(RxStream *s) {
    uint64_t kind = rng_below(&s->rng, 40);
    if (kind >= 6) {
        void (*const how)(RxStream *) = kind == 6 ? patch : kind == 7 && s->timer ? software_interrupt : plain;
        how(s);
        return;
    }
    uint32_t end = resume(s);
    static void (*const kinds[])(RxStream *) = {undefined, bad_access, user_mode, float_exception, trap, trap};
    kinds[kind](s);
    if (kind != 2) bytes_set(&s->code, end, here(s), 4);
    if (kind == 2) bytes_set(&s->code, end, here(s) - 3, 4); // what goes wrong in user mode ends at its INT
    if (kind == 3) {
        load(&s->code, 10, RX_FPSW_RESET);
        mvtc(&s->code, 10, CR_FPSW);
    }
}

static void finish(RxStream *s, uint32_t head) {
    PUT(&s->code, 0x60, pair(1, COUNTER)); // SUB #1
    int distance = (int)head - (int)s->code.n;
    PUT(&s->code, 0x3b, (uint8_t)distance, (uint8_t)(distance >> 8)); // BNE.W
    if (!s->timer) {
        PUT(&s->code, 0x7f, 0x96); // WAIT
        return;
    }
    load(&s->code, 15, END_REGISTER);
    load(&s->code, 14, END_PASS);
    PUT(&s->code, 0xe3, 0xfe, 0x2e, 0x00); // MOV.L r14, [r15]; BRA to itself
}

void rx_stream_make(RxStream *s, uint64_t seed) {
    s->rng = (Rng){seed};
    s->seed = seed;
    s->at = 0x1000 - (uint32_t)rng_below(&s->rng, 200);
    s->timer = rng_below(&s->rng, 3) ? 0 : 1 + (unsigned)rng_below(&s->rng, rng_below(&s->rng, 4) ? 3 : 40);
    Rng way = {seed ^ 0x7a9}; // of its own: a switch more changes no program
    s->features = (Features){0};
    for (unsigned f = 0; f < FEATURE_COUNT; f++)
        if (rng_below(&way, 4) && feature_info((Feature)f).built) s->features.on |= FEATURE_BIT(f);
    s->tiny_cache = rng_below(&way, 4) == 0;
    s->interp = rng_below(&way, 8) == 0;
    s->code.n = s->n_items = 0;
    for (unsigned n = 3 + (unsigned)rng_below(&s->rng, 60); n; n--) {
        uint32_t number = s->n_items++, start = s->code.n;
        make_item(s);
        if (s->dropped && number < s->n_dropped && s->dropped[number]) s->code.n = start;
    }
    finish(s, 0);
}

// ---- running
// Of an exception: r11 = where it was, and on at r15. Of a trap: r11 counts. TO_SUPERVISOR: the mode that is returned to is the other.
static void put_handlers(Machine *m) {
    Bytes b = {0};
    const uint32_t base = RX_CODE + HANDLERS;
    PUT(&b, 0xec, 0x0b, 0xe3, 0x0f, 0x7f, 0x95); // MOV.L [r0], r11; MOV.L r15, [r0]; RTE
    uint32_t of_trap = b.n;
    PUT(&b, 0xfd, 0x6e, 0x5b, 0x62, 0x3b, 0x7f, 0x95); // ROTL #5, r11; ADD #3, r11; RTE
    uint32_t back = b.n;
    PUT(&b, 0xed, 0x0b, 0x01);             // MOV.L 4[r0], r11
    PUT(&b, 0x7b, 0x4b, 0x7b, 0x1b);       // BCLR #20, r11; BCLR #17, r11
    PUT(&b, 0xe7, 0x0b, 0x01, 0x7f, 0x95); // MOV.L r11, 4[r0]; RTE
    rx_machine_put(m, base, b.at, b.n);
    uint32_t fixed[31], vectors[N_VECTORS];
    for (unsigned i = 0; i < ARRAY_LEN(fixed); i++) fixed[i] = base;
    for (unsigned i = 0; i < N_VECTORS; i++) vectors[i] = base + (i == TO_SUPERVISOR ? back : of_trap);
    rx_machine_put(m, FIXED_VECTORS, fixed, sizeof fixed);
    rx_machine_put(m, RX_DATA + VECTORS, vectors, sizeof vectors);
    vec_free(&b);
}

static void poke(Machine *m, uint32_t at, unsigned size, uint64_t value) {
    BUG_IF(mem_store(&m->mem, at, size, true, true, value) != MEM_OK, "no register at %#x", at);
}

static void start_timer(Machine *m, unsigned counts) {
    poke(m, ICU_ENABLE + CMT_VECTOR / 8, 1, 1u << CMT_VECTOR % 8 | 1u << SOFTWARE_VECTOR % 8);
    poke(m, ICU_PRIORITY + 3, 1, 7); // of the software interrupt
    poke(m, ICU_PRIORITY + 4, 1, 5); // of CMT0
    poke(m, CMT_MATCH, 2, counts - 1);
    poke(m, CMT_CONTROL, 2, 0x40); // interrupts, the fastest clock
    poke(m, CMT_START, 2, 1);
}

static void begin(Machine *m, const RxStream *s) {
    Rng r = {s->seed};
    Cpu *cpu = machine_cpu(m);
    uint8_t *data = malloc(AREA);
    BUG_IF(!data, "no memory for data");
    for (unsigned i = 0; i < AREA; i++) data[i] = (uint8_t)rng_next(&r);
    rx_machine_put(m, RX_DATA, data, AREA);
    free(data);
    if (s->code.n) rx_machine_put(m, RX_CODE + s->at, s->code.at, s->code.n);
    put_handlers(m);
    for (unsigned i = 0; i < 16; i++) cpu->slot[i] = (uint32_t)(rng_below(&r, 3) ? rng_next(&r) : rng_below(&r, 40));
    cpu->slot[0] = RX_STACK;
    cpu->slot[13] = RX_DATA + 16, cpu->slot[14] = RX_DATA + 0x1000 - 250, cpu->slot[15] = RX_CODE + HANDLERS - 16;
    cpu->slot[COUNTER] = rng_below(&r, 10) ? 1 + rng_below(&r, 8) : 300;
    cpu->slot[RX_SLOT_ACC] = rng_next(&r);
    rx_fpsw_write(cpu, RX_FPSW_RESET | (uint32_t)(rng_below(&r, 2) ? 0 : rng_below(&r, 4)));
    cpu->slot[RX_SLOT_INTB] = RX_DATA + VECTORS;
    cpu->slot[RX_SLOT_OTHER_SP] = USER_STACK;
    rx_psw_write(cpu, (uint32_t)rng_below(&r, 16) | (s->timer ? RX_PSW_I : 0));
    if (s->timer) start_timer(m, s->timer);
    m->o.max_insns = s->max_insns ? s->max_insns : INSNS_MAX;
}

// WHY int: all are compared and told, by &, which clang takes for a slip between two bools.
static int same(const char *what, uint64_t want, uint64_t got) {
    if (want != got) fprintf(stderr, "  %s: %#" PRIx64 " instead of %#" PRIx64 "\n", what, got, want);
    return want == got;
}

static int same_memory(Machine *want, Machine *got, uint32_t at, size_t n) {
    uint8_t *p = malloc(2 * n);
    BUG_IF(!p || !mem_copy_out(&want->mem, at, p, n) || !mem_copy_out(&got->mem, at, p + n, n), "no memory at %#x", at);
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++)
        ok = p[i] == p[n + i] || same("address and byte of memory", (at + i) << 8 | p[i], (at + i) << 8 | p[n + i]);
    free(p);
    return ok;
}

static bool same_state(Machine *want, Machine *got) {
    const Cpu *a = machine_cpu(want), *b = machine_cpu(got);
    bool ok = same("end", want->end, got->end) & same("pc", a->pc, b->pc) & same("retired", cpu_now(a), cpu_now(b)) &
              same("psw", rx_psw_read(a), rx_psw_read(b)) & same("acc", a->slot[RX_SLOT_ACC], b->slot[RX_SLOT_ACC]) &
              same("fpsw", rx_fpsw_read(a), rx_fpsw_read(b)) &
              same("exceptions", want->stats.v[STAT_exceptions], got->stats.v[STAT_exceptions]) &
              same("interrupts", want->stats.v[STAT_interrupts], got->stats.v[STAT_interrupts]);
    char name[8];
    for (unsigned i = 0; i < 16; i++)
        snprintf(name, sizeof name, "r%u", i), ok &= same(name, rx_reg(a, i), rx_reg(b, i));
    return ok & same_memory(want, got, RX_DATA, AREA) & same_memory(want, got, RX_STACK - STACK_BYTES, STACK_BYTES) &
           same_memory(want, got, RX_CODE, HANDLERS);
}

void rx_stream_features(const RxStream *s, char *out, size_t size) {
    size_t n = (size_t)snprintf(out, size, "none");
    for (unsigned f = 0; f < FEATURE_COUNT; f++)
        if (s->features.on & FEATURE_BIT(f))
            n += (size_t)snprintf(out + n, size - n, ",+%s", feature_info((Feature)f).name);
}

static Machine *run(const RxStream *s, bool oracle) {
    Machine *m = malloc(sizeof *m);
    char features[300];
    bool interp = oracle || s->interp;
    BUG_IF(!m, "no memory for a machine");
    rx_stream_features(s, features, sizeof features);
    rx_machine_init(m, &(RxWay){"a stream", oracle ? "none" : features, interp});
    if (!oracle && s->guest) m->jit.o.guest = s->guest;
    begin(m, s);
    size_t whole = m->jit.cache.size;
    if (!interp && s->tiny_cache) m->jit.cache.size = m->jit.cache.reserved + (24u << 10);
    rx_machine_run(m, RX_CODE + s->at);
    if (!interp) m->jit.cache.size = whole;
    return m;
}

bool rx_stream_same(const RxStream *s, RxStreamSum *sum) {
    Machine *want = run(s, true), *got = run(s, false);
    bool ok = same_state(want, got);
    if (sum) {
        sum->insns += cpu_now(machine_cpu(want)), sum->regions += got->stats.v[STAT_regions_translated];
        sum->exceptions += want->stats.v[STAT_exceptions], sum->interrupts += want->stats.v[STAT_interrupts];
        sum->patched += got->stats.v[STAT_units_invalidated];
        sum->ended += want->end == RUN_GUEST_EXIT || (want->end == RUN_STUCK && strstr(want->stuck_reason, "waits"));
    }
    machine_free(want);
    machine_free(got);
    free(want);
    free(got);
    return ok;
}
