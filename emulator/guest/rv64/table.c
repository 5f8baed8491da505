// The instruction table of RV64 and the fields that it prints in its own way.
#define INSN_TABLE_DATA
#include "guest/rv64/rv64.h"
#include "guest/rv64/guest_rv64.h"
#include <inttypes.h>
#include <stdio.h>

static const char *csr_name(int64_t csr) {
    switch (csr) {
#define CSR_NAME(number, name)                                                                                         \
    case number:                                                                                                       \
        return #name;
#include "guest/rv64/csr_names.inc"
#undef CSR_NAME
    default: return NULL;
    }
}

static size_t print_field(char *out, size_t size, const InsnField *f, const Insn *insn, gpc pc) {
    (void)pc;
    int64_t v = insn->f[f->at];
    static const char *const aqrl[4] = {"", ".rl", ".aq", ".aqrl"};
    static const char *const rm[8] = {"rne", "rtz", "rdn", "rup", "rmm", "unknown", "unknown", ""};
    switch (f->print) {
    case RV64_PRINT_CSR: {
        const char *name = csr_name(v);
        return (size_t)(name ? snprintf(out, size, "%s", name) : snprintf(out, size, "0x%" PRIx64, v));
    }
    case RV64_PRINT_FENCE:
        if (v == 0) return (size_t)snprintf(out, size, "unknown");
        return (size_t)snprintf(out, size, "%s%s%s%s", v & 8 ? "i" : "", v & 4 ? "o" : "", v & 2 ? "r" : "",
                                v & 1 ? "w" : "");
    case RV64_PRINT_HI20: return (size_t)snprintf(out, size, "0x%" PRIx64, v >> 12 & 0xfffff);
    case RV64_PRINT_AQRL: return (size_t)snprintf(out, size, "%s", aqrl[v & 3]);
    case RV64_PRINT_FREG: return (size_t)snprintf(out, size, "f%" PRId64, v);
    case RV64_PRINT_RM: return (size_t)snprintf(out, size, "%s", rm[v & 7]);
    default: return 0;
    }
}

const InsnTable rv64_insns = {
    INSN_TABLE,
    .reg_prefix = "x",
    .print_field = print_field,
    .dest_fields = 1 << RV64_F_RD,
    .base_fields = 1 << RV64_F_RS1,
    .offset_fields = 1 << RV64_F_IMM,
};
