// Starting with firmware: what --bios, --kernel and --initrd name is laid out in RAM, with a device tree behind it.
//
//   RAM + 0            firmware: an ELF where it says, anything else at the start of RAM
//   next 2 MiB border  kernel: a RISC-V Image at its offset or after the firmware; an ELF where it says
//   kernel + 128 MiB   initrd, or + half of RAM if that is less, or after the kernel if that is more (as QEMU does)
//   end of RAM         device tree, on a multiple of 2 MiB below the end, or below 3 GiB if that is less (as QEMU does)
//
// What does not fit or overlaps is an error before the guest starts.
#pragma once
#include "board/board.h"
#include "elf/elf.h"

typedef struct BootOptions {
    const char *bios, *kernel, *initrd, *append; // NULL: not given
} BootOptions;

typedef struct BootFile {
    char *path; // NULL: none
    uint8_t *bytes;
    size_t n;
    const ElfFile *elf; // a stand-in if it is not one
    gaddr lo, hi;       // where it lies, with the memory that it claims behind its bytes
    gpc entry;
} BootFile;

typedef struct Boot {
    BootFile bios, kernel, initrd;
    ElfFile second; // the ELF that is not the program
    void *tree;     // the device tree
    size_t tree_size;
} Boot;

static inline bool boot_asked(const BootOptions *o) { return o->bios || o->kernel; }
// Reads and checks the files. Without --bios the firmware of package opensbi, or of QEMU, is taken. *program becomes
// what --bios named, or else the kernel.
bool boot_open(Boot *b, const BootOptions *o, ElfFile *program, Err *err);
// Loads them, and returns in *pc where the CPU starts.
bool boot_load(Boot *b, const BootOptions *o, Mem *mem, const Board *board, BoardBoot said, gpc *pc, Err *err);
void boot_close(Boot *b);
