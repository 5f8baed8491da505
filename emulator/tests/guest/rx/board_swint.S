; The software interrupt, an interrupt inside an interrupt, and the fast interrupt.
    .include "board.inc"

test:
    mov.l   #ICU, r5
    mov.l   #CMT, r6
    mov.b   #3, (IPR + 3)[r5]
    mov.b   #7, (IPR + 4)[r5]
    mov.b   #0x38, IER3[r5]     ; vectors 27, 28, 29
    setpsw  i
    mov.b   #1, SWINTR[r5]
    until_not 1, r10, 0
    pause
    expect  2, r10, 1           ; once
    movu.b  27[r5], r1
    expect  3, r1, 0
    movu.b  SWINTR[r5], r1
    expect  4, r1, 0

    ; While interrupts are off, two requests become one.
    clrpsw  i
    mov.b   #1, SWINTR[r5]
    mov.b   #1, SWINTR[r5]
    pause
    expect  5, r10, 1
    movu.b  27[r5], r1
    expect  6, r1, 1
    setpsw  i
    until_not 7, r10, 1
    pause
    expect  8, r10, 2

    ; The handler lets itself be interrupted by the timer.
    mov.l   #1, r13
    mov.b   #1, SWINTR[r5]
    until_not 9, r10, 2
    expect  10, r11, 1
    mov.l   #0, r13

    ; The fast interrupt: no stack, no vector.
    mov.l   #fast, r1
    mvtc    r1, fintv
    mov.w   #0x801b, FIR[r5]
    mov.l   r0, r9
    clrpsw  i
    mov.b   #1, SWINTR[r5]
    pause
    expect  11, r12, 0
    setpsw  i
    until_not 12, r12, 0
    expect  13, r12, 1
    expect  14, r10, 3
    mvfc    psw, r1
    and     #0x0f130000, r1
    expect  15, r1, BIT_I

    ; WAIT ends by a fast interrupt of the timer's second channel.
    mov.w   #0x801d, FIR[r5]
    mov.w   #99, CMCOR1[r6]
    mov.w   #0x40, CMCR1[r6]
    mov.w   #2, [r6]
1:  wait
    cmp     #1, r12
    beq     1b
    end     0

handler_27:
    push    r1
    mvfc    psw, r1
    and     #0x0f130000, r1
    expect  20, r1, 0x03000000
    cmp     #0, r13
    beq     1f
    mov.w   #99, CMCOR0[r6]
    mov.w   #0x40, CMCR0[r6]
    mov.w   #1, [r6]
    setpsw  i
    until_not 21, r11, 0
    clrpsw  i
1:  add     #1, r10
    pop     r1
    rte

handler_28:
    push    r1
    mov.w   #0, [r6]
    mvfc    psw, r1
    and     #0x0f130000, r1
    expect  22, r1, 0x07000000
    mov.l   8[r0], r1           ; the PSW of the handler that was interrupted
    and     #0x0f130000, r1
    expect  23, r1, 0x03010000
    add     #1, r11
    pop     r1
    rte

fast:
    mov.w   #0, [r6]
    mvfc    psw, r1
    and     #0x0f130000, r1
    expect  30, r1, 0x0f000000
    mvfc    bpsw, r1
    and     #0x0f130000, r1
    expect  31, r1, BIT_I
    mvfc    bpc, r1
    sub     #test, r1
    cmp     #(handler_27 - test), r1
    bltu    1f
    end     32
1:  cmp     r0, r9
    beq     2f
    end     33
2:  add     #1, r12
    rtfi
