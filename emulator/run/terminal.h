// The terminal of the host while a guest has it: raw mode, and back when emu ends, by a signal too.
#pragma once
#include <stdbool.h>

bool terminal_is_ours(int fd); // fd is a terminal, and this job may change it
void terminal_raw(int fd);     // once per process
void terminal_restore(void);   // does nothing if it is not raw
