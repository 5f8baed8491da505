# Machine software and timer interrupts from the CLINT: direct and vectored mtvec, priority, masks, wfi.
    .include "test.inc"

# Interrupts save their cause and mepc in s4 and s5, count in s6, and are quiet afterwards.
    .macro HANDLER
    csrr    s4, mcause
    csrr    s5, mepc
    addi    s6, s6, 1
    li      t0, CLINT_MSIP
    sw      x0, 0(t0)
    lw      x0, 0(t0)
    li      t0, CLINT_MTIMECMP
    li      t1, -1
    sd      t1, 0(t0)
    mret
    .endm

test_start:
    li      s7, CLINT_MSIP
    li      s8, CLINT_MTIMECMP
    li      s9, CLINT_MTIME
    li      a0, -1
    sd      a0, 0(s8)
    la      a0, direct
    csrw    mtvec, a0
    li      a0, 0x88
    csrw    mie, a0

    CHECK   1                       # pending and enabled, but mstatus.MIE is 0: nothing happens
    li      s6, 0
    li      a0, 1
    sw      a0, 0(s7)
    lw      a1, 0(s7)
    EQ      a1, 1
    li      a2, 1000
1:  addi    a2, a2, -1
    bnez    a2, 1b
    csrr    a0, mip
    andi    a0, a0, 8
    beqz    a0, fail
    bnez    s6, fail
    CHECK   2                       # it comes before the instruction that follows the one that lets it in
    csrsi   mstatus, MSTATUS_MIE
98: nop
    EQ      s6, 1
    EQ      s4, 0x8000000000000003
    la      a0, 98b
    SAME    s5, a0
    csrr    a0, mip
    andi    a0, a0, 8
    bnez    a0, fail
    csrr    a0, mstatus             # mret has set MIE again
    andi    a0, a0, MSTATUS_MIE
    beqz    a0, fail
    CHECK   3                       # a store to the CLINT raises it soon
    li      s6, 0
    li      a0, 1
    sw      a0, 0(s7)
    li      a2, 10000
1:  bnez    s6, 1f
    addi    a2, a2, -1
    bnez    a2, 1b
    j       fail
1:  EQ      s6, 1
    CHECK   4                       # masked in mie, then let in by the write to mie
    csrwi   mie, 0
    li      s6, 0
    li      a0, 1
    sw      a0, 0(s7)
    lw      a1, 0(s7)
    li      a2, 100
1:  addi    a2, a2, -1
    bnez    a2, 1b
    bnez    s6, fail
    li      a0, 0x88
    csrw    mie, a0
98: nop
    EQ      s6, 1
    la      a0, 98b
    SAME    s5, a0
    CHECK   5                       # timer, while a loop runs
    li      s6, 0
    ld      a0, 0(s9)
    addi    a0, a0, 1000
    sd      a0, 0(s8)
    li      a2, 200000000
1:  bnez    s6, 1f
    addi    a2, a2, -1
    bnez    a2, 1b
    j       fail
1:  EQ      s4, 0x8000000000000007
    ld      a1, 0(s9)
    bltu    a1, a0, fail            # not before its time
    CHECK   6                       # wfi with MIE = 1: the handler has run when the next instruction is reached
    li      s6, 0
    ld      a0, 0(s9)
    li      a1, 5000
    add     a0, a0, a1
    sd      a0, 0(s8)
    wfi
98: EQ      s6, 1
    la      a1, 98b
    SAME    s5, a1
    ld      a1, 0(s9)
    bltu    a1, a0, fail
    CHECK   7                       # wfi with MIE = 0: goes on without a handler
    csrci   mstatus, MSTATUS_MIE
    li      s6, 0
    ld      a0, 0(s9)
    li      a1, 5000
    add     a0, a0, a1
    sd      a0, 0(s8)
    wfi
    bnez    s6, fail
    csrr    a1, mip
    andi    a1, a1, 0x80
    beqz    a1, fail
    ld      a1, 0(s9)
    bltu    a1, a0, fail
    wfi                             # still pending: does not wait
    li      a0, -1
    sd      a0, 0(s8)
    ld      x0, 0(s8)
    csrr    a1, mip
    andi    a1, a1, 0x80
    bnez    a1, fail
    CHECK   8                       # both pending: software first
    la      a0, first
    csrw    mtvec, a0
    li      s6, 0
    li      a0, 1
    sw      a0, 0(s7)
    sd      x0, 0(s8)
    ld      x0, 0(s8)
    csrsi   mstatus, MSTATUS_MIE
    nop
    EQ      s6, 2
    EQ      s4, 0x8000000000000007
    EQ      s5, 0x8000000000000003
    CHECK   9                       # vectored: base + 4 * cause; exceptions go to the base
    la      a0, vectors
    ori     a0, a0, 1
    csrw    mtvec, a0
    li      a3, 0
    li      a0, 1
    sw      a0, 0(s7)
    lw      x0, 0(s7)
    nop
    li      a2, 10000
1:  bnez    a3, 1f
    addi    a2, a2, -1
    bnez    a2, 1b
1:  EQ      a3, 3
    li      a3, 0
    sd      x0, 0(s8)
    li      a2, 10000
1:  bnez    a3, 1f
    addi    a2, a2, -1
    bnez    a2, 1b
1:  EQ      a3, 7
    csrci   mstatus, MSTATUS_MIE
    li      a3, 0
    ecall
    EQ      a3, 100
    CHECK   10                      # mret lets a pending interrupt in
    la      a0, direct
    csrw    mtvec, a0
    csrci   mstatus, MSTATUS_MIE
    li      s6, 0
    li      a0, 1
    sw      a0, 0(s7)
    lw      x0, 0(s7)
    la      a0, 98f
    csrw    mepc, a0
    li      a0, MSTATUS_MPIE | MSTATUS_MPP
    csrs    mstatus, a0
    mret
    j       fail
98: EQ      s6, 1
    la      a0, 98b
    SAME    s5, a0
    CHECK   11                      # an interrupt ends a reservation
    csrci   mstatus, MSTATUS_MIE
    li      a0, 1
    sw      a0, 0(s7)
    lw      x0, 0(s7)
    la      a3, cell
    lr.d    a1, (a3)
    csrsi   mstatus, MSTATUS_MIE
    sc.d    a2, a1, (a3)
    beqz    a2, fail
    CHECK   12                      # 200 timer interrupts while the registers of a computation stay
    la      a0, ticks
    csrw    mtvec, a0
    li      s6, 0
    li      a0, 1
    li      a1, 1
    li      a3, 200
    ld      a4, 0(s9)
    sd      a4, 0(s8)
1:  add     a2, a0, a1              # a0 = a1 - 1 always
    addi    a0, a0, 1
    addi    a1, a1, 1
    sub     a2, a2, a0
    addi    a2, a2, 2
    SAME    a2, a1
    blt     s6, a3, 1b
    csrci   mstatus, MSTATUS_MIE
    SAME    a0, a1
    j       pass

    ALIGN4
direct:
    HANDLER

    ALIGN4
first:                              # s5: the first cause, s4: the second
    csrr    t0, mcause
    mv      s5, s4
    mv      s4, t0
    addi    s6, s6, 1
    andi    t1, t0, 15
    addi    t1, t1, -3
    beqz    t1, 1f
    li      t1, -1
    sd      t1, 0(s8)
    ld      x0, 0(s8)
    mret
1:  sw      x0, 0(s7)
    lw      x0, 0(s7)
    mret

    .balign 256
vectors:
    j       exception
    j       fail
    j       fail
    j       software
    j       fail
    j       fail
    j       fail
    j       timer
    .rept   8
    j       fail
    .endr
exception:
    li      a3, 100
    csrr    t0, mepc
    addi    t0, t0, 4
    csrw    mepc, t0
    li      t0, MSTATUS_MPP
    csrs    mstatus, t0
    mret
software:
    li      a3, 3
    sw      x0, 0(s7)
    lw      x0, 0(s7)
    mret
timer:
    li      a3, 7
    li      t0, -1
    sd      t0, 0(s8)
    ld      x0, 0(s8)
    mret

    ALIGN4
ticks:
    addi    s6, s6, 1
    ld      t0, 0(s9)
    addi    t0, t0, 3
    sd      t0, 0(s8)
    mret

    .bss
    .balign 8
cell:
    .space  8
