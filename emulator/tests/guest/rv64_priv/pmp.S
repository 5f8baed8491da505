# Physical memory protection: NA4, NAPOT, TOR, no match, priority, locks, under paging. Where the grain is more than 4 bytes,
# regions are whole pages.
    .include "priv.inc"

    .equ OFF, 0
    .equ TOR, 8
    .equ NA4, 16
    .equ NAPOT, 24
    .equ LOCK, 0x80
    .equ PMP_R, 1
    .equ PMP_W, 2
    .equ PMP_X, 4
    .equ PMP_RWX, 7

    # Entry n of 0 to 7, in M-mode.
    .macro CONFIG n, value:vararg
    csrr    t0, pmpcfg0
    li      t1, 0xff << (8 * \n)
    not     t1, t1
    and     t0, t0, t1
    li      t1, (\value) << (8 * \n)
    or      t0, t0, t1
    csrw    pmpcfg0, t0
    sfence.vma
    .endm
    .macro ADDRESS n, reg               # of the physical address in reg
    srli    t0, \reg, 2
    csrw    pmpaddr\n, t0
    .endm
    .macro NAPOT_PAGE n, label          # its page
    la      t0, \label
    srli    t0, t0, 2
    ori     t0, t0, 0x1ff
    csrw    pmpaddr\n, t0
    .endm

    START
    csrw    pmpcfg0, x0
    li      t0, -1                  # the last entry: everything else
    csrw    pmpaddr7, t0
    CONFIG  7, NAPOT | PMP_RWX
    la      a0, page_a
    CHECK   1                       # NAPOT, one page: no rights at all, but for M
    NAPOT_PAGE 0, page_a
    CONFIG  0, NAPOT
    DO      S, ld a1, 0(a0)
    EQ      s1, 5
    SAME    s3, a0
    DO      S, sd a1, 0(a0)
    EQ      s1, 7
    SAME    s3, a0
    DO      U, jr a0
    EQ      s1, 1
    SAME    s2, a0
    SAME    s3, a0
    ld      a1, 0(a0)
    sd      a1, 0(a0)
    CHECK   2                       # its neighbours are not in it
    la      a3, page_b
    DO      S, ld a1, 0(a3)
    EQ      s1, ECALL_S
    addi    a3, a0, -8
    DO      S, ld a1, 0(a3)
    EQ      s1, ECALL_S
    CHECK   3                       # read only; read and write; execute only
    CONFIG  0, NAPOT | PMP_R
    DO      S, ld a1, 0(a0)
    EQ      s1, ECALL_S
    DO      S, sd a1, 0(a0)
    EQ      s1, 7
    DO      S, jr a0
    EQ      s1, 1
    CONFIG  0, NAPOT | PMP_R | PMP_W
    DO      U, sd a1, 0(a0)
    EQ      s1, ECALL_U
    DO      S, amoadd.d a1, x0, (a0)
    EQ      s1, ECALL_S
    li      t0, 0x73                # ecall
    sw      t0, 0(a0)
    fence.i
    CONFIG  0, NAPOT | PMP_X
    DO      S, jr a0
    EQ      s1, ECALL_S
    SAME    s2, a0
    DO      S, ld a1, 0(a0)
    EQ      s1, 5
    CHECK   4                       # the lowest entry that matches decides
    NAPOT_PAGE 1, page_a
    CONFIG  0, NAPOT | PMP_RWX
    CONFIG  1, NAPOT
    DO      S, ld a1, 0(a0)
    EQ      s1, ECALL_S
    CONFIG  0, NAPOT
    CONFIG  1, NAPOT | PMP_RWX
    DO      S, ld a1, 0(a0)
    EQ      s1, 5
    CONFIG  0, OFF
    CONFIG  1, OFF
    CHECK   5                       # TOR: from the address before, up to its own
    la      a3, page_c
    ADDRESS 2, a0
    ADDRESS 3, a3
    CONFIG  3, TOR | PMP_R
    DO      S, ld a1, 0(a0)
    EQ      s1, ECALL_S
    DO      S, sd a1, 0(a0)
    EQ      s1, 7
    la      a4, page_b
    DO      S, sd a1, 0(a4)
    EQ      s1, 7
    DO      S, sd a1, 0(a3)         # page_c is above
    EQ      s1, ECALL_S
    addi    a4, a0, -8
    DO      S, sd a1, 0(a4)         # below
    EQ      s1, ECALL_S
    CONFIG  3, OFF
    CHECK   6                       # TOR of entry 0 begins at 0; an empty range matches nothing
    ADDRESS 0, a3
    CONFIG  0, TOR | PMP_RWX
    DO      S, ld a1, 0(a0)
    EQ      s1, ECALL_S
    ADDRESS 1, a0                   # page_c down to page_a
    CONFIG  0, OFF
    CONFIG  1, TOR
    DO      S, ld a1, 0(a0)
    EQ      s1, ECALL_S
    CONFIG  1, OFF
    CHECK   7                       # nothing matches: S and U may not, M may
    CONFIG  7, OFF
    NAPOT_PAGE 7, _start            # keeps this from being `no entry at all`
    CONFIG  7, NAPOT
    la      t0, text_end            # code, so that U gets anywhere
    ADDRESS 0, t0
    CONFIG  0, TOR | PMP_RWX
    DO      U, ld a1, 0(a0)
    EQ      s1, 5
    SAME    s3, a0
    ld      a1, 0(a0)
    CONFIG  0, OFF
    li      t0, -1
    csrw    pmpaddr7, t0
    CONFIG  7, NAPOT | PMP_RWX
    CHECK   8                       # under paging: an access fault, though the page table allows it
    PAGING
    MAP     0, page_a, PTE_RWX
    NAPOT_PAGE 0, page_a
    CONFIG  0, NAPOT | PMP_R
    li      a0, WINDOW
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    DO      S, sd a1, 8(a0)
    FAULTED 7, WINDOW + 8
    DO      S, jr a0
    EQ      s1, 1
    SAME    s3, a0
    CHECK   9                       # the tables themselves: reading them is an access of S
    NAPOT_PAGE 0, leaves
    CONFIG  0, NAPOT
    DO      S, ld a1, 0(a0)
    FAULTED 5, WINDOW
    DO      S, sd a1, 0(a0)
    FAULTED 7, WINDOW
    DO      S, jr a0
    EQ      s1, 1
    CONFIG  0, OFF
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    CHECK   10                      # MPRV: M's data accesses are judged as those of MPP
    csrw    satp, x0
    la      a0, page_a
    NAPOT_PAGE 0, page_a
    CONFIG  0, NAPOT | PMP_R
    li      t0, MSTATUS_MPP
    csrc    mstatus, t0
    la      s0, 99f
    li      t0, MSTATUS_MPRV
    csrs    mstatus, t0
    ld      a1, 0(a0)
98: sd      a1, 0(a0)
    j       fail
    OUT
    EQ      s1, 7
    SAME    s3, a0
    la      t0, 98b
    SAME    s2, t0
    CHECK   11                      # 4 bytes, if the grain allows it
    CONFIG  0, OFF
    csrw    pmpaddr0, x0
    li      t0, -1
    csrw    pmpaddr0, t0
    csrr    t0, pmpaddr0
    andi    t0, t0, 1
    beqz    t0, coarse
    la      a0, page_a
    addi    a3, a0, 8
    ADDRESS 0, a3
    CONFIG  0, NA4
    DO      S, lw a1, 4(a0)
    EQ      s1, ECALL_S
    DO      S, lw a1, 8(a0)
    EQ      s1, 5
    SAME    s3, a3
    DO      S, lw a1, 12(a0)
    EQ      s1, ECALL_S
    CHECK   12                      # an access that lies in it with a part only
    DO      S, ld a1, 8(a0)
    EQ      s1, 5
    CHECK   13                      # NAPOT of 8 bytes
    srli    t0, a0, 2
    csrw    pmpaddr0, t0            # page_a to page_a + 7
    CONFIG  0, NAPOT
    DO      S, ld a1, 0(a0)
    EQ      s1, 5
    DO      S, ld a1, 8(a0)
    EQ      s1, ECALL_S
coarse:
    CONFIG  0, OFF
    CHECK   20                      # locked: counts for M, too, and cannot be changed until reset
    la      a0, page_b
    NAPOT_PAGE 0, page_b
    CONFIG  0, NAPOT | PMP_R | LOCK
    ld      a1, 0(a0)
    TRAPS   99f
98: sd      a1, 0(a0)
    j       fail
99: TRAPPED 7, 98b
    SAME    s3, a0
    TRAPS   99f
    jr      a0
99: EQ      s1, 1
    SAME    s2, a0
    csrr    a3, pmpaddr0
    csrw    pmpaddr0, x0
    csrr    a4, pmpaddr0
    SAME    a3, a4
    CONFIG  0, OFF
    csrr    a4, pmpcfg0
    andi    a4, a4, 0xff
    EQ      a4, NAPOT | PMP_R | LOCK
    CHECK   21                      # a locked TOR locks the address below it
    la      a0, page_c
    ADDRESS 2, a0
    li      t0, 0x1000
    add     a3, a0, t0
    ADDRESS 3, a3
    CONFIG  3, TOR | PMP_R | PMP_W | LOCK
    csrr    a3, pmpaddr2
    csrw    pmpaddr2, x0
    csrr    a4, pmpaddr2
    SAME    a3, a4
    sd      a0, 0(a0)
    TRAPS   99f
    jr      a0
99: EQ      s1, 1
    j       pass
    .balign 4096
text_end:
