# RV64M on 64 bits
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
    OP mul, 0x0, 0x0, 0x0
    OP mul, 0x1, 0x0, 0x0
    OP mul, 0xffffffffffffffff, 0x0, 0x0
    OP mul, 0x8000000000000000, 0x0, 0x0
    OP mul, 0x8000000000000000, 0xffffffffffffffff, 0x8000000000000000
    OP mul, 0x8000000000000000, 0x1, 0x8000000000000000
    OP mul, 0x8000000000000000, 0x8000000000000000, 0x0
    OP mul, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x1
    OP mul, 0xffffffffffffffff, 0xffffffffffffffff, 0x1
    OP mul, 0x7, 0x3, 0x15
    OP mul, 0xfffffffffffffff9, 0x3, 0xffffffffffffffeb
    OP mul, 0x7, 0xfffffffffffffffd, 0xffffffffffffffeb
    OP mul, 0xfffffffffffffff9, 0xfffffffffffffffd, 0x15
    OP mul, 0x123456789abcdef, 0xfedcba9876543210, 0x2236d88fe5618cf0
    OP mul, 0xffffffff80000000, 0xffffffffffffffff, 0x80000000
    OP mul, 0x80000000, 0xffffffff, 0x7fffffff80000000
    OP mul, 0x100000001, 0x100000003, 0x400000003
    OP mul, 0x1234567800000000, 0x9abcdef000000000, 0x0
    CHECK 2
    li a0, 0x8000000123456789
    mul a1, a0, a0
    EQ a1, 0x4b66dc326fb98751
    mul a1, a0, x0
    EQ a1, 0x0
    mul a1, x0, a0
    EQ a1, 0x0
    mul a1, x0, x0
    EQ a1, 0x0
    CHECK 3
    OP mulh, 0x0, 0x0, 0x0
    OP mulh, 0x1, 0x0, 0x0
    OP mulh, 0xffffffffffffffff, 0x0, 0x0
    OP mulh, 0x8000000000000000, 0x0, 0x0
    OP mulh, 0x8000000000000000, 0xffffffffffffffff, 0x0
    OP mulh, 0x8000000000000000, 0x1, 0xffffffffffffffff
    OP mulh, 0x8000000000000000, 0x8000000000000000, 0x4000000000000000
    OP mulh, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x3fffffffffffffff
    OP mulh, 0xffffffffffffffff, 0xffffffffffffffff, 0x0
    OP mulh, 0x7, 0x3, 0x0
    OP mulh, 0xfffffffffffffff9, 0x3, 0xffffffffffffffff
    OP mulh, 0x7, 0xfffffffffffffffd, 0xffffffffffffffff
    OP mulh, 0xfffffffffffffff9, 0xfffffffffffffffd, 0x0
    OP mulh, 0x123456789abcdef, 0xfedcba9876543210, 0xfffeb49923cc0953
    OP mulh, 0xffffffff80000000, 0xffffffffffffffff, 0x0
    OP mulh, 0x80000000, 0xffffffff, 0x0
    OP mulh, 0x100000001, 0x100000003, 0x1
    OP mulh, 0x1234567800000000, 0x9abcdef000000000, 0xf8cc93d6242d2080
    CHECK 4
    li a0, 0x8000000123456789
    mulh a1, a0, a0
    EQ a1, 0x3ffffffedcba9878
    mulh a1, a0, x0
    EQ a1, 0x0
    mulh a1, x0, a0
    EQ a1, 0x0
    mulh a1, x0, x0
    EQ a1, 0x0
    CHECK 5
    OP mulhsu, 0x0, 0x0, 0x0
    OP mulhsu, 0x1, 0x0, 0x0
    OP mulhsu, 0xffffffffffffffff, 0x0, 0x0
    OP mulhsu, 0x8000000000000000, 0x0, 0x0
    OP mulhsu, 0x8000000000000000, 0xffffffffffffffff, 0x8000000000000000
    OP mulhsu, 0x8000000000000000, 0x1, 0xffffffffffffffff
    OP mulhsu, 0x8000000000000000, 0x8000000000000000, 0xc000000000000000
    OP mulhsu, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x3fffffffffffffff
    OP mulhsu, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff
    OP mulhsu, 0x7, 0x3, 0x0
    OP mulhsu, 0xfffffffffffffff9, 0x3, 0xffffffffffffffff
    OP mulhsu, 0x7, 0xfffffffffffffffd, 0x6
    OP mulhsu, 0xfffffffffffffff9, 0xfffffffffffffffd, 0xfffffffffffffff9
    OP mulhsu, 0x123456789abcdef, 0xfedcba9876543210, 0x121fa00ad77d742
    OP mulhsu, 0xffffffff80000000, 0xffffffffffffffff, 0xffffffff80000000
    OP mulhsu, 0x80000000, 0xffffffff, 0x0
    OP mulhsu, 0x100000001, 0x100000003, 0x1
    OP mulhsu, 0x1234567800000000, 0x9abcdef000000000, 0xb00ea4e242d2080
    CHECK 6
    li a0, 0x8000000123456789
    mulhsu a1, a0, a0
    EQ a1, 0xc000000000000001
    mulhsu a1, a0, x0
    EQ a1, 0x0
    mulhsu a1, x0, a0
    EQ a1, 0x0
    mulhsu a1, x0, x0
    EQ a1, 0x0
    CHECK 7
    OP mulhu, 0x0, 0x0, 0x0
    OP mulhu, 0x1, 0x0, 0x0
    OP mulhu, 0xffffffffffffffff, 0x0, 0x0
    OP mulhu, 0x8000000000000000, 0x0, 0x0
    OP mulhu, 0x8000000000000000, 0xffffffffffffffff, 0x7fffffffffffffff
    OP mulhu, 0x8000000000000000, 0x1, 0x0
    OP mulhu, 0x8000000000000000, 0x8000000000000000, 0x4000000000000000
    OP mulhu, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x3fffffffffffffff
    OP mulhu, 0xffffffffffffffff, 0xffffffffffffffff, 0xfffffffffffffffe
    OP mulhu, 0x7, 0x3, 0x0
    OP mulhu, 0xfffffffffffffff9, 0x3, 0x2
    OP mulhu, 0x7, 0xfffffffffffffffd, 0x6
    OP mulhu, 0xfffffffffffffff9, 0xfffffffffffffffd, 0xfffffffffffffff6
    OP mulhu, 0x123456789abcdef, 0xfedcba9876543210, 0x121fa00ad77d742
    OP mulhu, 0xffffffff80000000, 0xffffffffffffffff, 0xffffffff7fffffff
    OP mulhu, 0x80000000, 0xffffffff, 0x0
    OP mulhu, 0x100000001, 0x100000003, 0x1
    OP mulhu, 0x1234567800000000, 0x9abcdef000000000, 0xb00ea4e242d2080
    CHECK 8
    li a0, 0x8000000123456789
    mulhu a1, a0, a0
    EQ a1, 0x400000012345678a
    mulhu a1, a0, x0
    EQ a1, 0x0
    mulhu a1, x0, a0
    EQ a1, 0x0
    mulhu a1, x0, x0
    EQ a1, 0x0
    CHECK 9
    OP div, 0x0, 0x0, 0xffffffffffffffff
    OP div, 0x1, 0x0, 0xffffffffffffffff
    OP div, 0xffffffffffffffff, 0x0, 0xffffffffffffffff
    OP div, 0x8000000000000000, 0x0, 0xffffffffffffffff
    OP div, 0x8000000000000000, 0xffffffffffffffff, 0x8000000000000000
    OP div, 0x8000000000000000, 0x1, 0x8000000000000000
    OP div, 0x8000000000000000, 0x8000000000000000, 0x1
    OP div, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x1
    OP div, 0xffffffffffffffff, 0xffffffffffffffff, 0x1
    OP div, 0x7, 0x3, 0x2
    OP div, 0xfffffffffffffff9, 0x3, 0xfffffffffffffffe
    OP div, 0x7, 0xfffffffffffffffd, 0xfffffffffffffffe
    OP div, 0xfffffffffffffff9, 0xfffffffffffffffd, 0x2
    OP div, 0x123456789abcdef, 0xfedcba9876543210, 0x0
    OP div, 0xffffffff80000000, 0xffffffffffffffff, 0x80000000
    OP div, 0x80000000, 0xffffffff, 0x0
    OP div, 0x100000001, 0x100000003, 0x0
    OP div, 0x1234567800000000, 0x9abcdef000000000, 0x0
    CHECK 10
    li a0, 0x8000000123456789
    div a1, a0, a0
    EQ a1, 0x1
    div a1, a0, x0
    EQ a1, 0xffffffffffffffff
    div a1, x0, a0
    EQ a1, 0x0
    div a1, x0, x0
    EQ a1, 0xffffffffffffffff
    CHECK 11
    OP divu, 0x0, 0x0, 0xffffffffffffffff
    OP divu, 0x1, 0x0, 0xffffffffffffffff
    OP divu, 0xffffffffffffffff, 0x0, 0xffffffffffffffff
    OP divu, 0x8000000000000000, 0x0, 0xffffffffffffffff
    OP divu, 0x8000000000000000, 0xffffffffffffffff, 0x0
    OP divu, 0x8000000000000000, 0x1, 0x8000000000000000
    OP divu, 0x8000000000000000, 0x8000000000000000, 0x1
    OP divu, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x1
    OP divu, 0xffffffffffffffff, 0xffffffffffffffff, 0x1
    OP divu, 0x7, 0x3, 0x2
    OP divu, 0xfffffffffffffff9, 0x3, 0x5555555555555553
    OP divu, 0x7, 0xfffffffffffffffd, 0x0
    OP divu, 0xfffffffffffffff9, 0xfffffffffffffffd, 0x0
    OP divu, 0x123456789abcdef, 0xfedcba9876543210, 0x0
    OP divu, 0xffffffff80000000, 0xffffffffffffffff, 0x0
    OP divu, 0x80000000, 0xffffffff, 0x0
    OP divu, 0x100000001, 0x100000003, 0x0
    OP divu, 0x1234567800000000, 0x9abcdef000000000, 0x0
    CHECK 12
    li a0, 0x8000000123456789
    divu a1, a0, a0
    EQ a1, 0x1
    divu a1, a0, x0
    EQ a1, 0xffffffffffffffff
    divu a1, x0, a0
    EQ a1, 0x0
    divu a1, x0, x0
    EQ a1, 0xffffffffffffffff
    CHECK 13
    OP rem, 0x0, 0x0, 0x0
    OP rem, 0x1, 0x0, 0x1
    OP rem, 0xffffffffffffffff, 0x0, 0xffffffffffffffff
    OP rem, 0x8000000000000000, 0x0, 0x8000000000000000
    OP rem, 0x8000000000000000, 0xffffffffffffffff, 0x0
    OP rem, 0x8000000000000000, 0x1, 0x0
    OP rem, 0x8000000000000000, 0x8000000000000000, 0x0
    OP rem, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x0
    OP rem, 0xffffffffffffffff, 0xffffffffffffffff, 0x0
    OP rem, 0x7, 0x3, 0x1
    OP rem, 0xfffffffffffffff9, 0x3, 0xffffffffffffffff
    OP rem, 0x7, 0xfffffffffffffffd, 0x1
    OP rem, 0xfffffffffffffff9, 0xfffffffffffffffd, 0xffffffffffffffff
    OP rem, 0x123456789abcdef, 0xfedcba9876543210, 0x123456789abcdef
    OP rem, 0xffffffff80000000, 0xffffffffffffffff, 0x0
    OP rem, 0x80000000, 0xffffffff, 0x80000000
    OP rem, 0x100000001, 0x100000003, 0x100000001
    OP rem, 0x1234567800000000, 0x9abcdef000000000, 0x1234567800000000
    CHECK 14
    li a0, 0x8000000123456789
    rem a1, a0, a0
    EQ a1, 0x0
    rem a1, a0, x0
    EQ a1, 0x8000000123456789
    rem a1, x0, a0
    EQ a1, 0x0
    rem a1, x0, x0
    EQ a1, 0x0
    CHECK 15
    OP remu, 0x0, 0x0, 0x0
    OP remu, 0x1, 0x0, 0x1
    OP remu, 0xffffffffffffffff, 0x0, 0xffffffffffffffff
    OP remu, 0x8000000000000000, 0x0, 0x8000000000000000
    OP remu, 0x8000000000000000, 0xffffffffffffffff, 0x8000000000000000
    OP remu, 0x8000000000000000, 0x1, 0x0
    OP remu, 0x8000000000000000, 0x8000000000000000, 0x0
    OP remu, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x0
    OP remu, 0xffffffffffffffff, 0xffffffffffffffff, 0x0
    OP remu, 0x7, 0x3, 0x1
    OP remu, 0xfffffffffffffff9, 0x3, 0x0
    OP remu, 0x7, 0xfffffffffffffffd, 0x7
    OP remu, 0xfffffffffffffff9, 0xfffffffffffffffd, 0xfffffffffffffff9
    OP remu, 0x123456789abcdef, 0xfedcba9876543210, 0x123456789abcdef
    OP remu, 0xffffffff80000000, 0xffffffffffffffff, 0xffffffff80000000
    OP remu, 0x80000000, 0xffffffff, 0x80000000
    OP remu, 0x100000001, 0x100000003, 0x100000001
    OP remu, 0x1234567800000000, 0x9abcdef000000000, 0x1234567800000000
    CHECK 16
    li a0, 0x8000000123456789
    remu a1, a0, a0
    EQ a1, 0x0
    remu a1, a0, x0
    EQ a1, 0x8000000123456789
    remu a1, x0, a0
    EQ a1, 0x0
    remu a1, x0, x0
    EQ a1, 0x0
    j pass
