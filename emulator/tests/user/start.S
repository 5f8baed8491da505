# Start of a test program: argc, argv, envp and the auxiliary vector are on the stack, as Linux leaves them.
    .section .text.start, "ax"
    .globl _start
    .type _start, @function
_start:
    .option push
    .option norelax             # gp cannot be found by way of gp
    la      gp, __global_pointer$
    .option pop
    mv      a0, sp
    andi    sp, sp, -16
    call    start_c
    .size _start, . - _start
    .section .note.GNU-stack, "", @progbits
