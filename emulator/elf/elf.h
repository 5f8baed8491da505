// ELF loading (libelf). Everything that a file can get wrong ends in an Err that names the file and what is wrong.
// elf_open takes ET_EXEC only: bare-metal programs are linked to where they lie, and a position-independent one is
// refused by name. elf_open_user takes what a kernel runs.
#pragma once
#include "base/err.h"
#include "base/types.h"
#include "mem/mem.h"

typedef struct ElfSymbol {
    gaddr lo;
    uint64_t size;    // 0 in the file: up to the next symbol or the end of its section
    const char *name; // lives as long as the ElfFile
    bool is_function; // or a label in a section of code
    bool size_guessed;
} ElfSymbol;

typedef struct ElfSegment {
    unsigned index; // row of the program header table
    gaddr paddr, vaddr;
    uint64_t offset, file_size, mem_size; // file_size <= mem_size; the file has all of it
    bool readable, writable, executable;
} ElfSegment;

typedef struct ElfFile {
    char *path;
    uint16_t machine; // EM_*
    uint8_t class;    // ELFCLASS*
    gpc entry;
    // for a kernel
    bool movable;            // position-independent: addresses count from 0
    const char *interpreter; // path, or NULL; lives as long as the ElfFile
    gaddr headers_at;        // address of the program headers in memory, 0: they are in no segment
    uint16_t n_headers;
    bool stack_is_code; // PT_GNU_STACK asks for it
    void *handle;       // private
} ElfFile;

// Opens and checks the header: an ELF, complete, an executable, little-endian. Knows no guest.
bool elf_open(ElfFile *elf, const char *path, Err *err);
// Something of that name that is no ELF: without symbols and segments. `bytes` stay the caller's, and there.
void elf_stand_in(ElfFile *elf, const char *path, const uint8_t *bytes, size_t n, uint16_t machine, uint8_t class);
const char *elf_sha256(const ElfFile *elf);                // hash of the whole file, computed at the first question
bool elf_is_loadable(const ElfFile *elf);                  // not a stand-in
void elf_extent(const ElfFile *elf, gaddr *lo, gaddr *hi); // range of its segments in physical memory
// The same for a program of an operating system: it may be position-independent and dynamically linked.
bool elf_open_user(ElfFile *elf, const char *path, Err *err);
const ElfSegment *elf_segments(const ElfFile *elf, unsigned *n); // PT_LOAD, not empty, by address; at least one
const uint8_t *elf_bytes(const ElfFile *elf, uint64_t offset);   // bytes of the file
int elf_fd(const ElfFile *elf);        // a large program's file, to be mapped; -1: copy elf_bytes()
void elf_release_file(ElfFile *elf);   // it has been
void elf_move(ElfFile *elf, gaddr by); // segments, entry, symbols
// Copies every PT_LOAD segment to its physical address (p_paddr) and zeroes the rest of it; refuses what does not lie
// in RAM or ROM before it writes anything.
gpc elf_start(const ElfFile *elf); // the entry, where a board loads it: physical
bool elf_load(const ElfFile *elf, Mem *mem, Err *err);
// Symbols are read at the first question. All of them, sorted by lo:
const ElfSymbol *elf_symbols(const ElfFile *elf, uint32_t *n);
const ElfSymbol *elf_symbol_named(const ElfFile *elf, const char *name);
// The one that covers it, or NULL: a function of known size before any other, the innermost of several.
const ElfSymbol *elf_symbol_at(const ElfFile *elf, gaddr at);
gaddr elf_code_end(const ElfFile *elf, gaddr lo,
                   gaddr hi); // end of the last segment with code that begins in [lo, hi), or lo
void elf_close(ElfFile *elf);
