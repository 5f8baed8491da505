// The board as a personality: an ELF or firmware on a machine with devices. Traps are the guest's own, waiting is for
// interrupts. What the board asks of the machine is devices.c's.
#include "run/board_fault.h"
#include "run/machine.h"
#include "sys/sys.h"
#include <poll.h>
#include <string.h>
#include <time.h>

enum { HOST_CLOCK_QUANTUM = 1 << 17 };

// ---- start
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

static bool open_board(Machine *m, Err *err) {
    bool ok = m->o.elf_path ? elf_open(&m->elf, m->o.elf_path, err) : boot_open(&m->boot, &m->o.boot, &m->elf, err);
    return ok && choose_guest(m, err);
}

static bool load(Machine *m, gpc *entry, Err *err) {
    if (m->o.elf_path) {
        *entry = elf_start(&m->elf);
        return elf_load(&m->elf, &m->mem, err) && (!m->o.work || work_write(m, m->o.work, err));
    }
    *entry = m->elf.entry;
    BoardBoot said = {.isa = m->guest->isa, .mmu = m->guest->mmu};
    return boot_load(&m->boot, &m->o.boot, &m->mem, &m->board, said, entry, err);
}

static bool start(Machine *m, Err *err) {
    gpc entry;
    if (!machine_make_board(m, err) || !load(m, &entry, err)) return false;
    m->guest->reset(machine_cpu(m), entry);
    board_catch_faults(m);
    return true;
}

static void stop(Machine *m) {
    board_forget_faults(m);
    if (m->board.destroy) m->board.destroy(m->board.state);
}

// ---- faults and traps
static bool may_store(Machine *m, gaddr paddr, unsigned size, bool exact) {
    (void)m, (void)paddr, (void)size, (void)exact;
    return true; // mem/ marks translated code itself
}

static TrapAction trap(Hart *h, uint32_t code, uint64_t value) {
    Machine *m = h->machine;
    TrapAction action = m->guest->trap(hart_cpu(h), code, value, &m->stats);
    if (m->replan && !m->o.host_clock) run_plan(h); // the instruction has set the CPU's own timer
    return action;
}

// ---- idle
// Console input can end the waiting, and so can the debugger: sleep until there is some, or for so long.
static bool wait_for_input(Machine *m, uint64_t ns) {
    const Debugger *d = m->debugger;
    int in_fd = m->board.input_fd(m->board.state);
    struct pollfd p[] = {{.fd = in_fd, .events = POLLIN}, {.fd = d ? d->fd(d->ctx) : -1, .events = POLLIN}};
    struct timespec t = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
    if (ns == BOARD_NEVER && p[0].fd < 0 && p[1].fd < 0) return false;
    return ppoll(p, ARRAY_LEN(p), ns == BOARD_NEVER ? NULL : &t, NULL) > 0;
}

static bool idle(Hart *h) {
    Machine *m = h->machine;
    const Cpu *cpu = hart_cpu(h);
    for (int tries = 0; tries < 4 && !sys_time_over();) {
        m->board.poll(m->board.state);
        if (m->ended || m->guest->irq_wakes(cpu) || machine_called(m)) {
            run_plan(h);
            return true;
        }
        uint64_t event = m->board.next_event(m->board.state), time = machine_time_ns(m);
        if (event == BOARD_NEVER) {
            m->board.flush(m->board.state);
            if (!wait_for_input(m, BOARD_NEVER)) return false;
            tries++; // readable, and yet no interrupt came of it: end of input, or no device takes it
        } else if (m->o.host_clock) {
            wait_for_input(m, event > time ? event - time : 0);
        } else {
            m->idle_ns += event > time ? event - time : 1;
        }
    }
    return false;
}

const Personality personality_board = {.name = "board",
                                       .open = open_board,
                                       .start = start,
                                       .stop = stop,
                                       .may_store = may_store,
                                       .access_fault = board_access_fault,
                                       .trap = trap,
                                       .idle = idle,
                                       .host_clock_quantum = HOST_CLOCK_QUANTUM};
