// What the host is told about the frame and the tables in it.
#pragma once
#include "jit/jit.h"

HostConfig host_config(Jit *j, uint32_t mode); // for code of that mode
