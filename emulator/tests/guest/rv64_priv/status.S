# mstatus and sstatus: what can be written, what S sees; the fields that keep only legal values; counters of S and U.
    .include "priv.inc"

    START
    CHECK   1                       # UXL and SXL are 2 and stay so
    li      a0, 0xf << 32
    csrr    a1, mstatus
    and     a1, a1, a0
    li      a2, 0xa << 32
    SAME    a1, a2
    csrc    mstatus, a0
    csrr    a1, mstatus
    and     a1, a1, a0
    SAME    a1, a2
    csrs    mstatus, a0
    csrr    a1, mstatus
    and     a1, a1, a0
    IF_QEMU 1f                      # 7.2 takes a reserved value
    SAME    a1, a2
1:  csrc    mstatus, a0
    li      a0, 0xa << 32
    csrs    mstatus, a0
    CHECK   2                       # MPP never holds 2
    li      a0, MSTATUS_MPP
    csrc    mstatus, a0
    li      a1, 0x1000
    csrs    mstatus, a1
    csrr    a1, mstatus
    and     a1, a1, a0
    li      a2, 0x1000
    IF_QEMU 1f                      # 7.2 takes it
    beq     a1, a2, fail
1:  csrs    mstatus, a0
    CHECK   3                       # the bits of S-mode, one by one: set in sstatus, seen in mstatus, and back
    li      a0, SSTATUS_SIE
    jal     both_ways
    li      a0, SSTATUS_SPIE
    jal     both_ways
    li      a0, SSTATUS_SPP
    jal     both_ways
    li      a0, SSTATUS_SUM
    jal     both_ways
    li      a0, SSTATUS_MXR
    jal     both_ways
    CHECK   4                       # the bits of M-mode, one by one: sstatus neither shows nor changes them
    li      a0, MSTATUS_MIE
    jal     machine_only
    li      a0, MSTATUS_MPIE
    jal     machine_only
    li      a0, MSTATUS_MPRV
    jal     machine_only
    li      a0, MSTATUS_TVM
    jal     machine_only
    li      a0, MSTATUS_TW
    jal     machine_only
    li      a0, MSTATUS_TSR
    jal     machine_only
    csrr    a0, mstatus             # MPP
    li      a1, MSTATUS_MPP
    and     a0, a0, a1
    SAME    a0, a1
    csrc    sstatus, a1
    csrr    a0, mstatus
    and     a0, a0, a1
    SAME    a0, a1
    csrr    a0, sstatus
    and     a0, a0, a1
    bnez    a0, fail
    CHECK   5                       # satp: a mode that is not there changes nothing
    csrw    satp, x0
    la      a0, root
    srli    a0, a0, 12
    li      a1, SATP_SV39 | 5 << 44
    or      a1, a1, a0
    csrw    satp, a1                # M-mode is not translated
    csrr    a2, satp
    li      a3, 0xf << 60 | 0xfffffffffff
    and     a4, a2, a3
    and     a5, a1, a3
    SAME    a4, a5
    li      a4, 5 << 60 | 0x12345
    csrw    satp, a4
    csrr    a5, satp
    SAME    a2, a5
    li      a4, 15 << 60
    csrw    satp, a4
    csrr    a5, satp
    SAME    a2, a5
    csrw    satp, x0
    csrr    a5, satp
    bnez    a5, fail
    CHECK   6                       # stvec: direct and vectored
    la      a0, on_strap
    csrw    stvec, a0
    csrr    a1, stvec
    SAME    a0, a1
    addi    a0, a0, 1
    csrw    stvec, a0
    csrr    a1, stvec
    SAME    a0, a1
    la      a0, on_strap
    csrw    stvec, a0
    CHECK   7                       # counters: S needs mcounteren, U both
    csrw    mcounteren, x0
    csrw    scounteren, x0
    DO      S, csrr a0, cycle
    EQ      s1, 2
    DO      S, csrr a0, time
    EQ      s1, 2
    DO      S, csrr a0, instret
    EQ      s1, 2
    DO      U, csrr a0, cycle
    EQ      s1, 2
    li      a1, 1                   # cycle alone
    csrw    mcounteren, a1
    DO      S, csrr a0, cycle
    EQ      s1, ECALL_S
    DO      S, csrr a0, instret
    EQ      s1, 2
    DO      U, csrr a0, cycle
    EQ      s1, 2
    csrw    scounteren, a1
    DO      U, csrr a0, cycle
    EQ      s1, ECALL_U
    DO      U, csrr a0, instret
    EQ      s1, 2
    li      a1, 7
    csrw    mcounteren, x0
    csrw    scounteren, a1
    DO      U, csrr a0, cycle       # scounteren alone is not enough
    EQ      s1, 2
    csrw    mcounteren, a1
    DO      U, csrr a0, time
    EQ      s1, ECALL_U
    DO      U, csrr a0, instret
    EQ      s1, ECALL_U
    csrr    a0, cycle               # M always may
    csrw    mcounteren, x0
    csrr    a0, cycle
    csrr    a0, instret
    CHECK   8                       # a counter is read-only, in every mode
    csrw    mcounteren, a1
    DO      S, csrw cycle, x0
    EQ      s1, 2
    DO      U, csrsi instret, 1
    EQ      s1, 2
    CHECK   9                       # counters count in S and U, and do not go back
    IN      S
    csrr    a0, instret
    nop
    nop
    csrr    a1, instret
    csrr    a3, time
    csrr    a4, time
    ecall
    OUT
    EQ      s1, ECALL_S
    bgeu    a0, a1, fail
    bltu    a4, a3, fail
    CHECK   10                      # pmpcfg of odd numbers are not there on RV64
    TRAPS   99f
98: csrr    a0, pmpcfg1
    j       fail
99: TRAPPED 2, 98b
    j       pass

both_ways:
    csrs    sstatus, a0
    csrr    a1, mstatus
    and     a1, a1, a0
    bne     a1, a0, fail
    csrr    a1, sstatus
    and     a1, a1, a0
    bne     a1, a0, fail
    csrc    mstatus, a0
    csrr    a1, sstatus
    and     a1, a1, a0
    bnez    a1, fail
    csrs    mstatus, a0
    csrr    a1, sstatus
    and     a1, a1, a0
    bne     a1, a0, fail
    csrc    sstatus, a0
    csrr    a1, mstatus
    and     a1, a1, a0
    bnez    a1, fail
    ret

machine_only:
    csrs    mstatus, a0
    csrr    a1, sstatus
    and     a1, a1, a0
    bnez    a1, fail
    csrc    sstatus, a0
    csrr    a1, mstatus
    and     a1, a1, a0
    bne     a1, a0, fail
    csrc    mstatus, a0
    csrs    sstatus, a0
    csrr    a1, mstatus
    and     a1, a1, a0
    bnez    a1, fail
    ret
