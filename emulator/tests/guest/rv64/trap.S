# Exceptions into M-mode: cause, mepc, mtval, and the state of the instruction that did not happen.
    .include "test.inc"

    .macro MTVAL value:vararg
    EQ      s3, \value
    .endm

test_start:
    CHECK   1                       # ecall from M-mode
    TRAPS   99f
98: ecall
    j       fail
99: TRAPPED 11, 98b
    MTVAL   0
    CHECK   2                       # breakpoints
    TRAPS   99f
98: ebreak
    j       fail
99: TRAPPED 3, 98b
    MTVAL   0                       # 0 or the pc are allowed; QEMU 7.2 says 0
    TRAPS   99f
    .option rvc
98: c.ebreak
    .option norvc
    j       fail
    ALIGN4
99: TRAPPED 3, 98b
    CHECK   3                       # illegal instructions; mtval has their bits
    TRAPS   99f
98: .word   0xffffffff
    j       fail
99: TRAPPED 2, 98b
    MTVAL   0xffffffff
    TRAPS   99f
98: .half   0x0000
    .half   0x0001
    j       fail
99: TRAPPED 2, 98b
    MTVAL   0
    TRAPS   99f
98: .half   0x8002                  # c.jr x0 is reserved
    .half   0x0001
    j       fail
99: TRAPPED 2, 98b
    MTVAL   0x8002
    TRAPS   99f
98: .half   0x6101                  # c.addi16sp 0 is reserved
    .half   0x0001
    j       fail
99: TRAPPED 2, 98b
    TRAPS   99f
98: .word   0x0000700b              # custom-0
    j       fail
99: TRAPPED 2, 98b
    MTVAL   0x0000700b
    CHECK   4                       # CSRs: not there; read-only
    li      a0, 42
    TRAPS   99f
98: csrr    a0, 0x8ff
    j       fail
99: TRAPPED 2, 98b
    MTVAL   0x8ff02573
    EQ      a0, 42
    TRAPS   99f
98: csrw    mhartid, a0
    j       fail
99: TRAPPED 2, 98b
    MTVAL   0xf1451073
    TRAPS   99f
98: csrrsi  a0, cycle, 1
    j       fail
99: TRAPPED 2, 98b
    EQ      a0, 42
    csrrs   a0, mhartid, x0         # a read is not a write
    csrrci  a0, mhartid, 0
    bnez    a0, fail
    CHECK   5                       # load access faults; rd and base stay
    li      a0, NOTHING_THERE
    TRAPS   99f
98: ld      a0, 8(a0)
    j       fail
99: TRAPPED 5, 98b
    MTVAL   NOTHING_THERE + 8
    EQ      a0, NOTHING_THERE
    TRAPS   99f
98: lb      x0, -1(a0)
    j       fail
99: TRAPPED 5, 98b
    MTVAL   NOTHING_THERE - 1
    CHECK   6                       # store access faults
    TRAPS   99f
98: sw      a0, 4(a0)
    j       fail
99: TRAPPED 7, 98b
    MTVAL   NOTHING_THERE + 4
    CHECK   7                       # in the middle of a block: what came before happened, what follows did not
    li      a1, 1
    TRAPS   99f
    addi    a1, a1, 1
    slli    a1, a1, 4
98: sb      a1, 0(a0)
    addi    a1, a1, 1
    j       fail
99: TRAPPED 7, 98b
    EQ      a1, 32
    CHECK   8                       # fetch faults: mepc is where no instruction is, the link register is written
    TRAPS   99f
    jalr    a1, 0(a0)
98: j       fail
99: EQ      s1, 1
    EQ      s2, NOTHING_THERE
    MTVAL   NOTHING_THERE
    la      a2, 98b
    SAME    a1, a2
    CHECK   9                       # the second half of an instruction is not there (QEMU 7.2 aborts)
    li      a0, RAM_END - 2
    IF_QEMU 1f
    li      a1, 0x0513              # first half of addi a0, a0, ...
    sh      a1, 0(a0)
    fence.i
    TRAPS   99f
    jr      a0
    j       fail
99: EQ      s1, 1
    EQ      s2, RAM_END - 2
    MTVAL   RAM_END
1:
    CHECK   10                      # the last two bytes of RAM can be executed (QEMU 7.2 aborts)
    IF_QEMU 1f
    li      a1, 0x9002              # c.ebreak
    sh      a1, 0(a0)
    fence.i
    TRAPS   99f
    jr      a0
    j       fail
99: EQ      s1, 3
    EQ      s2, RAM_END - 2
1:
    CHECK   11                      # mstatus: MIE goes to MPIE and back
    csrsi   mstatus, MSTATUS_MIE
    la      t0, look
    csrw    mtvec, t0
98: ecall
    csrr    a2, mstatus
    andi    a2, a2, MSTATUS_MIE | MSTATUS_MPIE
    EQ      a2, MSTATUS_MIE | MSTATUS_MPIE
    EQ      a1, MSTATUS_MPIE
    csrci   mstatus, MSTATUS_MIE
    ecall
    csrr    a2, mstatus
    andi    a2, a2, MSTATUS_MIE | MSTATUS_MPIE
    EQ      a2, MSTATUS_MPIE
    bnez    a1, fail
    CHECK   12                      # an exception inside a handler
    la      t0, nested
    csrw    mtvec, t0
    li      a3, 0
97: ecall
    EQ      a3, 2
    j       pass

    ALIGN4
look:                               # a1 = MIE and MPIE inside the handler
    csrr    a1, mstatus
    li      a2, MSTATUS_MPP
    and     a3, a1, a2
    bne     a3, a2, fail            # MPP is M
    andi    a1, a1, MSTATUS_MIE | MSTATUS_MPIE
    csrr    a3, mepc
    addi    a3, a3, 4
    csrw    mepc, a3
    mret

    ALIGN4
nested:
    addi    a3, a3, 1
    li      a4, 2
    beq     a3, a4, 1f
    csrr    a5, mepc
96: ebreak
    j       fail
1:  la      a4, 96b                 # the inner one replaced mepc and mcause
    csrr    a6, mepc
    bne     a4, a6, fail
    csrr    a6, mcause
    li      a4, 3
    bne     a4, a6, fail
    addi    a5, a5, 4
    csrw    mepc, a5
    li      a4, MSTATUS_MPP
    csrs    mstatus, a4
    mret
