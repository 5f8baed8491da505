// Translated code for a debugger of emu itself: GDB's JIT interface ("JIT Compilation Interface" of its manual). Units
// become ELF files in memory with names, lines of the guest's source and frames.
#pragma once
#include "jit/observe.h"
#include "elf/line.h"
#include "run/machine.h"

typedef struct GdbJit GdbJit;
// `machine` is read when units are made: it may be initialised later.
GdbJit *gdb_jit_open(const Machine *machine, const char *elf_path);
JitObserver *gdb_jit_observer(GdbJit *g);
void gdb_jit_close(GdbJit *g);

// ---- gdbjit_elf.c: one such file
typedef struct CodeName { // name of the code from `at` to the next one
    uint32_t at;
    char text[160];
} CodeName;

typedef struct CodeLine {
    uint32_t at;
    ElfLine line;
} CodeLine;

typedef struct CodeFile {
    const Host *host;
    const uint8_t *exec;
    uint32_t n_bytes;
    const HostUnwind *unwind;
    uint32_t n_unwind;
    const CodeName *names; // in order of `at`, the first is at 0
    uint32_t n_names;
    const CodeLine *lines; // in order of `at`
    uint32_t n_lines;
} CodeFile;
Bytes code_file_make(const CodeFile *f);
