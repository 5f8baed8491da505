// One machine: memory, board, guest CPU, translator, and the loop that runs them. Two machines in one process do not
// know each other.
#pragma once
#include "base/feature.h"
#include "base/log.h"
#include "base/stat.h"
#include "board/board.h"
#include "elf/elf.h"
#include "guest/guest.h"
#include "jit/jit.h"
#include "mem/mem.h"
#include "run/boot.h"
#include "run/gdb/gdb.h"
#include "run/user.h"

// The run loop takes over at least this often, in guest instructions.
enum { RUN_QUANTUM = 1 << 20 };

typedef struct MachineOptions {
    const char *elf_path; // NULL: firmware starts, see `boot`
    BootOptions boot;
    const SysOptions *user; // or NULL: a Linux program, see run/user.h
    BoardDrive drives[BOARD_DRIVES_MAX];
    unsigned n_drives;
    bool virtio_console, virtio_entropy;
    bool interp, host_clock;
    Features features;
    uint64_t ram_size, cache_size;
    uint64_t max_insns; // 0: no limit
    bool profile;
    HostIsa isa_masked;          // see JitOptions
    const JitObserver *observer; // or NULL
    int in_fd, out_fd;
    bool escape; // in_fd is a terminal in raw mode
    Log log;
} MachineOptions;

typedef enum RunEnd { RUN_GUEST_EXIT, RUN_MAX_INSNS, RUN_STUCK, RUN_KILLED, RUN_QUIT, RUN_SIGNAL } RunEnd;
// KILLED: by the debugger. QUIT: by the user at the console. SIGNAL: a program, by one that it did not handle.

// CPU time of the process but for the last; load + translate + execute = total_cpu. Of many translations, one in 16 is
// measured.
typedef struct Phases {
    uint64_t load_ns, translate_ns, execute_ns, total_cpu_ns, total_wall_ns;
} Phases;

struct Machine {
    MachineOptions o;
    const Guest *guest;
    // Where guest addresses lie, as Guest.translate; what the guest itself says, or what its owner has put here.
    MemFault (*translate)(void *ctx, gaddr vaddr, unsigned size, MemKind kind, MemPage *page);
    void *translate_ctx;
    bool peeking; // for a debugger: nothing may change
    const BoardKind *board_kind;
    ElfFile elf; // the program; the firmware, or the kernel if no --bios was given (perhaps no ELF: without symbols)
    Boot boot;
    Mem mem;
    Board board;
    struct Sys *sys; // the system of a Linux program, or NULL
    bool is_child;   // made by a program's fork
    CpuEnv env;
    Frame *frame;
    Jit jit;
    Stats stats;
    Phases phases;
    uint64_t translations; // asked for
    IrUnit step_ir;
    Gdb *gdb; // or NULL: nobody debugs
    Watches watches;
    uint64_t *values; // of the interpreter, by ref
    size_t n_values;
    unsigned fp_flags; // sticky, FLOAT_*: raised by the interpreter since they were last taken
    // time and events
    uint64_t idle_ns;    // guest time that passed without instructions (waiting for an interrupt)
    uint64_t host_start; // --clock=host
    uint32_t quantum;    // at most so many guest instructions between two looks
    bool exact_deadline; // the deadline is an event, not just the end of a quantum
    bool replan;         // a device was touched: its next event may have moved
    // the end
    bool ended;
    int exit_code, end_signal;
    RunEnd end;
    char stuck_reason[160];
};

bool machine_init(Machine *m, const MachineOptions *o, Err *err); // loads what is to run, makes the board
void machine_run(Machine *m);
void machine_free(Machine *m);
static inline Cpu *machine_cpu(Machine *m) { return &m->frame->cpu; }
uint64_t machine_time_ns(void *machine);       // guest time
unsigned machine_take_fp_flags(void *machine); // of either engine
uint64_t host_time_ns(void);                   // monotonic
uint64_t host_cpu_ns(void);                    // CPU time of the process

// devices.c
bool machine_make_board(Machine *m, Err *err);

// access.c: guest memory as the engines see it, by guest address in the CPU's mode. memop: MEMOP_SIZE and
// MEMOP_ALIGNED. `exact`: the state is that of the instruction itself, devices may be touched and translated code may
// be written; else that fails with MEM_FAULT_ALONE. *page: where it lies; `partial` when other bytes of the page may
// lie elsewhere.
MemFail machine_load(Machine *m, gaddr at, unsigned memop, bool exact, uint64_t *value, MemPage *page);
MemFail machine_store(Machine *m, gaddr at, unsigned memop, bool exact, uint64_t value, MemPage *page);
MemFault machine_translate(void *machine, gaddr vaddr, unsigned size, MemKind kind, MemPage *page); // for JitOptions
void machine_offer_memory(CpuEnv *env); // fills in what access.c does of it
// For debuggers: as the guest sees it now, without touching devices or the guest's tables. Bytes that are there.
size_t machine_peek(Machine *m, gaddr at, void *out, size_t n);
bool machine_poke(Machine *m, gaddr at, const void *bytes, size_t n); // all or nothing; protection does not matter

// leave.c: what generated code calls, and leaving it in the middle of a block
HostMemFn run_load_miss, run_store_miss;
HostCallFn run_call_out;

// interp.c: executes a unit's IR until it is left. `exact` as above, for units of one instruction.
Edge *interp_run(Machine *m, const IrUnit *ir, Unit *unit, bool exact);
// Fills the FAULT or STEP token of the frame and sets the CPU to the state before the instruction.
Edge *run_leave(Machine *m, MemFail why, const IrInsn *insn, gpc pc, int refund);
Edge *run_leave_raised(Machine *m, gpc pc, int refund);
Edge *run_leave_access(Machine *m, MemFail why); // out of generated code, at frame->call_site
// step.c: executes the one instruction at cpu->pc.
void run_step(Machine *m);
// event.c: deadlines, devices, waiting
void run_plan(Machine *m);                           // sets the next deadline
bool run_out_of_budget(Machine *m, uint16_t refund); // false: the run is over
// Until an interrupt is pending, or the machine ended, or the debugger wants it to stop; false: nothing can come.
bool run_wait(Machine *m);
void run_trap(Machine *m, uint32_t code, uint64_t value);
