// gzip (RFC 1952) in memory. The same input gives the same bytes: no time, no name.
#pragma once
#include "base/bytes.h"
#include <stdbool.h>

void gzip_pack(Bytes *out, const void *from, size_t n);
bool gzip_unpack(Bytes *out, const void *from, size_t n); // false: not one whole gzip file
