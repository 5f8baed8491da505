#include "elf/line.h"
#include "base/alloc.h"
#include "base/err.h"
#include <elfutils/libdwfl.h>
#include <stdlib.h>

struct ElfLines {
    Dwfl *dwfl;
    Dwfl_Module *module;
    Dwfl_Callbacks callbacks;
};

// WHY: the library's own function may look for separate files, and ask a server for them.
static int no_other_file(Dwfl_Module *m, void **user, const char *name, Dwarf_Addr base, const char *file,
                         const char *link, GElf_Word crc, char **found) {
    (void)m, (void)user, (void)name, (void)base, (void)file, (void)link, (void)crc, (void)found;
    return -1;
}

ElfLines *elf_lines_open(const char *path) {
    ElfLines *l = alloc_zeroed(1, sizeof *l);
    l->callbacks = (Dwfl_Callbacks){.find_debuginfo = no_other_file, .section_address = dwfl_offline_section_address};
    l->dwfl = dwfl_begin(&l->callbacks);
    if (!l->dwfl) return l;
    dwfl_report_begin(l->dwfl);
    l->module = dwfl_report_offline(l->dwfl, "guest", path, -1);
    dwfl_report_end(l->dwfl, NULL, NULL);
    return l;
}

ElfLine elf_line_at(const ElfLines *l, gpc at) {
    ElfLine e = {0};
    Dwfl_Line *found = l->module ? dwfl_module_getsrc(l->module, at) : NULL;
    if (!found) return e;
    e.file = dwfl_lineinfo(found, NULL, &e.line, NULL, NULL, NULL);
    e.folder = dwfl_line_comp_dir(found);
    if (!e.file) e.line = 0;
    return e;
}

void elf_lines_close(ElfLines *l) {
    if (l->dwfl) dwfl_end(l->dwfl);
    free(l);
}
