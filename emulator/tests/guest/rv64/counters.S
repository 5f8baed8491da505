# cycle, instret, time: they run, they can be written and stopped, and instret counts every instruction exactly once.
# Under QEMU this needs -icount shift=0, where an instruction is a cycle.
    .include "test.inc"

test_start:
    CHECK   1                       # straight line
    csrr    a0, minstret
    nop
    nop
    csrr    a1, minstret
    sub     a2, a1, a0
    EQ      a2, 3
    csrr    a0, instret
    csrr    a1, instret
    sub     a2, a1, a0
    EQ      a2, 1
    CHECK   2                       # a loop, calls, loads
    la      a3, cell
    csrr    a0, minstret
    li      a4, 100
1:  ld      a5, 0(a3)
    sd      a5, 0(a3)
    jal     2f
    addi    a4, a4, -1
    bnez    a4, 1b
    csrr    a1, minstret
    sub     a2, a1, a0
    EQ      a2, 2 + 100 * 6
    j       3f
2:  ret
3:
    CHECK   3                       # mcycle is the same clock; cycle and instret are its read-only names
    csrr    a0, mcycle
    csrr    a1, cycle
    sub     a2, a1, a0
    EQ      a2, 1
    csrr    a0, minstret
    csrr    a1, instret
    sub     a2, a1, a0
    EQ      a2, 1
    CHECK   4                       # time runs
    rdtime  a0
    li      a4, 100000
1:  rdtime  a1
    bne     a0, a1, 1f
    addi    a4, a4, -1
    bnez    a4, 1b
    j       fail
1:  bltu    a1, a0, fail
    li      a3, CLINT_MTIME         # and it is the board's
    ld      a2, 0(a3)
    bltu    a2, a1, fail
    li      a4, 100000
    sub     a2, a2, a1
    bgtu    a2, a4, fail
    CHECK   5                       # a trap, its handler (10 instructions with mret): the ecall itself does not retire
    IF_QEMU 1f
    TRAPS   99f
    csrr    a0, minstret
98: ecall
    j       fail
99: csrr    a1, minstret
    sub     a2, a1, a0
    EQ      a2, 1 + 10
    CHECK   6                       # the value written is what the next instruction finds
    li      a0, 1000
    csrw    minstret, a0
    csrr    a1, minstret
    SAME    a1, a0
    csrr    a1, minstret
    EQ      a1, 1002
    li      a0, -2
    csrw    mcycle, a0
    nop
    nop
    csrr    a1, mcycle
    bnez    a1, fail
    csrr    a1, minstret            # the other one did not change
    EQ      a1, 1000 + 11
    CHECK   7                       # mcountinhibit
    csrwi   mcountinhibit, 4
    csrr    a0, minstret
    csrr    a2, mcycle
    nop
    csrr    a1, minstret
    csrr    a3, mcycle
    SAME    a0, a1
    sub     a3, a3, a2
    EQ      a3, 3
    csrwi   mcountinhibit, 0
    csrr    a1, minstret
    SAME    a0, a1
    csrr    a1, minstret
    sub     a1, a1, a0
    EQ      a1, 2
1:  j       pass

    .bss
    .balign 8
cell:
    .space  8
