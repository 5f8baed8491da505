// Private to host/x64/: the way in and out of generated code (entry.c), its text (disasm.c), its frames (unwind.c).
#pragma once
#include "host/host.h"

size_t x64_make_entry(HostEntry *entry, const HostConfig *cfg, uint8_t *rw, size_t room, ptrdiff_t to_exec);
void x64_disassemble(FILE *out, const uint8_t *code, size_t n, const uint8_t *exec);
HostInsn x64_describe(const uint8_t *code, size_t n, const uint8_t *exec);
void x64_eh_frame(Bytes *out, const HostUnwind *rows, uint32_t n, const uint8_t *exec, uint32_t n_bytes);
