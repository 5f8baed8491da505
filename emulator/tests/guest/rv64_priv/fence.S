# Changes of page tables and sfence.vma with all forms of operands, ASIDs, satp, A and D behind warm caches. Tested is what
# the architecture promises: after the fence the new entry counts; without one, old and new are both right, so the test does not ask.
    .include "priv.inc"

    .macro PUT page, value:vararg
    la      t0, \page
    li      t1, \value
    sd      t1, 0(t0)
    .endm
    # VA(0) of `table` becomes the page, then the fence given, in S-mode, between two hot loops of loads.
    .macro REMAP table, page, expected, fence:vararg
    MAP_IN  \table, 0, \page, PTE_RW
    li      a0, WINDOW
    IN      S
    \fence
    li      a3, 200
1:  ld      a1, 0(a0)
    addi    a3, a3, -1
    bnez    a3, 1b
    ecall
    OUT
    ENDED   ECALL_S
    EQ      a1, \expected
    .endm

    START
    PAGING
    PUT     page_a, 0xa
    PUT     page_b, 0xb
    PUT     page_c, 0xc
    li      a4, 1                   # the ASID
    li      a5, WINDOW
    ENABLE  root, 1
    CHECK   1                       # all four forms
    REMAP   leaves, page_a, 0xa, sfence.vma
    REMAP   leaves, page_b, 0xb, sfence.vma x0, x0
    REMAP   leaves, page_c, 0xc, sfence.vma a5, x0
    REMAP   leaves, page_a, 0xa, sfence.vma x0, a4
    REMAP   leaves, page_b, 0xb, sfence.vma a5, a4
    CHECK   2                       # an address inside the page names it
    addi    a5, a5, 0x123
    REMAP   leaves, page_c, 0xc, sfence.vma a5, x0
    REMAP   leaves, page_a, 0xa, sfence.vma a5, a4
    CHECK   3                       # from M-mode
    MAP     0, page_b, PTE_RW
    REMAP   leaves, page_c, 0xc, nop; sfence.vma
    CHECK   4                       # a right taken away, and given back
    li      a3, 50
1:  MAP     0, page_a, PTE_V | PTE_R | PTE_A
    li      a0, WINDOW
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    DO      S, sd a0, 8(a0)
    FAULTED 15, WINDOW + 8
    MAP     0, page_a, PTE_RW
    DO      S, sd a0, 8(a0)
    ENDED   ECALL_S
    MAP     0, page_a, 0
    DO      S, ld a1, 0(a0)
    FAULTED 13, WINDOW
    addi    a3, a3, -1
    bnez    a3, 1b
    CHECK   5                       # a pointer changed: another table below
    MAP_IN  leaves2, 0, page_b, PTE_RW
    MAP     0, page_a, PTE_RW
    DO      S, ld a1, 0(a0)
    EQ      a1, 0xa
    POINT   middle, 0, leaves2
    sfence.vma
    DO      S, ld a1, 0(a0)
    EQ      a1, 0xb
    POINT   middle, 0, leaves
    sfence.vma a0
    DO      S, ld a1, 0(a0)
    EQ      a1, 0xa
    CHECK   6                       # a 2 MiB page in place of a table, and back; a fence of one address is enough for that address
    la      t0, page_b
    srli    t0, t0, 21
    slli    t0, t0, 19
    ori     t0, t0, PTE_RW
    la      t1, middle
    sd      t0, 0(t1)
    sfence.vma
    la      a1, page_b
    li      a3, 0x1fffff
    and     a1, a1, a3
    add     a1, a1, a0
    DO      S, ld a1, 0(a1)
    EQ      a1, 0xb
    POINT   middle, 0, leaves
    sfence.vma a0, x0
    DO      S, ld a1, 0(a0)
    EQ      a1, 0xa

    CHECK   10                      # two address spaces with one address: satp switches, no fence
    la      t0, root                # root2 is as root, but for the window
    la      t1, root2
    ld      t2, 0(t0)
    sd      t2, 0(t1)
    ld      t2, 8(t0)
    sd      t2, 8(t1)
    ld      t2, 16(t0)
    sd      t2, 16(t1)
    POINT   root2, 3, middle2
    POINT   middle2, 0, leaves2
    MAP_IN  leaves, 0, page_a, PTE_RW
    MAP_IN  leaves2, 0, page_b, PTE_RW
    sfence.vma
    la      a4, root
    srli    a4, a4, 12
    li      a5, SATP_SV39 | 1 << 44
    or      a4, a4, a5
    la      a5, root2
    srli    a5, a5, 12
    li      a6, SATP_SV39 | 2 << 44
    or      a5, a5, a6
    li      a0, WINDOW
    IN      S
    li      a3, 1000
    li      a6, 0
1:  csrw    satp, a4
    ld      a1, 0(a0)
    add     a6, a6, a1
    csrw    satp, a5
    ld      a1, 0(a0)
    slli    a1, a1, 16
    add     a6, a6, a1
    addi    a3, a3, -1
    bnez    a3, 1b
    ecall
    OUT
    ENDED   ECALL_S
    EQ      a6, 1000 * (0xa + (0xb << 16))
    CHECK   11                      # stores go where the space says
    IN      S
    csrw    satp, a4
    li      a1, 0x1a
    sd      a1, 0(a0)
    csrw    satp, a5
    li      a1, 0x1b
    sd      a1, 0(a0)
    ecall
    OUT
    la      t0, page_a
    ld      t1, 0(t0)
    EQ      t1, 0x1a
    la      t0, page_b
    ld      t1, 0(t0)
    EQ      t1, 0x1b
    CHECK   12                      # a fence of one ASID is enough for it, and the other goes on
    MAP_IN  leaves, 0, page_c, PTE_RW
    li      a2, 1
    IN      S
    sfence.vma x0, a2
    csrw    satp, a4
    ld      a1, 0(a0)
    csrw    satp, a5
    ld      a3, 0(a0)
    ecall
    OUT
    EQ      a1, 0xc
    EQ      a3, 0x1b
    CHECK   13                      # missing in one space only: the fault comes there, each time
    li      a7, 100
    MAP_IN  leaves2, 0, page_b, 0
    sfence.vma
1:  IN      S
    csrw    satp, a4
    ld      a1, 0(a0)
    csrw    satp, a5
94: ld      a3, 8(a0)
    OUT
    EQ      s1, 13
    la      t0, 94b
    SAME    s2, t0
    EQ      s3, WINDOW + 8
    EQ      a1, 0xc
    addi    a7, a7, -1
    bnez    a7, 1b
    CHECK   14                      # a global page is seen from both
    MAP_IN  leaves, 0, page_c, PTE_RW | PTE_G
    MAP_IN  leaves2, 0, page_c, PTE_RW | PTE_G
    sfence.vma
    IN      S
    csrw    satp, a4
    ld      a1, 0(a0)
    csrw    satp, a5
    ld      a3, 0(a0)
    ecall
    OUT
    EQ      a1, 0xc
    EQ      a3, 0xc
    CHECK   15                      # gone after a fence of its address with x0 as ASID
    MAP_IN  leaves, 0, page_a, PTE_RW
    MAP_IN  leaves2, 0, page_b, PTE_RW
    IN      S
    sfence.vma a0, x0
    csrw    satp, a4
    ld      a1, 0(a0)
    csrw    satp, a5
    ld      a3, 0(a0)
    ecall
    OUT
    EQ      a1, 0x1a
    EQ      a3, 0x1b
    CHECK   16                      # bare and back: in M the addresses are physical, whatever is warm
    li      a7, 200
1:  csrw    satp, a4
    DO      S, ld a1, 0(a0)
    EQ      a1, 0x1a
    la      t0, page_a
    ld      a1, 0(t0)
    EQ      a1, 0x1a
    csrw    satp, x0
    la      t2, page_b
    DO      S, ld a1, 0(t2)
    EQ      a1, 0x1b
    addi    a7, a7, -1
    bnez    a7, 1b

    CHECK   20                      # D is set by the first store, though loads have warmed the page
    csrw    satp, a4
    MAP     0, page_a, PTE_V | PTE_R | PTE_W
    IN      S
    li      a3, 300
1:  ld      a1, 0(a0)
    addi    a3, a3, -1
    bnez    a3, 1b
    ecall
    OUT
    la      t0, leaves
    ld      a3, 0(t0)
    andi    a3, a3, PTE_A | PTE_D
    EQ      a3, PTE_A
    DO      S, sd a0, 16(a0)
    ENDED   ECALL_S
    la      t0, leaves
    ld      a3, 0(t0)
    andi    a3, a3, PTE_A | PTE_D
    EQ      a3, PTE_A | PTE_D
    CHECK   21                      # cleared and fenced, they are set again
    li      a7, 100
1:  MAP     0, page_a, PTE_V | PTE_R | PTE_W
    DO      S, sd a0, 16(a0)
    la      t0, leaves
    ld      a3, 0(t0)
    andi    a3, a3, PTE_A | PTE_D
    EQ      a3, PTE_A | PTE_D
    MAP     0, page_a, PTE_V | PTE_R | PTE_W | PTE_D
    DO      S, ld a1, 16(a0)
    la      t0, leaves
    ld      a3, 0(t0)
    andi    a3, a3, PTE_A
    EQ      a3, PTE_A
    addi    a7, a7, -1
    bnez    a7, 1b
    CHECK   22                      # many pages: more than any TLB has entries, each with its own number
    la      t0, leaves
    li      a3, 512
    la      a1, page_a              # page n is page_a or page_b by bit 0 of n * 5 / 4
    srli    a1, a1, 2
    la      a2, page_b
    srli    a2, a2, 2
    li      t1, 0
1:  slli    t2, t1, 2
    add     t2, t2, t1
    srli    t2, t2, 2
    andi    t2, t2, 1
    mv      t3, a1
    beqz    t2, 2f
    mv      t3, a2
2:  ori     t3, t3, PTE_RW
    sd      t3, 0(t0)
    addi    t0, t0, 8
    addi    t1, t1, 1
    blt     t1, a3, 1b
    PUT     page_a, 1
    PUT     page_b, 1000
    sfence.vma
    IN      S
    li      a6, 0
    li      a7, 20                  # rounds
2:  li      t1, 0
    mv      t2, a0
    li      a3, 512
    li      t4, 4096
1:  ld      t3, 0(t2)
    add     a6, a6, t3
    add     t2, t2, t4
    addi    t1, t1, 1
    blt     t1, a3, 1b
    addi    a7, a7, -1
    bnez    a7, 2b
    ecall
    OUT
    ENDED   ECALL_S
    EQ      a6, 20 * 256 * 1001
    CHECK   23                      # two addresses of one page: a store by one is seen by the other at once
    MAP     0, page_a, PTE_RW
    MAP     7, page_a, PTE_RW
    li      a1, WINDOW + 0x7000
    IN      S
    li      a3, 500
    li      a6, 0
1:  sd      a3, 32(a0)
    ld      t0, 32(a1)
    add     a6, a6, t0
    sd      a6, 40(a1)
    ld      a6, 40(a0)
    addi    a3, a3, -1
    bnez    a3, 1b
    ecall
    OUT
    EQ      a6, 500 * 501 / 2
    j       pass
