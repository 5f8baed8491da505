# "Sstc": stimecmp, who may reach it, and the interrupt that it raises.
    .include "priv.inc"

    .equ MENVCFG, 0x30a
    .equ STIMECMP, 0x14d
    .equ STI, 0x20
    .equ COUNTEREN_TM, 2
    .equ ILLEGAL, 2

    START
    li      a5, 1 << 63             # STCE
    CHECK   1                       # M-mode has it at any time, S-mode only with both bits, U-mode never
    csrw    MENVCFG, x0
    csrw    mcounteren, x0
    li      a0, -1
    csrw    STIMECMP, a0
    csrr    a1, STIMECMP
    EQ      a1, -1
    DO      S, csrr a1, STIMECMP
    EQ      s1, ILLEGAL
    csrs    MENVCFG, a5
    csrr    a1, MENVCFG
    and     a1, a1, a5
    SAME    a1, a5
    DO      S, csrr a1, STIMECMP
    EQ      s1, ILLEGAL
    li      a0, COUNTEREN_TM
    csrw    mcounteren, a0
    DO      S, csrr a1, STIMECMP
    ENDED   ECALL_S
    EQ      a1, -1
    DO      U, csrr a1, STIMECMP
    EQ      s1, ILLEGAL
    CHECK   2                       # STIP is the comparison, and cannot be written
    li      a0, STI
    csrs    mip, a0
    csrr    a1, mip
    and     a1, a1, a0
    bnez    a1, fail
    csrw    STIMECMP, x0
    csrr    a1, mip
    and     a1, a1, a0
    beqz    a1, fail
    csrc    mip, a0
    csrr    a1, mip
    and     a1, a1, a0
    beqz    a1, fail
    li      a1, -1
    csrw    STIMECMP, a1
    csrr    a1, mip
    and     a1, a1, a0
    bnez    a1, fail
    CHECK   3                       # it comes in time, in S-mode, and goes with the next stimecmp
    li      a0, STI
    csrw    mideleg, a0
    csrw    mie, a0
    li      a4, 20
2:  IN      S
    csrr    a1, time
    addi    a1, a1, 100
    csrw    STIMECMP, a1
    csrsi   sstatus, SSTATUS_SIE
1:  j       1b
    OUT
    ENDED   ECALL_S
    EQ      s5, 0x8000000000000005
    csrr    a3, time
    bltu    a3, a1, fail
    li      a0, -1
    csrw    STIMECMP, a0
    csrci   sstatus, SSTATUS_SIE
    addi    a4, a4, -1
    bnez    a4, 2b
    CHECK   4                       # it ends a wait
    csrr    a1, time
    li      a0, 1000
    add     a1, a1, a0
    csrw    STIMECMP, a1
    wfi
    csrr    a3, time
    csrr    a2, mip
    andi    a2, a2, STI
    beqz    a2, fail
    bltu    a3, a1, fail
    CHECK   5                       # without STCE, STIP is software's again
    li      a0, -1
    csrw    STIMECMP, a0
    csrc    MENVCFG, a5
    li      a0, STI
    csrs    mip, a0
    csrr    a1, mip
    and     a1, a1, a0
    beqz    a1, fail
    csrc    mip, a0
    csrr    a1, mip
    and     a1, a1, a0
    bnez    a1, fail
    j       pass
