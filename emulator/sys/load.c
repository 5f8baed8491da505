// A program into its address space: segments, interpreter, stack, auxiliary vector. "System V ABI", "Program Loading";
// the order on the stack is that of Linux.
//
//   hi: | trampoline | stack, down to stack_top | mappings, from above | ... | brk | program | SYS_LO
#include "base/alloc.h"
#include "sys/private.h"
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#define STACK_MIN   (128ull << 10)
#define STACK_MAX   (256ull << 20)
#define STACK_USUAL (8ull << 20) // without a limit
#define STACK_GUARD (1ull << 20)
// Where a position-independent program goes.
#define MOVABLE_AT_2G 0x10000000ull
#define MOVABLE_AT_39 0x2aaaaaa000ull

enum { RANDOM_BYTES = 16, X_SP = 2 };

typedef unsigned long long ull;

// ---- segments -----------------------------------------------------------------------------------------------------
static unsigned prot_of(const ElfSegment *g) {
    return (g->readable ? SPACE_READ : 0u) | (g->writable ? SPACE_WRITE : 0u) | (g->executable ? SPACE_EXEC : 0u);
}

static bool refuse(const Sys *s, const ElfFile *elf, const ElfSegment *g, const char *why, Err *err) {
    return err_set(err, "%s: segment %u, 0x%llx bytes at 0x%llx, %s (a program has 0x%llx to 0x%llx)", elf->path,
                   g->index, (ull)g->mem_size, (ull)g->vaddr, why, SYS_LO, (ull)s->space.hi - 1);
}

// Whole pages of the file, from `at` on, if they are in memory as they are there. Where the rest begins.
static gaddr map_pages(Sys *s, const ElfFile *elf, const ElfSegment *g, gaddr at, int *e) {
    gaddr end = space_page_down(g->vaddr + g->file_size);
    int fd = elf_fd(elf);
    *e = 0;
    if (fd < 0 || (g->vaddr - g->offset) % MEM_PAGE || end <= at) return at;
    *e = space_map(&s->space, at, end - at, SPACE_READ | SPACE_WRITE, false, fd, g->offset - g->vaddr + at);
    return end;
}

static bool copy_bytes(Sys *s, const ElfFile *elf, const ElfSegment *g, gaddr from, gaddr to) {
    return from >= to || space_copy_in(&s->space, from, elf_bytes(elf, g->offset + (from - g->vaddr)), to - from);
}

// Two segments may share a page: what has been mapped stays.
static bool copy_segment(Sys *s, const ElfFile *elf, const ElfSegment *g, Err *err) {
    int e;
    gaddr at = space_page_down(g->vaddr), end = space_page_up(g->vaddr + g->mem_size),
          bytes_end = g->vaddr + g->file_size;
    if (!space_inside(&s->space, at, end - at)) return refuse(s, elf, g, "lies outside of what can be had", err);
    if (space_page(&s->space, at)) at += MEM_PAGE;
    gaddr rest = map_pages(s, elf, g, at, &e);
    if (!e && rest < end) e = space_map(&s->space, rest, end - rest, SPACE_READ | SPACE_WRITE, false, -1, 0);
    if (e) return err_set(err, "%s: no memory for segment %u: %s", elf->path, g->index, strerror(-e));
    gaddr shared_end = rest == at || at > bytes_end ? bytes_end : at;
    if (!copy_bytes(s, elf, g, g->vaddr, shared_end) ||
        !copy_bytes(s, elf, g, rest == at ? bytes_end : rest, bytes_end))
        return refuse(s, elf, g, "cannot be written", err);
    return true;
}

static bool protect_segment(Sys *s, const ElfFile *elf, const ElfSegment *g, bool shares_first, Err *err) {
    int e = 0;
    gaddr at = space_page_down(g->vaddr), end = space_page_up(g->vaddr + g->mem_size);
    if (shares_first) {
        e = space_protect(&s->space, at, MEM_PAGE, (space_page(&s->space, at) & SPACE_RWX) | prot_of(g));
        at += MEM_PAGE;
    }
    if (!e && at < end) e = space_protect(&s->space, at, end - at, prot_of(g));
    return !e || err_set(err, "%s: segment %u cannot be protected: %s", elf->path, g->index, strerror(-e));
}

// The end of its last segment, or 0.
static gaddr load_segments(Sys *s, const ElfFile *elf, Err *err) {
    unsigned n;
    const ElfSegment *g = elf_segments(elf, &n);
    for (unsigned i = 0; i < n; i++)
        if (!copy_segment(s, elf, &g[i], err)) return 0;
    gaddr end = 0;
    for (unsigned i = 0; i < n; i++) {
        if (!protect_segment(s, elf, &g[i], end && space_page_down(g[i].vaddr) < end, err)) return 0;
        end = space_page_up(g[i].vaddr + g[i].mem_size);
    }
    return end;
}

// ---- the interpreter of a dynamic program -------------------------------------------------------------------------
static bool place_interpreter(Sys *s, ElfFile *ld, Err *err) {
    unsigned n;
    const ElfSegment *g = elf_segments(ld, &n);
    if (!ld->movable) return true;
    gaddr lo = space_page_down(g[0].vaddr), size = space_page_up(g[n - 1].vaddr + g[n - 1].mem_size) - lo;
    gaddr at = space_find(&s->space, size, s->stack_top);
    if (!at) return err_set(err, "%s: no room for %llu bytes", ld->path, (ull)size);
    elf_move(ld, at - lo);
    return true;
}

static bool load_interpreter(Sys *s, const ElfFile *program, gaddr *base, gaddr *entry, Err *err) {
    char path[SYS_PATH_MAX];
    ElfFile ld;
    unsigned n;
    sys_path_text(s, program->interpreter, path);
    if (access(path, F_OK))
        return err_set(err, "%s: needs the interpreter %s, which is not there%s", program->path, program->interpreter,
                       s->o.sysroot ? ", not in the sysroot either" : "; give --sysroot=DIR");
    if (!elf_open_user(&ld, path, err)) return false;
    bool ok = ld.machine == program->machine && ld.class == program->class;
    if (!ok) err_set(err, "%s: the interpreter of %s is for another machine; give --sysroot=DIR", path, program->path);
    ok = ok && place_interpreter(s, &ld, err) && load_segments(s, &ld, err);
    if (ok) *base = space_page_down(elf_segments(&ld, &n)[0].vaddr), *entry = ld.entry;
    elf_close(&ld);
    return ok;
}

// ---- the stack ----------------------------------------------------------------------------------------------------
typedef struct Stack {
    Sys *s;
    gaddr sp;
    bool full;
} Stack;

static uint64_t stack_bytes(const Sys *s) {
    uint64_t limit = s->limit[RLIMIT_STACK].soft;
    if (limit == RLIM_INFINITY) return STACK_USUAL;
    return space_page_down(limit < STACK_MIN ? STACK_MIN : limit > STACK_MAX ? STACK_MAX : limit);
}

static gaddr push(Stack *k, const void *bytes, size_t n) {
    if (k->full || n > k->sp - (k->s->stack_top + STACK_GUARD + stack_bytes(k->s) / 4)) {
        k->full = true;
        return 0;
    }
    k->sp -= n;
    space_copy_in(&k->s->space, k->sp, bytes, n);
    return k->sp;
}

static uint64_t count(char **words) {
    uint64_t n = 0;
    while (words[n]) n++;
    return n;
}

static void push_all(Stack *k, char **words, uint64_t *at) {
    for (uint64_t i = count(words); i-- > 0;) at[i] = push(k, words[i], strlen(words[i]) + 1);
}

static void random_bytes(const Sys *s, uint8_t out[RANDOM_BYTES]) {
    for (unsigned i = 0; i < RANDOM_BYTES; i++) out[i] = (uint8_t)(i * 37 + 11); // --clock=insn: the same every time
    if (s->o.host_clock && getrandom(out, RANDOM_BYTES, 0) < 0) return;
}

static bool make_stack(Sys *s, const ElfFile *elf, gaddr base, gaddr *sp, Err *err) {
    uint8_t random[RANDOM_BYTES];
    random_bytes(s, random);
    Stack k = {.s = s, .sp = s->trampoline};
    uint64_t n_args = count(s->o.argv), n_env = count(s->o.env);
    uint64_t *words = alloc_zeroed(n_args + n_env + 64, sizeof *words), n = 0;
    gaddr exe = push(&k, s->exe, strlen(s->exe) + 1), seed = push(&k, random, sizeof random);
    words[n++] = n_args;
    s->image.env_end = k.sp;
    push_all(&k, s->o.env, words + n + n_args + 1); // behind the arguments, as programs that write into both expect
    s->image.env_start = k.sp;
    push_all(&k, s->o.argv, words + n);
    s->image.args_start = k.sp;
    n += n_args + 1 + n_env + 1;
    const uint64_t aux[][2] = {{AT_PHDR, elf->headers_at},
                               {AT_PHENT, sizeof(Elf64_Phdr)},
                               {AT_PHNUM, elf->n_headers},
                               {AT_PAGESZ, MEM_PAGE},
                               {AT_BASE, base},
                               {AT_FLAGS, 0},
                               {AT_ENTRY, elf->entry},
                               {AT_UID, getuid()},
                               {AT_EUID, geteuid()},
                               {AT_GID, getgid()},
                               {AT_EGID, getegid()},
                               {AT_SECURE, 0},
                               {AT_HWCAP, s->guest->user->hwcap},
                               {AT_CLKTCK, 100},
                               {AT_RANDOM, seed},
                               {AT_EXECFN, exe},
                               {AT_NULL, 0}};
    memcpy(words + n, aux, sizeof aux);
    _Static_assert(sizeof aux <= sizeof s->image.aux, "the auxiliary vector");
    memcpy(s->image.aux, aux, sizeof aux);
    s->image.n_aux = sizeof aux / sizeof *words;
    n += sizeof aux / sizeof *words;
    k.sp = ((k.sp - n * sizeof *words) & ~15ull) + n * sizeof *words;
    s->image.stack_start = *sp = push(&k, words, n * sizeof *words);
    free(words);
    return !k.full || err_set(err, "%s: its arguments and environment are too long", elf->path);
}

// li a7, 139 (rt_sigreturn); ecall
static int make_trampoline(Sys *s) {
    static const uint32_t code[] = {0x08b00893, 0x00000073};
    int e = space_map(&s->space, s->trampoline, MEM_PAGE, SPACE_READ | SPACE_WRITE, false, -1, 0);
    if (!e) space_copy_in(&s->space, s->trampoline, code, sizeof code);
    return e ? e : space_protect(&s->space, s->trampoline, MEM_PAGE, SPACE_READ | SPACE_EXEC);
}

static void describe(Sys *s, const ElfFile *elf) {
    unsigned n;
    const ElfSegment *g = elf_segments(elf, &n);
    for (unsigned i = 0; i < n; i++)
        if (g[i].executable)
            s->image.code_start = g[i].vaddr, s->image.code_end = g[i].vaddr + g[i].mem_size;
        else if (g[i].writable)
            s->image.data_start = g[i].vaddr, s->image.data_end = g[i].vaddr + g[i].file_size;
}

bool sys_load(Sys *s, ElfFile *elf, Err *err) {
    gaddr base = 0, start, sp, end;
    s->trampoline = s->space.hi - MEM_PAGE;
    s->stack_top = s->trampoline - stack_bytes(s) - STACK_GUARD;
    gaddr bottom = s->stack_top + STACK_GUARD;
    int e = make_trampoline(s);
    unsigned prot = SPACE_READ | SPACE_WRITE | (elf->stack_is_code ? SPACE_EXEC : 0u);
    if (!e) e = space_map(&s->space, bottom, stack_bytes(s), prot, false, -1, 0);
    if (e) return err_set(err, "no memory for the program's stack: %s", strerror(-e));
    if (elf->movable) elf_move(elf, s->space.hi == SYS_HI_39 ? MOVABLE_AT_39 : MOVABLE_AT_2G);
    end = load_segments(s, elf, err);
    if (!end) return false;
    s->brk = s->brk_start = end;
    describe(s, elf);
    start = elf->entry;
    if (elf->interpreter && !load_interpreter(s, elf, &base, &start, err)) return false;
    if (!make_stack(s, elf, base, &sp, err)) return false;
    elf_release_file(elf);
    s->guest->user->begin(s->cpu, start);
    *sys_x(s, X_SP) = sp;
    return true;
}
