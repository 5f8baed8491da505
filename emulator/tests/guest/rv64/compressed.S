# RV64C: every compressed instruction, at addresses 2 and 0 modulo 4, and its return addresses.
    .include "test.inc"
    .option rvc

test_start:
    CHECK   1
    c.li    a0, -32
    EQ      a0, -32
    c.li    a0, 31
    EQ      a0, 31
    c.lui   a0, 0xfffe0
    EQ      a0, -0x20000
    c.lui   a0, 31
    EQ      a0, 0x1f000
    CHECK   2
    c.addi  a0, -1
    EQ      a0, 0x1efff
    c.nop
    li      a0, 0x7fffffff
    c.addiw a0, 1
    EQ      a0, -0x80000000
    li      a0, 0x1ffffffff
    c.addiw a0, 0
    EQ      a0, -1
    CHECK   3                       # stack pointer
    mv      s4, sp
    c.addi16sp sp, -512
    addi    a1, s4, -512
    SAME    sp, a1
    c.addi16sp sp, 496
    addi    a1, s4, -16
    SAME    sp, a1
    c.addi4spn a0, sp, 1020
    addi    a1, sp, 1020
    SAME    a0, a1
    c.addi4spn a5, sp, 4
    addi    a1, sp, 4
    SAME    a5, a1
    mv      sp, s4
    CHECK   4                       # shifts and andi
    li      a0, 0x8123456789abcdef
    mv      a1, a0
    c.srli  a1, 63
    EQ      a1, 1
    mv      a1, a0
    c.srai  a1, 60
    EQ      a1, -8
    mv      a1, a0
    c.slli  a1, 33
    EQ      a1, 0x13579bde00000000
    mv      a1, a0
    c.andi  a1, -16
    EQ      a1, 0x8123456789abcde0
    CHECK   5                       # register-register
    li      a0, 0xfffffffff0f0f0f0
    li      a1, 0x000000000ff00ff0
    mv      a2, a0
    c.sub   a2, a1
    EQ      a2, 0xffffffffe100e100
    mv      a2, a0
    c.xor   a2, a1
    EQ      a2, 0xffffffffff00ff00
    mv      a2, a0
    c.or    a2, a1
    EQ      a2, 0xfffffffffff0fff0
    mv      a2, a0
    c.and   a2, a1
    EQ      a2, 0x0000000000f000f0
    mv      a2, a0
    c.subw  a2, a1
    EQ      a2, 0xffffffffe100e100
    li      a2, 0x7fffffff
    li      a3, 1
    c.addw  a2, a3
    EQ      a2, -0x80000000
    c.sub   a0, a0
    bnez    a0, fail
    CHECK   6
    c.mv    a4, a1
    SAME    a4, a1
    c.add   a4, a1
    EQ      a4, 0x1fe01fe0
    CHECK   7                       # loads and stores
    la      a0, cell
    li      a1, 0x8877665544332211
    c.sd    a1, 0(a0)
    c.sd    a1, 248(a0)
    c.ld    a2, 0(a0)
    SAME    a2, a1
    c.ld    a2, 248(a0)
    SAME    a2, a1
    c.lw    a2, 4(a0)
    EQ      a2, 0xffffffff88776655
    c.sw    a1, 124(a0)
    c.lw    a2, 124(a0)
    EQ      a2, 0x44332211
    lwu     a2, 124(a0)
    EQ      a2, 0x44332211
    CHECK   8                       # sp-relative
    la      sp, cell
    c.sdsp  a1, 8(sp)
    c.sdsp  a1, 504(sp)
    c.ldsp  s5, 8(sp)
    SAME    s5, a1
    ld      s5, 504(a0)
    SAME    s5, a1
    c.swsp  a1, 252(sp)
    c.lwsp  s5, 252(sp)
    EQ      s5, 0x44332211
    c.ldsp  ra, 504(sp)
    SAME    ra, a1
    mv      sp, s4
    CHECK   9                       # branches
    c.li    a0, 0
    c.beqz  a0, 1f
    j       fail
1:  c.bnez  a0, 2f
    c.li    a0, 1
    c.beqz  a0, 2f
    c.bnez  a0, 3f
2:  j       fail
3:  c.j     4f
    j       fail
4:
    CHECK   10                      # c.jr, c.jalr: the link is pc + 2
    la      a0, 1f
    c.jr    a0
    j       fail
1:  la      a0, 1f
    c.jalr  a0
link:
    j       fail
1:  la      a1, link
    SAME    ra, a1
    CHECK   11                      # a loop of 16-bit instructions at odd halfwords, and 32-bit ones across words
    .balign 4
    c.nop
    c.li    a0, 0
    c.li    a1, 20
1:  addi    a0, a0, 100             # 4 bytes at 2 modulo 4
    c.addi  a1, -1
    c.bnez  a1, 1b
    EQ      a0, 2000
    CHECK   12                      # hints change nothing
    li      a0, 77
    .half   0x0005                  # c.addi x0, 1
    .half   0x4005                  # c.li x0, 1
    .half   0x6005                  # c.lui x0, 1
    .half   0x0006                  # c.slli x0, 1
    .half   0x802a                  # c.mv x0, a0
    .half   0x902a                  # c.add x0, a0
    .half   0x0502                  # c.slli64 a0
    .half   0x8101                  # c.srli64 a0
    .half   0x8501                  # c.srai64 a0
    .half   0x0501                  # c.addi a0, 0
    EQ      a0, 77
    bnez    x0, fail
    j       pass

    .bss
    .balign 16
cell:
    .space  1024
