#include "ci/gzip.h"
#include "base/alloc.h"
#include "base/err.h"
#include <string.h>
#include <zlib.h>

enum { GZIP = 15 + 16, LIMIT = 1 << 30 }; // the largest window, with gzip's header

void gzip_pack(Bytes *out, const void *from, size_t n) {
    z_stream z = {.next_in = (Bytef *)(uintptr_t)from, .avail_in = (uInt)n};
    BUG_IF(n > LIMIT, "a document of %zu bytes", n);
    if (deflateInit2(&z, 9, Z_DEFLATED, GZIP, 9, Z_DEFAULT_STRATEGY) != Z_OK) alloc_failed(0);
    vec_reserve(out, out->n + (uint32_t)deflateBound(&z, n));
    z.next_out = out->at + out->n, z.avail_out = out->cap - out->n;
    BUG_IF(deflate(&z, Z_FINISH) != Z_STREAM_END, "the bound of deflate was too small");
    out->n += (uint32_t)z.total_out;
    deflateEnd(&z);
}

bool gzip_unpack(Bytes *out, const void *from, size_t n) {
    z_stream z = {.next_in = (Bytef *)(uintptr_t)from, .avail_in = (uInt)n};
    if (n > LIMIT || inflateInit2(&z, GZIP) != Z_OK) return false;
    int status = Z_OK;
    while (status == Z_OK && out->n < LIMIT) {
        vec_reserve(out, out->n + 65536);
        z.next_out = out->at + out->n, z.avail_out = out->cap - out->n;
        uInt room = z.avail_out;
        status = inflate(&z, Z_NO_FLUSH);
        out->n += room - z.avail_out;
    }
    inflateEnd(&z);
    return status == Z_STREAM_END && !z.avail_in;
}
