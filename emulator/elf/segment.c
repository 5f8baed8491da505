// PT_LOAD segments: checking them, and copying them into guest memory.
#include "elf/private.h"
#include <gelf.h>
#include <stdio.h>

typedef unsigned long long ull;

// ---- reading ------------------------------------------------------------------------------------------------------
static bool check_segment(const ElfFile *elf, const ElfSegment *s, Err *err) {
    const ElfPrivate *p = elf->handle;
    gaddr top = elf->class == ELFCLASS64 ? ~0ull : UINT32_MAX;
    if (s->file_size > s->mem_size)
        return elf_fail(elf, err, "segment %u has %llu bytes in the file but only %llu in memory", s->index,
                        (ull)s->file_size, (ull)s->mem_size);
    if (s->offset > p->size || s->file_size > p->size - s->offset)
        return elf_fail(elf, err, "is truncated: segment %u has %llu bytes at byte %llu, the file has %zu bytes",
                        s->index, (ull)s->file_size, (ull)s->offset, p->size);
    if (s->paddr > top || s->vaddr > top || s->mem_size - 1 > top - s->paddr || s->mem_size - 1 > top - s->vaddr)
        return elf_fail(elf, err, "segment %u, 0x%llx bytes at 0x%llx, passes the end of the address space", s->index,
                        (ull)s->mem_size, (ull)s->paddr);
    return true;
}

static bool add_segment(const ElfFile *elf, ElfSegment s, Err *err) {
    ElfPrivate *p = elf->handle;
    if (p->n_segments == ELF_SEGMENTS_MAX)
        return elf_fail(elf, err, "has more than %d segments to load", ELF_SEGMENTS_MAX);
    unsigned at = p->n_segments++;
    for (; at && p->segments[at - 1].paddr > s.paddr; at--) p->segments[at] = p->segments[at - 1];
    p->segments[at] = s;
    return true;
}

static bool check_overlaps(const ElfFile *elf, Err *err) {
    const ElfPrivate *p = elf->handle;
    for (unsigned i = 1; i < p->n_segments; i++) {
        const ElfSegment *a = &p->segments[i - 1], *b = &p->segments[i];
        if (b->paddr - a->paddr >= a->mem_size) continue;
        return elf_fail(elf, err, "segments %u (0x%llx..0x%llx) and %u (0x%llx..0x%llx) overlap", a->index,
                        (ull)a->paddr, (ull)(a->paddr + a->mem_size - 1), b->index, (ull)b->paddr,
                        (ull)(b->paddr + b->mem_size - 1));
    }
    return true;
}

static bool take_interpreter(ElfFile *elf, const GElf_Phdr *h, Err *err) {
    const ElfPrivate *p = elf->handle;
    if (!p->user) return elf_fail(elf, err, "is dynamically linked; link it with -static");
    bool there = h->p_offset <= p->size && h->p_filesz && h->p_filesz <= p->size - h->p_offset;
    if (!there || p->image[h->p_offset + h->p_filesz - 1])
        return elf_fail(elf, err, "is truncated or broken: the name of its interpreter is not all there");
    elf->interpreter = (const char *)p->image + h->p_offset;
    return true;
}

// In the segment that begins with, or holds, that part of the file.
static void find_headers(ElfFile *elf) {
    const ElfPrivate *p = elf->handle;
    GElf_Ehdr h;
    if (!gelf_getehdr(p->elf, &h)) return;
    elf->n_headers = h.e_phnum;
    for (unsigned i = 0; i < p->n_segments; i++) {
        const ElfSegment *s = &p->segments[i];
        if (h.e_phoff - s->offset < s->file_size) elf->headers_at = s->vaddr + (h.e_phoff - s->offset);
    }
}

bool elf_read_segments(ElfFile *elf, Err *err) {
    ElfPrivate *p = elf->handle;
    size_t n = 0;
    if (elf_getphdrnum(p->elf, &n)) return elf_fail(elf, err, "has broken program headers: %s", elf_errmsg(-1));
    for (size_t i = 0; i < n; i++) {
        GElf_Phdr h;
        if (!gelf_getphdr(p->elf, (int)i, &h))
            return elf_fail(elf, err, "program header %zu is broken: %s", i, elf_errmsg(-1));
        if (h.p_type == PT_GNU_STACK) elf->stack_is_code = h.p_flags & PF_X;
        if (h.p_type == PT_INTERP && !take_interpreter(elf, &h, err)) return false;
        if (h.p_type != PT_LOAD || (!h.p_memsz && !h.p_filesz)) continue;
        ElfSegment s = {.index = (unsigned)i,
                        .paddr = h.p_paddr,
                        .vaddr = h.p_vaddr,
                        .offset = h.p_offset,
                        .file_size = h.p_filesz,
                        .mem_size = h.p_memsz,
                        .readable = h.p_flags & PF_R,
                        .writable = h.p_flags & PF_W,
                        .executable = h.p_flags & PF_X};
        if (!check_segment(elf, &s, err) || !add_segment(elf, s, err)) return false;
    }
    if (!p->n_segments) return elf_fail(elf, err, "has no PT_LOAD segment: nothing to load");
    find_headers(elf);
    return check_overlaps(elf, err);
}

const ElfSegment *elf_segments(const ElfFile *elf, unsigned *n) {
    const ElfPrivate *p = elf->handle;
    *n = p->n_segments;
    return p->segments;
}

const uint8_t *elf_bytes(const ElfFile *elf, uint64_t offset) {
    return ((const ElfPrivate *)elf->handle)->image + offset;
}

void elf_move(ElfFile *elf, gaddr by) {
    ElfPrivate *p = elf->handle;
    for (unsigned i = 0; i < p->n_segments; i++) p->segments[i].vaddr += by, p->segments[i].paddr += by;
    for (uint32_t i = 0; i < p->n_symbols; i++) p->symbols[i].lo += by, p->reach[i] += by;
    p->moved += by;
    elf->entry += by;
    if (elf->headers_at) elf->headers_at += by;
}

// ---- loading ------------------------------------------------------------------------------------------------------
static bool has_bytes(const MemRegion *r) { return r->host || r->under; }

// The end (last byte) of the RAM or ROM that goes on without a gap from region i.
static unsigned last_of_run(const Mem *mem, unsigned i) {
    while (i + 1 < mem->n && has_bytes(&mem->regions[i + 1]) &&
           mem->regions[i + 1].base == mem->regions[i].base + mem->regions[i].size)
        i++;
    return i;
}

static bool refuse_place(const ElfFile *elf, const Mem *mem, const ElfSegment *s, Err *err) {
    char there[160] = "", advice[80] = "link the program to where memory is";
    size_t len = 0;
    if (s->offset == 0) // WHY: the linker does so unless told otherwise, and then a page lies before the program
        snprintf(advice, sizeof advice, "it begins with the ELF header itself: link with -Wl,--nmagic");
    for (unsigned i = 0, last; i < mem->n; i = last + 1) {
        last = i;
        if (!has_bytes(&mem->regions[i])) continue;
        last = last_of_run(mem, i);
        gaddr lo = mem->regions[i].base, hi = mem->regions[last].base + (mem->regions[last].size - 1);
        if (len < sizeof there)
            len += (size_t)snprintf(there + len, sizeof there - len, "%s%s 0x%llx..0x%llx", len ? ", " : "",
                                    mem->regions[i].name, (ull)lo, (ull)hi);
        if (s->paddr >= lo && s->paddr <= hi && mem->regions[i].writable)
            snprintf(advice, sizeof advice, "give it more with --memory=%lluM",
                     (ull)((s->paddr - lo + (s->mem_size - 1)) >> 20) + 1);
    }
    return elf_fail(elf, err, "segment %u, 0x%llx..0x%llx, does not fit into memory (%s); %s", s->index, (ull)s->paddr,
                    (ull)(s->paddr + (s->mem_size - 1)), len ? there : "there is none", advice);
}

bool elf_load(const ElfFile *elf, Mem *mem, Err *err) {
    const ElfPrivate *p = elf->handle;
    for (unsigned i = 0; i < p->n_segments; i++)
        if (!mem_is_backed(mem, p->segments[i].paddr, p->segments[i].mem_size))
            return refuse_place(elf, mem, &p->segments[i], err);
    for (unsigned i = 0; i < p->n_segments; i++) {
        const ElfSegment *s = &p->segments[i];
        mem_copy_in(mem, s->paddr, p->image + s->offset, s->file_size);
        mem_zero(mem, s->paddr + s->file_size, s->mem_size - s->file_size);
    }
    return true;
}

bool elf_is_loadable(const ElfFile *elf) {
    const ElfPrivate *p = elf->handle;
    return p && p->n_segments;
}

void elf_extent(const ElfFile *elf, gaddr *lo, gaddr *hi) {
    const ElfPrivate *p = elf->handle;
    const ElfSegment *last = &p->segments[p->n_segments - 1];
    *lo = p->segments[0].paddr;
    *hi = last->paddr + last->mem_size;
}

// As QEMU's boards take it: a virtual entry is where its segment is loaded, any other one is physical.
gpc elf_start(const ElfFile *elf) {
    const ElfPrivate *p = elf->handle;
    for (unsigned i = 0; i < p->n_segments; i++) {
        const ElfSegment *s = &p->segments[i];
        if (elf->entry - s->vaddr < s->mem_size) return elf->entry - s->vaddr + s->paddr;
    }
    return elf->entry;
}

gaddr elf_code_end(const ElfFile *elf, gaddr lo, gaddr hi) {
    const ElfPrivate *p = elf->handle;
    gaddr end = lo, start = elf_start(elf);
    for (unsigned i = 0; i < p->n_segments; i++) {
        const ElfSegment *s = &p->segments[i];
        bool code = s->executable || start - s->paddr < s->mem_size;
        if (code && s->paddr >= lo && s->paddr < hi && s->paddr + s->mem_size > end) end = s->paddr + s->mem_size;
    }
    return end;
}
