// Oracle: the assembler of GNU binutils. Each row of the encoder of host/rv64 with random operands, jumps over random
// distances, and constants of every size: the same bytes as the assembler makes of the same words. The encoder needs no
// RISC-V machine, so every host tests it.
//
// NJ_SEED in the environment chooses other values.
#include "host/rv64/enc.c" // NOLINT(bugprone-suspicious-include): libemu has the encoder of one host
#include "tests/lib/random_unit.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

enum { TIMES = 20, ROOM = 1 << 20 };

typedef struct Made {
    Code code;
    FILE *words;
} Made;

// A row as the assembler wants it.
static void random_row(Made *m, Random *r, RvOp op) {
    static const char *const rounding[] = {"rne", "rtz", "rdn", "rup", "rmm"};
    const char *t = rv_rows[op].text;
    Code *c = &m->code;
    FILE *w = m->words;
    unsigned d = random_below(r, 32), a = random_below(r, 32), b = random_below(r, 32), k = random_below(r, 32);
    unsigned rm = random_below(r, 5), f = 32;
    int imm = (int)random_below(r, 4096) - 2048, high = (int)random_below(r, 1 << 20);
    const char *mode = rounding[rm];
    switch (rv_rows[op].form) {
    case RV_FORM_R: enc_r(c, op, d, a, b), fprintf(w, "%s x%u,x%u,x%u\n", t, d, a, b); break;
    case RV_FORM_R1: enc_r1(c, op, d, a), fprintf(w, "%s x%u,x%u\n", t, d, a); break;
    case RV_FORM_I: enc_i(c, op, d, a, imm), fprintf(w, "%s x%u,x%u,%d\n", t, d, a, imm); break;
    case RV_FORM_SHIFT: enc_i(c, op, d, a, imm & 63), fprintf(w, "%s x%u,x%u,%d\n", t, d, a, imm & 63); break;
    case RV_FORM_SHIFTW: enc_i(c, op, d, a, imm & 31), fprintf(w, "%s x%u,x%u,%d\n", t, d, a, imm & 31); break;
    case RV_FORM_U: enc_u(c, op, d, (int)((unsigned)high << 12)), fprintf(w, "%s x%u,%d\n", t, d, high); break;
    case RV_FORM_LOAD: enc_i(c, op, d, a, imm), fprintf(w, "%s x%u,%d(x%u)\n", t, d, imm, a); break;
    case RV_FORM_FLOAD: enc_i(c, op, f + d, a, imm), fprintf(w, "%s f%u,%d(x%u)\n", t, d, imm, a); break;
    case RV_FORM_STORE: enc_s(c, op, b, a, imm), fprintf(w, "%s x%u,%d(x%u)\n", t, b, imm, a); break;
    case RV_FORM_FSTORE: enc_s(c, op, f + b, a, imm), fprintf(w, "%s f%u,%d(x%u)\n", t, b, imm, a); break;
    case RV_FORM_FENCE: enc_r1(c, op, 0, 0), fprintf(w, "%s rw,rw\n", t); break;
    case RV_FORM_CSR_READ: enc_r1(c, op, d, 0), fprintf(w, "%s x%u\n", t, d); break;
    case RV_FORM_CSR_WRITE: enc_r1(c, op, d, a), fprintf(w, "%s x%u,x%u\n", t, d, a); break;
    case RV_FORM_AMO: enc_r(c, op, d, a, b), fprintf(w, "%s x%u,x%u,(x%u)\n", t, d, b, a); break;
    case RV_FORM_AMO_LOAD: enc_r1(c, op, d, a), fprintf(w, "%s x%u,(x%u)\n", t, d, a); break;
    case RV_FORM_F: enc_r(c, op, f + d, f + a, f + b), fprintf(w, "%s f%u,f%u,f%u\n", t, d, a, b); break;
    case RV_FORM_FCMP: enc_r(c, op, d, f + a, f + b), fprintf(w, "%s x%u,f%u,f%u\n", t, d, a, b); break;
    case RV_FORM_FRM:
        enc_rm(c, op, rm, f + d, f + a, f + b, 0), fprintf(w, "%s f%u,f%u,f%u,%s\n", t, d, a, b, mode);
        break;
    case RV_FORM_FRM1: enc_rm(c, op, rm, f + d, f + a, 0, 0), fprintf(w, "%s f%u,f%u,%s\n", t, d, a, mode); break;
    case RV_FORM_FMA:
        enc_rm(c, op, rm, f + d, f + a, f + b, f + k), fprintf(w, "%s f%u,f%u,f%u,f%u,%s\n", t, d, a, b, k, mode);
        break;
    case RV_FORM_TO_INT: enc_rm(c, op, rm, d, f + a, 0, 0), fprintf(w, "%s x%u,f%u,%s\n", t, d, a, mode); break;
    case RV_FORM_FROM_INT: enc_rm(c, op, rm, f + d, a, 0, 0), fprintf(w, "%s f%u,x%u,%s\n", t, d, a, mode); break;
    case RV_FORM_FEXACT1: enc_r1(c, op, f + d, f + a), fprintf(w, "%s f%u,f%u\n", t, d, a); break;
    case RV_FORM_EXACT_INT:
    case RV_FORM_FROM_BITS: enc_r1(c, op, f + d, a), fprintf(w, "%s f%u,x%u\n", t, d, a); break;
    case RV_FORM_TO_BITS: enc_r1(c, op, d, f + a), fprintf(w, "%s x%u,f%u\n", t, d, a); break;
    default: assert_true(rv_rows[op].form == RV_FORM_J || rv_rows[op].form == RV_FORM_B); // jumps, below
    }
}

static void random_jump(Made *m, Random *r, RvOp op, unsigned reach) {
    unsigned a = random_below(r, 32), b = random_below(r, 32), at = code_offset(&m->code);
    int distance = (int)random_below(r, reach / 2) * 4 - (int)reach;
    if (op == RV_JAL)
        enc_jump(&m->code), fprintf(m->words, "jal x0,.%+d\n", distance);
    else
        enc_branch(&m->code, op, a, b), fprintf(m->words, "%s x%u,x%u,.%+d\n", rv_rows[op].text, a, b, distance);
    assert_true(enc_aim(&m->code, at, at + (unsigned)distance));
}

// What they are is checked by running them, in test_ops; here only that the count is right.
static void count_constants(Random *r) {
    uint8_t room[64];
    for (unsigned i = 0; i < 20000; i++) {
        int64_t v = (int64_t)random_interesting(r);
        Code c = {.begin = room, .p = room, .end = room + sizeof room};
        enc_li(&c, 5, v);
        assert_int_equal(c.n_insns, enc_li_insns(v));
        assert_in_range(c.n_insns, 1, 8);
    }
}

static void test_rows(void **state) {
    (void)state;
    Random r = {getenv("NJ_SEED") ? strtoull(getenv("NJ_SEED"), NULL, 0) : 1};
    char folder[] = "/tmp/rv64-enc-XXXXXX", command[512];
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command, "%s/in.s", folder);
    Made m = {.words = fopen(command, "w")};
    assert_non_null(m.words);
    m.code.begin = m.code.p = malloc(ROOM), m.code.end = m.code.begin + ROOM;
    assert_non_null(m.code.begin);
    fprintf(m.words, ".option norvc\n.option norelax\n");
    for (unsigned i = 0; i < TIMES; i++) {
        for (unsigned op = 0; op < RV_OP_COUNT; op++) random_row(&m, &r, (RvOp)op);
        for (unsigned op = RV_BEQ; op <= RV_BGEU; op++) random_jump(&m, &r, (RvOp)op, 4096);
        random_jump(&m, &r, RV_JAL, RV_JAL_REACH);
    }
    fclose(m.words);
    count_constants(&r);
    snprintf(command, sizeof command,
             "cd %s && riscv64-unknown-elf-as -march=rv64gc_zba_zbb_zbs in.s -o out.o && "
             "riscv64-unknown-elf-objcopy -O binary -j .text out.o out.bin",
             folder);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "%s/out.bin", folder);
    FILE *f = fopen(command, "r");
    assert_non_null(f);
    uint32_t n = code_offset(&m.code), ours, theirs;
    for (uint32_t at = 0; at < n; at += 4) {
        assert_int_equal(fread(&theirs, 4, 1, f), 1);
        memcpy(&ours, m.code.begin + at, 4);
        if (ours != theirs) fail_msg("instruction %u of %s/in.s: %08x instead of %08x", at / 4, folder, ours, theirs);
    }
    assert_int_equal(fread(&theirs, 1, 1, f), 0);
    fclose(f);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    free(m.code.begin);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
