// Oracle: the interpreter without any pass or switch. Random RX programs with exceptions, traps, user mode, interrupts and code
// that changes itself (tests/lib/rx_stream.h), under the translator with random switches: registers, flags, FPSW, ACC,
// memory, code, every exception and the retired count agree.
//
//   test_rx_streams [RUNS [SEED]]
//   test_rx_streams --shrink SEED [plant]   leaves out what it can of a stream that fails, and prints the rest as a case
//                                           (tests/guest/rx_streams); plant: the translator takes XOR for OR
//   test_rx_streams --image=FILE [--runs=N] [--seed=S] [--groups=N]
//     streams for tests/diff/rx_qemu.test.sh, as one ELF; only the first N groups of instructions of each
#include "guest/rx/guest_rx.h"
#include "tests/lib/rx_image.h"
#include "tests/lib/rx_stream.h"
#include "tests/lib/shrink.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool check_stream(uint64_t seed, RxStreamSum *sum) {
    RxStream s = {0};
    char features[300];
    rx_stream_make(&s, seed);
    bool ok = rx_stream_same(&s, sum);
    rx_stream_features(&s, features, sizeof features);
    if (!ok) fprintf(stderr, "seed %" PRIu64 ", --features=%s%s\n", seed, features, s.interp ? " --engine=interp" : "");
    vec_free(&s.code);
    return ok;
}

// ---- cases, and making them
static const char *const cases = "emulator/tests/guest/rx_streams";

static bool check_case(const char *path) {
    ShrinkCase c = shrink_case_read(path);
    RxStream s = {.seed = c.number[SHRINK_SEED],
                  .at = (uint32_t)c.number[SHRINK_AT],
                  .code = c.code,
                  .timer = (unsigned)c.number[SHRINK_TIMER],
                  .features = c.features,
                  .interp = c.number[SHRINK_INTERP],
                  .tiny_cache = c.number[SHRINK_CACHE]};
    bool ok = rx_stream_same(&s, NULL);
    vec_free(&s.code);
    return ok;
}

static bool lift_wrong(Lift *l, const Insn *insn) {
    Insn other = insn_expand(&rx_insns, insn);
    if (other.op == RX_XOR_M) other.op = RX_OR_M;
    return guest_rx.lift(l, &other);
}

static bool runs_right(void *stream) { return rx_stream_same(stream, NULL); }
static bool fails(RxStream *s) { return shrink_child(runs_right, s, 20) != SHRINK_RIGHT; }
static bool fails_without(void *stream, const bool *dropped) {
    RxStream *s = stream;
    Features was = s->features;
    s->dropped = dropped, s->n_dropped = s->n_items;
    rx_stream_make(s, s->seed);
    s->features = was;
    return fails(s);
}

static int shrink_stream(uint64_t seed, bool plant) {
    RxStream s = {0};
    Guest planted = guest_rx;
    planted.lift = lift_wrong;
    if (plant) s.guest = &planted;
    rx_stream_make(&s, seed);
    if (!fails(&s)) return printf("seed %" PRIu64 " does not fail\n", seed), 1;
    uint32_t n = s.n_items;
    bool *dropped = calloc(n + 1, 1);
    BUG_IF(!dropped, "no memory to shrink");
    uint32_t left = shrink(dropped, n, fails_without, &s);
    for (unsigned f = 0; f < FEATURE_COUNT; f++) {
        Features was = s.features;
        s.features.on &= ~FEATURE_BIT(f);
        if (!fails_without(&s, dropped)) s.features = was;
    }
    fails_without(&s, dropped);
    printf("# test_rx_streams --shrink %" PRIu64 "%s: %u of %u items are left\n", seed, plant ? " plant" : "", left, n);
    for (uint32_t at = 0; at < s.code.n;) {
        char text[100];
        Insn in = guest_rx.decode(s.code.at + at, s.code.n - at, RX_CODE + s.at + at);
        if (!in.len) break;
        guest_rx.print(text, sizeof text, &in, RX_CODE + s.at + at);
        printf("# %#x: %s\n", RX_CODE + s.at + at, text);
        at += in.len;
    }
    ShrinkCase c = {.features = s.features, .code = s.code, .number = {seed, s.at, s.timer, s.tiny_cache, s.interp}};
    shrink_case_print(stdout, &c);
    vec_free(&s.code);
    free(dropped);
    return 0;
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
    if (argc > 2 && !strcmp(argv[1], "--shrink")) return shrink_stream(strtoull(argv[2], NULL, 0), argc > 3);
    uint64_t runs = argc > 1 ? strtoull(argv[1], NULL, 0) : 600, seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    unsigned n_cases, bad = shrink_each(cases, check_case, &n_cases);
    RxStreamSum sum = {0};
    for (uint64_t k = 0; k < runs && bad < 5; k++) bad += !check_stream(seed + k, &sum);
    printf("%" PRIu64 " streams, %" PRIu64 " to their end, %" PRIu64 " instructions, %" PRIu64 " regions, %" PRIu64
           " exceptions, %" PRIu64 " interrupts, %" PRIu64 " units overwritten, %u differ\n",
           runs, sum.ended, sum.insns, sum.regions, sum.exceptions, sum.interrupts, sum.patched, bad);
    return bad > 0;
}
