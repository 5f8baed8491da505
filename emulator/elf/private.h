// What the files of elf/ share.
#pragma once
#include "base/err.h"
#include "base/types.h"
#include "elf/elf.h"
#include <libelf.h>

enum { ELF_SEGMENTS_MAX = 64, ELF_PATH_SHOWN = 400 }; // bytes of a path in a message

typedef struct ElfSegment {
    unsigned index; // in the program header table
    gaddr paddr, vaddr;
    uint64_t offset, file_size, mem_size; // file_size <= mem_size; the file has all of it
    bool executable;
} ElfSegment;

typedef struct ElfPrivate {
    uint8_t *image; // the whole file
    size_t size;
    Elf *elf;
    ElfSegment segments[ELF_SEGMENTS_MAX]; // PT_LOAD, not empty, sorted by paddr, not overlapping
    unsigned n_segments;
    gaddr *reach; // per symbol: the highest end of it and of all before it
} ElfPrivate;

bool elf_fail(const ElfFile *elf, Err *err, const char *fmt, ...) PRINTF_LIKE(3, 4); // err_set with the file's name
bool elf_read_segments(ElfFile *elf, Err *err);
bool elf_read_symbols(ElfFile *elf, Err *err);
