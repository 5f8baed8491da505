// /tmp/perf-PID.map: "START SIZE NAME" a line; for tools that read it (perf does for anonymous memory only).
// jit-PID.dump: code and names with times; `perf inject --jit` makes ELF files from it, so that `perf
// annotate` works. The format is described in the kernel's tools/perf/Documentation/jitdump-specification.txt;
// perf must record with `-k mono`.
#include "base/alloc.h"
#include "jit/observe.h"
#include "prof/debug/perfmap.h"
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct PerfNames {
    JitObserver observer;
    const Machine *machine;
    FILE *map, *dump;
    void *marker; // perf finds the dump by this mapping of it
    char map_path[64], dump_path[4096];
    uint64_t index;
};

typedef struct DumpHeader {
    uint32_t magic, version, total_size, elf_mach, pad, pid;
    uint64_t timestamp, flags;
} DumpHeader;

typedef struct DumpCode {
    uint32_t id, total_size;
    uint64_t timestamp;
    uint32_t pid, tid;
    uint64_t vma, code_addr, code_size, code_index;
} DumpCode;

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// "coremark_main+0x12 [rv64 region 0x80000012]"; no spaces in the first word, which is what
// perf shows in narrow columns
static void name_unit(const Machine *m, const Unit *u, char *out, size_t size) {
    const ElfSymbol *s = elf_symbol_at(&m->elf, u->pc);
    const char *tier = u->n_blocks > 1 ? "region" : "block";
    unsigned long long pc = u->pc, offset = s ? u->pc - s->lo : 0;
    if (!s)
        snprintf(out, size, "0x%llx [%s %s]", pc, m->guest->name, tier);
    else if (offset)
        snprintf(out, size, "%.100s+0x%llx [%s %s 0x%llx]", s->name, offset, m->guest->name, tier, pc);
    else
        snprintf(out, size, "%.100s [%s %s 0x%llx]", s->name, m->guest->name, tier, pc);
}

static void dump_unit(PerfNames *n, const Unit *u, const char *name) {
    size_t size = strlen(name) + 1;
    uint64_t at = (uint64_t)(uintptr_t)u->exec;
    DumpCode c = {.total_size = (uint32_t)(sizeof c + size + u->n_bytes),
                  .timestamp = now(),
                  .pid = (uint32_t)getpid(),
                  .tid = (uint32_t)gettid(),
                  .vma = at,
                  .code_addr = at,
                  .code_size = u->n_bytes,
                  .code_index = n->index++};
    fwrite(&c, sizeof c, 1, n->dump);
    fwrite(name, 1, size, n->dump);
    fwrite(u->exec, 1, u->n_bytes, n->dump);
}

static void made(void *ctx, const JitMade *m) {
    const Unit *u = m->unit;
    PerfNames *n = ctx;
    char name[200];
    if (!u->exec) return;
    name_unit(n->machine, u, name, sizeof name);
    if (n->map) fprintf(n->map, "%llx %x %s\n", (unsigned long long)(uintptr_t)u->exec, u->n_bytes, name);
    if (n->dump) dump_unit(n, u, name);
}

static bool open_dump(PerfNames *n, const char *dir, Err *err) {
    DumpHeader h = {.magic = 0x4A695444,
                    .version = 1,
                    .total_size = sizeof h,
                    .elf_mach = host_native.elf_machine,
                    .pid = (uint32_t)getpid(),
                    .timestamp = now()};
    snprintf(n->dump_path, sizeof n->dump_path, "%s/jit-%ld.dump", dir, (long)getpid());
    n->dump = fopen(n->dump_path, "w+");
    if (!n->dump || fwrite(&h, sizeof h, 1, n->dump) != 1 || fflush(n->dump))
        return err_set(err, "%s: cannot write: %s", n->dump_path, strerror(errno));
    n->marker = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_EXEC, MAP_PRIVATE, fileno(n->dump), 0);
    if (n->marker == MAP_FAILED) n->marker = NULL;
    return n->marker ||
           err_set(err, "%s: cannot be mapped executable, so perf would not find it: %s; choose another folder",
                   n->dump_path, strerror(errno));
}

PerfNames *perf_names_open(const Machine *machine, bool map, const char *jitdump_dir, Err *err) {
    PerfNames *n = alloc_zeroed(1, sizeof *n);
    n->machine = machine;
    n->observer = (JitObserver){.ctx = n, .made = made};
    snprintf(n->map_path, sizeof n->map_path, "/tmp/perf-%ld.map", (long)getpid());
    bool ok = true;
    if (map && !(n->map = fopen(n->map_path, "w")))
        ok = err_set(err, "%s: cannot write: %s", n->map_path, strerror(errno));
    if (ok && jitdump_dir) ok = open_dump(n, jitdump_dir, err);
    if (ok) return n;
    Err ignored;
    perf_names_close(n, &ignored);
    return NULL;
}

JitObserver *perf_names_observer(PerfNames *n) { return &n->observer; }

static bool close_file(FILE *f, const char *path, Err *err) {
    if (!f) return true;
    bool ok = !ferror(f);
    return (!fclose(f) && ok) || err_set(err, "%s: cannot write: %s", path, strerror(errno));
}

bool perf_names_close(PerfNames *n, Err *err) {
    bool ok = close_file(n->map, n->map_path, err);
    ok = close_file(n->dump, n->dump_path, err) && ok;
    if (n->marker) munmap(n->marker, (size_t)sysconf(_SC_PAGESIZE));
    free(n);
    return ok;
}
