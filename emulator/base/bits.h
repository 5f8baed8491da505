// Bit arithmetic on 64-bit words.
#pragma once
#include <stdbool.h>
#include <stdint.h>

static inline uint64_t bits_mask(unsigned width) { return width >= 64 ? ~0ull : (1ull << width) - 1; }
static inline uint64_t bits_get(uint64_t v, unsigned lo, unsigned width) { return (v >> lo) & bits_mask(width); }
static inline int64_t bits_sext(uint64_t v, unsigned width) { return (int64_t)(v << (64 - width)) >> (64 - width); }
static inline bool bits_fits_signed(int64_t v, unsigned width) { return v == bits_sext((uint64_t)v, width); }
