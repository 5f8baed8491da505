// Random RV64GC programs ("streams") for differential tests: guest code that sets its registers, runs random
// instructions, logs every trap, and ends. The same seed and shape give the same bytes.
//
//   RAM    +0x0000 handlers, code of the streams    STREAM_WINDOW three pages of data     STREAM_TABLES page tables
//   STREAM_LOG traps taken in M-mode, 48 bytes each                        STREAM_LOG_S those taken in S-mode
//
// Registers of a stream: x19 mtimecmp, x20 mtime, x21 targets of jumps, x22 rounds left, x23 loop count, x24 window +
// 4, x25 code, x26 middle of the window, x27 the last bytes of a page, x28 nothing is there. All others are random.
#pragma once
#include "base/bytes.h"
#include "guest/cover.h"
#include "guest/rand.h"
#include <stdbool.h>
#include <stdint.h>

#define STREAM_RAM    0x80000000ull
#define STREAM_WINDOW (STREAM_RAM + 0xe00000)
#define STREAM_TABLES (STREAM_RAM + 0xe04000)
#define STREAM_LOG    (STREAM_RAM + 0xe10000)
#define STREAM_LOG_S  (STREAM_RAM + 0xe14000)
enum {
    STREAM_RAM_SIZE = 0x1000000,
    STREAM_DATA_SIZE = 0x20000,
    STREAM_LOG_ENTRY = 48,
    STREAM_LOG_MAX = 300,
    STREAM_TABLES_SIZE = 0x8000
};

typedef struct StreamShape {
    bool counters;   // counters and time, and what else only two engines of emu agree on
    bool interrupts; // timer and software interrupts
    bool paging;     // in S or U mode under Sv39 or Sv48 (stream_paging.c)
    unsigned insns, rounds;
} StreamShape;

typedef struct Stream {
    Bytes code; // to be loaded at STREAM_RAM
    Rng rng;
    StreamShape shape;
    bool user, sv48;           // with paging: U-mode, else S-mode; Sv48, else Sv39
    uint32_t s_handler, after; // offsets: of the handler in S-mode; of the constant that says where M-mode goes on
    bool crossed;              // a page border was looked for
    Cover *cover;              // may be NULL
    // Items: what a shrinker can leave out, by number: a register's value, a random group of instructions, a loop.
    const bool *dropped; // or NULL: none
    uint32_t n_dropped, n_items;
    VEC(uint32_t) starts; // offsets of instructions that may be jumped to
    VEC(struct {
        uint32_t at;
        uint16_t op;
        int64_t f[8];
        unsigned len;
    })
    jumps; // to be aimed forward
} Stream;

void stream_begin(Stream *s, Cover *cover); // the handler
void stream_begin_image(Stream *s);         // the same, but what is logged is what each implementation must do
// Appends one program; falls through at its end. `seed` decides everything.
void stream_add(Stream *s, uint64_t seed, StreamShape shape);
// The same with these instructions as the program's code; unlike random ones they may do anything.
void stream_add_code(Stream *s, uint64_t seed, const uint8_t *code, size_t n);
void stream_word(Stream *s, uint32_t word);
void stream_load(Stream *s, unsigned reg, uint64_t value); // reg = value; 20 bytes or so
void stream_power_off(Stream *s);
void stream_free(Stream *s);
// Writes a program of `code` at STREAM_RAM as an ELF file into memory; returns its descriptor.
int stream_elf(const Bytes *code);
// stream_paging.c: page tables and the way into S or U mode; the way back; a change of tables, satp or sstatus. The
// window is then at STREAM_VIRTUAL, four pages of random rights.
#define STREAM_VIRTUAL 0x100000000ull
void stream_enter(Stream *s);
void stream_leave(Stream *s);
void stream_change(Stream *s);
// Encodings. R, I, S, B, U and J type of the manual.
uint32_t rv_i(unsigned op, unsigned f3, unsigned rd, unsigned rs1, int imm);
uint32_t rv_s(unsigned f3, unsigned rs1, unsigned rs2, int imm);
uint32_t rv_b(unsigned f3, unsigned rs1, unsigned rs2, int distance);
uint32_t rv_j(unsigned rd, int distance);
