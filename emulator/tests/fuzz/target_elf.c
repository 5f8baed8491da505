// Oracle: the loader's contract (elf/elf.h): it never crashes, a refusal names the file and has words, what it accepts
// lies in RAM byte for byte, and memory beside the segments stays as it was.
#include "elf/elf.h"
#include "tests/fuzz/targets.h"
#include "tests/unit/elf_image.h"
#include <string.h>

enum { RAM_SIZE = 0x11000 };

typedef struct Run {
    const uint8_t *data;
    size_t n;
    const char *path;
    Mem mem;
    uint8_t model[RAM_SIZE]; // what RAM must hold
} Run;

static void check_symbols(const ElfFile *elf) {
    uint32_t n;
    const ElfSymbol *all = elf_symbols(elf, &n);
    for (uint32_t i = 0; i < n; i++) {
        const ElfSymbol *s = &all[i];
        BUG_IF(!s->name || !s->name[0], "a symbol without a name");
        BUG_IF(i && s[-1].lo > s->lo, "symbols are not sorted");
        BUG_IF(s->lo + s->size < s->lo, "a symbol wraps");
        const ElfSymbol *covers = elf_symbol_at(elf, s->lo);
        BUG_IF(s->size && (!covers || s->lo - covers->lo >= covers->size), "a symbol does not cover its own address");
    }
    BUG_IF(elf_symbol_named(elf, "no such symbol"), "a symbol that is not there");
}

// Does to the model what the program headers say, of a file that the loader accepted.
#define MODEL_LOAD(bits)                                                                                               \
    static void model_load##bits(Run *r) {                                                                             \
        Elf##bits##_Ehdr h;                                                                                            \
        memcpy(&h, r->data, sizeof h);                                                                                 \
        for (unsigned i = 0; i < h.e_phnum && h.e_phnum != PN_XNUM; i++) {                                             \
            Elf##bits##_Phdr ph;                                                                                       \
            memcpy(&ph, r->data + h.e_phoff + i * sizeof ph, sizeof ph);                                               \
            uint64_t at = ph.p_paddr - IMAGE_TEXT_AT;                                                                  \
            if (ph.p_type != PT_LOAD || !ph.p_memsz) continue;                                                         \
            BUG_IF(at >= RAM_SIZE || ph.p_memsz > RAM_SIZE - at, "loaded what lies outside RAM");                      \
            memset(r->model + at, 0, ph.p_memsz);                                                                      \
            memcpy(r->model + at, r->data + ph.p_offset, ph.p_filesz);                                                 \
        }                                                                                                              \
    }
MODEL_LOAD(32)
MODEL_LOAD(64)

static bool check_load(Run *r, const ElfFile *elf) {
    Err err = {0};
    hp ram = mem_page_host(&r->mem, IMAGE_TEXT_AT, false);
    memset(ram, 0xa5, RAM_SIZE);
    memset(r->model, 0xa5, RAM_SIZE);
    bool ok = elf_load(elf, &r->mem, &err);
    BUG_IF(!ok && !strstr(err.text, r->path), "a refusal to load that does not name the file");
    if (ok && elf->class == ELFCLASS64) model_load64(r);
    if (ok && elf->class == ELFCLASS32) model_load32(r);
    BUG_IF(memcmp(ram, r->model, RAM_SIZE) != 0, "RAM is not what the program headers say");
    return ok;
}

// As a program of an operating system: what is there to be mapped lies in the file, wherever it has been moved to.
static void check_user(const Run *r) {
    Err err = {0};
    ElfFile elf;
    unsigned n;
    if (!elf_open_user(&elf, r->path, &err)) {
        BUG_IF(!strstr(err.text, r->path), "a refusal that does not name the file");
        return;
    }
    const ElfSegment *g = elf_segments(&elf, &n);
    BUG_IF(!n, "a program without segments");
    gaddr was = g[0].vaddr, entry = elf.entry;
    elf_move(&elf, 0x10000000);
    BUG_IF(g[0].vaddr - was != 0x10000000 || elf.entry - entry != 0x10000000, "moved to another place");
    for (unsigned i = 0; i < n; i++) {
        BUG_IF(g[i].file_size > g[i].mem_size || g[i].offset + g[i].file_size > r->n, "a segment that is not there");
        BUG_IF(memcmp(elf_bytes(&elf, g[i].offset), r->data + g[i].offset, g[i].file_size) != 0, "other bytes");
    }
    BUG_IF(elf.interpreter && !memchr(elf.interpreter, 0, r->n), "an interpreter without end");
    elf_close(&elf);
}

bool fuzz_elf_loads(const uint8_t *data, size_t n) {
    Err err = {0};
    ElfFile elf;
    FuzzFile file = fuzz_file(data, n);
    Run *r = calloc(1, sizeof *r);
    BUG_IF(!r, "no memory for a model");
    r->data = data, r->n = n, r->path = file.path;
    mem_init(&r->mem);
    BUG_IF(!mem_add_ram(&r->mem, "RAM", IMAGE_TEXT_AT, RAM_SIZE, true, &err), "%s", err.text);
    check_user(r);
    bool loaded = false;
    if (elf_open(&elf, file.path, &err)) {
        check_symbols(&elf);
        loaded = check_load(r, &elf);
        elf_close(&elf);
    } else {
        BUG_IF(!strstr(err.text, file.path) || strlen(err.text) < strlen(file.path) + 5, "a refusal without words");
    }
    mem_free(&r->mem);
    free(r);
    fuzz_file_close(&file);
    return loaded;
}

void fuzz_elf(const uint8_t *data, size_t n) { fuzz_elf_loads(data, n); }

bool fuzz_elf_seed(unsigned i, Bytes *out) {
    Image64 a = image64();
    Image32 b = image32();
    if (i == 3) a.h.e_type = ET_DYN;
    if (i == 4) a.ph[2] = (Elf64_Phdr){.p_type = PT_INTERP, .p_offset = offsetof(Image64, data), .p_filesz = 5};
    if (i == 1)
        bytes_add(out, &b, sizeof b);
    else if (i == 2)
        bytes_add(out, &a, sizeof(Elf64_Ehdr) + sizeof a.ph);
    else
        bytes_add(out, &a, sizeof a);
    return i < 5;
}
