// A model of the RX integer instructions on registers, written from the instruction set's description alone: it shares
// nothing with the emulator. And how they are encoded.
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef struct RxModel {
    uint32_t r[16];
    bool c, z, s, o;
    uint64_t acc;
} RxModel;

typedef enum RxModelOp {
#define RX_MODEL_OP(name) RX_MODEL_##name,
#include "tests/lib/rx_model.inc"
#undef RX_MODEL_OP
    RX_MODEL_COUNT
} RxModelOp;
extern const char *const rx_model_names[RX_MODEL_COUNT];

// d and s: registers; imm: the immediate, bit number, condition, flag or count, reduced to
// what the instruction can hold.
typedef struct RxModelInsn {
    RxModelOp op;
    unsigned d, s;
    uint32_t imm;
} RxModelInsn;

void rx_model_step(RxModel *m, RxModelInsn i);
unsigned rx_model_encode(RxModelInsn i, uint8_t out[8]); // length
