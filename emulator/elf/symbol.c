// Symbols: from .symtab, sorted by address, so that an address finds its function.
#include "base/alloc.h"
#include "base/vec.h"
#include "elf/private.h"
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

typedef struct Found {
    ElfSymbol symbol;
    gaddr limit; // end of its section: a guessed size stops there; 0: never guess (absolute symbols)
} Found;
typedef VEC(Found) FoundList;

static bool is_wanted(const char *name, const GElf_Sym *sym) {
    unsigned type = GELF_ST_TYPE(sym->st_info);
    if (type != STT_NOTYPE && type != STT_FUNC && type != STT_OBJECT) return false;
    if (sym->st_shndx == SHN_UNDEF || sym->st_shndx == SHN_COMMON) return false;
    return name && name[0] && name[0] != '$' && strncmp(name, ".L", 2) != 0; // no mapping symbols, no local labels
}

static void take_symbol(const ElfPrivate *p, const GElf_Sym *sym, const char *name, FoundList *found) {
    if (!is_wanted(name, sym)) return;
    GElf_Shdr section = {0};
    Elf_Scn *scn = sym->st_shndx < SHN_LORESERVE ? elf_getscn(p->elf, sym->st_shndx) : NULL;
    if (scn && (!gelf_getshdr(scn, &section) || !(section.sh_flags & SHF_ALLOC))) return;
    unsigned type = GELF_ST_TYPE(sym->st_info);
    Found f = {.symbol = {.lo = sym->st_value, .size = sym->st_size, .name = name}};
    f.symbol.is_function = type == STT_FUNC || (type == STT_NOTYPE && (section.sh_flags & SHF_EXECINSTR));
    f.symbol.size_guessed = !sym->st_size;
    if (sym->st_size > ~0ull - sym->st_value) f.symbol.size = ~0ull - sym->st_value;
    if (scn) f.limit = section.sh_addr + section.sh_size;
    vec_push(found, f);
}

static int by_address(const void *a, const void *b) {
    const Found *x = a, *y = b;
    if (x->symbol.lo != y->symbol.lo) return x->symbol.lo < y->symbol.lo ? -1 : 1;
    if (x->symbol.size != y->symbol.size) return x->symbol.size > y->symbol.size ? -1 : 1; // outer before inner
    return strcmp(x->symbol.name, y->symbol.name);
}

// Needs the list sorted.
static void guess_sizes(FoundList *found) {
    gaddr next = ~0ull; // the lowest address above the symbols that come after
    for (uint32_t i = found->n; i-- > 0;) {
        Found *f = &found->at[i];
        if (i + 1 < found->n && found->at[i + 1].symbol.lo > f->symbol.lo) next = found->at[i + 1].symbol.lo;
        if (!f->symbol.size_guessed || f->limit <= f->symbol.lo) continue;
        f->symbol.size = (next < f->limit ? next : f->limit) - f->symbol.lo;
    }
}

static void keep(ElfPrivate *p, const FoundList *found) {
    p->symbols = alloc_zeroed(found->n + 1u, sizeof *p->symbols);
    p->reach = alloc_zeroed(found->n + 1u, sizeof *p->reach);
    gaddr reach = 0;
    for (uint32_t i = 0; i < found->n; i++) {
        p->symbols[i] = found->at[i].symbol;
        p->symbols[i].lo += p->moved;
        gaddr end = p->symbols[i].lo + p->symbols[i].size;
        if (end > reach) reach = end;
        p->reach[i] = reach;
    }
    p->n_symbols = found->n;
}

static Elf_Scn *table_of(const ElfPrivate *p, GElf_Shdr *h) {
    Elf_Scn *scn = NULL;
    while ((scn = elf_nextscn(p->elf, scn)))
        if (gelf_getshdr(scn, h) && h->sh_type == SHT_SYMTAB) return scn;
    return NULL;
}

bool elf_check_symbols(const ElfFile *elf, Err *err) {
    GElf_Shdr h;
    Elf_Scn *scn = table_of(elf->handle, &h);
    Elf_Data *data = scn ? elf_getdata(scn, NULL) : NULL;
    if (!scn || (data && (!data->d_size || data->d_buf))) return true;
    return elf_fail(elf, err, "is truncated or broken: its symbol table cannot be read (%s)", elf_errmsg(-1));
}

// WHY not when the file is opened: most runs of a program ask for none, and a large one has 100,000.
static const ElfPrivate *with_symbols(const ElfFile *elf) {
    static const ElfPrivate not_open;
    ElfPrivate *p = elf->handle;
    if (!p) return &not_open;
    if (p->has_symbols) return p;
    p->has_symbols = true;
    FoundList found = {0};
    GElf_Shdr h;
    Elf_Scn *scn = p->elf ? table_of(p, &h) : NULL; // a stand-in has no sections
    Elf_Data *data = scn ? elf_getdata(scn, NULL) : NULL;
    size_t n = data ? data->d_size / gelf_fsize(p->elf, ELF_T_SYM, 1, EV_CURRENT) : 0;
    GElf_Sym sym;
    for (size_t i = 1; i < n && gelf_getsym(data, (int)i, &sym); i++)
        take_symbol(p, &sym, elf_strptr(p->elf, h.sh_link, sym.st_name), &found);
    if (found.n) qsort(found.at, found.n, sizeof *found.at, by_address);
    guess_sizes(&found);
    keep(p, &found);
    vec_free(&found);
    return p;
}

// ---- looking up ---------------------------------------------------------------------------------------------------
const ElfSymbol *elf_symbols(const ElfFile *elf, uint32_t *n) {
    const ElfPrivate *p = with_symbols(elf);
    *n = p->n_symbols;
    return p->symbols;
}

const ElfSymbol *elf_symbol_named(const ElfFile *elf, const char *name) {
    uint32_t n;
    const ElfSymbol *s = elf_symbols(elf, &n);
    for (uint32_t i = 0; i < n; i++)
        if (!strcmp(s[i].name, name)) return &s[i];
    return NULL;
}

const ElfSymbol *elf_symbol_at(const ElfFile *elf, gaddr at) {
    const ElfPrivate *p = with_symbols(elf);
    uint32_t lo = 0, hi = p->n_symbols; // symbols[lo..] start above `at` once the loop ends
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (p->symbols[mid].lo <= at)
            lo = mid + 1;
        else
            hi = mid;
    }
    const ElfSymbol *other = NULL;
    for (uint32_t i = lo; i-- > 0 && p->reach[i] > at;) {
        const ElfSymbol *s = &p->symbols[i];
        if (at - s->lo >= s->size) continue;
        if (s->is_function && !s->size_guessed) return s;
        if (!other) other = s;
    }
    return other;
}
