// Targets of fuzzing that is guided by coverage. A target takes any bytes and ends by BUG_IF when a promise is broken; it keeps
// nothing from one input to the next, and leaves no file and no descriptor behind.
//
//   test_corpus elf                every seed and every line of the corpus, then a few thousand changes of them
//   build/fuzz/.../guided elf      the same function under libFuzzer: ci/fuzz.sh starts it
//
// Seeds are made by the target from the tree's own material. What libFuzzer found beside them stands in a corpus: a text file
// of one input a line, hexadecimal, `#` for comments.
#pragma once
#include "base/bytes.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct FuzzTarget {
    const char *name, *what; // what is promised
    void (*run)(const uint8_t *data, size_t n);
    bool (*seed)(unsigned index, Bytes *out); // *out is empty; false: there are no more
    size_t max;                               // bytes of an input that make sense
} FuzzTarget;

// The targets of a program, ended by a NULL name.
extern const FuzzTarget fuzz_targets[];

// corpus.c. `folder`: of the corpora, NAME.txt each.
//   (nothing)            every target: seeds, corpus, changes of both        NAME [RUNS [SEED]]   one, with so many changes
//   --list               the names                                         --seeds NAME DIR     writes seeds and corpus as files
//   --lines FILE...      prints files as lines of a corpus                  --file NAME FILE...  runs files
int corpus_main(int argc, char **argv, const char *folder);

// input.c: taking an input to pieces. Behind its end there are zeros.
typedef struct FuzzInput {
    const uint8_t *at;
    size_t n;
} FuzzInput;
uint64_t fuzz_number(FuzzInput *in, unsigned bytes); // little-endian

typedef struct FuzzRandom {
    uint64_t state; // the seed; any value
} FuzzRandom;
uint64_t fuzz_random(FuzzRandom *r, uint64_t n); // 0 to n - 1

// A file without a name that holds the bytes; `path` can be opened until fuzz_file_close().
typedef struct FuzzFile {
    int fd;
    char path[32];
} FuzzFile;
FuzzFile fuzz_file(const void *bytes, size_t n);
void fuzz_file_close(FuzzFile *f);
