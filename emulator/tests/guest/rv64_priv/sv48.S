# Sv48: four levels, pages of all four sizes, addresses that are not canonical, a switch between Sv39 and Sv48.
    .include "priv.inc"

    .equ SATP_SV48, 9 << 60
    .equ HIGH, -(1 << 39)               # entry 511 of the top table

    .macro PUT page, value:vararg
    la      t0, \page
    li      t1, \value
    sd      t1, 0(t0)
    .endm
    .macro ENTRY table, index, value:vararg
    la      t0, \table
    li      t1, \index * 8
    add     t0, t0, t1
    li      t1, \value
    sd      t1, 0(t0)
    sfence.vma
    .endm

    # top -> root (entry 0: the address space of PAGING); top entry 511 -> root2
    START
    PAGING
    PUT     page_a, 0xa1
    PUT     page_b, 0xb2
    POINT   top, 0, root
    POINT   top, 511, root2
    la      t0, top
    srli    t0, t0, 12
    li      t1, SATP_SV48
    or      t0, t0, t1
    csrw    satp, t0
    sfence.vma
    csrr    t1, satp
    SAME    t0, t1
    CHECK   1                       # the lower half as in Sv39
    MAP     0, page_a, PTE_RW
    li      a0, WINDOW
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xa1
    CHECK   2                       # an address that Sv39 does not have: bit 38 without bits above
    la      t0, root
    li      t1, 256 * 8
    add     t0, t0, t1
    li      t1, (0x80000 << 10) | PTE_RW
    sd      t1, 0(t0)
    sfence.vma
    la      a0, page_b
    li      t0, RAM - (256 << 30)
    sub     a0, a0, t0
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xb2
    CHECK   3                       # the upper half, down to 4 KiB
    POINT   root2, 0, middle2
    POINT   middle2, 0, leaves2
    MAP_IN  leaves2, 1, page_b, PTE_RW
    sfence.vma
    li      a0, HIGH + 0x1000
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xb2
    DO      S, ld a1, 0x7f8(a0)
    ENDED   ECALL_S
    li      a0, HIGH
    DO      S, sd a1, 0(a0)
    FAULTED 15, HIGH
    CHECK   4                       # 2 MiB and 1 GiB there
    ENTRY   middle2, 1, (0x80000 << 10) | PTE_RW
    la      a0, page_a
    li      t0, RAM - (HIGH + 0x200000)
    sub     a0, a0, t0
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xa1
    ENTRY   root2, 1, (0x80000 << 10) | PTE_RW
    la      a0, page_b
    li      t0, RAM - (HIGH + (1 << 30))
    sub     a0, a0, t0
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xb2
    CHECK   5                       # 512 GiB: RAM is at its offset
    ENTRY   top, 2, PTE_RW
    la      a0, page_a
    li      t0, 2 << 39
    add     a0, a0, t0
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xa1
    CHECK   6                       # 512 GiB, misaligned
    ENTRY   top, 2, (0x80000 << 10) | PTE_RW
    li      a0, 2 << 39
    DO      S, ld a1, 0(a0)
    FAULTED 13, 2 << 39
    CHECK   7                       # not canonical: bits 63 to 48 are not bit 47
    li      a0, 1 << 48
    DO      S, ld a1, 0(a0)
    FAULTED 13, 1 << 48
    li      a0, 1 << 47
    DO      S, sd a1, 0(a0)
    FAULTED 15, 1 << 47
    li      a0, (1 << 63) | WINDOW
    DO      S, jr a0
    EQ      s1, 12
    SAME    s2, a0
    SAME    s3, a0
    CHECK   8                       # a leaf at the last level is no pointer
    MAP     0, page_a, PTE_V
    li      a0, WINDOW
    DO      S, ld a1, 0(a0)
    FAULTED 13, WINDOW
    CHECK   9                       # the same entries as Sv39 and as Sv48, in turns
    MAP     0, page_a, PTE_RW
    ENTRY   top, 3, 0               # Sv48: entry 0 leads to the window; as Sv39, `top` has no window
    csrr    a4, satp
    la      a5, root
    srli    a5, a5, 12
    li      t0, SATP_SV39
    or      a5, a5, t0
    li      a0, WINDOW
    li      a3, 100
1:  csrw    satp, a4
    sfence.vma
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xa1
    li      a6, HIGH + 0x1000
    DO      S, ld a1, 0(a6)
    ENDED   ECALL_S
    EQ      a1, 0xb2
    csrw    satp, a5
    sfence.vma
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xa1
    DO      S, ld a1, 0(a6)
    EQ      s1, 13
    SAME    s3, a6
    addi    a3, a3, -1
    bnez    a3, 1b
    j       pass

    .data
    .balign 4096
top:
    .zero 4096
    .text
