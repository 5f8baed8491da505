; Access exceptions: the saved PC is that of the instruction, nothing was changed, and the handler can go on behind it. QEMU has
; none: it reads 0 and ignores writes.
    .include "board.inc"

    .macro faults code, instruction:vararg
    mov.l   #.Lfault\@, r11
    mov.l   #.Lafter\@, r12
    mov.l   r10, r7
.Lfault\@:
    \instruction
.Lafter\@:
    add     #1, r7
    cmp     r7, r10
    beq     .Lgood\@
    end     \code
.Lgood\@:
    .endm

test:
    mov.l   #0x00020000, r1     ; between on-chip RAM and I/O
    mov.l   #0xfff80000, r2     ; flash
    mov.l   #0x00017ffe, r3     ; last bytes of the on-chip RAM
    mov.l   #77, r4
    faults  1, mov.l [r1], r4
    faults  2, mov.b r4, [r1]
    faults  3, mov.w r4, [r2]
    faults  4, mov.l r4, [r3]        ; its second half is nowhere
    faults  5, mov.l [r1+], r4
    faults  6, add [r1], r4          ; .UB
    mov.l   #0x20000, r5
    faults  7, mov.l [r5], r5
    expect  8, r4, 77
    cmp     #0x00020000, r1
    beq     1f
    end     9
1:  cmp     r1, r5
    beq     2f
    end     10
2:  movu.w  [r3], r6
    expect  11, r6, 0                   ; the half that is there was not written
    mov.l   #0x00080000, r1             ; I/O without a device
    mov.l   #5, [r1]
    mov.l   [r1], r6
    expect  12, r6, 0
    end     0

handler_21:
    mov.l   [r0], r14
    cmp     r11, r14
    beq     1f
    end     20
1:  mov.l   r12, [r0]
    add     #1, r10
    rte
