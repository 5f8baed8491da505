# Loops that are hot and then leave memory, meet a device, or store over code: each access without a check of its own
# (opt/fence.c) must trap, or be done, at the very instruction.
    .include "test.inc"

    .equ RAM, 0x80000000
    .equ ROUNDS, 30000
    .equ NOWHERE, 0x10                  # no pointer
    .equ ADDI_A0_7, 0x00700513          # addi a0, x0, 7

    .macro HOT function                 # the loop is at home in data, a region long since
    la      a0, data
    li      a1, ROUNDS
    call    \function
    la      a0, data
    li      a1, ROUNDS
    call    \function
    .endm

test_start:
    CHECK   1                           # loads: behind the end of RAM
    HOT     up
    TRAPS   99f
    li      a0, RAM_END - 80
    li      a1, 20
    call    up
    j       fail
99: TRAPPED 5, up
    EQ      s3, RAM_END
    EQ      a0, RAM_END
    EQ      a1, 10
    IF_QEMU 3f                          # it has PCI there, which answers
    CHECK   2                           # and before its beginning
    la      a0, data
    li      t0, 8 * ROUNDS
    add     a0, a0, t0
    li      a1, ROUNDS
    call    down
    TRAPS   99f
    li      a0, RAM + 80
    li      a1, 20
    call    down
    j       fail
99: TRAPPED 5, down
    EQ      s3, RAM - 8
    EQ      a0, RAM
    EQ      a1, 10
3:  CHECK   3                           # stores
    HOT     fill
    TRAPS   99f
    li      a0, RAM_END - 80
    li      a1, 20
    call    fill
    j       fail
99: TRAPPED 7, fill
    EQ      s3, RAM_END
    EQ      a0, RAM_END
    EQ      a1, 10
    ld      t0, -8(a0)
    EQ      t0, 11
    CHECK   4                           # an index of 32 bits, times 8
    HOT     indexed
    TRAPS   99f
    li      a0, RAM_END - 80
    li      a1, 20
    call    indexed
    j       fail
99: TRAPPED 5, of_indexed
    EQ      s3, RAM_END
    EQ      a2, 10
    TRAPS   99f
    la      a0, data
    li      a2, -1
    la      ra, fail
    j       indexed_from
99: TRAPPED 5, of_indexed
    la      t0, data
    li      t1, 0x7fffffff8
    add     t0, t0, t1
    SAME    s3, t0
    CHECK   5                           # a device
    HOT     fill_words
    HOT     sum_words
    li      a0, CLINT_MSIP
    li      a1, 1
    call    fill_words
    li      a0, CLINT_MSIP
    li      a1, 1
    call    sum_words
    EQ      a3, 1
    li      a0, CLINT_MSIP
    li      a1, 1
    sw      x0, 0(a0)
    call    sum_words
    EQ      a3, 0
    CHECK   6                           # code
    li      a2, ADDI_A0_7
    call    patch
    EQ      a0, 1
    HOT     fill_code
    la      a0, patch
    li      a1, 1
    call    fill_code
    fence.i
    call    patch
    EQ      a0, 7
    CHECK   7                           # what becomes of a pointer that no loop checks: none of it is one
    li      s4, ROUNDS
1:  li      a0, NOWHERE
    andi    t0, s4, 1
    bnez    t0, 2f
    la      a0, data
2:  call    if_even
    addi    s4, s4, -1
    bnez    s4, 1b
    TRAPS   99f
    li      a0, NOTHING_THERE
    li      s4, 0
    call    if_even
    j       fail
99: TRAPPED 5, of_if_even
    EQ      s3, NOTHING_THERE + 16
    j       pass

    .balign 8
up: ld      a2, 0(a0)
    addi    a0, a0, 8
    addi    a1, a1, -1
    bnez    a1, up
    ret

down:
    ld      a2, -8(a0)
    addi    a0, a0, -8
    addi    a1, a1, -1
    bnez    a1, down
    ret

fill:
    sd      a1, 0(a0)
    addi    a0, a0, 8
    addi    a1, a1, -1
    bnez    a1, fill
    ret

indexed:
    li      a2, 0
indexed_from:
    slli    a4, a2, 32
    srli    a4, a4, 29
    add     a4, a4, a0
of_indexed:
    ld      a3, 0(a4)
    addi    a2, a2, 1
    addi    a1, a1, -1
    bnez    a1, indexed_from
    ret

fill_words:
    li      a2, 1
1:  sw      a2, 0(a0)
    addi    a0, a0, 4
    addi    a1, a1, -1
    bnez    a1, 1b
    ret

sum_words:
    li      a3, 0
1:  lw      a2, 0(a0)
    addi    a0, a0, 4
    add     a3, a3, a2
    addi    a1, a1, -1
    bnez    a1, 1b
    ret

fill_code:
    li      a2, ADDI_A0_7
1:  sw      a2, 0(a0)
    addi    a0, a0, 4
    addi    a1, a1, -1
    bnez    a1, 1b
    ret

if_even:
    li      a5, 4
1:  andi    a4, s4, 1
    bnez    a4, 2f
of_if_even:
    ld      a2, 16(a0)
    ld      a3, 24(a0)
2:  addi    a5, a5, -1
    bnez    a5, 1b
    ret

    .balign 4096                        # a page of code that nothing else is on
patch:
    li      a0, 1
    ret
    .balign 4096


    .bss
    .balign 4096
data:
    .space  8 * ROUNDS + 64
