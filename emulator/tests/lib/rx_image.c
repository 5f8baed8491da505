// Subroutines that fill and print, then one stream behind the other. See rx_image.h.
//
//   IMAGE  code, from here on; never written     DATA  AREA bytes, set before every stream     STACK  downwards
//
// Registers of a stream: r0 stack, r12 rounds left, r13 and r14 address data; r1..r11 are random; r15 PSW at the
// end of the last round.
#include "tests/lib/rx_image.h"
#include "base/vec.h"
#include "guest/rand.h"
#include "guest/rx/guest_rx.h"
#include "guest/rx/rx.h"
#include <elf.h>
#include <stdio.h>
#include <string.h>

#define IMAGE 0x01000000u
#define DATA  0x01800000u
#define STACK 0x01810000u

enum { AREA = 0x1000, BASES = 1 << 13 | 1 << 14, COUNTER = 12, SOURCES = 0xffe, GROUP_MAX = 100, EM_OF_RX = 173 };
enum {
    SCI_SCR = 0x88242,
    SCI_TDR = 0x88243,
    SCI_SSR = 0x88244,
    SCR_TE = 0x20,
    END_REGISTER = 0x8ff00,
    END_PASS = 0x5555
};
enum { SAVED_WORDS = 18 }; // ACC 47:16, ACC 63:32, r1..r15, PSW

typedef VEC(uint8_t) Bytes;

typedef struct Image {
    Bytes code;
    uint32_t put_char, print_hex, hash, fill, report; // offsets of the subroutines
} Image;

// ---- bytes
static void put(Bytes *b, const void *bytes, unsigned n) {
    for (unsigned i = 0; i < n; i++) vec_push(b, ((const uint8_t *)bytes)[i]);
}

#define PUT(b, ...) put(b, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void put_le(Bytes *b, uint32_t v, unsigned n) {
    for (unsigned i = 0; i < n; i++) vec_push(b, (uint8_t)(v >> (8 * i)));
}

static uint8_t pair(unsigned high, unsigned low) { return (uint8_t)(high << 4 | low); }

static void load(Bytes *b, unsigned reg, uint32_t v) { // MOV.L #imm32, reg
    PUT(b, 0xfb, pair(reg, 2));
    put_le(b, v, 4);
}

static void call(Bytes *b, uint32_t to) { // BSR.A
    int distance = (int)to - (int)b->n;
    PUT(b, 0x05);
    put_le(b, (uint32_t)distance, 3);
}

static void back_unless_zero(Bytes *b, uint32_t to) { // BNE.B
    int distance = (int)to - (int)b->n;
    PUT(b, 0x21, (uint8_t)distance);
}

// ---- subroutines
static void add_put_char(Image *m) { // r5; changes r6, r7
    Bytes *b = &m->code;
    m->put_char = b->n;
    load(b, 6, SCI_SSR);
    PUT(b, 0x58, 0x67); // MOVU.B [r6], r7
    PUT(b, 0x7c, 0x77); // BTST #7, r7: TDRE
    PUT(b, 0x20, 0xfc); // BEQ.B back to the MOVU
    load(b, 6, SCI_TDR);
    PUT(b, 0xc3, 0x65); // MOV.B r5, [r6]
    PUT(b, 0x02);       // RTS
}

static void put_letter(Image *m, char c) {
    load(&m->code, 5, (uint8_t)c);
    call(&m->code, m->put_char);
}

static void add_print_hex(Image *m) { // r1 in letters A..P and a space; changes r2, r5..r7
    Bytes *b = &m->code;
    m->print_hex = b->n;
    load(b, 2, 8);
    uint32_t head = b->n;
    PUT(b, 0xfd, 0x6e, 0x41); // ROTL #4, r1
    PUT(b, 0xef, 0x15);       // MOV.L r1, r5
    PUT(b, 0x64, 0xf5);       // AND #15, r5
    PUT(b, 0x71, 0x55, 'A');  // ADD #'A', r5
    call(b, m->put_char);
    PUT(b, 0x60, 0x12); // SUB #1, r2
    back_unless_zero(b, head);
    put_letter(m, ' ');
    PUT(b, 0x02);
}

static void add_hash(Image *m) { // r1 = hash of the longwords from r3 to r4; changes r3, r5
    Bytes *b = &m->code;
    m->hash = b->n;
    load(b, 1, 0x811c9dc5);
    uint32_t head = b->n;
    PUT(b, 0xfd, 0x2a, 0x35); // MOV.L [r3+], r5
    PUT(b, 0xfc, 0x37, 0x51); // XOR r5, r1
    PUT(b, 0xfd, 0x6e, 0x71); // ROTL #7, r1
    PUT(b, 0x74, 0x11);       // MUL #imm32, r1
    put_le(b, 16777619, 4);
    PUT(b, 0x47, 0x43); // CMP r4, r3
    back_unless_zero(b, head);
    PUT(b, 0x02);
}

static void add_fill(Image *m) { // the data area from the number in r1; changes r1, r3..r5
    Bytes *b = &m->code;
    m->fill = b->n;
    load(b, 3, DATA);
    load(b, 4, DATA + AREA);
    uint32_t head = b->n;
    PUT(b, 0x74, 0x11); // MUL #imm32, r1
    put_le(b, 1664525, 4);
    PUT(b, 0x70, 0x11); // ADD #imm32, r1
    put_le(b, 1013904223, 4);
    PUT(b, 0xef, 0x15);       // MOV.L r1, r5
    PUT(b, 0xfd, 0x6e, 0xd5); // ROTL #13, r5
    PUT(b, 0xfc, 0x37, 0x15); // XOR r1, r5
    PUT(b, 0xfd, 0x22, 0x35); // MOV.L r5, [r3+]
    PUT(b, 0x47, 0x43);       // CMP r4, r3
    back_unless_zero(b, head);
    PUT(b, 0x02);
}

// One line. The words lie on the stack from r0 on; behind a call in here they are where r8 points.
static void add_report(Image *m, bool all) {
    Bytes *b = &m->code;
    m->report = b->n;
    PUT(b, 0x7e, 0xc0);       // PUSHC PSW
    PUT(b, 0x6e, 0x1f);       // PUSHM r1-r15
    PUT(b, 0xfd, 0x1f, 0x01); // MVFACHI r1
    PUT(b, 0x7e, 0xa1);       // PUSH.L r1
    PUT(b, 0xfd, 0x1f, 0x21); // MVFACMI r1
    PUT(b, 0x7e, 0xa1);       // PUSH.L r1
    PUT(b, 0xef, 0x08);       // MOV.L r0, r8
    for (unsigned i = 0; all && i < SAVED_WORDS; i++) {
        PUT(b, 0xed, 0x81, (uint8_t)i); // MOV.L i*4[r8], r1
        call(b, m->print_hex);
    }
    PUT(b, 0xef, 0x83);                  // MOV.L r8, r3
    PUT(b, 0x71, 0x84, 4 * SAVED_WORDS); // ADD #, r8, r4
    call(b, m->hash);
    call(b, m->print_hex);
    load(b, 3, DATA);
    load(b, 4, DATA + AREA);
    call(b, m->hash);
    call(b, m->print_hex);
    put_letter(m, '\n');
    PUT(b, 0x71, 0x80, 4 * SAVED_WORDS); // ADD #, r8, r0
    PUT(b, 0x02);
}

// ---- what a stream is made of
static unsigned reg_of(Rng *r) { return 1 + (unsigned)rng_below(r, 10); }
static unsigned base_of(Rng *r) { return 13 + (unsigned)rng_below(r, 2); }

enum { FLAG_C = 1, FLAG_Z = 2, FLAG_S = 4, FLAG_O = 8 };

// SETPSW or CLRPSW of each: what was in them before can no longer be seen.
static void overwrite_flags(Bytes *b, Rng *r, unsigned flags) {
    for (unsigned f = 0; f < 4; f++)
        if (flags >> f & 1) PUT(b, 0x7f, (uint8_t)((rng_below(r, 2) ? 0xa0 : 0xb0) | f));
}

// QEMU declares floating point, division and string instructions as if they wrote no register, and they write
// flags and R1..R3: what the same translated block has loaded before stays as it was. A branch to the next
// instruction begins a new block.
static void begin_block(Bytes *b) { PUT(b, 0x2e, 0x02); } // BRA.B

static bool is_float2(uint16_t op) {
    return op == RX_FADD_I || op == RX_FADD_M || op == RX_FSUB_I || op == RX_FSUB_M || op == RX_FMUL_I ||
           op == RX_FMUL_M || op == RX_FDIV_I || op == RX_FDIV_M;
}

static bool is_division(uint16_t op) { return op == RX_DIV_I || op == RX_DIV_M || op == RX_DIVU_I || op == RX_DIVU_M; }

static bool left_out(uint16_t op) {
    return op == RX_SATR    // saturates to the wrong side
           || op == RX_RACW // shifts by one bit too many
           || op == RX_SC_M // decodes address mode and size from each other's bits
        ;
}

// QEMU's FTOI and ROUND make 0x7fffffff of a negative NaN: the source loses its sign, or the
// lowest bit of its exponent.
static void avoid_negative_nan(Bytes *b, Rng *r, const Insn *i) {
    unsigned rs = (unsigned)i->f[RX_F_RS], bit = rng_below(r, 2) ? 31 : 23;
    if (i->f[RX_F_LD] == 3) {
        PUT(b, (uint8_t)(0x7a | bit >> 4), pair(bit & 15, rs)); // BCLR #, rs
    } else {
        PUT(b, 0xf2, (uint8_t)(rs << 4 | 8 | 7)); // BCLR #7, dsp:16[rs].B
        put_le(b, (uint32_t)i->f[RX_F_DSP] * 4 + bit / 8, 2);
    }
}

static void before_insn(Bytes *b, Rng *r, const Insn *i) {
    unsigned rs = (unsigned)i->f[RX_F_RS], rd = (unsigned)i->f[RX_F_RD];
    if (i->op == RX_SHLL_RR || i->op == RX_SHLR_RR || i->op == RX_SHAR_RR)
        PUT(b, 0x75, pair(2, rs), 31); // AND #31: counts of 32, 64 and so on have wrong results
    if (rx_insns.rows[i->op].ext == RX_EXT_FLOAT || is_division(i->op)) begin_block(b);
    if (i->op == RX_ROUND_M || i->op == RX_FTOI_M) avoid_negative_nan(b, r, i);
    if (is_float2(i->op)) { // of two NaNs the wrong one is kept: BCLR #23 makes one operand a number
        bool source = (i->op == RX_FADD_M || i->op == RX_FSUB_M || i->op == RX_FMUL_M || i->op == RX_FDIV_M) &&
                      i->f[RX_F_LD] == 3 && rng_below(r, 2);
        PUT(b, 0x7b, pair(7, source ? rs : rd));
    }
}

static void after_insn(Bytes *b, Rng *r, const Insn *i) {
    unsigned rd = (unsigned)i->f[RX_F_RD];
    switch (i->op) {
    case RX_SHLL_I3:
    case RX_SHLL_RR: overwrite_flags(b, r, FLAG_C | FLAG_O); break; // C: any bit shifted out; O: always 0
    case RX_SHLR_I3:
    case RX_SHLR_RR: overwrite_flags(b, r, FLAG_O); break;               // cleared
    case RX_ABS: overwrite_flags(b, r, FLAG_Z | FLAG_S | FLAG_O); break; // writes none
    case RX_NEG: overwrite_flags(b, r, FLAG_O); break;                   // 0 for 0x80000000
    case RX_FTOI_M:
    case RX_ROUND_M: PUT(b, 0xfc, 0x33, pair(rd, rd)); break; // TST: Z is 1 for 0x80000000
    default: break;
    }
}

static RandLimits limits(void) {
    RandLimits l = rand_limits_default();
    l.exts = 1u << RX_EXT_ARITH | 1u << RX_EXT_LOGIC | 1u << RX_EXT_SHIFT | 1u << RX_EXT_MOVE | 1u << RX_EXT_BIT |
             1u << RX_EXT_DSP | 1u << RX_EXT_FLOAT;
    l.weight[INSN_CLASS_ALU] = 4;
    l.dest = 0x7fe, l.src = SOURCES, l.base = BASES; // EMUL of r10 writes r11
    l.offset_min = 0, l.offset_max = 255;
    return l;
}

static void random_insn(Bytes *b, Rng *r) {
    RandLimits l = limits();
    uint8_t bytes[INSN_BYTES_MAX];
    Insn insn;
    unsigned n;
    do {
        n = (unsigned)rand_insn(&rx_insns, r, &l, bytes, NULL);
        Insn as_written = insn_decode(&rx_insns, bytes, n);
        insn = insn_expand(&rx_insns, &as_written);
    } while (left_out(insn.op));
    before_insn(b, r, &insn);
    put(b, bytes, n);
    after_insn(b, r, &insn);
}

static uint32_t data_address(Rng *r) { return DATA + 256 + (uint32_t)rng_below(r, AREA - 512); }

// RMPA is left out: it never ends in QEMU.
static void string_insn(Bytes *b, Rng *r) {
    unsigned kind = (unsigned)rng_below(r, 7), size = (unsigned)rng_below(r, 3);
    uint32_t at = data_address(r);
    bool compares = kind >= 4;
    load(b, 1, at);
    if (kind == 3 || kind >= 5) { // SSTR, SUNTIL, SWHILE: a value
        uint32_t v = rng_below(r, 2) ? (uint32_t)rng_next(r) : (uint32_t)rng_below(r, 256);
        if (rng_below(r, 3))
            load(b, 2, v);
        else
            PUT(b, (uint8_t)(0x58 | (size & 1) << 2), pair(13, 2)); // MOVU [r13], r2
    } else {
        load(b, 2, compares && rng_below(r, 2) ? at : data_address(r));
    }
    load(b, 3, (uint32_t)rng_below(r, 40));
    begin_block(b);
    static const uint8_t op[] = {0x8f, 0x8b, 0x87, 0x88, 0x83, 0x80, 0x84};
    PUT(b, 0x7f, (uint8_t)(op[kind] | (kind == 3 || kind >= 5 ? size : 0)));
    if (kind == 5) overwrite_flags(b, r, FLAG_C);          // SUNTIL: the other way round
    if (kind == 6) overwrite_flags(b, r, FLAG_C | FLAG_Z); // SWHILE: the same, and Z says that R3 is 0
}

static void memory_insn(Bytes *b, Rng *r) { // addressing modes of MOV whose registers have to be prepared
    unsigned size = (unsigned)rng_below(r, 3), small = (unsigned)rng_below(r, 2), a = reg_of(r), d = reg_of(r);
    switch (rng_below(r, 4)) {
    case 0: { // [Rs+], [-Rs]: store, load, load without sign
        static const uint8_t kinds[] = {0x20, 0x28, 0x38};
        unsigned kind = kinds[rng_below(r, 3)], down = (unsigned)rng_below(r, 2);
        PUT(b, 0x71, pair(base_of(r), a), (uint8_t)rng_below(r, 120)); // ADD #, base, a
        PUT(b, 0xfd, (uint8_t)(kind | down << 2 | (kind == 0x38 ? small : size)), pair(a, d));
        break;
    }
    case 1:                                                   // [Ri, Rb]
        PUT(b, 0x75, pair(4, a), (uint8_t)rng_below(r, 100)); // MOV.L #, a
        switch (rng_below(r, 3)) {
        case 0: PUT(b, 0xfe, (uint8_t)(0x40 | size << 4 | a), pair(base_of(r), d)); break;
        case 1: PUT(b, 0xfe, (uint8_t)(0x00 | size << 4 | a), pair(base_of(r), d)); break;
        default: PUT(b, 0xfe, (uint8_t)(0xc0 | small << 4 | a), pair(base_of(r), d));
        }
        break;
    case 2: { // memory to memory
        unsigned from = (unsigned)rng_below(r, 3), to = (unsigned)rng_below(r, 3);
        PUT(b, (uint8_t)(0xc0 | size << 4 | to << 2 | from), pair(base_of(r), base_of(r)));
        put_le(b, (uint32_t)rng_below(r, 100), from);
        put_le(b, (uint32_t)rng_below(r, 100), to);
        break;
    }
    default: { // the stack
        unsigned first = 1 + (unsigned)rng_below(r, 5), n = 1 + (unsigned)rng_below(r, 4);
        if (rng_below(r, 2)) {
            PUT(b, 0x6e, pair(first, first + n)); // PUSHM
            first = 1 + (unsigned)rng_below(r, 5);
            PUT(b, 0x6f, pair(first, first + n)); // POPM
        } else {
            PUT(b, 0x7e, (uint8_t)(0xa0 | a), 0x7e, (uint8_t)(0xb0 | d)); // PUSH.L a, POP d
        }
    }
    }
}

static void control_insn(Bytes *b, Rng *r) {
    static const uint8_t crs[] = {9, 11, 12}; // BPC, FINTV, INTB
    unsigned a = reg_of(r), d = reg_of(r), cr = crs[rng_below(r, ARRAY_LEN(crs))];
    switch (rng_below(r, 8)) {
    case 0: PUT(b, 0xfd, 0x6a, (uint8_t)d); break;                                   // MVFC PSW, d
    case 1: PUT(b, 0xfd, 0x77, 0x00, (uint8_t)rng_below(r, 16)); break;              // MVTC #, PSW
    case 2: PUT(b, 0x64, pair(15, a), 0xfd, 0x68, pair(a, 0)); break;                // AND #15, a; MVTC a, PSW
    case 3: PUT(b, 0x64, pair(15, a), 0x7e, (uint8_t)(0xa0 | a), 0x7e, 0xe0); break; // PUSH.L a; POPC PSW
    case 4: PUT(b, 0x7e, 0xc0, 0x7e, (uint8_t)(0xb0 | d)); break;                    // PUSHC PSW; POP d
    case 5: PUT(b, 0xfd, 0x68, pair(a, cr), 0xfd, 0x6a, pair(cr, d)); break;         // MVTC a, cr; MVFC cr, d
    case 6: PUT(b, 0x39, 0x05, 0x00, 0x2e, 0x03, 0x02); break;                       // BSR.W to an RTS
    default: overwrite_flags(b, r, (unsigned)rng_below(r, 16)); break;
    }
}

static void add_group(Bytes *b, Rng *r) {
    uint32_t begin = b->n;
    bool skipped = rng_below(r, 5) == 0; // by a BCnd.B over it
    if (skipped) PUT(b, (uint8_t)(0x20 | rng_below(r, 14)), 0);
    switch (rng_below(r, 20)) {
    case 0: string_insn(b, r); break;
    case 1:
    case 2: memory_insn(b, r); break;
    case 3:
    case 4: control_insn(b, r); break;
    default: random_insn(b, r);
    }
    BUG_IF(b->n - begin > GROUP_MAX, "%u bytes in a group", b->n - begin);
    if (skipped) b->at[begin + 1] = (uint8_t)(b->n - begin);
}

static void add_start(Image *m, Rng *r) {
    Bytes *b = &m->code;
    load(b, 1, (uint32_t)rng_next(r));
    call(b, m->fill);
    for (unsigned i = 1; i < 3; i++) {
        load(b, 1, (uint32_t)rng_next(r));
        PUT(b, 0xfd, 0x17, (uint8_t)(i == 1 ? 0x01 : 0x11)); // MVTACHI, MVTACLO r1
    }
    PUT(b, 0xfd, 0x7b, 0x03, (uint8_t)rng_below(r, 4), 0x01); // MVTC #, FPSW: rounding, DN
    for (unsigned i = 1; i < 16; i++) load(b, i, (uint32_t)(rng_below(r, 3) ? rng_next(r) : rng_below(r, 40)));
    load(b, 13, DATA + 16);
    load(b, 14, DATA + AREA - 1200);
    load(b, COUNTER, 1 + (uint32_t)rng_below(r, 4));
    PUT(b, 0xfd, 0x77, 0x00, (uint8_t)rng_below(r, 16)); // MVTC #, PSW
}

static void add_stream(Image *m, uint64_t seed, unsigned most) {
    Bytes *b = &m->code;
    Rng r = {seed};
    unsigned groups = 3 + (unsigned)rng_below(&r, 40);
    add_start(m, &r);
    uint32_t head = b->n;
    for (unsigned i = 0; i < groups && i < most; i++) add_group(b, &r);
    PUT(b, 0xfd, 0x6a, 15);       // MVFC PSW, r15
    PUT(b, 0x60, 0x10 | COUNTER); // SUB #1
    int distance = (int)head - (int)b->n;
    PUT(b, 0x3b, (uint8_t)distance, (uint8_t)(distance >> 8)); // BNE.W
    call(b, m->report);
}

static void store(Bytes *b, uint32_t at, uint32_t v, bool byte) {
    load(b, 1, v);
    load(b, 2, at);
    PUT(b, byte ? 0xc3 : 0xe3, 0x21); // MOV r1, [r2]
}

static void add_end(Image *m) {
    for (const char *c = "exit 0\n"; *c; c++) put_letter(m, *c);
    store(&m->code, END_REGISTER, END_PASS, false);
    PUT(&m->code, 0x7f, 0x96, 0x2e, 0xfe); // WAIT, for ever
}

static bool write_elf(const Bytes *code, uint32_t entry, const char *path) {
    struct {
        Elf32_Ehdr h;
        Elf32_Phdr ph;
    } e = {.h = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
                 .e_type = ET_EXEC,
                 .e_machine = EM_OF_RX,
                 .e_version = EV_CURRENT,
                 .e_entry = entry,
                 .e_phoff = sizeof(Elf32_Ehdr),
                 .e_ehsize = sizeof(Elf32_Ehdr),
                 .e_phentsize = sizeof(Elf32_Phdr),
                 .e_phnum = 1},
           .ph = {.p_type = PT_LOAD,
                  .p_flags = PF_R | PF_W | PF_X,
                  .p_offset = sizeof e,
                  .p_vaddr = IMAGE,
                  .p_paddr = IMAGE,
                  .p_filesz = code->n,
                  .p_memsz = code->n,
                  .p_align = 1}};
    FILE *out = fopen(path, "w");
    bool ok = out && fwrite(&e, sizeof e, 1, out) == 1 && fwrite(code->at, 1, code->n, out) == code->n;
    return out && fclose(out) == 0 && ok;
}

bool rx_image_write(const char *path, uint64_t streams, uint64_t first_seed, unsigned groups) {
    Image m = {0};
    add_put_char(&m);
    add_print_hex(&m);
    add_hash(&m);
    add_fill(&m);
    add_report(&m, streams == 1);
    uint32_t entry = IMAGE + m.code.n;
    load(&m.code, 0, STACK);
    store(&m.code, SCI_SCR, SCR_TE, true);
    store(&m.code, SCI_SCR - 1, 0, true); // BRR: as fast as it can
    for (uint64_t k = 0; k < streams; k++) add_stream(&m, first_seed + k, groups);
    add_end(&m);
    BUG_IF(m.code.n > DATA - IMAGE, "%u bytes of code", m.code.n);
    bool ok = write_elf(&m.code, entry, path);
    vec_free(&m.code);
    return ok;
}
