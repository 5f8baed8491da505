# Start of an RV64 Linux process without a C library. The kernel has set sp and cleared .bss.
    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    .option push
    .option norelax             # gp cannot be found by way of gp
    la      gp, __global_pointer$
    .option pop
    andi    sp, sp, -16
    call    main
    call    board_exit
    .size _start, . - _start
    .section .note.GNU-stack, "", @progbits
