// The words of the house: guest and host quantities have different names, never a bare `addr`.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t gaddr; // guest data address, virtual unless a name says otherwise
typedef uint64_t gpc;   // guest program counter
typedef uint8_t *hp;    // host pointer to bytes

enum { PAGE_BITS = 12, PAGE_BYTES = 1 << PAGE_BITS }; // of guests and of the host
