; Start of a bare-metal RX program in supervisor mode.
;
; The entry of the ELF is what the reset vector holds. What main returns is the exit code of the machine.
; WHY .data is not copied and .bss not cleared: whoever runs an ELF does both, and the time would count as the workload's.
    .section .text.start, "ax"
    .global _start
    .type _start, @function
_start:
    mov.l   #___stack_top, r0
    mov.l   #brk_vector, r1
    mvtc    r1, intb            ; BRK is byte 0: what a jump into empty memory meets
    bsr     _main
    bra     _board_exit
    .size _start, . - _start

; No workload expects an exception. The stack holds the PC and the PSW; r1 becomes the number of the vector.
    .macro unexpected name, number
\name:
    mov.l   #\number, r1
    bra     trap
    .endm
    unexpected trap_brk, 0
    unexpected trap_privileged, 20
    unexpected trap_access, 21
    unexpected trap_undefined, 23
    unexpected trap_float, 25
    unexpected trap_nmi, 30
    unexpected trap_other, 255
trap:
    mov.l   [r0], r2
    mov.l   4[r0], r3
    mov.l   #___stack_top, r0   ; the stack may be what is broken
    bsr     _board_trap

    .section .rodata, "a"
    .balign 4
brk_vector:
    .long   trap_brk

; The fixed vector table, 0xFFFFFF80 to the end.
    .section .vectors, "a"
    .rept 20
    .long   trap_other
    .endr
    .long   trap_privileged     ; 20
    .long   trap_access         ; 21
    .long   trap_other
    .long   trap_undefined      ; 23
    .long   trap_other
    .long   trap_float          ; 25
    .rept 4
    .long   trap_other
    .endr
    .long   trap_nmi            ; 30
    .long   _start              ; 31, reset
