// SHA-256 (FIPS 180-4), as lower-case hex. Identifies ELFs, emulators and plans.
#pragma once
#include "base/err.h"

typedef struct Digest {
    char hex[65];
} Digest;

Digest digest_bytes(const void *data, size_t size);
bool digest_file(const char *path, Digest *out, Err *err);
