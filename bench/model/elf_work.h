// How much a guest program does: its 32-bit variable `work_iterations` (`_work_iterations` on RX), found in the file.
// `emu --work` writes it after loading; for peers, which cannot, the harness writes it into a copy of the file.
#pragma once
#include "base/err.h"
#include <stdint.h>
#include <sys/types.h>

// Where the variable lies in the file; false: it has none, or it is no ELF.
bool elf_work_find(const char *path, off_t *at);
// A copy of the file whose variable holds `work`, executable.
bool elf_work_copy(const char *from, const char *to, uint32_t work, Err *err);
