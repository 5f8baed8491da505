// The functions of the emulator's targets; targets.c is the table of them.
#pragma once
#include "base/err.h"
#include "tests/fuzz/target.h"
#include <stdlib.h>

#define FUZZ_TARGET(name)                                                                                              \
    void fuzz_##name(const uint8_t *data, size_t n);                                                                   \
    bool fuzz_##name##_seed(unsigned i, Bytes *out);
FUZZ_TARGET(elf)
FUZZ_TARGET(boot)
FUZZ_TARGET(decode)
FUZZ_TARGET(engines)
FUZZ_TARGET(ir)
FUZZ_TARGET(replay)
FUZZ_TARGET(gdb)
FUZZ_TARGET(devices)
FUZZ_TARGET(calls)
#undef FUZZ_TARGET

bool fuzz_elf_loads(const uint8_t *data, size_t n); // the same, and says whether it was loaded
