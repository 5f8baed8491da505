// Opening an ELF file: reading it, and checking everything that can be checked without a memory to put it into.
// Segments are in segment.c, symbols in symbol.c.
#include "elf/elf.h"
#include "base/alloc.h"
#include "base/sha256.h"
#include "elf/private.h"
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 30, MAPPED_MIN = 1 << 20 };

bool elf_fail(const ElfFile *elf, Err *err, const char *fmt, ...) {
    char what[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return err_set(err, "%.*s: %s", ELF_PATH_SHOWN, elf->path, what);
}

// ---- the bytes ----------------------------------------------------------------------------------------------------
static bool read_all(ElfFile *elf, int fd, size_t size, Err *err) {
    ElfPrivate *p = elf->handle;
    p->image = alloc_try(size);
    if (!p->image) return elf_fail(elf, err, "no memory to read %zu bytes", size);
    p->size = size;
    for (size_t done = 0; done < size;) {
        ssize_t n = read(fd, p->image + done, size - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return elf_fail(elf, err, "cannot be read: %s", strerror(errno));
        if (n == 0) return elf_fail(elf, err, "became shorter while it was read");
        done += (size_t)n;
    }
    return true;
}

// A large program is mapped, as a kernel does it: most of it is never touched. WHY not on a board: all of it is copied, and
// what a file's owner does to it meanwhile must not end the emulator.
static bool map_all(ElfFile *elf, int fd, size_t size) {
    ElfPrivate *p = elf->handle;
    if (!p->user || size < MAPPED_MIN) return false;
    void *at = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED) return false;
    p->image = at, p->size = size;
    p->is_mapped = true, p->fd = fd;
    return true;
}

int elf_fd(const ElfFile *elf) { return ((const ElfPrivate *)elf->handle)->fd; }

void elf_release_file(ElfFile *elf) {
    ElfPrivate *p = elf->handle;
    if (p->fd >= 0) close(p->fd);
    p->fd = -1;
}

static bool read_file(ElfFile *elf, Err *err) {
    int fd = open(elf->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // WHY: a pipe of that name must not make us wait
    struct stat st;
    if (fd < 0) return elf_fail(elf, err, "cannot be opened: %s", strerror(errno));
    bool ok = false;
    if (fstat(fd, &st))
        elf_fail(elf, err, "cannot be read: %s", strerror(errno));
    else if (S_ISDIR(st.st_mode))
        elf_fail(elf, err, "is a directory, not an ELF file");
    else if (!S_ISREG(st.st_mode))
        elf_fail(elf, err, "is not a regular file");
    else if (!st.st_size)
        elf_fail(elf, err, "is empty, not an ELF file");
    else if (st.st_size > FILE_MAX)
        elf_fail(elf, err, "is too big: %lld bytes, at most %d are taken", (long long)st.st_size, FILE_MAX);
    else if (map_all(elf, fd, (size_t)st.st_size))
        return true;
    else
        ok = read_all(elf, fd, (size_t)st.st_size, err);
    close(fd);
    return ok;
}

// ---- the header ---------------------------------------------------------------------------------------------------
// What libelf would refuse without saying why.
static bool check_ident(const ElfFile *elf, Err *err) {
    const ElfPrivate *p = elf->handle;
    const uint8_t *id = p->image;
    if (p->size < SELFMAG || memcmp(id, ELFMAG, SELFMAG)) return elf_fail(elf, err, "is not an ELF file");
    if (p->size < EI_NIDENT) return elf_fail(elf, err, "is truncated: %zu bytes, not even an ELF header", p->size);
    if (id[EI_CLASS] != ELFCLASS32 && id[EI_CLASS] != ELFCLASS64)
        return elf_fail(elf, err, "has the unknown ELF class %u (1: 32 bits, 2: 64 bits)", id[EI_CLASS]);
    if (id[EI_DATA] != ELFDATA2LSB)
        return elf_fail(elf, err,
                        id[EI_DATA] == ELFDATA2MSB ? "is big-endian; only little-endian programs run here"
                                                   : "has an unknown byte order in its ELF header");
    size_t header = id[EI_CLASS] == ELFCLASS64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    if (p->size < header)
        return elf_fail(elf, err, "is truncated: %zu bytes, the ELF header alone has %zu", p->size, header);
    return true;
}

static bool check_type(const ElfFile *elf, unsigned type, Err *err) {
    const ElfPrivate *p = elf->handle;
    switch (type) {
    case ET_EXEC: return true;
    case ET_REL: return elf_fail(elf, err, "is an object file; link it first");
    case ET_DYN:
        return p->user ||
               elf_fail(elf, err, "is position-independent or a shared library; link it with -static -no-pie");
    case ET_CORE: return elf_fail(elf, err, "is a core dump, not a program");
    default: return elf_fail(elf, err, "has the ELF type %u, which is no executable", type);
    }
}

static bool check_table(const ElfFile *elf, const char *what, uint64_t offset, size_t n, size_t entry, Err *err) {
    const ElfPrivate *p = elf->handle;
    if (offset <= p->size && n <= (p->size - offset) / entry) return true;
    return elf_fail(elf, err, "is truncated: %zu %s headers at byte %llu, the file has %zu bytes", n, what,
                    (unsigned long long)offset, p->size);
}

// WHY the numbers of the header first: libelf calls a file invalid where we can say truncated. Its own numbers differ
// only for files with more than 65279 headers, whose number is in section header 0.
static bool check_tables(const ElfFile *elf, const GElf_Ehdr *h, Err *err) {
    const ElfPrivate *p = elf->handle;
    bool wide = elf->class == ELFCLASS64;
    size_t ph_size = wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr), ph_n = h->e_phnum;
    size_t sh_size = wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr), sh_n = h->e_shnum;
    if (!h->e_phoff || !ph_n) return elf_fail(elf, err, "has no program headers: nothing to load");
    if (h->e_phentsize != ph_size || (h->e_shoff && h->e_shentsize != sh_size))
        return elf_fail(elf, err, "has a broken ELF header: wrong size of program or section headers");
    if (ph_n == PN_XNUM) ph_n = 1;
    if (h->e_shoff && !sh_n) sh_n = 1;
    if (!check_table(elf, "program", h->e_phoff, ph_n, ph_size, err)) return false;
    if (h->e_shoff && !check_table(elf, "section", h->e_shoff, sh_n, sh_size, err)) return false;
    if (elf_getphdrnum(p->elf, &ph_n) || elf_getshdrnum(p->elf, &sh_n))
        return elf_fail(elf, err, "has a broken ELF header: %s", elf_errmsg(-1));
    return check_table(elf, "program", h->e_phoff, ph_n, ph_size, err) &&
           (!h->e_shoff || check_table(elf, "section", h->e_shoff, sh_n, sh_size, err));
}

// A board knows no permissions of segments: linkers leave PF_X out where code lies in a section of data. And it starts
// without paging: the entry may be physical already.
static bool check_entry(const ElfFile *elf, Err *err) {
    const ElfPrivate *p = elf->handle;
    for (unsigned i = 0; i < p->n_segments; i++) {
        const ElfSegment *s = &p->segments[i];
        if ((s->executable || !p->user) && elf->entry - s->vaddr < s->mem_size) return true;
        if (!p->user && elf->entry - s->paddr < s->mem_size) return true;
    }
    return elf_fail(elf, err, "its entry 0x%llx lies in no %ssegment", (unsigned long long)elf->entry,
                    p->user ? "executable " : "");
}

static bool open_checked(ElfFile *elf, Err *err) {
    ElfPrivate *p = elf->handle;
    GElf_Ehdr h;
    if (!read_file(elf, err) || !check_ident(elf, err)) return false;
    p->hashed = p->image, p->n_hashed = p->size;
    elf_version(EV_CURRENT);
    p->elf = elf_memory((char *)p->image, p->size);
    if (!p->elf || elf_kind(p->elf) != ELF_K_ELF || !gelf_getehdr(p->elf, &h))
        return elf_fail(elf, err, "has a broken ELF header: %s", elf_errmsg(-1));
    elf->machine = h.e_machine;
    elf->class = h.e_ident[EI_CLASS];
    elf->entry = h.e_entry;
    elf->movable = h.e_type == ET_DYN;
    return check_type(elf, h.e_type, err) && check_tables(elf, &h, err) && elf_read_segments(elf, err) &&
           check_entry(elf, err) && elf_check_symbols(elf, err);
}

static void name(ElfFile *elf, const char *path) {
    memset(elf, 0, sizeof *elf);
    elf->path = alloc_text(path);
    elf->handle = alloc_zeroed(1, sizeof(ElfPrivate));
    ((ElfPrivate *)elf->handle)->fd = -1;
}

// WHY not when the file is opened: a program of 50 MB takes a second, and few runs want to know.
const char *elf_sha256(const ElfFile *elf) {
    ElfPrivate *p = elf->handle;
    if (p->hashed && !p->sha256[0]) sha256_hex(p->hashed, p->n_hashed, p->sha256);
    return p->sha256;
}

void elf_stand_in(ElfFile *elf, const char *path, const uint8_t *bytes, size_t n, uint16_t machine, uint8_t class) {
    name(elf, path);
    ElfPrivate *p = elf->handle;
    p->hashed = bytes, p->n_hashed = n;
    elf->machine = machine;
    elf->class = class;
}

static bool open_for(ElfFile *elf, const char *path, bool user, Err *err) {
    name(elf, path);
    ((ElfPrivate *)elf->handle)->user = user;
    if (open_checked(elf, err)) return true;
    elf_close(elf);
    return false;
}

bool elf_open(ElfFile *elf, const char *path, Err *err) { return open_for(elf, path, false, err); }
bool elf_open_user(ElfFile *elf, const char *path, Err *err) { return open_for(elf, path, true, err); }

void elf_close(ElfFile *elf) {
    ElfPrivate *p = elf->handle;
    if (p) {
        if (p->elf) elf_end(p->elf);
        elf_release_file(elf);
        if (p->is_mapped)
            munmap(p->image, p->size);
        else
            free(p->image);
        free(p->reach);
        free(p->symbols);
    }
    free(p);
    free(elf->path);
    memset(elf, 0, sizeof *elf);
}
