// The functions of the harness's targets; targets.c is the table of them.
#pragma once
#include "base/err.h"
#include "tests/fuzz/target.h"
#include <jansson.h>

#define FUZZ_TARGET(name)                                                                                              \
    void fuzz_##name(const uint8_t *data, size_t n);                                                                   \
    bool fuzz_##name##_seed(unsigned i, Bytes *out);
FUZZ_TARGET(run)
FUZZ_TARGET(stats)
FUZZ_TARGET(profile)
FUZZ_TARGET(noise)
FUZZ_TARGET(journal)
FUZZ_TARGET(columns)
FUZZ_TARGET(manifest)
FUZZ_TARGET(peers)
FUZZ_TARGET(golden)
#undef FUZZ_TARGET

void fuzz_add_json(Bytes *out, const json_t *document);
bool fuzz_add_file(Bytes *out, const char *path); // of the tree; false: it is not there
