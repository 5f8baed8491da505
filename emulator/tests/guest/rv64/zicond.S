# Zicond. Expectations are those of the manual's "czero.eqz" and "czero.nez"; check 7 compares with branches of RV64I.
# QEMU 7.2 does not know the extension, so it runs nothing of this. Nor does binutils 2.40: encodings are written out.
    .include "test.inc"

    .macro CZERO_EQZ rd, rs1, rs2
    .insn   r 0x33, 5, 7, \rd, \rs1, \rs2
    .endm
    .macro CZERO_NEZ rd, rs1, rs2
    .insn   r 0x33, 7, 7, \rd, \rs1, \rs2
    .endm
    .macro BOTH value, cond, eqz, nez   # both, also with rd = rs1, rd = rs2; sources stay
    li      a0, \value
    li      a1, \cond
    li      a2, 0x5a5a
    CZERO_EQZ a2, a0, a1
    EQ      a2, \eqz
    EQ      a0, \value
    EQ      a1, \cond
    li      a2, 0x5a5a
    CZERO_NEZ a2, a0, a1
    EQ      a2, \nez
    EQ      a0, \value
    EQ      a1, \cond
    mv      a2, a0
    CZERO_EQZ a2, a2, a1
    EQ      a2, \eqz
    mv      a2, a0
    CZERO_NEZ a2, a2, a1
    EQ      a2, \nez
    mv      a2, a1
    CZERO_EQZ a2, a0, a2
    EQ      a2, \eqz
    mv      a2, a1
    CZERO_NEZ a2, a0, a2
    EQ      a2, \nez
    .endm
    .macro ONE value                # rs1 = rs2, and rd = rs1 = rs2
    li      a0, \value
    CZERO_EQZ a2, a0, a0
    EQ      a2, \value
    CZERO_NEZ a2, a0, a0
    bnez    a2, fail
    CZERO_EQZ a0, a0, a0
    EQ      a0, \value
    CZERO_NEZ a0, a0, a0
    bnez    a0, fail
    .endm

test_start:
    IF_QEMU pass
    CHECK   1                       # a condition of 0
    BOTH    0x123456789abcdef0, 0, 0, 0x123456789abcdef0
    BOTH    -1, 0, 0, -1
    BOTH    0, 0, 0, 0
    CHECK   2                       # all 64 bits of the condition count
    BOTH    0x123456789abcdef0, 1, 0x123456789abcdef0, 0
    BOTH    5, 2, 5, 0
    BOTH    5, 0x100, 5, 0
    BOTH    5, 0x100000000, 5, 0
    BOTH    5, 0x8000000000000000, 5, 0
    BOTH    5, -1, 5, 0
    BOTH    0, -1, 0, 0
    CHECK   3                       # values, whole
    BOTH    -1, 7, -1, 0
    BOTH    -5, -3, -5, 0
    BOTH    0x8000000000000000, 1, 0x8000000000000000, 0
    BOTH    0xffffffff, 1, 0xffffffff, 0
    BOTH    0x80000000, 0x80000000, 0x80000000, 0
    CHECK   4                       # rs1 = rs2
    ONE     0
    ONE     1
    ONE     -1
    ONE     0x8000000000000000
    CHECK   5                       # x0: nothing is written, reads are 0
    li      a0, 9
    li      a1, 1
    CZERO_EQZ x0, a0, a1
    bnez    x0, fail
    CZERO_NEZ x0, a0, x0
    bnez    x0, fail
    CZERO_EQZ a2, a0, x0
    bnez    a2, fail
    CZERO_NEZ a2, a0, x0
    EQ      a2, 9
    CZERO_EQZ a2, x0, a1
    bnez    a2, fail
    li      a2, 3
    CZERO_NEZ a2, x0, a1
    bnez    a2, fail
    li      a2, 3
    CZERO_NEZ a2, x0, x0
    bnez    a2, fail
    li      a2, 3
    CZERO_EQZ a2, x0, x0
    bnez    a2, fail
    CZERO_EQZ a0, a0, x0            # with rd = rs1
    bnez    a0, fail
    CZERO_NEZ a1, x0, a1            # with rd = rs2
    bnez    a1, fail
    CHECK   6                       # a comparison right before, alone and with a second use
    li      a0, -2
    li      a1, 2
    slt     a2, a0, a1
    CZERO_EQZ a3, a0, a2
    CZERO_NEZ a4, a1, a2
    or      a3, a3, a4              # the smaller one
    EQ      a3, -2
    sltu    a4, a0, a1
    CZERO_EQZ a3, a0, a4
    CZERO_NEZ a4, a1, a4
    or      a3, a3, a4
    EQ      a3, 2
    sltiu   a2, a0, 1
    CZERO_NEZ a3, a1, a2
    EQ      a3, 2
    EQ      a2, 0
    CHECK   7                       # a hot loop: random values, conditions of 0 to 3; branches say what is right
    li      s4, 20000
    li      s5, 0x5851f42d4c957f2d
    li      s6, 1
    li      s7, 0                   # of czero
    li      s8, 0                   # of branches
1:  mul     s6, s6, s5
    addi    s6, s6, 11
    srli    a1, s6, 62
    CZERO_EQZ a2, s6, a1
    CZERO_NEZ a3, s6, a1
    slli    s7, s7, 1
    add     s7, s7, a2
    slli    s7, s7, 1
    xor     s7, s7, a3
    li      a2, 0
    li      a3, 0
    beqz    a1, 2f
    mv      a2, s6
    j       3f
2:  mv      a3, s6
3:  slli    s8, s8, 1
    add     s8, s8, a2
    slli    s8, s8, 1
    xor     s8, s8, a3
    bne     s7, s8, fail
    addi    s4, s4, -1
    bnez    s4, 1b
    beqz    s7, fail
    CHECK   8                       # neighbours in the encoding stay illegal: funct3 100 and 110
    li      s0, 0
    TRAPS   99f
98: .insn   r 0x33, 4, 7, a0, a0, a1
    j       fail
99: TRAPPED 2, 98b
    TRAPS   99f
98: .insn   r 0x33, 6, 7, a0, a0, a1
    j       fail
99: TRAPPED 2, 98b
    j       pass
