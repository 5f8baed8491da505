# Sv39: the walk. Sizes of pages, pointers, reserved bits, addresses that are not canonical, tables that are not there, MPRV.
    .include "priv.inc"

    .macro SET table, n, value:vararg   # an entry as it is
    la      t0, \table
    li      t1, \value
    sd      t1, \n*8(t0)
    sfence.vma
    .endm
    .macro PUT page, value:vararg       # the first word of a page
    la      t0, \page
    li      t1, \value
    sd      t1, 0(t0)
    .endm
    .equ BIG, WINDOW + 0x200000         # entry 1 of `middle`: a page of 2 MiB

    START
    PAGING
    PUT     page_a, 0xa1
    PUT     page_b, 0xb2
    CHECK   1                       # 4 KiB
    MAP     0, page_a, PTE_RW
    MAP     1, page_b, PTE_RW
    li      a0, WINDOW
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xa1
    li      a0, WINDOW + 0x1000
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xb2
    CHECK   2                       # the last page of a table; offsets up to its end
    MAP     2, page_b, PTE_RW
    li      a0, WINDOW + 0x2ff8
    li      a1, 0x77
    DO      S, sd a1, 0(a0)
    ENDED   ECALL_S
    la      a0, page_b
    li      a2, 0xff8
    add     a0, a0, a2
    ld      a3, 0(a0)
    EQ      a3, 0x77
    CHECK   3                       # 2 MiB: offset, and the neighbour that is not there
    SET     middle, 1, (0x80000 << 10) | PTE_RW
    la      a0, page_a
    li      a3, RAM - BIG
    sub     a0, a0, a3
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xa1
    li      a0, BIG + 0x200000
    DO      S, ld a1, 8(a0)
    FAULTED 13, BIG + 0x200008
    CHECK   4                       # a misaligned 2 MiB page
    SET     middle, 1, (0x80001 << 10) | PTE_RW
    li      a0, BIG
    DO      S, ld a1, 0(a0)
    FAULTED 13, BIG
    DO      S, sd a1, 0(a0)
    FAULTED 15, BIG
    SET     middle, 1, (0x80100 << 10) | PTE_RWX
    DO      S, jr a0
    EQ      s1, 12
    SAME    s2, a0
    SAME    s3, a0
    SET     middle, 1, 0
    CHECK   5                       # 1 GiB, at the top of the address space
    la      t0, root
    li      t1, 511 * 8
    add     t0, t0, t1
    li      t1, (0x80000 << 10) | PTE_RW
    sd      t1, 0(t0)
    sfence.vma
    la      a0, page_b
    li      a3, 0x80000000 + (1 << 30)
    sub     a0, a0, a3              # -1 GiB + offset
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xb2
    CHECK   6                       # misaligned 1 GiB
    la      t0, root
    li      t1, 511 * 8
    add     t0, t0, t1
    li      t1, (0x80200 << 10) | PTE_RW
    sd      t1, 0(t0)
    sfence.vma
    DO      S, ld a1, 0(a0)
    EQ      s1, 13
    SAME    s3, a0
    CHECK   7                       # not canonical: bits 63 to 39 are not bit 38
    li      a0, 1 << 39
    DO      S, ld a1, 0(a0)
    FAULTED 13, 1 << 39
    li      a0, 1 << 38
    DO      S, sd a1, 16(a0)
    FAULTED 15, (1 << 38) + 16
    li      a0, (1 << 63) | WINDOW
    DO      S, ld a1, 0(a0)
    FAULTED 13, (1 << 63) | WINDOW
    li      a0, (1 << 40) | RAM
    DO      S, jr a0
    EQ      s1, 12
    SAME    s2, a0
    SAME    s3, a0
    CHECK   8                       # pointers: not valid; with A, D or U, which are reserved there; write without read
    SET     root, 3, 0
    li      a0, WINDOW
    DO      S, ld a1, 0(a0)
    FAULTED 13, WINDOW
    .irp    bits, PTE_A, PTE_D, PTE_U
    POINT   root, 3, middle
    la      t0, root
    ld      t1, 24(t0)
    ori     t1, t1, \bits
    sd      t1, 24(t0)
    sfence.vma
    DO      S, ld a1, 0(a0)
    FAULTED 13, WINDOW
    .endr
    POINT   root, 3, middle
    la      t0, root
    ld      t1, 24(t0)
    ori     t1, t1, PTE_G           # allowed
    sd      t1, 24(t0)
    sfence.vma
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    la      t0, root
    ld      t1, 24(t0)
    ori     t1, t1, PTE_W
    sd      t1, 24(t0)
    sfence.vma
    DO      S, ld a1, 0(a0)
    FAULTED 13, WINDOW
    POINT   root, 3, middle
    sfence.vma
    CHECK   9                       # reserved bits of a leaf: 54 to 63
    .irp    bit, 54, 57, 60, 61, 63
    MAP     0, page_a, PTE_RW
    la      t0, leaves
    ld      t1, 0(t0)
    li      t2, 1 << \bit
    or      t1, t1, t2
    sd      t1, 0(t0)
    sfence.vma
    DO      S, ld a1, 0(a0)
    FAULTED 13, WINDOW
    .endr
    CHECK   10                      # the software's bits 8 and 9 do not matter
    MAP     0, page_a, PTE_RW | 0x300
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    CHECK   11                      # a page where nothing is: an access fault, not a page fault
    SET     leaves, 0, (NOTHING_THERE >> 2) | PTE_RWX
    DO      S, ld a1, 8(a0)
    FAULTED 5, WINDOW + 8
    DO      S, sd a1, 16(a0)
    FAULTED 7, WINDOW + 16
    DO      S, jr a0
    EQ      s1, 1
    SAME    s2, a0
    SAME    s3, a0
    CHECK   12                      # a table where nothing is: an access fault of the kind of the access
    IF_QEMU no_table                # 7.2 has a page fault
    SET     middle, 1, (NOTHING_THERE >> 2) | PTE_V
    li      a0, BIG
    DO      S, ld a1, 0(a0)
    FAULTED 5, BIG
    DO      S, sd a1, 0(a0)
    FAULTED 7, BIG
    DO      S, jr a0
    EQ      s1, 1
    SAME    s3, a0
no_table:
    SET     middle, 1, 0
    CHECK   13                      # devices through a mapping
    SET     leaves, 0, (CLINT_MTIME >> 12 << 10) | PTE_RW
    li      a0, WINDOW + 0xff8
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    DO      S, ld a3, 0(a0)
    ENDED   ECALL_S
    bltu    a3, a1, fail

    CHECK   20                      # MPRV: loads and stores of M-mode as if in MPP; fetches are not
    MAP     0, page_a, PTE_RW
    li      t0, MSTATUS_MPP
    csrc    mstatus, t0
    li      t0, MODE_S
    csrs    mstatus, t0
    li      a0, WINDOW
    li      t0, MSTATUS_MPRV
    csrs    mstatus, t0
    ld      a1, 0(a0)
    csrc    mstatus, t0
    EQ      a1, 0xa1
    CHECK   21                      # its faults are those of the access, taken in M-mode
    li      a0, WINDOW + 0x5000
    la      s0, 99f
    csrs    mstatus, t0
98: ld      a1, 0(a0)
    j       fail
    OUT
    EQ      s1, 13
    la      t5, 98b
    SAME    s2, t5
    SAME    s3, a0
    li      t5, MSTATUS_MPP         # from M
    and     t4, s4, t5
    SAME    t4, t5
    CHECK   22                      # MPP = U: a page of S is not for it; SUM does not matter to U
    li      t0, SSTATUS_SUM
    csrs    sstatus, t0
    li      t0, MSTATUS_MPP
    csrc    mstatus, t0
    li      a0, WINDOW
    la      s0, 99f
    li      t0, MSTATUS_MPRV
    csrs    mstatus, t0
98: ld      a1, 0(a0)
    j       fail
    OUT
    EQ      s1, 13
    CHECK   23                      # MPP = S, a page of U: SUM decides
    MAP     0, page_a, PTE_RW | PTE_U
    li      t0, MODE_S
    li      t1, MSTATUS_MPP
    csrc    mstatus, t1
    csrs    mstatus, t0
    li      t0, MSTATUS_MPRV
    csrs    mstatus, t0
    ld      a1, 0(a0)
    csrc    mstatus, t0
    EQ      a1, 0xa1
    li      t1, SSTATUS_SUM
    csrc    sstatus, t1
    la      s0, 99f
    csrs    mstatus, t0
98: sd      a1, 0(a0)
    j       fail
    OUT
    EQ      s1, 15
    CHECK   24                      # MPP = M: no translation
    la      a0, page_a
    li      t0, MSTATUS_MPP
    csrs    mstatus, t0
    li      t0, MSTATUS_MPRV
    csrs    mstatus, t0
    ld      a1, 0(a0)
    csrc    mstatus, t0
    EQ      a1, 0xa1
    CHECK   25                      # MPRV and MXR: an executable page can be read as data
    MAP     0, page_a, PTE_V | PTE_X | PTE_A
    li      t0, MSTATUS_MPP
    csrc    mstatus, t0
    li      t0, MODE_S
    csrs    mstatus, t0
    li      a0, WINDOW
    li      t1, SSTATUS_MXR
    csrs    sstatus, t1
    li      t0, MSTATUS_MPRV
    csrs    mstatus, t0
    ld      a1, 0(a0)
    csrc    mstatus, t0
    csrc    sstatus, t1
    EQ      a1, 0xa1
    CHECK   26                      # in turns: what MPRV, MPP and SUM allow changes from one access to the next
    MAP     0, page_a, PTE_RW
    MAP     1, page_b, PTE_RW | PTE_U
    li      a3, 2000
1:  li      a0, WINDOW
    li      t0, MSTATUS_MPP
    csrc    mstatus, t0
    li      t0, MODE_S
    csrs    mstatus, t0
    li      t0, MSTATUS_MPRV
    csrs    mstatus, t0
    ld      a1, 0(a0)
    csrc    mstatus, t0
    EQ      a1, 0xa1
    la      s0, 99f
    li      t0, MSTATUS_MPP
    csrc    mstatus, t0
    li      t0, MSTATUS_MPRV
    csrs    mstatus, t0
98: ld      a1, 0(a0)
    j       fail
    OUT
    EQ      s1, 13
    la      a4, page_a              # not translated again
    ld      a1, 0(a4)
    EQ      a1, 0xa1
    addi    a3, a3, -1
    bnez    a3, 1b
    CHECK   27                      # the same for S with SUM, in a loop of its own
    IN      S
    li      a3, 2000
    li      a0, WINDOW + 0x1000
    li      t0, SSTATUS_SUM
1:  csrs    sstatus, t0
    ld      a1, 0(a0)
    csrc    sstatus, t0
    addi    a3, a3, -1
    bnez    a3, 1b
94: ld      a1, 0(a0)
    OUT
    EQ      s1, 13
    la      t5, 94b
    SAME    s2, t5
    EQ      a3, 0
    CHECK   28                      # satp of bare: S sees RAM as it is
    csrw    satp, x0
    la      a0, page_a
    DO      S, ld a1, 0(a0)
    ENDED   ECALL_S
    EQ      a1, 0xa1
    li      a0, WINDOW
    DO      S, ld a1, 0(a0)
    EQ      s1, 5
    j       pass
