// What a host is: its registers, what each op asks of them, and mechanism that knows no policy. A host emits one
// allocated unit, patchable exit slots, inline probes of direct-mapped tables with a miss routine, and the way in and
// out. Which exits are patched, what the tables hold and who answers a miss is decided in jit/.
//
// A host is a folder beside this file. The Makefile chooses one (HOST), and that one is host_native; nothing else names
// it. How to write one: docs/PORTING-HOST.md.
#pragma once
#include "base/bytes.h"
#include "base/err.h"
#include "base/types.h"
#include "ir/ir.h"

typedef struct Ra Ra;

// ---- registers: at most 64 by number, each of one class. A set of them has bit i for register i.
typedef uint64_t HostRegs;
enum { HOST_REGS_MAX = 64 };
static inline HostRegs host_reg(unsigned reg) { return (HostRegs)1 << reg; }
static inline unsigned host_reg_first(HostRegs regs) { return (unsigned)__builtin_ctzll(regs); } // of a set not empty
static inline unsigned host_reg_count(HostRegs regs) { return (unsigned)__builtin_popcountll(regs); }
typedef enum HostClass { HOST_INTS, HOST_FLOATS, HOST_CLASSES } HostClass; // what values they hold: I8 to I64; F32, F64

// ---- what the allocator must know of an op on this host
enum {
    HOST_NATIVE = 1 << 0,     // there is an emitter; without it the op goes through a call to ir_eval
    HOST_TIED_A = 1 << 1,     // the result is made in the register of a. The allocator gives it that register if a dies
                              // here; else the emitter copies a first. If the op commutes, b will do as well
    HOST_TIED_B = 1 << 2,     // the same of b,
    HOST_TIED_C = 1 << 3,     // and of c, which is tried first; neither is another input, too
    HOST_DISTINCT = 1 << 4,   // the result must not share a register with any input
    HOST_A_MEM = 1 << 5,      // a, if it is an integer, may be read from its home in memory (not together with b)
    HOST_B_MEM = 1 << 6,      // b may be read from its home in memory
    HOST_B_CONST = 1 << 7,    // b may be an integer CONST, if Host.const_fits() says so
    HOST_ANY_NAN = 1 << 8,    // a NaN that it makes may be any quiet one, see RA_CANON
    HOST_CANON_NAN = 1 << 9,  // it sees that a NaN result is the canonical one, and does the fixes of its RaOp then
    HOST_TAKES_NAN = 1 << 10, // to its inputs one NaN is like another
    HOST_TIED = HOST_TIED_A | HOST_TIED_B | HOST_TIED_C,
};

// What of the machine's instruction set emitted code may use: a set of bits that the host gives names to.
typedef uint32_t HostIsa;
typedef struct HostIsaName {
    const char *name; // an extension (one bit), or a level (all that belongs to it)
    HostIsa isa;
} HostIsaName;

typedef struct HostOp {
    uint16_t flags;
    HostRegs clobbers; // registers that the op overwrites beside its result; inputs are never placed there
    HostIsa needs;     // the emitter uses these; where HostConfig.isa lacks one, the op goes through ir_eval
} HostOp;

// ---- probes of direct-mapped tables in the CPU frame; displacements are from the frame register
typedef struct HostProbe {
    bool on;
    uint8_t shift, bits; // index = (key >> shift) & mask(bits)
    uint8_t stride_bits; // the tags of two entries are 1 << stride_bits bytes apart, and so are their data: at least 3
    int32_t tag, data;   // of entry 0
    uint32_t hash;       // not 0: index = (uint32_t)key * hash >> (32 - bits)
} HostProbe;

// A range of guest addresses that maps to the host by adding a constant; tried before the probe.
typedef struct HostSpan {
    bool on;
    uint64_t lo, len;
    int64_t to_host; // host address - guest address
    // lo is 0, len a power of two, and what lies in the host within 2^31 bytes outside of it raises a signal: so an
    // access is safe if its base register is in the span, whatever its constant (from HOST_FENCE_BELOW on) and size.
    bool fenced;
    uint64_t above, below; // that many bytes behind and before it do; a COVERED access may lie there
} HostSpan;
#define HOST_FENCE_BELOW (-(1 << 20)) // WHY not -2^31: a page of old kernels can be read 10 MiB below address 0

// Where things lie, seen from the frame register. Filled in by jit/code/host_config.c.
typedef struct HostFrame {
    int32_t slot0;  // slot i lies at slot0 + 8 i
    int32_t spill0; // spill i lies at spill0 + 8 i
    int32_t pc, budget;
    int32_t saved_regs; // where a call out of generated code saves the registers, 8 bytes each, by register number
    int32_t host_sp;    // the C stack while generated code runs
    int32_t guest_sp;   // top of the stack that generated code runs on
    int32_t call_site;  // return address of the call out of generated code that is under way
    int32_t call_sp;    // stack pointer of generated code meanwhile
    int32_t result;     // value of that call
    int32_t args;       // three arguments of a call to a helper
    int32_t fp_state;   // 32 bits: the host's rounding and sticky flags for the guest, while others own them
    int32_t fp_host;    // 32 bits: those of the C side, while generated code runs
    int32_t fp_consts;  // HOST_FP_CONSTS times 8 bytes, on a boundary of 16
} HostFrame;
enum { HOST_FP_CONSTS = 14 };

// Functions that generated code calls with all registers saved in the frame; `budget` in the frame is up to date
// meanwhile. Functions for accesses to memory do no floating point: they run with the guest's rounding and flags.
// A non-NULL return value leaves the unit and becomes the result of enter(); otherwise the frame's `result`
// is the value.
// memop: MEMOP_SIZE and MEMOP_ALIGNED of the access.
typedef void *HostMemFn(void *frame, uint64_t gaddr, uint64_t value, uint64_t memop);
// For these the second argument is the IrHelper to call, or 0: the instruction is the one at the call site. The
// arguments are in the frame, at `args`. A BOUND, a LOAD or a STORE: a check of it failed, and the unit must be left.
typedef HostMemFn HostCallFn;

typedef struct HostConfig {
    HostFrame frame;
    HostProbe load, store;          // key: guest address, data: host address - guest address; tag: key, low bits clear
    HostSpan load_span, store_span; // off: probe at once
    HostProbe jump;                 // key: guest pc, data: host code; tag: the whole pc
    bool return_stack;              // calls push {return pc, host return address}, returns compare and return
    bool count;                     // bump a counter on each edge and detour
    bool rotate;                    // loops end with their conditional jump: layout.c
    bool marks;                     // say what the emitted ranges belong to
    bool floats;                    // units with values of type F32 or F64 may run: keep their rounding and flags
    HostIsa isa;                    // what emitted code may use beyond the baseline
    bool shared;                    // others run at the same time on the same memory: ATOMIC and FENCE mean it
    bool guarded;                   // accesses may raise a signal: each has a site, right behind the instruction
    bool heat;                      // units of several blocks favour what was seen most often: see IrBlock
    bool strays;                    // so may COVERED ones alone
    HostMemFn *access_fault;        // what that is handed to: by jumping to the entry's `access_fault` as if called
    HostMemFn *load_miss, *store_miss;
    HostCallFn *call_out;
} HostConfig;

// Under paging: no access can be reached by a constant, each looks into the table.
static inline bool host_probes_all(const HostConfig *c) {
    return c->load.on && c->store.on && !c->load_span.on && !c->store_span.on;
}

// Edges of a unit, by number: leaving through exit i; coming back from the call that exit i made (no unit without a
// call has these); running out of budget in block b; going from block b to its successor k (no unit of which each block
// leaves has these).
typedef struct HostEdges {
    uint32_t n_exits, n_landings, n_blocks, n_inside;
} HostEdges;
HostEdges host_edges_of(const IrUnit *u); // edges.c
static inline uint32_t host_edge_exit(uint32_t i) { return i; }
static inline uint32_t host_edge_landing(HostEdges n, uint32_t i) { return n.n_exits + i; }
static inline uint32_t host_edge_budget(HostEdges n, uint32_t b) { return n.n_exits + n.n_landings + b; }
static inline uint32_t host_edge_inside(HostEdges n, uint32_t b, uint32_t k) {
    return n.n_exits + n.n_landings + n.n_blocks + 2 * b + k;
}
typedef enum HostEdgeKind { HOST_EDGE_EXIT, HOST_EDGE_LANDING, HOST_EDGE_BUDGET, HOST_EDGE_INSIDE } HostEdgeKind;
static inline HostEdgeKind host_edge_kind(HostEdges n, uint32_t edge) {
    return edge < n.n_exits                   ? HOST_EDGE_EXIT
           : edge < host_edge_budget(n, 0)    ? HOST_EDGE_LANDING
           : edge < host_edge_inside(n, 0, 0) ? HOST_EDGE_BUDGET
                                              : HOST_EDGE_INSIDE;
}
static inline uint32_t host_edge_count(HostEdges n) { return n.n_exits + n.n_landings + n.n_blocks + n.n_inside; }

// A jump in emitted code that may be patched. Until then it goes to its stub, which leaves with the edge's token.
typedef struct HostSlot {
    uint32_t patch; // offset of what Host.patch() writes
    uint32_t stub;  // offset of the stub
    uint32_t edge;
} HostSlot;

// A place that calls out of generated code and may leave there: found again by its return address.
typedef struct HostSite {
    uint32_t ret;          // offset of the return address
    uint32_t snap;         // of the allocation
    IrRef ref;             // the IR instruction
    uint16_t block, index; // index of the guest instruction in its block
    gpc pc;                // of the guest instruction
    uint32_t insns_before; // instructions from the start of the block to the call, inclusive
    int32_t insns_extra;   // instructions that the detour adds to the block's straight path (0 when the call is on it)
    uint32_t call_insns, call_leave_insns; // of the routine that is called: see HostRoutine
} HostSite;

// To which step of the allocated program a range of emitted code belongs, for profiles. A range ends
// where the next one begins.
typedef enum HostPath {
    HOST_PATH_STRAIGHT, // step `op` on the straight path of its block
    HOST_PATH_RARE,     // out of line: what `op` (or, if that is HOST_NO_OP, the way out `edge`) does rarely
    HOST_PATH_EDGE,     // out of line: on the way through `edge`
    HOST_PATH_STUB,     // leaves with the token of `edge`
} HostPath;
#define HOST_NO_OP UINT32_MAX
typedef struct HostMark {
    uint32_t at, n_insns; // offset; counted instructions before it
    uint32_t op, edge;
    uint32_t n_detours;  // detours before it
    uint32_t path_insns; // EDGE: straight-path instructions from the start of the block to the jump here, inclusive
    uint16_t block;
    uint8_t path; // HostPath
} HostMark;

// Where the C code or the guest code that generated code was called from is found, for unwinders: rows in order of
// `at`, each valid up to the next one. The return address lies in the word below `sp + cfa`, what was saved below that.
typedef struct HostUnwind {
    uint32_t at;
    bool begins;   // the first row of a routine
    bool in_frame; // sp is the frame's word at `disp`; else the stack register
    uint8_t saved; // registers of the C side that enter() has pushed so far
    int32_t disp, cfa;
} HostUnwind;

// Bytes of emitted code that hold an address of this process: two runs differ there, and there only.
typedef struct HostAddress {
    uint32_t at; // offset of 8 bytes
} HostAddress;

// Bytes of emitted code whose instructions count executions and are not counted themselves.
typedef struct HostRange {
    uint32_t at, end;
} HostRange;

// A rare path inside a unit.
typedef struct HostDetour {
    int32_t insns; // that it adds to the straight path
    uint16_t block;
} HostDetour;

enum { HOST_SCRATCH = 4 };
typedef struct HostCode {
    VEC(HostMark) marks; // if the configuration asks for them
    VEC(HostSlot) slots;
    VEC(HostSite) sites;
    VEC(uint32_t) edge_insns; // per edge: instructions from the start of the block, without the stub
    VEC(uint32_t) stub_insns; // per edge: instructions of its stub
    VEC(HostDetour) detours;
    VEC(HostAddress) addresses;
    VEC(HostAddress) to_entry; // 4 bytes each: distances from there to the entry code, if Host.moves
    VEC(HostRange) counting;   // if the configuration asks for marks; in order
    VEC(HostUnwind) unwind;    // if the configuration asks for marks
    uint32_t n_insns, n_bytes;
    VEC(char) scratch[HOST_SCRATCH]; // memory that the back end keeps from one unit to the next
} HostCode;

typedef struct HostUnit {
    const IrUnit *ir;
    const Ra *ra;
    char *tokens; // token of edge i is tokens + i * token_size
    size_t token_size;
    const uint64_t *counters; // count: one per edge, then one per detour; as generated code sees them
    uint32_t n_detours_max;   // room in counters
} HostUnit;

enum { HOST_ENTRY_UNWIND = 170 };
enum { HOST_MISSES = 8 }; // [1:0] log2 of the size [2] the access must be aligned
// Calls C with all registers preserved.
typedef struct HostRoutine {
    const uint8_t *at;
    uint32_t insns, leave_insns; // executed per call that returns, and that leaves (up to and with `leave`)
} HostRoutine;

typedef struct HostEntry {                            // made once per code cache
    void *(*enter)(void *frame, const uint8_t *code); // runs generated code until something leaves; returns the token
    uint32_t enter_insns, leave_insns;                // executed per entry and per exit
    // Private to the back end. Routines: [1] are for units with values of type F32 or F64.
    const uint8_t *leave;
    HostRoutine load_miss[2][HOST_MISSES], store_miss[2][HOST_MISSES], call_out[2], refuse[2], access_fault;
    HostUnwind unwind[HOST_ENTRY_UNWIND];
    uint32_t n_unwind, n_bytes;
    bool own_near;  // rv64: all of code memory is in the reach of one jump
    int64_t own[8]; // loadstore: LsBase
} HostEntry;

typedef enum HostInsnKind {
    HOST_INSN_PLAIN,
    HOST_INSN_MOVE,        // copies a register
    HOST_INSN_ACCESS,      // reads or writes guest memory
    HOST_INSN_FRAME_LOAD,  // moves from the CPU frame
    HOST_INSN_FRAME_STORE, // writes the CPU frame
    HOST_INSN_JUMP,
    HOST_INSN_COND_JUMP,
} HostInsnKind;

typedef struct HostInsn {
    char text[112];
    uint8_t len;   // at least 1, whatever the bytes are
    uint8_t kind;  // HostInsnKind
    bool in_frame; // an operand lies in the CPU frame, at frame_disp from the frame register
    int32_t frame_disp;
    const uint8_t *to;             // direct jumps and calls: where to, else NULL
    uint16_t operand, operand_len; // of `text`: the operand that `frame_disp` or `to` is about
} HostInsn;

// How debuggers number the registers (DWARF), for eh_frame.c. The first of `saved` lies highest.
typedef struct HostDwarf {
    uint8_t sp, frame, return_address;
    bool call_pushes; // a call puts the return address into the word below the frame; else `saved` names its register
    const uint8_t *saved; // what enter() saves of the C side, in this order
} HostDwarf;

typedef struct Host {
    const char *name;
    const HostIsaName *isa_names; // ended by a NULL name; extensions first
    HostIsa (*isa_native)(void);  // of the machine that this runs on
    // for the allocator
    const HostOp *ops;            // by IrOp
    HostRegs regs[HOST_CLASSES];  // by class
    HostRegs pool;                // those to allocate from
    uint8_t spare[HOST_CLASSES];  // that a loop should have for values that it makes itself, at least
    const char *const *reg_names; // by number
    bool (*const_fits)(const IrInsn *in, int64_t b); // may operand b of `in`, a HOST_B_CONST op, be this constant?
    // May COVERED accesses of the unit, and all that look into the table, have an index, shifted by 0 to 3, beside their base, which is an I64? The index may be
    // an I32: then it is zero-extended. And can gen_move() compute sums (RaSum)? NULL: no.
    bool (*addresses)(const HostConfig *cfg, const IrUnit *u);
    // Does it save something to give this access its index, shifted and (`extends`) extended, instead of the sum? NULL: always.
    bool (*index_pays)(const HostConfig *cfg, const IrInsn *access, unsigned shift, bool extends);
    // code
    bool moves;         // code of a unit can be moved in code memory: HostCode.to_entry and addresses are what to mend
    bool return_stack;  // it has one; else HostConfig.return_stack is false
    uint32_t jump_hash; // HostProbe.hash of the table of jumps, or 0
    size_t code_max;    // bytes of code memory that its jumps reach
    // Both return bytes used, 0 when the room was too small. rw is where to write, exec - rw the
    // distance to where it will run.
    size_t (*make_entry)(HostEntry *entry, const HostConfig *cfg, uint8_t *rw, size_t room, ptrdiff_t to_exec);
    size_t (*emit)(HostCode *out, const HostUnit *unit, const HostEntry *entry, const HostConfig *cfg, uint8_t *rw,
                   size_t room, ptrdiff_t to_exec);
    // Aims the jump that HostSlot.patch is about, at a unit or back at its stub, and makes that visible.
    void (*patch)(const HostEntry *entry, uint8_t *rw_at, const uint8_t *exec_at, const uint8_t *exec_to);
    // What was written for these n bytes is what a processor fetches there from now on: due after emit and make_entry.
    void (*make_visible)(const uint8_t *exec, size_t n);
    // Floating point: what lies at fp_state and fp_consts of the frame.
    void (*fp_init)(uint64_t consts[HOST_FP_CONSTS]);
    void (*fp_round)(uint32_t *state, unsigned round); // FloatRound (RMM: as RNE) and FLOAT_FLUSH; keeps the flags
    unsigned (*fp_take)(uint32_t *state);              // the sticky flags (FLOAT_*), and clears them
    void (*fp_raise)(uint32_t *state, unsigned flags);
    HostInsn (*describe)(const uint8_t *code, size_t n, const uint8_t *exec); // the first instruction of n bytes
    HostDwarf dwarf;
    uint16_t elf_machine;
} Host;

extern const Host host_native; // of the folder that the Makefile chose
// visible.c, for Host.make_visible. Does this machine run what was written through another mapping of the code? write_answer
// writes a function that returns `number`, and does what a processor needs to fetch it.
typedef void HostAnswer(uint8_t *rw, const uint8_t *exec, uint32_t number);
bool host_sees_writes(HostAnswer *write_answer);
void host_reopen(const uint8_t *exec, size_t n); // for a machine that does not

// disasm.c. All n bytes as text, a line an instruction.
void host_disassemble(const Host *h, FILE *out, const uint8_t *code, size_t n, const uint8_t *exec);
// For Host.describe: the operand in insn->text from `begin` up to `end`; nothing if one of them is NULL.
void host_insn_operand(HostInsn *insn, const char *begin, const char *end);
// isa.c. "native", "none", or a comma list of names; false and a message that lists them otherwise.
bool host_isa_parse(const Host *h, const char *list, HostIsa *out, Err *err);
// The extensions by name, with commas; "none" for the baseline. The text is as long as `size` allows.
void host_isa_text(const Host *h, HostIsa isa, char *text, size_t size);
void host_code_free(HostCode *c);
// eh_frame.c. Appends the contents of an .eh_frame section for the n_bytes of code at `exec`.
void host_eh_frame(const HostDwarf *d, Bytes *out, const HostUnwind *rows, uint32_t n, const uint8_t *exec,
                   uint32_t n_bytes);
uint32_t host_detours_max(const IrUnit *u); // upper bound of detours of a unit

// ---- the machine that emu itself runs on: what only its processor and its kernel's interface can say. Each host has
// these in its os.c; they are called by name, from below as well.

// `context`: ucontext_t, in a signal handler.
const uint8_t *host_context_pc(const void *context);
void host_context_resume(void *context, const void *pc); // goes on there
// Goes on as if generated code had called `routine` (HostEntry.access_fault) where it was interrupted.
void host_context_call(void *context, const uint8_t *routine, uint64_t address, uint64_t value);

// A system call that a signal can keep from starting: HOST_GAVE_UP if *pending was not 0 when the kernel was about to
// get it. A handler that sets *pending calls host_syscall_interrupted(), so that none slips through in between.
enum { HOST_GAVE_UP = -512 };
int64_t host_syscall(const volatile uint32_t *pending, long number, const uint64_t args[6]);
void host_syscall_interrupted(void *context);

void host_relax(void); // between two looks at what another processor will change

// sigaction(2) as the kernel has it: the C library keeps two signals for itself.
typedef struct HostAction {
    const void *handler;
    uint64_t flags, mask;
} HostAction;
int host_sigaction(int signal, const HostAction *set, HostAction *was); // both may be NULL

// Accesses that may raise a signal, for guarded.c. All of them lie between the first two labels and keep nothing on the
// stack; a handler makes them return -1 by resuming at host_guarded_failed. 0: done.
extern const char host_guarded_first[], host_guarded_last[], host_guarded_failed[];
int64_t host_guarded_copy(void *to, const void *from, size_t n);
int64_t host_guarded_scan(const char *from, size_t max); // bytes before the first 0, or max
int64_t host_guarded_load(const void *from, uint64_t *value, size_t size);
int64_t host_guarded_store(void *to, uint64_t value, size_t size);
// Stores `value` if *expected is there, in one step for every processor; *expected becomes what was. 4 or 8 bytes.
int64_t host_guarded_exchange(void *to, uint64_t *expected, uint64_t value, size_t size);
