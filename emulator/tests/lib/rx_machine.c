#include "tests/lib/rx_machine.h"
#include "base/nameless.h"
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const RxWay rx_ways[RX_WAYS] = {
    {"interpreter", "all", true}, {"interpreter, flags at once", "all,-flags", true},
    {"translator", "all", false}, {"translator, flags at once", "all,-flags", false},
    {"no passes", "none", false}, {"no passes, lazy flags", "none,+flags,+chain", false},
};

static int empty_elf(void) {
    struct {
        Elf32_Ehdr h;
        Elf32_Phdr ph;
        uint8_t code[4];
    } e = {.h = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
                 .e_type = ET_EXEC,
                 .e_machine = 173,
                 .e_version = EV_CURRENT,
                 .e_entry = RX_CODE,
                 .e_phoff = sizeof(Elf32_Ehdr),
                 .e_ehsize = sizeof(Elf32_Ehdr),
                 .e_phentsize = sizeof(Elf32_Phdr),
                 .e_phnum = 1},
           .ph = {.p_type = PT_LOAD,
                  .p_flags = PF_R | PF_W | PF_X,
                  .p_offset = offsetof(typeof(e), code),
                  .p_vaddr = RX_CODE,
                  .p_paddr = RX_CODE,
                  .p_filesz = 4,
                  .p_memsz = 4,
                  .p_align = 1}};
    int fd = nameless_file("empty", NAMELESS_DATA, 0);
    BUG_IF(fd < 0 || write(fd, &e, sizeof e) != (ssize_t)sizeof e, "cannot make an ELF in memory");
    return fd;
}

void rx_machine_init(Machine *m, const RxWay *way) {
    char path[40];
    Err err;
    int fd = empty_elf();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    MachineOptions o = {.elf_path = path,
                        .interp = way->interp,
                        .features = features_default(),
                        .ram_size = RX_MEMORY,
                        .cache_size = 8 << 20,
                        .in_fd = -1,
                        .out_fd = -1};
    BUG_IF(!features_parse(&o.features, way->features, &err), "%s", err.text);
    BUG_IF(!machine_init(m, &o, &err), "%s", err.text);
    close(fd);
}

bool rx_machine_run(Machine *m, uint32_t pc) {
    machine_cpu(m)->pc = pc;
    m->ended = false;
    machine_run(m);
    return m->end == RUN_STUCK && strstr(m->stuck_reason, "waits");
}

void rx_machine_put(Machine *m, uint32_t at, const void *bytes, size_t n) {
    BUG_IF(!mem_copy_in(&m->mem, at, bytes, n), "no memory at %#x", at);
}
