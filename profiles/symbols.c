// Names and lines by libdwfl: one library for the symbol table and for DWARF, whatever the machine of the ELF is.
#include "base/alloc.h"
#include "profiles/profile.h"
#include <elfutils/libdwfl.h>
#include <stdlib.h>

struct Symbols {
    Dwfl *dwfl;
    Dwfl_Module *module;
    Dwfl_Callbacks callbacks;
};

// WHY: the standard function may ask a server; the program itself has its debug information or there is none.
static int no_debuginfo(Dwfl_Module *m, void **user, const char *name, Dwarf_Addr base, const char *file,
                        const char *link, GElf_Word crc, char **found) {
    (void)m, (void)user, (void)name, (void)base, (void)file, (void)link, (void)crc, (void)found;
    return -1;
}

Symbols *symbols_open(const char *elf) {
    Symbols *s = alloc_zeroed(1, sizeof *s);
    s->callbacks = (Dwfl_Callbacks){.find_debuginfo = no_debuginfo, .section_address = dwfl_offline_section_address};
    s->dwfl = dwfl_begin(&s->callbacks);
    if (!s->dwfl) return s;
    dwfl_report_begin(s->dwfl);
    s->module = dwfl_report_offline(s->dwfl, "guest", elf, -1);
    dwfl_report_end(s->dwfl, NULL, NULL);
    return s;
}

SymbolAt symbols_at(const Symbols *s, uint64_t at_gpc) {
    SymbolAt at = {0};
    if (!s || !s->module) return at;
    GElf_Off offset = 0;
    GElf_Sym symbol;
    at.name = dwfl_module_addrinfo(s->module, at_gpc, &offset, &symbol, NULL, NULL, NULL);
    at.offset = offset;
    Dwfl_Line *line = dwfl_module_getsrc(s->module, at_gpc);
    if (line) at.file = dwfl_lineinfo(line, NULL, &at.line, NULL, NULL, NULL);
    return at;
}

void symbols_close(Symbols *s) {
    if (!s) return;
    if (s->dwfl) dwfl_end(s->dwfl);
    free(s);
}
