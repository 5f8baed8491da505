// Oracle: that of target_elf.c, the loader's contract. Here the changes know where an ELF has its meaning. Run it longer:
// test_fuzz_elf RUNS [SEED].
#include "tests/fuzz/targets.h"
#include "tests/unit/elf_image.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_RUNS = 20000, FILE_SIZE_MAX = 4096 };

typedef struct Fuzz {
    uint64_t random;
    uint8_t file[FILE_SIZE_MAX];
    size_t size;
    uint64_t loaded, refused;
} Fuzz;

static char current[40]; // "seed N", for the handler below, which cannot be told otherwise and may do little

static void say_seed(int signal_number) {
    (void)signal_number;
    _exit(write(STDERR_FILENO, current, sizeof current) < 0 ? 2 : 1);
}

static uint64_t next_random(Fuzz *f) { // splitmix64
    uint64_t z = (f->random += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

// ---- mutation -----------------------------------------------------------------------------------------------------
static uint64_t interesting(Fuzz *f) {
    static const uint64_t values[] = {
        0,      1,      2,          8,          0x3f,       0x40,       0xff,        0x1000,     0x7fff,
        0x8000, 0xffff, 0x10000,    0x7fffffff, 0x80000000, 0x80000040, 0x800fffff,  0x80100000, 0xffffffff,
        ~0ull,  ~7ull,  1ull << 63, 1ull << 40, 1ull << 32, 0xff00,     0xfffffffff, ~0ull >> 1, sizeof(Image64),
    };
    uint64_t v = values[next_random(f) % ARRAY_LEN(values)];
    return next_random(f) % 3 ? v : v + next_random(f) % 5 - 2;
}

static void mutate(Fuzz *f) {
    size_t at = next_random(f) % f->size, width = (size_t)1 << (next_random(f) % 4);
    if (next_random(f) & 1) at &= ~(width - 1);
    if (next_random(f) % 4) at %= sizeof(Elf64_Ehdr) + IMAGE_PHDRS * sizeof(Elf64_Phdr); // most of the meaning is there
    if (width > f->size - at) width = 1;
    uint64_t v = interesting(f);
    switch (next_random(f) % 16) {
    case 0: f->size = 1 + next_random(f) % f->size; break;
    case 1: f->size = f->size + next_random(f) % (FILE_SIZE_MAX - f->size + 1); break;
    case 2: memmove(f->file + at, f->file + next_random(f) % (f->size - width + 1), width); break;
    case 3:
    case 4:
    case 5: f->file[at] ^= (uint8_t)(1u << (next_random(f) % 8)); break;
    case 6: f->file[at] = (uint8_t)next_random(f); break;
    default: memcpy(f->file + at, &v, width); break;
    }
}

static void make_file(Fuzz *f) {
    memset(f->file, 0, sizeof f->file);
    if (next_random(f) & 1) {
        Image64 image = image64();
        memcpy(f->file, &image, f->size = sizeof image);
    } else {
        Image32 image = image32();
        memcpy(f->file, &image, f->size = sizeof image);
    }
    for (uint64_t n = next_random(f) % 6; n; n--) mutate(f);
}

static void run(Fuzz *f, uint64_t seed) {
    f->random = seed;
    snprintf(current, sizeof current, "seed %llu\n", (unsigned long long)seed);
    make_file(f);
    uint64_t *count = fuzz_elf_loads(f->file, f->size) ? &f->loaded : &f->refused;
    *count += 1;
}

int main(int argc, char **argv) {
    uint64_t runs = argc > 1 ? strtoull(argv[1], NULL, 0) : DEFAULT_RUNS;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    static Fuzz f;
    signal(SIGABRT, say_seed);
    signal(SIGSEGV, say_seed);
    signal(SIGBUS, say_seed);
    for (uint64_t i = 0; i < runs; i++) run(&f, seed + i);
    printf("%llu loaded, %llu refused\n", (unsigned long long)f.loaded, (unsigned long long)f.refused);
    BUG_IF(runs >= 1000 && (f.loaded <= runs / 10 || f.refused <= runs / 10),
           "the mutations do not reach both outcomes");
    return 0;
}
