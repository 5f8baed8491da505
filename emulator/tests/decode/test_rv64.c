// Oracle: GNU objdump of riscv64-unknown-elf, told that the code is
// rv64imafdc_zicsr_zifencei_zba_zbb_zbs.
//
// All compressed words, and many 32-bit words: random ones, and every row of the table with random fields and flipped
// bits. What objdump prints for each is compared as text, without its symbols. The deviations are in
// known_difference(); what binutils 2.40 does not know yet is in name_newer(), by the manual.
#include "base/bits.h"
#include "guest/rv64/guest_rv64.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { LINE = 256 };

static uint64_t next_random(uint64_t *state) { // splitmix64
    uint64_t z = (*state += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static void run(const char *fmt, ...) {
    char cmd[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(cmd, sizeof cmd, fmt, ap);
    va_end(ap);
    if (system(cmd) != 0) fail_msg("failed: %s", cmd);
}

// Writes the words as .text of an ELF without symbols and opens its disassembly.
static FILE *disassemble(const uint32_t *words, size_t n, unsigned size) {
    char dir[] = "/tmp/nightjar-decode-XXXXXX", path[64], cmd[256];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/code", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (size_t i = 0; i < n; i++) fwrite(&words[i], size, 1, f);
    assert_int_equal(fclose(f), 0);
    run("cd %s && printf '.text\\n.space 4\\n' | "
        "riscv64-unknown-elf-as -march=rv64imafdc_zicsr_zifencei_zba_zbb_zbs -o a.o - && "
        "riscv64-unknown-elf-objcopy --update-section .text=code a.o && riscv64-unknown-elf-strip a.o && "
        "riscv64-unknown-elf-objdump -d -z -M no-aliases,numeric a.o > text",
        dir);
    snprintf(cmd, sizeof cmd, "cat %s/text && rm -r %s", dir, dir);
    f = popen(cmd, "r");
    assert_non_null(f);
    return f;
}

// The next instruction of the listing: "addr:\tbytes\tmnemonic\toperands". Comments and symbols are cut off.
static bool next_line(FILE *f, uint64_t *pc, char text[LINE]) {
    char line[LINE];
    while (fgets(line, sizeof line, f)) {
        char *tab = strchr(line, '\t'), *second = tab ? strchr(tab + 1, '\t') : NULL;
        if (!second || sscanf(line, " %lx:", pc) != 1) continue;
        snprintf(text, LINE, "%s", second + 1);
        char *end;
        if ((end = strstr(text, " <"))) *end = 0;
        if ((end = strstr(text, " #"))) *end = 0;
        text[strcspn(text, "\n")] = 0;
        size_t n = strlen(text);
        while (n && text[n - 1] == ' ') text[--n] = 0;
        return true;
    }
    return false;
}

static bool is_unknown(const char *text) { return text[0] == '.'; }

// Fills in what a later objdump prints. "Zicond" Extension for Integer Conditional Operations:
//   0000111 rs2 rs1 101 rd 0110011 czero.eqz      0000111 rs2 rs1 111 rd 0110011 czero.nez
static void name_newer(uint32_t word, char theirs[LINE]) {
    if (!is_unknown(theirs) || (word & 0xfe00507f) != 0x0e005033) return;
    snprintf(theirs, LINE, "czero.%s\tx%u,x%u,x%u", word & 0x2000 ? "nez" : "eqz", word >> 7 & 31, word >> 15 & 31,
             word >> 20 & 31);
}

static bool known_difference(uint32_t word, const char *ours, const char *theirs) {
    if (strcmp(theirs, "c.unimp") == 0 && word == 0) return true; // all zeros: defined to be illegal
    if (strcmp(theirs, "c.addi16sp\tx2,0") == 0) return true;     // immediate 0 is reserved
    // Instructions of modes that are not there, and of an old privileged manual.
    static const char *const old[] = {"uret", "hret", "dret", "sfence.vm"};
    for (size_t i = 0; i < ARRAY_LEN(old); i++)
        if (strcmp(ours, "undefined") == 0 && strncmp(theirs, old[i], strlen(old[i])) == 0) return true;
    if (is_unknown(theirs) && strncmp(ours, "fence", 5) == 0) return true; // reserved fields are ignored
    // It knows the conversions that are always exact with rounding mode 0 only; any is valid.
    if (is_unknown(theirs) && (strncmp(ours, "fcvt.d.w", 8) == 0 || strncmp(ours, "fcvt.d.s", 8) == 0)) return true;
    return false;
}

static void compare(const uint32_t *words, size_t n, unsigned size) {
    FILE *f = disassemble(words, n, size);
    uint64_t pc;
    char theirs[LINE], ours[LINE];
    unsigned bad = 0, known = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(next_line(f, &pc, theirs));
        assert_int_equal(pc, i * size);
        if (size == 4) name_newer(words[i], theirs);
        uint8_t bytes[4];
        memcpy(bytes, &words[i], 4);
        Insn insn = guest_rv64.decode(bytes, size, pc);
        guest_rv64.print(ours, sizeof ours, &insn, pc);
        bool same = insn.len ? strcmp(ours, theirs) == 0 : is_unknown(theirs);
        assert_true(insn.len == 0 || insn.len == size);
        known += insn.len != 0;
        if (same || known_difference(words[i], ours, theirs)) continue;
        if (bad++ < 20) print_error("%08x: ours '%s', objdump '%s'\n", words[i], ours, theirs);
    }
    assert_false(next_line(f, &pc, theirs));
    pclose(f);
    assert_int_equal(bad, 0);
    assert_true(known > n / 4); // otherwise nothing was tested
}

static void test_compressed(void **state) {
    (void)state;
    static uint32_t words[1 << 16];
    size_t n = 0;
    for (uint32_t w = 0; w < 1 << 16; w++)
        if ((w & 3) != 3) words[n++] = w;
    compare(words, n, 2);
}

static void test_words(void **state) {
    (void)state;
    enum { RANDOM = 20000, PER_ROW = 300 };
    static uint32_t words[RANDOM + 256 * PER_ROW * 2];
    size_t n = 0;
    uint64_t seed = 1;
    for (int i = 0; i < RANDOM; i++) {
        uint32_t w = (uint32_t)next_random(&seed) | 3;
        if ((w & 0x1f) == 0x1f) w ^= 4; // 48-bit and longer encodings
        words[n++] = w;
    }
    for (unsigned op = 0; op < guest_rv64.n_ops; op++) {
        const InsnRow *r = &rv64_insns.rows[op];
        if (r->len != 4) continue;
        for (int i = 0; i < PER_ROW; i++) {
            uint64_t x = next_random(&seed);
            uint32_t w = (uint32_t)((x & ~r->mask) | r->bits);
            words[n++] = w;
            words[n++] = w ^ (1u << (5 + (x >> 32) % 27)); // stays a 32-bit encoding
        }
    }
    compare(words, n, 4);
}

// A pattern that is cut off is not an instruction, and bytes behind it do not matter.
static void test_lengths(void **state) {
    (void)state;
    const uint8_t addi[8] = {0x13, 0x05, 0xf5, 0xff, 0xff, 0xff, 0xff, 0xff}, nop[8] = {0x01, 0x00, 0xff, 0xff};
    assert_int_equal(guest_rv64.decode(addi, 2, 0).len, 0);
    assert_int_equal(guest_rv64.decode(addi, 3, 0).len, 0);
    for (unsigned n = 4; n <= 8; n++) {
        Insn insn = guest_rv64.decode(addi, n, 0);
        assert_int_equal(insn.len, 4);
        assert_int_equal(insn.raw, 0xfff50513);
    }
    assert_int_equal(guest_rv64.decode(nop, 1, 0).len, 0);
    assert_int_equal(guest_rv64.decode(nop, 8, 0).len, 2);
    assert_int_equal(guest_rv64.decode(nop, 8, 0).raw, 1);
}

// Encoding the fields of a decoded instruction gives its bytes back, where no bit is ignored.
static void test_encode(void **state) {
    (void)state;
    uint64_t seed = 2;
    for (unsigned op = 0; op < guest_rv64.n_ops; op++) {
        const InsnRow *r = &rv64_insns.rows[op];
        for (int i = 0; i < 200; i++) {
            uint8_t in[8], out[8];
            uint64_t raw = (next_random(&seed) & ~r->mask & bits_mask(8 * r->len)) | r->bits;
            memcpy(in, &raw, 8);
            Insn insn = guest_rv64.decode(in, 8, 0);
            if (insn.len == 0 || insn.op != op || r->klass == INSN_CLASS_FENCE) continue;
            assert_int_equal(insn_encode(&rv64_insns, insn.op, insn.f, out), insn.len);
            assert_memory_equal(in, out, insn.len);
        }
    }
    int64_t too_big[INSN_FIELDS] = {1, 2, 0, 4096};
    uint8_t out[8];
    assert_int_equal(insn_encode(&rv64_insns, 0, (int64_t[INSN_FIELDS]){40}, out), 0); // no such register
    for (unsigned op = 0; op < guest_rv64.n_ops; op++)
        if (strcmp(guest_rv64.op_names[op], "addi") == 0)
            assert_int_equal(insn_encode(&rv64_insns, (uint16_t)op, too_big, out), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compressed),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_encode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
