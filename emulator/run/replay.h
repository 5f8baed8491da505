// emu --replay: reads what jit/translate/replay.h says of a translation, and does that translation again.
#pragma once
#include "base/log.h"

// False: *err says what is wrong with the file. If the bug is still there, emu stops as it did.
bool replay_run(const char *path, Log *log, Err *err);
