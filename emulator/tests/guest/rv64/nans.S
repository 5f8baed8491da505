# NaNs in hot loops. When a loop has become a region, opt/nans.c takes what its registers hold at the entry to be no NaNs and singles to
# be boxed; a BOUND has to find those that are not. Inside, NaNs are tested where something looks: at the end, in a store, at a fault.
    .include "test.inc"

    .equ CANONICAL, 0x7ff8000000000000
    .equ CANONICAL_S, 0xffffffff7fc00000
    .equ ONE, 0x3ff0000000000000
    .equ FIFTY, 0x4049000000000000
    .equ INFINITY, 0x7ff0000000000000
    .equ NV, 16

    .macro RUN sum, step, product, rounds, more, sum_then, product_then, flags
    li      t0, \sum
    fmv.d.x fa0, t0
    li      t0, \step
    fmv.d.x fa1, t0
    li      t0, \product
    fmv.d.x fa2, t0
    li      a0, 0
    li      a1, \rounds
    li      a4, \more
    fsflags zero
    jal     s11, loop
    frflags t1
    fmv.x.d t0, fa0
    EQ      t0, \sum_then
    fmv.x.d t0, fa2
    EQ      t0, \product_then
    EQ      t1, \flags
    .endm

    # The sums, in boxes. Below -1 the upper half is not what it should be.
    .macro RUN_S sum, step, rounds, more, sum_then, flags
    li      t0, \sum
    fmv.d.x fa3, t0
    li      t0, \step
    fmv.w.x fa4, t0
    li      a0, 0
    li      a1, \rounds
    li      a4, \more
    fsflags zero
    jal     s11, loop_s
    frflags t1
    fmv.x.d t0, fa3
    EQ      t0, \sum_then
    EQ      t1, \flags
    .endm

    # Adds up doubles from `from` on until there is no memory, or the limit.
    .macro RUN_LOAD from, limit, sum, sum_then, flags
    li      t0, \sum
    fmv.d.x fa0, t0
    li      a2, \from
    li      a3, \limit
    fsflags zero
    la      s0, 7f
    jal     s11, loop_load
    li      s0, 0
7:  frflags t1
    fmv.x.d t0, fa0
    EQ      t0, \sum_then
    EQ      t1, \flags
    .endm

    .macro HEAT
    li      s10, 3000
9:  RUN     0, ONE, ONE, 50, 1, FIFTY, ONE, 0
    RUN_S   0xffffffff00000000, 0x3f800000, 50, 1, 0xffffffff42480000, 0
    RUN_LOAD RAM_END - 800, RAM_END, 0, 0, 0
    addi    s10, s10, -1
    bnez    s10, 9b
    .endm

    .macro ALL
    RUN 0x7ff8000000000123, ONE, ONE, 50, 1, CANONICAL, ONE, 0          # a payload
    RUN 0xfff8000000000000, ONE, ONE, 1, 1, CANONICAL, ONE, 0           # the NaN of the host
    RUN 0x7ff0000000000123, ONE, ONE, 50, 1, CANONICAL, ONE, NV         # a signaling one
    RUN CANONICAL, ONE, CANONICAL, 50, 1, CANONICAL, CANONICAL, 0
    RUN INFINITY, ONE, INFINITY, 50, 1, INFINITY, INFINITY, 0
    RUN INFINITY, 0xfff0000000000000, 0, 50, 1, CANONICAL, CANONICAL, NV # infinity - infinity, 0 * infinity
    RUN 0, 0x7ff8000000000123, ONE, 50, 1, CANONICAL, CANONICAL, 0      # what the loop does not change
    RUN 0, 0x7ff0000000000001, ONE, 50, 1, CANONICAL, CANONICAL, NV
    RUN 0x7ff8000000000123, ONE, 0xfff0000000000001, 50, 0, 0x7ff8000000000123, 0xfff0000000000001, 0 # nothing has changed
    RUN_S 0xffffffff7fc00123, 0x3f800000, 50, 1, CANONICAL_S, 0
    RUN_S 0xffffffffff800001, 0x3f800000, 50, 1, CANONICAL_S, NV
    RUN_S 0xffffffff7f800000, 0xff800000, 50, 1, CANONICAL_S, NV
    RUN_S 0xffffffff00000000, 0x7fc00001, 50, 1, CANONICAL_S, 0
    RUN_S 0xfffffffe3f800000, 0x3f800000, 50, 1, CANONICAL_S, 0         # no box: a NaN
    RUN_S ONE, 0x3f800000, 3, 1, CANONICAL_S, 0
    RUN_S ONE, 0x3f800000, 3, 0, ONE, 0
    RUN_S 0xffffffff7fc00123, 0x3f800000, 3, 0, 0xffffffff7fc00123, 0
    RUN_LOAD RAM_END - 800, RAM_END + 8, 0, 0, 0                        # a fault, 100 rounds in
    RUN_LOAD RAM_END - 1600, RAM_END + 8, 0, CANONICAL, 0               # the same; a NaN is among them
    RUN_LOAD RAM_END - 1600, RAM_END, 0, CANONICAL, 0
    RUN_LOAD RAM_END - 1608, RAM_END + 8, 0, CANONICAL, NV              # a signaling one, too
    RUN_LOAD RAM_END, RAM_END + 8, 0xfff8000000000123, 0xfff8000000000123, 0 # a fault before anything was added
    .endm

test_start:
    li      t0, 0x6000
    csrs    mstatus, t0
    li      t0, RAM_END - 1600
    li      t1, 0xfff8000000000456
    sd      t1, 0(t0)
    li      t1, 0xfff0000000000456
    sd      t1, -8(t0)
    CHECK 1
    HEAT
    CHECK 2
    ALL
    CHECK 3
    li      s9, 40                  # BOUNDs that failed have done away with them
8:  ALL
    addi    s9, s9, -1
    bnez    s9, 8b
    CHECK 4
    HEAT
    ALL
    j       pass

loop:
    beqz    a4, 1f
    fadd.d  fa0, fa0, fa1
    fmul.d  fa2, fa2, fa1
    addi    a0, a0, 1
    blt     a0, a1, loop
1:  jr      s11

loop_s:
    beqz    a4, 1f
    fadd.s  fa3, fa3, fa4
    addi    a0, a0, 1
    blt     a0, a1, loop_s
1:  jr      s11

loop_load:
    fld     fa5, 0(a2)
    fadd.d  fa0, fa0, fa5
    addi    a2, a2, 8
    bltu    a2, a3, loop_load
    jr      s11
