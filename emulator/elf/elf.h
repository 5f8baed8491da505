// ELF loading (libelf). Everything that a file can get wrong ends in an Err that names the file and what is wrong.
#pragma once
#include "base/err.h"
#include "base/types.h"
#include "mem/mem.h"

typedef struct ElfSymbol {
    gaddr lo;
    uint64_t size;
    const char *name;
    bool is_function;
} ElfSymbol;

typedef struct ElfFile {
    char *path;
    uint16_t machine; // EM_*
    uint8_t class;    // ELFCLASS*
    gpc entry;
    ElfSymbol *symbols; // sorted by lo
    uint32_t n_symbols;
    char sha256[65]; // of the whole file
    void *handle;    // private
} ElfFile;

// Opens and checks the header: an ELF, complete, an executable, little-endian. Knows no guest.
bool elf_open(ElfFile *elf, const char *path, Err *err);
// Copies every PT_LOAD segment to its physical address; refuses what does not lie in RAM or ROM.
bool elf_load(const ElfFile *elf, Mem *mem, Err *err);
const ElfSymbol *elf_symbol_named(const ElfFile *elf, const char *name);
const ElfSymbol *elf_symbol_at(const ElfFile *elf, gaddr at); // the one that covers it, or NULL
void elf_close(ElfFile *elf);
