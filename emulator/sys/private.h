// What the files of sys/ share.
#pragma once
#include "base/vec.h"
#include "sys/space.h"
#include "sys/sys.h"
#include <errno.h>
#include <sys/stat.h>

enum {
    SYS_SIGNALS = 64, // 1 to 64; bit n - 1 of a mask
    SYS_PATH_MAX = 4096,
    // Beside a negative errno, what a call may return:
    SYS_RESTART = -512,     // nothing happened yet: do it again after the signal that is pending
    SYS_INTERRUPTED = -513, // do it again unless a handler runs that was set up without SA_RESTART: then -EINTR
    SYS_NO_RESULT = -514,   // the registers are as they shall be
    SYS_PARKED = -515,      // another thread has the hart; the call is done again, or its result was left in the thread
};

typedef struct SysAction { // struct sigaction of the kernel
    uint64_t handler, flags, mask;
} SysAction;

// What a thread that does not run waits for. It runs again when one of them came true.
typedef enum SysWait {
    SYS_RUNNABLE,
    SYS_WAIT_FUTEX, // `futex`
    SYS_WAIT_FD,    // `fd`, `events`
    SYS_WAIT_TIME,  // `until`
    SYS_WAIT_RETRY, // the call looks for itself, again and again
} SysWait;

typedef struct SysThread {
    int tid;
    uint64_t mask;       // of blocked signals
    uint64_t mask_after; // what the mask becomes again after a call that changed it while it waited
    bool has_mask_after;
    uint64_t pending;                // of this thread alone, sent from within
    siginfo_t info[SYS_SIGNALS + 1]; // of those
    gaddr alt_sp, alt_size;          // alternate signal stack; size 0: none
    gaddr clear_tid, robust_list;
    // while it does not run
    uint64_t slot[CPU_SLOTS];
    gpc pc;
    uint64_t fcsr;
    SysWait wait;
    gaddr futex;
    uint32_t futex_bits;
    uint64_t until, retry_at; // of the guest's monotonic clock; SYS_FOREVER
    int fd;
    short events;
    bool woken; // by whoever did what it waited for
} SysThread;
#define SYS_FOREVER (~0ull)

typedef struct SysImage { // where things of the program are, for those who ask
    gaddr code_start, code_end, data_start, data_end, stack_start, args_start, env_start, env_end;
    uint64_t aux[40]; // the auxiliary vector
    unsigned n_aux;   // words of it
} SysImage;

struct Sys {
    SysOptions o;
    SysEnv env;
    const Guest *guest;
    Cpu *cpu;
    Space space;
    char *exe; // absolute path of the program
    SysImage image;
    char host_exe[SYS_PATH_MAX]; // of emu
    uint64_t host_exe_dev, host_exe_ino;
    gaddr brk_start, brk, trampoline, stack_top;
    SysAction action[SYS_SIGNALS + 1];
    VEC(SysThread *) threads;
    uint32_t current; // of threads
    int next_tid;
    bool restarting; // the call at pc is done again unless a handler without SA_RESTART runs
    bool ended;
    int vfork_fd; // of a child made by vfork: closed, it lets the parent go on; or -1
};

static inline SysThread *sys_thread(Sys *s) { return s->threads.at[s->current]; }
static inline uint64_t *sys_x(Sys *s, unsigned n) { return &s->cpu->slot[s->guest->user->x0 + n]; } // n: 1 to 31
static inline uint64_t sys_bit(int signal) { return 1ull << (signal - 1); }

// ---- call.c
typedef int64_t SysCallFn(Sys *s, const uint64_t *a);
typedef struct SysCall {
    const char *name, *spec;
    long host; // number of the host's call; -1: fn
    SysCallFn *fn;
} SysCall;
const SysCall *sys_call_row(uint64_t number); // NULL: unknown
void sys_call(Sys *s);
#define PASS(number, name, spec)
#define OWN(number, name, spec) SysCallFn sys_##name;
#include "sys/call.inc"
#undef PASS
#undef OWN

// ---- host_call.c. Returns SYS_RESTART without doing anything if a signal was caught and not taken yet; a signal that
// comes before the host's kernel has it is not lost.
int64_t sys_host_call(long number, const uint64_t a[6]);
#define SYS_HOST(name, ...) sys_host_call(SYS_##name, (const uint64_t[6]){__VA_ARGS__})
#define SYS_ARG(p)          ((uint64_t)(uintptr_t)(p))

// ---- host_signal.c
bool sys_caught(siginfo_t *info);  // takes the signal that was caught, if there is one
void sys_host_mask(uint64_t mask); // the mask of the program becomes that of the process
uint64_t sys_host_mask_get(void);
void sys_host_action(int signal, const SysAction *a, bool catches);
bool sys_host_ignores(int signal);
const volatile uint32_t *sys_host_pending(void);

// ---- signal.c
void sys_signals_init(Sys *s);
void sys_signals_deliver(Sys *s);
void sys_signal_send(Sys *s, SysThread *t, const siginfo_t *info); // from within, to one thread
void sys_signal_fault(Sys *s, int signal, int code, gaddr at);     // by the current instruction: cannot be blocked
void sys_wait_with_mask(Sys *s, uint64_t mask);                    // until the call is over

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

// ---- load.c
bool sys_load(Sys *s, ElfFile *elf, Err *err);

// ---- thread.c
SysThread *sys_thread_new(Sys *s, int tid);
int64_t sys_thread_clone(Sys *s, const uint64_t *a);
void sys_thread_end(Sys *s, int code);                 // of the current one; the last one ends the program
void sys_threads_only_current(Sys *s);                 // after a fork
int64_t sys_park(Sys *s, SysWait why, uint64_t until); // of the current thread; it has set what it waits for
bool sys_must_park(Sys *s, int fd, short events);      // would this block, and could others run meanwhile?
void sys_schedule(Sys *s);                             // to the next one that can run
void sys_turns(Sys *s);                                // a quantum is over
int64_t sys_park_fd(Sys *s, int fd, short events);

// ---- time.c
uint64_t sys_now(Sys *s, int clock); // in ns; of the guest
// ---- strace.c
void sys_trace_begin(Sys *s, const SysCall *row, uint64_t number, const uint64_t *a);
void sys_trace_end(Sys *s, const SysCall *row, const uint64_t *a, int64_t result);
