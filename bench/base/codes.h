// What `nightjar` exits with. The same table is printed by `nightjar --help` and stands in RUN-FORMAT.md.
#pragma once
#include "base/err.h"

typedef enum Exit {
    EXIT_OK = 0,           // done; compare and aa: nothing got worse
    EXIT_REGRESSED = 1,    // compare: something got worse; aa: the harness saw a change where there is none
    EXIT_INCONCLUSIVE = 2, // compare: too much noise or too few samples to tell
    EXIT_INVALID = 3,      // the run finished, but some samples do not count or an exact metric varied
    EXIT_INCOMPARABLE =
        4,           // compare, merge: these documents must not be put side by side (--force does it all the same)
    EXIT_USAGE = 64, // unknown option, switch, workload or value
    EXIT_DATA = 65,  // a file is missing, truncated, foreign or written by a newer nightjar
    EXIT_HOST = 74,  // the machine: no disk, no memory, emulator cannot be started
    EXIT_INTERRUPTED = 130, // Ctrl-C: the journal is complete up to the last finished sample, --resume goes on
} Exit;

// Prints the message, and gives the code back for the caller to return.
int complain(const Err *err, int code);
