// The RX guest (RXv1), for guests.c and for tests of its table.
#pragma once
#include "guest/decode.h"

extern const Guest guest_rx;
extern const InsnTable rx_insns;        // table.c
extern const char *const rx_op_names[]; // the same
