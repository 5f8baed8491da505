// Private to host/rv64/: what Host is made of.
#pragma once
#include "host/host.h"

enum { RV_ZBA = 1 << 0, RV_ZBB = 1 << 1, RV_ZBS = 1 << 2 };
HostIsa rv_isa_native(void); // isa.c

size_t rv_make_entry(HostEntry *entry, const HostConfig *cfg, uint8_t *rw, size_t room, ptrdiff_t to_exec);
HostInsn rv_describe(const uint8_t *code, size_t n, const uint8_t *exec);
void rv_make_visible(const uint8_t *exec, size_t n); // os.c
enum { RV_STACK = 112 };                             // the frame of enter(): ra and s0 to s11
