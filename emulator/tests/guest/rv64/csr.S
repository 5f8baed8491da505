# Zicsr: the six instructions, and the machine CSRs: which bits can be written, which are constant.
    .include "test.inc"

test_start:
    CHECK   1                       # the six instructions, on mscratch
    li      a0, 0x0123456789abcdef
    csrw    mscratch, a0
    li      a1, -1
    csrrw   a2, mscratch, a1
    SAME    a2, a0
    csrr    a2, mscratch
    SAME    a2, a1
    csrrw   a1, mscratch, a0        # rd = rs1: exchanged
    EQ      a1, -1
    csrr    a1, mscratch
    SAME    a1, a0
    CHECK   2
    li      a1, 0xf0f0f0f0f0f0f0f0
    csrrs   a2, mscratch, a1
    SAME    a2, a0
    csrr    a2, mscratch
    EQ      a2, 0xf1f3f5f7f9fbfdff
    csrrc   a2, mscratch, a1
    EQ      a2, 0xf1f3f5f7f9fbfdff
    csrr    a2, mscratch
    EQ      a2, 0x01030507090b0d0f
    csrrs   a2, mscratch, x0
    EQ      a2, 0x01030507090b0d0f
    csrrc   a2, mscratch, x0
    EQ      a2, 0x01030507090b0d0f
    CHECK   3
    csrrwi  a2, mscratch, 31
    EQ      a2, 0x01030507090b0d0f
    csrrsi  a2, mscratch, 0
    EQ      a2, 31
    csrrci  a2, mscratch, 5
    EQ      a2, 31
    csrrsi  a2, mscratch, 1
    EQ      a2, 26
    csrr    a2, mscratch
    EQ      a2, 27
    csrrwi  x0, mscratch, 0
    csrr    a2, mscratch
    bnez    a2, fail
    csrrw   x0, mscratch, x0
    CHECK   4                       # mepc: bit 0 is 0; mtval and mcause keep what they get
    li      a0, -1
    csrw    mepc, a0
    csrr    a1, mepc
    IF_QEMU 1f                      # QEMU 7.2 keeps bit 0
    EQ      a1, -2
1:  csrw    mtval, a0
    csrr    a1, mtval
    EQ      a1, -1
    li      a0, 0x800000000000000b
    csrw    mcause, a0
    csrr    a1, mcause
    SAME    a1, a0
    CHECK   5                       # mtvec: base and mode; a reserved mode is not taken
    la      a0, on_trap
    ori     a1, a0, 1
    csrw    mtvec, a1
    csrr    a2, mtvec
    SAME    a2, a1
    ori     a2, a0, 2
    csrw    mtvec, a2
    csrr    a2, mtvec
    andi    a2, a2, 2
    bnez    a2, fail
    csrw    mtvec, a0
    csrr    a2, mtvec
    SAME    a2, a0
    CHECK   6                       # mie: software, timer, external
    li      a0, 0x888
    csrw    mie, a0
    csrr    a1, mie
    SAME    a1, a0
    li      a1, 0x80
    csrc    mie, a1
    csrr    a1, mie
    EQ      a1, 0x808
    csrw    mie, x0
    CHECK   7                       # mip: M-mode bits are the devices'
    csrr    a0, mip
    li      a1, 0x888
    csrc    mip, a1
    csrs    mip, a1
    csrr    a2, mip
    and     a0, a0, a1
    and     a2, a2, a1
    SAME    a0, a2
    CHECK   8                       # mstatus: MIE and MPIE
    csrsi   mstatus, MSTATUS_MIE
    csrr    a0, mstatus
    andi    a0, a0, MSTATUS_MIE
    beqz    a0, fail
    csrci   mstatus, MSTATUS_MIE
    csrr    a0, mstatus
    andi    a0, a0, MSTATUS_MIE
    bnez    a0, fail
    li      a1, MSTATUS_MPIE
    csrs    mstatus, a1
    csrr    a0, mstatus
    and     a0, a0, a1
    SAME    a0, a1
    csrc    mstatus, a1
    csrr    a0, mstatus
    and     a0, a0, a1
    bnez    a0, fail
    CHECK   9                       # misa: RV64, I M A C
    csrr    a0, misa
    srli    a1, a0, 62
    EQ      a1, 2
    li      a1, 0x1105
    and     a0, a0, a1
    SAME    a0, a1
    CHECK   10                      # hart 0; the identification registers can be read
    csrr    a0, mhartid
    bnez    a0, fail
    csrr    a0, mvendorid
    csrr    a0, marchid
    csrr    a0, mimpid
    CHECK   11                      # PMP and performance counters: start-up code may write them
    csrw    pmpcfg0, x0
    csrw    pmpaddr0, x0
    csrr    a0, pmpcfg0
    bnez    a0, fail
    csrw    mhpmevent3, x0
    csrr    a0, mhpmevent3
    bnez    a0, fail
    csrw    mhpmcounter3, x0
    csrr    a0, mhpmcounter3
    CHECK   12                      # pmpcfg1 does not exist on RV64
    TRAPS   99f
98: csrr    a0, pmpcfg1
    j       fail
99: TRAPPED 2, 98b
    CHECK   13                      # many CSR instructions in a row
    li      a0, 0
    li      a2, 1000
1:  csrw    mscratch, a0
    csrrs   a1, mscratch, a2
    csrr    a0, mscratch
    addi    a2, a2, -1
    bnez    a2, 1b
    EQ      a0, 1023
    j       pass
