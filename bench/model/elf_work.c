#include "bench/model/elf_work.h"
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

enum { BYTES = 4 };

static bool is_work(const char *name) {
    return name && (!strcmp(name, "work_iterations") || !strcmp(name, "_work_iterations"));
}

// The file offset of a symbol that lies in a section with contents.
static bool offset_of(Elf *elf, const GElf_Sym *symbol, off_t *at) {
    GElf_Shdr header;
    Elf_Scn *section = elf_getscn(elf, symbol->st_shndx);
    if (!section || !gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS) return false;
    if (symbol->st_value < header.sh_addr || symbol->st_value - header.sh_addr + BYTES > header.sh_size) return false;
    *at = (off_t)(header.sh_offset + (symbol->st_value - header.sh_addr));
    return true;
}

static bool find_in_table(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, off_t *at) {
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Sym symbol;
    for (int i = 0; data && header->sh_entsize && i < (int)(header->sh_size / header->sh_entsize); i++) {
        if (gelf_getsym(data, i, &symbol) && is_work(elf_strptr(elf, header->sh_link, symbol.st_name)))
            return offset_of(elf, &symbol, at);
    }
    return false;
}

bool elf_work_find(const char *path, off_t *at) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    Elf_Scn *section = NULL;
    GElf_Shdr header;
    bool found = false;
    while (elf && !found && (section = elf_nextscn(elf, section)))
        found =
            gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB && find_in_table(elf, section, &header, at);
    if (elf) elf_end(elf);
    close(fd);
    return found;
}

static bool copy(int from, int to) {
    char bytes[1 << 16];
    ssize_t n;
    while ((n = read(from, bytes, sizeof bytes)) > 0)
        if (write(to, bytes, (size_t)n) != n) return false;
    return !n;
}

bool elf_work_copy(const char *from, const char *to, uint32_t work, Err *err) {
    const uint8_t bytes[BYTES] = {(uint8_t)work, (uint8_t)(work >> 8), (uint8_t)(work >> 16), (uint8_t)(work >> 24)};
    off_t at;
    if (!elf_work_find(from, &at)) return err_set(err, "%s: it has no variable work_iterations", from);
    unlink(to); // WHY: a program that still runs, of a bench that was killed, cannot be overwritten
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0777);
    bool ok = in >= 0 && out >= 0 && copy(in, out) && pwrite(out, bytes, BYTES, at) == BYTES;
    if (in >= 0) close(in);
    if (out >= 0) ok = !close(out) && ok;
    return ok || err_set(err, "%s: cannot be copied to %s: %s", from, to, strerror(errno));
}
