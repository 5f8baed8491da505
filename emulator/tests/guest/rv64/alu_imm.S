# RV64I register-immediate instructions, lui, auipc
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
    OP addi, 0x0, 0, 0x0
    OP addi, 0x0, -1, 0xffffffffffffffff
    OP addi, 0x1, -1, 0x0
    OP addi, 0xffffffffffffffff, -1, 0xfffffffffffffffe
    OP addi, 0xffffffffffffffff, 1, 0x0
    OP addi, 0x7fffffffffffffff, 2047, 0x80000000000007fe
    OP addi, 0x8000000000000000, -2048, 0x7ffffffffffff800
    OP addi, 0x7fffffff, 1, 0x80000000
    OP addi, 0xffffffff, 1, 0x100000000
    OP addi, 0x123456789abcdef, 1365, 0x123456789abd344
    OP addi, 0xfedcba9876543210, -1366, 0xfedcba9876542cba
    OP addi, 0x5, 5, 0xa
    addi a1, x0, 5
    EQ a1, 0x5
    CHECK 2
    OP slti, 0x0, 0, 0x0
    OP slti, 0x0, -1, 0x0
    OP slti, 0x1, -1, 0x0
    OP slti, 0xffffffffffffffff, -1, 0x0
    OP slti, 0xffffffffffffffff, 1, 0x1
    OP slti, 0x7fffffffffffffff, 2047, 0x0
    OP slti, 0x8000000000000000, -2048, 0x1
    OP slti, 0x7fffffff, 1, 0x0
    OP slti, 0xffffffff, 1, 0x0
    OP slti, 0x123456789abcdef, 1365, 0x0
    OP slti, 0xfedcba9876543210, -1366, 0x1
    OP slti, 0x5, 5, 0x0
    slti a1, x0, 5
    EQ a1, 0x1
    CHECK 3
    OP sltiu, 0x0, 0, 0x0
    OP sltiu, 0x0, -1, 0x1
    OP sltiu, 0x1, -1, 0x1
    OP sltiu, 0xffffffffffffffff, -1, 0x0
    OP sltiu, 0xffffffffffffffff, 1, 0x0
    OP sltiu, 0x7fffffffffffffff, 2047, 0x0
    OP sltiu, 0x8000000000000000, -2048, 0x1
    OP sltiu, 0x7fffffff, 1, 0x0
    OP sltiu, 0xffffffff, 1, 0x0
    OP sltiu, 0x123456789abcdef, 1365, 0x0
    OP sltiu, 0xfedcba9876543210, -1366, 0x1
    OP sltiu, 0x5, 5, 0x0
    sltiu a1, x0, 5
    EQ a1, 0x1
    CHECK 4
    OP xori, 0x0, 0, 0x0
    OP xori, 0x0, -1, 0xffffffffffffffff
    OP xori, 0x1, -1, 0xfffffffffffffffe
    OP xori, 0xffffffffffffffff, -1, 0x0
    OP xori, 0xffffffffffffffff, 1, 0xfffffffffffffffe
    OP xori, 0x7fffffffffffffff, 2047, 0x7ffffffffffff800
    OP xori, 0x8000000000000000, -2048, 0x7ffffffffffff800
    OP xori, 0x7fffffff, 1, 0x7ffffffe
    OP xori, 0xffffffff, 1, 0xfffffffe
    OP xori, 0x123456789abcdef, 1365, 0x123456789abc8ba
    OP xori, 0xfedcba9876543210, -1366, 0x123456789abc8ba
    OP xori, 0x5, 5, 0x0
    xori a1, x0, 5
    EQ a1, 0x5
    CHECK 5
    OP ori, 0x0, 0, 0x0
    OP ori, 0x0, -1, 0xffffffffffffffff
    OP ori, 0x1, -1, 0xffffffffffffffff
    OP ori, 0xffffffffffffffff, -1, 0xffffffffffffffff
    OP ori, 0xffffffffffffffff, 1, 0xffffffffffffffff
    OP ori, 0x7fffffffffffffff, 2047, 0x7fffffffffffffff
    OP ori, 0x8000000000000000, -2048, 0xfffffffffffff800
    OP ori, 0x7fffffff, 1, 0x7fffffff
    OP ori, 0xffffffff, 1, 0xffffffff
    OP ori, 0x123456789abcdef, 1365, 0x123456789abcdff
    OP ori, 0xfedcba9876543210, -1366, 0xfffffffffffffaba
    OP ori, 0x5, 5, 0x5
    ori a1, x0, 5
    EQ a1, 0x5
    CHECK 6
    OP andi, 0x0, 0, 0x0
    OP andi, 0x0, -1, 0x0
    OP andi, 0x1, -1, 0x1
    OP andi, 0xffffffffffffffff, -1, 0xffffffffffffffff
    OP andi, 0xffffffffffffffff, 1, 0x1
    OP andi, 0x7fffffffffffffff, 2047, 0x7ff
    OP andi, 0x8000000000000000, -2048, 0x8000000000000000
    OP andi, 0x7fffffff, 1, 0x1
    OP andi, 0xffffffff, 1, 0x1
    OP andi, 0x123456789abcdef, 1365, 0x545
    OP andi, 0xfedcba9876543210, -1366, 0xfedcba9876543200
    OP andi, 0x5, 5, 0x5
    andi a1, x0, 5
    EQ a1, 0x0
    CHECK 7
    OP slli, 0x8123456789abcdef, 0, 0x8123456789abcdef
    OP slli, 0x8123456789abcdef, 1, 0x2468acf13579bde
    OP slli, 0x8123456789abcdef, 31, 0xc4d5e6f780000000
    OP slli, 0x8123456789abcdef, 32, 0x89abcdef00000000
    OP slli, 0x8123456789abcdef, 63, 0x8000000000000000
    OP slli, 0x7fffffffffffffff, 4, 0xfffffffffffffff0
    slli a1, x0, 4
    EQ a1, 0x0
    CHECK 8
    OP srli, 0x8123456789abcdef, 0, 0x8123456789abcdef
    OP srli, 0x8123456789abcdef, 1, 0x4091a2b3c4d5e6f7
    OP srli, 0x8123456789abcdef, 31, 0x102468acf
    OP srli, 0x8123456789abcdef, 32, 0x81234567
    OP srli, 0x8123456789abcdef, 63, 0x1
    OP srli, 0x7fffffffffffffff, 4, 0x7ffffffffffffff
    srli a1, x0, 4
    EQ a1, 0x0
    CHECK 9
    OP srai, 0x8123456789abcdef, 0, 0x8123456789abcdef
    OP srai, 0x8123456789abcdef, 1, 0xc091a2b3c4d5e6f7
    OP srai, 0x8123456789abcdef, 31, 0xffffffff02468acf
    OP srai, 0x8123456789abcdef, 32, 0xffffffff81234567
    OP srai, 0x8123456789abcdef, 63, 0xffffffffffffffff
    OP srai, 0x7fffffffffffffff, 4, 0x7ffffffffffffff
    srai a1, x0, 4
    EQ a1, 0x0
    CHECK 10
    lui a0, 0x80000
    EQ a0, 0xffffffff80000000
    lui a0, 0x7ffff
    EQ a0, 0x7ffff000
    lui a0, 0
    EQ a0, 0
    lui x0, 1
    bnez x0, fail
    CHECK 11
1:  auipc a0, 0
    la a1, 1b
    SAME a0, a1
2:  auipc a0, 0xfffff
    la a1, 2b - 0x1000
    SAME a0, a1
3:  auipc a0, 0x12
    la a1, 3b + 0x12000
    SAME a0, a1
    auipc x0, 5
    bnez x0, fail
    j pass
