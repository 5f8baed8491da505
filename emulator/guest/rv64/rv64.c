// The RV64 guest: what it offers to the house.
#include "guest/rv64/rv64.h"
#include "base/alloc.h"
#include "base/err.h"
#include "guest/rv64/guest_rv64.h"
#include <elf.h>
#include <stdlib.h>
#include <string.h>

static const IrSlot slots[RV64_SLOTS] = {
#define X(n, name, type) [n] = {"x" #n, IR_I64},
#define F(n)             [RV64_SLOT_F0 + n] = {"f" #n, IR_F64},
#include "guest/rv64/registers.inc"
#undef X
#undef F
    [RV64_SLOT_FFLAGS] = {"fflags", IR_I32},
    [RV64_SLOT_FRM] = {"frm", IR_I64},
    [RV64_SLOT_RESERVATION] = {"reservation", IR_I64},
    [RV64_SLOT_RESERVED] = {"reserved", IR_I64},
};

static void *create(void) { return alloc_zeroed(1, sizeof(Rv64)); }

static void destroy(void *state) { free(state); }

// "Reset" of the privileged manual; the integer registers are unspecified there, 0 here.
static void reset(Cpu *cpu, gpc entry) {
    memset(cpu->slot, 0, sizeof cpu->slot);
    *rv64_state(cpu) = (Rv64){
        .priv = RV64_M, .mstatus = RV64_MSTATUS_UXL | RV64_MSTATUS_SXL, .menvcfg = RV64_ENVCFG_ADUE, .stimecmp = ~0ull};
    cpu->slot[RV64_SLOT_RESERVATION] = RV64_NO_RESERVATION;
    cpu->fp_round = 0;
    cpu->pc = entry;
    rv64_update_mode(cpu);
}

static Insn decode(const uint8_t *bytes, unsigned avail, gpc pc) {
    (void)pc;
    return insn_decode(&rv64_insns, bytes, avail);
}

static Insn expand(const Insn *insn) { return insn->len ? insn_expand(&rv64_insns, insn) : *insn; }

static size_t print(char *out, size_t size, const Insn *insn, gpc pc) {
    return insn_print(&rv64_insns, out, size, insn, pc);
}

static bool lift(Lift *l, const Insn *insn) {
    static bool (*const by_ext[RV64_EXT_COUNT])(Lift *, const Insn *) = {
        [RV64_EXT_I] = rv64_lift_i,   [RV64_EXT_ZIFENCEI] = rv64_lift_i,  [RV64_EXT_M] = rv64_lift_m,
        [RV64_EXT_A] = rv64_lift_a,   [RV64_EXT_ZICSR] = rv64_lift_zicsr, [RV64_EXT_PRIV] = rv64_lift_priv,
        [RV64_EXT_F] = rv64_lift_fd,  [RV64_EXT_D] = rv64_lift_fd,        [RV64_EXT_ZBA] = rv64_lift_b,
        [RV64_EXT_ZBB] = rv64_lift_b, [RV64_EXT_ZBS] = rv64_lift_b,       [RV64_EXT_ZICOND] = rv64_lift_zicond,
    };
    Insn expanded;
    const Insn *base = insn;
    if (rv64_insns.rows[insn->op].base != insn->op) expanded = insn_expand(&rv64_insns, insn), base = &expanded;
    unsigned ext = rv64_insns.rows[base->op].ext;
    return by_ext[ext] && by_ext[ext](l, base);
}

// "Base Instruction-Length Encoding"; longer ones do not exist here.
static unsigned insn_length(const uint8_t *bytes) { return (bytes[0] & 3) == 3 ? 4 : 2; }

// mtval is the instruction's bits, 16 or 32 of them. When the second half of a longer one is
// not there, the fetch faults.
static void lift_undefined(Lift *l, const uint8_t *bytes, unsigned avail) {
    unsigned len = insn_length(bytes);
    if (avail < len) {
        lift_trap(l, RV64_EXC_FETCH_ACCESS, l->pc + avail);
        return;
    }
    uint64_t raw = 0;
    for (unsigned i = 0; i < len; i++) raw |= (uint64_t)bytes[i] << (8 * i);
    lift_trap(l, RV64_EXC_ILLEGAL, raw);
}

static bool is_flag_slot(unsigned slot) { return slot == RV64_SLOT_FFLAGS; }

const Guest guest_rv64 = {
    .name = "rv64",
    .elf_machine = EM_RISCV,
    .elf_class = ELFCLASS64,
    .insn_align = 2,
    .insn_min = 2,
    .isa = "rv64imafdc_zicond_zicsr_zifencei_zba_zbb_zbs_sstc_svadu",
    .mmu = "riscv,sv57",
    .strict_code = false,
    .slots = slots,
    .n_slots = RV64_SLOTS,
    .is_flag_slot = is_flag_slot,
    .op_names = rv64_op_names,
    .n_ops = RV64_COUNT,
    .create = create,
    .destroy = destroy,
    .reset = reset,
    .decode = decode,
    .expand = expand,
    .insn_length = insn_length,
    .lift = lift,
    .lift_undefined = lift_undefined,
    .print = print,
    .trap = rv64_trap,
    .translate = rv64_translate,
    .fault_code = rv64_fault_code,
    .irq_deliverable = rv64_irq_deliverable,
    .irq_wakes = rv64_irq_wakes,
    .irq_take = rv64_irq_take,
    .debug = &rv64_debug,
    .user = &rv64_user,
};
