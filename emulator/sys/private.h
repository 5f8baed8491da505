// What the files of sys/ share.
#pragma once
#include "base/vec.h"
#include "sys/space.h"
#include "sys/sys.h"
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <sys/stat.h>

enum {
    SYS_SIGNALS = 64, // 1 to 64; bit n - 1 of a mask
    SYS_PATH_MAX = 4096,
    SYS_LIMITS = 16,
    // Beside a negative errno, what a call may return:
    SYS_RESTART = -512,     // nothing happened yet: do it again after the signal that is pending
    SYS_INTERRUPTED = -513, // do it again unless a handler runs that was set up without SA_RESTART: then -EINTR
    SYS_NO_RESULT = -514,   // the registers are as they shall be
    SYS_PARKED = -515,      // the call is done again
};

typedef struct SysAction { // struct sigaction of the kernel
    uint64_t handler, flags, mask;
} SysAction;

typedef enum SysState { // of a thread; those from SYS_WAIT_FUTEX on are --clock=insn only
    SYS_RUNS,           // holds the hart
    SYS_LENT,           // holds it and is in a call of the host: a thread that waits for long may take the hart
    SYS_OUTSIDE,        // in a call of the host, without the hart
    SYS_GONE,
    SYS_READY,      // waits for the hart
    SYS_WAIT_FUTEX, // `futex`, or `until`
    SYS_WAIT_FD,    // `fd`, `events`
    SYS_WAIT_TIME,  // `until`
    SYS_WAIT_RETRY, // asks again from time to time, till `until`
} SysState;

typedef struct SysThread {
    int tid;             // of the host's kernel
    uint64_t mask;       // of blocked signals
    uint64_t mask_after; // what the mask becomes again after a call that changed it while it waited
    bool has_mask_after;
    uint64_t pending;       // SIGSEGV and SIGBUS that were sent: the host's kernel cannot keep them
    siginfo_t info[2];      // of those
    gaddr alt_sp, alt_size; // alternate signal stack; size 0: none
    gaddr clear_tid, robust_list;
    // turns (hart.c)
    uint32_t state, turn;            // SysState; a futex of the host
    uint32_t asleep;                 // its thread of the host waits for `turn`, or is about to
    bool wants;                      // it waits for the hart, and is counted in Sys.wanting
    jmp_buf *out;                    // where its thread of the host ends; NULL: the main one
    const volatile uint32_t *caught; // sys_host_pending() of its thread of the host
    // registers while another thread's are in the CPU
    uint64_t slot[CPU_SLOTS];
    gpc pc;
    uint64_t fcsr;
    // what it waits for with --clock=insn
    gaddr futex;
    const uint32_t *futex_word; // or NULL; it is over when this is no longer futex_value
    uint32_t futex_bits, futex_value;
    uint64_t until, retry_at; // of the guest's monotonic clock; SYS_FOREVER
    int fd;
    short events;
    bool woken; // by a thread that did what it waited for
} SysThread;
// WHY atomic: the thread that holds the hart lends it, takes it back and looks for sleepers without the lock.
static inline SysState sys_state_of(const SysThread *t) {
    return (SysState)__atomic_load_n(&t->state, __ATOMIC_RELAXED);
}
static inline void sys_set_state(SysThread *t, SysState state) { __atomic_store_n(&t->state, state, __ATOMIC_RELAXED); }
// Did its thread of the host catch a signal? Bits, as in host_signal.c.
static inline uint32_t sys_has_caught(const SysThread *t) { return __atomic_load_n(t->caught, __ATOMIC_RELAXED); }
#define SYS_FOREVER (~0ull)

typedef struct SysLimit {
    uint64_t soft, hard;
} SysLimit;

typedef struct SysImage { // where things of the program are, for those who ask
    gaddr code_start, code_end, data_start, data_end, stack_start, args_start, env_start, env_end;
    uint64_t aux[40]; // the auxiliary vector
    unsigned n_aux;   // words of it
} SysImage;

typedef struct SysHeir {  // robust.c
    int pid;              // of a process that shares the memory and outlives this one; 0: none
    uint32_t executing;   // a futex: 1 until another program is in the place of this one, or could not be
    void *stack;          // of that process
    void *thread_pointer; // that it has: of a thread of the host that is there to the end
} SysHeir;

struct Sys {
    SysOptions o;
    SysEnv env;
    const Guest *guest;
    Cpu *cpu;
    Space space;
    char *exe; // absolute path of the program
    SysImage image;
    SysLimit limit[SYS_LIMITS]; // by RLIMIT_*
    uint64_t most[SYS_LIMITS];  // what no hard limit may exceed: --max-memory, --max-files
    bool limits_changed;        // those that are not the host's
    bool limits_late;           // they hold from the first call on
    uint64_t personality;
    char host_exe[SYS_PATH_MAX]; // of emu
    uint64_t host_exe_dev, host_exe_ino;
    gaddr brk_start, brk, trampoline, stack_top;
    SysAction action[SYS_SIGNALS + 1];
    VEC(SysThread *) threads;
    // Whose turn it is: hart.c. The list and the states change under the lock.
    pthread_mutex_t lock;
    SysThread *current; // holds the hart, or did so last
    SysThread *loaded;  // whose registers are in the CPU, or NULL
    SysThread *main;    // of the thread of the host that the process began with; perhaps no longer in the list
    bool held;          // is there a thread that holds the hart?
    uint32_t wanting;   // threads that wait for it
    int processor;      // of the host, that the thread with the hart was on when it last made a call
    uint32_t *to_wake;  // SysThread.turn, when the lock is open again; or NULL
    bool watched;       // --clock=insn: does a thread look after files and time?
    int main_code;      // exit code of the main thread, once it is gone
    bool restarting;    // the call at pc is done again unless a handler without SA_RESTART runs
    bool ended;
    const SysThread *tracing; // strace: whose line is not at its end, or NULL
    unsigned vforked;         // in a child that shares the memory of its parent: how deep
    bool shares;              // the program may write to memory that another process has, too
    SysHeir heir;
};

static inline SysThread *sys_thread(Sys *s) { return s->current; }
static inline uint64_t *sys_x(Sys *s, unsigned n) { return &s->cpu->slot[s->guest->user->x0 + n]; } // n: 1 to 31
static inline uint64_t sys_bit(int signal) { return 1ull << (signal - 1); }

void sys_memory_shared(Sys *s); // another process may have what the program writes to: atomic instructions must be

// ---- call.c
typedef int64_t SysCallFn(Sys *s, const uint64_t *a);
typedef struct SysCall {
    const char *name, *spec;
    long host; // number of the host's call; -1: fn
    SysCallFn *fn;
    int refused; // the answer, if the call is not offered
    const char *why;
} SysCall;
const SysCall *sys_call_row(uint64_t number); // NULL: unknown
void sys_call(Sys *s);
#define PASS(number, name, spec)
#define OWN(number, name, spec) SysCallFn sys_##name;
#include "sys/call.inc"
#undef PASS
#undef OWN

// ---- host_signal.c
// Returns SYS_RESTART without doing anything if a signal was caught and not taken yet; a signal that
// comes before the host's kernel has it is not lost.
int64_t sys_host_call(long number, const uint64_t a[6]);
#define SYS_HOST(name, ...) sys_host_call(SYS_##name, (const uint64_t[6]){__VA_ARGS__})
#define SYS_ARG(p)          ((uint64_t)(uintptr_t)(p))
bool sys_caught(siginfo_t *info);  // takes a signal that this thread of the host caught, if there is one
void sys_caught_forget(void);      // those of a child that shared the memory
void sys_host_mask(uint64_t mask); // of this thread of the host
uint64_t sys_host_mask_get(void);
void sys_host_action(int signal, const SysAction *a);
bool sys_host_inherit(int signal); // takes over what emu was started with, the default or (true) that it is ignored
const volatile uint32_t *sys_host_pending(void);

// ---- time_limit.c
typedef struct SysTimeLimit {
    long timer;
    int over;
} SysTimeLimit;
bool sys_time_signal(const siginfo_t *info); // in a handler: is it this one? May end the process
bool sys_time_is_timer(uint64_t id);         // the host's number of its timer
void sys_time_limit_again(void);             // in a process that was forked
// Around a child that shares the memory.
SysTimeLimit sys_time_limit_save(void);
void sys_time_limit_restore(SysTimeLimit before);

// ---- signal.c
void sys_signals_init(Sys *s);
void sys_signals_clear(Sys *s); // those that had a handler have their default action
void sys_signals_deliver(Sys *s);
bool sys_signal_waits(const SysThread *t); // one that the thread does not block is there
bool sys_signal_ignored(const Sys *s, int signal);
void sys_signal_keep(SysThread *t, const siginfo_t *info);     // SIGSEGV or SIGBUS that was sent
void sys_signal_fault(Sys *s, int signal, int code, gaddr at); // by the current instruction: cannot be blocked
void sys_wait_with_mask(Sys *s, uint64_t mask);                // until the call is over

// ---- path.c
// The path for the host's kernel: `out` has SYS_PATH_MAX bytes. 0 or a negative errno.
int sys_path(Sys *s, gaddr at, char *out);
int sys_path_text(Sys *s, const char *path, char *out);

// ---- proc.c
void sys_proc_init(Sys *s);
// What becomes of a descriptor (or a negative errno) that opening `path` from `dir` gave: itself, one that is the
// program's own instead, or a negative errno.
int64_t sys_proc_opened(Sys *s, int64_t fd, int dir, const char *path, uint64_t flags);
// The same for a link that was read, n bytes of at most `size`.
int64_t sys_proc_link(const Sys *s, int dir, const char *path, char *text, int64_t n, size_t size);
// Does it lead to what the process runs, by a link of /proc? That is s->exe, not emu. `st`: of what was found there.
bool sys_proc_is_exe(const Sys *s, int dir, const char *path, const struct stat *st);

// ---- limit.c
bool sys_limits_init(Sys *s, Err *err);
bool sys_limits_fit(const Sys *s, Err *err);     // the program as it was loaded
void sys_limits_lift(Sys *s, bool lift);         // while emu opens and writes files of its own
bool sys_limit_allows(const Sys *s, uint64_t n); // so many more bytes of addresses?
char *sys_limits_text(const Sys *s);             // an option for a program that is executed, or NULL; to be freed

// ---- load.c
bool sys_load(Sys *s, ElfFile *elf, Err *err);

// ---- process.c
char *sys_name_of_fd(int fd); // as /proc says it, to be freed; NULL: none

// ---- thread.c
SysThread *sys_thread_new(Sys *s, int tid);
void sys_thread_forget(Sys *s, const SysThread *t); // out of the list; needs the lock
int64_t sys_thread_clone(Sys *s, const uint64_t *a);
void sys_thread_end(Sys *s, int code);      // of the current one; the last one ends the program
void sys_threads_only_current(Sys *s);      // after a fork
void sys_end(Sys *s, int code, int signal); // of the program

// ---- robust.c
void sys_robust_release(Sys *s, const SysThread *t); // what it held
void sys_heir_start(Sys *s);                         // if there is need of one
void sys_heir_end(Sys *s);
void sys_heir_forget(Sys *s);  // a process that begins: the heir was its parent's
void sys_heir_before(Sys *s);  // this process is about to execute another program
void sys_heir_refused(Sys *s); // and could not
uint64_t sys_heir_hidden(uint64_t options,
                         bool *none); // of a call that waits for children: the heir is not one of them

// ---- futex.c
int64_t sys_futex_wake(Sys *s, gaddr at, int most); // within the program, and of other processes

// ---- hart.c
void sys_registers_save(Sys *s, SysThread *t);
void sys_hart_add(Sys *s, SysThread *t);    // to those that take turns
void sys_hart_first(Sys *s, SysThread *me); // a new thread of the host waits for its first turn
void sys_hart_last(Sys *s, SysThread *me);  // and has had its last one
// A child that went on as this thread is gone: the thread is what it was before, and waits for its turn if need be.
void sys_hart_again(Sys *s, SysThread *me, const SysThread *before);
void sys_hart_idle(Sys *s, SysThread *me); // the main thread has ended: until the program has
_Noreturn void sys_hart_to_main(Sys *s);   // the program has ended: the main thread of the host takes over
void sys_hart_leave(Sys *s);
bool sys_turns(Sys *s); // a quantum is over, or the thread yields; false: no other thread wants the hart
// A call of the host that may wait; meanwhile other threads run. `waits`: it is known that it does.
int64_t sys_host_wait(Sys *s, bool waits, long number, const uint64_t a[6]);
#define SYS_HOST_WAIT(s, waits, name, ...) sys_host_wait(s, waits, SYS_##name, (const uint64_t[6]){__VA_ARGS__})
// The same for one that waits until `fd` is ready (POLLIN, POLLOUT, or 0: not known). -EINTR becomes SYS_INTERRUPTED.
int64_t sys_host_fd(Sys *s, int fd, short events, long number, const uint64_t a[6]);
bool sys_would_wait(int fd, short events);
// --clock=insn: the current thread waits for what it has set. false: a signal came first.
bool sys_wait(Sys *s, SysState why, uint64_t until);

// ---- time.c
uint64_t sys_now(Sys *s, int clock); // in ns; of the guest
// --clock=insn: the guest's clock goes on by so many nanoseconds, or to where its ITIMER_REAL goes off, which has sent its signal
// then. Returns what has passed.
uint64_t sys_pass(Sys *s, uint64_t ns);
bool sys_sleep_alone(Sys *s, uint64_t ns); // the same, of the only thread, to the end. false: a signal came first

// ---- kill.c
void sys_alarm_now(Sys *s); // the timer of setitimer() goes off, and is none any more

// ---- strace.c
void sys_trace_begin(Sys *s, const SysCall *row, uint64_t number, const uint64_t *a);
void sys_trace_gone(Sys *s); // the current call does not come back
void sys_trace_end(Sys *s, const SysCall *row, const uint64_t *a, int64_t result);
