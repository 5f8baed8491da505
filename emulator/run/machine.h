// One machine: memory, board, guest CPU, translator, and the loop that runs them. Two machines in one
// process do not know each other.
#pragma once
#include "base/feature.h"
#include "base/log.h"
#include "base/stat.h"
#include "board/board.h"
#include "elf/elf.h"
#include "guest/guest.h"
#include "jit/branches.h"
#include "jit/jit.h"
#include "mem/mem.h"
#include "run/boot.h"
#include "run/debugger.h"
#include "run/hart.h"
#include "run/personality.h"
#include "run/phases.h"
#include "run/work.h"

typedef struct SysOptions SysOptions;

// The run loop takes over at least this often, in guest instructions.
enum { RUN_QUANTUM = 1 << 20 };

typedef struct MachineOptions {
    const char *elf_path; // NULL: firmware starts, see `boot`
    BootOptions boot;
    const SysOptions *user; // or NULL: a Linux program, see sys/sys.h
    BoardDrive drives[BOARD_DRIVES_MAX];
    unsigned n_drives;
    bool virtio_console, virtio_entropy;
    BoardNet net;
    bool interp, host_clock;
    uint32_t bisect_unit; // as in JitOptions
    Features features;
    uint64_t ram_size, cache_size;
    uint64_t max_insns; // 0: no limit
    uint32_t work;      // iterations for the program to do; 0: as many as were built into it
    uint64_t slices;    // guest instructions of a slice; 0: none
    bool timed;         // CPU time by phase is asked for
    bool profile;
    HostIsa isa_masked;                 // see JitOptions
    const struct JitObserver *observer; // or NULL
    int in_fd, out_fd;
    bool escape; // in_fd is a terminal in raw mode
    Log log;
} MachineOptions;

typedef enum RunEnd { RUN_GUEST_EXIT, RUN_MAX_INSNS, RUN_MAX_TIME, RUN_STUCK, RUN_KILLED, RUN_QUIT, RUN_SIGNAL } RunEnd;
// KILLED: by the debugger. QUIT: by the user at the console. SIGNAL: a program, by one that it did not handle.

typedef struct Written { // bytes of one store
    gaddr paddr;
    unsigned size;
} Written;
typedef VEC(Written) WrittenBytes;

struct Machine {
    MachineOptions o;
    const Guest *guest;
    const Personality *personality;
    Hart hart;
    bool peeking; // for a debugger: nothing may change
    const BoardKind *board_kind;
    ElfFile elf; // the program; the firmware, or the kernel if no --bios was given (perhaps no ELF: without symbols)
    Boot boot;
    Mem mem;
    Board board;
    struct Sys *sys; // personality_user's: the system of a Linux program
    bool is_child;   // made by a program's fork
    Jit jit;
    Branches stepped_branches; // profile: of instructions that were executed alone
    Stats stats;
    Phases phases;
    Translating translating;
    const Debugger *debugger; // or NULL
    Watches watches;
    WrittenBytes *written; // NULL, or: the list that stores of the C side are added to, see check.c
    // time and events
    Slices slices;
    uint64_t idle_ns;    // guest time that passed without instructions (waiting for an interrupt)
    uint64_t host_start; // --clock=host
    bool replan;         // a device was touched: its next event may have moved
    // the end
    bool ended;
    int exit_code, end_signal;
    RunEnd end;
    char stuck_reason[160];
};

static inline bool machine_called(const Machine *m) { return m->debugger && m->debugger->called(m->debugger->ctx); }
bool machine_init(Machine *m, const MachineOptions *o, Err *err); // loads what is to run, makes the board
void machine_run(Machine *m);
// One turn of the run loop: interrupts, the debugger, then a unit. `from`: the edge that led here, if it may be linked.
// Returns the next such edge, or NULL.
Edge *run_turn(Hart *h, Edge *from);
void machine_free(Machine *m);
void machine_end(Machine *m); // the process ends after it
// For debuggers, reports and tests, which know one CPU.
static inline Cpu *machine_cpu(const Machine *m) { return hart_cpu(&m->hart); }
uint64_t machine_time_ns(void *machine); // guest time
uint64_t host_time_ns(void);             // monotonic
uint64_t host_cpu_ns(void);              // CPU time of the process

// devices.c
bool machine_make_board(Machine *m, Err *err);

// leave.c: what generated code calls, and leaving it in the middle of a block
HostMemFn run_load_miss, run_store_miss;
HostCallFn run_call_out;

// interp.c: executes a unit's IR until it is left. `exact` as above, for units of one instruction.
Edge *interp_run(Hart *h, const IrUnit *ir, Unit *unit, bool exact);
// Fills the FAULT or STEP token of the frame and sets the CPU to the state before the instruction.
Edge *run_leave(Hart *h, MemFail why, const IrInsn *insn, gpc pc, int refund);
Edge *run_leave_raised(Hart *h, gpc pc, int refund);
Edge *run_leave_access(Hart *h, MemFail why); // out of generated code, at frame->call_site
// step.c: executes the one instruction at cpu->pc.
void run_step(Hart *h);
// event.c
void run_plan(Hart *h); // sets the next deadline
void run_trap(Hart *h, uint32_t code, uint64_t value);
// quantum.c
bool run_out_of_budget(Hart *h, uint16_t refund, gpc entered); // false: the run is over
