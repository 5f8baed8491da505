// What the way in and out of generated code is made of, see host/loadstore/entry.c. RISC-V ELF psABI on the C side.
#include "host/rv64/emit.h"
#include "host/rv64/rv64.h"

enum { SP = 2 };

void ls_put_add(Code *e, unsigned dst, unsigned a, unsigned b) { enc_r(e, RV_ADD, dst, a, b); }
void ls_put_load(Code *e, unsigned reg, unsigned base, int32_t disp) { enc_i(e, RV_LD, reg, base, disp); }
void ls_put_store(Code *e, unsigned reg, unsigned base, int32_t disp) { enc_s(e, RV_SD, reg, base, disp); }
void ls_put_jump(Code *e, unsigned reg) { enc_i(e, RV_JALR, ZERO, reg, 0); }
void ls_put_return(Code *e) { enc_i(e, RV_JALR, ZERO, LINK, 0); }

void ls_put_save(Code *e, bool load) {
    if (!load) enc_i(e, RV_ADDI, SP, SP, -RV_STACK);
    for (int32_t i = 0; i < ls_host.n_saved; i++)
        (load ? ls_put_load : ls_put_store)(e, ls_host.saved[i], SP, RV_STACK - 8 * (i + 1));
    if (load) enc_i(e, RV_ADDI, SP, SP, RV_STACK);
}

void ls_put_regs(Code *e, const HostFrame *frame, HostRegs regs, bool load) {
    for (; regs; regs &= regs - 1) {
        unsigned r = host_reg_first(regs);
        int32_t at = frame->saved_regs + 8 * (int32_t)r;
        if (load)
            enc_i(e, emit_is_float_reg(r) ? RV_FLD : RV_LD, r, FRAME, at);
        else
            enc_s(e, emit_is_float_reg(r) ? RV_FSD : RV_SD, r, FRAME, at);
    }
}

// The guest's flags change hands between fflags and the frame. C code has no use for the flags.
void ls_put_floats(Code *e, const HostFrame *frame, bool to_guest) {
    if (to_guest) {
        enc_i(e, RV_LW, TMP, FRAME, frame->fp_state);
        enc_r1(e, RV_FSFLAGS, ZERO, TMP);
    } else {
        enc_r1(e, RV_FSFLAGS, TMP, ZERO); // reads them and leaves none
        enc_s(e, RV_SW, TMP, FRAME, frame->fp_state);
    }
}

void ls_put_call(Code *e, unsigned reg, const uint8_t *leave) {
    enc_i(e, RV_JALR, LINK, reg, 0);
    uint32_t back = enc_branch(e, RV_BEQ, ls_host.args[0], ZERO);
    enc_jump_to(e, ZERO, TMP, leave, true);
    enc_aim(e, back, code_offset(e));
}

size_t rv_make_entry(HostEntry *entry, const HostConfig *cfg, uint8_t *rw, size_t room, ptrdiff_t to_exec) {
    entry->own_near = room <= RV_JAL_REACH;
    return ls_make_entry(entry, cfg, rw, room, to_exec);
}
