// What the files of elf/ share.
#pragma once
#include "base/err.h"
#include "base/types.h"
#include "elf/elf.h"
#include <libelf.h>

enum { ELF_SEGMENTS_MAX = 64, ELF_PATH_SHOWN = 400 }; // bytes of a path in a message

typedef struct ElfPrivate {
    uint8_t *image; // the whole file
    size_t size;
    bool is_mapped; // the image; `fd` is its file until elf_release_file(), else -1
    int fd;
    Elf *elf;
    ElfSegment segments[ELF_SEGMENTS_MAX]; // PT_LOAD, not empty, sorted by paddr, not overlapping
    unsigned n_segments;
    bool user;        // opened for a kernel
    bool has_symbols; // they were read
    ElfSymbol *symbols;
    uint32_t n_symbols;
    gaddr *reach;          // per symbol: the highest end of it and of all before it
    gaddr moved;           // by elf_move()
    const uint8_t *hashed; // what the hash is of: `image`, or what a stand-in stands for; NULL: nothing
    size_t n_hashed;
    char sha256[65]; // empty until it is asked for
} ElfPrivate;

bool elf_fail(const ElfFile *elf, Err *err, const char *fmt, ...) PRINTF_LIKE(3, 4); // err_set with the file's name
bool elf_read_segments(ElfFile *elf, Err *err);
bool elf_check_symbols(const ElfFile *elf, Err *err); // the table is there, or there is none
