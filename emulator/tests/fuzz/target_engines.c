// Oracle: the interpreter without any pass or switch. Any code, as RV64 on the board of streams (tests/lib/stream.h) or as RX
// with random registers, under the translator: registers, CSRs, memory, every trap and the retired count agree.
//
//   input: u8 guest (0: RX) and room of the cache, u32 switches, u8 seed of the registers, code
#include "guest/rand.h"
#include "guest/rv64/guest_rv64.h"
#include "guest/rv64/rv64.h"
#include "guest/rx/guest_rx.h"
#include "tests/fuzz/targets.h"
#include "tests/lib/rx_stream.h"
#include "tests/lib/stream.h"
#include "tests/lib/stream_run.h"

enum { INSNS = 4000, CACHE_ROOM = 24 << 10 };

static void run_rv64(FuzzInput *in, StreamWay way, uint64_t seed) {
    Stream s;
    Machine *m = malloc(2 * sizeof *m);
    BUG_IF(!m, "no memory for two machines");
    stream_begin(&s, NULL);
    stream_add_code(&s, seed, in->at, in->n);
    stream_power_off(&s);
    int fd = stream_elf(&s.code);
    stream_run(&m[0], fd, (StreamWay){.interp = true, .max_insns = INSNS});
    way.max_insns = INSNS;
    stream_run(&m[1], fd, way);
    BUG_IF(!stream_same(&m[0], &m[1], s.code.n), "the translator does something else");
    machine_free(&m[0]);
    machine_free(&m[1]);
    fuzz_file_close(&(FuzzFile){.fd = fd});
    stream_free(&s);
    free(m);
}

static void run_rx(FuzzInput *in, StreamWay way, uint64_t seed) {
    RxStream s = {.seed = seed, .features = way.features, .tiny_cache = way.cache_room, .max_insns = INSNS};
    bytes_add(&s.code, in->at, in->n);
    BUG_IF(!rx_stream_same(&s, NULL), "the translator does something else");
    vec_free(&s.code);
}

void fuzz_engines(const uint8_t *data, size_t n) {
    FuzzInput in = {data, n};
    unsigned how = (unsigned)fuzz_number(&in, 1);
    StreamWay way = {.features = {(uint32_t)fuzz_number(&in, 4) & FEATURES_BUILT}};
    if (how & 2) way.features.on = FEATURES_BUILT;
    if (how & 4) way.cache_room = CACHE_ROOM;
    uint64_t seed = fuzz_number(&in, 1);
    if (how & 1)
        run_rv64(&in, way, seed);
    else
        run_rx(&in, way, seed);
}

// Random instructions; RX code ends in WAIT.
bool fuzz_engines_seed(unsigned i, Bytes *out) {
    Rng r = {i};
    RandLimits l = rand_limits_default();
    bytes_put(out, i, 1);
    bytes_put(out, rng_next(&r), 4);
    bytes_put(out, i, 1);
    if (!(i & 1)) l.src = 0xffe, l.dest = 0x7fe, l.base = 1 << 13 | 1 << 14;
    for (unsigned k = 0; k < 12; k++) {
        uint8_t b[INSN_BYTES_MAX];
        size_t n = rand_insn(i & 1 ? &rv64_insns : &rx_insns, &r, &l, b, NULL);
        bytes_add(out, b, n);
    }
    if (!(i & 1)) bytes_add(out, "\x7f\x96", 2);
    return i < 24;
}
