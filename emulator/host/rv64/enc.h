// The encoder of RV64GC with Zba, Zbb and Zbs, four bytes an instruction.
#pragma once
#include "host/loadstore/enc.h"

// Which fields an instruction has beside its fixed bits.
typedef enum RvForm {
    RV_FORM_R,         // rd, rs1, rs2
    RV_FORM_R1,        // rd, rs1
    RV_FORM_I,         // rd, rs1, 12 bits
    RV_FORM_SHIFT,     // rd, rs1, 6 bits
    RV_FORM_SHIFTW,    // rd, rs1, 5 bits
    RV_FORM_U,         // rd, 20 bits
    RV_FORM_J,         // rd, where to
    RV_FORM_B,         // rs1, rs2, where to
    RV_FORM_LOAD,      // rd, 12 bits(rs1)
    RV_FORM_STORE,     // rs2, 12 bits(rs1)
    RV_FORM_FENCE,     // none
    RV_FORM_CSR_READ,  // rd
    RV_FORM_CSR_WRITE, // rd, rs1
    RV_FORM_AMO,       // rd, rs2, (rs1)
    RV_FORM_AMO_LOAD,  // rd, (rs1)
    RV_FORM_FLOAD,     // as LOAD, with a floating-point rd
    RV_FORM_FSTORE,
    RV_FORM_F,         // rd, rs1, rs2: floating point
    RV_FORM_FRM,       // the same and a rounding mode
    RV_FORM_FRM1,      // rd, rs1, rounding mode
    RV_FORM_FEXACT1,   // rd, rs1: nothing is rounded
    RV_FORM_FMA,       // rd, rs1, rs2, rs3, rounding mode
    RV_FORM_FCMP,      // integer rd, floating-point rs1, rs2
    RV_FORM_TO_INT,    // integer rd, floating-point rs1, rounding mode
    RV_FORM_FROM_INT,  // floating-point rd, integer rs1, rounding mode
    RV_FORM_EXACT_INT, // the same without rounding
    RV_FORM_TO_BITS,   // integer rd, floating-point rs1
    RV_FORM_FROM_BITS, // floating-point rd, integer rs1
} RvForm;

typedef enum RvOp {
#define RV(name, text, form, bits) RV_##name,
#include "host/rv64/enc.inc"
#undef RV
    RV_OP_COUNT
} RvOp;

typedef struct RvRow {
    const char *text;
    uint8_t form; // RvForm
    uint32_t bits;
} RvRow;
extern const RvRow rv_rows[RV_OP_COUNT];

static inline bool rv_fits12(int64_t v) { return bits_fits_signed(v, 12); }

// By the fields that the form has. Registers of both classes are 0 to 31 here, or 32 to 63 for floating point.
void enc_r(Code *e, RvOp op, unsigned rd, unsigned rs1, unsigned rs2);   // R, AMO, F, FCMP
void enc_r1(Code *e, RvOp op, unsigned rd, unsigned rs1);                // forms with one source and no rounding mode
void enc_i(Code *e, RvOp op, unsigned rd, unsigned rs1, int32_t imm);    // I, SHIFT, SHIFTW, LOAD, FLOAD
void enc_s(Code *e, RvOp op, unsigned rs2, unsigned base, int32_t disp); // STORE, FSTORE
void enc_u(Code *e, RvOp op, unsigned rd, int32_t imm);                  // imm: the low 12 bits are 0
void enc_rm(Code *e, RvOp op, unsigned round, unsigned rd, unsigned rs1, unsigned rs2, unsigned rs3); // others: 0
// A jump to be aimed: the offset of what is to be patched. It reaches 4 KiB only.
uint32_t enc_branch(Code *e, RvOp op, unsigned rs1, unsigned rs2);
// Jump or call to a fixed place in code memory, by one or two instructions; `rd`: 0, or where the return address goes.
void enc_jump_to(Code *e, unsigned rd, unsigned tmp, const uint8_t *exec, bool near);
// The words that such jumps are. Conditional jumps over the next n bytes: with the condition that is left out there.
uint32_t rv_jal(unsigned rd, int64_t distance);
void rv_pair(uint32_t words[2], unsigned rd, unsigned tmp, int64_t distance); // auipc tmp; jalr rd, tmp
uint32_t rv_skip(RvOp op, unsigned rs1, unsigned rs2, unsigned n);
enum { RV_JAL_REACH = 1 << 20 };
