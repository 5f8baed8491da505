# Delegated traps: medeleg and mideleg, what S-mode finds in its CSRs, interrupts of S-mode, vectored handlers.
    .include "priv.inc"

    .equ SSIP, 2
    .equ STIP, 32
    .equ SEIP, 512

    # The fields of sstatus (s8) as the trap left them: SPP, SPIE, SIE.
    .macro SSTATUS expected:vararg
    andi    t5, s8, SSTATUS_SPP | SSTATUS_SPIE | SSTATUS_SIE
    EQ      t5, \expected
    .endm

    START
    CHECK   1                       # medeleg: what S handles; ecall from M is never delegated
    li      a0, -1
    csrw    medeleg, a0
    csrr    a1, medeleg
    li      a2, 0xb1ff
    and     a3, a1, a2
    SAME    a3, a2
    li      a2, 1 << 11
    and     a3, a1, a2
    IF_QEMU 1f                      # 7.2 keeps the bit
    bnez    a3, fail
1:  csrw    medeleg, x0
    csrr    a1, medeleg
    bnez    a1, fail
    CHECK   2                       # mideleg: the interrupts of S; those of M stay with M
    csrw    mideleg, a0
    csrr    a1, mideleg
    andi    a1, a1, 0x6aa           # MSI, MTI, MEI and SSI, STI, SEI
    andi    a2, a1, 0x222
    EQ      a2, 0x222
    csrw    mideleg, x0
    csrr    a1, mideleg
    andi    a1, a1, 0x222
    bnez    a1, fail

    CHECK   10                      # exceptions of U and S, all delegated
    li      t0, 0xb1ff
    csrw    medeleg, t0
    csrci   sstatus, SSTATUS_SIE
    DO      U, ecall
    DELEGATED ECALL_U, 0
    SSTATUS 0
    DO      U, .word 0xffffffff
    DELEGATED 2, 0xffffffff
    DO      S, csrr a0, mstatus
    lwu     a3, 0(a2)
    EQ      s5, 2
    SAME    s7, a3
    SSTATUS SSTATUS_SPP
    DO      S, ebreak
    DELEGATED 3, 0
    SSTATUS SSTATUS_SPP
    li      a0, NOTHING_THERE
    DO      S, lw a1, 4(a0)
    DELEGATED 5, NOTHING_THERE + 4
    DO      U, sb a1, 5(a0)
    DELEGATED 7, NOTHING_THERE + 5
    DO      U, jr a0
    EQ      s1, ECALL_S
    EQ      s5, 1
    SAME    s6, a0
    SAME    s7, a0
    CHECK   11                      # SIE goes to SPIE, and is off
    csrsi   sstatus, SSTATUS_SIE
    DO      S, ebreak
    DELEGATED 3, 0
    SSTATUS SSTATUS_SPP | SSTATUS_SPIE
    csrci   sstatus, SSTATUS_SIE
    CHECK   12                      # what is not delegated goes to M, and leaves the CSRs of S alone
    li      t0, 0xb1ff & ~(1 << 3)
    csrw    medeleg, t0
    csrw    sepc, x0
    li      t0, 15
    csrw    scause, t0
    DO      S, ebreak
    EQ      s1, 3
    SAME    s2, a2
    csrr    a3, sepc
    bnez    a3, fail
    csrr    a3, scause
    EQ      a3, 15
    CHECK   13                      # traps of M-mode stay in M-mode
    li      t0, 0xb1ff
    csrw    medeleg, t0
    DO      M, ebreak
    EQ      s1, 3
    SAME    s2, a2
    EQ      s5, -1
    li      a0, NOTHING_THERE
    DO      M, ld a1, 0(a0)
    EQ      s1, 5
    SAME    s3, a0
    CHECK   14                      # ecall of S, when delegated, comes back to S; here the handler's own ecall would loop
    la      t0, count_ecalls
    csrw    stvec, t0
    li      t0, 1 << 9
    csrw    medeleg, t0
    li      a3, 0
    IN      S
    ecall
    ecall
    ecall
    ebreak                          # to M
    OUT
    EQ      s1, 3
    EQ      a3, 3
    la      t0, on_strap
    csrw    stvec, t0

    CHECK   20                      # sie and sip: only what is delegated can be seen
    csrw    medeleg, x0
    csrw    mideleg, x0
    li      a0, 0x222
    csrw    mie, a0
    csrr    a1, sie
    bnez    a1, fail
    li      t0, SSIP
    csrw    mideleg, t0
    csrr    a1, sie
    EQ      a1, SSIP
    csrw    sie, x0
    csrr    a1, mie
    andi    a1, a1, 0x222
    EQ      a1, 0x220
    li      t0, 0x222
    csrw    mideleg, t0
    csrw    mie, x0
    li      a0, -1
    csrw    sie, a0
    csrr    a1, mie
    li      a2, 0x222
    andi    a1, a1, 0x6aa
    SAME    a1, a2
    csrw    sie, x0
    CHECK   21                      # sip: S writes SSIP alone; M writes STIP and SEIP for it
    csrw    sip, a0
    csrr    a1, sip
    andi    a1, a1, 0x222
    EQ      a1, SSIP
    csrw    sip, x0
    csrr    a1, sip
    andi    a1, a1, 0x222
    bnez    a1, fail
    li      t0, STIP
    csrs    mip, t0
    csrr    a1, sip
    andi    a1, a1, 0x222
    EQ      a1, STIP
    csrw    sip, x0
    csrr    a1, sip
    andi    a1, a1, 0x222
    EQ      a1, STIP
    csrc    mip, t0
    CHECK   22                      # an interrupt of S, in S: waits for SIE; comes before the next instruction
    li      t0, SSIP
    csrw    mip, t0
    csrw    sie, t0
    csrci   sstatus, SSTATUS_SIE
    DO      S, nop                  # masked
    EQ      s1, ECALL_S
    EQ      s5, -1
    IN      S
    csrsi   sstatus, SSTATUS_SIE
95: j       95b
    OUT
    EQ      s1, ECALL_S
    li      t0, (1 << 63) | 1
    SAME    s5, t0
    la      t0, 95b
    SAME    s6, t0
    EQ      s7, 0
    SSTATUS SSTATUS_SPP | SSTATUS_SPIE
    CHECK   23                      # in U: always, SIE does not matter
    csrci   sstatus, SSTATUS_SIE
    IN      U
94: j       94b
    OUT
    EQ      s1, ECALL_S
    li      t0, (1 << 63) | 1
    SAME    s5, t0
    la      t0, 94b
    SAME    s6, t0
    SSTATUS 0
    CHECK   24                      # in M: never
    csrsi   sstatus, SSTATUS_SIE
    li      t0, MSTATUS_MIE
    csrs    mstatus, t0
    nop
    nop
    csrc    mstatus, t0
    csrci   sstatus, SSTATUS_SIE
    CHECK   25                      # order among delegated: external, software, timer
    li      t0, SSIP | STIP | SEIP
    csrs    mip, t0
    csrw    sie, t0
    IN      U
94: j       94b
    OUT
    li      t0, (1 << 63) | 9
    IF_QEMU 1f                      # 7.2 takes the lowest number
    SAME    s5, t0
1:  li      t0, SEIP
    csrc    mip, t0
    IN      U
94: j       94b
    OUT
    li      t0, (1 << 63) | 1
    SAME    s5, t0
    csrw    sip, x0
    IN      U
94: j       94b
    OUT
    li      t0, (1 << 63) | 5
    SAME    s5, t0
    CHECK   26                      # vectored: cause 5 enters at stvec + 20, exceptions at stvec
    la      t0, vectors + 1
    csrw    stvec, t0
    csrr    t1, stvec
    SAME    t0, t1
    li      a3, 0
    IN      U
94: j       94b
    OUT
    EQ      a3, 5
    li      t0, STIP
    csrc    mip, t0
    li      t0, 1 << 3
    csrw    medeleg, t0
    DO      U, ebreak
    EQ      a3, 1
    csrw    medeleg, x0
    la      t0, on_strap
    csrw    stvec, t0
    CHECK   27                      # an interrupt of S that is not delegated goes to M, from S even with MIE off
    csrw    mideleg, x0
    li      t0, MSTATUS_MIE | MSTATUS_MPIE
    csrc    mstatus, t0
    li      t0, STIP
    csrs    mip, t0
    csrw    mie, t0
    IN      S
94: j       94b
    OUT
    li      t0, (1 << 63) | 5
    SAME    s1, t0
    la      t0, 94b
    SAME    s2, t0
    CHECK   28                      # in M with MIE off it waits
    nop
    li      t0, STIP
    csrc    mip, t0
    csrw    mie, x0
    CHECK   29                      # wfi in S goes on when an interrupt is pending and enabled, masked or not
    li      t0, 0x222
    csrw    mideleg, t0
    li      t0, SSIP
    csrw    mip, t0
    csrw    mie, t0
    csrci   sstatus, SSTATUS_SIE
    DO      S, wfi
    EQ      s1, ECALL_S
    EQ      s5, -1
    csrw    mip, x0
    CHECK   30                      # the machine's timer interrupts S and U, wherever MIE is; M sets STIP for S as firmware does
    li      t0, MSTATUS_MIE | MSTATUS_MPIE
    csrc    mstatus, t0
    li      t0, 0x80
    csrw    mie, t0
    li      t1, CLINT_MTIMECMP
    sd      x0, 0(t1)
    IN      U
94: j       94b
    OUT
    li      t0, (1 << 63) | 7
    SAME    s1, t0
    li      t1, CLINT_MTIMECMP
    li      t2, -1
    sd      t2, 0(t1)
    li      t0, STIP
    csrs    mip, t0
    csrw    mie, t0
    IN      U
94: j       94b
    OUT
    li      t0, (1 << 63) | 5
    SAME    s5, t0
    CHECK   31                      # mret into S with SIE on: the pending interrupt comes before the first instruction
    li      t0, SSTATUS_SIE
    csrs    sstatus, t0
    li      a3, 7
    IN      S
94: li      a3, 8
    ecall
    OUT
    li      t0, (1 << 63) | 5
    SAME    s5, t0
    la      t0, 94b
    SAME    s6, t0
    EQ      a3, 7
    j       pass

    ALIGN4
count_ecalls:
    addi    a3, a3, 1
    csrr    t0, sepc
    addi    t0, t0, 4
    csrw    sepc, t0
    csrr    t0, scause
    li      t1, ECALL_S
    bne     t0, t1, 1f
    sret
1:  ebreak                          # to M

    ALIGN4
vectors:
    j       vector_0
    j       vector_other
    j       vector_other
    j       vector_other
    j       vector_other
    j       vector_5
vector_0:
    li      a3, 1
    j       on_strap
vector_5:
    li      a3, 5
    j       on_strap
vector_other:
    li      a3, 99
    j       on_strap
