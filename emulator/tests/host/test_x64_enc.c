// Oracle: the assembler and the disassembler of GNU binutils. Each function of the encoder of host/x64 with random operands: the
// disassembler reads the same from it as from what the assembler makes of the text, and it is as long. Longer are only those that
// are meant to be: constants that are always of one size, and short forms of RAX. The encoder needs no x86-64 machine.
//
// NJ_SEED in the environment chooses other values.
#include "host/x64/enc.c" // NOLINT(bugprone-suspicious-include): libemu has the encoder of one host
#include "tests/lib/random_unit.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

enum { TIMES = 40, KINDS = 65, SLOT = 16, HLT = 0xf4, INT3 = 0xcc, CASES = TIMES * KINDS };

typedef struct Made {
    Code code;
    FILE *text;
    Random *r;
    uint8_t more[CASES]; // bytes that this one may be longer
    unsigned n;
} Made;

static const char *const r64[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                  "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"},
                         *const r32[] = {"eax", "ecx", "edx",  "ebx",  "esp",  "ebp",  "esi",  "edi",
                                         "r8d", "r9d", "r10d", "r11d", "r12d", "r13d", "r14d", "r15d"},
                         *const r16[] = {"ax",  "cx",  "dx",   "bx",   "sp",   "bp",   "si",   "di",
                                         "r8w", "r9w", "r10w", "r11w", "r12w", "r13w", "r14w", "r15w"},
                         *const r8[] = {"al",  "cl",  "dl",   "bl",   "spl",  "bpl",  "sil",  "dil",
                                        "r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b", "r15b"},
                         *const sizes[] = {"byte ptr", "word ptr", "dword ptr", "qword ptr"},
                         *const ccs[] = {"o", "no", "b", "ae", "e", "ne", "be", "a",
                                         "s", "ns", "p", "np", "l", "ge", "le", "g"};
static const char *const *const names[] = {r8, r16, r32, r64};

__attribute__((format(printf, 2, 3))) static void says(Made *m, const char *form, ...) {
    va_list args;
    va_start(args, form);
    vfprintf(m->text, form, args);
    va_end(args);
    fprintf(m->text, "\nhlt\n.balign %d, %d\n", SLOT, INT3);
}

static int number(Random *r) { // of every size
    return (int)(int32_t)random_below(r, 0xffffffff) >> random_below(r, 32);
}

static Mem memory(Random *r, char text[64]) {
    unsigned base = random_below(r, 16), index = random_below(r, 16), scale = random_below(r, 4);
    int disp = random_below(r, 4) ? number(r) : 0;
    if (index == RSP || random_below(r, 2)) {
        snprintf(text, 64, "[%s%+d]", r64[base], disp);
        return mem_at(base, disp);
    }
    snprintf(text, 64, "[%s+%s*%d%+d]", r64[base], r64[index], 1 << scale, disp);
    return mem_indexed(base, index, scale, disp);
}

// ---- the cases. a, b, c: registers, w: 64 bits, i: a constant, M and t: memory, s: log2 of a size
static void integers(Made *m, unsigned kind) {
    static const char *const alu[] = {"add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"}, *const unary[] = {
                                                                                                  "not", "neg",
                                                                                                  "mul", "imul",
                                                                                                  "div", "idiv"};
    static const Shift shifts[] = {SH_ROL, SH_ROR, SH_SHL, SH_SHR, SH_SAR};
    static const char *const shift[] = {"rol", "ror", "shl", "shr", "sar"};
    Random *r = m->r;
    Code *e = &m->code;
    char t[64];
    unsigned a = random_below(r, 16), b = random_below(r, 16), w = random_below(r, 2), s = random_below(r, 4),
             op = random_below(r, 8), k = random_below(r, 5);
    int i = number(r);
    Mem M = memory(r, t);
    const char *const *g = names[2 + w], *size = sizes[2 + w];
    unsigned count = 2 + random_below(r, 30), cc = random_below(r, 16), lock = random_below(r, 2);
    uint64_t big = ((uint64_t)(uint32_t)i << 32 | (uint32_t)number(r)) >> random_below(r, 64);
    switch (kind) {
    case 0: enc_mov_rr(e, w, a, b), says(m, "mov %s,%s", g[a], g[b]); break;
    case 1: // the shortest of three
        enc_mov_ri(e, a, big);
        says(m,
             big <= 0xffffffff              ? "mov %s,0x%llx"
             : (int64_t)big == (int32_t)big ? "mov %s,0x%llx"
                                            : "movabs %s,0x%llx",
             big <= 0xffffffff ? r32[a] : r64[a], (unsigned long long)big);
        break;
    case 2: enc_mov_ri64(e, a, big), says(m, "movabs %s,0x%llx", r64[a], (unsigned long long)big); break;
    case 3:
        enc_load(e, a, M, s, false, w),
            says(m, s < 2 ? "movzx %s,%s %s" : "mov %s,%s %s", s == 3 ? r64[a] : r32[a], sizes[s], t);
        break;
    case 4:
        enc_load(e, a, M, s, true, w);
        says(m,
             s < 2         ? "movsx %s,%s %s"
             : s == 2 && w ? "movsxd %s,%s %s"
                           : "mov %s,%s %s",
             s == 3 ? r64[a] : g[a], sizes[s], t);
        break;
    case 5: enc_store(e, M, a, s), says(m, "mov %s %s,%s", sizes[s], t, names[s][a]); break;
    case 6:
        enc_store_i(e, M, i, s), says(m, "mov %s %s,%d", sizes[s], t, s == 0 ? (int8_t)i : s == 1 ? (int16_t)i : i);
        break;
    case 7: enc_lea(e, w, a, M), says(m, "lea %s,%s", g[a], t); break;
    case 8: enc_ext(e, a, b, 8, true, w), says(m, "movsx %s,%s", g[a], r8[b]); break;
    case 9: enc_ext(e, a, b, 8, false, w), says(m, "movzx %s,%s", r32[a], r8[b]); break;
    case 10: enc_ext(e, a, b, 16, true, w), says(m, "movsx %s,%s", g[a], r16[b]); break;
    case 11: enc_ext(e, a, b, 16, false, w), says(m, "movzx %s,%s", r32[a], r16[b]); break;
    case 12: enc_ext(e, a, b, 32, true, w), says(m, w ? "movsxd %s,%s" : "mov %s,%s", g[a], r32[b]); break;
    case 13: enc_ext(e, a, b, 32, false, w), says(m, "mov %s,%s", r32[a], r32[b]); break;
    case 14: enc_alu_rr(e, (Alu)op, w, a, b), says(m, "%s %s,%s", alu[op], g[a], g[b]); break;
    case 15: enc_alu_rm(e, (Alu)op, w, a, M), says(m, "%s %s,%s %s", alu[op], g[a], size, t); break;
    case 16: m->more[m->n] = a == RAX, enc_alu_ri(e, (Alu)op, w, a, i), says(m, "%s %s,%d", alu[op], g[a], i); break;
    case 17: enc_alu_mr(e, (Alu)op, w, M, a), says(m, "%s %s %s,%s", alu[op], size, t, g[a]); break;
    case 18: enc_alu_mi(e, (Alu)op, w, M, i), says(m, "%s %s %s,%d", alu[op], size, t, i); break;
    case 19: enc_test_rr(e, w, a, b), says(m, "test %s,%s", g[a], g[b]); break;
    case 20: enc_shift_ri(e, shifts[k], w, a, count), says(m, "%s %s,%u", shift[k], g[a], count); break;
    case 21: enc_shift_cl(e, shifts[k], w, a), says(m, "%s %s,cl", shift[k], g[a]); break;
    case 22:
        enc_shiftx(e, shifts[2 + k % 3], w, a, b, op), says(m, "%sx %s,%s,%s", shift[2 + k % 3], g[a], g[b], g[op]);
        break;
    case 23: enc_rorx(e, a, b, count), says(m, "rorx %s,%s,%u", r64[a], r64[b], count); break;
    case 24: enc_unary(e, (Unary)(2 + op % 6), w, a), says(m, "%s %s", unary[op % 6], g[a]); break;
    case 25: enc_imul_rr(e, w, a, b), says(m, "imul %s,%s", g[a], g[b]); break;
    case 26: enc_imul_rm(e, w, a, M), says(m, "imul %s,%s %s", g[a], size, t); break;
    case 27: enc_imul_rri(e, w, a, b, i), says(m, "imul %s,%s,%d", g[a], g[b], i); break;
    case 28: enc_sign_into_rdx(e, w), says(m, w ? "cqo" : "cdq"); break;
    case 29: enc_bswap(e, w, a), says(m, "bswap %s", g[a]); break;
    case 30: enc_popcnt(e, w, a, b), says(m, "popcnt %s,%s", g[a], g[b]); break;
    case 31: enc_setcc(e, (Cc)cc, a), says(m, "set%s %s", ccs[cc], r8[a]); break;
    case 32: enc_cmov(e, (Cc)cc, w, a, b), says(m, "cmov%s %s,%s", ccs[cc], g[a], g[b]); break;
    case 33: // with RAX there is a shorter form, which is written the other way round
        a = a ? a : R9, b = b ? b : R10;
        enc_xchg(e, a, b), says(m, "xchg %s,%s", r64[b], r64[a]);
        break;
    case 34:
        enc_alu_lock(e, (Alu)(op % 7), lock, w, M, a),
            says(m, "%s %s %s %s,%s", lock ? "lock" : "", alu[op % 7], size, t, g[a]);
        break;
    case 35: enc_xadd(e, lock, w, M, a), says(m, "%s xadd %s %s,%s", lock ? "lock" : "", size, t, g[a]); break;
    case 36: enc_cmpxchg(e, lock, w, M, a), says(m, "%s cmpxchg %s %s,%s", lock ? "lock" : "", size, t, g[a]); break;
    case 37: enc_fence(e, M), says(m, "lock or dword ptr %s,0", t); break;
    case 38: enc_xchg_m(e, w, M, a), says(m, "xchg %s %s,%s", size, t, g[a]); break;
    case 39: enc_push(e, a), says(m, "push %s", r64[a]); break;
    case 40: enc_pop(e, a), says(m, "pop %s", r64[a]); break;
    case 41: m->more[m->n] = 3, enc_push_i(e, i), says(m, "push %d", i); break;
    case 42: enc_ret(e), says(m, "ret"); break;
    case 43: enc_jmp_m(e, M), says(m, "jmp qword ptr %s", t); break;
    case 44: enc_jmp_r(e, a), says(m, "jmp %s", r64[a]); break;
    case 45: enc_call_m(e, M), says(m, "call qword ptr %s", t); break;
    default: enc_call_r(e, a), says(m, "call %s", r64[a]); break;
    }
}

static void floats(Made *m, unsigned kind) {
    static const char *const suffix[] = {"ps", "pd", "ss", "sd"};
    static const struct {
        FpOp op;
        const char *name;
    } ops[] = {{FP_SQRT, "sqrt"}, {FP_ADD, "add"}, {FP_MUL, "mul"}, {FP_SUB, "sub"},
               {FP_MIN, "min"},   {FP_DIV, "div"}, {FP_MAX, "max"}};
    Random *r = m->r;
    Code *e = &m->code;
    char t[64];
    unsigned a = random_below(r, 16), b = random_below(r, 16), c = random_below(r, 16), w = random_below(r, 2),
             o = random_below(r, 7);
    FpKind scalar = (FpKind)(FP_SS + random_below(r, 2)), any = (FpKind)random_below(r, 4);
    Mem M = memory(r, t);
    const char *x = suffix[scalar], *size = sizes[scalar == FP_SD ? 3 : 2];
    bool truncates = random_below(r, 2);
    switch (kind) {
    case 47: enc_fp_rr(e, any, ops[o].op, a, b), says(m, "%s%s xmm%u,xmm%u", ops[o].name, suffix[any], a, b); break;
    case 48: enc_fp_rm(e, scalar, ops[o].op, a, M), says(m, "%s%s xmm%u,%s %s", ops[o].name, x, a, size, t); break;
    case 49: enc_fp_rm(e, scalar, FP_MOV_LOAD, a, M), says(m, "mov%s xmm%u,%s %s", x, a, size, t); break;
    case 50: enc_fp_rm(e, scalar, FP_MOV_STORE, a, M), says(m, "mov%s %s %s,xmm%u", x, size, t, a); break;
    case 51: enc_fp_rr(e, FP_PS, FP_MOVA, a, b), says(m, "movaps xmm%u,xmm%u", a, b); break;
    case 52: enc_fp_rr(e, (FpKind)w, FP_UCOMI, a, b), says(m, "ucomi%s xmm%u,xmm%u", suffix[2 + w], a, b); break;
    case 53: enc_fp_cmp(e, scalar, a, b, FP_CMP_NE), says(m, "cmpneq%s xmm%u,xmm%u", x, a, b); break;
    case 54:
        enc_vex_rr(e, scalar, ops[1 + o % 6].op, a, b, c),
            says(m, "v%s%s xmm%u,xmm%u,xmm%u", ops[1 + o % 6].name, x, a, b, c);
        break;
    case 55:
        enc_vex_rm(e, scalar, ops[1 + o % 6].op, a, b, M),
            says(m, "v%s%s xmm%u,xmm%u,%s %s", ops[1 + o % 6].name, x, a, b, size, t);
        break;
    case 56: enc_fma231_rr(e, w, a, b, c), says(m, "vfmadd231%s xmm%u,xmm%u,xmm%u", suffix[2 + w], a, b, c); break;
    case 57:
        enc_fma231_rm(e, w, a, b, M), says(m, "vfmadd231%s xmm%u,xmm%u,%s %s", suffix[2 + w], a, b, sizes[2 + w], t);
        break;
    case 58: enc_fp_from_bits(e, w, a, b), says(m, "mov%c xmm%u,%s", w ? 'q' : 'd', a, names[2 + w][b]); break;
    case 59: enc_fp_to_bits(e, w, a, b), says(m, "mov%c %s,xmm%u", w ? 'q' : 'd', names[2 + w][a], b); break;
    case 60: enc_fp_from_int(e, scalar, w, a, b), says(m, "cvtsi2%s xmm%u,%s", x, a, names[2 + w][b]); break;
    case 61:
        enc_fp_to_int(e, scalar, w, truncates, a, b),
            says(m, "cvt%s%s2si %s,xmm%u", truncates ? "t" : "", x, names[2 + w][a], b);
        break;
    case 62: enc_vex_cmp(e, scalar, a, b, c, FP_CMP_UNORD), says(m, "vcmpunord%s xmm%u,xmm%u,xmm%u", x, a, b, c); break;
    case 63: enc_ldmxcsr(e, M), says(m, "ldmxcsr dword ptr %s", t); break;
    default: enc_stmxcsr(e, M), says(m, "stmxcsr dword ptr %s", t); break;
    }
}

// Behind each instruction stand a HLT and padding.
static unsigned length_of(const uint8_t *slot) {
    unsigned n = SLOT - 1;
    while (n && slot[n] == INT3) n--;
    assert_int_equal(slot[n], HLT);
    return n;
}

static void run(const char *form, ...) {
    char command[600];
    va_list args;
    va_start(args, form);
    vsnprintf(command, sizeof command, form, args);
    va_end(args);
    if (system(command)) fail_msg("%s", command); // NOLINT(cert-env33-c): the folder's name is ours
}

// Both files as text, without lines of padding; the first line that differs is printed.
static void same_text(const char *folder) {
    run("cd %s && for f in made want; do objdump -D -b binary -m i386:x86-64 -M intel --no-show-raw-insn $f.bin | sed '1,/<.data>/d; /int3/d; /hlt/d' >$f.txt; done",
        folder);
    run("cd %s && { cmp -s made.txt want.txt || { diff made.txt want.txt | head -n 4; exit 1; }; }", folder);
}

static void same_as_the_assembler(void **state) {
    (void)state;
    static Made m;
    static uint8_t made[CASES * SLOT], want[CASES * SLOT];
    char folder[] = "/tmp/nightjar-enc-XXXXXX", path[100];
    const char *seed = getenv("NJ_SEED");
    Random r = {seed ? strtoull(seed, NULL, 0) : 1};
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/text.s", folder);
    m = (Made){.code = {.begin = made, .p = made, .end = made + sizeof made}, .text = fopen(path, "w"), .r = &r};
    assert_non_null(m.text);
    fputs(".intel_syntax noprefix\n", m.text);
    memset(made, INT3, sizeof made);
    for (m.n = 0; m.n < CASES; m.n++) {
        m.code.p = made + (size_t)m.n * SLOT, m.code.end = m.code.p + SLOT;
        (m.n % KINDS < 47 ? integers : floats)(&m, m.n % KINDS);
        assert_false(m.code.full);
        assert_true(m.code.p < m.code.end);
        *m.code.p = HLT;
    }
    assert_int_equal(m.code.n_insns, CASES);
    fclose(m.text);
    snprintf(path, sizeof path, "%s/made.bin", folder);
    FILE *f = fopen(path, "w");
    assert_true(f && fwrite(made, sizeof made, 1, f) == 1 && !fclose(f));
    run("cd %s && as --64 -o text.o text.s && objcopy -O binary -j .text text.o want.bin", folder);
    same_text(folder);
    snprintf(path, sizeof path, "%s/want.bin", folder);
    f = fopen(path, "r");
    assert_true(f && fread(want, sizeof want, 1, f) == 1 && !fclose(f));
    for (unsigned i = 0; i < CASES; i++) {
        unsigned have = length_of(made + (size_t)i * SLOT), least = length_of(want + (size_t)i * SLOT);
        if (have < least || have > least + m.more[i])
            fail_msg("case %u of kind %u has %u bytes, not %u", i, i % KINDS, have, least);
    }
    run("rm -r %s", folder);
}

// Without room nothing is written, not even a part.
static void nothing_without_room(void **state) {
    (void)state;
    static Made m;
    uint8_t bytes[2 * SLOT];
    Random r = {2};
    m = (Made){.text = fopen("/dev/null", "w"), .r = &r};
    assert_non_null(m.text);
    for (unsigned kind = 0; kind < KINDS; kind++) {
        memset(bytes, INT3, sizeof bytes);
        m.code = (Code){.begin = bytes, .p = bytes, .end = bytes + SLOT - 1};
        (kind < 47 ? integers : floats)(&m, kind);
        assert_true(m.code.full && m.code.p == bytes && !m.code.n_insns);
        for (size_t i = 0; i < sizeof bytes; i++) assert_int_equal(bytes[i], INT3);
    }
    fclose(m.text);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_as_the_assembler), cmocka_unit_test(nothing_without_room)};
    return cmocka_run_group_tests_name("x64_enc", tests, NULL, NULL);
}
