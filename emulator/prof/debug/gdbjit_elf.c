// An ELF file for code that lies in memory already: .text without contents, names, frames, and a compilation unit of
// DWARF version 4 with one function a name and the line table. Offsets and forms: DWARF standard, "Line Number
// Information" and "Debugging Information Entry"; ELF: elf(5).
#include "prof/debug/gdbjit.h"
#include <elf.h>
#include <string.h>

enum {
    TEXT = 1,
    EH_FRAME,
    SYMTAB,
    STRTAB,
    DEBUG_INFO,
    DEBUG_ABBREV,
    DEBUG_LINE,
    SECTIONS,
};
static const char *const section_names[SECTIONS] = {"",        ".text",       ".eh_frame",     ".symtab",
                                                    ".strtab", ".debug_info", ".debug_abbrev", ".debug_line"};

// What is used of DWARF.
enum {
    TAG_COMPILE_UNIT = 0x11,
    TAG_SUBPROGRAM = 0x2e,
    AT_NAME = 0x03,
    AT_STMT_LIST = 0x10,
    AT_LOW_PC = 0x11,
    AT_HIGH_PC = 0x12,
    AT_LANGUAGE = 0x13,
    AT_COMP_DIR = 0x1b,
    AT_PRODUCER = 0x25,
    FORM_ADDR = 0x01,
    FORM_DATA4 = 0x06,
    FORM_STRING = 0x08,
    FORM_DATA1 = 0x0b,
    FORM_SEC_OFFSET = 0x17,
    LANG_C99 = 0x0c,
    LNS_COPY = 1,
    LNS_ADVANCE_PC = 2,
    LNS_ADVANCE_LINE = 3,
    LNS_SET_FILE = 4,
    LNE_END_SEQUENCE = 1,
    LNE_SET_ADDRESS = 2,
};

static uint64_t address(const CodeFile *f, uint32_t at) { return (uint64_t)(uintptr_t)f->exec + at; }
static uint32_t end_of_name(const CodeFile *f, uint32_t i) {
    return i + 1 < f->n_names ? f->names[i + 1].at : f->n_bytes;
}

// ---- lines
typedef struct Files {
    const char *name[256]; // what comes after them has no line
    unsigned n;
} Files;

static unsigned file_number(Files *files, const char *name) { // from 1; 0: no room
    for (unsigned i = 0; i < files->n; i++)
        if (!strcmp(files->name[i], name)) return i + 1;
    if (files->n == ARRAY_LEN(files->name)) return 0;
    files->name[files->n++] = name;
    return files->n;
}

static void line_program(Bytes *b, const CodeFile *f, Files *files) {
    unsigned file = 1, line = 1;
    uint32_t at = 0;
    bytes_put(b, 0, 1), bytes_uleb(b, 9), bytes_put(b, LNE_SET_ADDRESS, 1), bytes_put(b, address(f, 0), 8);
    for (uint32_t i = 0; i < f->n_lines; i++) {
        const ElfLine *l = &f->lines[i].line;
        unsigned number = l->line ? file_number(files, l->file) : 0, now = number ? (unsigned)l->line : 0;
        bytes_put(b, LNS_ADVANCE_PC, 1), bytes_uleb(b, f->lines[i].at - at);
        if (number && number != file) bytes_put(b, LNS_SET_FILE, 1), bytes_uleb(b, file = number);
        if (now != line) bytes_put(b, LNS_ADVANCE_LINE, 1), bytes_sleb(b, (int64_t)now - (int64_t)line);
        bytes_put(b, LNS_COPY, 1);
        line = now, at = f->lines[i].at;
    }
    bytes_put(b, LNS_ADVANCE_PC, 1), bytes_uleb(b, f->n_bytes - at);
    bytes_put(b, 0, 1), bytes_uleb(b, 1), bytes_put(b, LNE_END_SEQUENCE, 1);
}

static void debug_line(Bytes *b, const CodeFile *f) {
    static const uint8_t operands[] = {0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1}; // operand counts of the standard opcodes
    Files files = {0};
    Bytes program = {0};
    line_program(&program, f, &files);
    bytes_put(b, 0, 4);                                         // length
    bytes_put(b, 4, 2);                                         // version
    bytes_put(b, 0, 4);                                         // header length
    bytes_put(b, 1, 1), bytes_put(b, 1, 1), bytes_put(b, 1, 1); // bytes of an instruction; operations; is a statement
    bytes_put(b, 0, 1), bytes_put(b, 1, 1), bytes_put(b, ARRAY_LEN(operands) + 1, 1); // no special opcodes are used
    bytes_add(b, operands, sizeof operands);
    bytes_put(b, 0, 1); // folders: none
    for (unsigned i = 0; i < files.n; i++) bytes_string(b, files.name[i]), bytes_add(b, "\0\0", 3);
    bytes_put(b, 0, 1);
    bytes_set(b, 6, b->n - 10, 4);
    bytes_add(b, program.at, program.n);
    bytes_set(b, 0, b->n - 4, 4);
    vec_free(&program);
}

// ---- names
static void abbreviation(Bytes *b, unsigned code, unsigned tag, bool children, const uint8_t (*attributes)[2],
                         size_t n) {
    bytes_uleb(b, code), bytes_uleb(b, tag), bytes_put(b, children, 1);
    for (size_t i = 0; i < n; i++) bytes_uleb(b, attributes[i][0]), bytes_uleb(b, attributes[i][1]);
    bytes_put(b, 0, 2);
}

static void debug_abbrev(Bytes *b) {
    static const uint8_t unit[][2] = {{AT_PRODUCER, FORM_STRING},     {AT_LANGUAGE, FORM_DATA1},
                                      {AT_NAME, FORM_STRING},         {AT_COMP_DIR, FORM_STRING},
                                      {AT_LOW_PC, FORM_ADDR},         {AT_HIGH_PC, FORM_DATA4},
                                      {AT_STMT_LIST, FORM_SEC_OFFSET}};
    static const uint8_t function[][2] = {{AT_NAME, FORM_STRING}, {AT_LOW_PC, FORM_ADDR}, {AT_HIGH_PC, FORM_DATA4}};
    abbreviation(b, 1, TAG_COMPILE_UNIT, true, unit, ARRAY_LEN(unit));
    abbreviation(b, 2, TAG_SUBPROGRAM, false, function, ARRAY_LEN(function));
    bytes_put(b, 0, 1);
}

static void debug_info(Bytes *b, const CodeFile *f) {
    const ElfLine *known = NULL;
    for (uint32_t i = 0; i < f->n_lines && !known; i++)
        if (f->lines[i].line.line) known = &f->lines[i].line;
    bytes_put(b, 0, 4); // length
    bytes_put(b, 4, 2); // version
    bytes_put(b, 0, 4); // offset in .debug_abbrev
    bytes_put(b, 8, 1); // bytes of an address
    bytes_uleb(b, 1);
    bytes_string(b, "nightjar");
    bytes_put(b, LANG_C99, 1);
    bytes_string(b, known ? known->file : "translated");
    bytes_string(b, known && known->folder ? known->folder : "");
    bytes_put(b, address(f, 0), 8), bytes_put(b, f->n_bytes, 4);
    bytes_put(b, 0, 4); // offset in .debug_line
    for (uint32_t i = 0; i < f->n_names; i++) {
        bytes_uleb(b, 2);
        bytes_string(b, f->names[i].text);
        bytes_put(b, address(f, f->names[i].at), 8), bytes_put(b, end_of_name(f, i) - f->names[i].at, 4);
    }
    bytes_put(b, 0, 1); // no more functions
    bytes_set(b, 0, b->n - 4, 4);
}

static void symbols(Bytes *b, Bytes *strings, const CodeFile *f) {
    bytes_add(b, &(Elf64_Sym){0}, sizeof(Elf64_Sym));
    for (uint32_t i = 0; i < f->n_names; i++) {
        Elf64_Sym s = {.st_name = strings->n,
                       .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                       .st_shndx = TEXT,
                       .st_value = address(f, f->names[i].at),
                       .st_size = end_of_name(f, i) - f->names[i].at};
        bytes_string(strings, f->names[i].text);
        bytes_add(b, &s, sizeof s);
    }
}

// ---- the file
static Elf64_Shdr section(const CodeFile *f, unsigned i, uint32_t name, uint32_t offset, uint32_t size) {
    Elf64_Shdr s = {.sh_name = name,
                    .sh_type = SHT_PROGBITS,
                    .sh_offset = offset,
                    .sh_size = size,
                    .sh_addralign = i == EH_FRAME || i == SYMTAB ? 8 : 1};
    if (i == 0) return (Elf64_Shdr){0};
    if (i == TEXT) {
        s.sh_type = SHT_NOBITS;
        s.sh_flags = SHF_ALLOC | SHF_EXECINSTR;
        s.sh_addr = address(f, 0);
        s.sh_size = f->n_bytes;
    } else if (i == SYMTAB) {
        s.sh_type = SHT_SYMTAB;
        s.sh_link = STRTAB, s.sh_info = 1, s.sh_entsize = sizeof(Elf64_Sym);
    } else if (i == STRTAB) {
        s.sh_type = SHT_STRTAB;
    }
    return s;
}

Bytes code_file_make(const CodeFile *f) {
    Bytes part[SECTIONS] = {0}, out = {0};
    uint32_t name[SECTIONS];
    Elf64_Shdr headers[SECTIONS];
    for (unsigned i = 0; i < SECTIONS; i++) name[i] = part[STRTAB].n, bytes_string(&part[STRTAB], section_names[i]);
    host_eh_frame(&f->host->dwarf, &part[EH_FRAME], f->unwind, f->n_unwind, f->exec, f->n_bytes);
    symbols(&part[SYMTAB], &part[STRTAB], f);
    debug_info(&part[DEBUG_INFO], f);
    debug_abbrev(&part[DEBUG_ABBREV]);
    debug_line(&part[DEBUG_LINE], f);
    Elf64_Ehdr h = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                    .e_type = ET_EXEC,
                    .e_machine = f->host->elf_machine,
                    .e_version = EV_CURRENT,
                    .e_ehsize = sizeof h,
                    .e_shentsize = sizeof(Elf64_Shdr),
                    .e_shnum = SECTIONS,
                    .e_shstrndx = STRTAB};
    bytes_add(&out, &h, sizeof h);
    for (unsigned i = 0; i < SECTIONS; i++) {
        bytes_align(&out, 8, 0);
        headers[i] = section(f, i, name[i], out.n, part[i].n);
        bytes_add(&out, part[i].at, part[i].n);
        vec_free(&part[i]);
    }
    bytes_align(&out, 8, 0);
    h.e_shoff = out.n;
    memcpy(out.at, &h, sizeof h);
    bytes_add(&out, headers, sizeof headers);
    return out;
}
