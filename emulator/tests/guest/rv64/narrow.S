# Numbers of 32 bits that go round a hot loop, entered with registers that are no sign-extended numbers of 32 bits
# When the loop has become a region, opt/narrow.c takes registers at its entry to be clean; a BOUND has to find those that are not.
    .include "test.inc"

    .macro RUN from, limit, sum, more, counter, total
    li      a0, \from
    li      a1, \limit
    li      a2, \sum
    li      a4, \more
    jal     s11, loop
    EQ      a0, \counter
    EQ      a2, \total
    .endm

    .macro HEAT
    li      s10, 4000
9:  RUN 0, 50, 0, 1, 50, 1225
    addi    s10, s10, -1
    bnez    s10, 9b
    .endm

    .macro ALL
    RUN 0x100000005, 45, 0, 1, 45, 980                          # the counter
    RUN 5, 45, 0x700000000, 1, 45, 980                          # the sum
    RUN 5, 0x8000000000000028, 0, 1, 6, 5                       # the limit: very negative, its low half is not
    RUN 5, 0x7fffffff00000003, 0, 0, 5, 0                       # left at once
    RUN 0x300000005, 45, 0x80000000, 0, 0x300000005, 0x80000000 # and nothing has changed
    RUN 0x7ffffffd, 0x7fffffff, 0, 1, 0x7fffffff, 0xfffffffffffffffb
    .endm

test_start:
    CHECK 1
    HEAT
    CHECK 2
    li      s9, 3                   # from the second time on, units are linked: a deadline may fall on the entry of the loop
8:  ALL
    addi    s9, s9, -1
    bnez    s9, 8b
    CHECK 3
    HEAT                            # BOUNDs that failed have done away with them
    ALL
    CHECK 4
    ALL
    HEAT
    j       pass

loop:
    beqz    a4, 1f
    addw    a2, a2, a0
    addiw   a0, a0, 1
    blt     a0, a1, loop
    jr      s11
1:  jr      s11
