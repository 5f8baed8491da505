// See user.h. What the machine does for the system, and what the system is as a board.
#include "jit/invalidate.h"
#include "run/user.h"
#include "base/alloc.h"
#include "base/guarded.h"
#include "run/machine.h"
#include "sys/sys.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TICK_NS = 100 }; // tick of the time that a program can read, as on the boards

// ---- for the system -----------------------------------------------------------------------------------------------
static void sleep_ns(void *machine, uint64_t ns) { ((Machine *)machine)->idle_ns += ns; }

static void code_gone(void *machine, gaddr at, uint64_t n) {
    jit_code_written(&((Machine *)machine)->jit, at, (unsigned)n);
}

static void remapped(void *machine) {
    Machine *m = machine;
    hart_flush_data(&m->hart);
    m->stats.v[STAT_tlb_flushes]++;
}

static void no_exec(void *machine, gaddr at, uint64_t n) {
    enum { PAGES_MAX = 4096 };
    Jit *j = &((Machine *)machine)->jit;
    if (n >> MEM_PAGE_BITS > PAGES_MAX)
        jit_mapping_flush(j);
    else
        for (gaddr page = at; page < at + n; page += MEM_PAGE) jit_mapping_flush_page(j, page);
}

static void share(void *machine) { jit_share(&((Machine *)machine)->jit); }

static void end(void *machine, int code, int signal) {
    Machine *m = machine;
    m->ended = true;
    m->end = signal < 0 ? RUN_MAX_TIME : signal ? RUN_SIGNAL : RUN_GUEST_EXIT;
    m->exit_code = code;
    m->end_signal = signal > 0 ? signal : 0;
}

// The child gets a code cache of its own: as a shared mapping it would be one with the
// parent's. Reports are the parent's.
static int fork_machine(void *machine) {
    Machine *m = machine;
    hp copy = m->o.interp ? NULL : jit_copy_code(&m->jit);
    if (!m->o.interp && !copy) return -1;
    int pid = fork();
    if (pid) {
        int e = errno;
        jit_copy_free(&m->jit, copy);
        errno = e;
        return pid;
    }
    if (copy && !jit_adopt_code(&m->jit, copy)) alloc_failed(0);
    m->is_child = true;
    m->debugger = NULL;
    return 0;
}

// Comes back only in the child of a thread that forked, where it is all that there is: reports are the parent's.
static void run_thread(void *machine) {
    Machine *m = machine;
    machine_run(m);
    fflush(NULL);
    if (m->end_signal) sys_die(m->end_signal);
    _exit(m->end == RUN_GUEST_EXIT || m->end == RUN_MAX_TIME ? m->exit_code : EXIT_FAILURE);
}

static SysEnv env_of(Machine *m) {
    return (SysEnv){.machine = m,
                    .time_ns = machine_time_ns,
                    .sleep_ns = sleep_ns,
                    .code_gone = code_gone,
                    .remapped = remapped,
                    .no_exec = no_exec,
                    .share = share,
                    .end = end,
                    .fork = fork_machine,
                    .run = run_thread};
}

// ---- as a board ---------------------------------------------------------------------------------------------------
static uint64_t never(void *state) {
    (void)state;
    return BOARD_NEVER;
}
static void poll_system(void *state) { sys_poll(((Machine *)state)->sys); }
static void flush_nothing(void *state) { (void)state; }
static int no_console(void *state) {
    (void)state;
    return 0;
}
static uint64_t ticks(void *state) { return machine_time_ns(state) / TICK_NS; }

static Board board_of(Machine *m) {
    return (Board){.name = "linux",
                   .state = m,
                   .next_event = never,
                   .poll = poll_system,
                   .flush = flush_nothing,
                   .console_errno = no_console,
                   .ticks = ticks};
}

// ---- beginning and end --------------------------------------------------------------------------------------------
static bool open_program(Machine *m, Err *err) {
    if (access(m->o.elf_path, F_OK) == 0 && access(m->o.elf_path, X_OK))
        return err_set(err, "%s: may not be executed (chmod +x)", m->o.elf_path);
    if (!elf_open_user(&m->elf, m->o.elf_path, err)) return false;
    for (const Guest *const *g = guests_all(); *g; g++)
        if ((*g)->user && (*g)->elf_machine == m->elf.machine && (*g)->elf_class == m->elf.class) m->guest = *g;
    return m->guest || err_set(err, "%s: is for ELF machine %u, %d bits; --user runs Linux programs of riscv64 only",
                               m->o.elf_path, m->elf.machine, m->elf.class == 2 ? 64 : 32);
}

static bool start(Machine *m, Err *err) {
    if (!mem_add_reserved(&m->mem, "user space", SYS_LO, m->o.user->hi - SYS_LO, err)) return false;
    SysEnv env = env_of(m);
    m->board = board_of(m);
    m->sys = sys_new(&m->elf, m->o.user, &env, m->guest, machine_cpu(m), mem_find(&m->mem, SYS_LO)->host, err);
    if (m->o.user->program_fd) close(m->o.user->program_fd);
    if (!m->sys) return false;
    m->hart.translate = sys_translate;
    m->hart.translate_ctx = m->sys;
    user_catch_faults(m);
    return true;
}

static void stop(Machine *m) { sys_free(m->sys); }

// ---- translated code ----------------------------------------------------------------------------------------------
static bool may_store(Machine *m, gaddr at, unsigned size, bool exact) {
    Space *s = sys_space(m->sys);
    if (!((space_page(s, at) | space_page(s, at + size - 1)) & SPACE_CODE)) return true;
    if (exact) space_at(s, at, size, SPACE_MAPPED | SPACE_WRITE); // drops the translations
    return exact;
}

// ---- its memory ---------------------------------------------------------------------------------------------------
static bool read_bytes(Machine *m, gaddr at, unsigned size, uint64_t *value) {
    const void *host = space_host(sys_space(m->sys), at);
    if (size & (size - 1)) return *value = 0, guarded_copy(value, host, size); // the part of an access in one page
    return guarded_load(host, size, value);
}

static bool write_bytes(Machine *m, gaddr at, unsigned size, uint64_t value) {
    void *host = space_host(sys_space(m->sys), at);
    return size & (size - 1) ? guarded_copy(host, &value, size) : guarded_store(host, size, value);
}

static bool poke(Machine *m, gaddr at, const void *bytes, size_t n) {
    return space_copy_in(sys_space(m->sys), at, bytes, n);
}

static void code_made(void *machine, gaddr at, uint64_t n) {
    space_code_made(sys_space(((Machine *)machine)->sys), at, n);
}

// ---- traps
static TrapAction trap(Hart *h, uint32_t code, uint64_t value) {
    Machine *m = h->machine;
    if (sys_trap(m->sys, code, value)) return TRAP_CONTINUE;
    return m->guest->trap(hart_cpu(h), code, value, &m->stats);
}

// The system blocks in its calls; a program's own instruction to wait can be ended by no interrupt.
static bool idle(Hart *h) {
    (void)h;
    return false;
}

const Personality personality_user = {.name = "user",
                                      .open = open_program,
                                      .start = start,
                                      .stop = stop,
                                      .may_store = may_store,
                                      .read = read_bytes,
                                      .write = write_bytes,
                                      .poke = poke,
                                      .code_made = code_made,
                                      .access_fault = user_access_fault,
                                      .is_program = true,
                                      .trap = trap,
                                      .idle = idle};
