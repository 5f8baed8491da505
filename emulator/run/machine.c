// Putting a machine together: personality -> guest -> hart -> memory and program -> translator.
#include "run/machine.h"
#include "base/config.h"
#include <string.h>

bool machine_init(Machine *m, const MachineOptions *o, Err *err) {
    memset(m, 0, sizeof *m);
    m->o = *o;
    m->host_start = host_time_ns();
    m->slices.every = m->slices.next = o->slices;
    m->translating.on = o->timed;
    m->personality = o->user ? &personality_user : &personality_board;
    mem_init(&m->mem);
    if (!m->personality->open(m, err) || !hart_init(&m->hart, m, err) || !m->personality->start(m, err)) return false;
    const MemRegion *ram = mem_largest_ram(&m->mem);
    JitOptions jo = {.guest = m->guest,
                     .features = o->features,
                     .interp = o->interp,
                     .bisect_unit = o->bisect_unit,
                     .profile = o->profile,
                     .program = m->personality->is_program,
                     .isa_masked = o->isa_masked,
                     .observer = o->observer,
                     .cache_size = o->cache_size,
                     .code_end = ram ? elf_code_end(&m->elf, ram->base, ram->base + ram->size) : 0,
                     .translate = hart_translate,
                     .code_made = m->personality->code_made,
                     .code_made_ctx = m,
                     .access_fault = m->personality->access_fault,
                     .load_miss = run_load_miss,
                     .store_miss = run_store_miss,
                     .call_out = run_call_out};
    bool ok = jit_init(&m->jit, &jo, m->hart.frame, &m->mem, &m->stats, &m->o.log, err);
    m->hart.quantum = jit_sample(&m->jit, m->hart.frame, machine_cpu(m)->pc, 1 << 13);
    return ok;
}

// WHY not free: the kernel takes back a whole process faster than its parts. A checked build shows what would be lost.
void machine_end(Machine *m) {
    if (CHECKED)
        machine_free(m);
    else if (m->personality && !m->personality->is_program)
        m->personality->stop(m);
}

void machine_free(Machine *m) {
    if (m->jit.host) jit_free(&m->jit);
    if (m->personality) m->personality->stop(m);
    hart_free(&m->hart);
    mem_free(&m->mem);
    elf_close(&m->elf);
    boot_close(&m->boot);
    vec_free(&m->slices);
    branches_free(&m->stepped_branches);
}
