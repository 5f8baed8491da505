// Oracle: the loader's contract (elf/elf.h): it never crashes, a refusal names the file and has words, what it accepts
// lies in RAM byte for byte, and memory beside the segments stays as it was. Run it longer: test_fuzz_elf RUNS [SEED].
#include "base/nameless.h"
#include "elf/elf.h"
#include "tests/unit/elf_image.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { DEFAULT_RUNS = 20000, RAM_SIZE = 0x11000, FILE_SIZE_MAX = 4096 };

typedef struct Fuzz {
    uint64_t random;
    int fd;
    char path[32];
    Mem mem;
    uint8_t file[FILE_SIZE_MAX];
    size_t size;
    uint8_t model[RAM_SIZE]; // what RAM must hold
    uint64_t loaded, refused;
} Fuzz;

static char current[40]; // "seed N", for the handler below, which cannot be told otherwise and may do little

static void say_seed(int signal_number) {
    (void)signal_number;
    _exit(write(STDERR_FILENO, current, sizeof current) < 0 ? 2 : 1);
}

// The sanitizer asks for this by name: its reports then end in SIGABRT, which says the seed.
const char *__asan_default_options(void); // NOLINT(bugprone-reserved-identifier): the name is the sanitizer's
const char *__asan_default_options(void) { return "abort_on_error=1"; }

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

// ---- checks -------------------------------------------------------------------------------------------------------
static void check(bool ok, const char *what) {
    if (ok) return;
    fprintf(stderr, "%s: %s\n", current, what);
    exit(1);
}

static void check_symbols(const ElfFile *elf) {
    uint32_t n;
    const ElfSymbol *all = elf_symbols(elf, &n);
    for (uint32_t i = 0; i < n; i++) {
        const ElfSymbol *s = &all[i];
        check(s->name && s->name[0], "a symbol without a name");
        check(!i || s[-1].lo <= s->lo, "symbols are not sorted");
        check(s->lo + s->size >= s->lo, "a symbol wraps");
        const ElfSymbol *covers = elf_symbol_at(elf, s->lo);
        check(!s->size || (covers && s->lo - covers->lo < covers->size), "a symbol does not cover its own address");
    }
    check(!elf_symbol_named(elf, "no such symbol"), "a symbol that is not there");
}

// Does to the model what the program headers say, of a file that the loader accepted.
#define MODEL_LOAD(bits)                                                                                               \
    static void model_load##bits(Fuzz *f) {                                                                            \
        Elf##bits##_Ehdr h;                                                                                            \
        memcpy(&h, f->file, sizeof h);                                                                                 \
        for (unsigned i = 0; i < h.e_phnum && h.e_phnum != PN_XNUM; i++) {                                             \
            Elf##bits##_Phdr ph;                                                                                       \
            memcpy(&ph, f->file + h.e_phoff + i * sizeof ph, sizeof ph);                                               \
            uint64_t at = ph.p_paddr - IMAGE_TEXT_AT;                                                                  \
            if (ph.p_type != PT_LOAD || !ph.p_memsz) continue;                                                         \
            check(at < RAM_SIZE && ph.p_memsz <= RAM_SIZE - at, "loaded what lies outside RAM");                       \
            memset(f->model + at, 0, ph.p_memsz);                                                                      \
            memcpy(f->model + at, f->file + ph.p_offset, ph.p_filesz);                                                 \
        }                                                                                                              \
    }
MODEL_LOAD(32)
MODEL_LOAD(64)

static void check_load(Fuzz *f, const ElfFile *elf) {
    Err err = {0};
    hp ram = mem_page_host(&f->mem, IMAGE_TEXT_AT, false);
    memset(ram, 0xa5, RAM_SIZE);
    memset(f->model, 0xa5, RAM_SIZE);
    bool ok = elf_load(elf, &f->mem, &err);
    check(ok || strstr(err.text, f->path), "a refusal to load that does not name the file");
    if (ok && elf->class == ELFCLASS64) model_load64(f);
    if (ok && elf->class == ELFCLASS32) model_load32(f);
    check(!memcmp(ram, f->model, RAM_SIZE), "RAM is not what the program headers say");
    *(ok ? &f->loaded : &f->refused) += 1;
}

// As a program of an operating system: what is there to be mapped lies in the file, wherever it has been moved to.
static void check_user(Fuzz *f) {
    Err err = {0};
    ElfFile elf;
    unsigned n;
    if (!elf_open_user(&elf, f->path, &err)) {
        check(strstr(err.text, f->path) != NULL, "a refusal that does not name the file");
        return;
    }
    const ElfSegment *g = elf_segments(&elf, &n);
    check(n > 0, "a program without segments");
    gaddr was = g[0].vaddr, entry = elf.entry;
    elf_move(&elf, 0x10000000);
    check(g[0].vaddr - was == 0x10000000 && elf.entry - entry == 0x10000000, "moved to another place");
    for (unsigned i = 0; i < n; i++) {
        check(g[i].file_size <= g[i].mem_size && g[i].offset + g[i].file_size <= f->size,
              "a segment that is not there");
        check(!memcmp(elf_bytes(&elf, g[i].offset), f->file + g[i].offset, g[i].file_size), "other bytes");
    }
    check(!elf.interpreter || memchr(elf.interpreter, 0, f->size), "an interpreter without end");
    elf_close(&elf);
}

static void run(Fuzz *f, uint64_t seed) {
    Err err = {0};
    ElfFile elf;
    f->random = seed;
    snprintf(current, sizeof current, "seed %llu", (unsigned long long)seed);
    make_file(f);
    check(ftruncate(f->fd, 0) == 0 && pwrite(f->fd, f->file, f->size, 0) == (ssize_t)f->size, "no temporary file");
    check_user(f);
    if (elf_open(&elf, f->path, &err)) {
        check_symbols(&elf);
        check_load(f, &elf);
        elf_close(&elf);
    } else {
        check(strstr(err.text, f->path) && strlen(err.text) > strlen(f->path) + 4, "a refusal without words");
        f->refused++;
    }
}

int main(int argc, char **argv) {
    uint64_t runs = argc > 1 ? strtoull(argv[1], NULL, 0) : DEFAULT_RUNS;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    static Fuzz f;
    Err err = {0};
    signal(SIGABRT, say_seed);
    signal(SIGSEGV, say_seed);
    signal(SIGBUS, say_seed);
    mem_init(&f.mem);
    f.fd = nameless_file("x.elf", NAMELESS_DATA, 0);
    snprintf(f.path, sizeof f.path, "/proc/self/fd/%d", f.fd);
    if (f.fd < 0 || !mem_add_ram(&f.mem, "RAM", IMAGE_TEXT_AT, RAM_SIZE, true, &err)) return 1;
    for (uint64_t i = 0; i < runs; i++) run(&f, seed + i);
    printf("%llu loaded, %llu refused\n", (unsigned long long)f.loaded, (unsigned long long)f.refused);
    check(runs < 1000 || (f.loaded > runs / 10 && f.refused > runs / 10), "the mutations do not reach both outcomes");
    mem_free(&f.mem);
    close(f.fd);
    return 0;
}
