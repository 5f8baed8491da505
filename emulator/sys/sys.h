// Linux for one riscv64 program: its address space, system calls, signals and threads. The machine is the hart; this is
// the kernel that the program sees. A call is checked and converted here and then done by the host's kernel, on the
// host's files, with the rights of the user who runs emu.
#pragma once
#include "base/err.h"
#include "elf/elf.h"
#include "guest/guest.h"
#include "sys/space.h"
#include <signal.h>
#include <stdio.h>

typedef struct SysOptions {
    const char *sysroot;            // absolute paths are looked for here first; or NULL
    char **argv;                    // of the program, argv[0] as it shall see it; NULL-terminated
    char **env;                     // NULL-terminated
    gaddr hi;                       // end of its addresses, SYS_HI_*
    const char *limits;             // of resources, as limit.c writes them, or NULL
    uint64_t max_memory, max_files; // that the program cannot raise; 0: the host's
    char **reexec;                  // options of emu that a program which is executed gets, too; NULL-terminated
    bool strace, host_clock;
    FILE *out;      // of strace
    int program_fd; // that the program is read from and does not get: it has no name any more; or 0
    int kept_fd;    // that the program cannot close: of --log-file, or -1
} SysOptions;

// What the machine does for the system.
typedef struct SysEnv {
    void *machine;
    uint64_t (*time_ns)(void *machine);           // since the machine began
    void (*sleep_ns)(void *machine, uint64_t ns); // --clock=insn: guest time passes without instructions
    void (*code_gone)(void *machine, gaddr at, uint64_t n);
    void (*remapped)(void *machine);                      // what may be done to pages that were mapped has changed
    void (*no_exec)(void *machine, gaddr at, uint64_t n); // so it has for these whole pages, which were executable
    void (*share)(void *machine);                         // other processes run on the same memory from now on
    void (*end)(void *machine, int code, int signal); // the program is over; signal 0: by exit, -1: its time is over
    int (*fork)(void *machine);                       // as fork(); both machines go on
    void (*run)(void *machine); // the instructions of a thread, in a thread of the host that holds the hart
} SysEnv;

typedef struct Sys Sys;

// Where user addresses are: of 2 GiB, or what Linux gives a program on a riscv64 with Sv39.
#define SYS_LO    0x10000ull
#define SYS_HI_2G 0x7ffe0000ull
#define SYS_HI_39 0x3ffffff000ull

// Loads the program and its interpreter, makes stack and auxiliary vector, sets the CPU to its first instruction.
// `host`: of the reservation for [SYS_LO, o->hi). What can be moved of `program` is where it lies then.
Sys *sys_new(ElfFile *program, const SysOptions *o, const SysEnv *env, const Guest *guest, Cpu *cpu, hp host, Err *err);
void sys_free(Sys *sys);
Space *sys_space(Sys *sys);

// The instruction at cpu->pc left with this trap: a system call is done, a fault becomes a signal. false: it is the
// guest's own affair.
bool sys_trap(Sys *sys, uint32_t code, uint64_t value);
// Time has passed: signals are delivered, threads take turns. Between two instructions.
void sys_poll(Sys *sys);
MemFault sys_translate(void *sys, gaddr vaddr, unsigned size, MemKind kind, MemPage *page);

// The host's calls that a program's calls are passed on to, by number. Those that sys/ makes itself are not among them.
void sys_passed_calls(void (*each)(void *ctx, long number), void *ctx);

_Noreturn void sys_die(int signal); // of the process, as the program would have

// ---- time_limit.c: an end of the time of the process, and of those that it forks, by the host's monotonic clock.
// `text`: what the process says if it has to end at once, with exit code 124.
bool sys_time_limit(uint64_t until_ns, const char *text, Err *err);
bool sys_time_over(void); // the run is to end

// ---- host_signal.c: the signals of the process that emu is. One program at a time.
// A fault of the host: did generated code cause it? Then the function has set the context to go on elsewhere.
typedef bool SysHostFault(void *ctx, const siginfo_t *info, void *context);
void sys_host_fault_handler(SysHostFault *handle, void *ctx);
void sys_host_catch_bus(void); // without such a function: for the signal of --max-time
