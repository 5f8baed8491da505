# Start of a bare-metal RV64 program in M-mode at the reset address of RAM.
#
# Hart 0 runs main, the others sleep. The order is: trap vector first (a fault before it would loop without a word), then
# gp, sp, FP unit on, main. What main returns is the exit code of the machine.
# WHY .data is not copied and .bss not cleared: whoever runs an ELF does both, and the time would count as the workload's.
    .option norvc
    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    la      t0, trap_entry
    csrw    mtvec, t0
    csrr    t0, mhartid
    bnez    t0, park

    .option push
    .option norelax             # gp cannot be found by way of gp
    la      gp, __global_pointer$
    .option pop
    la      sp, __stack_top

    li      t0, 1 << 13         # mstatus.FS = Initial; stays 0 where there is no FP unit
    csrs    mstatus, t0

    call    main
    call    board_exit

park:
    wfi
    j       park
    .size _start, . - _start

# No workload expects a trap. The stack may be what is broken, so it is set up anew.
    .balign 4
    .type trap_entry, @function
trap_entry:
    la      sp, __stack_top
    csrr    a0, mcause
    csrr    a1, mepc
    csrr    a2, mtval
    call    board_trap
    .size trap_entry, . - trap_entry
    .section .note.GNU-stack, "", @progbits
