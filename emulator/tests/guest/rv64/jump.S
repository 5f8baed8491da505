# jal and jalr: links, calls, returns, co-routines, bit 0, jumps into the middle of a block, deep recursion.
    .include "test.inc"

test_start:
    CHECK   1                       # jal links to the next instruction
    jal     a0, 1f
link1:
    j       fail
1:  la      a1, link1
    SAME    a0, a1
    jal     x0, 1f
    j       fail
1:  bnez    x0, fail

    CHECK   2                       # jalr: offset, bit 0 is cleared, rd = rs1
    la      a0, 1f + 101
    jalr    a0, -100(a0)
link2:
    j       fail
1:  la      a1, link2
    SAME    a0, a1
    la      a0, 1f
    jalr    x0, 0(a0)
    j       fail
1:
    CHECK   3                       # calls through ra and t0, and back
    li      a0, 0
    call    add_one
    la      a1, add_one
    jalr    a1
    jal     t0, add_two
    la      t0, add_two
    jalr    t0, 0(t0)               # link register as base and destination
    EQ      a0, 6

    CHECK   4                       # co-routines: ra and t0 change places
    li      a0, 0
    la      t0, routine
    jalr    ra, 0(t0)
    EQ      a0, 1
    jalr    ra, 0(t0)
    EQ      a0, 11
    jalr    ra, 0(t0)
    EQ      a0, 111

    CHECK   5                       # one return, many callers; returns that go elsewhere
    li      a0, 0
    li      a2, 50
1:  call    add_one
    call    add_one
    jal     skipped_return
    j       fail
    addi    a2, a2, -1
    bnez    a2, 1b
    EQ      a0, 150

    CHECK   6                       # indirect jumps with many destinations
    li      a0, 0
    li      a2, 400
    la      a3, table
1:  andi    a4, a2, 3
    slli    a4, a4, 3
    add     a4, a4, a3
    ld      a4, 0(a4)
    jr      a4
case0: addi a0, a0, 1
case1: addi a0, a0, 10
case2: addi a0, a0, 100
case3: addi a2, a2, -1
    bnez    a2, 1b
    EQ      a0, 100 * 111 + 100 * 110 + 100 * 100

    CHECK   7                       # recursion deeper than any return stack
    li      a0, 200
    call    sum
    EQ      a0, 20100
    j       pass

add_one:
    addi    a0, a0, 1
    ret
add_two:
    addi    a0, a0, 2
    jr      t0
skipped_return:
    addi    a0, a0, 1
    addi    ra, ra, 4
    ret
routine:
    addi    a0, a0, 1
    jalr    t0, 0(ra)
    addi    a0, a0, 10
    jalr    t0, 0(ra)
    addi    a0, a0, 100
    jalr    t0, 0(ra)
    j       fail
sum:                                # a0 + (a0 - 1) + ... + 1
    beqz    a0, 1f
    addi    sp, sp, -16
    sd      ra, 0(sp)
    sd      a0, 8(sp)
    addi    a0, a0, -1
    call    sum
    ld      a1, 8(sp)
    ld      ra, 0(sp)
    addi    sp, sp, 16
    add     a0, a0, a1
1:  ret

    .data
    .balign 8
table:
    .dword  case0, case1, case2, case3
