# RV64I conditional branches: every condition, taken and not, forwards and backwards; x0; the same register twice.
    .include "test.inc"

    .macro TAKEN name, a, b
    li      a0, \a
    li      a1, \b
    \name   a0, a1, 991f
    j       fail
992:
    j       993f
991:
    \name   a0, a1, 992b            # backwards
    j       fail
993:
    .endm
    .macro PASSED name, a, b
    li      a0, \a
    li      a1, \b
    \name   a0, a1, fail_near
    .endm

test_start:
    j       1f
fail_near:
    j       fail
1:  CHECK   1
    TAKEN   beq, 0, 0
    TAKEN   beq, -1, -1
    PASSED  beq, 0, 1
    PASSED  beq, 0x100000000, 0
    PASSED  beq, 0x8000000000000000, 0
    CHECK   2
    TAKEN   bne, 0, 1
    TAKEN   bne, 0x100000000, 0
    PASSED  bne, 5, 5
    CHECK   3
    TAKEN   blt, -1, 0
    TAKEN   blt, 0x8000000000000000, 0x7fffffffffffffff
    PASSED  blt, 0, 0
    PASSED  blt, 0, -1
    PASSED  blt, 0x80000000, 0x7fffffff
    CHECK   4
    TAKEN   bge, 0, -1
    TAKEN   bge, 3, 3
    TAKEN   bge, 0x7fffffffffffffff, 0x8000000000000000
    PASSED  bge, -1, 0
    CHECK   5
    TAKEN   bltu, 0, -1
    TAKEN   bltu, 0x7fffffffffffffff, 0x8000000000000000
    PASSED  bltu, -1, 0
    PASSED  bltu, 1, 1
    CHECK   6
    TAKEN   bgeu, -1, 0
    TAKEN   bgeu, 0, 0
    PASSED  bgeu, 0, 1

    CHECK   7                       # x0 on either side
    li      a0, -5
    bge     a0, x0, fail
    blt     x0, a0, fail
    bltu    a0, x0, fail
    bgeu    x0, a0, fail
    beq     x0, a0, fail
    bne     x0, a0, 1f
    j       fail
1:  blt     a0, x0, 1f
    j       fail
1:  bge     x0, a0, 1f
    j       fail
1:  bltu    x0, a0, 1f
    j       fail
1:  bgeu    a0, x0, 1f
    j       fail
1:
    CHECK   8                       # the same register twice
    beq     a0, a0, 1f
    j       fail
1:  bne     a0, a0, fail
    blt     a0, a0, fail
    bge     a0, a0, 1f
    j       fail
1:  bltu    x0, x0, fail
    bgeu    x0, x0, 1f
    j       fail
1:
    CHECK   9                       # a counted loop, a branch to itself that is not taken
    li      a0, 0
    li      a1, 1000
1:  addi    a0, a0, 3
    addi    a1, a1, -1
    bnez    a1, 1b
    EQ      a0, 3000
2:  bne     a1, x0, 2b

    CHECK   10                      # nearly the longest distances
    li      a0, 1
    beq     a0, a0, far
back:
    j       pass
    .space  4000
far:
    bne     a0, x0, back
    j       fail
