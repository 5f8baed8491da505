# RV64I register-register instructions on words
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
    OP addw, 0x0, 0x0, 0x0
    OP addw, 0x1, 0x0, 0x1
    OP addw, 0x1, 0x1, 0x2
    OP addw, 0xffffffffffffffff, 0x1, 0x0
    OP addw, 0x7fffffffffffffff, 0x1, 0x0
    OP addw, 0x8000000000000000, 0xffffffffffffffff, 0xffffffffffffffff
    OP addw, 0x8000000000000000, 0x8000000000000000, 0x0
    OP addw, 0xffffffff, 0x1, 0x0
    OP addw, 0x7fffffff, 0x1, 0xffffffff80000000
    OP addw, 0x80000000, 0xffffffff80000000, 0x0
    OP addw, 0x123456789abcdef, 0xfedcba9876543210, 0xffffffffffffffff
    OP addw, 0xdeadbeefcafebabe, 0x23, 0xffffffffcafebae1
    OP addw, 0xffffffff80000000, 0x1f, 0xffffffff8000001f
    OP addw, 0x8000000000000000, 0x3f, 0x3f
    OP addw, 0x5555555555555555, 0x40, 0x55555595
    OP addw, 0x3, 0xfffffffffffffffe, 0x1
    CHECK 2
    li a0, 0x8000000123456789
    addw a1, a0, a0
    EQ a1, 0x468acf12
    addw a1, a0, x0
    EQ a1, 0x23456789
    addw a1, x0, a0
    EQ a1, 0x23456789
    addw a1, x0, x0
    EQ a1, 0x0
    CHECK 3
    OP subw, 0x0, 0x0, 0x0
    OP subw, 0x1, 0x0, 0x1
    OP subw, 0x1, 0x1, 0x0
    OP subw, 0xffffffffffffffff, 0x1, 0xfffffffffffffffe
    OP subw, 0x7fffffffffffffff, 0x1, 0xfffffffffffffffe
    OP subw, 0x8000000000000000, 0xffffffffffffffff, 0x1
    OP subw, 0x8000000000000000, 0x8000000000000000, 0x0
    OP subw, 0xffffffff, 0x1, 0xfffffffffffffffe
    OP subw, 0x7fffffff, 0x1, 0x7ffffffe
    OP subw, 0x80000000, 0xffffffff80000000, 0x0
    OP subw, 0x123456789abcdef, 0xfedcba9876543210, 0x13579bdf
    OP subw, 0xdeadbeefcafebabe, 0x23, 0xffffffffcafeba9b
    OP subw, 0xffffffff80000000, 0x1f, 0x7fffffe1
    OP subw, 0x8000000000000000, 0x3f, 0xffffffffffffffc1
    OP subw, 0x5555555555555555, 0x40, 0x55555515
    OP subw, 0x3, 0xfffffffffffffffe, 0x5
    CHECK 4
    li a0, 0x8000000123456789
    subw a1, a0, a0
    EQ a1, 0x0
    subw a1, a0, x0
    EQ a1, 0x23456789
    subw a1, x0, a0
    EQ a1, 0xffffffffdcba9877
    subw a1, x0, x0
    EQ a1, 0x0
    CHECK 5
    OP sllw, 0x0, 0x0, 0x0
    OP sllw, 0x1, 0x0, 0x1
    OP sllw, 0x1, 0x1, 0x2
    OP sllw, 0xffffffffffffffff, 0x1, 0xfffffffffffffffe
    OP sllw, 0x7fffffffffffffff, 0x1, 0xfffffffffffffffe
    OP sllw, 0x8000000000000000, 0xffffffffffffffff, 0x0
    OP sllw, 0x8000000000000000, 0x8000000000000000, 0x0
    OP sllw, 0xffffffff, 0x1, 0xfffffffffffffffe
    OP sllw, 0x7fffffff, 0x1, 0xfffffffffffffffe
    OP sllw, 0x80000000, 0xffffffff80000000, 0xffffffff80000000
    OP sllw, 0x123456789abcdef, 0xfedcba9876543210, 0xffffffffcdef0000
    OP sllw, 0xdeadbeefcafebabe, 0x23, 0x57f5d5f0
    OP sllw, 0xffffffff80000000, 0x1f, 0x0
    OP sllw, 0x8000000000000000, 0x3f, 0x0
    OP sllw, 0x5555555555555555, 0x40, 0x55555555
    OP sllw, 0x3, 0xfffffffffffffffe, 0xffffffffc0000000
    CHECK 6
    li a0, 0x8000000123456789
    sllw a1, a0, a0
    EQ a1, 0xffffffff8acf1200
    sllw a1, a0, x0
    EQ a1, 0x23456789
    sllw a1, x0, a0
    EQ a1, 0x0
    sllw a1, x0, x0
    EQ a1, 0x0
    CHECK 7
    OP srlw, 0x0, 0x0, 0x0
    OP srlw, 0x1, 0x0, 0x1
    OP srlw, 0x1, 0x1, 0x0
    OP srlw, 0xffffffffffffffff, 0x1, 0x7fffffff
    OP srlw, 0x7fffffffffffffff, 0x1, 0x7fffffff
    OP srlw, 0x8000000000000000, 0xffffffffffffffff, 0x0
    OP srlw, 0x8000000000000000, 0x8000000000000000, 0x0
    OP srlw, 0xffffffff, 0x1, 0x7fffffff
    OP srlw, 0x7fffffff, 0x1, 0x3fffffff
    OP srlw, 0x80000000, 0xffffffff80000000, 0xffffffff80000000
    OP srlw, 0x123456789abcdef, 0xfedcba9876543210, 0x89ab
    OP srlw, 0xdeadbeefcafebabe, 0x23, 0x195fd757
    OP srlw, 0xffffffff80000000, 0x1f, 0x1
    OP srlw, 0x8000000000000000, 0x3f, 0x0
    OP srlw, 0x5555555555555555, 0x40, 0x55555555
    OP srlw, 0x3, 0xfffffffffffffffe, 0x0
    CHECK 8
    li a0, 0x8000000123456789
    srlw a1, a0, a0
    EQ a1, 0x11a2b3
    srlw a1, a0, x0
    EQ a1, 0x23456789
    srlw a1, x0, a0
    EQ a1, 0x0
    srlw a1, x0, x0
    EQ a1, 0x0
    CHECK 9
    OP sraw, 0x0, 0x0, 0x0
    OP sraw, 0x1, 0x0, 0x1
    OP sraw, 0x1, 0x1, 0x0
    OP sraw, 0xffffffffffffffff, 0x1, 0xffffffffffffffff
    OP sraw, 0x7fffffffffffffff, 0x1, 0xffffffffffffffff
    OP sraw, 0x8000000000000000, 0xffffffffffffffff, 0x0
    OP sraw, 0x8000000000000000, 0x8000000000000000, 0x0
    OP sraw, 0xffffffff, 0x1, 0xffffffffffffffff
    OP sraw, 0x7fffffff, 0x1, 0x3fffffff
    OP sraw, 0x80000000, 0xffffffff80000000, 0xffffffff80000000
    OP sraw, 0x123456789abcdef, 0xfedcba9876543210, 0xffffffffffff89ab
    OP sraw, 0xdeadbeefcafebabe, 0x23, 0xfffffffff95fd757
    OP sraw, 0xffffffff80000000, 0x1f, 0xffffffffffffffff
    OP sraw, 0x8000000000000000, 0x3f, 0x0
    OP sraw, 0x5555555555555555, 0x40, 0x55555555
    OP sraw, 0x3, 0xfffffffffffffffe, 0x0
    CHECK 10
    li a0, 0x8000000123456789
    sraw a1, a0, a0
    EQ a1, 0x11a2b3
    sraw a1, a0, x0
    EQ a1, 0x23456789
    sraw a1, x0, a0
    EQ a1, 0x0
    sraw a1, x0, x0
    EQ a1, 0x0
    CHECK 11                            # two shifts that are a rotation, and some that nearly are
    li a0, 0x80000001f2345678
    slliw a1, a0, 7
    srliw a2, a0, 25
    or a3, a2, a1
    addw a4, a1, a2
    xor a5, a1, a2
    EQ a3, 0x1a2b3c79
    EQ a4, 0x1a2b3c79
    EQ a5, 0x1a2b3c79
    slliw a1, a0, 4
    srliw a2, a0, 28
    add a3, a1, a2
    EQ a3, 0x2345678f
    slliw a1, a0, 31
    srliw a2, a0, 1
    or a3, a1, a2
    EQ a3, 0x791a2b3c
    slliw a1, a0, 9
    srliw a2, a0, 23
    or a3, a1, a2
    EQ a3, 0x68acf1e4
    slliw a1, a0, 1
    srliw a2, a0, 31
    or a3, a1, a2
    EQ a3, 0xffffffffe468acf1
    slli a1, a0, 13
    srli a2, a0, 51
    or a3, a1, a2
    EQ a3, 0x3e468acf1000
    srliw a2, a0, 24
    slliw a1, a0, 7
    or a3, a1, a2
    EQ a3, 0x1a2b3cf2
    sraiw a2, a0, 25
    or a3, a1, a2
    EQ a3, 0xfffffffffffffff9
    j pass
