// What the host is told about the frame and the tables in it.
#pragma once
#include "jit/jit.h"

HostConfig host_config(Jit *j, uint32_t mode); // for code of that mode
// A hash of all that the code of a unit in that mode depends on, but for addresses of this process. Not 0.
uint64_t host_config_key(Jit *j, uint32_t mode);
