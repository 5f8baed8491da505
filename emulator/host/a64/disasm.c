// Emitted code as text, which Capstone makes, and what kind of instruction it is.
#include "host/a64/a64.h"
#include "host/a64/emit.h"
#include <capstone/capstone.h>
#include <string.h>

static bool is_jump(uint32_t w) { return (w & 0x7c000000) == A64_B; }
static bool is_cond_jump(uint32_t w) { return (w & 0xff000010) == A64_B_COND || (w & 0x7e000000) == 0x34000000; }
static bool is_indirect(uint32_t w) { return (w & 0xfe000000) == 0xd6000000; }
static bool is_memory(uint32_t w) { return (w & 0x0a000000) == 0x08000000 && (w & 0x3b000000) != 0x18000000; }
static bool is_atomic(uint32_t w) { return (w & 0x3f000000) == 0x08000000 || (w & 0x3f200c00) == 0x38200000; }

static bool is_scratch(unsigned r) { return r == LINK || (r >= TMP3 && r <= TMP2); }

static HostInsnKind kind_of_access(uint32_t w) {
    unsigned base = w >> 5 & 31, value = w & 31;
    bool store = !(w >> 22 & 3), is_float = w >> 26 & 1;
    if (is_atomic(w)) return HOST_INSN_ACCESS;
    if (base == FRAME) return store ? HOST_INSN_FRAME_STORE : HOST_INSN_FRAME_LOAD;
    return base != ZERO && (is_float || !is_scratch(value)) ? HOST_INSN_ACCESS : HOST_INSN_PLAIN;
}

static HostInsnKind kind_of(uint32_t w) {
    if (is_jump(w) || is_indirect(w)) return HOST_INSN_JUMP;
    if (is_cond_jump(w)) return HOST_INSN_COND_JUMP;
    if (is_memory(w)) return kind_of_access(w);
    bool move = (w & 0xffe0ffe0) == (A64_ORR | ZERO << 5) || (w & 0xfffffc00) == A64_FMOV;
    return move ? HOST_INSN_MOVE : HOST_INSN_PLAIN;
}

// Where a jump leads: 26 or 19 bits of words.
static int64_t distance_of(uint32_t w) { return is_jump(w) ? bits_sext(w, 26) * 4 : bits_sext(w >> 5, 19) * 4; }

static int32_t disp_of(uint32_t w) {
    return w >> 24 & 1 ? (int32_t)((w >> 10 & 0xfff) << (w >> 30)) : (int32_t)bits_sext(w >> 12, 9);
}

static void to_end(HostInsn *out, const char *begin) { host_insn_operand(out, begin, strchr(out->text, 0)); }

static void find_places(HostInsn *out, uint32_t w, const uint8_t *exec) {
    const char *last = strrchr(out->text, '#');
    if (is_jump(w) || is_cond_jump(w)) {
        out->to = exec + distance_of(w);
        to_end(out, last);
    } else if (out->kind == HOST_INSN_FRAME_LOAD || out->kind == HOST_INSN_FRAME_STORE) {
        out->in_frame = true;
        out->frame_disp = disp_of(w);
        to_end(out, strchr(out->text, '['));
    }
}

// False: it is no instruction.
static bool print(char *text, size_t size, const uint8_t *code, const uint8_t *exec) {
    static csh capstone;
    cs_insn *insn;
    if (!capstone) BUG_IF(cs_open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &capstone), "Capstone knows no AArch64");
    size_t n = cs_disasm(capstone, code, 4, (uint64_t)(uintptr_t)exec, 1, &insn);
    if (!n) return false;
    snprintf(text, size, "%.31s%s%.75s", insn->mnemonic, *insn->op_str ? "\t" : "", insn->op_str);
    cs_free(insn, n);
    return true;
}

HostInsn a64_describe(const uint8_t *code, size_t n, const uint8_t *exec) {
    HostInsn out = {.len = 4};
    if (n < 4) {
        out.len = 1;
        snprintf(out.text, sizeof out.text, ".byte 0x%02x", code[0]);
        return out;
    }
    uint32_t w;
    memcpy(&w, code, sizeof w);
    if (!print(out.text, sizeof out.text, code, exec)) {
        snprintf(out.text, sizeof out.text, ".word 0x%08x", w);
        return out;
    }
    out.kind = (uint8_t)kind_of(w);
    find_places(&out, w, exec);
    return out;
}
