# Misaligned loads and stores of RAM work, also across a cache line and across a page; only atomics must be aligned.
    .include "test.inc"

test_start:
    la      s4, page_end                # a page border
    CHECK   1                           # every offset around it: bytes 0xc0, 0xc1, ... lie from border - 16 on
    addi    a0, s4, -16
    li      a1, 0xc0
    li      a2, 32
1:  sb      a1, 0(a0)
    addi    a0, a0, 1
    addi    a1, a1, 1
    addi    a2, a2, -1
    bnez    a2, 1b
    addi    a0, s4, -16
    li      a3, 0xc7c6c5c4c3c2c1c0
    li      a4, 0x0101010101010101
    li      a5, 25
2:  ld      a1, 0(a0)
    SAME    a1, a3
    lwu     a1, 0(a0)
    slli    a6, a3, 32
    srli    a6, a6, 32
    SAME    a1, a6
    lw      a1, 0(a0)
    sext.w  a6, a3
    SAME    a1, a6
    lhu     a1, 0(a0)
    slli    a6, a3, 48
    srli    a6, a6, 48
    SAME    a1, a6
    lh      a1, 0(a0)
    slli    a6, a3, 48
    srai    a6, a6, 48
    SAME    a1, a6
    addi    a0, a0, 1
    add     a3, a3, a4
    addi    a5, a5, -1
    bnez    a5, 2b

    CHECK   2                           # doubleword stores at every offset
    addi    a0, s4, -12
    li      a5, 17
    li      a3, 0x8899aabbccddeeff
3:  sd      x0, -8(a0)
    sd      x0, 8(a0)
    sd      a3, 0(a0)
    ld      a1, 0(a0)
    SAME    a1, a3
    ld      a1, -8(a0)
    bnez    a1, fail
    ld      a1, 8(a0)
    bnez    a1, fail
    lbu     a1, 0(a0)
    EQ      a1, 0xff
    lbu     a1, 7(a0)
    EQ      a1, 0x88
    addi    a0, a0, 1
    addi    a5, a5, -1
    bnez    a5, 3b

    CHECK   3                           # word and halfword stores across the border
    addi    a0, s4, -8
    li      a1, -1
    sd      a1, 0(a0)
    sd      a1, 8(a0)
    li      a2, 0x12345678
    sw      a2, -2(s4)
    ld      a3, 0(a0)
    EQ      a3, 0x5678ffffffffffff
    ld      a3, 8(a0)
    EQ      a3, 0xffffffffffff1234
    sh      x0, -1(s4)
    ld      a3, 0(a0)
    EQ      a3, 0x0078ffffffffffff
    ld      a3, 8(a0)
    EQ      a3, 0xffffffffffff1200
    j       pass

    .bss
    .balign 4096
    .space  4096
page_end:
    .space  4096
