# RV64I register-immediate instructions on words
# Each line: instruction, operands, expected result, from exact integer arithmetic. The macro also checks the forms in which
# the destination is a source, or x0.
    .include "test.inc"

    .macro OP name, a, imm, result
    li      a0, \a
    \name   a2, a0, \imm
    EQ      a2, \result
    \name   x0, a0, \imm            # thrown away
    bnez    x0, fail
    EQ      a0, \a
    \name   a0, a0, \imm            # rd = rs1
    EQ      a0, \result
    .endm

test_start:
    CHECK 1
    OP addiw, 0x0, 0, 0x0
    OP addiw, 0x7fffffff, 1, 0xffffffff80000000
    OP addiw, 0xffffffff, 1, 0x0
    OP addiw, 0xffffffff80000000, -1, 0x7fffffff
    OP addiw, 0x123456789, -2048, 0x23455f89
    OP addiw, 0xffffffffffffffff, 2047, 0x7fe
    addiw a1, x0, 2047
    EQ a1, 0x7ff
    CHECK 2
    OP slliw, 0xffffffff89abcdef, 0, 0xffffffff89abcdef
    OP slliw, 0x89abcdef, 1, 0x13579bde
    OP slliw, 0x7123456789abcdef, 31, 0xffffffff80000000
    OP slliw, 0x1234567812345678, 4, 0x23456780
    OP slliw, 0xffffffff80000000, 31, 0x0
    slliw a1, x0, 31
    EQ a1, 0x0
    CHECK 3
    OP srliw, 0xffffffff89abcdef, 0, 0xffffffff89abcdef
    OP srliw, 0x89abcdef, 1, 0x44d5e6f7
    OP srliw, 0x7123456789abcdef, 31, 0x1
    OP srliw, 0x1234567812345678, 4, 0x1234567
    OP srliw, 0xffffffff80000000, 31, 0x1
    srliw a1, x0, 31
    EQ a1, 0x0
    CHECK 4
    OP sraiw, 0xffffffff89abcdef, 0, 0xffffffff89abcdef
    OP sraiw, 0x89abcdef, 1, 0xffffffffc4d5e6f7
    OP sraiw, 0x7123456789abcdef, 31, 0xffffffffffffffff
    OP sraiw, 0x1234567812345678, 4, 0x1234567
    OP sraiw, 0xffffffff80000000, 31, 0xffffffffffffffff
    sraiw a1, x0, 31
    EQ a1, 0x0
    j pass
