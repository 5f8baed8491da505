// How much a guest program is to do, and how long each part of it took.
//
// --work=N writes N into the program's 32-bit variable `work_iterations` (on RX the symbol has an underscore in front)
// after it was loaded. The program is the same file whatever N is, so runs of different lengths execute the same code.
#include "run/work.h"
#include "run/machine.h"

enum { BYTES = 4 };

static bool physical(const ElfFile *elf, gaddr at, gaddr *paddr) {
    unsigned n;
    const ElfSegment *s = elf_segments(elf, &n);
    for (unsigned i = 0; i < n; i++) {
        if (at < s[i].vaddr || at - s[i].vaddr + BYTES > s[i].mem_size) continue;
        *paddr = s[i].paddr + (at - s[i].vaddr);
        return true;
    }
    return false;
}

bool work_write(Machine *m, uint32_t work, Err *err) {
    const ElfSymbol *s = elf_symbol_named(&m->elf, "work_iterations");
    gaddr paddr;
    if (!s) s = elf_symbol_named(&m->elf, "_work_iterations");
    if (!s)
        return err_set(err, "%s: --work=%u: it has no variable work_iterations; its work cannot be chosen", m->elf.path,
                       work);
    uint8_t bytes[BYTES] = {(uint8_t)work, (uint8_t)(work >> 8), (uint8_t)(work >> 16), (uint8_t)(work >> 24)};
    if (physical(&m->elf, s->lo, &paddr) && mem_copy_in(&m->mem, paddr, bytes, BYTES)) return true;
    return err_set(err, "%s: --work=%u: work_iterations at %#llx is in no segment that is loaded", m->elf.path, work,
                   (unsigned long long)s->lo);
}

// ---- slices -------------------------------------------------------------------------------------------------------

void slices_plan(Slices *s, uint64_t *deadline) {
    s->ends = s->every && s->next < *deadline;
    s->planned = *deadline;
    if (s->ends) *deadline = s->next;
}

bool slices_end(Hart *h) {
    Machine *m = h->machine;
    Slices *s = &m->slices;
    Cpu *cpu = hart_cpu(h);
    if (!s->ends) return false;
    uint64_t now = cpu_now(cpu), deadline = s->planned;
    uint64_t cpu_ns = host_cpu_ns() - m->phases.load_ns;
    vec_push(s, ((Slice){now, cpu_ns, translating_ns(&m->translating, cpu_ns)}));
    while (s->next <= now + cpu->budget) s->next += s->every;
    if (now >= deadline) return false; // the quantum, or the event, is due too
    slices_plan(s, &deadline);
    cpu->deadline = deadline;
    cpu->budget = (int64_t)(deadline - now);
    return true;
}
