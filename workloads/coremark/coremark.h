// CoreMark, an independent implementation of the published algorithms: the types and what each unit offers.
//
// One iteration works on a list whose comparison function runs, for some items, the matrix or the state machine kernel;
// every result is folded into CRC16 sums. The CRCs of the published seeds are known, so a run proves that it did the
// work. The text is this project's own. Scores of this program must not be published as official CoreMark results.
//
// INVARIANT: nothing that the work depends on is known to the compiler: seeds and iterations are volatile, and the
// units are compiled apart.
#pragma once

#include "runtime.h"

// The 2000 bytes of the "2K" run are shared by three kernels.
#define KERNEL_BYTES   (2000 / 3)
#define LIST_CAPACITY  (KERNEL_BYTES / 20) // an item counts 16 bytes and its datum 4, whatever a pointer takes
#define MATRIX_MAX_DIM 9

typedef struct {
    int16_t value;
    int16_t index;
} Datum;

typedef struct Item {
    struct Item *next;
    Datum *datum;
} Item;

typedef struct {
    unsigned dim;
    int16_t a[MATRIX_MAX_DIM * MATRIX_MAX_DIM];
    int16_t b[MATRIX_MAX_DIM * MATRIX_MAX_DIM];
    int32_t product[MATRIX_MAX_DIM * MATRIX_MAX_DIM];
} Matrices;

typedef struct {
    uint16_t all, list, matrix, state;
} Crcs;

typedef struct {
    int16_t seed1, seed2, seed3;
    unsigned kernel_bytes; // KERNEL_BYTES, as a number that the compiler does not know
    Item items[LIST_CAPACITY];
    Datum data[LIST_CAPACITY];
    Item *list;
    Matrices matrices;
    uint8_t text[KERNEL_BYTES]; // numbers for the state machine
    Crcs crc;
} Benchmark;

// seeds.c, one for each of the published runs
extern const volatile int16_t run_seeds[3];

// crc.c: CRC16 with the polynomial 0x8005, lowest bit first
uint16_t crc_u8(uint8_t value, uint16_t crc);
uint16_t crc_u16(uint16_t value, uint16_t crc);
uint16_t crc_s16(int16_t value, uint16_t crc);
uint16_t crc_u32(uint32_t value, uint16_t crc);

// list.c
void list_init(Benchmark *b);
uint16_t list_run(Benchmark *b, int16_t find_index);

// matrix.c
void matrix_init(Matrices *m, unsigned bytes, int32_t seed);
uint16_t matrix_run(Matrices *m, int16_t seed, uint16_t crc);

// state.c
void state_init(uint8_t *text, unsigned bytes, int16_t seed);
uint16_t state_run(uint8_t *text, unsigned bytes, int16_t seed1, int16_t seed2, int16_t step, uint16_t crc);
