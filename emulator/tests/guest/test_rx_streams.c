// Oracle: the interpreter without any pass or switch. Random RX instructions with branches among them, in a loop, under
// the translator with random switches: registers, flags, FPSW, ACC, memory and the retired count agree.
//
//   test_rx_streams [RUNS [SEED]]
//   test_rx_streams --image=FILE [--runs=N] [--seed=S] [--groups=N]
//     streams for tests/diff/rx_qemu.test.sh, as one ELF; only the first N groups of instructions of each
#include "guest/rand.h"
#include "guest/rx/guest_rx.h"
#include "tests/lib/rx_image.h"
#include "tests/lib/rx_machine.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AREA = 0x2000, BASES = 1 << 13 | 1 << 14, COUNTER = 12, CODE_MAX = 2000 };

static const RxWay plain_interpreter = {"interpreter", "none", true};

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

// A loop of random instructions; some are skipped by a condition.
static unsigned make_code(Rng *r, uint8_t *code) {
    RandLimits l = limits();
    unsigned n = 0, insns = 3 + (unsigned)rng_below(r, 60);
    for (unsigned k = 0; k < insns; k++) {
        uint8_t b[INSN_BYTES_MAX];
        unsigned len = (unsigned)rand_insn(&rx_insns, r, &l, b, NULL);
        if (rng_below(r, 5) == 0) {
            code[n++] = (uint8_t)(0x20 | rng_below(r, 14)); // BCnd.B over it
            code[n++] = (uint8_t)(len + 2);
        }
        memcpy(code + n, b, len);
        n += len;
    }
    code[n++] = 0x60, code[n++] = 0x10 | COUNTER; // SUB #1
    int distance = -(int)n;
    code[n++] = 0x3b, code[n++] = (uint8_t)distance, code[n++] = (uint8_t)(distance >> 8); // BNE.W
    code[n++] = 0x7f, code[n++] = 0x96;                                                    // WAIT
    return n;
}

static void begin(Machine *m, const uint8_t *code, unsigned n, uint64_t seed) {
    Rng r = {seed};
    Cpu *cpu = machine_cpu(m);
    static uint8_t data[AREA];
    for (unsigned i = 0; i < AREA; i++) data[i] = (uint8_t)rng_next(&r);
    rx_machine_put(m, RX_DATA, data, AREA);
    rx_machine_put(m, RX_CODE, code, n);
    for (unsigned i = 0; i < 16; i++) cpu->slot[i] = (uint32_t)(rng_below(&r, 3) ? rng_next(&r) : rng_below(&r, 40));
    cpu->slot[0] = RX_STACK;
    cpu->slot[13] = RX_DATA + 16, cpu->slot[14] = RX_DATA + 0x1000 - 250;
    cpu->slot[COUNTER] = rng_below(&r, 10) ? 1 + rng_below(&r, 8) : 300;
    cpu->slot[RX_SLOT_ACC] = rng_next(&r);
    cpu->slot[RX_SLOT_FPSW] = RX_FPSW_RESET | rng_below(&r, 4);
    rx_psw_write(cpu, (uint32_t)rng_below(&r, 16));
}

static bool same(const char *what, uint64_t want, uint64_t got) {
    if (want != got) fprintf(stderr, "  %s: %#" PRIx64 " instead of %#" PRIx64 "\n", what, got, want);
    return want == got;
}

static bool same_state(Machine *want, Machine *got) {
    const Cpu *a = machine_cpu(want), *b = machine_cpu(got);
    static uint8_t p[AREA], q[AREA];
    bool ok = same("end", want->end, got->end) & same("pc", a->pc, b->pc) & same("retired", cpu_now(a), cpu_now(b)) &
              same("flags", rx_flags_read(a), rx_flags_read(b)) &
              same("acc", a->slot[RX_SLOT_ACC], b->slot[RX_SLOT_ACC]) &
              same("fpsw", rx_reg(a, RX_SLOT_FPSW), rx_reg(b, RX_SLOT_FPSW));
    char name[8];
    for (unsigned i = 0; i < 16; i++)
        snprintf(name, sizeof name, "r%u", i), ok &= same(name, rx_reg(a, i), rx_reg(b, i));
    mem_copy_out(&want->mem, RX_DATA, p, AREA);
    mem_copy_out(&got->mem, RX_DATA, q, AREA);
    return ok & same("memory", 0, memcmp(p, q, AREA) != 0);
}

typedef struct Sum {
    uint64_t insns, regions, waits;
} Sum;

static bool check_stream(uint64_t seed, Sum *sum) {
    Rng r = {seed};
    uint8_t code[CODE_MAX];
    char features[128] = "none";
    unsigned n = make_code(&r, code);
    for (unsigned f = 0; f < FEATURE_COUNT; f++) {
        if (rng_below(&r, 4) == 0 || !feature_info((Feature)f).built) continue;
        size_t at = strlen(features);
        snprintf(features + at, sizeof features - at, ",+%s", feature_info((Feature)f).name);
    }
    Machine *want = malloc(sizeof *want), *got = malloc(sizeof *got);
    if (!want || !got) abort();
    rx_machine_init(want, &plain_interpreter);
    rx_machine_init(got, &(RxWay){"translator", features, rng_below(&r, 8) == 0});
    begin(want, code, n, seed);
    begin(got, code, n, seed);
    sum->waits += rx_machine_run(want, RX_CODE);
    rx_machine_run(got, RX_CODE);
    bool ok = same_state(want, got);
    if (!ok) fprintf(stderr, "seed %" PRIu64 ", --features=%s\n", seed, features);
    sum->insns += cpu_now(machine_cpu(want)), sum->regions += got->stats.v[STAT_regions_translated];
    machine_free(want);
    machine_free(got);
    free(want);
    free(got);
    return ok;
}

static bool write_image(int argc, char **argv) {
    const char *path = argv[1] + strlen("--image=");
    uint64_t runs = 1, seed = 1;
    unsigned groups = ~0u;
    for (int i = 2; i < argc; i++) {
        if (!strncmp(argv[i], "--runs=", 7))
            runs = strtoull(argv[i] + 7, NULL, 0);
        else if (!strncmp(argv[i], "--seed=", 7))
            seed = strtoull(argv[i] + 7, NULL, 0);
        else if (!strncmp(argv[i], "--groups=", 9))
            groups = (unsigned)strtoul(argv[i] + 9, NULL, 0);
        else
            exit((fprintf(stderr, "%s: unknown option %s\n", argv[0], argv[i]), 64));
    }
    return rx_image_write(path, runs, seed, groups);
}

int main(int argc, char **argv) {
    if (argc > 1 && !strncmp(argv[1], "--image=", 8)) return write_image(argc, argv) ? 0 : 1;
    uint64_t runs = argc > 1 ? strtoull(argv[1], NULL, 0) : 600, seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    unsigned bad = 0;
    Sum sum = {0};
    for (uint64_t k = 0; k < runs && bad < 5; k++) bad += !check_stream(seed + k, &sum);
    printf("%" PRIu64 " streams, %" PRIu64 " to their end, %" PRIu64 " instructions, %" PRIu64 " regions, %u differ\n",
           runs, sum.waits, sum.insns, sum.regions, bad);
    return bad || sum.waits < runs;
}
