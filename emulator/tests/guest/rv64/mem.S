# RV64I loads and stores: widths, sign, offsets, x0; what a store leaves of its neighbours.
    .include "test.inc"

    .macro LOAD name, offset, value
    \name   a0, \offset(s4)
    EQ      a0, \value
    .endm
    .macro STORE name, offset, after    # 0xa5...a5 before, a1 is stored
    li      a0, 0xa5a5a5a5a5a5a5a5
    sd      a0, 0(s5)
    \name   a1, \offset(s5)
    ld      a2, 0(s5)
    EQ      a2, \after
    .endm

test_start:
    la      s4, bytes
    la      s5, cell
    CHECK   1
    LOAD    lb, 0, 0xffffffffffffff80
    LOAD    lb, 1, 0x7f
    LOAD    lb, 7, 0xffffffffffffffff
    LOAD    lb, -1, 0x55
    CHECK   2
    LOAD    lbu, 0, 0x80
    LOAD    lbu, 1, 0x7f
    LOAD    lbu, 7, 0xff
    CHECK   3
    LOAD    lh, 0, 0x7f80
    LOAD    lh, 2, 0xffffffffffff8001
    CHECK   4
    LOAD    lhu, 0, 0x7f80
    LOAD    lhu, 2, 0x8001
    CHECK   5
    LOAD    lw, 0, 0xffffffff80017f80
    LOAD    lw, 8, 0x01234567
    CHECK   6
    LOAD    lwu, 0, 0x80017f80
    LOAD    lwu, 4, 0xff000010
    CHECK   7
    LOAD    ld, 0, 0xff00001080017f80
    LOAD    ld, 8, 0x89abcdef01234567
    CHECK   8                           # rd = base
    mv      a0, s4
    ld      a0, 8(a0)
    EQ      a0, 0x89abcdef01234567
    ld      x0, 0(s4)
    bnez    x0, fail
    CHECK   9                           # the largest offsets
    addi    a3, s4, -2047
    LOAD    ld, 0, 0xff00001080017f80
    ld      a0, 2047(a3)
    EQ      a0, 0xff00001080017f80
    li      a3, 2048
    add     a3, a3, s4
    ld      a0, -2048(a3)
    EQ      a0, 0xff00001080017f80

    li      a1, 0x1122334455667788
    CHECK   10
    STORE   sb, 0, 0xa5a5a5a5a5a5a588
    STORE   sb, 7, 0x88a5a5a5a5a5a5a5
    CHECK   11
    STORE   sh, 0, 0xa5a5a5a5a5a57788
    STORE   sh, 6, 0x7788a5a5a5a5a5a5
    CHECK   12
    STORE   sw, 0, 0xa5a5a5a555667788
    STORE   sw, 4, 0x55667788a5a5a5a5
    CHECK   13
    STORE   sd, 0, 0x1122334455667788
    CHECK   14
    li      a0, -1
    sd      a0, 0(s5)
    sh      x0, 2(s5)
    ld      a2, 0(s5)
    EQ      a2, 0xffffffff0000ffff
    CHECK   15                          # the neighbours of the cell
    ld      a0, -8(s5)
    EQ      a0, 0x3333333333333333
    ld      a0, 8(s5)
    EQ      a0, 0x4444444444444444
    CHECK   16                          # a base stored at itself
    mv      a0, s5
    sd      a0, 0(a0)
    ld      a1, 0(s5)
    SAME    a1, s5
    j       pass

    .data
    .balign 8
    .byte   0, 0, 0, 0, 0, 0, 0, 0x55
bytes:
    .byte   0x80, 0x7f, 0x01, 0x80, 0x10, 0x00, 0x00, 0xff
    .dword  0x89abcdef01234567
    .dword  0x3333333333333333
cell:
    .dword  0
    .dword  0x4444444444444444
