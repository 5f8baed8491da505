// Source lines of the guest program, by its DWARF (libdwfl). Nothing here fails: what is unknown has no line.
#pragma once
#include "base/types.h"

typedef struct ElfLines ElfLines;
typedef struct ElfLine {
    const char *file, *folder; // where the compiler ran, for a relative `file`; both live as long as the ElfLines
    int line;                  // 0: unknown
} ElfLine;

ElfLines *elf_lines_open(const char *path);
ElfLine elf_line_at(const ElfLines *l, gpc at);
void elf_lines_close(ElfLines *l);
