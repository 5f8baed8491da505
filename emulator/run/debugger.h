// What the run loop does for a debugger: it looks at one between units, and counts watched bytes. Which debugger it is
// (run/gdb/) and how it talks, the run loop does not know.
#pragma once
#include "base/types.h"

typedef struct Machine Machine;

typedef struct Debugger {
    void *ctx;
    // Before a unit is entered. True: the debugger had its way (the CPU moved, or the machine ended): look again.
    bool (*attend)(void *ctx, Machine *m);
    bool (*called)(void *ctx);  // while the guest runs or waits: has it sent something? Never blocks.
    int (*fd)(const void *ctx); // to be polled; -1 when the debugger is gone
} Debugger;

// ---- watch.c: watchpoints
// While there is one, translated code reaches memory by the slow path only. An access that touches watched bytes leaves
// it like one of a device. Depending on what gdb expects of the guest, the stop comes there, or the run loop executes
// the instruction alone and the stop comes behind it.
typedef enum WatchKind { WATCH_WRITE, WATCH_READ, WATCH_ACCESS } WatchKind; // in the order of Z2, Z3, Z4
typedef struct Watch {
    gaddr at;
    uint64_t n; // bytes
    WatchKind kind;
} Watch;
enum { WATCHES_MAX = 32 };
typedef struct Watches {
    Watch at[WATCHES_MAX];
    unsigned n;
    const Watch *hit; // by the instruction that was executed last, or is the next
    gaddr hit_at;     // where
    bool pass;        // the instruction that is executed now was reported before
} Watches;
bool watch_set(Machine *m, Watch w); // false: there are too many
void watch_clear(Machine *m, Watch w);
void watch_clear_all(Machine *m);
// May these bytes be accessed now? Keeps the hit that is to be reported. `exact`: the instruction is executed alone.
bool watch_allows(Machine *m, gaddr at, unsigned size, bool store, bool exact);
