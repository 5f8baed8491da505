// A growing run of bytes for binary formats: little-endian numbers, LEB128 (DWARF standard, "Variable Length Data").
#pragma once
#include "base/vec.h"

typedef VEC(uint8_t) Bytes;

void bytes_put(Bytes *b, uint64_t value, unsigned size); // size: 1, 2, 4, 8
void bytes_set(Bytes *b, uint32_t at, uint64_t value, unsigned size);
void bytes_add(Bytes *b, const void *from, size_t n);
void bytes_string(Bytes *b, const char *text); // terminating 0 included
void bytes_uleb(Bytes *b, uint64_t value);
void bytes_sleb(Bytes *b, int64_t value);
void bytes_align(Bytes *b, uint32_t to, uint8_t with); // to: a power of two
