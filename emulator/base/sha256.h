// SHA-256 (FIPS 180-4), for naming files by content.
#pragma once
#include <stddef.h>

void sha256_hex(const void *bytes, size_t n, char out[65]); // lower case, with its terminating NUL
