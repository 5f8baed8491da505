// Private to host/a64/: what Host is made of.
#pragma once
#include "host/host.h"

enum { A64_LSE = 1 << 0 }; // extensions that emitted code uses when it may

HostInsn a64_describe(const uint8_t *code, size_t n, const uint8_t *exec);
void a64_make_visible(const uint8_t *exec, size_t n); // os.c
enum { A64_STACK = 96 };                              // the frame of enter(): x30, x29 and x19 to x28

// float.c: HostFrame.fp_state
void a64_fp_round(uint32_t *state, unsigned round);
unsigned a64_fp_take(uint32_t *state);
void a64_fp_raise(uint32_t *state, unsigned flags);
enum { A64_FPSR_FLAGS = 0x1f, A64_FPCR_BITS = 0x03c00000 }; // the sticky flags; rounding and default NaNs
