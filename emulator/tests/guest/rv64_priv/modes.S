# M, S and U: entering and leaving, what each may do, TSR, TW and TVM.
    .include "priv.inc"

    .macro ILLEGAL mode, insn:vararg    # mtval has the instruction's bits
    DO      \mode, \insn
    EQ      s1, 2
    SAME    s2, a2
    lwu     t5, 0(a2)
    SAME    s3, t5
    .endm
    .macro LEGAL mode, cause, insn:vararg
    DO      \mode, \insn
    ENDED   \cause
    .endm

    START
    CHECK   1                       # misa has S and U
    csrr    a0, misa
    li      a1, 1 << 18 | 1 << 20
    and     a0, a0, a1
    SAME    a0, a1
    CHECK   2                       # ecall: a cause for each mode, mtval 0, MPP is where it came from
    IN      U
    ecall
    OUT
    EQ      s1, ECALL_U
    EQ      s3, 0
    li      a0, MSTATUS_MPP
    and     a1, s4, a0
    EQ      a1, MODE_U
    IN      S
    ecall
    OUT
    EQ      s1, ECALL_S
    and     a1, s4, a0
    EQ      a1, MODE_S
    IN      M
    ecall
    OUT
    EQ      s1, ECALL_M
    and     a1, s4, a0
    EQ      a1, MODE_M
    CHECK   3                       # ebreak in S and U
    LEGAL   S, 3, ebreak
    LEGAL   U, 3, ebreak
    CHECK   4                       # mret: MIE from MPIE, MPIE 1, MPP the least mode
    li      t0, MSTATUS_MPP | MSTATUS_MIE | MSTATUS_MPIE
    csrc    mstatus, t0
    la      t0, 1f
    csrw    mepc, t0
    li      t0, MODE_M
    csrs    mstatus, t0
    mret
    j       fail
1:  csrr    a0, mstatus
    li      a1, MSTATUS_MPP | MSTATUS_MIE | MSTATUS_MPIE
    and     a0, a0, a1
    EQ      a0, MSTATUS_MPIE
    CHECK   5                       # sret: SIE from SPIE, SPIE 1, SPP U; from S to U, from M to S
    csrci   sstatus, SSTATUS_SIE
    li      t0, SSTATUS_SPP
    csrs    sstatus, t0
    csrsi   sstatus, 0
    li      t0, SSTATUS_SPIE
    csrs    sstatus, t0
    la      t0, 97f
    csrw    sepc, t0
    la      s0, 99f
    sret
    j       fail
97: csrr    a0, sstatus             # S-mode
    ecall
    OUT
    EQ      s1, ECALL_S
    andi    a0, a0, SSTATUS_SPP | SSTATUS_SPIE | SSTATUS_SIE
    EQ      a0, SSTATUS_SPIE | SSTATUS_SIE
    csrci   sstatus, SSTATUS_SIE
    IN      S
    la      t0, 1f
    csrw    sepc, t0
    li      t0, SSTATUS_SPP
    csrc    sstatus, t0
    sret
    j       fail
1:  ecall
    OUT
    EQ      s1, ECALL_U
    CHECK   6                       # sret leaves M alone: MPP, MPIE
    li      t0, MSTATUS_MPP | MSTATUS_MPIE
    csrs    mstatus, t0
    li      t0, SSTATUS_SPP
    csrs    sstatus, t0
    la      t0, 97f
    csrw    sepc, t0
    la      s0, 99f
    csrr    a3, mstatus
    sret
97: ecall
    OUT
    EQ      s1, ECALL_S
    CHECK   7                       # returns that the mode does not have
    ILLEGAL U, sret
    ILLEGAL U, mret
    ILLEGAL S, mret
    CHECK   8                       # TSR: sret in S
    li      t0, MSTATUS_TSR
    csrs    mstatus, t0
    ILLEGAL S, sret
    li      t0, MSTATUS_TSR
    csrc    mstatus, t0
    CHECK   9                       # TW: wfi in S. U has no wfi while there is an S
    li      t0, MSTATUS_TW
    csrs    mstatus, t0
    ILLEGAL S, wfi
    li      t0, MSTATUS_TW
    csrc    mstatus, t0
    ILLEGAL U, wfi
    CHECK   10                      # TVM: satp and sfence.vma in S
    li      t0, MSTATUS_TVM
    csrs    mstatus, t0
    ILLEGAL S, csrr a0, satp
    ILLEGAL S, csrw satp, x0
    ILLEGAL S, sfence.vma
    ILLEGAL S, sfence.vma a0, a1
    csrr    a0, satp                # M-mode always may
    sfence.vma
    li      t0, MSTATUS_TVM
    csrc    mstatus, t0
    LEGAL   S, ECALL_S, csrr a0, satp
    LEGAL   S, ECALL_S, sfence.vma
    LEGAL   S, ECALL_S, sfence.vma a0, x0
    LEGAL   S, ECALL_S, sfence.vma x0, a0
    LEGAL   S, ECALL_S, sfence.vma a0, a1
    ILLEGAL U, sfence.vma
    CHECK   11                      # CSRs of a mode above
    ILLEGAL S, csrr a0, mstatus
    ILLEGAL S, csrr a0, mscratch
    ILLEGAL S, csrr a0, mhartid
    ILLEGAL S, csrr a0, pmpcfg0
    ILLEGAL S, csrw mtvec, x0
    ILLEGAL U, csrr a0, sstatus
    ILLEGAL U, csrr a0, satp
    ILLEGAL U, csrrs a0, sscratch, x0
    ILLEGAL U, csrr a0, mie
    LEGAL   S, ECALL_S, csrr a0, sstatus
    LEGAL   S, ECALL_S, csrrw a0, sscratch, a0
    CHECK   12                      # a CSR that is not there, in S and U
    ILLEGAL S, csrr a0, 0x8ff
    ILLEGAL U, csrr a0, 0x8ff
    CHECK   13                      # rd stays when the CSR may not be read
    li      a0, 42
    IN      U
    csrr    a0, sscratch
    ecall
    OUT
    EQ      s1, 2
    EQ      a0, 42
    CHECK   14                      # MPRV is off after mret to S or U, and stays when mret goes to M
    li      t0, MSTATUS_MPRV
    csrs    mstatus, t0
    IN      M
    csrr    a0, mstatus
    ecall
    OUT
    li      a1, MSTATUS_MPRV
    and     a0, a0, a1
    SAME    a0, a1
    li      t0, MSTATUS_MPRV
    csrs    mstatus, t0
    IN      U
    ecall
    OUT
    IF_QEMU 1f                      # 7.2 keeps it
    and     a0, s4, a1
    bnez    a0, fail
1:  CHECK   15                      # and after sret from M
    csrs    mstatus, a1
    li      t0, SSTATUS_SPP
    csrs    sstatus, t0
    la      t0, 97f
    csrw    sepc, t0
    la      s0, 99f
    sret
97: ecall
    OUT
    EQ      s1, ECALL_S
    IF_QEMU 1f
    and     a0, s4, a1
    bnez    a0, fail
1:  CHECK   16                      # sepc: bit 0 is not there
    li      a0, -1
    csrw    sepc, a0
    csrr    a0, sepc
    IF_QEMU 1f
    EQ      a0, -2
1:  CHECK   17                      # sscratch and scause keep what they are given
    li      a0, 0x123456789abcdef
    csrw    sscratch, a0
    csrr    a1, sscratch
    SAME    a0, a1
    li      a0, 15
    csrw    scause, a0
    csrr    a1, scause
    SAME    a0, a1
    csrw    stval, sp
    csrr    a1, stval
    SAME    a1, sp
    CHECK   18                      # an access fault in S and U, without paging
    li      a0, NOTHING_THERE
    DO      S, ld a1, 8(a0)
    FAULTED 5, NOTHING_THERE + 8
    DO      U, sd a1, 16(a0)
    FAULTED 7, NOTHING_THERE + 16
    j       pass
