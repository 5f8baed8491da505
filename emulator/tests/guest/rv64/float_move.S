# F and D without arithmetic: mstatus.FS, fcsr, loads and stores, NaN boxing, moves, sign injection, classes.
    .include "test.inc"
    .equ MSTATUS_FS, 0x6000
    .equ FS_INITIAL, 0x2000
    .equ FS_CLEAN, 0x4000

    .macro FS value                 # mstatus.FS = value
    li      t6, MSTATUS_FS
    csrc    mstatus, t6
    li      t6, \value
    csrs    mstatus, t6
    .endm
    .macro FS_IS value
    csrr    a7, mstatus
    li      t6, MSTATUS_FS
    and     a7, a7, t6
    EQ      a7, \value
    .endm
    .macro ILLEGAL insn:vararg      # with its own labels
    TRAPS   9f
8:  \insn
    j       fail
9:  TRAPPED 2, 8b
    .endm
    .macro D reg, value             # f register = bits
    li      t6, \value
    fmv.d.x \reg, t6
    .endm
    .macro IS_D reg, value:vararg
    fmv.x.d a7, \reg
    EQ      a7, \value
    .endm

test_start:
    CHECK   1                       # FS off after reset: everything of F and D is illegal, fcsr too
    FS      0
    ILLEGAL fld     ft0, 0(sp)
    ILLEGAL fsd     ft0, 0(sp)
    ILLEGAL flw     ft0, 0(sp)
    ILLEGAL fadd.d  ft0, ft1, ft2
    ILLEGAL fadd.s  ft0, ft1, ft2, rmm
    ILLEGAL fmv.x.d a0, ft1
    ILLEGAL fmv.d.x ft0, a1
    ILLEGAL fclass.s a0, ft1
    ILLEGAL feq.d   a0, ft1, ft2
    ILLEGAL frcsr   a0
    ILLEGAL fsrm    a0
    ILLEGAL csrrci  x0, fflags, 0
    .option rvc
    ILLEGAL c.fldsp ft0, 0(sp)
    .option norvc
    ALIGN4
    CHECK   2                       # FS becomes dirty with the first write, and SD says so
    FS      FS_INITIAL
    FS_IS   FS_INITIAL
    csrr    a0, mstatus
    bltz    a0, fail
    fmv.x.d a0, ft0                 # reads change nothing
    fsd     ft0, -8(sp)
    FS_IS   FS_INITIAL
    fmv.d.x ft0, x0
    FS_IS   MSTATUS_FS
    csrr    a0, mstatus
    bgez    a0, fail
    FS      FS_CLEAN
    fld     ft1, -8(sp)
    FS_IS   MSTATUS_FS
    FS      FS_CLEAN
    csrwi   frm, 0
    FS_IS   MSTATUS_FS
    FS      FS_CLEAN
    csrr    a0, fcsr
    csrr    a0, frm
    FS_IS   FS_CLEAN
    li      a2, 1000                # in a loop that was there before
1:  fmv.d.x ft3, a2
    addi    a2, a2, -1
    bnez    a2, 1b
    FS_IS   MSTATUS_FS
    FS      FS_CLEAN
    li      a2, 3
2:  fmv.d.x ft3, a2
    addi    a2, a2, -1
    bnez    a2, 2b
    FS_IS   MSTATUS_FS
    CHECK   3                       # fcsr is frm and fflags
    li      a0, -1
    csrw    fcsr, a0
    csrr    a1, fcsr
    EQ      a1, 0xff
    csrr    a1, frm
    EQ      a1, 7
    csrr    a1, fflags
    EQ      a1, 31
    csrrwi  a1, fflags, 5
    EQ      a1, 31
    csrrwi  a1, frm, 2
    EQ      a1, 7
    csrr    a1, fcsr
    EQ      a1, 0x45
    csrrsi  a1, fflags, 2
    EQ      a1, 5
    csrrci  a1, fcsr, 1
    EQ      a1, 0x47
    csrrwi  a1, fcsr, 0
    EQ      a1, 0x46
    csrr    a1, fcsr
    bnez    a1, fail
    CHECK   4                       # loads and stores
    la      a0, doubles
    fld     ft0, 0(a0)
    fld     ft1, 8(a0)
    fld     ft2, -8(a0)
    IS_D    ft0, 0x3ff0000000000000
    IS_D    ft1, 0x7ff0000000000001
    IS_D    ft2, 0x8877665544332211
    fsd     ft1, -32(sp)
    ld      a1, -32(sp)
    EQ      a1, 0x7ff0000000000001
    flw     ft3, -8(a0)             # a single is boxed
    IS_D    ft3, 0xffffffff44332211
    li      a1, -1
    sd      a1, -32(sp)
    fsw     ft2, -28(sp)            # any register's low half
    ld      a1, -32(sp)
    EQ      a1, 0x44332211ffffffff
    CHECK   5                       # compressed
    .option rvc
    mv      s0, a0
    mv      a4, sp
    c.fld   fs0, 8(s0)
    c.fldsp fa0, 0(sp)
    c.fsd   fs0, 0(a4)
    c.fldsp fa1, 0(sp)
    c.fsdsp fs0, 8(sp)
    .option norvc
    ALIGN4
    IS_D    fs0, 0x7ff0000000000001
    IS_D    fa1, 0x7ff0000000000001
    ld      a1, 8(sp)
    EQ      a1, 0x7ff0000000000001
    li      s0, 0
    CHECK   6                       # faults: nothing is written
    li      a0, NOTHING_THERE
    D       ft0, 0x123456789abcdef0
    TRAPS   99f
98: fld     ft0, 8(a0)
    j       fail
99: TRAPPED 5, 98b
    IS_D    ft0, 0x123456789abcdef0
    TRAPS   99f
98: fsw     ft0, 8(a0)
    j       fail
99: TRAPPED 7, 98b
    CHECK   7                       # moves of singles: boxed, sign-extended
    li      a0, 0x1234567890abcdef
    fmv.w.x ft0, a0
    IS_D    ft0, 0xffffffff90abcdef
    fmv.x.w a1, ft0
    EQ      a1, 0xffffffff90abcdef
    D       ft0, 0x1111111180000000
    fmv.x.w a1, ft0
    EQ      a1, 0xffffffff80000000
    CHECK   8                       # sign injection
    D       ft0, 0x3ff0000000000001
    D       ft1, 0x8000000000000000
    fsgnj.d ft2, ft0, ft1
    IS_D    ft2, 0xbff0000000000001
    fsgnjn.d ft2, ft0, ft1
    IS_D    ft2, 0x3ff0000000000001
    fsgnjx.d ft2, ft0, ft1
    IS_D    ft2, 0xbff0000000000001
    fsgnjx.d ft2, ft2, ft1
    IS_D    ft2, 0x3ff0000000000001
    fneg.d  ft3, ft0
    IS_D    ft3, 0xbff0000000000001
    fabs.d  ft3, ft3
    IS_D    ft3, 0x3ff0000000000001
    fmv.d   ft4, ft1
    IS_D    ft4, 0x8000000000000000
    D       ft0, 0x7ff0000000000001 # a signaling NaN keeps its payload and raises nothing
    fneg.d  ft3, ft0
    IS_D    ft3, 0xfff0000000000001
    csrr    a0, fflags
    bnez    a0, fail
    CHECK   9                       # the same of singles; what is no single is the canonical NaN
    D       ft0, 0xffffffff3f800001
    D       ft1, 0xffffffff80000000
    fsgnj.s ft2, ft0, ft1
    IS_D    ft2, 0xffffffffbf800001
    fsgnjn.s ft2, ft0, ft1
    IS_D    ft2, 0xffffffff3f800001
    fsgnjx.s ft2, ft0, ft1
    IS_D    ft2, 0xffffffffbf800001
    fabs.s  ft3, ft2
    IS_D    ft3, 0xffffffff3f800001
    fneg.s  ft3, ft3
    IS_D    ft3, 0xffffffffbf800001
    D       ft0, 0xfffffffe3f800001
    fmv.s   ft3, ft0
    IS_D    ft3, 0xffffffff7fc00000
    fsgnj.s ft3, ft1, ft0
    IS_D    ft3, 0xffffffff00000000
    fsgnj.s ft3, ft0, ft1
    IS_D    ft3, 0xffffffffffc00000
    D       ft0, 0xffffffff7f800001
    fneg.s  ft3, ft0
    IS_D    ft3, 0xffffffffff800001
    csrr    a0, fflags
    bnez    a0, fail
    CHECK   10                      # classes
    la      a0, classes
    li      a1, 1
1:  fld     ft0, 0(a0)
    fclass.d a2, ft0
    SAME    a1, a2
    flw     ft0, 8(a0)
    fclass.s a2, ft0
    SAME    a1, a2
    slli    a1, a1, 1
    addi    a0, a0, 16
    li      a2, 1024
    bne     a1, a2, 1b
    D       ft0, 0xfffffffe3f800001
    fclass.s a2, ft0
    EQ      a2, 512
    D       ft0, 0x000fffffffffffff # the largest subnormal, the smallest normal
    fclass.d a2, ft0
    EQ      a2, 32
    D       ft0, 0x0010000000000000
    fclass.d a2, ft0
    EQ      a2, 64
    csrr    a0, fflags
    bnez    a0, fail
    CHECK   11                      # all registers are there
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    li      a0, \n * 0x0101010101010101
    fmv.d.x f\n, a0
    .endr
    .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    IS_D    f\n, \n * 0x0101010101010101
    .endr
    CHECK   12                      # misa tells F and D
    csrr    a0, misa
    li      a1, 0x28
    and     a0, a0, a1
    SAME    a0, a1
    j       pass

    .data
    .balign 16
    .dword  0, 0x8877665544332211
doubles:
    .dword  0x3ff0000000000000, 0x7ff0000000000001
classes:
    .dword  0xfff0000000000000, 0xff800000
    .dword  0xc000000000000000, 0xc0000000
    .dword  0x8000000000000001, 0x80000001
    .dword  0x8000000000000000, 0x80000000
    .dword  0x0000000000000000, 0x00000000
    .dword  0x0000000000000001, 0x00000001
    .dword  0x4000000000000000, 0x40000000
    .dword  0x7ff0000000000000, 0x7f800000
    .dword  0x7ff0000000000001, 0x7f800001
    .dword  0xfff8000000000001, 0xffc00001
