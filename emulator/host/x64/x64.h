// Private to host/x64/: the way in and out of generated code (entry.c).
#pragma once
#include "host/host.h"

size_t x64_make_entry(HostEntry *entry, const HostConfig *cfg, uint8_t *rw, size_t room, ptrdiff_t to_exec);
