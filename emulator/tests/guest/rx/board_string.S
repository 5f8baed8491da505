; String instructions are interrupted between elements: the saved PC is their own, R1 to R3 are as far as they got, and they go on
; after the handler. (QEMU's are never interrupted.)
    .include "board.inc"

    .equ WORDS, 0x40000
    .equ FROM, 0x01100000
    .equ TO, 0x01300000

; begins: the instruction at label comes now. interrupted: it was, at least once (and R3 was not 0 then).
    .macro begins label
    mov.l   #\label, r11
    mov.l   #0, r10
    .endm
    .macro interrupted code
    cmp     #0, r10
    bne     .Lgood\@
    end     \code
.Lgood\@:
    .endm

test:
    mov.l   #ICU, r5
    mov.l   #CMT, r6
    mov.w   #17, CMCOR0[r6]     ; 3 us
    mov.w   #0x40, CMCR0[r6]
    mov.b   #5, (IPR + 4)[r5]
    mov.b   #0x10, IER3[r5]
    mov.w   #1, [r6]
    setpsw  i

    begins  fill
    mov.l   #FROM, r1
    mov.l   #0x5a00ff01, r2
    mov.l   #WORDS, r3
fill:
    sstr.l
    interrupted 1
    sub     #(FROM + 4 * WORDS), r1
    expect  2, r1, 0
    expect  3, r3, 0

    mov.l   #(FROM + 4 * WORDS - 4), r1
    mov.l   #0x12345678, [r1]
    begins  copy
    mov.l   #TO, r1
    mov.l   #FROM, r2
    mov.l   #(4 * WORDS), r3
copy:
    smovf
    interrupted 4
    sub     #(TO + 4 * WORDS), r1
    expect  5, r1, 0
    sub     #(FROM + 4 * WORDS), r2
    expect  6, r2, 0
    expect  7, r3, 0

    ; The same bytes, by single loads.
    mov.l   #FROM, r1
    mov.l   #TO, r2
    mov.l   #WORDS, r3
1:  mov.l   [r1+], r4
    mov.l   [r2+], r7
    cmp     r4, r7
    bne     9f
    sub     #1, r3
    bne     1b

    begins  search
    mov.l   #TO, r1
    mov.l   #0x12345678, r2
    mov.l   #(2 * WORDS), r3
search:
    suntil.l
    beq     2f
    end     8
2:  interrupted 9
    sub     #(TO + 4 * WORDS), r1
    expect  10, r1, 0
    sub     #WORDS, r3
    expect  11, r3, 0

    begins  back
    mov.l   #(TO + 4 * WORDS - 1), r1
    mov.l   #(FROM + 4 * WORDS - 1), r2
    mov.l   #(4 * WORDS), r3
back:
    smovb
    interrupted 12
    sub     #(TO - 1), r1
    expect  13, r1, 0
    end     0
9:  end     14

handler_28:
    push    r1
    mov.l   4[r0], r1           ; PC
    cmp     r11, r1
    bne     1f
    cmp     #0, r3
    beq     2f                  ; not begun, or over: then the PC is another
    add     #1, r10
1:  pop     r1
    rte
2:  end     20
