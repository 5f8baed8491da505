// The RV64 guest as the rest of the house sees it.
#pragma once
#include "guest/decode.h"
#include "guest/guest.h"

extern const Guest guest_rv64;
extern const InsnTable rv64_insns;        // table.c
extern const char *const rv64_op_names[]; // the same
