// What every unit was made of: guest code, IR before and after the passes, host code, and which host instruction
// belongs to which guest instruction and why it is there. Kept while the emulator runs (units and their code go away),
// written by --profile-code.
#pragma once
#include "jit/observe.h"
#include "run/machine.h"
#include <jansson.h>

typedef enum Why {
#define WHY(name, help) WHY_##name,
#include "prof/explain/why.inc"
#undef WHY
    WHY_COUNT
} Why;

enum { CODE_NO_RANGE = -1 };

// A piece of emitted code, in order of its address; see HostMark.
typedef struct CodeRange {
    uint32_t at, n_bytes, n_insns; // n_insns: without what only counts
    uint32_t path_insns, edge;
    uint32_t first_detour, n_detours;
    int32_t owner;         // STRAIGHT: itself, else the straight range that it belongs to
    uint16_t block, index; // index of the guest instruction in its block
    uint16_t ir;           // the IR instruction, 0: none
    uint8_t path, why;     // HostPath, Why
    bool is_term, is_budget;
    uint8_t access;    // CodeAccess
    bool checks_range; // comparison of an access with the span
} CodeRange;

typedef enum CodeAccess { ACCESS_NONE, ACCESS_MEMORY, ACCESS_BOUND } CodeAccess; // a load or store; a shared check

typedef struct CodeRecord {
    const Unit *unit;
    json_t *blocks; // one object a block: guest code and IR; the counts are added when it is written
    uint8_t *bytes;
    const uint8_t *exec;
    uint32_t n_bytes;
    uint64_t generation; // Jit.generation when it was made
    CodeRange *ranges;
    HostRange *counting;    // instructions that count and are not counted, in order
    HostAddress *addresses; // of this process, in order
    uint32_t n_ranges, n_counting, n_addresses;
    uint16_t *edge_block; // per edge: the block that it leaves
    uint16_t (*succ)[2];  // per block: where its inside edges lead
    uint16_t *flag_work;  // per guest instruction of all blocks, one behind the other: see IR_FLAG_WORK_BITS
} CodeRecord;

typedef struct CodeLog {
    JitObserver observer;
    VEC(CodeRecord) records;
    json_t *before; // IR by block, of the unit that is being made
} CodeLog;

CodeLog *code_log_new(void); // give its observer to the machine
void code_log_free(CodeLog *log);
json_t *code_log_units(const CodeLog *log, const Machine *m); // `units` of nightjar.blocks/1, after the run
json_t *code_log_whys(void);                                  // name -> sentence
void code_untab(char *text); // disassemblers put a tab behind the mnemonic, profiles a space

// code_ranges.c
void code_ranges_make(CodeRecord *r, const JitMade *m); // fills in bytes, ranges, edge_block and succ
void code_ranges_free(CodeRecord *r);
bool code_is_counting(const CodeRecord *r, uint32_t at);               // the instruction there is the profile's own
bool code_has_address(const CodeRecord *r, uint32_t at, unsigned len); // an address of this process lies in it
// Of one instruction of the range; `behind` its first conditional jump?
Why code_why(const Jit *j, const CodeRange *k, const HostInsn *in, bool behind);

// code_events.c: how often a block did what the number of its instructions does not tell
typedef enum CodeEvent {
#define CODE_EVENT(name, engines, help) EVENT_##name,
#include "prof/explain/code_event.inc"
#undef CODE_EVENT
    CODE_EVENTS
} CodeEvent;

// code_count.c: exact shares of what was executed
typedef struct CodeCounts {
    uint64_t *guest;                  // [block][index]: times that the instruction retired
    int64_t (*host)[WHY_COUNT];       // [block][index]: host instructions executed for it, by why
    uint64_t *block_hits;             // [block]
    uint64_t *range_hits, *late_hits; // [range]: executions; late: behind its first conditional jump
    uint32_t *first;                  // [block]: index into guest and host
    uint32_t n;
    uint64_t (*events)[CODE_EVENTS]; // [block]
} CodeCounts;
void code_events_count(CodeCounts *c, const CodeRecord *r, const Jit *j);
json_t *code_events_object(const uint64_t *events, bool interp);   // name -> number
json_t *code_events_help(void);                                    // name -> sentence
int32_t code_range_of_site(const CodeRecord *r, const Site *site); // the straight range that calls out there
CodeCounts code_counts(const CodeRecord *r, const Jit *j);
void code_counts_free(CodeCounts *c);
