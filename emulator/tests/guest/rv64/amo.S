# RV64A: atomic memory operations, every ordering suffix, both halves of the doubleword around a word.
# Each line: instruction, memory before, operand, memory after, rd. Expected values from exact integer arithmetic.
    .include "test.inc"

    .macro AMO name, before, operand, after, rd
    li      a0, \before
    la      a1, cell
    sd      a0, 0(a1)
    li      a2, \operand
    \name   a3, a2, (a1)
    EQ      a3, \rd
    ld      a4, 0(a1)
    EQ      a4, \after
    sd      a0, 0(a1)
    \name   a2, a2, (a1)            # rd = rs2
    EQ      a2, \rd
    sd      a0, 0(a1)
    li      a2, \operand
    \name   x0, a2, (a1)
    bnez    x0, fail
    ld      a4, 0(a1)
    EQ      a4, \after
    sd      a0, 0(a1)
    \name   a1, a2, (a1)            # rd = rs1
    EQ      a1, \rd
    .endm

test_start:
    CHECK 1
    AMO amoswap.w, 0x0, 0x0, 0x0, 0x0
    AMO amoswap.w.aq, 0x1, 0xffffffffffffffff, 0xffffffff, 0x1
    AMO amoswap.w.rl, 0xffffffffffffffff, 0x1, 0xffffffff00000001, 0xffffffffffffffff
    AMO amoswap.w.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0x80000000ffffffff, 0x0
    AMO amoswap.w, 0x80000000, 0x7fffffff, 0x7fffffff, 0xffffffff80000000
    AMO amoswap.w.aq, 0xffffffff7fffffff, 0x80000000, 0xffffffff80000000, 0x7fffffff
    AMO amoswap.w.rl, 0x123456789abcdef, 0xfedcba9876543210, 0x123456776543210, 0xffffffff89abcdef
    AMO amoswap.w.aqrl, 0x5, 0x5, 0x5, 0x5
    CHECK 2
    AMO amoadd.w, 0x0, 0x0, 0x0, 0x0
    AMO amoadd.w.aq, 0x1, 0xffffffffffffffff, 0x0, 0x1
    AMO amoadd.w.rl, 0xffffffffffffffff, 0x1, 0xffffffff00000000, 0xffffffffffffffff
    AMO amoadd.w.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0x80000000ffffffff, 0x0
    AMO amoadd.w, 0x80000000, 0x7fffffff, 0xffffffff, 0xffffffff80000000
    AMO amoadd.w.aq, 0xffffffff7fffffff, 0x80000000, 0xffffffffffffffff, 0x7fffffff
    AMO amoadd.w.rl, 0x123456789abcdef, 0xfedcba9876543210, 0x1234567ffffffff, 0xffffffff89abcdef
    AMO amoadd.w.aqrl, 0x5, 0x5, 0xa, 0x5
    CHECK 3
    AMO amoxor.w, 0x0, 0x0, 0x0, 0x0
    AMO amoxor.w.aq, 0x1, 0xffffffffffffffff, 0xfffffffe, 0x1
    AMO amoxor.w.rl, 0xffffffffffffffff, 0x1, 0xfffffffffffffffe, 0xffffffffffffffff
    AMO amoxor.w.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0x80000000ffffffff, 0x0
    AMO amoxor.w, 0x80000000, 0x7fffffff, 0xffffffff, 0xffffffff80000000
    AMO amoxor.w.aq, 0xffffffff7fffffff, 0x80000000, 0xffffffffffffffff, 0x7fffffff
    AMO amoxor.w.rl, 0x123456789abcdef, 0xfedcba9876543210, 0x1234567ffffffff, 0xffffffff89abcdef
    AMO amoxor.w.aqrl, 0x5, 0x5, 0x0, 0x5
    CHECK 4
    AMO amoand.w, 0x0, 0x0, 0x0, 0x0
    AMO amoand.w.aq, 0x1, 0xffffffffffffffff, 0x1, 0x1
    AMO amoand.w.rl, 0xffffffffffffffff, 0x1, 0xffffffff00000001, 0xffffffffffffffff
    AMO amoand.w.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0x0
    AMO amoand.w, 0x80000000, 0x7fffffff, 0x0, 0xffffffff80000000
    AMO amoand.w.aq, 0xffffffff7fffffff, 0x80000000, 0xffffffff00000000, 0x7fffffff
    AMO amoand.w.rl, 0x123456789abcdef, 0xfedcba9876543210, 0x123456700000000, 0xffffffff89abcdef
    AMO amoand.w.aqrl, 0x5, 0x5, 0x5, 0x5
    CHECK 5
    AMO amoor.w, 0x0, 0x0, 0x0, 0x0
    AMO amoor.w.aq, 0x1, 0xffffffffffffffff, 0xffffffff, 0x1
    AMO amoor.w.rl, 0xffffffffffffffff, 0x1, 0xffffffffffffffff, 0xffffffffffffffff
    AMO amoor.w.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0x80000000ffffffff, 0x0
    AMO amoor.w, 0x80000000, 0x7fffffff, 0xffffffff, 0xffffffff80000000
    AMO amoor.w.aq, 0xffffffff7fffffff, 0x80000000, 0xffffffffffffffff, 0x7fffffff
    AMO amoor.w.rl, 0x123456789abcdef, 0xfedcba9876543210, 0x1234567ffffffff, 0xffffffff89abcdef
    AMO amoor.w.aqrl, 0x5, 0x5, 0x5, 0x5
    CHECK 6
    AMO amomin.w, 0x0, 0x0, 0x0, 0x0
    AMO amomin.w.aq, 0x1, 0xffffffffffffffff, 0xffffffff, 0x1
    AMO amomin.w.rl, 0xffffffffffffffff, 0x1, 0xffffffffffffffff, 0xffffffffffffffff
    AMO amomin.w.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0x80000000ffffffff, 0x0
    AMO amomin.w, 0x80000000, 0x7fffffff, 0x80000000, 0xffffffff80000000
    AMO amomin.w.aq, 0xffffffff7fffffff, 0x80000000, 0xffffffff80000000, 0x7fffffff
    AMO amomin.w.rl, 0x123456789abcdef, 0xfedcba9876543210, 0x123456789abcdef, 0xffffffff89abcdef
    AMO amomin.w.aqrl, 0x5, 0x5, 0x5, 0x5
    CHECK 7
    AMO amomax.w, 0x0, 0x0, 0x0, 0x0
    AMO amomax.w.aq, 0x1, 0xffffffffffffffff, 0x1, 0x1
    AMO amomax.w.rl, 0xffffffffffffffff, 0x1, 0xffffffff00000001, 0xffffffffffffffff
    AMO amomax.w.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0x0
    AMO amomax.w, 0x80000000, 0x7fffffff, 0x7fffffff, 0xffffffff80000000
    AMO amomax.w.aq, 0xffffffff7fffffff, 0x80000000, 0xffffffff7fffffff, 0x7fffffff
    AMO amomax.w.rl, 0x123456789abcdef, 0xfedcba9876543210, 0x123456776543210, 0xffffffff89abcdef
    AMO amomax.w.aqrl, 0x5, 0x5, 0x5, 0x5
    CHECK 8
    AMO amominu.w, 0x0, 0x0, 0x0, 0x0
    AMO amominu.w.aq, 0x1, 0xffffffffffffffff, 0x1, 0x1
    AMO amominu.w.rl, 0xffffffffffffffff, 0x1, 0xffffffff00000001, 0xffffffffffffffff
    AMO amominu.w.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0x0
    AMO amominu.w, 0x80000000, 0x7fffffff, 0x7fffffff, 0xffffffff80000000
    AMO amominu.w.aq, 0xffffffff7fffffff, 0x80000000, 0xffffffff7fffffff, 0x7fffffff
    AMO amominu.w.rl, 0x123456789abcdef, 0xfedcba9876543210, 0x123456776543210, 0xffffffff89abcdef
    AMO amominu.w.aqrl, 0x5, 0x5, 0x5, 0x5
    CHECK 9
    AMO amomaxu.w, 0x0, 0x0, 0x0, 0x0
    AMO amomaxu.w.aq, 0x1, 0xffffffffffffffff, 0xffffffff, 0x1
    AMO amomaxu.w.rl, 0xffffffffffffffff, 0x1, 0xffffffffffffffff, 0xffffffffffffffff
    AMO amomaxu.w.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0x80000000ffffffff, 0x0
    AMO amomaxu.w, 0x80000000, 0x7fffffff, 0x80000000, 0xffffffff80000000
    AMO amomaxu.w.aq, 0xffffffff7fffffff, 0x80000000, 0xffffffff80000000, 0x7fffffff
    AMO amomaxu.w.rl, 0x123456789abcdef, 0xfedcba9876543210, 0x123456789abcdef, 0xffffffff89abcdef
    AMO amomaxu.w.aqrl, 0x5, 0x5, 0x5, 0x5
    CHECK 10
    AMO amoswap.d, 0x0, 0x0, 0x0, 0x0
    AMO amoswap.d.aq, 0x1, 0xffffffffffffffff, 0xffffffffffffffff, 0x1
    AMO amoswap.d.rl, 0xffffffffffffffff, 0x1, 0x1, 0xffffffffffffffff
    AMO amoswap.d.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x8000000000000000
    AMO amoswap.d, 0x80000000, 0x7fffffff, 0x7fffffff, 0x80000000
    AMO amoswap.d.aq, 0xffffffff7fffffff, 0x80000000, 0x80000000, 0xffffffff7fffffff
    AMO amoswap.d.rl, 0x123456789abcdef, 0xfedcba9876543210, 0xfedcba9876543210, 0x123456789abcdef
    AMO amoswap.d.aqrl, 0x5, 0x5, 0x5, 0x5
    CHECK 11
    AMO amoadd.d, 0x0, 0x0, 0x0, 0x0
    AMO amoadd.d.aq, 0x1, 0xffffffffffffffff, 0x0, 0x1
    AMO amoadd.d.rl, 0xffffffffffffffff, 0x1, 0x0, 0xffffffffffffffff
    AMO amoadd.d.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0xffffffffffffffff, 0x8000000000000000
    AMO amoadd.d, 0x80000000, 0x7fffffff, 0xffffffff, 0x80000000
    AMO amoadd.d.aq, 0xffffffff7fffffff, 0x80000000, 0xffffffffffffffff, 0xffffffff7fffffff
    AMO amoadd.d.rl, 0x123456789abcdef, 0xfedcba9876543210, 0xffffffffffffffff, 0x123456789abcdef
    AMO amoadd.d.aqrl, 0x5, 0x5, 0xa, 0x5
    CHECK 12
    AMO amoxor.d, 0x0, 0x0, 0x0, 0x0
    AMO amoxor.d.aq, 0x1, 0xffffffffffffffff, 0xfffffffffffffffe, 0x1
    AMO amoxor.d.rl, 0xffffffffffffffff, 0x1, 0xfffffffffffffffe, 0xffffffffffffffff
    AMO amoxor.d.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0xffffffffffffffff, 0x8000000000000000
    AMO amoxor.d, 0x80000000, 0x7fffffff, 0xffffffff, 0x80000000
    AMO amoxor.d.aq, 0xffffffff7fffffff, 0x80000000, 0xffffffffffffffff, 0xffffffff7fffffff
    AMO amoxor.d.rl, 0x123456789abcdef, 0xfedcba9876543210, 0xffffffffffffffff, 0x123456789abcdef
    AMO amoxor.d.aqrl, 0x5, 0x5, 0x0, 0x5
    CHECK 13
    AMO amoand.d, 0x0, 0x0, 0x0, 0x0
    AMO amoand.d.aq, 0x1, 0xffffffffffffffff, 0x1, 0x1
    AMO amoand.d.rl, 0xffffffffffffffff, 0x1, 0x1, 0xffffffffffffffff
    AMO amoand.d.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0x0, 0x8000000000000000
    AMO amoand.d, 0x80000000, 0x7fffffff, 0x0, 0x80000000
    AMO amoand.d.aq, 0xffffffff7fffffff, 0x80000000, 0x0, 0xffffffff7fffffff
    AMO amoand.d.rl, 0x123456789abcdef, 0xfedcba9876543210, 0x0, 0x123456789abcdef
    AMO amoand.d.aqrl, 0x5, 0x5, 0x5, 0x5
    CHECK 14
    AMO amoor.d, 0x0, 0x0, 0x0, 0x0
    AMO amoor.d.aq, 0x1, 0xffffffffffffffff, 0xffffffffffffffff, 0x1
    AMO amoor.d.rl, 0xffffffffffffffff, 0x1, 0xffffffffffffffff, 0xffffffffffffffff
    AMO amoor.d.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0xffffffffffffffff, 0x8000000000000000
    AMO amoor.d, 0x80000000, 0x7fffffff, 0xffffffff, 0x80000000
    AMO amoor.d.aq, 0xffffffff7fffffff, 0x80000000, 0xffffffffffffffff, 0xffffffff7fffffff
    AMO amoor.d.rl, 0x123456789abcdef, 0xfedcba9876543210, 0xffffffffffffffff, 0x123456789abcdef
    AMO amoor.d.aqrl, 0x5, 0x5, 0x5, 0x5
    CHECK 15
    AMO amomin.d, 0x0, 0x0, 0x0, 0x0
    AMO amomin.d.aq, 0x1, 0xffffffffffffffff, 0xffffffffffffffff, 0x1
    AMO amomin.d.rl, 0xffffffffffffffff, 0x1, 0xffffffffffffffff, 0xffffffffffffffff
    AMO amomin.d.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000000
    AMO amomin.d, 0x80000000, 0x7fffffff, 0x7fffffff, 0x80000000
    AMO amomin.d.aq, 0xffffffff7fffffff, 0x80000000, 0xffffffff7fffffff, 0xffffffff7fffffff
    AMO amomin.d.rl, 0x123456789abcdef, 0xfedcba9876543210, 0xfedcba9876543210, 0x123456789abcdef
    AMO amomin.d.aqrl, 0x5, 0x5, 0x5, 0x5
    CHECK 16
    AMO amomax.d, 0x0, 0x0, 0x0, 0x0
    AMO amomax.d.aq, 0x1, 0xffffffffffffffff, 0x1, 0x1
    AMO amomax.d.rl, 0xffffffffffffffff, 0x1, 0x1, 0xffffffffffffffff
    AMO amomax.d.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x8000000000000000
    AMO amomax.d, 0x80000000, 0x7fffffff, 0x80000000, 0x80000000
    AMO amomax.d.aq, 0xffffffff7fffffff, 0x80000000, 0x80000000, 0xffffffff7fffffff
    AMO amomax.d.rl, 0x123456789abcdef, 0xfedcba9876543210, 0x123456789abcdef, 0x123456789abcdef
    AMO amomax.d.aqrl, 0x5, 0x5, 0x5, 0x5
    CHECK 17
    AMO amominu.d, 0x0, 0x0, 0x0, 0x0
    AMO amominu.d.aq, 0x1, 0xffffffffffffffff, 0x1, 0x1
    AMO amominu.d.rl, 0xffffffffffffffff, 0x1, 0x1, 0xffffffffffffffff
    AMO amominu.d.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x8000000000000000
    AMO amominu.d, 0x80000000, 0x7fffffff, 0x7fffffff, 0x80000000
    AMO amominu.d.aq, 0xffffffff7fffffff, 0x80000000, 0x80000000, 0xffffffff7fffffff
    AMO amominu.d.rl, 0x123456789abcdef, 0xfedcba9876543210, 0x123456789abcdef, 0x123456789abcdef
    AMO amominu.d.aqrl, 0x5, 0x5, 0x5, 0x5
    CHECK 18
    AMO amomaxu.d, 0x0, 0x0, 0x0, 0x0
    AMO amomaxu.d.aq, 0x1, 0xffffffffffffffff, 0xffffffffffffffff, 0x1
    AMO amomaxu.d.rl, 0xffffffffffffffff, 0x1, 0xffffffffffffffff, 0xffffffffffffffff
    AMO amomaxu.d.aqrl, 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000000
    AMO amomaxu.d, 0x80000000, 0x7fffffff, 0x80000000, 0x80000000
    AMO amomaxu.d.aq, 0xffffffff7fffffff, 0x80000000, 0xffffffff7fffffff, 0xffffffff7fffffff
    AMO amomaxu.d.rl, 0x123456789abcdef, 0xfedcba9876543210, 0xfedcba9876543210, 0x123456789abcdef
    AMO amomaxu.d.aqrl, 0x5, 0x5, 0x5, 0x5
    CHECK 19                        # the upper word, x0 as operand
    la      a1, cell
    li      a0, 0x8765432112345678
    sd      a0, 0(a1)
    addi    a2, a1, 4
    amoswap.w a3, x0, (a2)
    EQ      a3, 0xffffffff87654321
    ld      a3, 0(a1)
    EQ      a3, 0x12345678
    j pass

    .data
    .balign 16
    .dword  0x1111111111111111
cell:
    .dword  0
    .dword  0x2222222222222222
