// The RX guest: what it offers to the house.
#include "guest/rx/rx.h"
#include "base/alloc.h"
#include "base/err.h"
#include "guest/rx/guest_rx.h"
#include "ir/float.h"
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#ifndef EM_RX
#define EM_RX 173
#endif

static const IrSlot slots[RX_SLOTS] = {
    {"r0", IR_I32},
    {"r1", IR_I32},
    {"r2", IR_I32},
    {"r3", IR_I32},
    {"r4", IR_I32},
    {"r5", IR_I32},
    {"r6", IR_I32},
    {"r7", IR_I32},
    {"r8", IR_I32},
    {"r9", IR_I32},
    {"r10", IR_I32},
    {"r11", IR_I32},
    {"r12", IR_I32},
    {"r13", IR_I32},
    {"r14", IR_I32},
    {"r15", IR_I32},
    [RX_SLOT_KIND] = {"flag_kind", IR_I32},
    [RX_SLOT_A] = {"flag_a", IR_I32},
    [RX_SLOT_B] = {"flag_b", IR_I32},
    [RX_SLOT_R] = {"flag_r", IR_I32},
    [RX_SLOT_C] = {"c", IR_I32},
    [RX_SLOT_Z] = {"z", IR_I32},
    [RX_SLOT_S] = {"s", IR_I32},
    [RX_SLOT_O] = {"o", IR_I32},
    [RX_SLOT_X] = {"flag_x", IR_I32},
    [RX_SLOT_Y] = {"flag_y", IR_I32},
    [RX_SLOT_FOP] = {"fop", IR_I32},
    [RX_SLOT_FA] = {"fop_a", IR_I32},
    [RX_SLOT_FB] = {"fop_b", IR_I32},
    [RX_SLOT_ACC] = {"acc", IR_I64},
    [RX_SLOT_FPSW] = {"fpsw", IR_I32},
    [RX_SLOT_PSW] = {"psw", IR_I32},
    [RX_SLOT_OTHER_SP] = {"other_sp", IR_I32},
    [RX_SLOT_INTB] = {"intb", IR_I32},
    [RX_SLOT_BPC] = {"bpc", IR_I32},
    [RX_SLOT_BPSW] = {"bpsw", IR_I32},
    [RX_SLOT_FINTV] = {"fintv", IR_I32},
};

static void *create(void) { return alloc_zeroed(1, sizeof(Rx)); }

static void destroy(void *state) { free(state); }

// What reset leaves undefined is 0 here.
static void reset(Cpu *cpu, gpc entry) {
    memset(cpu->slot, 0, sizeof cpu->slot);
    *rx_state(cpu) = (Rx){0};
    rx_flags_reset(cpu);
    cpu->fp_round = FLOAT_RNE | FLOAT_FLUSH;
    rx_fpsw_write(cpu, RX_FPSW_RESET);
    cpu->pc = entry;
}

static Insn decode(const uint8_t *bytes, unsigned avail, gpc pc) {
    (void)pc;
    return insn_decode(&rx_insns, bytes, avail);
}

// objdump puts a space behind each comma.
static size_t print(char *out, size_t size, const Insn *insn, gpc pc) {
    char text[96];
    size_t n = 0;
    insn_print(&rx_insns, text, sizeof text, insn, pc);
    for (const char *p = text; *p; p++) {
        if (n + 1 < size) out[n] = *p;
        n++;
        if (*p != ',') continue;
        if (n + 1 < size) out[n] = ' ';
        n++;
    }
    if (size) out[n < size ? n : size - 1] = 0;
    return n;
}

static bool lift(Lift *l, const Insn *insn) {
    static bool (*const by_ext[RX_EXT_COUNT])(Lift *, const Insn *) = {
        [RX_EXT_ARITH] = rx_lift_arith,   [RX_EXT_LOGIC] = rx_lift_logic,   [RX_EXT_SHIFT] = rx_lift_shift,
        [RX_EXT_MOVE] = rx_lift_move,     [RX_EXT_MEMORY] = rx_lift_move,   [RX_EXT_INDEX] = rx_lift_move,
        [RX_EXT_UPDATE] = rx_lift_move,   [RX_EXT_STACK] = rx_lift_stack,   [RX_EXT_BIT] = rx_lift_bit,
        [RX_EXT_FLOAT] = rx_lift_float,   [RX_EXT_BRANCH] = rx_lift_branch, [RX_EXT_DSP] = rx_lift_dsp,
        [RX_EXT_STRING] = rx_lift_string, [RX_EXT_SYSTEM] = rx_lift_system,
    };
    Insn base = insn_expand(&rx_insns, insn);
    unsigned ext = rx_insns.rows[base.op].ext;
    return by_ext[ext] && by_ext[ext](l, &base);
}

void rx_lift_undefined_insn(Lift *l) { lift_trap(l, RX_EXC_UNDEFINED, 0); }

// Bytes that cannot be fetched, and that would have made it an instruction, are an access exception.
static void lift_undefined(Lift *l, const uint8_t *bytes, unsigned avail) {
    uint8_t padded[INSN_BYTES_MAX] = {0};
    memcpy(padded, bytes, avail);
    bool cut_off = avail < INSN_BYTES_MAX && insn_decode(&rx_insns, padded, INSN_BYTES_MAX).len > avail;
    lift_trap(l, cut_off ? RX_EXC_ACCESS : RX_EXC_UNDEFINED, 0);
}

static bool is_flag_slot(unsigned slot) { return slot < 64 && RX_FLAG_SLOTS >> slot & 1; }

const Guest guest_rx = {
    .name = "rx",
    .elf_machine = EM_RX,
    .elf_class = ELFCLASS32,
    .insn_align = 1,
    .insn_min = 1,
    .strict_code = true,
    .slots = slots,
    .n_slots = RX_SLOTS,
    .is_flag_slot = is_flag_slot,
    .op_names = rx_op_names,
    .n_ops = RX_COUNT,
    .create = create,
    .destroy = destroy,
    .reset = reset,
    .decode = decode,
    .lift = lift,
    .lift_undefined = lift_undefined,
    .print = print,
    .trap = rx_trap,
    .fault_code = rx_fault_code,
    .irq_deliverable = rx_irq_deliverable,
    .irq_wakes = rx_irq_wakes,
    .irq_take = rx_irq_take,
    .debug = &rx_debug,
};
