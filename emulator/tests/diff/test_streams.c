// Oracle: the interpreter without any pass or switch. Random RV64IMAC streams (tests/lib/stream.h) run under
// jit with random switches, passes and cache sizes: registers, CSRs, memory, every trap with the count at which
// it came, and the end agree.
//
//   test_streams [--runs=N] [--seed=S] [--features=LIST] [--image=FILE]     --seed=S alone is that one stream
//   --image: writes N streams from S as one ELF that prints a line for each (see qemu.test.sh), and all registers if N
//   = 1
// tests: slow
#include "guest/rv64/guest_rv64.h"
#include "guest/rv64/rv64.h"
#include "run/machine.h"
#include "tests/lib/stream.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Args {
    uint64_t runs, seed;
    const char *features, *image;
} Args;

typedef struct Way { // of running a stream
    bool interp;
    Features features;
    size_t cache_room; // bytes behind the entry code; 0: plenty
} Way;

static StreamShape shape_of(uint64_t seed) {
    Rng r = {seed ^ 0x5eed};
    StreamShape s = {.counters = true, .interrupts = rng_below(&r, 2), .insns = 5 + (unsigned)rng_below(&r, 70)};
    s.rounds = rng_below(&r, 20) == 0 ? 400 : 1 + (unsigned)rng_below(&r, 6);
    s.paging = rng_below(&r, 2);
    return s;
}

static void run(Machine *m, int fd, Way way) {
    char path[40];
    Err err;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    MachineOptions o = {.elf_path = path,
                        .interp = way.interp,
                        .features = way.features,
                        .ram_size = STREAM_RAM_SIZE,
                        .cache_size = 1 << 20,
                        .max_insns = 3000000,
                        .in_fd = -1,
                        .out_fd = -1};
    BUG_IF(!machine_init(m, &o, &err), "%s", err.text);
    size_t whole = m->jit.cache.size;
    if (!way.interp && way.cache_room) m->jit.cache.size = m->jit.cache.reserved + way.cache_room;
    machine_run(m);
    if (!way.interp) m->jit.cache.size = whole;
}

static bool same(const char *what, uint64_t want, uint64_t got) {
    if (want != got) fprintf(stderr, "  %s: %#" PRIx64 " instead of %#" PRIx64 "\n", what, got, want);
    return want == got;
}

static bool same_memory(Machine *want, Machine *got, gaddr at, uint32_t n) {
    uint8_t *p = malloc(n), *q = malloc(n);
    bool ok = p && q && mem_copy_out(&want->mem, at, p, n) && mem_copy_out(&got->mem, at, q, n);
    for (uint32_t i = 0; i < n && ok && memcmp(p, q, n); i++)
        if (p[i] != q[i]) ok = same("address and byte of memory", (at + i) << 8 | p[i], (at + i) << 8 | q[i]);
    free(p);
    free(q);
    return ok;
}

static bool same_state(Machine *want, Machine *got, uint32_t n_code) {
    const Cpu *a = machine_cpu(want), *b = machine_cpu(got);
    const Rv64 *x = rv64_state(a), *y = rv64_state(b);
    bool ok = same("end", want->end, got->end) &
              same("exit code", (unsigned)want->exit_code, (unsigned)got->exit_code) & same("pc", a->pc, b->pc) &
              same("retired", cpu_now(a), cpu_now(b));
    char name[8];
    for (unsigned i = 1; i < 32; i++) snprintf(name, sizeof name, "x%u", i), ok &= same(name, a->slot[i], b->slot[i]);
    for (unsigned i = 0; i < 32; i++) {
        snprintf(name, sizeof name, "f%u", i);
        ok &= same(name, a->slot[RV64_SLOT_F0 + i], b->slot[RV64_SLOT_F0 + i]);
    }
    ok &= same("fcsr", rv64_csr_peek(a, 3), rv64_csr_peek(b, 3));
    ok &= same("reservation", a->slot[RV64_SLOT_RESERVATION], b->slot[RV64_SLOT_RESERVATION]);
    ok &= same("mstatus", x->mstatus, y->mstatus) & same("mepc", x->mepc, y->mepc) &
          same("mcause", x->mcause, y->mcause) & same("mtval", x->mtval, y->mtval) &
          same("mscratch", x->mscratch, y->mscratch) & same("sepc", x->sepc, y->sepc) &
          same("scause", x->scause, y->scause) & same("stval", x->stval, y->stval) &
          same("sscratch", x->sscratch, y->sscratch) & same("mode", a->mode, b->mode) & same("mie", x->mie, y->mie) &
          same("cycle", x->cycle.offset, y->cycle.offset) & same("instret", x->instret.offset, y->instret.offset);
    ok &= same("exceptions", want->stats.v[STAT_exceptions], got->stats.v[STAT_exceptions]) &
          same("interrupts", want->stats.v[STAT_interrupts], got->stats.v[STAT_interrupts]);
    return ok && same_memory(want, got, STREAM_RAM, n_code) && same_memory(want, got, STREAM_WINDOW, STREAM_DATA_SIZE);
}

static Way random_way(Rng *r, const Args *args) {
    Way w = {.features = {(uint32_t)rng_next(r) & FEATURES_BUILT}};
    if (rng_below(r, 3) == 0) w.features.on = FEATURES_BUILT;
    Err err;
    BUG_IF(args->features && !features_parse(&w.features, args->features, &err), "%s", err.text);
    if (rng_below(r, 3) == 0) w.cache_room = (24u << 10) + rng_below(r, 24 << 10);
    return w;
}

static void print_way(const Way *w) {
    fprintf(stderr, "--features=none");
    for (unsigned i = 0; i < FEATURE_COUNT; i++)
        if (w->features.on & FEATURE_BIT(i)) fprintf(stderr, ",+%s", feature_info((Feature)i).name);
    fprintf(stderr, ", %zu bytes of cache\n", w->cache_room);
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

static bool check_stream(uint64_t seed, const Args *args, Cover *cover, Sum *sum) {
    Stream s;
    stream_begin(&s, cover);
    stream_add(&s, seed, shape_of(seed));
    stream_power_off(&s);
    int fd = stream_elf(&s.code);
    Machine want, got;
    run(&want, fd, (Way){.interp = true});
    Rng r = {seed * 77};
    Way way = random_way(&r, args);
    run(&got, fd, way);
    bool ok = same_state(&want, &got, s.code.n);
    if (!ok) {
        fprintf(stderr, "seed %" PRIu64 ": test_streams --seed=%" PRIu64 "\n", seed, seed);
        print_way(&way);
        keep_elf(&s.code, seed);
    }
    sum->insns += cpu_now(machine_cpu(&want));
    sum->traps += want.stats.v[STAT_exceptions], sum->interrupts += want.stats.v[STAT_interrupts];
    sum->regions += got.stats.v[STAT_regions_translated], sum->flushes += got.stats.v[STAT_cache_flushes];
    sum->patched += got.stats.v[STAT_units_invalidated];
    machine_free(&want);
    machine_free(&got);
    close(fd);
    stream_free(&s);
    return ok;
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
    stream_begin(&s, NULL);
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
        else
            exit((fprintf(stderr, "%s: unknown option %s\n", argv[0], argv[i]), 64));
    }
    if (!a.runs) a.runs = runs ? strtoull(runs, NULL, 0) : CHECKED ? 1000 : 4000;
    return a;
}

int main(int argc, char **argv) {
    Args args = parse(argc, argv);
    Cover cover;
    Sum sum = {0};
    unsigned bad = 0;
    if (args.image) return write_image(&args) ? 0 : 1;
    cover_init(&cover, &guest_rv64);
    setlinebuf(stdout); // long runs are killed sometimes
    printf("seeds %" PRIu64 "..%" PRIu64 "\n", args.seed, args.seed + args.runs - 1);
    for (uint64_t i = 0; i < args.runs && bad < 5; i++) bad += !check_stream(args.seed + i, &args, &cover, &sum);
    printf("%" PRIu64 " instructions, %" PRIu64 " exceptions, %" PRIu64 " interrupts, %" PRIu64 " regions, %" PRIu64
           " cache flushes, %" PRIu64 " units overwritten\nrows of the table never seen:",
           sum.insns, sum.traps, sum.interrupts, sum.regions, sum.flushes, sum.patched);
    for (unsigned i = 0; i < guest_rv64.n_ops; i++)
        if (!cover.count.at[i]) printf(" %s", guest_rv64.op_names[i]);
    printf("\n");
    cover_free(&cover);
    return bad ? 1 : 0;
}
