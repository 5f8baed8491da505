// Oracle: that of target_gdb.c, and a packet says what was framed. Here the packets almost make sense. Run it longer:
// test_fuzz_gdb RUNS [SEED].
#include "run/gdb/gdb.h"
#include "tests/fuzz/targets.h"
#include <string.h>

enum { DEFAULT_RUNS = 300, JUNK_MAX = 2048, PACKETS_MAX = 24 };

static uint64_t next_random(uint64_t *random) { // splitmix64
    uint64_t z = (*random += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

// ---- the parser: junk, then a packet that must come out as it went in
static void fuzz_parser(uint64_t seed) {
    uint64_t random = seed;
    GdbParser *p = calloc(1, sizeof *p);
    char data[JUNK_MAX], frame[2 * JUNK_MAX + 4];
    size_t n = next_random(&random) % sizeof data;
    for (size_t i = 0; i < 3 * JUNK_MAX; i++) {
        static const char likely[] = "$#}+-0a\3";
        uint64_t r = next_random(&random);
        gdb_feed(p, r % 4 ? (uint8_t)likely[r / 4 % sizeof likely] : (uint8_t)(r >> 8));
        BUG_IF(p->n > GDB_PACKET_MAX, "seed %llu: the parser holds %zu bytes", (unsigned long long)seed, p->n);
    }
    for (size_t i = 0; i < n; i++) data[i] = (char)next_random(&random);
    size_t size = gdb_frame(frame, data, n);
    GdbEvent last = GDB_NOTHING;
    gdb_feed(p, '$'); // if the junk ended in a checksum, this and the next are taken for it
    gdb_feed(p, '$');
    for (size_t i = 0; i < size; i++) last = gdb_feed(p, (uint8_t)frame[i]);
    BUG_IF(last != GDB_PACKET || p->n != n || memcmp(p->data, data, n) != 0,
           "seed %llu: the packet came out as event %d", (unsigned long long)seed, last);
    free(p);
}

// ---- the session: packets that make almost sense, then the connection is lost
static size_t add_packet(uint64_t *random, char *out) {
    static const char *const starts[] = {
        "?",
        "g",
        "G",
        "p",
        "P",
        "m",
        "M",
        "X",
        "c",
        "s",
        "C",
        "S",
        "Z0,",
        "z0,",
        "Z1,",
        "Z2,",
        "z2,",
        "Z3,",
        "Z4,",
        "k",
        "D",
        "Hg",
        "T",
        "vCont;c",
        "vCont;s",
        "vCont?",
        "vKill;",
        "qC",
        "qAttached",
        "qSupported",
        "QStartNoAckMode",
        "qXfer:features:read:target.xml:",
        "qfThreadInfo",
        "!",
        "",
    };
    static const char *const parts[] = {"0",          "1",   "12",       "13",      "=",   ",",
                                        ";",          ":",   "1000000",  "1010000", "fff", "ffffffffffffffff",
                                        "ffffffff",   "zz",  "00000000", "}",       "8",   "-1",
                                        "target.xml", "7f8c"};
    char data[256];
    size_t start = next_random(random) % ARRAY_LEN(starts), n = strlen(starts[start]);
    bool ends = !strcmp(starts[start], "k") || starts[start][0] == 'D' || !strcmp(starts[start], "vKill;");
    if (ends && next_random(random) % 8) return 0; // not too early
    memcpy(data, starts[start], n);
    for (unsigned i = (unsigned)(next_random(random) % 6); i; i--) {
        const char *part = parts[next_random(random) % ARRAY_LEN(parts)];
        while (*part) data[n++] = *part++;
    }
    if (next_random(random) % 8 == 0) data[next_random(random) % sizeof data % (n + 1)] = (char)next_random(random);
    size_t size = gdb_frame(out, data, n);
    if (next_random(random) % 16 == 0) out[next_random(random) % size] = (char)next_random(random);
    if (next_random(random) % 16 == 0) out[size++] = 3;
    return size;
}

static void fuzz_session(uint64_t seed) {
    uint64_t random = seed;
    Bytes sent = {0};
    bytes_put(&sent, seed, 1);
    for (unsigned i = 0; i < PACKETS_MAX; i++) {
        char packet[600];
        bytes_add(&sent, packet, add_packet(&random, packet));
    }
    fuzz_gdb(sent.at, sent.n);
    vec_free(&sent);
}

int main(int argc, char **argv) {
    uint64_t runs = argc > 1 ? strtoull(argv[1], NULL, 0) : DEFAULT_RUNS,
             seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    for (uint64_t i = 0; i < runs; i++) fuzz_parser(seed + i), fuzz_session(seed + i);
    printf("%llu runs from seed %llu\n", (unsigned long long)runs, (unsigned long long)seed);
    return 0;
}
