// What the way in and out of generated code is made of, see host/loadstore/entry.c. Procedure Call Standard for the Arm 64-bit
// Architecture (AAPCS64) on the C side.
#include "host/a64/a64.h"
#include "host/a64/emit.h"

enum { SP = ZERO };

void ls_put_add(Code *e, unsigned dst, unsigned a, unsigned b) { enc_r(e, true, A64_ADD, dst, a, b); }
void ls_put_load(Code *e, unsigned reg, unsigned base, int32_t disp) { enc_mem(e, A64_LDR, 3, reg, base, disp); }
void ls_put_store(Code *e, unsigned reg, unsigned base, int32_t disp) { enc_mem(e, A64_STR, 3, reg, base, disp); }
void ls_put_jump(Code *e, unsigned reg) { enc_r1(e, true, A64_BR, 0, reg); }
void ls_put_return(Code *e) { enc_r1(e, true, A64_RET, 0, LINK); }

void ls_put_save(Code *e, bool load) {
    const uint8_t *reg = ls_host.saved;
    if (!load) enc_add_imm(e, true, A64_SUB, SP, SP, A64_STACK);
    for (int32_t i = 0; i < ls_host.n_saved; i += 2)
        enc_pair(e, load ? A64_LDP : A64_STP, reg[i + 1], reg[i], SP, A64_STACK - 8 * (i + 2));
    if (load) enc_add_imm(e, true, A64_ADD, SP, SP, A64_STACK);
}

void ls_put_regs(Code *e, const HostFrame *frame, HostRegs regs, bool load) {
    static const A64Op one[2][2] = {{A64_STR, A64_LDR}, {A64_STR_F, A64_LDR_F}};
    static const A64Op two[2][2] = {{A64_STP, A64_LDP}, {A64_STP_F, A64_LDP_F}};
    enc_add_imm(e, true, A64_ADD, TMP3, FRAME, frame->saved_regs);
    for (unsigned r = 0; r < HOST_REGS_MAX; r++) {
        if (!(regs & host_reg(r))) continue;
        bool is_float = emit_is_float_reg(r), pair = r + 1 < HOST_REGS_MAX && regs & host_reg(r + 1);
        if (pair)
            enc_pair(e, two[is_float][load], r, r + 1, TMP3, 8 * (int32_t)r);
        else
            enc_mem(e, one[is_float][load], 3, r, TMP3, 8 * (int32_t)r);
        r += pair;
    }
}

// FPCR and FPSR change hands. FPSR has the flags that were raised since, fp_state those from before: see float.c. C code has no
// use for the flags.
void ls_put_floats(Code *e, const HostFrame *frame, bool to_guest) {
    if (to_guest) {
        enc_system(e, A64_MRS_FPCR, TMP);
        enc_mem(e, A64_STR, 2, TMP, FRAME, frame->fp_host);
        enc_mem(e, A64_LDR, 2, TMP, FRAME, frame->fp_state);
        enc_logic_imm(e, true, A64_AND, TMP, TMP, A64_FPCR_BITS);
        enc_system(e, A64_MSR_FPCR, TMP);
        enc_system(e, A64_MSR_FPSR, ZERO);
    } else {
        enc_mem(e, A64_LDR, 2, TMP, FRAME, frame->fp_state);
        enc_system(e, A64_MRS_FPSR, TMP3);
        enc_logic_imm(e, true, A64_AND, TMP3, TMP3, A64_FPSR_FLAGS);
        enc_r(e, true, A64_ORR, TMP, TMP, TMP3);
        enc_mem(e, A64_STR, 2, TMP, FRAME, frame->fp_state);
        enc_system(e, A64_MSR_FPSR, ZERO);
        enc_mem(e, A64_LDR, 2, TMP, FRAME, frame->fp_host);
        enc_system(e, A64_MSR_FPCR, TMP);
    }
}

void ls_put_call(Code *e, unsigned reg, const uint8_t *leave) {
    enc_r1(e, true, A64_BLR, 0, reg);
    uint32_t back = enc_branch_zero(e, true, A64_CBZ, ls_host.args[0]);
    enc_jump_to(e, A64_B, leave);
    enc_aim(e, back, code_offset(e));
}
