# Short guest sequences whose translation is worth looking at. Each is a unit: it begins at a label and ends in a jump.
# s0 points to data in RAM.
    .globl _start
_start:
    la s0, data
    la s1, data
    j add_imm
add_imm:
    addi a0, a0, 1
    j add_regs
add_regs:
    add a0, a1, a2
    j move
move:
    mv a0, a1
    li a2, 5
    j constant_64
constant_64:
    lui a0, 0x12345
    addi a0, a0, 0x678
    slli a0, a0, 12
    j word_ops
word_ops:
    addw a0, a1, a2
    sraiw a3, a0, 3
    j shift_by_register
shift_by_register:
    sll a0, a1, a2
    j compare
compare:
    sltu a0, a1, a2
    j load_store
load_store:
    ld a0, 8(s0)
    sd a0, 16(s0)
    j load_byte
load_byte:
    lbu a0, 3(s0)
    addi a0, a0, 1
    sb a0, 3(s0)
    j multiply_high
multiply_high:
    mulhu a0, a1, a2
    mul a1, a1, a2
    j divide
divide:
    div a0, a1, a2
    j atomic_add
atomic_add:
    amoadd.d a0, a1, (s0)
    j branch_taken
branch_taken:
    addi a0, a0, 1
    beq x0, x0, branch_compare
branch_compare:
    blt a0, a1, 1f
1:  j counted_loop
counted_loop:
    li t0, 3
1:  addi t0, t0, -1
    bnez t0, 1b
    j call
call:
    call function
    j many_registers
function:
    addi a0, a0, 1
    ret
many_registers:
    add t0, t1, t2
    add t3, t4, t5
    add s2, s3, s4
    add s5, s6, s7
    add s8, s9, s10
    xor a0, t0, t3
    xor a1, s2, s5
    xor a2, s8, a0
    j read_counter
read_counter:
    csrr a0, minstret
    j overwritten
overwritten:
    li a0, 1
    li a0, 2
    addi a0, a0, 3
    j float_on
float_on:                       # mstatus.FS = Initial
    li t0, 1 << 13
    csrs mstatus, t0
    la a0, data
    j float_first
float_first:                    # the first write of a register makes FS Dirty
    fld fa0, 0(a0)
    j float_expression
float_expression:               # one test for a NaN
    fadd.d fa1, fa0, fa0
    fmul.d fa2, fa1, fa0
    fsub.d fa3, fa2, fa1
    fsd fa3, 0(a0)
    j float_three
float_three:                    # one branch tests three results
    fadd.d fa1, fa0, fa0
    fmul.d fa2, fa0, fa0
    fmul.d fa3, fa1, fa2
    fsd fa1, 0(a0)
    fsd fa2, 8(a0)
    fsd fa3, 16(a0)
    j float_sum
float_sum:                      # multiply and add, in a loop
    li t0, 4
1:  fld fa2, 0(a0)
    fld fa3, 8(a0)
    addi t0, t0, -1
    fmadd.d fa0, fa2, fa3, fa0
    bnez t0, 1b
    j float_branch
float_branch:
    flt.d t0, fa0, fa1
    beqz t0, 1f
1:  j float_convert
float_convert:
    fcvt.w.d a1, fa0, rtz
    fcvt.lu.d a2, fa0, rtz
    fcvt.d.l fa1, a1
    fneg.d fa2, fa1
    fmin.d fa3, fa1, fa2
    j float_single
float_single:                   # F32 are kept boxed in registers of 64 bits
    flw fa0, 0(a0)
    flw fa1, 4(a0)
    fadd.s fa2, fa0, fa1
    fmul.s fa2, fa2, fa0
    fsw fa2, 8(a0)
    j float_flags
float_flags:
    frflags a1
    j end
end:
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
    j end
    .data
    .balign 8
data:
    .dword 1, 2, 3, 4
