// Putting a machine together: ELF (or firmware) -> guest -> board -> memory -> CPU -> translator.
#include "run/machine.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const Guest *guest_for(const ElfFile *elf) {
    for (const Guest *const *g = guests_all(); *g; g++)
        if ((*g)->elf_machine == elf->machine && (*g)->elf_class == elf->class) return *g;
    return NULL;
}

static bool choose_guest(Machine *m, Err *err) {
    const ElfFile *elf = &m->elf;
    m->guest = guest_for(elf);
    if (m->guest) {
        m->board_kind = board_for_guest(m->guest->name);
        if (m->board_kind) return true;
        return err_set(err, "%s: there is no board for guest %s", elf->path, m->guest->name);
    }
    char known[128] = "";
    for (const Guest *const *g = guests_all(); *g; g++) {
        size_t n = strlen(known);
        snprintf(known + n, sizeof known - n, "%s%s (machine %u, %d bits)", n ? ", " : "", (*g)->name,
                 (*g)->elf_machine, (*g)->elf_class == 2 ? 64 : 32);
    }
    return err_set(err, "%s: is for ELF machine %u, %d bits; emu has guests %s", elf->path, elf->machine,
                   elf->class == 2 ? 64 : 32, known);
}

static bool make_frame(Machine *m, Err *err) {
    void *p = mmap(NULL, sizeof(Frame), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return err_set(err, "no memory for the CPU state: %s", strerror(errno));
    m->frame = p;
    m->frame->machine = m;
    Cpu *cpu = machine_cpu(m);
    cpu->env = &m->env;
    cpu->guest = m->guest->create();
    if (!cpu->guest) return err_set(err, "no memory for the state of guest %s", m->guest->name);
    return true;
}

static MemFault ask_guest(void *ctx, gaddr vaddr, unsigned size, MemKind kind, MemPage *page) {
    Machine *m = ctx;
    return m->guest->translate(machine_cpu(m), vaddr, size, kind, page);
}

// ---- mappings that change. The view BARE knows none.
static void flush_tlb(void *machine) {
    Machine *m = machine;
    for (unsigned view = CPU_VIEW_BARE + 1; view < CPU_VIEWS; view++) tlb_flush(&m->frame->tlb[view]);
    m->frame->large.n = 0;
    jit_mapping_flush(&m->jit);
    m->stats.v[STAT_tlb_flushes]++;
}

static uint64_t ticks(void *machine) {
    Machine *m = machine;
    return m->board.ticks ? m->board.ticks(m->board.state) : 0;
}

static void flush_tlb_page(void *machine, gaddr vaddr) {
    Machine *m = machine;
    if (tlb_large_holds(&m->frame->large, vaddr)) {
        flush_tlb(m);
        return;
    }
    for (unsigned view = CPU_VIEW_BARE + 1; view < CPU_VIEWS; view++) tlb_flush_page(&m->frame->tlb[view], vaddr);
    jit_mapping_flush_page(&m->jit, vaddr);
    m->stats.v[STAT_tlb_page_flushes]++;
}

static void switch_tlb(void *machine) {
    Machine *m = machine;
    for (unsigned view = CPU_VIEW_BARE + 1; view < CPU_VIEWS; view++) tlb_flush_local(&m->frame->tlb[view]);
    jit_mapping_switch(&m->jit);
    m->stats.v[STAT_tlb_switches]++;
}

static void flush_code(void *machine) {
    Machine *m = machine;
    jit_flush(&m->jit);
}

static void irq_accepted(void *machine, uint32_t vector) {
    Machine *m = machine;
    if (m->board.irq_accepted) m->board.irq_accepted(m->board.state, vector);
}

unsigned machine_take_fp_flags(void *machine) {
    Machine *m = machine;
    unsigned flags = m->fp_flags;
    m->fp_flags = 0;
    return m->jit.floats ? flags | m->jit.host->fp_take(&m->frame->fp_state) : flags;
}

static bool open_program(Machine *m, Err *err) {
    if (m->o.user) return user_open(m, err);
    bool ok = m->o.elf_path ? elf_open(&m->elf, m->o.elf_path, err) : boot_open(&m->boot, &m->o.boot, &m->elf, err);
    return ok && choose_guest(m, err);
}

static bool load(Machine *m, gpc *start, Err *err) {
    if (m->o.elf_path) {
        *start = elf_start(&m->elf);
        return elf_load(&m->elf, &m->mem, err);
    }
    *start = m->elf.entry;
    BoardBoot said = {.isa = m->guest->isa, .mmu = m->guest->mmu};
    return boot_load(&m->boot, &m->o.boot, &m->mem, &m->board, said, start, err);
}

static bool board_and_program(Machine *m, Err *err) {
    gpc start;
    if (!machine_make_board(m, err) || !load(m, &start, err)) return false;
    m->guest->reset(machine_cpu(m), start);
    return true;
}

bool machine_init(Machine *m, const MachineOptions *o, Err *err) {
    memset(m, 0, sizeof *m);
    m->o = *o;
    m->host_start = host_time_ns();
    mem_init(&m->mem);
    if (!open_program(m, err)) return false;
    m->env = (CpuEnv){.machine = m,
                      .time = ticks,
                      .tlb_flush = flush_tlb,
                      .tlb_flush_page = flush_tlb_page,
                      .tlb_switch = switch_tlb,
                      .code_flush = flush_code,
                      .fp_flags = machine_take_fp_flags,
                      .irq_accepted = irq_accepted};
    machine_offer_memory(&m->env);
    m->translate = ask_guest;
    m->translate_ctx = m;
    if (!make_frame(m, err) || !(m->o.user ? user_load(m, err) : board_and_program(m, err))) return false;
    ir_unit_init(&m->step_ir, m->guest->slots, m->guest->n_slots);
    const MemRegion *ram = mem_largest_ram(&m->mem);
    JitOptions jo = {.guest = m->guest,
                     .features = o->features,
                     .interp = o->interp,
                     .profile = o->profile,
                     .isa_masked = o->isa_masked,
                     .observer = o->observer,
                     .cache_size = o->cache_size,
                     .code_end = ram ? elf_code_end(&m->elf, ram->base, ram->base + ram->size) : 0,
                     .translate = machine_translate,
                     .translate_ctx = m,
                     .code_made = m->sys ? user_code_made : NULL,
                     .code_made_ctx = m,
                     .access_fault = user_access_fault,
                     .load_miss = run_load_miss,
                     .store_miss = run_store_miss,
                     .call_out = run_call_out};
    bool ok = jit_init(&m->jit, &jo, m->frame, &m->mem, &m->stats, &m->o.log, err);
    m->quantum = jit_sample(&m->jit, machine_cpu(m)->pc, 1 << 13);
    return ok;
}

void machine_free(Machine *m) {
    if (m->jit.host) jit_free(&m->jit);
    ir_unit_free(&m->step_ir);
    free(m->values);
    if (m->board.destroy) m->board.destroy(m->board.state);
    user_free(m);
    if (m->frame) {
        if (m->frame->cpu.guest) m->guest->destroy(m->frame->cpu.guest);
        munmap(m->frame, sizeof(Frame));
    }
    mem_free(&m->mem);
    elf_close(&m->elf);
    boot_close(&m->boot);
}
