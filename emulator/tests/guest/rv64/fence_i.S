# Self-modifying code with fence.i; fence in all its forms; code and data on one page; code that is copied and run.
    .include "test.inc"

    .equ ADDI_A0_A0, 0x00050513         # addi a0, a0, 0

test_start:
    CHECK   1                       # a function is rewritten, again and again
    la      s4, patch
    li      s5, 1
    li      s6, 300
    li      s7, 0
1:  li      a1, ADDI_A0_A0
    slli    a2, s5, 20
    add     a1, a1, a2
    sw      a1, 0(s4)
    fence.i
    li      a0, 0
    jalr    s4
    SAME    a0, s5
    add     s7, s7, a0
    addi    s5, s5, 1
    bne     s5, s6, 1b
    EQ      s7, 299 * 300 / 2
    CHECK   2                       # the loop rewrites an instruction of itself
    li      s5, 10
    li      a0, 0
    la      a3, 2f
    li      a4, ADDI_A0_A0 + (5 << 20)
1:
2:  addi    a0, a0, 1
    sw      a4, 0(a3)
    fence.i
    addi    s5, s5, -1
    bnez    s5, 1b
    EQ      a0, 1 + 9 * 5
    CHECK   3                       # the instruction right behind the fence
    la      a3, 3f
    li      a4, ADDI_A0_A0 + (7 << 20)
    li      a0, 0
    sw      a4, 0(a3)
    fence.i
3:  addi    a0, a0, 1
    EQ      a0, 7
    CHECK   4                       # one byte, one halfword of an instruction; across two instructions
    la      a3, 4f
    li      a0, 0
    li      a4, 0x20                # imm[11:4] of addi: 0x200
    sb      a4, 3(a3)
    fence.i
4:  addi    a0, a0, 0
    EQ      a0, 0x200
    la      a3, 5f
    li      a4, 0x0010              # imm[11:0] = 1, rs1 = x0
    li      a0, 0
    sh      a4, 2(a3)
    fence.i
5:  addi    a0, a0, 0
    EQ      a0, 1
    la      a3, 6f                  # a word over the end of one and the beginning of the next
    li      a0, 0
    li      a4, 0x05930020          # imm = 2, then the lower half of addi a1, a0, ...
    sw      a4, 2(a3)
    fence.i
6:  addi    a0, a0, 0
    addi    a0, a0, 3
    EQ      a0, 2
    EQ      a1, 5
    CHECK   5                       # data beside code on the same page: the code stays, the data changes
    la      a3, beside
    li      s5, 1000
    li      a0, 0
1:  sd      s5, 0(a3)
    call    add_beside
    addi    s5, s5, -1
    bnez    s5, 1b
    EQ      a0, 500500
    CHECK   6                       # code is copied to fresh pages and run there, the second time over other code
    li      s5, 4
    la      s4, area
1:  la      a3, template
    la      a5, template_end
    mv      a4, s4
2:  lw      a1, 0(a3)
    sw      a1, 0(a4)
    addi    a3, a3, 4
    addi    a4, a4, 4
    bne     a3, a5, 2b
    andi    a1, s5, 1
    beqz    a1, 3f
    li      a1, ADDI_A0_A0 + (100 << 20)
    sw      a1, 0(s4)
3:  fence.i
    li      a0, 0
    jalr    s4
    andi    a1, s5, 1
    beqz    a1, 4f
    EQ      a0, 110
    j       5f
4:  EQ      a0, 11
5:  addi    s5, s5, -1
    bnez    s5, 1b
    CHECK   7                       # 1024 functions on four pages, each rewritten
    la      s4, area
    li      s5, 1024
1:  li      a1, ADDI_A0_A0
    andi    a2, s5, 1023
    slli    a2, a2, 20
    add     a1, a1, a2
    sw      a1, 0(s4)
    li      a1, 0x00008067          # ret
    sw      a1, 4(s4)
    fence.i
    li      a0, 0
    jalr    s4
    andi    a2, s5, 1023
    SAME    a0, a2
    addi    s4, s4, 16
    addi    s5, s5, -1
    bnez    s5, 1b
    CHECK   8                       # fences
    fence
    fence   r, w
    fence   iorw, io
    fence.tso
    .word   0x0100000f              # pause
    .word   0x7ff0000f              # reserved fm: as a fence
    j       pass

    ALIGN4
patch:
    addi    a0, a0, 0
    ret
template:
    addi    a0, a0, 1
    addi    a0, a0, 10
    ret
template_end:
add_beside:
    ld      a1, 0(a3)
    add     a0, a0, a1
    ret
    .option rvc
    .balign 8
    .option norvc
beside:
    .dword  0

    .bss
    .balign 4096
area:
    .space  4 * 4096
