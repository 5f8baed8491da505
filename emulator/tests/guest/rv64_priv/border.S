# Accesses and instructions that lie across two pages, either of which is missing; AMO, LR and SC on pages that cannot be
# written; what happened before the fault and what did not.
    .include "priv.inc"

    .equ SECOND, WINDOW + 0x1000
    .equ EDGE, SECOND - 4

    # Both pages as given, values around the border known.
    .macro PAGES first, second
    MAP     0, page_a, \first
    MAP     1, page_c, \second
    la      t0, page_a
    li      t1, 0xff8
    add     t0, t0, t1
    li      t1, 0x8877665544332211
    sd      t1, 0(t0)
    la      t0, page_c
    li      t1, 0xffeeddccbbaa9988
    sd      t1, 0(t0)
    .endm
    .macro UNTOUCHED
    la      t0, page_a
    li      t1, 0xff8
    add     t0, t0, t1
    ld      t1, 0(t0)
    EQ      t1, 0x8877665544332211
    la      t0, page_c
    ld      t1, 0(t0)
    EQ      t1, 0xffeeddccbbaa9988
    .endm

    START
    PAGING
    CHECK   1                       # both there, and not side by side in memory
    PAGES   PTE_RW, PTE_RW
    li      a0, EDGE
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xbbaa998888776655
    DO      S, lw a1, 2(a0)
    ENDED   ECALL_S
    EQ      a1, 0xffffffff99888877
    DO      S, lhu a1, 3(a0)
    EQ      a1, 0x8888
    CHECK   2
    li      a1, 0x0102030405060708
    DO      S, sd a1, 1(a0)
    ENDED   ECALL_S
    la      t0, page_c
    ld      t1, 0(t0)
    EQ      t1, 0xffeedd0102030405
    la      t0, page_a
    li      t1, 0xff8
    add     t0, t0, t1
    ld      t1, 0(t0)
    EQ      t1, 0x0607085544332211
    CHECK   3                       # the second page is missing: the fault is at its start
    PAGES   PTE_RW, 0
    li      a1, 42
    DO      S, ld a1, 0(a0)
    FAULTED 13, SECOND
    EQ      a1, 42
    DO      S, lw a1, 1(a0)
    FAULTED 13, SECOND
    DO      S, lh a1, 3(a0)
    FAULTED 13, SECOND
    CHECK   4                       # the first page is missing: the fault is at the address
    PAGES   0, PTE_RW
    DO      S, ld a1, 1(a0)
    FAULTED 13, EDGE + 1
    DO      S, lhu a1, 3(a0)
    FAULTED 13, EDGE + 3
    EQ      a1, 42
    CHECK   5                       # both missing
    PAGES   0, 0
    DO      S, ld a1, 1(a0)
    FAULTED 13, EDGE + 1
    CHECK   6                       # stores: nothing is written when either page faults
    PAGES   PTE_RW, 0
    DO      S, sd a1, 1(a0)
    FAULTED 15, SECOND
    UNTOUCHED
    DO      S, sh a1, 3(a0)
    FAULTED 15, SECOND
    UNTOUCHED
    PAGES   0, PTE_RW
    DO      S, sd a1, 1(a0)
    FAULTED 15, EDGE + 1
    UNTOUCHED
    CHECK   7                       # the second page cannot be written
    PAGES   PTE_RW, PTE_V | PTE_R | PTE_A
    DO      S, sd a1, 1(a0)
    FAULTED 15, SECOND
    UNTOUCHED
    DO      S, ld a3, 0(a0)
    ENDED   ECALL_S
    EQ      a3, 0xbbaa998888776655
    CHECK   8                       # A and D of both pages
    PAGES   PTE_V | PTE_R | PTE_W, PTE_V | PTE_R | PTE_W
    DO      S, sd a1, 1(a0)
    ENDED   ECALL_S
    la      t0, leaves
    ld      a3, 0(t0)
    andi    a3, a3, PTE_A | PTE_D
    EQ      a3, PTE_A | PTE_D
    ld      a3, 8(t0)
    andi    a3, a3, PTE_A | PTE_D
    EQ      a3, PTE_A | PTE_D
    CHECK   9                       # of the mode of the access: the second page is one of U
    PAGES   PTE_RW, PTE_RW | PTE_U
    DO      S, ld a1, 0(a0)
    FAULTED 13, SECOND

    CHECK   20                      # an instruction across the border
    MAP     0, page_a, PTE_RWX
    MAP     1, page_c, PTE_RWX
    la      t0, page_a
    li      t1, 0xffe
    add     t0, t0, t1
    lhu     t1, insn
    sh      t1, 0(t0)
    lhu     t1, insn + 2
    la      t2, page_c
    sh      t1, 0(t2)
    lwu     t1, insn + 4            # an ecall behind it
    sh      t1, 2(t2)
    srli    t1, t1, 16
    sh      t1, 4(t2)
    fence.i
    li      a0, SECOND - 2
    li      a1, 5
    DO      S, jr a0
    ENDED   ECALL_S
    EQ      a1, 105
    li      t0, SECOND + 2
    SAME    s2, t0
    CHECK   21                      # its second half is missing: mepc is the instruction, mtval the border
    MAP     1, page_c, 0
    DO      S, jr a0
    EQ      s1, 12
    SAME    s2, a0
    EQ      s3, SECOND
    EQ      a1, 105
    CHECK   22                      # it cannot be executed
    MAP     1, page_c, PTE_RW
    DO      S, jr a0
    EQ      s1, 12
    SAME    s2, a0
    EQ      s3, SECOND
    CHECK   23                      # its first half is missing
    MAP     1, page_c, PTE_RWX
    MAP     0, page_a, 0
    DO      S, jr a0
    EQ      s1, 12
    SAME    s2, a0
    SAME    s3, a0
    CHECK   24                      # running into a page that is missing
    MAP     0, page_a, PTE_RWX
    MAP     1, page_c, 0
    la      t0, page_a
    li      t1, 0xff8
    add     t0, t0, t1
    lwu     t1, insn
    sw      t1, 0(t0)
    sw      t1, 4(t0)
    fence.i
    li      a0, SECOND - 8
    DO      S, jr a0
    EQ      s1, 12
    EQ      s2, SECOND
    EQ      s3, SECOND
    EQ      a1, 305
    CHECK   25                      # and again once it is there: an ecall
    MAP     1, page_c, PTE_RWX
    la      t2, page_c
    lwu     t1, insn + 4
    sw      t1, 0(t2)
    fence.i
    DO      S, jr a0
    ENDED   ECALL_S
    EQ      s2, SECOND
    EQ      a1, 505
    CHECK   26                      # the second half changes together with its page
    MAP     0, page_a, PTE_RWX
    la      t0, page_a
    li      t1, 0xffe
    add     t0, t0, t1
    lhu     t1, insn
    sh      t1, 0(t0)
    lhu     t1, insn + 2
    la      t2, page_c
    sh      t1, 0(t2)
    lwu     t1, insn + 4
    sh      t1, 2(t2)
    srli    t1, t1, 16
    sh      t1, 4(t2)
    la      t2, page_b              # there the immediate is 1
    lhu     t1, other + 2
    sh      t1, 0(t2)
    lwu     t1, insn + 4
    sh      t1, 2(t2)
    srli    t1, t1, 16
    sh      t1, 4(t2)
    fence.i
    li      a0, SECOND - 2
    li      a1, 0
    DO      S, jr a0
    EQ      a1, 100
    MAP     1, page_b, PTE_RWX
    DO      S, jr a0
    EQ      a1, 101
    MAP     1, page_c, PTE_RWX
    DO      S, jr a0
    EQ      a1, 201

    CHECK   30                      # atomics on a page that can only be read: a store's fault; LR is a load
    MAP     0, page_a, PTE_V | PTE_R | PTE_A
    la      t0, page_a
    li      t1, 7
    sd      t1, 0(t0)
    li      a0, WINDOW
    li      a1, 42
    DO      S, amoadd.d a1, a0, (a0)
    FAULTED 15, WINDOW
    EQ      a1, 42
    DO      S, amoswap.w a1, a0, (a0)
    FAULTED 15, WINDOW
    DO      S, lr.d a1, (a0)
    ENDED   ECALL_S
    EQ      a1, 7
    DO      S, amomaxu.d x0, a0, (a0)
    FAULTED 15, WINDOW
    la      t0, page_a
    ld      t1, 0(t0)
    EQ      t1, 7
    CHECK   31                      # SC that holds a reservation
    IN      S
    lr.d    a1, (a0)
94: sc.d    a1, a0, (a0)
    ecall
    OUT
    EQ      s1, 15
    la      t0, 94b
    SAME    s2, t0
    SAME    s3, a0
    EQ      a1, 7
    CHECK   32                      # a page that is missing: AMO and SC are stores (QEMU 7.2: an AMO is a load)
    MAP     0, page_a, 0
    DO      S, lr.w a1, (a0)
    FAULTED 13, WINDOW
    IF_QEMU 1f
    DO      S, amoor.d a1, a0, (a0)
    FAULTED 15, WINDOW
1:  CHECK   33                      # they set A and D
    MAP     0, page_a, PTE_V | PTE_R | PTE_W
    DO      S, amoadd.w a1, a0, (a0)
    ENDED   ECALL_S
    EQ      a1, 7
    la      t0, leaves
    ld      a3, 0(t0)
    andi    a3, a3, PTE_A | PTE_D
    EQ      a3, PTE_A | PTE_D
    CHECK   34                      # LR sets A alone
    MAP     0, page_a, PTE_V | PTE_R | PTE_W
    DO      S, lr.w a1, (a0)
    ENDED   ECALL_S
    la      t0, leaves
    ld      a3, 0(t0)
    andi    a3, a3, PTE_A | PTE_D
    EQ      a3, PTE_A
    CHECK   35                      # in the middle of a block: what came before happened, what follows did not
    MAP     0, page_a, 0
    IN      S
    li      a3, 1
    addi    a3, a3, 1
    slli    a3, a3, 4
94: sd      a3, 8(a0)
    addi    a3, a3, 1
    ecall
    OUT
    EQ      s1, 15
    la      t0, 94b
    SAME    s2, t0
    EQ      a3, 32
    j       pass

insn:
    addi    a1, a1, 100
    ecall
other:
    addi    a1, a1, 1
    ecall
