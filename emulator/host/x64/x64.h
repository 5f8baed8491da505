// Private to host/x64/: the way in and out of generated code (entry.c), its text (disasm.c), its frames (unwind.c), the
// guest's rounding and flags (float.c).
#pragma once
#include "host/host.h"

// Extensions that emitted code uses when it may. FMA stands for AVX (three operands) and FMA3 together.
enum { X64_BMI2 = 1 << 0, X64_FMA = 1 << 1 };

bool x64_addresses(const HostConfig *cfg); // memory.c: may accesses have an index?
size_t x64_make_entry(HostEntry *entry, const HostConfig *cfg, uint8_t *rw, size_t room, ptrdiff_t to_exec);
// float.c: see Host
void x64_fp_init(uint64_t consts[HOST_FP_CONSTS]);
void x64_fp_round(uint32_t *state, unsigned round);
unsigned x64_fp_take(uint32_t *state);
void x64_fp_raise(uint32_t *state, unsigned flags);
void x64_make_visible(const uint8_t *exec, size_t n); // os.c
HostInsn x64_describe(const uint8_t *code, size_t n, const uint8_t *exec);
