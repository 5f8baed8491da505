; The compare match timer: pending, masked by PSW.I and PSW.IPL, taken, ending WAIT.
    .include "board.inc"

test:
    mov.l   #ICU, r5
    mov.l   #CMT, r6
    mov.w   #5999, CMCOR0[r6]   ; 1 ms
    mov.w   #0x40, CMCR0[r6]
    mov.b   #5, (IPR + 4)[r5]
    mov.b   #0x10, IER3[r5]     ; vector 28
    mov.w   #1, [r6]

    ; Interrupts are off: the request waits.
    mov.l   #100000000, r15
1:  movu.b  28[r5], r1
    cmp     #0, r1
    bne     2f
    sub     #1, r15
    bne     1b
    end     1
2:  pause
    expect  2, r10, 0

    ; A level that is not above IPL waits too.
    mov.l   #user_stack_top, r1
    mvtc    r1, usp
    setpsw  u
    mvtipl  #5
    setpsw  i
    pause
    expect  3, r10, 0
    mvtipl  #4
    until_not 4, r10, 0
    mov.l   r0, r1
    sub     #user_stack_top, r1
    expect  5, r1, 0

    ; WAIT ends at each of the next ones, whatever I was before.
    mvtipl  #0
    mov.l   #1, r10
3:  clrpsw  i
    mov.l   r10, r7
    wait
    add     #1, r7
    cmp     r7, r10
    bltu    4f
    mvfc    psw, r1
    btst    #16, r1
    beq     5f
    cmp     #6, r10
    bltu    3b

    ; A stopped timer asks no more.
    mov.w   #0, [r6]
    pause
    mov.l   r10, r7
    pause
    cmp     r7, r10
    bne     6f
    end     0
4:  end     6                   ; WAIT ended without an interrupt
5:  end     7
6:  end     8

; The CPU is in its interrupt state, and what it was is on the interrupt stack.
handler_28:
    pushm   r1-r2
    mvfc    psw, r1
    and     #0x0f130000, r1     ; IPL, PM, U, I
    expect  10, r1, 0x05000000
    mov.l   12[r0], r1
    and     #BIT_I, r1
    expect  11, r1, BIT_I
    mov.l   12[r0], r1
    and     #BIT_U, r1
    expect  12, r1, BIT_U
    mov.l   8[r0], r1           ; PC
    sub     #test, r1
    cmp     #(handler_28 - test), r1
    bltu    1f
    end     13
1:  mov.l   r0, r1
    sub     #(___stack_top - 16), r1
    expect  14, r1, 0
    movu.b  28[r5], r1
    expect  15, r1, 0           ; taking it has cleared the request
    add     #1, r10
    popm    r1-r2
    rte

    .section .bss, "aw", @nobits
    .balign 4
    .space  256
user_stack_top:
