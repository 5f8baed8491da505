// Emitted code as text, and what kind of instruction it is. The decoder is Zydis: independent of the encoder.
#include "host/x64/x64.h"
#include "host/x64/enc.h"
#include <Zydis/Zydis.h>
#include <string.h>

typedef struct Decoded {
    ZydisDecodedInstruction in;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
} Decoded;

static bool is_move(ZydisMnemonic m) {
    return m == ZYDIS_MNEMONIC_MOV || m == ZYDIS_MNEMONIC_MOVSXD || m == ZYDIS_MNEMONIC_MOVSD ||
           m == ZYDIS_MNEMONIC_MOVSS;
}

static HostInsnKind kind_of_memory(const Decoded *d, const ZydisDecodedOperand *o) {
    switch (o->mem.base) {
    case ZYDIS_REGISTER_RIP:
    case ZYDIS_REGISTER_RSP: return HOST_INSN_PLAIN;
    case ZYDIS_REGISTER_RBP:
        if (o->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) return HOST_INSN_FRAME_STORE;
        return is_move(d->in.mnemonic) ? HOST_INSN_FRAME_LOAD : HOST_INSN_PLAIN;
    default: return HOST_INSN_ACCESS;
    }
}

static bool copies_register(const Decoded *d) {
    ZydisMnemonic m = d->in.mnemonic;
    return (is_move(m) || m == ZYDIS_MNEMONIC_XCHG || m == ZYDIS_MNEMONIC_MOVAPS) && d->in.operand_count_visible == 2 &&
           d->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER && d->operands[1].type == ZYDIS_OPERAND_TYPE_REGISTER;
}

static HostInsnKind kind_of(const Decoded *d) {
    if (d->in.meta.category == ZYDIS_CATEGORY_COND_BR) return HOST_INSN_COND_JUMP;
    if (d->in.meta.category == ZYDIS_CATEGORY_UNCOND_BR) return HOST_INSN_JUMP;
    for (unsigned i = 0; i < d->in.operand_count_visible; i++) {
        const ZydisDecodedOperand *o = &d->operands[i];
        if (o->type == ZYDIS_OPERAND_TYPE_MEMORY && o->mem.type == ZYDIS_MEMOP_TYPE_MEM) return kind_of_memory(d, o);
    }
    return copies_register(d) ? HOST_INSN_MOVE : HOST_INSN_PLAIN;
}

static void find_places(HostInsn *out, const Decoded *d, const uint8_t *exec) {
    for (unsigned i = 0; i < d->in.operand_count_visible; i++) {
        const ZydisDecodedOperand *o = &d->operands[i];
        ZyanU64 to;
        if (o->type == ZYDIS_OPERAND_TYPE_IMMEDIATE && o->imm.is_relative &&
            ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&d->in, o, (ZyanU64)(uintptr_t)exec, &to))) {
            out->to = (const uint8_t *)(uintptr_t)to;
            host_insn_operand(out, strchr(out->text, ' ') ? strchr(out->text, ' ') + 1 : NULL,
                              out->text + strlen(out->text));
        } else if (o->type == ZYDIS_OPERAND_TYPE_MEMORY && o->mem.base == ZYDIS_REGISTER_RBP &&
                   o->mem.index == ZYDIS_REGISTER_NONE) {
            out->in_frame = true;
            out->frame_disp = (int32_t)o->mem.disp.value;
            const char *open = strchr(out->text, '['), *close = open ? strchr(open, ']') : NULL;
            host_insn_operand(out, open, close ? close + 1 : NULL);
        }
    }
}

HostInsn x64_describe(const uint8_t *code, size_t n, const uint8_t *exec) {
    ZydisDecoder decoder;
    ZydisFormatter formatter;
    Decoded d;
    HostInsn out = {.len = 1};
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, n, &d.in, d.operands))) {
        snprintf(out.text, sizeof out.text, ".byte 0x%02x", code[0]);
        return out;
    }
    ZydisFormatterFormatInstruction(&formatter, &d.in, d.operands, d.in.operand_count_visible, out.text,
                                    sizeof out.text, (ZyanU64)(uintptr_t)exec, ZYAN_NULL);
    out.len = d.in.length;
    if ((size_t)out.len + ENC_TOKEN_BYTES <= n && enc_is_token(code + out.len)) out.len += ENC_TOKEN_BYTES;
    out.kind = (uint8_t)kind_of(&d);
    find_places(&out, &d, exec);
    return out;
}
