// Oracle: the interpreter without any pass or switch. Random RV64IMAC streams (tests/lib/stream.h) run under
// jit with random switches, passes and cache sizes: registers, CSRs, memory, every trap with the count at which
// it came, and the end agree.
//
//   test_streams [--runs=N] [--seed=S] [--features=LIST] [--image=FILE]     --seed=S alone is that one stream
//   --shrink with --seed=S: leaves out what it can of a stream that fails, and prints the rest as a case (tests/diff/streams)
//   --plant: the translator takes SUB for ADD; for the test of the above
//   --image: writes N streams from S as one ELF that prints a line for each (see qemu.test.sh), and all registers if N
//   = 1
// tests: slow
#include "guest/rv64/guest_rv64.h"
#include "guest/rv64/rv64.h"
#include "run/machine.h"
#include "tests/lib/shrink.h"
#include "tests/lib/stream.h"
#include "tests/lib/stream_run.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Args {
    uint64_t runs, seed;
    const char *features, *image;
    bool shrink, plant;
} Args;

enum { ALL_SEEN = 2000 }; // streams that have made each row of the table
static const char *const cases = "emulator/tests/diff/streams";

static bool lift_wrong(Lift *l, const Insn *insn) {
    Insn other = *insn;
    if (other.op == RV64_SUB) other.op = RV64_ADD;
    return guest_rv64.lift(l, &other);
}

static StreamShape shape_of(uint64_t seed) {
    Rng r = {seed ^ 0x5eed};
    StreamShape s = {.counters = true, .interrupts = rng_below(&r, 2), .insns = 5 + (unsigned)rng_below(&r, 70)};
    s.rounds = rng_below(&r, 20) == 0 ? 400 : 1 + (unsigned)rng_below(&r, 6);
    s.paging = rng_below(&r, 2);
    return s;
}

static StreamWay random_way(Rng *r, const Args *args) {
    StreamWay w = {.features = {(uint32_t)rng_next(r) & FEATURES_BUILT}};
    if (rng_below(r, 3) == 0) w.features.on = FEATURES_BUILT;
    Err err;
    BUG_IF(args->features && !features_parse(&w.features, args->features, &err), "%s", err.text);
    if (rng_below(r, 3) == 0) w.cache_room = (24u << 10) + rng_below(r, 24 << 10);
    return w;
}

static bool write_elf(const Bytes *code, const char *name) {
    int fd = stream_elf(code);
    FILE *out = fopen(name, "w");
    char buffer[4096];
    lseek(fd, 0, SEEK_SET);
    for (ssize_t n; out && (n = read(fd, buffer, sizeof buffer)) > 0;) fwrite(buffer, 1, (size_t)n, out);
    close(fd);
    return out && fclose(out) == 0;
}

static void keep_elf(const Bytes *code, uint64_t seed) {
    char name[64];
    snprintf(name, sizeof name, "/tmp/stream-%" PRIu64 ".elf", seed);
    if (write_elf(code, name)) fprintf(stderr, "kept as %s: emu --memory=16M\n", name);
}

typedef struct Sum {
    uint64_t insns, traps, interrupts, regions, flushes, patched;
} Sum;

static bool check_code(const Bytes *code, StreamWay way, Sum *sum) {
    int fd = stream_elf(code);
    Machine *m = malloc(2 * sizeof *m), *want = m, *got = m + 1;
    BUG_IF(!m, "no memory for two machines");
    stream_run(want, fd, (StreamWay){.interp = true});
    stream_run(got, fd, way);
    bool ok = stream_same(want, got, code->n);
    sum->insns += cpu_now(machine_cpu(want));
    sum->traps += want->stats.v[STAT_exceptions], sum->interrupts += want->stats.v[STAT_interrupts];
    sum->regions += got->stats.v[STAT_regions_translated], sum->flushes += got->stats.v[STAT_cache_flushes];
    sum->patched += got->stats.v[STAT_units_invalidated];
    machine_free(want);
    machine_free(got);
    free(m);
    close(fd);
    return ok;
}

static StreamWay way_of(uint64_t seed, const Args *args) {
    Rng r = {seed * 77};
    StreamWay way = random_way(&r, args);
    static Guest planted; // NOLINT: a guest is a constant; this one is made at run time
    planted = guest_rv64;
    planted.lift = lift_wrong;
    if (args->plant) way.guest = &planted;
    return way;
}

static bool check_stream(uint64_t seed, const Args *args, Cover *cover, Sum *sum) {
    Stream s;
    StreamWay way = way_of(seed, args);
    stream_begin(&s, cover);
    stream_add(&s, seed, shape_of(seed));
    stream_power_off(&s);
    bool ok = check_code(&s.code, way, sum);
    if (!ok) {
        fprintf(stderr, "seed %" PRIu64 ": test_streams --seed=%" PRIu64 "\n", seed, seed);
        shrink_case_print(stderr, &(ShrinkCase){.features = way.features, .number[SHRINK_CACHE] = way.cache_room});
        keep_elf(&s.code, seed);
    }
    stream_free(&s);
    return ok;
}

// ---- cases, and making them
static StreamWay way_of_case(const ShrinkCase *c) {
    return (StreamWay){
        .features = c->features, .cache_room = c->number[SHRINK_CACHE], .interp = c->number[SHRINK_INTERP]};
}

static bool check_case(const char *path) {
    Sum sum = {0};
    ShrinkCase c = shrink_case_read(path);
    bool ok = check_code(&c.code, way_of_case(&c), &sum);
    vec_free(&c.code);
    return ok;
}

typedef struct Shrinking {
    uint64_t seed;
    StreamShape shape;
    StreamWay way;
    Stream s; // the one that was tried last
} Shrinking;

static void make(Shrinking *k, const bool *dropped, uint32_t n) {
    stream_free(&k->s);
    stream_begin(&k->s, NULL);
    k->s.dropped = dropped, k->s.n_dropped = n;
    stream_add(&k->s, k->seed, k->shape);
    stream_power_off(&k->s);
}

static bool runs_right(void *ctx) {
    Shrinking *k = ctx;
    Sum sum = {0};
    return check_code(&k->s.code, k->way, &sum);
}
static bool fails_without(void *ctx, const bool *dropped) {
    Shrinking *k = ctx;
    make(k, dropped, k->s.n_items);
    return shrink_child(runs_right, k, 20) != SHRINK_RIGHT;
}
static bool fails(Shrinking *k) { return shrink_child(runs_right, k, 20) != SHRINK_RIGHT; }

// Random instructions that are left, as they stand in memory.
static void print_code(const Stream *s) {
    char text[100];
    for (uint32_t i = 0; i < s->starts.n; i++) {
        uint32_t at = s->starts.at[i], end = i + 1 < s->starts.n ? s->starts.at[i + 1] : at;
        for (Insn in; at < end; at += in.len) {
            in = guest_rv64.decode(s->code.at + at, end - at, STREAM_RAM + at);
            if (!in.len) break;
            guest_rv64.print(text, sizeof text, &in, STREAM_RAM + at);
            printf("# %#llx: %s\n", STREAM_RAM + at, text);
        }
    }
}

static int shrink_stream(const Args *args) {
    Shrinking k = {.seed = args->seed, .shape = shape_of(args->seed), .way = way_of(args->seed, args)};
    make(&k, NULL, 0);
    if (!fails(&k)) return printf("seed %" PRIu64 " does not fail\n", args->seed), 1;
    uint32_t n = k.s.n_items;
    unsigned rounds = k.shape.rounds;
    bool *dropped = calloc(n + 1, 1);
    BUG_IF(!dropped, "no memory to shrink");
    uint32_t left = shrink(dropped, n, fails_without, &k);
    make(&k, dropped, n);
    k.shape.rounds = 1;
    make(&k, dropped, n);
    if (!fails(&k)) k.shape.rounds = rounds, make(&k, dropped, n);
    StreamWay way = k.way;
    k.way.cache_room = 0;
    if (!fails(&k)) k.way = way;
    for (unsigned f = 0; f < FEATURE_COUNT; f++) {
        way = k.way;
        k.way.features.on &= ~FEATURE_BIT(f);
        if (!fails(&k)) k.way = way;
    }
    printf("# test_streams --seed=%" PRIu64 "%s --shrink: %u of %u items are left\n", args->seed,
           args->plant ? " --plant" : "", left, n);
    print_code(&k.s);
    ShrinkCase c = {.features = k.way.features, .code = k.s.code, .number[SHRINK_CACHE] = k.way.cache_room};
    shrink_case_print(stdout, &c);
    stream_free(&k.s);
    free(dropped);
    return 0;
}

// ---- the image for another emulator: every stream, and behind each a line with hashes of registers, window and log
static void hash_range(Stream *s, uint64_t lo, uint64_t hi) { // into x10, FNV-like by 8 bytes
    stream_load(s, 10, 0xcbf29ce484222325);
    stream_load(s, 11, lo);
    stream_load(s, 12, hi);
    stream_load(s, 13, 0x100000001b3);
    stream_word(s, rv_i(0x03, 3, 14, 11, 0)); // ld x14, 0(x11)
    stream_word(s, 0x00e54533);               // xor x10, x10, x14
    stream_word(s, 0x02d50533);               // mul x10, x10, x13
    stream_word(s, rv_i(0x13, 0, 11, 11, 8)); // addi x11, x11, 8
    stream_word(s, rv_b(4, 11, 12, -16));     // blt x11, x12
}

static void print_char(Stream *s) { // x14
    stream_load(s, 15, 0x10000000);
    stream_word(s, rv_s(0, 15, 14, 0));
}

static void print_hex(Stream *s) { // x10
    stream_word(s, rv_i(0x13, 0, 16, 0, 60));
    uint32_t head = s->code.n;
    stream_word(s, 0x01055733);                 // srl x14, x10, x16
    stream_word(s, rv_i(0x13, 7, 14, 14, 15));  // andi
    stream_word(s, rv_i(0x13, 0, 14, 14, 'A')); // letters A..P
    print_char(s);
    stream_word(s, rv_i(0x13, 0, 16, 16, -4));
    stream_word(s, rv_b(5, 16, 0, (int)(head - s->code.n))); // bge x16, x0
    stream_word(s, rv_i(0x13, 0, 14, 0, ' '));
    print_char(s);
}

static void print_state(Stream *s, uint64_t seed, bool all) {
    enum { SAVED = 0xf800 };    // behind the log
    stream_word(s, 0x340f9073); // csrw mscratch, x31
    stream_load(s, 31, STREAM_LOG + SAVED);
    for (unsigned r = 1; r < 31; r++) stream_word(s, rv_s(3, 31, r, (int)r * 8));
    stream_word(s, 0x34002f73); // csrr x30, mscratch
    stream_word(s, rv_s(3, 31, 30, 31 * 8));
    stream_word(s, 0x00006f37);                                                             // lui x30, 6
    stream_word(s, 0x300f2073);                                                             // csrs mstatus, x30
    for (unsigned f = 0; f < 32; f++) stream_word(s, rv_s(3, 31, f, 256 + (int)f * 8) | 4); // fsd
    stream_word(s, 0x00302f73);                                                             // csrr x30, fcsr
    stream_word(s, rv_s(3, 31, 30, 512));
    for (unsigned r = 1; r <= 64 && all; r++) { // x, f, fcsr
        stream_load(s, 31, STREAM_LOG + SAVED);
        stream_word(s, rv_i(0x03, 3, 10, 31, (int)r * 8));
        print_hex(s);
    }
    stream_load(s, 10, seed);
    print_hex(s);
    const uint64_t ranges[][2] = {{STREAM_LOG + SAVED + 8, STREAM_LOG + SAVED + 520},
                                  {STREAM_WINDOW, STREAM_WINDOW + 0x3000},
                                  {STREAM_LOG, STREAM_LOG + STREAM_LOG_MAX * STREAM_LOG_ENTRY},
                                  {STREAM_LOG_S, STREAM_LOG_S + STREAM_LOG_MAX * STREAM_LOG_ENTRY},
                                  {STREAM_TABLES, STREAM_TABLES + STREAM_TABLES_SIZE}};
    for (unsigned i = 0; i < ARRAY_LEN(ranges); i++) hash_range(s, ranges[i][0], ranges[i][1]), print_hex(s);
    stream_word(s, rv_i(0x13, 0, 14, 0, '\n'));
    print_char(s);
}

static bool write_image(const Args *args) {
    Stream s;
    stream_begin_image(&s);
    for (uint64_t seed = args->seed; seed < args->seed + args->runs; seed++) {
        StreamShape shape = shape_of(seed);
        shape.counters = shape.interrupts = false;
        shape.rounds = 3;
        stream_add(&s, seed, shape);
        print_state(&s, seed, args->runs == 1);
    }
    stream_power_off(&s);
    bool fits = s.code.n <= STREAM_WINDOW - STREAM_RAM;
    if (!fits) fprintf(stderr, "--runs=%" PRIu64 ": too many for one image\n", args->runs);
    bool ok = fits && write_elf(&s.code, args->image);
    stream_free(&s);
    return ok;
}

static Args parse(int argc, char **argv) {
    Args a = {.runs = 0, .seed = 1};
    const char *runs = getenv("NJ_RUNS");
    for (int i = 1; i < argc; i++) {
        if (!strncmp(argv[i], "--runs=", 7))
            a.runs = strtoull(argv[i] + 7, NULL, 0);
        else if (!strncmp(argv[i], "--seed=", 7))
            a.seed = strtoull(argv[i] + 7, NULL, 0), a.runs = a.runs ? a.runs : 1;
        else if (!strncmp(argv[i], "--features=", 11))
            a.features = argv[i] + 11;
        else if (!strncmp(argv[i], "--image=", 8))
            a.image = argv[i] + 8;
        else if (!strcmp(argv[i], "--shrink"))
            a.shrink = true;
        else if (!strcmp(argv[i], "--plant"))
            a.plant = true;
        else
            exit((fprintf(stderr, "%s: unknown option %s\n", argv[0], argv[i]), 64));
    }
    if (!a.runs) a.runs = runs ? strtoull(runs, NULL, 0) : CHECKED ? 600 : 2000;
    return a;
}

int main(int argc, char **argv) {
    Args args = parse(argc, argv);
    Cover cover;
    Sum sum = {0};
    unsigned bad = 0, n_cases = 0, unseen = 0;
    if (args.image) return write_image(&args) ? 0 : 1;
    if (args.shrink) return shrink_stream(&args);
    bad = shrink_each(cases, check_case, &n_cases);
    cover_init(&cover, &guest_rv64);
    setlinebuf(stdout); // long runs are killed sometimes
    printf("seeds %" PRIu64 "..%" PRIu64 "\n", args.seed, args.seed + args.runs - 1);
    for (uint64_t i = 0; i < args.runs && bad < 5; i++) bad += !check_stream(args.seed + i, &args, &cover, &sum);
    printf("%" PRIu64 " instructions, %" PRIu64 " exceptions, %" PRIu64 " interrupts, %" PRIu64 " regions, %" PRIu64
           " cache flushes, %" PRIu64 " units overwritten\nrows of the table never seen:",
           sum.insns, sum.traps, sum.interrupts, sum.regions, sum.flushes, sum.patched);
    for (unsigned i = 0; i < guest_rv64.n_ops; i++)
        if (!cover.count.at[i]) printf(" %s", guest_rv64.op_names[i]), unseen++;
    printf("\n");
    if (unseen && args.runs >= ALL_SEEN)
        fprintf(stderr, "%" PRIu64 " streams have to make every one\n", args.runs), bad++;
    cover_free(&cover);
    return bad ? 1 : 0;
}
