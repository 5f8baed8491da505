# Sv57: five levels, the largest page, addresses that are not canonical, a switch between Sv57 and Sv48.
    .include "priv.inc"

    .equ SATP_SV57, 10 << 60
    .equ SATP_SV48, 9 << 60
    .equ HIGH, -(1 << 48)               # entry 511 of the top table

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
    .macro SATP reg, table, mode:vararg
    la      \reg, \table
    srli    \reg, \reg, 12
    li      t1, \mode
    or      \reg, \reg, t1
    .endm

    # top -> top4 (entry 0) -> root (entry 0: the address space of PAGING); top entry 511 -> top4b -> root2
    START
    PAGING
    PUT     page_a, 0xa1
    PUT     page_b, 0xb2
    POINT   top, 0, top4
    POINT   top, 511, top4b
    POINT   top4, 0, root
    POINT   top4b, 0, root2
    SATP    t0, top, SATP_SV57
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
    CHECK   2                       # the upper half, down to 4 KiB
    POINT   root2, 0, middle2
    POINT   middle2, 0, leaves2
    MAP_IN  leaves2, 1, page_b, PTE_RW
    sfence.vma
    li      a0, HIGH + 0x1000
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xb2
    li      a0, HIGH
    DO      S, sd a1, 0(a0)
    FAULTED 15, HIGH
    CHECK   3                       # 256 TiB: RAM is at its offset
    ENTRY   top, 2, PTE_RW
    la      a0, page_a
    li      t0, 2 << 48
    add     a0, a0, t0
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xa1
    CHECK   4                       # 256 TiB, misaligned
    ENTRY   top, 2, (1 << (39 - 12 + 10)) | PTE_RW
    li      a0, 2 << 48
    DO      S, ld a1, 0(a0)
    FAULTED 13, 2 << 48
    CHECK   5                       # not canonical: bits 63 to 57 are not bit 56
    li      a0, 1 << 57
    DO      S, ld a1, 0(a0)
    FAULTED 13, 1 << 57
    li      a0, 1 << 56
    DO      S, sd a1, 0(a0)
    FAULTED 15, 1 << 56
    CHECK   6                       # the same tables as Sv48 and as Sv57, in turns
    SATP    a4, top, SATP_SV57
    SATP    a5, top4, SATP_SV48
    li      a0, WINDOW
    li      a6, HIGH + 0x1000
    li      a3, 100
1:  csrw    satp, a4
    sfence.vma
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
top4:
    .zero 4096
top4b:
    .zero 4096
    .text
