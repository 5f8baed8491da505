// Oracle: the picture in run/boot.h. What is accepted lies in RAM byte for byte where it was said, nothing overlaps, and
// libfdt finds the device tree sound and the command line in it.
//
//   input: u16 bytes of the firmware, u16 of the kernel, u16 of the initrd, these three, the command line
#include "board/board.h"
#include "run/boot.h"
#include "tests/fuzz/targets.h"
#include <libfdt.h>
#include <string.h>

enum { RAM_MIB = 8, APPEND_MAX = 300 };
#define RAM 0x80000000ull

static uint64_t no_time(void *ctx) {
    (void)ctx;
    return 0;
}
static void no_irq(void *ctx, unsigned line, bool level) { (void)ctx, (void)line, (void)level; }

static void check_file(Mem *mem, const BootFile *f, const uint8_t *bytes, size_t n) {
    BUG_IF(f->lo < RAM || f->hi < f->lo || f->hi > RAM + (RAM_MIB << 20), "a file outside of RAM");
    if (elf_is_loadable(f->elf)) return; // the loader has a target of its own
    uint8_t *there = malloc(n);
    BUG_IF(!there || !mem_copy_out(mem, f->lo, there, n) || memcmp(there, bytes, n) != 0, "other bytes in RAM");
    free(there);
}

static void check_apart(const BootFile *a, const BootFile *b) {
    BUG_IF(a->path && b->path && a->lo < b->hi && b->lo < a->hi &&
               !(elf_is_loadable(a->elf) || elf_is_loadable(b->elf)),
           "two files overlap");
}

static void check_tree(const Boot *b, const char *append) {
    BUG_IF(fdt_check_full(b->tree, b->tree_size), "the device tree is not sound");
    int chosen = fdt_path_offset(b->tree, "/chosen"), len = 0;
    const char *said = chosen < 0 ? NULL : fdt_getprop(b->tree, chosen, "bootargs", &len);
    BUG_IF(append && (!said || strcmp(said, append) != 0), "the device tree has another command line");
}

typedef struct Parts {
    const uint8_t *bytes[3];
    size_t n[3];
    char append[APPEND_MAX];
} Parts;

static Parts parts_of(const uint8_t *data, size_t n) {
    Parts p = {0};
    FuzzInput in = {data, n};
    size_t want[3];
    for (unsigned i = 0; i < 3; i++) want[i] = fuzz_number(&in, 2);
    for (unsigned i = 0; i < 3; i++) {
        p.n[i] = want[i] < in.n ? want[i] : in.n;
        p.bytes[i] = in.at;
        in.at += p.n[i], in.n -= p.n[i];
    }
    for (unsigned i = 0; i + 1 < sizeof p.append && in.n; i++) p.append[i] = (char)fuzz_number(&in, 1);
    return p;
}

static void load(Boot *b, const BootOptions *o, const Parts *p) {
    Mem mem;
    Board board;
    Err err = {0};
    BoardEnv env = {.now = no_time, .set_irq = no_irq, .in_fd = -1, .out_fd = -1};
    BoardOptions bo = {.ram_size = RAM_MIB << 20, .firmware = true};
    mem_init(&mem);
    BUG_IF(!board_for_guest("rv64")->create(&board, &mem, &env, &bo, &err), "%s", err.text);
    gpc pc = 0;
    BoardBoot said = {.isa = "rv64imac", .mmu = "riscv,sv39"};
    if (boot_load(b, o, &mem, &board, said, &pc, &err)) {
        check_file(&mem, &b->bios, p->bytes[0], p->n[0]);
        if (o->kernel) check_file(&mem, &b->kernel, p->bytes[1], p->n[1]);
        check_apart(&b->bios, &b->kernel);
        check_tree(b, o->append);
        BUG_IF(!pc, "the CPU starts nowhere");
    } else {
        BUG_IF(strlen(err.text) < 10, "a refusal without words");
    }
    board.destroy(board.state);
    mem_free(&mem);
}

void fuzz_boot(const uint8_t *data, size_t n) {
    Parts p = parts_of(data, n);
    FuzzFile file[3];
    for (unsigned i = 0; i < 3; i++) file[i] = fuzz_file(p.bytes[i], p.n[i]);
    BootOptions o = {.bios = file[0].path,
                     .kernel = p.n[1] ? file[1].path : NULL,
                     .initrd = p.n[2] ? file[2].path : NULL,
                     .append = *p.append ? p.append : NULL};
    Boot b = {0};
    ElfFile program = {0};
    Err err = {0};
    if (boot_open(&b, &o, &program, &err))
        load(&b, &o, &p);
    else
        BUG_IF(strlen(err.text) < 10, "a refusal without words");
    elf_close(&program);
    boot_close(&b);
    for (unsigned i = 0; i < 3; i++) fuzz_file_close(&file[i]);
}

bool fuzz_boot_seed(unsigned i, Bytes *out) {
    static const char append[] = "console=ttyS0 root=/dev/vda";
    Bytes elf = {0}, kernel = {0};
    fuzz_elf_seed(0, &elf);
    for (unsigned k = 0; k < 64; k++) bytes_put(&kernel, 0, 1);
    bytes_set(&kernel, 0, 0x6f, 4);                 // jump to itself
    bytes_set(&kernel, 8, 0x200000, 8);             // text_offset
    bytes_set(&kernel, 16, i == 1 ? 0 : 0x5000, 8); // image_size
    memcpy(kernel.at + 48, "RISCV\0\0\0RSC\5", 12);
    bool of_elf = i == 2, has_initrd = i != 3;
    bytes_put(out, of_elf ? elf.n : 4, 2);
    bytes_put(out, kernel.n, 2);
    bytes_put(out, has_initrd ? 5 : 0, 2);
    if (of_elf)
        bytes_add(out, elf.at, elf.n);
    else
        bytes_put(out, 0x6f, 4);
    bytes_add(out, kernel.at, kernel.n);
    if (has_initrd) bytes_add(out, "07070", 5);
    bytes_add(out, append, strlen(append));
    vec_free(&elf);
    vec_free(&kernel);
    return i < 4;
}
