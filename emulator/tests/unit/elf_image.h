// A small valid ELF file as one struct, of either class, for the tests of the loader to write out or to break.
//
//   0x80000000 text, 64 bytes:  _start (no size) at +0, main (24 bytes) at +16, inner (no size) at +20, after (no size)
//   at +48 0x80010000 data, 16 bytes in the file and 64 in memory:  object at +0, tohost at +32
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <libelf.h>

enum { IMAGE_TEXT_AT = 0x80000000, IMAGE_TEXT = 64, IMAGE_DATA_AT = 0x80010000, IMAGE_DATA = 16, IMAGE_BSS_END = 64 };
enum { IMAGE_PHDRS = 3, IMAGE_SYMBOLS = 9, IMAGE_SECTIONS = 6 };
#define IMAGE_NAMES "\0_start\0main\0inner\0after\0object\0tohost\0absolute\0$x"

#define IMAGE_SYM(bits, name, value, size, type, section)                                                              \
    {                                                                                                                  \
        .st_name = name, .st_value = value, .st_size = size, .st_info = ELF##bits##_ST_INFO(STB_GLOBAL, type),         \
        .st_shndx = section                                                                                            \
    }
#define IMAGE_SECTION(type, flags, at, offset, bytes, other, entry)                                                    \
    {                                                                                                                  \
        .sh_type = type, .sh_flags = flags, .sh_addr = at, .sh_offset = offset, .sh_size = bytes, .sh_link = other,    \
        .sh_entsize = entry, .sh_addralign = 1                                                                         \
    }

#define IMAGE_DEFINE(bits)                                                                                             \
    typedef struct Image##bits {                                                                                       \
        Elf##bits##_Ehdr h;                                                                                            \
        Elf##bits##_Phdr ph[IMAGE_PHDRS];                                                                              \
        Elf##bits##_Shdr sh[IMAGE_SECTIONS];                                                                           \
        Elf##bits##_Sym sym[IMAGE_SYMBOLS];                                                                            \
        uint8_t text[IMAGE_TEXT];                                                                                      \
        uint8_t data[IMAGE_DATA];                                                                                      \
        char names[sizeof IMAGE_NAMES];                                                                                \
    } Image##bits;                                                                                                     \
    static inline Image##bits image##bits(void) {                                                                      \
        return (Image##bits){                                                                                          \
            .h = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS##bits, ELFDATA2LSB, EV_CURRENT},            \
                  .e_type = ET_EXEC,                                                                                   \
                  .e_machine = EM_RISCV,                                                                               \
                  .e_version = EV_CURRENT,                                                                             \
                  .e_entry = IMAGE_TEXT_AT,                                                                            \
                  .e_phoff = offsetof(Image##bits, ph),                                                                \
                  .e_shoff = offsetof(Image##bits, sh),                                                                \
                  .e_ehsize = sizeof(Elf##bits##_Ehdr),                                                                \
                  .e_phentsize = sizeof(Elf##bits##_Phdr),                                                             \
                  .e_phnum = IMAGE_PHDRS,                                                                              \
                  .e_shentsize = sizeof(Elf##bits##_Shdr),                                                             \
                  .e_shnum = IMAGE_SECTIONS,                                                                           \
                  .e_shstrndx = 5},                                                                                    \
            .ph = {{.p_type = PT_LOAD,                                                                                 \
                    .p_flags = PF_R | PF_X,                                                                            \
                    .p_offset = offsetof(Image##bits, text),                                                           \
                    .p_vaddr = IMAGE_TEXT_AT,                                                                          \
                    .p_paddr = IMAGE_TEXT_AT,                                                                          \
                    .p_filesz = IMAGE_TEXT,                                                                            \
                    .p_memsz = IMAGE_TEXT},                                                                            \
                   {.p_type = PT_LOAD,                                                                                 \
                    .p_flags = PF_R | PF_W,                                                                            \
                    .p_offset = offsetof(Image##bits, data),                                                           \
                    .p_vaddr = IMAGE_DATA_AT,                                                                          \
                    .p_paddr = IMAGE_DATA_AT,                                                                          \
                    .p_filesz = IMAGE_DATA,                                                                            \
                    .p_memsz = IMAGE_BSS_END},                                                                         \
                   {.p_type = PT_GNU_STACK}},                                                                          \
            .sh = {{.sh_type = SHT_NULL},                                                                              \
                   IMAGE_SECTION(SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, IMAGE_TEXT_AT, offsetof(Image##bits, text),  \
                                 IMAGE_TEXT, 0, 0),                                                                    \
                   IMAGE_SECTION(SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, IMAGE_DATA_AT, offsetof(Image##bits, data),      \
                                 IMAGE_DATA, 0, 0),                                                                    \
                   IMAGE_SECTION(SHT_NOBITS, SHF_ALLOC | SHF_WRITE, IMAGE_DATA_AT + IMAGE_DATA, 0,                     \
                                 IMAGE_BSS_END - IMAGE_DATA, 0, 0),                                                    \
                   IMAGE_SECTION(SHT_SYMTAB, 0, 0, offsetof(Image##bits, sym), sizeof((Image##bits *)0)->sym, 5,       \
                                 sizeof(Elf##bits##_Sym)),                                                             \
                   IMAGE_SECTION(SHT_STRTAB, 0, 0, offsetof(Image##bits, names), sizeof IMAGE_NAMES, 0, 0)},           \
            .sym = {{.st_name = 0},                                                                                    \
                    IMAGE_SYM(bits, 1, IMAGE_TEXT_AT, 0, STT_NOTYPE, 1),                                               \
                    IMAGE_SYM(bits, 8, IMAGE_TEXT_AT + 16, 24, STT_FUNC, 1),                                           \
                    IMAGE_SYM(bits, 13, IMAGE_TEXT_AT + 20, 0, STT_NOTYPE, 1),                                         \
                    IMAGE_SYM(bits, 19, IMAGE_TEXT_AT + 48, 0, STT_FUNC, 1),                                           \
                    IMAGE_SYM(bits, 25, IMAGE_DATA_AT, 16, STT_OBJECT, 2),                                             \
                    IMAGE_SYM(bits, 32, IMAGE_DATA_AT + 32, 8, STT_OBJECT, 3),                                         \
                    IMAGE_SYM(bits, 39, 0x1000, 0, STT_NOTYPE, SHN_ABS),                                               \
                    IMAGE_SYM(bits, 48, IMAGE_TEXT_AT, 0, STT_NOTYPE, 1)},                                             \
            .text = {0x13, 0, 0, 0, 0x6f, 0, 0, 0},                                                                    \
            .data = "data",                                                                                            \
            .names = IMAGE_NAMES,                                                                                      \
        };                                                                                                             \
    }
IMAGE_DEFINE(32)
IMAGE_DEFINE(64)
