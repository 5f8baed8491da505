// Emitted code as text, and what kind of instruction it is. The decoder is the guest's table of the same instructions
// (guest/rv64/rv64.insn), which knows nothing of the encoder and is tested against objdump.
#include "guest/rv64/guest_rv64.h"
#include "host/rv64/emit.h"
#include "host/rv64/rv64.h"
#include <string.h>

static uint32_t word_at(const uint8_t *code) {
    uint32_t w;
    memcpy(&w, code, sizeof w);
    return w;
}

static unsigned rd_of(uint32_t w) { return w >> 7 & 31; }
static unsigned rs1_of(uint32_t w) { return w >> 15 & 31; }
static unsigned rs2_of(uint32_t w) { return w >> 20 & 31; }

static bool is_scratch(unsigned r) { return r == LINK || (r >= TMP && r <= TMP3); }

static HostInsnKind kind_of_access(unsigned base, unsigned value, bool store, bool is_float) {
    if (base == FRAME) return store ? HOST_INSN_FRAME_STORE : HOST_INSN_FRAME_LOAD;
    return is_float || !is_scratch(value) ? HOST_INSN_ACCESS : HOST_INSN_PLAIN;
}

static HostInsnKind kind_of(uint32_t w) {
    switch (w & 127) {
    case 0x03:
    case 0x07: return kind_of_access(rs1_of(w), rd_of(w), false, w & 4);
    case 0x23:
    case 0x27: return kind_of_access(rs1_of(w), rs2_of(w), true, w & 4);
    case 0x2f: return HOST_INSN_ACCESS;
    case 0x63: return HOST_INSN_COND_JUMP;
    case 0x67:
    case 0x6f: return HOST_INSN_JUMP;
    case 0x13: return (w >> 20) == 0 && (w >> 12 & 7) == 0 && rs1_of(w) && rd_of(w) ? HOST_INSN_MOVE : HOST_INSN_PLAIN;
    case 0x53:
        return (w >> 25 | 1) == 0x11 && (w >> 12 & 7) == 0 && rs1_of(w) == rs2_of(w) ? HOST_INSN_MOVE : HOST_INSN_PLAIN;
    default: return HOST_INSN_PLAIN;
    }
}

static void to_end(HostInsn *out, const char *begin) { host_insn_operand(out, begin, strchr(out->text, 0)); }

static void find_places(HostInsn *out, const Insn *insn, uint32_t w, const uint8_t *exec) {
    const char *comma = strrchr(out->text, ','), *space = strchr(out->text, '\t');
    bool jump = (w & 127) == 0x63 || (w & 127) == 0x6f;
    if (jump) {
        out->to = exec + insn->f[3];
        to_end(out, comma ? comma + 1 : space);
    } else if (out->kind == HOST_INSN_FRAME_LOAD || out->kind == HOST_INSN_FRAME_STORE) {
        out->in_frame = true;
        out->frame_disp = (int32_t)insn->f[3];
        to_end(out, comma ? comma + 1 : NULL);
    }
}

HostInsn rv_describe(const uint8_t *code, size_t n, const uint8_t *exec) {
    HostInsn out = {.len = 4};
    if (n < 4) {
        out.len = 1;
        snprintf(out.text, sizeof out.text, ".byte 0x%02x", code[0]);
        return out;
    }
    uint32_t w = word_at(code);
    Insn insn = insn_decode(&rv64_insns, code, 4);
    if (insn.len != 4) {
        snprintf(out.text, sizeof out.text, ".word 0x%08x", w);
        return out;
    }
    insn_print(&rv64_insns, out.text, sizeof out.text, &insn, (gpc)(uintptr_t)exec);
    out.kind = (uint8_t)kind_of(w);
    find_places(&out, &insn, w, exec);
    return out;
}
