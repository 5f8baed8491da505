// Starting with firmware: reading the files, and placing them. The device tree and the reset ROM are the board's.
//
// Header of a RISC-V Image (Linux, "Boot image header in RISC-V Linux"), little-endian:
//   8 text_offset 64 | 16 image_size 64 | 24 flags 64 | 32 version 32 | 48 "RISCV" | 56 "RSC\5"
#include "run/boot.h"
#include "base/alloc.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IMAGE_HEADER = 64, IMAGE_TEXT_OFFSET = 8, IMAGE_SIZE = 16, IMAGE_FLAGS = 24, IMAGE_MAGIC = 56 };
#define BORDER     (2ull << 20)
#define INITRD_GAP (128ull << 20)
#define TREE_BELOW 0xc0000000ull // so that 32-bit firmware could reach it

typedef unsigned long long ull;

static uint64_t round_up(uint64_t v, uint64_t to) { return (v + to - 1) / to * to; }

// ---- reading ------------------------------------------------------------------------------------------------------
static bool read_bytes(BootFile *f, int fd, Err *err) {
    f->bytes = alloc_try(f->n + 1);
    if (!f->bytes) return err_set(err, "%s: no memory to read %zu bytes", f->path, f->n);
    for (size_t done = 0; done < f->n;) {
        ssize_t n = read(fd, f->bytes + done, f->n - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_set(err, "%s: cannot be read: %s", f->path, strerror(errno));
        if (n == 0) return err_set(err, "%s: became shorter while it was read", f->path);
        done += (size_t)n;
    }
    return true;
}

static bool read_file(BootFile *f, Err *err) {
    struct stat st;
    int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return err_set(err, "%s: cannot be opened: %s", f->path, strerror(errno));
    bool ok = false;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size) {
        err_set(err, "%s: is empty, or not a regular file", f->path);
    } else {
        f->n = (size_t)st.st_size;
        ok = read_bytes(f, fd, err);
    }
    close(fd);
    return ok;
}

static void name(BootFile *f, const char *path) { f->path = alloc_text(path); }

static bool open_file(BootFile *f, const char *path, ElfFile *elf, Err *err) {
    name(f, path);
    f->elf = elf;
    if (!read_file(f, err)) return false;
    if (f->n < SELFMAG || memcmp(f->bytes, ELFMAG, SELFMAG)) {
        elf_stand_in(elf, path, f->bytes, f->n, EM_RISCV, ELFCLASS64);
        return true;
    }
    if (!elf_open(elf, path, err)) return false;
    if (elf->machine == EM_RISCV && elf->class == ELFCLASS64) return true;
    return err_set(err, "%s: is for ELF machine %u; firmware and kernels are started on rv64 only", path, elf->machine);
}

static uint64_t word(const BootFile *f, unsigned at) {
    uint64_t v;
    memcpy(&v, f->bytes + at, sizeof v);
    return v;
}

static bool is_elf(const BootFile *f) { return elf_is_loadable(f->elf); }

static bool check_kernel(const BootFile *f, Err *err) {
    if (is_elf(f)) return true;
    if (f->n >= 2 && f->bytes[0] == 0x1f && f->bytes[1] == 0x8b)
        return err_set(err, "%s: is compressed; give it to `gunzip` first", f->path);
    if (f->n < IMAGE_HEADER || memcmp(f->bytes + IMAGE_MAGIC, "RSC\5", 4))
        return err_set(err, "%s: is neither a RISC-V Image (no RSC at byte %d) nor an ELF", f->path, IMAGE_MAGIC);
    if (word(f, IMAGE_FLAGS) & 1) return err_set(err, "%s: is an Image for big-endian RISC-V", f->path);
    return true;
}

static bool open_firmware(BootFile *f, const char *path, ElfFile *elf, Err *err) {
    static const char *const usual[] = {
        "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin", // package opensbi
        "/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin",    // package qemu-system-data
    };
    for (unsigned i = 0; !path && i < ARRAY_LEN(usual); i++)
        if (!access(usual[i], R_OK)) path = usual[i];
    if (path) return open_file(f, path, elf, err);
    return err_set(err,
                   "a kernel needs firmware: give --bios=FILE, or install the package opensbi; there is neither %s "
                   "nor %s",
                   usual[0], usual[1]);
}

bool boot_open(Boot *b, const BootOptions *o, ElfFile *program, Err *err) {
    if (!boot_asked(o)) { // the machine is only looked at
        elf_stand_in(program, "no program", NULL, 0, EM_RISCV, ELFCLASS64);
        return true;
    }
    ElfFile *of_bios = o->bios ? program : &b->second, *of_kernel = o->bios ? &b->second : program;
    if (!open_firmware(&b->bios, o->bios, of_bios, err)) return false;
    if (o->kernel && (!open_file(&b->kernel, o->kernel, of_kernel, err) || !check_kernel(&b->kernel, err)))
        return false;
    if (!o->initrd) return true;
    name(&b->initrd, o->initrd);
    return read_file(&b->initrd, err);
}

static void close_file(BootFile *f) {
    free(f->path);
    free(f->bytes);
}

void boot_close(Boot *b) {
    close_file(&b->bios);
    close_file(&b->kernel);
    close_file(&b->initrd);
    elf_close(&b->second);
    free(b->tree);
}

// ---- placing ------------------------------------------------------------------------------------------------------
typedef struct Place {
    Mem *mem;
    gaddr ram, ram_end;
} Place;

static bool too_big(const Place *p, const char *what, gaddr lo, gaddr hi, Err *err) {
    return err_set(err, "%.400s: 0x%llx..0x%llx does not fit into %llu MiB of RAM at 0x%llx; give more with --memory",
                   what, (ull)lo, (ull)hi - 1, (ull)(p->ram_end - p->ram) >> 20, (ull)p->ram);
}

// Puts bytes at f->lo; f->hi, the end of the memory that is needed, is set.
static bool put(const Place *p, BootFile *f, Err *err) {
    if (f->hi < f->lo || f->lo < p->ram || f->hi > p->ram_end || f->n > f->hi - f->lo ||
        !mem_copy_in(p->mem, f->lo, f->bytes, f->n))
        return too_big(p, f->path, f->lo, f->hi, err);
    f->entry = f->lo;
    return true;
}

static bool put_elf(const Place *p, BootFile *f, Err *err) {
    if (!elf_load(f->elf, p->mem, err)) return false;
    elf_extent(f->elf, &f->lo, &f->hi);
    f->entry = elf_start(f->elf);
    return true;
}

static bool apart(const BootFile *a, const BootFile *b, Err *err) {
    if (!a->path || !b->path || a->hi <= b->lo || b->hi <= a->lo) return true;
    return err_set(err, "%.300s at 0x%llx..0x%llx overlaps %.300s at 0x%llx..0x%llx", a->path, (ull)a->lo,
                   (ull)a->hi - 1, b->path, (ull)b->lo, (ull)b->hi - 1);
}

static bool place_firmware(const Place *p, BootFile *f, Err *err) {
    if (is_elf(f)) return put_elf(p, f, err);
    f->lo = p->ram;
    f->hi = f->lo + f->n;
    return put(p, f, err);
}

static bool place_kernel(const Place *p, BootFile *f, const BootFile *firmware, Err *err) {
    if (is_elf(f)) return put_elf(p, f, err) && apart(firmware, f, err);
    uint64_t size = word(f, IMAGE_SIZE);
    gaddr wanted = p->ram + word(f, IMAGE_TEXT_OFFSET), free_from = round_up(firmware->hi, BORDER);
    f->lo = wanted >= free_from ? wanted : free_from;
    f->hi = f->lo + (size > f->n ? size : f->n);
    return put(p, f, err) && apart(firmware, f, err);
}

static bool place_initrd(const Place *p, BootFile *f, const BootFile *kernel, Err *err) {
    uint64_t half = (p->ram_end - p->ram) / 2;
    gaddr usual = kernel->lo + (half < INITRD_GAP ? half : INITRD_GAP);
    f->lo = round_up(kernel->hi > usual ? kernel->hi : usual, MEM_PAGE);
    f->hi = f->lo + f->n;
    return put(p, f, err);
}

static bool place_tree(const Place *p, Boot *b, gaddr at, Err *err) {
    BootFile tree = {.path = "the device tree", .bytes = b->tree, .n = b->tree_size, .lo = at, .hi = at + b->tree_size};
    return put(p, &tree, err) && apart(&b->bios, &tree, err) && apart(&b->kernel, &tree, err) &&
           apart(&b->initrd, &tree, err);
}

static bool make_tree(Boot *b, const Board *board, const BoardBoot *said, Err *err) {
    b->tree = board->device_tree(board->state, said, &b->tree_size, err);
    return b->tree != NULL;
}

bool boot_load(Boot *b, const BootOptions *o, Mem *mem, const Board *board, BoardBoot said, gpc *pc, Err *err) {
    const MemRegion *ram = mem_largest_ram(mem);
    if (!board->device_tree || !ram) return err_set(err, "the board %s does not start firmware", board->name);
    Place p = {mem, ram->base, ram->base + ram->size};
    said.append = o->append;
    if (!b->bios.path) return make_tree(b, board, &said, err); // it is only looked at
    if (!place_firmware(&p, &b->bios, err)) return false;
    if (b->kernel.path && !place_kernel(&p, &b->kernel, &b->bios, err)) return false;
    if (b->initrd.path && !place_initrd(&p, &b->initrd, &b->kernel, err)) return false;
    said.firmware = b->bios.entry;
    said.next = b->kernel.entry;
    said.initrd = b->initrd.lo;
    said.initrd_end = b->initrd.hi;
    if (!make_tree(b, board, &said, err)) return false;
    gaddr top = p.ram_end < TREE_BELOW ? p.ram_end : TREE_BELOW;
    said.tree = b->tree_size < top ? (top - b->tree_size) / BORDER * BORDER : 0;
    if (!place_tree(&p, b, said.tree, err)) return false;
    *pc = board->reset_rom(board->state, &said);
    return true;
}
