# Code under paging: mappings of code pages that change, aliases that write, address spaces with different code at one
# address, the same code in S and U; in loops that are hot enough to be translated, chained and optimized.
    .include "priv.inc"

    .equ ROUNDS, 3000
    # A function of one page: a1 += value, a jump through the page, return. A page that calls it loops over it.
    .macro FUNCTION page, value
    la      t0, \page
    la      t1, body
    la      t2, body_end
1:  lw      t3, 0(t1)
    sw      t3, 0(t0)
    addi    t0, t0, 4
    addi    t1, t1, 4
    bltu    t1, t2, 1b
    la      t0, \page
    lw      t3, 0(t0)
    li      t4, \value << 20
    add     t3, t3, t4
    sw      t3, 0(t0)
    .endm
    .macro CALLS mode, expected:vararg  # ROUNDS calls of VA(0)
    li      a0, WINDOW
    li      a1, 0
    li      a3, ROUNDS
    IN      \mode
1:  jalr    ra, 0(a0)
    addi    a3, a3, -1
    bnez    a3, 1b
    ecall
    OUT
    EQ      s1, ECALL_\mode
    EQ      a1, \expected
    .endm

    START
    PAGING
    FUNCTION page_a, 1
    FUNCTION page_b, 2
    FUNCTION page_c, 4
    fence.i
    CHECK   1                       # another page behind the address
    MAP     0, page_a, PTE_RX
    CALLS   S, ROUNDS * 1
    MAP     0, page_b, PTE_RX
    CALLS   S, ROUNDS * 2
    MAP     0, page_c, PTE_RX
    CALLS   S, ROUNDS * 4
    MAP     0, page_a, PTE_RX
    CALLS   S, ROUNDS * 1
    CHECK   2                       # changed by S itself, in the loop that calls
    MAP     0, page_a, PTE_RX
    la      a4, leaves
    ld      a5, 0(a4)
    MAP     0, page_b, PTE_RX
    ld      a6, 0(a4)
    li      a0, WINDOW
    li      a1, 0
    li      a3, ROUNDS
    IN      S
1:  sd      a5, 0(a4)
    sfence.vma a0, x0
    jalr    ra, 0(a0)
    jalr    ra, 0(a0)
    sd      a6, 0(a4)
    sfence.vma a0, x0
    jalr    ra, 0(a0)
    addi    a3, a3, -1
    bnez    a3, 1b
    ecall
    OUT
    ENDED   ECALL_S
    EQ      a1, ROUNDS * 4
    CHECK   3                       # two address spaces, different code at one address; satp alone switches
    la      t0, root
    la      t1, root2
    ld      t2, 0(t0)
    sd      t2, 0(t1)
    ld      t2, 8(t0)
    sd      t2, 8(t1)
    ld      t2, 16(t0)
    sd      t2, 16(t1)
    POINT   root2, 3, middle2
    POINT   middle2, 0, leaves2
    MAP_IN  leaves, 0, page_a, PTE_RX
    MAP_IN  leaves2, 0, page_b, PTE_RX
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
    li      a1, 0
    li      a3, ROUNDS
    IN      S
1:  csrw    satp, a4
    jalr    ra, 0(a0)
    jalr    ra, 0(a0)
    jalr    ra, 0(a0)
    csrw    satp, a5
    jalr    ra, 0(a0)
    addi    a3, a3, -1
    bnez    a3, 1b
    ecall
    OUT
    ENDED   ECALL_S
    EQ      a1, ROUNDS * 5
    CHECK   4                       # hot in one space, then hot in the other
    csrw    satp, a4
    CALLS   S, ROUNDS * 1
    csrw    satp, a5
    CALLS   S, ROUNDS * 2
    csrw    satp, a4
    CALLS   S, ROUNDS * 1
    CHECK   5                       # and missing in the other
    MAP_IN  leaves2, 0, page_b, 0
    sfence.vma
    csrw    satp, a5
    li      a0, WINDOW
    DO      S, jr a0
    EQ      s1, 12
    SAME    s2, a0
    SAME    s3, a0
    csrw    satp, a4
    CALLS   S, ROUNDS * 1
    CHECK   6                       # a page of S is not for U, nor one of U for S, however hot
    MAP     0, page_a, PTE_RX | PTE_U
    CALLS   U, ROUNDS * 1
    DO      S, jr a0
    EQ      s1, 12
    MAP     0, page_a, PTE_RX
    CALLS   S, ROUNDS * 1
    DO      U, jr a0
    EQ      s1, 12
    SAME    s3, a0
    CHECK   7                       # the right to execute taken away
    MAP     0, page_a, PTE_RW
    DO      S, jr a0
    EQ      s1, 12
    MAP     0, page_a, PTE_RX
    CALLS   S, ROUNDS * 1
    CHECK   8                       # written through an alias, fence.i
    MAP     1, page_a, PTE_RW
    li      a0, WINDOW
    li      a1, 0
    li      a3, ROUNDS / 10
    li      a4, WINDOW + 0x1000
    IN      S
    lw      a5, 0(a4)
    li      a6, 1 << 20
1:  jalr    ra, 0(a0)
    add     a5, a5, a6              # the next value: 2, 3, ... 9, and again
    srli    t0, a5, 20
    li      t1, 9
    ble     t0, t1, 2f
    li      t0, 9 << 20
    sub     a5, a5, t0
2:  sw      a5, 0(a4)
    fence.i
    addi    a3, a3, -1
    bnez    a3, 1b
    ecall
    OUT
    ENDED   ECALL_S
    # 1, 2, ... 9, 1, ...: 300 values, the first 297 are 33 times 45, then 1, 2, 3
    EQ      a1, 33 * 45 + 6
    CHECK   9                       # written by M, which is not translated; by physical address
    FUNCTION page_a, 6
    fence.i
    CALLS   S, ROUNDS * 6
    FUNCTION page_a, 1
    fence.i
    CALLS   S, ROUNDS * 1
    CHECK   10                      # the same bytes at two addresses at a time
    MAP     0, page_a, PTE_RX
    MAP     1, page_a, PTE_RX
    li      a0, WINDOW
    li      a4, WINDOW + 0x1000
    li      a1, 0
    li      a3, ROUNDS
    IN      S
1:  jalr    ra, 0(a0)
    jalr    ra, 0(a4)
    addi    a3, a3, -1
    bnez    a3, 1b
    ecall
    OUT
    EQ      a1, ROUNDS * 2
    FUNCTION page_a, 3              # both have changed
    fence.i
    CALLS   S, ROUNDS * 3
    CHECK   11                      # a call out of the page and back, the page changes in between
    MAP     0, page_b, PTE_RX
    CALLS   S, ROUNDS * 2
    CHECK   12                      # auipc and links are virtual addresses, at either alias
    la      t0, page_c
    la      t1, where
    lw      t2, 0(t1)
    sw      t2, 0(t0)
    lw      t2, 4(t1)
    sw      t2, 4(t0)
    fence.i
    MAP     0, page_c, PTE_RX
    MAP     1, page_c, PTE_RX
    li      a0, WINDOW
    li      a4, WINDOW + 0x1000
    li      a3, ROUNDS
    IN      S
1:  jalr    ra, 0(a0)
    mv      a5, a7
    jalr    ra, 0(a4)
    mv      a6, a7
    addi    a3, a3, -1
    bnez    a3, 1b
    ecall
    OUT
    EQ      a5, WINDOW
    EQ      a6, WINDOW + 0x1000
    CHECK   13                      # M, bare S and paged S run the same physical code
    FUNCTION page_a, 1
    fence.i
    MAP     0, page_a, PTE_RX
    li      a1, 0
    li      a3, 300
1:  la      a0, page_a
    jalr    ra, 0(a0)
    IN      S
    li      a0, WINDOW
    jalr    ra, 0(a0)
    ecall
    OUT
    csrr    a4, satp
    csrw    satp, x0
    la      a0, page_a
    IN      S
    jalr    ra, 0(a0)
    ecall
    OUT
    csrw    satp, a4
    addi    a3, a3, -1
    bnez    a3, 1b
    EQ      a1, 900
    CHECK   14                      # the loop itself moves to another page: same address, other code
    FUNCTION page_b, 7
    fence.i
    li      a4, 40
    li      a5, 0
3:  MAP     0, page_a, PTE_RX
    CALLS   S, ROUNDS * 1
    MAP     0, page_b, PTE_RX
    CALLS   S, ROUNDS * 7
    addi    a4, a4, -10
    bnez    a4, 3b
    CHECK   15                      # a page of code is stored to while it runs: data beside code
    MAP     0, page_a, PTE_RWX
    li      a0, WINDOW
    li      a1, 0
    li      a3, ROUNDS
    IN      S
1:  jalr    ra, 0(a0)
    sd      a3, 0x400(a0)
    ld      t0, 0x400(a0)
    bne     t0, a3, 94f
    addi    a3, a3, -1
    bnez    a3, 1b
    ecall
94: ebreak
    OUT
    ENDED   ECALL_S
    EQ      a1, ROUNDS
    j       pass

    .balign 4
body:
    addi    a1, a1, 0
    j       1f
    ebreak
1:  ret
body_end:
where:
    auipc   a7, 0
    ret
