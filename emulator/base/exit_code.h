// What emu exits with when it is not the guest's own code: base/exit_code.inc.
#pragma once

enum {
#define EXIT_CODE(name, code, help) EXIT_CODE_##name = (code),
#include "base/exit_code.inc"
#undef EXIT_CODE
};
