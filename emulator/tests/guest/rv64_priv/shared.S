# Several accesses off one base, of which one look at the page may serve all: across a border, on a page that is missing, that
# can only be read, that is not marked as written, that holds code; each faults for itself, and marks what it is due to mark.
    .include "priv.inc"

    .equ SECOND, WINDOW + 0x1000
    .equ CLEAN, PTE_V | PTE_R | PTE_W

    # A and D of page n are these.
    .macro MARKED n, bits:vararg
    la      t0, leaves
    ld      a7, \n*8(t0)
    andi    a7, a7, PTE_A | PTE_D
    EQ      a7, \bits
    .endm
    .macro FILL page, at, value
    la      t0, \page
    li      t1, \at
    add     t0, t0, t1
    li      t1, \value
    sd      t1, 0(t0)
    .endm
    .macro HOLDS page, at, value
    la      t0, \page
    li      t1, \at
    add     t0, t0, t1
    ld      t1, 0(t0)
    EQ      t1, \value
    .endm
    .macro STOPPED cause, at, tval:vararg
    EQ      s1, \cause
    la      t0, \at
    SAME    s2, t0
    EQ      s3, \tval
    .endm

    START
    PAGING
    MAP     0, page_a, PTE_RW
    MAP     1, page_c, PTE_RW
    FILL    page_a, 0, 100
    FILL    page_a, 8, 101
    FILL    page_a, 0xff0, 102
    FILL    page_a, 0xff8, 103
    FILL    page_c, 0, 104
    FILL    page_c, 8, 105
    CHECK   1                       # within a page
    li      a0, WINDOW
    IN      S
    ld      a1, 0(a0)
    ld      a3, 8(a0)
    sd      a3, 16(a0)
    sd      a1, 24(a0)
    ecall
    OUT
    ENDED   ECALL_S
    EQ      a1, 100
    EQ      a3, 101
    HOLDS   page_a, 16, 101
    HOLDS   page_a, 24, 100
    CHECK   2                       # across a border, of pages that do not lie side by side: many times
    li      a0, SECOND
    li      a6, 200
    li      a4, 0
    IN      S
1:  ld      a1, -16(a0)
    ld      a3, -8(a0)
    add     a4, a4, a1
    ld      a1, 0(a0)
    add     a4, a4, a3
    ld      a3, 8(a0)
    add     a4, a4, a1
    add     a4, a4, a3
    sd      a4, 16(a0)
    sd      a6, -24(a0)
    addi    a6, a6, -1
    bnez    a6, 1b
    ecall
    OUT
    ENDED   ECALL_S
    EQ      a4, 200 * (102 + 103 + 104 + 105)
    HOLDS   page_c, 16, 200 * (102 + 103 + 104 + 105)
    HOLDS   page_a, 0xfe8, 1
    CHECK   3                       # an access that lies in both
    IN      S
    ld      a1, -4(a0)
    ld      a3, -16(a0)
    ecall
    OUT
    ENDED   ECALL_S
    EQ      a1, 104 << 32
    EQ      a3, 102
    CHECK   4                       # the second page is missing: what comes before is done
    MAP     1, page_c, 0
    li      a1, 0
    li      a3, 42
    IN      S
    ld      a1, -8(a0)
94: ld      a3, 0(a0)
    ld      a1, -16(a0)
    ecall
    OUT
    STOPPED 13, 94b, SECOND
    EQ      a1, 103
    EQ      a3, 42
    CHECK   5                       # a page that can only be read
    MAP     0, page_a, PTE_V | PTE_R | PTE_A
    li      a0, WINDOW
    IN      S
    ld      a1, 0(a0)
94: sd      a1, 8(a0)
    ld      a1, 8(a0)
    ecall
    OUT
    STOPPED 15, 94b, WINDOW + 8
    EQ      a1, 100
    HOLDS   page_a, 8, 101
    IN      S
94: sd      a3, 0(a0)
    ld      a1, 8(a0)
    ecall
    OUT
    STOPPED 15, 94b, WINDOW
    EQ      a1, 100
    CHECK   6                       # loads mark as read, stores as written
    MAP     0, page_a, CLEAN
    IN      S
    ld      a1, 0(a0)
    ld      a3, 8(a0)
    ecall
    OUT
    ENDED   ECALL_S
    MARKED  0, PTE_A
    IN      S
    sd      a1, 0(a0)
    ld      a3, 8(a0)
    ecall
    OUT
    ENDED   ECALL_S
    MARKED  0, PTE_A | PTE_D
    MAP     0, page_a, CLEAN
    IN      S
    ld      a1, 0(a0)
    sd      a1, 8(a0)
    ecall
    OUT
    ENDED   ECALL_S
    HOLDS   page_a, 8, 100
    MARKED  0, PTE_A | PTE_D
    CHECK   7                       # a fault between the load and the store: not written
    MAP     0, page_a, CLEAN
    li      a4, SECOND
    IN      S
    ld      a1, 0(a0)
94: ld      a3, 0(a4)
    sd      a1, 16(a0)
    ecall
    OUT
    STOPPED 13, 94b, SECOND
    MARKED  0, PTE_A
    CHECK   8                       # a store on a way that is not taken: not written, however often it is passed
    li      a6, 100
    li      a4, 0
    IN      S
1:  ld      a1, 0(a0)
    ld      a3, 8(a0)
    beqz    a6, 2f
    add     a4, a4, a1
    addi    a6, a6, -1
    bnez    a6, 1b
    ecall
2:  sd      a3, 0(a0)
    ecall
    OUT
    ENDED   ECALL_S
    EQ      a4, 100 * 100
    MARKED  0, PTE_A
    CHECK   9                       # by another base that is as much: each by itself
    MAP     0, page_a, PTE_RW
    MAP     1, page_c, PTE_RW
    addi    a4, a0, 8
    li      a5, 7
    IN      S
    sd      a5, 0(a0)
    sd      a0, 8(a0)
    ld      a1, -8(a4)
    ld      a3, 0(a4)
    ecall
    OUT
    EQ      a1, 7
    SAME    a3, a0
    CHECK   10                      # a page that holds code which has run: the stores are seen
    MAP     0, page_a, PTE_RWX
    la      t0, page_a
    lwu     t1, insn
    sw      t1, 0(t0)
    lwu     t1, insn + 4
    sw      t1, 4(t0)
    fence.i
    li      a1, 5
    DO      S, jr a0
    ENDED   ECALL_S
    EQ      a1, 105
    lwu     a4, other
    IN      S
    lw      a3, 4(a0)
    sw      a4, 0(a0)
    lw      a5, 0(a0)
    fence.i
    jr      a0
    OUT
    ENDED   ECALL_S
    EQ      a1, 106
    SAME    a4, a5
    j       pass

insn:
    addi    a1, a1, 100
    ecall
other:
    addi    a1, a1, 1
    ecall
