// Oracle: the assembler of GNU binutils. Each opcode of the encoder of host/a64 with random operands, jumps over random
// distances, immediates and constants: the same bytes as the assembler makes of the same words. Skipped without what
// `make HOST=a64` fetches.
//
// NJ_SEED in the environment chooses other values.
#include "host/a64/enc.c" // NOLINT(bugprone-suspicious-include): libemu has the encoder of one host
#include "tests/lib/random_unit.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

enum { TIMES = 40, ROOM = 1 << 20 };

typedef struct Made {
    Code code;
    FILE *words;
    Random r;
} Made;

static unsigned pick(Made *m, unsigned n) { return random_below(&m->r, n); }
#define SAY(...) fprintf(m->words, __VA_ARGS__)

typedef struct Named {
    A64Op op;
    const char *text;
} Named;

// Register n of 64 or 32 bits; 31 is `last`.
static const char *reg(bool wide, unsigned n, const char *last) {
    static char text[8][8];
    static unsigned next;
    char *t = text[next++ % 8];
    const char *width = !wide ? "w" : !strcmp(last, "sp") ? "" : "x";
    if (n == 31)
        snprintf(t, 8, "%s%s", width, last);
    else
        snprintf(t, 8, "%c%u", wide ? 'x' : 'w', n);
    return t;
}
static const char *zr(bool wide, unsigned n) { return reg(wide, n, "zr"); }
static const char *sp(bool wide, unsigned n) { return reg(wide, n, "sp"); }

static const char *const conditions[] = {"eq", "ne", "hs", "lo", "mi", "pl", "vs",
                                         "vc", "hi", "ls", "ge", "lt", "gt", "le"};

static void three_registers(Made *m) {
    static const Named ops[] = {{A64_ADD, "add"},   {A64_ADDS, "adds"}, {A64_SUB, "sub"},   {A64_SUBS, "subs"},
                                {A64_AND, "and"},   {A64_ORR, "orr"},   {A64_ORN, "orn"},   {A64_EOR, "eor"},
                                {A64_ANDS, "ands"}, {A64_UDIV, "udiv"}, {A64_SDIV, "sdiv"}, {A64_LSLV, "lslv"},
                                {A64_LSRV, "lsrv"}, {A64_ASRV, "asrv"}, {A64_RORV, "rorv"}};
    for (unsigned i = 0; i < sizeof ops / sizeof *ops; i++) {
        bool w = pick(m, 2);
        unsigned d = pick(m, 32), a = pick(m, 32), b = pick(m, 32), left = pick(m, w ? 64 : 32);
        enc_r(&m->code, w, ops[i].op, d, a, b);
        SAY("%s %s,%s,%s\n", ops[i].text, zr(w, d), zr(w, a), zr(w, b));
        if (i >= 9) continue;
        enc_shifted(&m->code, w, ops[i].op, d, a, b, left);
        SAY("%s %s,%s,%s,lsl %u\n", ops[i].text, zr(w, d), zr(w, a), zr(w, b), left);
    }
    unsigned d = pick(m, 31), a = pick(m, 31), b = pick(m, 31), k = pick(m, 31);
    bool w = pick(m, 2);
    enc_uxtw(&m->code, A64_ADD, d, a, b), SAY("add x%u,x%u,w%u,uxtw\n", d, a, b);
    enc_r4(&m->code, w, A64_MADD, d, a, b, k), SAY("madd %s,%s,%s,%s\n", zr(w, d), zr(w, a), zr(w, b), zr(w, k));
    enc_r4(&m->code, w, A64_MSUB, d, a, b, k), SAY("msub %s,%s,%s,%s\n", zr(w, d), zr(w, a), zr(w, b), zr(w, k));
    enc_r(&m->code, true, A64_SMULH, d, a, b), SAY("smulh x%u,x%u,x%u\n", d, a, b);
    enc_r(&m->code, true, A64_UMULH, d, a, b), SAY("umulh x%u,x%u,x%u\n", d, a, b);
    enc_r(&m->code, true, A64_SMULL, d, a, b), SAY("smull x%u,w%u,w%u\n", d, a, b);
    enc_r(&m->code, true, A64_UMULL, d, a, b), SAY("umull x%u,w%u,w%u\n", d, a, b);
}

static void two_registers(Made *m) {
    static const Named ops[] = {{A64_RBIT, "rbit"}, {A64_REV, "rev"}, {A64_CLZ, "clz"}};
    static const Named selects[] = {
        {A64_CSEL, "csel"}, {A64_CSINC, "csinc"}, {A64_CSINV, "csinv"}, {A64_CSNEG, "csneg"}};
    static const Named shifts[] = {{A64_LSLV, "lsl"}, {A64_LSRV, "lsr"}, {A64_ASRV, "asr"}, {A64_RORV, "ror"}};
    unsigned d = pick(m, 32), a = pick(m, 32), b = pick(m, 32), c = pick(m, 14);
    bool w = pick(m, 2);
    unsigned bits = w ? 64 : 32, r = pick(m, bits), s = pick(m, bits);
    for (unsigned i = 0; i < 3; i++)
        enc_r1(&m->code, w, ops[i].op, d, a), SAY("%s %s,%s\n", ops[i].text, zr(w, d), zr(w, a));
    for (unsigned i = 0; i < 4; i++) {
        enc_csel(&m->code, w, selects[i].op, d, a, b, (A64Cond)c);
        SAY("%s %s,%s,%s,%s\n", selects[i].text, zr(w, d), zr(w, a), zr(w, b), conditions[c]);
        enc_shift_imm(&m->code, w, shifts[i].op, d, a, r);
        SAY("%s %s,%s,%u\n", shifts[i].text, zr(w, d), zr(w, a), r);
    }
    enc_bits(&m->code, w, A64_SBFM, d, a, r, s), SAY("sbfm %s,%s,%u,%u\n", zr(w, d), zr(w, a), r, s);
    enc_bits(&m->code, w, A64_UBFM, d, a, r, s), SAY("ubfm %s,%s,%u,%u\n", zr(w, d), zr(w, a), r, s);
}

// `mov` of constants is left to the assembler, which knows the same instructions.
static void immediates(Made *m) {
    static const Named adds[] = {{A64_ADD, "add"}, {A64_SUB, "sub"}};
    static const Named logic[] = {{A64_AND, "and"}, {A64_ORR, "orr"}, {A64_EOR, "eor"}};
    bool w = pick(m, 2), negative = pick(m, 2);
    unsigned d = pick(m, 32), a = pick(m, 32), bits = w ? 64 : 32;
    int64_t imm = (int64_t)pick(m, 4096) << (pick(m, 2) ? 12 : 0);
    for (unsigned i = 0; i < 2; i++) {
        enc_add_imm(&m->code, w, adds[i].op, d, a, negative ? -imm : imm);
        SAY("%s %s,%s,%s%lld\n", adds[i].text, sp(w, d), sp(w, a), negative && imm ? "-" : "", (long long)imm);
    }
    enc_add_imm(&m->code, w, A64_SUBS, 31, a, imm), SAY("cmp %s,%lld\n", sp(w, a), (long long)imm);
    for (unsigned i = 0; i < 3; i++) {
        unsigned size = 2u << pick(m, w ? 6 : 5), ones = 1 + pick(m, size - 1), by = pick(m, size);
        uint64_t v = ror_in(bits_mask(ones), by, size), all = 0;
        for (unsigned at = 0; at < bits; at += size) all |= v << at;
        assert_true(a64_fits_logic(all, w));
        enc_logic_imm(&m->code, w, logic[i].op, d, a & 15, all);
        SAY("%s %s,%s,0x%llx\n", logic[i].text, sp(w, d), zr(w, a & 15), (unsigned long long)all);
    }
}

static void accesses(Made *m) {
    static const char *const names[4][4] = {// by size: store, load, and those that extend the sign
                                            {"strb", "ldrb", "ldrsb", "ldrsb"},
                                            {"strh", "ldrh", "ldrsh", "ldrsh"},
                                            {"str", "ldr", "ldrsw", ""},
                                            {"str", "ldr", "", ""}};
    static const A64Op ops[] = {A64_STR, A64_LDR, A64_LDRS_X, A64_LDRS_W}, floats[] = {A64_STR_F, A64_LDR_F};
    static const Named atomics[] = {{A64_LDADDAL, "ldaddal"},   {A64_LDCLRAL, "ldclral"},   {A64_LDEORAL, "ldeoral"},
                                    {A64_LDSETAL, "ldsetal"},   {A64_LDSMAXAL, "ldsmaxal"}, {A64_LDSMINAL, "ldsminal"},
                                    {A64_LDUMAXAL, "ldumaxal"}, {A64_LDUMINAL, "lduminal"}, {A64_SWPAL, "swpal"},
                                    {A64_CASAL, "casal"}};
    for (unsigned size = 0; size < 4; size++) {
        for (unsigned k = 0; k < 4; k++) {
            bool wide = k == 2 || (size == 3 && k < 2), index_wide = pick(m, 2);
            unsigned t = pick(m, 32), n = pick(m, 32), i = pick(m, 31);
            long long disp = pick(m, 2) ? (long long)pick(m, 4096) << size : (long long)pick(m, 512) - 256;
            const char *name = names[size][k];
            if (*name) {
                enc_mem(&m->code, ops[k], size, t, n, disp),
                    SAY("%s %s,[%s,%lld]\n", name, zr(wide, t), sp(true, n), disp);
                bool scaled = pick(m, 2);
                enc_mem_r(&m->code, ops[k], size, t, n, i, index_wide, scaled);
                SAY("%s %s,[%s,%s", name, zr(wide, t), sp(true, n), zr(index_wide, i));
                if (scaled)
                    SAY(",%s %u]\n", index_wide ? "lsl" : "uxtw", size);
                else
                    SAY("%s]\n", index_wide ? "" : ",uxtw");
            }
            if (k > 1 || size < 2) continue;
            enc_mem(&m->code, floats[k], size, 32 + t, n, disp);
            SAY("%s %c%u,[%s,%lld]\n", name, size == 3 ? 'd' : 's', t, sp(true, n), disp);
        }
        if (size < 2) continue;
        unsigned t = pick(m, 15), n = 16 + pick(m, 7), s = 24 + pick(m, 7);
        enc_exclusive(&m->code, A64_LDAXR, size, 31, t, n), SAY("ldaxr %s,[x%u]\n", zr(size == 3, t), n);
        enc_exclusive(&m->code, A64_STLXR, size, s, t, n), SAY("stlxr w%u,%s,[x%u]\n", s, zr(size == 3, t), n);
        for (unsigned k = 0; k < sizeof atomics / sizeof *atomics; k++) {
            enc_exclusive(&m->code, atomics[k].op, size, s, t, n);
            SAY("%s %s,%s,[x%u]\n", atomics[k].text, zr(size == 3, s), zr(size == 3, t), n);
        }
    }
}

static void pairs(Made *m) {
    static const Named ops[] = {{A64_STP, "stp"}, {A64_LDP, "ldp"}};
    static const A64Op floats[] = {A64_STP_F, A64_LDP_F};
    unsigned t = pick(m, 15), t2 = 16 + pick(m, 7), n = 24 + pick(m, 7);
    int disp = 8 * ((int)pick(m, 128) - 64);
    for (unsigned k = 0; k < 2; k++) {
        enc_pair(&m->code, ops[k].op, t, t2, n, disp), SAY("%s x%u,x%u,[x%u,%d]\n", ops[k].text, t, t2, n, disp);
        enc_pair(&m->code, floats[k], 32 + t, 32 + t2, n, disp);
        SAY("%s d%u,d%u,[x%u,%d]\n", ops[k].text, t, t2, n, disp);
    }
}

static void floats(Made *m) {
    static const Named ops[] = {{A64_FADD, "fadd"}, {A64_FSUB, "fsub"},     {A64_FMUL, "fmul"},
                                {A64_FDIV, "fdiv"}, {A64_FMAXNM, "fmaxnm"}, {A64_FMINNM, "fminnm"}};
    static const Named ones[] = {{A64_FSQRT, "fsqrt"}, {A64_FNEG, "fneg"}, {A64_FABS, "fabs"}, {A64_FMOV, "fmov"}};
    static const Named to_int[] = {{A64_FCVTNS, "fcvtn"},
                                   {A64_FCVTPS, "fcvtp"},
                                   {A64_FCVTMS, "fcvtm"},
                                   {A64_FCVTZS, "fcvtz"},
                                   {A64_FCVTAS, "fcvta"}};
    bool dbl = pick(m, 2), w = pick(m, 2), u = pick(m, 2);
    unsigned d = pick(m, 32), a = pick(m, 32), b = pick(m, 32), k = pick(m, 32), f = 32, sign = u ? A64_UNSIGNED : 0;
    char p = dbl ? 'd' : 's';
    Code *c = &m->code;
    for (unsigned i = 0; i < 6; i++)
        enc_f(c, dbl, ops[i].op, f + d, f + a, f + b), SAY("%s %c%u,%c%u,%c%u\n", ops[i].text, p, d, p, a, p, b);
    for (unsigned i = 0; i < 4; i++)
        enc_f(c, dbl, ones[i].op, f + d, f + a, 0), SAY("%s %c%u,%c%u\n", ones[i].text, p, d, p, a);
    for (unsigned i = 0; i < 5; i++) {
        enc_cross(c, w, dbl, to_int[i].op | sign, d, f + a);
        SAY("%s%c %s,%c%u\n", to_int[i].text, u ? 'u' : 's', zr(w, d), p, a);
    }
    enc_cross(c, w, dbl, A64_SCVTF | sign, f + d, a), SAY("%ccvtf %c%u,%s\n", u ? 'u' : 's', p, d, zr(w, a));
    enc_cross(c, dbl, dbl, A64_FMOV_TO_INT, d, f + a), SAY("fmov %s,%c%u\n", zr(dbl, d), p, a);
    enc_cross(c, dbl, dbl, A64_FMOV_FROM_INT, f + d, a), SAY("fmov %c%u,%s\n", p, d, zr(dbl, a));
    enc_f4(c, dbl, A64_FMADD, f + d, f + a, f + b, f + k), SAY("fmadd %c%u,%c%u,%c%u,%c%u\n", p, d, p, a, p, b, p, k);
    enc_f(c, dbl, A64_FCMP, 0, f + a, f + b), SAY("fcmp %c%u,%c%u\n", p, a, p, b);
    enc_f(c, dbl, A64_FCMPE, 0, f + a, f + b), SAY("fcmpe %c%u,%c%u\n", p, a, p, b);
    enc_f(c, dbl, (A64Op)(A64_FCSEL | A64_NE << 12), f + d, f + a, f + b);
    SAY("fcsel %c%u,%c%u,%c%u,ne\n", p, d, p, a, p, b);
    enc_f(c, true, A64_FCVT_D_S, f + d, f + a, 0), SAY("fcvt d%u,s%u\n", d, a);
    enc_f(c, true, A64_FCVT_S_D, f + d, f + a, 0), SAY("fcvt s%u,d%u\n", d, a);
    enc_f(c, true, A64_CNT_8B, f + d, f + a, 0), SAY("cnt v%u.8b,v%u.8b\n", d, a);
    enc_f(c, true, A64_ADDV_8B, f + d, f + a, 0), SAY("addv b%u,v%u.8b\n", d, a);
    enc_system(c, A64_MRS_FPCR, d), SAY("mrs %s,fpcr\n", zr(true, d));
    enc_system(c, A64_MSR_FPCR, d), SAY("msr fpcr,%s\n", zr(true, d));
    enc_system(c, A64_MRS_FPSR, d), SAY("mrs %s,fpsr\n", zr(true, d));
    enc_system(c, A64_MSR_FPSR, d), SAY("msr fpsr,%s\n", zr(true, d));
    code_word(c, A64_DMB_ISH, true), SAY("dmb ish\n");
}

static void jumps(Made *m) {
    unsigned a = pick(m, 32), k = pick(m, 14), at = code_offset(&m->code);
    int far = (int)pick(m, 1 << 26) * 4 - (1 << 27), near = (int)pick(m, 1 << 19) * 4 - (1 << 20);
    bool w = pick(m, 2);
    Code *c = &m->code;
    enc_aim(c, enc_jump(c), at + (unsigned)far), SAY("b .%+d\n", far);
    enc_jump_to(c, A64_BL, c->p + c->to_exec + far), SAY("bl .%+d\n", far);
    at += 8;
    enc_aim(c, enc_branch(c, (A64Cond)k), at + (unsigned)near), SAY("b.%s .%+d\n", conditions[k], near);
    enc_aim(c, enc_branch_zero(c, w, A64_CBZ, a), at + 4 + (unsigned)near), SAY("cbz %s,.%+d\n", zr(w, a), near);
    enc_aim(c, enc_branch_zero(c, w, A64_CBNZ, a), at + 8 + (unsigned)near), SAY("cbnz %s,.%+d\n", zr(w, a), near);
    code_word(c, A64_LDR_LITERAL | a, true), enc_aim(c, at + 12, at + 12 + (unsigned)near),
        SAY("ldr %s,.%+d\n", zr(true, a), near);
    unsigned bit = pick(m, 64);
    int test = (int)pick(m, 1 << 13) * 4 - (1 << 14);
    assert_true(enc_aim(c, enc_branch_bit(c, a, bit), at + 16 + (unsigned)test));
    SAY("tbnz %s,%u,.%+d\n", zr(bit >= 32, a), bit, test);
    uint32_t from = enc_branch_bit(c, a, bit);
    assert_false(enc_aim(c, from, from + (1 << 15)) || enc_aim(c, from, from - (1 << 15) - 4)); // it is left as it is
    SAY("tbnz %s,%u,.\n", zr(bit >= 32, a), bit);
    enc_r1(c, true, A64_BR, 0, a), SAY("br %s\n", zr(true, a));
    enc_r1(c, true, A64_BLR, 0, a), SAY("blr %s\n", zr(true, a));
    enc_r1(c, true, A64_RET, 0, a), SAY("ret %s\n", zr(true, a));
}

// What the assembler takes for a constant is one instruction; of more, the parts.
static void constants(Made *m) {
    uint64_t v = random_interesting(&m->r), made = 0;
    uint8_t *begin = m->code.p;
    enc_li(&m->code, 5, v);
    unsigned n = (unsigned)(m->code.p - begin) / 4;
    assert_int_equal(n, enc_li_insns(v));
    if (n == 1) SAY("mov x5,0x%llx\n", (unsigned long long)v);
    for (unsigned i = 0; n > 1 && i < n; i++) {
        uint32_t word;
        memcpy(&word, begin + 4 * i, 4);
        unsigned at = 16 * (word >> 21 & 3);
        uint64_t half = (uint64_t)(word >> 5 & 0xffff) << at;
        const char *name = word >> 29 == 4 ? "movn" : word >> 29 == 6 ? "movz" : "movk";
        made = word >> 29 == 4 ? ~half : word >> 29 == 6 ? half : (made & ~(0xffffull << at)) | half;
        SAY("%s x5,0x%x,lsl %u\n", name, word >> 5 & 0xffff, at);
    }
    if (n > 1) assert_true(made == v);
}

static void compare(const Made *m, const char *as, const char *folder) {
    char command[1024];
    snprintf(
        command, sizeof command,
        "LD_LIBRARY_PATH=%s/../lib/x86_64-linux-gnu; export LD_LIBRARY_PATH; %s/aarch64-linux-gnu-as -march=armv8.1-a %s/in.s -o %s/out.o && "
        "%s/aarch64-linux-gnu-objcopy -O binary -j .text %s/out.o %s/out.bin",
        as, as, folder, folder, as, folder, folder);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "%s/out.bin", folder);
    FILE *f = fopen(command, "r");
    assert_non_null(f);
    uint32_t n = code_offset(&m->code), ours, theirs;
    for (uint32_t at = 0; at < n; at += 4) {
        assert_int_equal(fread(&theirs, 4, 1, f), 1);
        memcpy(&ours, m->code.begin + at, 4);
        if (ours != theirs) fail_msg("instruction %u of %s/in.s: %08x instead of %08x", at / 4, folder, ours, theirs);
    }
    assert_int_equal(fread(&theirs, 1, 1, f), 0);
    fclose(f);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void test_rows(void **state) {
    (void)state;
    static const char as[] = "build/cross/a64/tools/usr/bin";
    char folder[] = "/tmp/a64-enc-XXXXXX", name[64];
    assert_non_null(mkdtemp(folder));
    snprintf(name, sizeof name, "%s/in.s", folder);
    Made m = {.words = fopen(name, "w"), .r = {getenv("NJ_SEED") ? strtoull(getenv("NJ_SEED"), NULL, 0) : 1}};
    assert_non_null(m.words);
    m.code.begin = m.code.p = malloc(ROOM), m.code.end = m.code.begin + ROOM;
    assert_non_null(m.code.begin);
    for (unsigned i = 0; i < TIMES; i++) {
        three_registers(&m), two_registers(&m), immediates(&m), accesses(&m), pairs(&m), floats(&m), jumps(&m),
            constants(&m);
    }
    fclose(m.words);
    compare(&m, as, folder);
    free(m.code.begin);
}

int main(void) {
    if (access("build/cross/a64/FETCHED", F_OK)) {
        puts("skipped: no assembler for AArch64: make HOST=a64");
        return 77;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
