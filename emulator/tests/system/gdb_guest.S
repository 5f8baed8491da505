# For gdb_guest.test.sh: bytes that are watched, a wait for an interrupt, the ends of pages and of RAM.
    .globl _start, touch, stored, loaded, other, waits, done
_start:
    la      t0, handler
    csrw    mtvec, t0
    la      s0, cell
    la      s1, other
    li      s2, 3
touch:                      # three rounds: a store beside it, a store, a load
    sd      s2, 0(s1)
store:
    sw      s2, 4(s0)
stored:
    ld      a0, 0(s0)
loaded:
    lbu     a1, 3(s0)
    addi    s2, s2, -1
    bnez    s2, touch
    li      t0, 0x12345
    csrw    mscratch, t0
    amoadd.w a2, t0, (s0)
waits:
    wfi
done:
    li      a0, 0x5555
    li      a1, 0x100000
    sw      a0, 0(a1)
    j       .
    .balign 4
handler:
    mret
    .data
    .balign 4096
    .space  4092
cell:                       # across the end of a page
    .dword  0x1122334455667788
other:
    .dword  0
