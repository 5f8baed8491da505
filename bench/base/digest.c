// Digests of files and texts: what to hash is here, the hash is base/sha256.c.
#include "bench/base/digest.h"
#include "base/sha256.h"
#include "base/vec.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK = 1 << 16, SIZE_MAX_READ = 1 << 30 }; // emu loads no larger ELF, either

Digest digest_bytes(const void *data, size_t size) {
    Digest d;
    sha256_hex(data, size, d.hex);
    return d;
}

bool digest_file(const char *path, Digest *out, Err *err) {
    FILE *f = fopen(path, "rb");
    if (!f) return err_set(err, "%s: %s", path, strerror(errno));
    VEC(uint8_t) bytes = {0};
    size_t n;
    do {
        vec_reserve(&bytes, bytes.n + CHUNK);
        n = fread(bytes.at + bytes.n, 1, CHUNK, f);
        bytes.n += (uint32_t)n;
    } while (n && bytes.n <= SIZE_MAX_READ);
    bool large = bytes.n > SIZE_MAX_READ;
    bool broken = ferror(f);
    fclose(f);
    if (!broken && !large) *out = digest_bytes(bytes.at, bytes.n);
    vec_free(&bytes);
    if (large) return err_set(err, "%s: is larger than 1 GiB", path);
    return !broken || err_set(err, "%s: cannot be read to its end", path);
}
