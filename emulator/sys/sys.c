// The system as the machine sees it: made, asked where an address lies, told of traps and of time.
#include "base/alloc.h"
#include "base/exit_code.h"
#include "sys/private.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void code_gone(void *ctx, gaddr at, uint64_t n) {
    Sys *s = ctx;
    s->env.code_gone(s->env.machine, at, n);
}

static void remapped(void *ctx) {
    Sys *s = ctx;
    s->env.remapped(s->env.machine);
}

static void no_exec(void *ctx, gaddr at, uint64_t n) {
    Sys *s = ctx;
    s->env.no_exec(s->env.machine, at, n);
}

Sys *sys_new(ElfFile *program, const SysOptions *o, const SysEnv *env, const Guest *guest, Cpu *cpu, hp host,
             Err *err) {
    Sys *s = alloc_zeroed(1, sizeof *s);
    *s = (Sys){.o = *o, .env = *env, .guest = guest, .cpu = cpu};
    s->exe = o->program_fd ? sys_name_of_fd(o->program_fd) : realpath(program->path, NULL);
    if (!s->exe) s->exe = alloc_text(program->path);
    sys_proc_init(s);
    s->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    s->main = s->current = s->loaded = sys_thread_new(s, (int)getpid());
    s->main->state = SYS_RUNS, s->held = true;
    sys_heir_forget(s);
    if (sys_limits_init(s, err) && space_init(&s->space, host, SYS_LO, o->hi, err)) {
        s->space.code_gone = code_gone, s->space.remapped = remapped;
        s->space.no_exec = no_exec, s->space.ctx = s;
        if (sys_load(s, program, err) && sys_limits_fit(s, err)) {
            sys_signals_init(s);
            return s;
        }
    }
    sys_free(s);
    return NULL;
}

// WHY nothing where other threads are left: each is in a call of the host that writes to the program's memory when it ends, or waits for
// the hart, which it never gets. Both look at this until the process is gone.
void sys_free(Sys *s) {
    if (!s) return;
    for (uint32_t i = 0; i < s->threads.n; i++)
        if (s->threads.at[i] != s->main) return;
    for (uint32_t i = 0; i < s->threads.n; i++) free(s->threads.at[i]);
    vec_free(&s->threads);
    space_free(&s->space);
    free(s->exe);
    free(s);
}

void sys_memory_shared(Sys *s) {
    s->env.share(s->env.machine);
    s->shares = true;
    sys_heir_start(s);
}

Space *sys_space(Sys *s) { return &s->space; }

MemFault sys_translate(void *sys, gaddr vaddr, unsigned size, MemKind kind, MemPage *page) {
    static const unsigned needs[] = {
        [MEM_KIND_LOAD] = SPACE_READ, [MEM_KIND_STORE] = SPACE_WRITE, [MEM_KIND_FETCH] = SPACE_EXEC};
    Sys *s = sys;
    (void)size;
    if (!(space_page(&s->space, vaddr) & needs[kind])) return MEM_FAULT_PAGE;
    if (kind == MEM_KIND_FETCH) space_fetched(&s->space, vaddr);
    *page = (MemPage){.paddr = vaddr, .map_bits = MEM_PAGE_BITS};
    return MEM_FAULT_NONE;
}

// ---- traps --------------------------------------------------------------------------------------------------------
// A page that may be accessed and cannot: the file that it maps has become shorter.
static void fault(Sys *s, gaddr at, MemKind kind) {
    MemPage where;
    if (sys_translate(s, at, 1, kind, &where) == MEM_FAULT_NONE)
        sys_signal_fault(s, SIGBUS, BUS_ADRERR, at);
    else
        sys_signal_fault(s, SIGSEGV, space_page(&s->space, at) ? SEGV_ACCERR : SEGV_MAPERR, at);
}

static void deliver(Sys *s) {
    const SysThread *t = sys_thread(s);
    if (sys_time_over()) {
        sys_end(s, EXIT_CODE_LIMIT, -1);
        return;
    }
    if (sys_signal_waits(t) || t->has_mask_after) sys_signals_deliver(s);
}

bool sys_trap(Sys *s, uint32_t code, uint64_t value) {
    if (s->limits_late) s->limits_late = false, sys_limits_lift(s, false);
    switch (s->guest->user->trap(code)) {
    case USER_TRAP_CALL:
        if (!sys_signal_waits(sys_thread(s))) sys_call(s); // a signal that came before it is delivered before it
        break;
    case USER_TRAP_ILLEGAL: sys_signal_fault(s, SIGILL, ILL_ILLOPC, s->cpu->pc); break;
    case USER_TRAP_BREAKPOINT: sys_signal_fault(s, SIGTRAP, TRAP_BRKPT, s->cpu->pc); break;
    case USER_TRAP_MISALIGNED: sys_signal_fault(s, SIGBUS, BUS_ADRALN, value); break;
    case USER_TRAP_LOAD: fault(s, value, MEM_KIND_LOAD); break;
    case USER_TRAP_STORE: fault(s, value, MEM_KIND_STORE); break;
    case USER_TRAP_FETCH: fault(s, value, MEM_KIND_FETCH); break;
    case USER_TRAP_FENCE:
        space_code_refresh(&s->space);
        s->cpu->pc = value;
        break;
    default: return false;
    }
    if (!s->ended) deliver(s);
    if (s->ended) sys_limits_lift(s, true); // reports are still to be written
    return true;
}

void sys_poll(Sys *s) {
    if (s->ended) return;
    deliver(s);
    if (!s->ended) sys_turns(s);
    if (s->ended) sys_limits_lift(s, true);
}
