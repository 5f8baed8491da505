// A bare-metal guest program: every instruction of F and D that computes, on special values x special values (x special
// values), rounded by frm in each mode, and by the instruction while frm says another. It prints a line for each:
//
//   fadd.d frm=3 b7c9bd5e9a1c2f01 1f       hash of all results and flags, flags that accrued over all operands
//
// -DONLY='"fadd.d"' prints operands, result and flags of that instruction, too: what differs between two emulators.
typedef unsigned char u8;
typedef unsigned u32;
typedef unsigned long u64;

#define LEN(a) (sizeof(a) / sizeof *(a))

// ---- the machine
__asm__(".text\n"
        ".globl _start\n"
        "_start: la t0, 1f\n"
        "csrw mtvec, t0\n"
        "li t0, 0x6000\n" // mstatus.FS
        "csrs mstatus, t0\n"
        "la sp, stack + 4096\n"
        "call main\n"
        "li t1, 0x5555\n"
        "2: li t0, 0x100000\n"
        "sw t1, 0(t0)\n"
        "j 2b\n"
        ".balign 4\n"
        "1: li t1, 0x13333\n" // a trap: exit code 1
        "j 2b\n");
u8 stack[4096] __attribute__((aligned(16)));

static void put_char(char c) { *(volatile u8 *)0x10000000 = (u8)c; }
static void put_text(const char *s) {
    while (*s) put_char(*s++);
}
static void put_hex(u64 v, int digits) {
    put_char(' ');
    while (digits--) put_char("0123456789abcdef"[v >> 4 * digits & 15]);
}

// ---- operands, as bits
static const u64 doubles[] = {
    0,
    1ul << 63,
    0x3ff0000000000000,
    0xbff0000000000000,
    0x0000000000000001, // subnormals
    0x8000000000000001,
    0x000fffffffffffff,
    0x0010000000000000, // the smallest normal numbers
    0x8010000000000001,
    0x7fefffffffffffff, // the largest numbers
    0xffefffffffffffff,
    0x7ff0000000000000,
    0xfff0000000000000,
    0x7ff8000000000000, // NaNs
    0xfff8000000000001,
    0x7ff0000000000001,
    0xfff4000000000000,
    0x3ff0000000000001, // near 1
    0x3fefffffffffffff,
    0x3fe0000000000000, // halves
    0x3fdfffffffffffff,
    0xbfe0000000000001,
    0x3ff8000000000000,
    0xc004000000000000,
    0x4008000000000000,
    0x3ca0000000000000, // half a unit of 1
    0xbc90000000000000,
    0x41dfffffffe00000, // around 2^31, 2^32, 2^63, 2^64
    0x41dfffffffc00000,
    0x41e0000000000000,
    0xc1e0000000000000,
    0xc1e0000000100000,
    0xc1e0000000200000,
    0x41efffffffe00000,
    0x41effffffff00000,
    0x41f0000000000000,
    0x43dfffffffffffff,
    0x43e0000000000000,
    0xc3e0000000000000,
    0xc3e0000000000001,
    0x43efffffffffffff,
    0x43f0000000000000,
    0x4330000000000001, // integers with and without a half
    0x4320000000000001,
    0x47efffffe0000000, // around the largest single
    0x47efffffefffffff,
    0x47effffff0000000,
    0x36a0000000000000, // around the smallest ones
    0x3690000000000000,
    0x3690000000000001,
    0xb6a8000000000000,
    0x380fffffe0000000,
    0x380ffffff0000000,
    0x380fffffc0000001,
    0x1e3ac15fe1a27c54,
    0x5fd123e80a11c8d6,
    0xbd5a6d10c7e4b3f2,
    0x2008000000000003,
};
#define BOX(v) (0xffffffff00000000 | (v))
static const u64 singles[] = {
    BOX(0),
    BOX(0x80000000),
    BOX(0x3f800000),
    BOX(0xbf800000),
    BOX(0x00000001),
    BOX(0x80000001),
    BOX(0x007fffff),
    BOX(0x00800000),
    BOX(0x80800001),
    BOX(0x7f7fffff),
    BOX(0xff7fffff),
    BOX(0x7f800000),
    BOX(0xff800000),
    BOX(0x7fc00000),
    BOX(0xffc00001),
    BOX(0x7f800001),
    BOX(0xffa00000),
    BOX(0x3f800001),
    BOX(0x3f7fffff),
    BOX(0x3f000000),
    BOX(0x3effffff),
    BOX(0xbf000001),
    BOX(0x3fc00000),
    BOX(0xc0200000),
    BOX(0x40400000),
    BOX(0x33800000),
    BOX(0xb3000000),
    BOX(0x4effffff),
    BOX(0x4f000000),
    BOX(0xcf000000),
    BOX(0xcf000001),
    BOX(0x4f7fffff),
    BOX(0x4f800000),
    BOX(0x5effffff),
    BOX(0x5f000000),
    BOX(0xdf000000),
    BOX(0xdf000001),
    BOX(0x5f7fffff),
    BOX(0x5f800000),
    BOX(0x4b000001),
    BOX(0x4a800001),
    BOX(0x1e3ac15f),
    BOX(0x5fd123e8),
    BOX(0xbd5a6d10),
    BOX(0x20080003),
    0x000000003f800000, // not boxed: a NaN
    0xfffffffe00000001,
};
static const u64 integers[] = {
    0,
    1,
    -1ul,
    2,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0x100000000,
    0xffffffff80000000,
    0xffffffff7fffffff,
    0x1000001,
    0x1000003,
    0x7fffff80,
    0x7fffffc0,
    0xffffff80,
    0xffffffc0,
    1ul << 63,
    ~0ul >> 1,
    (1ul << 53) + 1,
    (1ul << 53) + 3,
    -(1ul << 53) - 1,
    0x7ffffffffffffc00,
    0x7ffffffffffffe00,
    0xfffffffffffff800,
    0xfffffffffffffc00,
    0x7fffffc000000001,
    0x8000004000000000,
    0x123456789abcdef,
    0xdeadbeefcafef00d,
    0x8000000000000401,
};
static const u64 nothing[] = {0};

typedef struct Set {
    const u64 *at;
    u32 n;
} Set;
enum { FEW = 19 }; // of three operands: without halves and limits
static const Set D = {doubles, LEN(doubles)}, D3 = {doubles, FEW}, S = {singles, LEN(singles)}, S3 = {singles, FEW};
static const Set I = {integers, LEN(integers)}, N = {nothing, 1};

// ---- instructions: each computes %0 from fa0, fa1, fa2, or %1
#define FROM_F "\nfmv.x.d %0, fa0"
#define FROM_X ""
#define FORMAT(f, F)                                                                                                   \
    ROUND(fadd_##f, "fadd." #f, " fa0, fa0, fa1", FROM_F, F, F, N)                                                     \
    ROUND(fsub_##f, "fsub." #f, " fa0, fa0, fa1", FROM_F, F, F, N)                                                     \
    ROUND(fmul_##f, "fmul." #f, " fa0, fa0, fa1", FROM_F, F, F, N)                                                     \
    ROUND(fdiv_##f, "fdiv." #f, " fa0, fa0, fa1", FROM_F, F, F, N)                                                     \
    ROUND(fsqrt_##f, "fsqrt." #f, " fa0, fa0", FROM_F, F, N, N)                                                        \
    ROUND(fmadd_##f, "fmadd." #f, " fa0, fa0, fa1, fa2", FROM_F, F##3, F##3, F##3)                                     \
    ROUND(fmsub_##f, "fmsub." #f, " fa0, fa0, fa1, fa2", FROM_F, F##3, F##3, F##3)                                     \
    ROUND(fnmadd_##f, "fnmadd." #f, " fa0, fa0, fa1, fa2", FROM_F, F##3, F##3, F##3)                                   \
    ROUND(fnmsub_##f, "fnmsub." #f, " fa0, fa0, fa1, fa2", FROM_F, F##3, F##3, F##3)                                   \
    ROUND(fcvt_w_##f, "fcvt.w." #f, " %0, fa0", FROM_X, F, N, N)                                                       \
    ROUND(fcvt_wu_##f, "fcvt.wu." #f, " %0, fa0", FROM_X, F, N, N)                                                     \
    ROUND(fcvt_l_##f, "fcvt.l." #f, " %0, fa0", FROM_X, F, N, N)                                                       \
    ROUND(fcvt_lu_##f, "fcvt.lu." #f, " %0, fa0", FROM_X, F, N, N)                                                     \
    ROUND(fcvt_##f##_l, "fcvt." #f ".l", " fa0, %1", FROM_F, I, N, N)                                                  \
    ROUND(fcvt_##f##_lu, "fcvt." #f ".lu", " fa0, %1", FROM_F, I, N, N)                                                \
    EXACT(fmin_##f, "fmin." #f, " fa0, fa0, fa1", FROM_F, F, F, N)                                                     \
    EXACT(fmax_##f, "fmax." #f, " fa0, fa0, fa1", FROM_F, F, F, N)                                                     \
    EXACT(fsgnj_##f, "fsgnj." #f, " fa0, fa0, fa1", FROM_F, F, F, N)                                                   \
    EXACT(fsgnjn_##f, "fsgnjn." #f, " fa0, fa0, fa1", FROM_F, F, F, N)                                                 \
    EXACT(fsgnjx_##f, "fsgnjx." #f, " fa0, fa0, fa1", FROM_F, F, F, N)                                                 \
    EXACT(fmv_##f, "fmv." #f, " fa0, fa1", FROM_F, N, F, N)                                                            \
    EXACT(fneg_##f, "fneg." #f, " fa0, fa1", FROM_F, N, F, N)                                                          \
    EXACT(fabs_##f, "fabs." #f, " fa0, fa1", FROM_F, N, F, N)                                                          \
    EXACT(feq_##f, "feq." #f, " %0, fa0, fa1", FROM_X, F, F, N)                                                        \
    EXACT(flt_##f, "flt." #f, " %0, fa0, fa1", FROM_X, F, F, N)                                                        \
    EXACT(fle_##f, "fle." #f, " %0, fa0, fa1", FROM_X, F, F, N)                                                        \
    EXACT(fclass_##f, "fclass." #f, " %0, fa0", FROM_X, F, N, N)
#define LIST                                                                                                           \
    FORMAT(d, D)                                                                                                       \
    FORMAT(s, S)                                                                                                       \
    ROUND(fcvt_s_w, "fcvt.s.w", " fa0, %1", FROM_F, I, N, N)                                                           \
    ROUND(fcvt_s_wu, "fcvt.s.wu", " fa0, %1", FROM_F, I, N, N)                                                         \
    ROUND(fcvt_s_d, "fcvt.s.d", " fa0, fa0", FROM_F, D, N, N)                                                          \
    EXACT(fcvt_d_s, "fcvt.d.s", " fa0, fa0", FROM_F, S, N, N)                                                          \
    EXACT(fcvt_d_w, "fcvt.d.w", " fa0, %1", FROM_F, I, N, N)                                                           \
    EXACT(fcvt_d_wu, "fcvt.d.wu", " fa0, %1", FROM_F, I, N, N)

#define BODY(id, text)                                                                                                 \
    static u64 id(u64 a, u64 b, u64 c) {                                                                               \
        u64 r;                                                                                                         \
        __asm__ volatile("fmv.d.x fa0, %1\nfmv.d.x fa1, %2\nfmv.d.x fa2, %3\n" text                                    \
                         : "=r"(r)                                                                                     \
                         : "r"(a), "r"(b), "r"(c)                                                                      \
                         : "fa0", "fa1", "fa2");                                                                       \
        return r;                                                                                                      \
    }
#define EXACT(id, name, operands, result, A, B, C) BODY(id, name operands result)
#define ROUND(id, name, operands, result, A, B, C)                                                                     \
    EXACT(id, name, operands, result, A, B, C)                                                                         \
    BODY(id##_rne, name operands ", rne" result)                                                                       \
    BODY(id##_rtz, name operands ", rtz" result)                                                                       \
    BODY(id##_rdn, name operands ", rdn" result)                                                                       \
    BODY(id##_rup, name operands ", rup" result)                                                                       \
    BODY(id##_rmm, name operands ", rmm" result)
LIST
#undef ROUND
#undef EXACT

    typedef u64
    Body(u64 a, u64 b, u64 c);
typedef struct Test {
    const char *name;
    Body *body, *fixed[5]; // fixed: with the rounding mode in the instruction
    const Set *a, *b, *c;
} Test;
#define EXACT(id, name, operands, result, A, B, C) {name, id, {0}, &A, &B, &C},
#define ROUND(id, name, operands, result, A, B, C)                                                                     \
    {name, id, {id##_rne, id##_rtz, id##_rdn, id##_rup, id##_rmm}, &A, &B, &C},
static const Test tests[] = {LIST};

// ---- run
static u64 take_flags(void) {
    u64 flags;
    __asm__ volatile("csrrwi %0, fflags, 0" : "=r"(flags));
    return flags;
}

static int is_same(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

#ifndef ONLY
#define ONLY ""
#endif
static void print_case(const Test *t, u64 a, u64 b, u64 c, u64 result, u64 flags) {
    if (!is_same(t->name, ONLY)) return;
    put_hex(a, 16), put_hex(b, 16), put_hex(c, 16), put_hex(result, 16), put_hex(flags, 2);
    put_char('\n');
}

static void sweep(const Test *t, Body *body, const char *how, u32 mode) {
    u64 hash = 0xcbf29ce484222325, all = 0;
    take_flags();
    for (u32 k = 0; k < t->c->n; k++)
        for (u32 j = 0; j < t->b->n; j++)
            for (u32 i = 0; i < t->a->n; i++) {
                u64 result = body(t->a->at[i], t->b->at[j], t->c->at[k]), flags = take_flags();
                hash = ((hash ^ result) * 0x100000001b3 ^ flags) * 0x100000001b3;
                hash ^= hash >> 29;
                all |= flags;
                print_case(t, t->a->at[i], t->b->at[j], t->c->at[k], result, flags);
            }
    put_text(t->name), put_text(how);
    put_char('0' + (char)mode);
    put_hex(hash, 16), put_hex(all, 2);
    put_char('\n');
}

void main(void) {
    for (u32 i = 0; i < LEN(tests); i++) {
        u32 modes = tests[i].fixed[0] ? 5 : 1;
        for (u32 frm = 0; frm < modes; frm++) {
            __asm__ volatile("csrw frm, %0" : : "r"(frm));
            sweep(&tests[i], tests[i].body, " frm=", frm);
        }
        __asm__ volatile("csrwi frm, 2"); // down
        for (u32 rm = 0; rm < 5 && tests[i].fixed[rm]; rm++) sweep(&tests[i], tests[i].fixed[rm], " rm=", rm);
    }
}
