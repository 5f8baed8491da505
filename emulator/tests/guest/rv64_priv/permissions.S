# Sv39: all 256 combinations of the flags of a leaf, in S and U, with SUM and MXR, for a load, a store and a fetch. What must
# happen is computed here from the manual's "Virtual Address Translation Process"; A and D are updated by hardware.
    .include "priv.inc"

    .equ FLAGS, 256
    .equ LOAD, 0
    .equ STORE, 1
    .equ FETCH, 2

    # s9 flags, s10 bit 0: S-mode, bit 1: SUM, bit 2: MXR; s11 access. a0 the address, a5 the expected cause, 0: none.
    START
    PAGING
    la      t0, page_a
    li      t1, 0x73                # ecall
    sw      t1, 0(t0)
    li      s11, LOAD
each_access:
    li      s10, 0
each_mode:
    li      t0, SSTATUS_SUM | SSTATUS_MXR
    csrc    sstatus, t0
    li      t1, 0
    andi    t0, s10, 2
    slli    t0, t0, 17
    or      t1, t1, t0
    andi    t0, s10, 4
    slli    t0, t0, 17
    or      t1, t1, t0
    csrs    sstatus, t1
    li      s9, 0
each_flags:
    addi    gp, s11, 1              # a failed check says which access
    li      a1, 0x73
    MAP     0, page_a, 0
    la      a6, leaves
    ld      a7, 0(a6)
    or      a7, a7, s9
    sd      a7, 0(a6)
    sfence.vma
    li      a0, WINDOW
    jal     expect
    andi    t2, s10, 1
    bnez    t2, 1f
    IN      U
    j       access
1:  IN      S
access:
    li      t3, STORE
    beq     s11, t3, 1f
    bgtu    s11, t3, 2f
    ld      a1, 0(a0)
    ecall
1:  sd      a1, 0(a0)
    ecall
2:  jr      a0
    OUT
    bnez    a5, 1f
    andi    t0, s10, 1              # no fault: ecall's cause, A, and D of a store
    addi    t0, t0, ECALL_U
    SAME    s1, t0
    ori     a7, a7, PTE_A
    li      t0, STORE
    bne     s11, t0, 2f
    ori     a7, a7, PTE_D
    j       2f
1:  SAME    s1, a5
    SAME    s3, a0
2:  ld      t0, 0(a6)               # the entry as it is now
    SAME    t0, a7
    addi    s9, s9, 1
    li      t0, FLAGS
    blt     s9, t0, each_flags
    addi    s10, s10, 1
    li      t0, 8
    blt     s10, t0, each_mode
    addi    s11, s11, 1
    li      t0, FETCH
    ble     s11, t0, each_access
    j       pass

    # a5 = cause of the page fault or 0
expect:
    li      a5, 0
    andi    t0, s9, PTE_V
    beqz    t0, fault
    andi    t0, s9, PTE_R | PTE_W | PTE_X
    beqz    t0, fault               # a pointer below the last level
    andi    t0, s9, PTE_R | PTE_W
    li      t1, PTE_W
    beq     t0, t1, fault           # reserved
    andi    t0, s9, PTE_U
    andi    t1, s10, 1
    beqz    t1, user
    beqz    t0, allowed             # S, its own page
    li      t1, FETCH
    beq     s11, t1, fault
    andi    t1, s10, 2              # SUM
    beqz    t1, fault
    j       allowed
user:
    beqz    t0, fault
allowed:
    li      t1, STORE
    beq     s11, t1, 1f
    bgtu    s11, t1, 2f
    andi    t0, s9, PTE_R
    bnez    t0, done
    andi    t0, s10, 4              # MXR
    beqz    t0, fault
    andi    t0, s9, PTE_X
    beqz    t0, fault
    ret
1:  andi    t0, s9, PTE_W
    beqz    t0, fault
    ret
2:  andi    t0, s9, PTE_X
    beqz    t0, fault
done:
    ret
fault:
    li      a5, 13
    li      t1, STORE
    bltu    s11, t1, done
    li      a5, 15
    beq     s11, t1, done
    li      a5, 12
    ret
