// See gdbjit.h. A unit gets a name for each stretch of code that was made from one guest function, so that
// an inlined call has the callee's name. It stays registered until the code cache is flushed: a dead unit's
// code may be running still.
//
// A file for each unit, at first. WHY batches: a debugger that has thousands of files is slow at every stop, so each
// time BATCH units have come, one file replaces theirs.
#include "base/alloc.h"
#include "prof/explain/code.h"
#include "prof/debug/gdbjit.h"
#include <stdlib.h>
#include <string.h>

// ---- what gdb knows by name and layout: "Using the Interface" of its manual's chapter
typedef enum JitAction { JIT_NOACTION, JIT_REGISTER_FN, JIT_UNREGISTER_FN } JitAction;
struct jit_code_entry {
    struct jit_code_entry *next_entry, *prev_entry;
    const char *symfile_addr;
    uint64_t symfile_size;
};
struct jit_descriptor {
    uint32_t version, action_flag;
    struct jit_code_entry *relevant_entry, *first_entry;
};
extern struct jit_descriptor __jit_debug_descriptor;
struct jit_descriptor __jit_debug_descriptor = {.version = 1};
void __jit_debug_register_code(void);
__attribute__((noinline)) void __jit_debug_register_code(void) { __asm__ volatile("" ::: "memory"); }

static void notify(struct jit_code_entry *e, JitAction action) {
    __jit_debug_descriptor.relevant_entry = e;
    __jit_debug_descriptor.action_flag = action;
    __jit_debug_register_code();
}

static void enlist(struct jit_code_entry *e) {
    e->next_entry = __jit_debug_descriptor.first_entry;
    if (e->next_entry) e->next_entry->prev_entry = e;
    __jit_debug_descriptor.first_entry = e;
    notify(e, JIT_REGISTER_FN);
}

static void delist(struct jit_code_entry *e) {
    if (e->next_entry) e->next_entry->prev_entry = e->prev_entry;
    *(e->prev_entry ? &e->prev_entry->next_entry : &__jit_debug_descriptor.first_entry) = e->next_entry;
    notify(e, JIT_UNREGISTER_FN);
    free((char *)e->symfile_addr);
    free(e);
}

// ---- what this machine has registered
enum { BATCH = 64 };
typedef struct Described { // code of one unit, or of several that follow each other; offsets from exec
    const uint8_t *exec;
    uint32_t n_bytes;
    VEC(CodeName) names;
    VEC(CodeLine) lines;
    VEC(HostUnwind) unwind;
} Described;

struct GdbJit {
    JitObserver observer;
    const Machine *machine;
    ElfLines *lines;
    struct jit_code_entry *routines; // the way in and out
    Described batch;                 // the units of `recent`
    VEC(struct jit_code_entry *) recent, batches;
};

static struct jit_code_entry *register_file(const CodeFile *f) {
    struct jit_code_entry *e = alloc_zeroed(1, sizeof *e);
    Bytes file = code_file_make(f);
    e->symfile_addr = (const char *)file.at;
    e->symfile_size = file.n;
    enlist(e);
    return e;
}

// WHY the name: a caller's frame is found on another stack than its callee's, which gdb takes for corruption in every
// function but gcc's __morestack, which does the same.
static void register_routines(GdbJit *g, const Jit *j) {
    const HostEntry *e = &j->entry;
    CodeName names[HOST_ENTRY_UNWIND];
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->n_unwind; i++) {
        if (!e->unwind[i].begins) continue;
        const uint8_t *at = j->cache.exec + e->unwind[i].at;
        const char *name = at == e->leave ? "leave_translated" : n ? "__morestack" : "enter_translated";
        names[n].at = e->unwind[i].at;
        snprintf(names[n++].text, sizeof names->text, "%s", name);
    }
    g->routines = register_file(&(CodeFile){.host = j->host,
                                            .exec = j->cache.exec,
                                            .n_bytes = e->n_bytes,
                                            .unwind = e->unwind,
                                            .n_unwind = e->n_unwind,
                                            .names = names,
                                            .n_names = n});
}

// "matrix_run+0x12 [rv64 region 17]": where the stretch begins in the guest, and the unit's number.
static void name_at(const GdbJit *g, const Unit *u, const ElfSymbol *s, gpc pc, CodeName *name) {
    const char *tier = u->n_blocks > 1 ? "region" : "block", *guest = g->machine->guest->name;
    unsigned long long offset = s ? pc - s->lo : 0;
    if (!s)
        snprintf(name->text, sizeof name->text, "0x%llx [%s %s %u]", (unsigned long long)pc, guest, tier, u->id);
    else if (offset)
        snprintf(name->text, sizeof name->text, "%.90s+0x%llx [%s %s %u]", s->name, offset, guest, tier, u->id);
    else
        snprintf(name->text, sizeof name->text, "%.100s [%s %s %u]", s->name, guest, tier, u->id);
}

// The guest pc of every instruction of every block, as the markers of the IR say.
static gpc *pcs_of(const Unit *u, const IrUnit *ir, uint32_t *first) {
    uint32_t n = 0;
    for (uint16_t b = 0; b < u->n_blocks; b++) first[b] = n, n += u->blocks[b].n_guest + 1u;
    gpc *pc = alloc_zeroed(n + 1, sizeof *pc);
    for (uint16_t b = 0; b < u->n_blocks; b++) {
        for (uint32_t i = first[b]; i <= first[b] + u->blocks[b].n_guest; i++) pc[i] = u->blocks[b].pc;
        for (uint32_t i = ir->blocks.at[b].first; i < ir->blocks.at[b].end; i++) {
            const IrInsn *in = &ir->insns.at[i];
            if (in->op == IR_INSN && ir_marker_index(in) <= u->blocks[b].n_guest)
                pc[first[b] + ir_marker_index(in)] = ir_marker_pc(in);
        }
    }
    return pc;
}

static void describe(const GdbJit *g, const JitMade *m, Described *d) {
    const Unit *u = m->unit;
    CodeRecord r = {.unit = u};
    code_ranges_make(&r, m);
    uint32_t *first = alloc_zeroed(u->n_blocks, sizeof *first);
    gpc *pcs = pcs_of(u, m->ir, first), last = ~0ull;
    const ElfSymbol *in = NULL;
    d->exec = u->exec, d->n_bytes = u->n_bytes;
    for (uint32_t i = 0; i < r.n_ranges; i++) {
        const CodeRange *k = &r.ranges[i];
        gpc pc = pcs[first[k->block] + k->index];
        if (!k->n_bytes || pc == last) continue;
        const ElfSymbol *s = elf_symbol_at(&g->machine->elf, pc);
        if (!d->names.n || s != in) {
            CodeName name = {.at = d->names.n ? k->at : 0};
            name_at(g, u, s, d->names.n ? pc : u->pc, &name);
            vec_push(&d->names, name);
        }
        vec_push(&d->lines, ((CodeLine){k->at, elf_line_at(g->lines, pc)}));
        last = pc, in = s;
    }
    for (uint32_t i = 0; i < m->code->unwind.n; i++) vec_push(&d->unwind, m->code->unwind.at[i]);
    free(pcs), free(first);
    code_ranges_free(&r);
}

static void described_free(Described *d) {
    vec_free(&d->names), vec_free(&d->lines), vec_free(&d->unwind);
    *d = (Described){0};
}

// INVARIANT: the code of a unit lies behind that of all before it.
static void append(Described *to, const Described *d) {
    if (!to->exec) to->exec = d->exec;
    uint32_t base = (uint32_t)(d->exec - to->exec);
    to->n_bytes = base + d->n_bytes;
    for (uint32_t i = 0; i < d->names.n; i++) {
        vec_push(&to->names, d->names.at[i]);
        to->names.at[to->names.n - 1].at += base;
    }
    for (uint32_t i = 0; i < d->lines.n; i++)
        vec_push(&to->lines, ((CodeLine){d->lines.at[i].at + base, d->lines.at[i].line}));
    for (uint32_t i = 0; i < d->unwind.n; i++) {
        vec_push(&to->unwind, d->unwind.at[i]);
        to->unwind.at[to->unwind.n - 1].at += base;
    }
}

static struct jit_code_entry *register_described(const Jit *j, const Described *d) {
    return register_file(&(CodeFile){.host = j->host,
                                     .exec = d->exec,
                                     .n_bytes = d->n_bytes,
                                     .unwind = d->unwind.at,
                                     .n_unwind = d->unwind.n,
                                     .names = d->names.at,
                                     .n_names = d->names.n,
                                     .lines = d->lines.at,
                                     .n_lines = d->lines.n});
}

static void made(void *ctx, const JitMade *m) {
    GdbJit *g = ctx;
    const Jit *j = m->jit;
    const Unit *u = m->unit;
    Described d = {0};
    if (!u->exec) return;
    if (!g->routines) register_routines(g, j);
    describe(g, m, &d);
    struct jit_code_entry *e = register_described(j, &d);
    vec_push(&g->recent, e);
    append(&g->batch, &d);
    described_free(&d);
    if (g->recent.n < BATCH) return;
    while (g->recent.n) delist(g->recent.at[--g->recent.n]);
    e = register_described(j, &g->batch);
    vec_push(&g->batches, e);
    described_free(&g->batch);
}

static void flushed(void *ctx) {
    GdbJit *g = ctx;
    while (g->recent.n) delist(g->recent.at[--g->recent.n]);
    while (g->batches.n) delist(g->batches.at[--g->batches.n]);
    described_free(&g->batch);
    if (g->routines) delist(g->routines);
    g->routines = NULL; // they are made anew when floating point begins
}

GdbJit *gdb_jit_open(const Machine *machine, const char *elf_path) {
    GdbJit *g = alloc_zeroed(1, sizeof *g);
    g->machine = machine;
    g->lines = elf_lines_open(elf_path);
    g->observer = (JitObserver){.ctx = g, .made = made, .flushed = flushed};
    return g;
}

JitObserver *gdb_jit_observer(GdbJit *g) { return &g->observer; }

void gdb_jit_close(GdbJit *g) {
    flushed(g);
    vec_free(&g->recent), vec_free(&g->batches);
    elf_lines_close(g->lines);
    free(g);
}
