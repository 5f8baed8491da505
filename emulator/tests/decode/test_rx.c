// Oracles: GNU as and objdump for RX (rx_encodings.txt, 1,735 assembled instructions), and the opcode table in
// rx_opcodes.txt, which agreed with objdump on millions of random instructions.
#include "base/bits.h"
#include "guest/cover.h"
#include "guest/rand.h"
#include "guest/rx/guest_rx.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { LINE = 256, PATTERNS = 256 };

static FILE *open_data(const char *name) {
    char path[LINE];
    snprintf(path, sizeof path, "emulator/tests/decode/%s", name);
    FILE *f = fopen(path, "r");
    if (!f) fail_msg("no file %s", path);
    return f;
}

// The columns of the next line; false at the end.
static bool next_row(FILE *f, char line[LINE], char *column[3]) {
    while (fgets(line, LINE, f)) {
        if (line[0] == '#') continue;
        line[strcspn(line, "\n")] = 0;
        int n = 0;
        for (char *p = line; p && n < 3; n++) {
            column[n] = p;
            p = strstr(p, " | ");
            if (p) *p = 0, p += 3;
        }
        return true;
    }
    return false;
}

static unsigned parse_bytes(const char *text, uint8_t out[8]) {
    unsigned n = 0;
    for (char *end; n < 8; text = end, n++) {
        unsigned long v = strtoul(text, &end, 16);
        if (end == text) break;
        out[n] = (uint8_t)v;
    }
    return n;
}

// Branches: the pc follows from the distance in the assembly and the destination in the listing.
static gpc pc_of(const char *assembly, char *listing) {
    const char *dot = strstr(assembly, " .");
    char *symbol = strstr(listing, " <");
    if (symbol) *symbol = 0;
    if (!dot || (dot[2] != '+' && dot[2] != '-')) return 0x1000;
    return (uint32_t)(strtoul(strrchr(listing, ' ') + 1, NULL, 16) - (unsigned long)strtol(dot + 2, NULL, 10));
}

static void test_encodings(void **state) {
    (void)state;
    char line[LINE], ours[LINE], *column[3];
    unsigned rows = 0, bad = 0;
    FILE *f = open_data("rx_encodings.txt");
    while (next_row(f, line, column)) {
        uint8_t bytes[8] = {0};
        unsigned n = parse_bytes(column[0], bytes);
        for (unsigned k = n; k < 8; k++) bytes[k] = 0xaa;
        gpc pc = pc_of(column[1], column[2]);
        Insn insn = guest_rx.decode(bytes, 8, pc);
        guest_rx.print(ours, sizeof ours, &insn, pc);
        for (char *p = ours; *p; p++) *p = *p == '\t' ? ' ' : *p;
        rows++;
        bool cut = n > 1 && guest_rx.decode(bytes, n - 1, pc).len == n;
        if (insn.len == n && strcmp(ours, column[2]) == 0 && guest_rx.decode(bytes, n, pc).len == n && !cut) continue;
        if (bad++ < 20) print_error("%s: ours '%s' (%u bytes), objdump '%s'\n", column[0], ours, insn.len, column[2]);
    }
    fclose(f);
    assert_int_equal(rows, 1735);
    assert_int_equal(bad, 0);
}

// ---- every two-byte prefix
typedef struct Pattern {
    char bits[80];
    unsigned n;
    bool ld3;  // ld = 3 is a form of its own
    bool zero; // no register range from R0
} Pattern;

static unsigned read_patterns(Pattern out[PATTERNS]) {
    char line[LINE], *column[3];
    unsigned n = 0;
    FILE *f = open_data("rx_opcodes.txt");
    while (next_row(f, line, column)) {
        Pattern *p = &out[n++];
        *p = (Pattern){.ld3 = strstr(column[1], "ld=11") != NULL, .zero = strchr(column[0], 'q') != NULL};
        for (const char *c = column[0]; *c; c++)
            if (*c != ' ') p->bits[p->n++] = *c;
    }
    fclose(f);
    return n;
}

static unsigned field(const Pattern *p, char letter, const uint8_t *bytes, unsigned *width) {
    unsigned v = 0;
    *width = 0;
    for (unsigned i = 0; i < p->n; i++) {
        if (p->bits[i] != letter) continue;
        v = v << 1 | (bytes[i / 8] >> (7 - i % 8) & 1);
        ++*width;
    }
    return v;
}

// Values of fields that the table leaves unassigned.
static bool reserved(const Pattern *p, const uint8_t *bytes) {
    unsigned w;
    bool sccnd = strncmp(p->bits, "111111001101", 12) == 0,
         unsigned_two = strncmp(p->bits, "1111110100111", 13) == 0 || strncmp(p->bits, "1111111011", 10) == 0;
    unsigned z = field(p, 'z', bytes, &w);
    if (w == 2 && (z == 3 || (z == 2 && unsigned_two))) return true;
    if (field(p, 'l', bytes, &w) == 3 && w == 2 && !p->ld3) return true;
    if (field(p, 'e', bytes, &w) == 3 && w == 2 && (!p->ld3 || (sccnd && z != 2))) return true;
    unsigned c = field(p, 'c', bytes, &w);
    if (w == 4 && c >= 14) return true;
    static const uint16_t control = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 0x1f << 8;
    unsigned k = field(p, 'k', bytes, &w);
    bool writes = strncmp(p->bits, "011111101110", 12) == 0 || strncmp(p->bits, "11111101011", 11) == 0;
    writes = writes && strncmp(p->bits, "1111110101101010", 16) != 0;
    if (w && (!(control >> k & 1) || (writes && k == 1))) return true;
    unsigned flag = field(p, 'p', bytes, &w);
    if (w && !(0x30f >> flag & 1)) return true;
    return p->zero && field(p, 'r', bytes, &w) == 0;
}

static bool matches(const Pattern *p, const uint8_t *bytes) {
    for (unsigned i = 0; i < p->n; i++) {
        int bit = bytes[i / 8] >> (7 - i % 8) & 1;
        if ((p->bits[i] == '0' && bit) || (p->bits[i] == '1' && !bit)) return false;
    }
    return !reserved(p, bytes);
}

static void test_prefixes(void **state) {
    (void)state;
    static Pattern patterns[PATTERNS];
    unsigned n = read_patterns(patterns), known = 0, bad = 0;
    static const uint32_t fillers[] = {0, 0x39, 0x0439, 0xf00f, 0x1c9f, 0xffffffff, 0x1170, 0x0a59, 0xe2, 0x10c0};
    assert_true(n > 180);
    for (uint32_t prefix = 0; prefix < 1 << 16; prefix++)
        for (unsigned k = 0; k < ARRAY_LEN(fillers); k++) {
            uint8_t b[8] = {(uint8_t)(prefix >> 8),      (uint8_t)prefix,
                            (uint8_t)fillers[k],         (uint8_t)(fillers[k] >> 8),
                            (uint8_t)(fillers[k] >> 16), (uint8_t)(fillers[k] >> 24)};
            bool theirs = false;
            for (unsigned i = 0; i < n && !theirs; i++) theirs = matches(&patterns[i], b);
            Insn insn = guest_rx.decode(b, 8, 0);
            known += theirs;
            if ((insn.len != 0) == theirs) continue;
            if (bad++ < 20)
                print_error("%02x %02x %02x %02x: ours %s, table says %s\n", b[0], b[1], b[2], b[3],
                            insn.len ? guest_rx.op_names[insn.op] : "undefined", theirs ? "defined" : "undefined");
        }
    assert_int_equal(bad, 0);
    assert_true(known > (1u << 16) * ARRAY_LEN(fillers) / 2);
}

// Every row comes out at random and decodes to itself; what is encoded from its fields is itself again.
static void test_rand(void **state) {
    (void)state;
    RandLimits l = rand_limits_default();
    for (unsigned i = 0; i < INSN_CLASS_COUNT; i++) l.weight[i] = 1;
    Cover cover;
    cover_init(&cover, &guest_rx);
    Rng rng = {5};
    for (int i = 0; i < 60000; i++) {
        uint8_t b[INSN_BYTES_MAX], again[INSN_BYTES_MAX];
        uint16_t op;
        unsigned n = (unsigned)rand_insn(&rx_insns, &rng, &l, b, &op);
        Insn insn = guest_rx.decode(b, n, 0);
        assert_int_equal(insn.len, n);
        assert_int_equal(insn.op, op);
        assert_int_equal(insn_encode(&rx_insns, op, insn.f, again), n);
        assert_memory_equal(b, again, n);
        cover_insn(&cover, &insn);
    }
    assert_int_equal(cover_missing(&cover), 0);
    cover_free(&cover);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_rand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
