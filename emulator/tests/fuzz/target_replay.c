// Oracle: the contract of --replay: a file is translated, or refused with words that name it. The code of a file is any code.
#include "run/replay.h"
#include "base/log.h"
#include "guest/rand.h"
#include "guest/rv64/guest_rv64.h"
#include "guest/rx/guest_rx.h"
#include "tests/fuzz/targets.h"
#include <string.h>

void fuzz_replay(const uint8_t *data, size_t n) {
    FuzzFile file = fuzz_file(data, n);
    Log log = {0};
    Err err = {0};
    FILE *said = stderr;
    stderr = fopen("/dev/null", "w"); // a word for each file that was translated
    bool ok = replay_run(file.path, &log, &err);
    if (stderr) fclose(stderr);
    stderr = said;
    BUG_IF(!ok && !*err.text, "a refusal without words");
    fuzz_file_close(&file);
}

bool fuzz_replay_seed(unsigned i, Bytes *out) {
    Rng r = {i};
    RandLimits l = rand_limits_default();
    char text[2000];
    size_t n =
        (size_t)snprintf(text, sizeof text, "nightjar-replay 1\nguest %s\nmode %u\nunit 0x80001000\nfeatures all\n",
                         i & 1 ? "rv64" : "rx", i & 1 ? 3 : 0);
    for (unsigned block = 0; block < 1 + i % 3; block++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "code %#x", 0x80001000 + 64 * block);
        for (unsigned k = 0; k < 5; k++) {
            uint8_t b[INSN_BYTES_MAX];
            size_t len = rand_insn(i & 1 ? &rv64_insns : &rx_insns, &r, &l, b, NULL);
            for (size_t at = 0; at < len; at++) n += (size_t)snprintf(text + n, sizeof text - n, " %02x", b[at]);
        }
        n += (size_t)snprintf(text + n, sizeof text - n, "\n");
    }
    n += (size_t)snprintf(text + n, sizeof text - n, "--\n");
    bytes_add(out, text, n);
    return i < 12;
}
