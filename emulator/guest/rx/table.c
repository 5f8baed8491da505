// The instruction table of RX and the operands that it prints in its own way, as GNU objdump does.
#define INSN_TABLE_DATA
#include "guest/rx/guest_rx.h"
#include "guest/rx/rx.h"
#include <inttypes.h>
#include <stdio.h>

static const char *const sizes[] = {"b", "w", "l", "uw", "ub"};
static const uint8_t scales[] = {0, 1, 2, 1, 0};
static const char *const conds[] = {"eq", "ne", "c",  "nc", "gtu", "leu", "pz", "n",
                                    "ge", "lt", "gt", "le", "o",   "no",  "?",  "?"};
static const char *const regs[] = {"psw", "pc",   "usp", "fpsw", "?",     "?",   "?",
                                   "?",   "bpsw", "bpc", "isp",  "fintv", "intb"};
static const char *const flags[] = {"c", "z", "s", "o", "?", "?", "?", "?", "i", "u"};

static size_t print_imm(char *out, size_t size, int64_t v) {
    if (v > -1000 && v < 1000) return (size_t)snprintf(out, size, "%d", (int)v);
    return (size_t)snprintf(out, size, "0x%" PRIx32, (uint32_t)v);
}

// An immediate as long as the memory that it is stored to has no sign.
static size_t print_stored(char *out, size_t size, const Insn *i) {
    int64_t v = i->f[RX_F_IMM];
    if (i->f[RX_F_IL] == 1 && i->f[RX_F_SIZE] == 0) v &= 0xff;
    if (i->f[RX_F_IL] == 2 && i->f[RX_F_SIZE] == 1) v &= 0xffff;
    return print_imm(out, size, v);
}

// dsp[r], followed by `.width` if there is one.
static size_t print_memory(char *out, size_t size, int64_t ld, int64_t dsp, unsigned scale, int64_t r, int width) {
    char offset[16] = "";
    if (ld) snprintf(offset, sizeof offset, "%" PRId64, dsp << scale);
    return (size_t)snprintf(out, size, "%s[r%" PRId64 "]%s%s", offset, r, width < 0 ? "" : ".",
                            width < 0 ? "" : sizes[width]);
}

static size_t print_operand(char *out, size_t size, unsigned kind, const Insn *i) {
    const int64_t *f = i->f;
    unsigned own = (unsigned)f[RX_F_SIZE];
    switch (kind) {
    case RX_PRINT_MEMX: return print_memory(out, size, f[RX_F_LD], f[RX_F_DSP], scales[own], f[RX_F_RS], (int)own);
    case RX_PRINT_MEMU: return print_memory(out, size, f[RX_F_LD], f[RX_F_DSP], 0, f[RX_F_RS], 4);
    case RX_PRINT_MEML: return print_memory(out, size, f[RX_F_LD], f[RX_F_DSP], 2, f[RX_F_RS], 2);
    case RX_PRINT_MEMB: return print_memory(out, size, f[RX_F_LD], f[RX_F_DSP], 0, f[RX_F_RS], 0);
    case RX_PRINT_ADDR: return print_memory(out, size, f[RX_F_LD], f[RX_F_DSP], scales[own], f[RX_F_RS], -1);
    case RX_PRINT_ADDL: return print_memory(out, size, f[RX_F_LD], f[RX_F_DSP], 2, f[RX_F_RS], -1);
    case RX_PRINT_ADDR5: return print_memory(out, size, 1, f[RX_F_DSP], scales[own], f[RX_F_RS], -1);
    case RX_PRINT_ADDL5: return print_memory(out, size, 1, f[RX_F_DSP], 2, f[RX_F_RS], -1);
    case RX_PRINT_ADDRD: return print_memory(out, size, f[RX_F_LE], f[RX_F_DSP2], scales[own], f[RX_F_RD], -1);
    default: return print_memory(out, size, f[RX_F_LE], f[RX_F_DSP2], 2, f[RX_F_RD], -1);
    }
}

static size_t print_field(char *out, size_t size, const InsnField *f, const Insn *insn, gpc pc) {
    int64_t v = insn->f[f->at];
    switch (f->print) {
    case RX_PRINT_SIZE: return (size_t)snprintf(out, size, "%s", sizes[v]);
    case RX_PRINT_COND: return (size_t)snprintf(out, size, "%s", conds[v]);
    case RX_PRINT_CR: return (size_t)snprintf(out, size, "%s", regs[v]);
    case RX_PRINT_FLAG: return (size_t)snprintf(out, size, "%s", flags[v]);
    case RX_PRINT_IMM: return print_imm(out, size, v);
    case RX_PRINT_IMMS: return print_stored(out, size, insn);
    case RX_PRINT_RTSD: return print_imm(out, size, v * 4);
    case RX_PRINT_DEST: return (size_t)snprintf(out, size, "%" PRIx32, (uint32_t)(pc + (uint64_t)v));
    case RX_PRINT_DEST3: return (size_t)snprintf(out, size, "%" PRIx32, (uint32_t)(pc + rx_short_distance(v)));
    default: return print_operand(out, size, f->print, insn);
    }
}

const InsnTable rx_insns = {
    INSN_TABLE,
    .reg_prefix = "r",
    .print_field = print_field,
    .dest_fields = 1 << RX_F_RD,
    .base_fields = 1 << RX_F_RS,
    .offset_fields = 1 << RX_F_DSP,
};
