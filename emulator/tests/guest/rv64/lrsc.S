# RV64A: LR and SC. Not tested, because the manual leaves it open: an SC after the hart's own store to the same place.
    .include "test.inc"

test_start:
    la      s4, cell
    CHECK   1                       # success
    li      a0, 0x1122334455667788
    sd      a0, 0(s4)
    lr.d    a1, (s4)
    SAME    a1, a0
    li      a2, 5
    sc.d    a3, a2, (s4)
    bnez    a3, fail
    ld      a1, 0(s4)
    EQ      a1, 5
    CHECK   2                       # the reservation is gone: fails, and memory stays
    li      a2, 6
    sc.d    a3, a2, (s4)
    EQ      a3, 1
    ld      a1, 0(s4)
    EQ      a1, 5
    CHECK   3                       # words: sign extension, the upper half stays
    li      a0, 0x11223344fffffffe
    sd      a0, 0(s4)
    lr.w.aq a1, (s4)
    EQ      a1, -2
    li      a2, 0x7766554433221100
    sc.w.rl a3, a2, (s4)
    bnez    a3, fail
    ld      a1, 0(s4)
    EQ      a1, 0x1122334433221100
    CHECK   4                       # another address
    addi    a4, s4, 8
    sd      x0, 8(s4)
    lr.d    a1, (s4)
    sc.d    a3, a2, (a4)
    EQ      a3, 1
    ld      a1, 0(a4)
    bnez    a1, fail
    CHECK   5                       # ... and that one ended the reservation
    sc.d    a3, a2, (s4)
    EQ      a3, 1
    CHECK   6                       # the last LR counts
    lr.d    a1, (s4)
    lr.d    a1, (a4)
    li      a2, 9
    sc.d    a3, a2, (a4)
    bnez    a3, fail
    ld      a1, 0(a4)
    EQ      a1, 9
    CHECK   7                       # rd = rs2, rd = x0
    lr.w    a1, (s4)
    li      a2, 3
    sc.w    a2, a2, (s4)
    bnez    a2, fail
    lw      a1, 0(s4)
    EQ      a1, 3
    lr.d    x0, (s4)
    sc.d    x0, x0, (s4)
    ld      a1, 0(s4)
    bnez    a1, fail
    CHECK   8                       # the usual loop
    li      a5, 100
1:  lr.d    a1, (s4)
    addi    a1, a1, 7
    sc.d    a2, a1, (s4)
    bnez    a2, 1b
    addi    a5, a5, -1
    bnez    a5, 1b
    ld      a1, 0(s4)
    EQ      a1, 700
    CHECK   9                       # misaligned: address-misaligned exceptions, nothing else happens
    addi    a4, s4, 2
    li      a1, 42
    TRAPS   99f
98: lr.w    a1, (a4)
    j       fail
99: TRAPPED 4, 98b
    SAME    s3, a4
    EQ      a1, 42
    addi    a4, s4, 4
    TRAPS   99f
98: lr.d    a1, (a4)
    j       fail
99: TRAPPED 4, 98b
    CHECK   10                      # AMOs: 6 (QEMU 7.2: 4)
    addi    a4, s4, 4
    TRAPS   99f
98: amoadd.d a1, a1, (a4)
    j       fail
99: IF_QEMU 1f
    TRAPPED 6, 98b
1:  SAME    s3, a4
    EQ      a1, 42
    addi    a4, s4, 1
    TRAPS   99f
98: amoswap.w a1, a1, (a4)
    j       fail
99: IF_QEMU 1f
    TRAPPED 6, 98b
1:  ld      a1, 0(s4)
    EQ      a1, 700
    CHECK   11                      # a trap ends the reservation
    lr.d    a1, (s4)
    TRAPS   99f
98: ecall
    j       fail
99: li      a1, 1
    sc.d    a3, a1, (s4)
    EQ      a3, 1
    CHECK   12                      # access faults: LR is a load, AMO a store
    li      a4, NOTHING_THERE
    TRAPS   99f
98: lr.d    a1, (a4)
    j       fail
99: TRAPPED 5, 98b
    SAME    s3, a4
    TRAPS   99f
98: amoor.w a1, a1, (a4)
    j       fail
99: SAME    s3, a4
    IF_QEMU 1f                      # QEMU 7.2: 5
    TRAPPED 7, 98b
1:  j       pass

    .bss
    .balign 16
cell:
    .space  64
