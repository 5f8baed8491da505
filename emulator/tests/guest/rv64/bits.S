# Zba, Zbb, Zbs.
    .include "test.inc"

    .macro OP2 insn, a, b, want:vararg  # also with rd = rs1, rd = rs2
    li      a0, \a
    li      a1, \b
    \insn   a2, a0, a1
    EQ      a2, \want
    mv      a2, a0
    \insn   a2, a2, a1
    EQ      a2, \want
    mv      a2, a1
    \insn   a2, a0, a2
    EQ      a2, \want
    .endm
    .macro OP1 insn, a, want:vararg
    li      a0, \a
    \insn   a2, a0
    EQ      a2, \want
    \insn   a0, a0
    EQ      a0, \want
    .endm
    .macro OPI insn, a, imm, want:vararg
    li      a0, \a
    \insn   a2, a0, \imm
    EQ      a2, \want
    .endm

test_start:
    CHECK   1                       # Zba
    OP2     add.uw, 0xffffffff80000001, 0x100000000, 0x180000001
    OP2     sh1add, 0x8000000000000003, 5, 11
    OP2     sh2add, 0x4000000000000003, 5, 17
    OP2     sh3add, 3, -1, 23
    OP2     sh1add.uw, 0xffffffff80000001, 1, 0x100000003
    OP2     sh2add.uw, 0x1234567880000001, 1, 0x200000005
    OP2     sh3add.uw, 0x12345678ffffffff, 0, 0x7fffffff8
    OPI     slli.uw, 0xffffffff80000001, 0, 0x80000001
    OPI     slli.uw, 0xffffffff80000001, 32, 0x8000000100000000
    OPI     slli.uw, 1, 63, 0x8000000000000000
    CHECK   2                       # logic
    OP2     andn, 0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xf000f000f000f000
    OP2     orn, 0xff00, 0xfffffffffffffff0, 0xff0f
    OP2     xnor, 0x5555, 0xaaaa, 0xffffffffffff0000
    CHECK   3                       # counts
    OP1     clz, 0, 64
    OP1     clz, 1, 63
    OP1     clz, -1, 0
    OP1     clzw, 0xffffffff00000000, 32
    OP1     clzw, 0x0000000100008000, 16
    OP1     ctz, 0, 64
    OP1     ctz, 0x8000000000000000, 63
    OP1     ctzw, 0xffffffff00000000, 32
    OP1     ctzw, 0xffffffff80000000, 31
    IF_QEMU 1f                      # QEMU 7.2 goes on counting in the upper half
    OP1     ctzw, 0x0010000000000000, 32
1:
    OP1     cpop, -1, 64
    OP1     cpop, 0x8000000000000001, 2
    OP1     cpopw, 0xffffffff00000003, 2
    OP1     cpopw, 0x00000000ffffffff, 32
    CHECK   4                       # extensions
    OP1     sext.b, 0x1280, 0xffffffffffffff80
    OP1     sext.b, 0xff7f, 0x7f
    OP1     sext.h, 0x128000, 0xffffffffffff8000
    OP1     zext.h, 0xffffffffffff8000, 0x8000
    CHECK   5                       # order
    OP2     min, -1, 1, -1
    OP2     min, 5, 5, 5
    OP2     minu, -1, 1, 1
    OP2     max, -1, 1, 1
    OP2     maxu, -1, 1, -1
    OP2     max, 0x8000000000000000, 0x7fffffffffffffff, 0x7fffffffffffffff
    CHECK   6                       # rotations
    OP2     rol, 0x8000000000000001, 1, 3
    OP2     rol, 0x123456789abcdef0, 68, 0x23456789abcdef01
    OP2     ror, 0x123456789abcdef0, 4, 0x0123456789abcdef
    OP2     ror, 1, 64, 1
    OPI     rori, 1, 63, 2
    OPI     rori, 1, 0, 1
    OP2     rolw, 0x40000000, 1, 0xffffffff80000000
    OP2     rolw, 0x1234567880000000, 33, 1
    OP2     rorw, 1, 1, 0xffffffff80000000
    OP2     rorw, 0xffffffff00000002, 1, 1
    OPI     roriw, 0xffffffff00000001, 1, 0xffffffff80000000
    OPI     roriw, 0xff, 4, 0xfffffffff000000f
    CHECK   7                       # bytes
    OP1     orc.b, 0x0001008000fe0100, 0x00ff00ff00ffff00
    OP1     orc.b, 0xff00000000000001, 0xff000000000000ff
    OP1     orc.b, 0, 0
    OP1     rev8, 0x0123456789abcdef, 0xefcdab8967452301
    CHECK   8                       # single bits
    OP2     bclr, -1, 127, 0x7fffffffffffffff
    OP2     bset, 0, 64, 1
    OP2     binv, 3, 1, 1
    OP2     bext, 0x8000000000000000, 63, 1
    OP2     bext, 0x8000000000000000, 62, 0
    OPI     bclri, -1, 0, -2
    OPI     bseti, 0, 63, 0x8000000000000000
    OPI     binvi, 1, 32, 0x100000001
    OPI     bexti, 0x10, 4, 1
    OPI     bexti, 0x10, 5, 0
    CHECK   9                       # x0: nothing is written, reads are 0
    clz     x0, a0
    bnez    x0, fail
    clz     a0, x0
    EQ      a0, 64
    li      a1, 7
    sh3add  a0, a1, x0
    EQ      a0, 56
    min     a0, x0, a1
    bnez    a0, fail
    j       pass
