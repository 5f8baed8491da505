# RV64M on words
# Each line: instruction, operands, expected result, from exact integer arithmetic. The macro also checks the forms in which
# the destination is a source, or x0.
    .include "test.inc"

    .macro OP name, a, b, result
    li      a0, \a
    li      a1, \b
    \name   a2, a0, a1
    EQ      a2, \result
    mv      a2, a0
    \name   a2, a2, a1              # rd = rs1
    SAME    a2, t6
    mv      a2, a1
    \name   a2, a0, a2              # rd = rs2
    SAME    a2, t6
    \name   x0, a0, a1              # thrown away
    bnez    x0, fail
    EQ      a0, \a
    EQ      a1, \b
    .endm

test_start:
    CHECK 1
    OP mulw, 0x0, 0x0, 0x0
    OP mulw, 0x1, 0x0, 0x0
    OP mulw, 0xffffffffffffffff, 0x0, 0x0
    OP mulw, 0x8000000000000000, 0x0, 0x0
    OP mulw, 0x8000000000000000, 0xffffffffffffffff, 0x0
    OP mulw, 0x8000000000000000, 0x1, 0x0
    OP mulw, 0x8000000000000000, 0x8000000000000000, 0x0
    OP mulw, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x1
    OP mulw, 0xffffffffffffffff, 0xffffffffffffffff, 0x1
    OP mulw, 0x7, 0x3, 0x15
    OP mulw, 0xfffffffffffffff9, 0x3, 0xffffffffffffffeb
    OP mulw, 0x7, 0xfffffffffffffffd, 0xffffffffffffffeb
    OP mulw, 0xfffffffffffffff9, 0xfffffffffffffffd, 0x15
    OP mulw, 0x123456789abcdef, 0xfedcba9876543210, 0xffffffffe5618cf0
    OP mulw, 0xffffffff80000000, 0xffffffffffffffff, 0xffffffff80000000
    OP mulw, 0x80000000, 0xffffffff, 0xffffffff80000000
    OP mulw, 0x100000001, 0x100000003, 0x3
    OP mulw, 0x1234567800000000, 0x9abcdef000000000, 0x0
    CHECK 2
    li a0, 0x8000000123456789
    mulw a1, a0, a0
    EQ a1, 0x6fb98751
    mulw a1, a0, x0
    EQ a1, 0x0
    mulw a1, x0, a0
    EQ a1, 0x0
    mulw a1, x0, x0
    EQ a1, 0x0
    CHECK 3
    OP divw, 0x0, 0x0, 0xffffffffffffffff
    OP divw, 0x1, 0x0, 0xffffffffffffffff
    OP divw, 0xffffffffffffffff, 0x0, 0xffffffffffffffff
    OP divw, 0x8000000000000000, 0x0, 0xffffffffffffffff
    OP divw, 0x8000000000000000, 0xffffffffffffffff, 0x0
    OP divw, 0x8000000000000000, 0x1, 0x0
    OP divw, 0x8000000000000000, 0x8000000000000000, 0xffffffffffffffff
    OP divw, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x1
    OP divw, 0xffffffffffffffff, 0xffffffffffffffff, 0x1
    OP divw, 0x7, 0x3, 0x2
    OP divw, 0xfffffffffffffff9, 0x3, 0xfffffffffffffffe
    OP divw, 0x7, 0xfffffffffffffffd, 0xfffffffffffffffe
    OP divw, 0xfffffffffffffff9, 0xfffffffffffffffd, 0x2
    OP divw, 0x123456789abcdef, 0xfedcba9876543210, 0xffffffffffffffff
    OP divw, 0xffffffff80000000, 0xffffffffffffffff, 0xffffffff80000000
    OP divw, 0x80000000, 0xffffffff, 0xffffffff80000000
    OP divw, 0x100000001, 0x100000003, 0x0
    OP divw, 0x1234567800000000, 0x9abcdef000000000, 0xffffffffffffffff
    CHECK 4
    li a0, 0x8000000123456789
    divw a1, a0, a0
    EQ a1, 0x1
    divw a1, a0, x0
    EQ a1, 0xffffffffffffffff
    divw a1, x0, a0
    EQ a1, 0x0
    divw a1, x0, x0
    EQ a1, 0xffffffffffffffff
    CHECK 5
    OP divuw, 0x0, 0x0, 0xffffffffffffffff
    OP divuw, 0x1, 0x0, 0xffffffffffffffff
    OP divuw, 0xffffffffffffffff, 0x0, 0xffffffffffffffff
    OP divuw, 0x8000000000000000, 0x0, 0xffffffffffffffff
    OP divuw, 0x8000000000000000, 0xffffffffffffffff, 0x0
    OP divuw, 0x8000000000000000, 0x1, 0x0
    OP divuw, 0x8000000000000000, 0x8000000000000000, 0xffffffffffffffff
    OP divuw, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x1
    OP divuw, 0xffffffffffffffff, 0xffffffffffffffff, 0x1
    OP divuw, 0x7, 0x3, 0x2
    OP divuw, 0xfffffffffffffff9, 0x3, 0x55555553
    OP divuw, 0x7, 0xfffffffffffffffd, 0x0
    OP divuw, 0xfffffffffffffff9, 0xfffffffffffffffd, 0x0
    OP divuw, 0x123456789abcdef, 0xfedcba9876543210, 0x1
    OP divuw, 0xffffffff80000000, 0xffffffffffffffff, 0x0
    OP divuw, 0x80000000, 0xffffffff, 0x0
    OP divuw, 0x100000001, 0x100000003, 0x0
    OP divuw, 0x1234567800000000, 0x9abcdef000000000, 0xffffffffffffffff
    CHECK 6
    li a0, 0x8000000123456789
    divuw a1, a0, a0
    EQ a1, 0x1
    divuw a1, a0, x0
    EQ a1, 0xffffffffffffffff
    divuw a1, x0, a0
    EQ a1, 0x0
    divuw a1, x0, x0
    EQ a1, 0xffffffffffffffff
    CHECK 7
    OP remw, 0x0, 0x0, 0x0
    OP remw, 0x1, 0x0, 0x1
    OP remw, 0xffffffffffffffff, 0x0, 0xffffffffffffffff
    OP remw, 0x8000000000000000, 0x0, 0x0
    OP remw, 0x8000000000000000, 0xffffffffffffffff, 0x0
    OP remw, 0x8000000000000000, 0x1, 0x0
    OP remw, 0x8000000000000000, 0x8000000000000000, 0x0
    OP remw, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x0
    OP remw, 0xffffffffffffffff, 0xffffffffffffffff, 0x0
    OP remw, 0x7, 0x3, 0x1
    OP remw, 0xfffffffffffffff9, 0x3, 0xffffffffffffffff
    OP remw, 0x7, 0xfffffffffffffffd, 0x1
    OP remw, 0xfffffffffffffff9, 0xfffffffffffffffd, 0xffffffffffffffff
    OP remw, 0x123456789abcdef, 0xfedcba9876543210, 0xffffffffffffffff
    OP remw, 0xffffffff80000000, 0xffffffffffffffff, 0x0
    OP remw, 0x80000000, 0xffffffff, 0x0
    OP remw, 0x100000001, 0x100000003, 0x1
    OP remw, 0x1234567800000000, 0x9abcdef000000000, 0x0
    CHECK 8
    li a0, 0x8000000123456789
    remw a1, a0, a0
    EQ a1, 0x0
    remw a1, a0, x0
    EQ a1, 0x23456789
    remw a1, x0, a0
    EQ a1, 0x0
    remw a1, x0, x0
    EQ a1, 0x0
    CHECK 9
    OP remuw, 0x0, 0x0, 0x0
    OP remuw, 0x1, 0x0, 0x1
    OP remuw, 0xffffffffffffffff, 0x0, 0xffffffffffffffff
    OP remuw, 0x8000000000000000, 0x0, 0x0
    OP remuw, 0x8000000000000000, 0xffffffffffffffff, 0x0
    OP remuw, 0x8000000000000000, 0x1, 0x0
    OP remuw, 0x8000000000000000, 0x8000000000000000, 0x0
    OP remuw, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x0
    OP remuw, 0xffffffffffffffff, 0xffffffffffffffff, 0x0
    OP remuw, 0x7, 0x3, 0x1
    OP remuw, 0xfffffffffffffff9, 0x3, 0x0
    OP remuw, 0x7, 0xfffffffffffffffd, 0x7
    OP remuw, 0xfffffffffffffff9, 0xfffffffffffffffd, 0xfffffffffffffff9
    OP remuw, 0x123456789abcdef, 0xfedcba9876543210, 0x13579bdf
    OP remuw, 0xffffffff80000000, 0xffffffffffffffff, 0xffffffff80000000
    OP remuw, 0x80000000, 0xffffffff, 0xffffffff80000000
    OP remuw, 0x100000001, 0x100000003, 0x1
    OP remuw, 0x1234567800000000, 0x9abcdef000000000, 0x0
    CHECK 10
    li a0, 0x8000000123456789
    remuw a1, a0, a0
    EQ a1, 0x0
    remuw a1, a0, x0
    EQ a1, 0x23456789
    remuw a1, x0, a0
    EQ a1, 0x0
    remuw a1, x0, x0
    EQ a1, 0x0
    j pass
