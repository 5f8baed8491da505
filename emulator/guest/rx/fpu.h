// The arithmetic of the FPU, free of everything else.
#pragma once
#include "guest/rx/rx.h"

typedef enum RxFloatOp {
    RX_FLOAT_ADD,
    RX_FLOAT_SUB,
    RX_FLOAT_MUL,
    RX_FLOAT_DIV,
    RX_FLOAT_CMP, // the result is Z, S, O as PSW bits
    RX_FLOAT_TO_INT,
    RX_FLOAT_ROUND,
    RX_FLOAT_FROM_INT,
} RxFloatOp;

// d op s; conversions look at s only. False: a floating-point exception, no result.
bool rx_float(uint32_t *fpsw, RxFloatOp op, uint32_t d, uint32_t s, uint32_t *result);
