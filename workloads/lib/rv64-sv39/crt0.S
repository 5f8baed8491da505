# Start of an RV64 program that runs in S-mode with Sv39 paging, 4 KiB pages, and a timer interrupt every millisecond.
#
# M-mode sets up page tables (paging.c), the timer and the hand-over of its interrupt, and drops to S-mode, where main
# runs. As under an operating system, the machine's timer interrupt raises the supervisor's; the supervisor counts it and
# asks M-mode, by ECALL, for the next one. No other trap is expected: each one ends the machine with code 99.
# What main returns is the exit code of the machine.
    .equ TICK, 10000            # of mtime, which runs at 10 MHz: 1 ms
    .equ CLINT_MTIMECMP, 0x2004000
    .equ CLINT_MTIME, 0x200bff8
    .equ MIP_STIP, 1 << 5
    .equ MIE_MTIE, 1 << 7
    .equ MSTATUS_SIE, 1 << 1
    .equ MSTATUS_MPP_S, 1 << 11
    .equ MSTATUS_FS_INITIAL, 1 << 13
    .equ CAUSE_ECALL_S, 9
    .equ CAUSE_TIMER_M, 7

    .option norvc
    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    la      t0, machine_trap
    csrw    mtvec, t0
    csrr    t0, mhartid
    bnez    t0, park

    .option push
    .option norelax             # gp cannot be found by way of gp
    la      gp, __global_pointer$
    .option pop
    la      sp, __stack_top
    call    paging_init         # a0: satp
    csrw    satp, a0
    sfence.vma

    li      t0, -1              # S-mode may use all physical memory
    csrw    pmpaddr0, t0
    li      t0, 0x1f            # NAPOT, RWX
    csrw    pmpcfg0, t0

    la      t0, supervisor_trap
    csrw    stvec, t0
    li      t0, MIP_STIP
    csrw    mideleg, t0
    csrw    sie, t0
    la      t0, machine_stack_top
    csrw    mscratch, t0
    li      t1, CLINT_MTIME
    ld      t0, (t1)
    li      t1, TICK
    add     t0, t0, t1
    li      t1, CLINT_MTIMECMP
    sd      t0, (t1)
    li      t0, MIE_MTIE
    csrs    mie, t0

    li      t0, 3 << 11         # MPP: M from reset
    csrc    mstatus, t0
    li      t0, MSTATUS_MPP_S | MSTATUS_SIE | MSTATUS_FS_INITIAL
    csrs    mstatus, t0
    la      t0, supervisor_start
    csrw    mepc, t0
    mret

supervisor_start:
    call    main
    call    board_exit

park:
    wfi
    j       park
    .size _start, . - _start

    .balign 4
    .type machine_trap, @function
machine_trap:
    csrrw   sp, mscratch, sp
    addi    sp, sp, -16
    sd      t0, 0(sp)
    sd      t1, 8(sp)
    csrr    t0, mcause
    bgez    t0, 1f
    slli    t0, t0, 1           # an interrupt: the number without the sign
    srli    t0, t0, 1
    li      t1, CAUSE_TIMER_M
    bne     t0, t1, unexpected
    li      t0, MIE_MTIE        # pending until mtimecmp moves
    csrc    mie, t0
    li      t0, MIP_STIP
    csrs    mip, t0
    j       2f
1:  li      t1, CAUSE_ECALL_S
    bne     t0, t1, unexpected
    li      t1, CLINT_MTIME
    ld      t0, (t1)
    li      t1, TICK
    add     t0, t0, t1
    li      t1, CLINT_MTIMECMP
    sd      t0, (t1)
    li      t0, MIP_STIP
    csrc    mip, t0
    li      t0, MIE_MTIE
    csrs    mie, t0
    csrr    t0, mepc
    addi    t0, t0, 4
    csrw    mepc, t0
2:  ld      t0, 0(sp)
    ld      t1, 8(sp)
    addi    sp, sp, 16
    csrrw   sp, mscratch, sp
    mret

unexpected:
    la      sp, machine_stack_top
    csrr    a0, mcause
    csrr    a1, mepc
    csrr    a2, mtval
    call    board_trap
    .size machine_trap, . - machine_trap

# Only the timer is handed over. It comes between any two instructions of the program, whose stack it uses.
    .balign 4
    .type supervisor_trap, @function
supervisor_trap:
    addi    sp, sp, -16
    sd      t0, 0(sp)
    sd      t1, 8(sp)
    la      t0, timer_ticks
    ld      t1, (t0)
    addi    t1, t1, 1
    sd      t1, (t0)
    ecall
    ld      t0, 0(sp)
    ld      t1, 8(sp)
    addi    sp, sp, 16
    sret
    .size supervisor_trap, . - supervisor_trap

    .bss
    .balign 16
    .skip   4096
machine_stack_top:
    .globl timer_ticks
timer_ticks:
    .skip   8
    .section .note.GNU-stack, "", @progbits
