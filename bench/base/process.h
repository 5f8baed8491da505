// One child process: its own group, a timeout, a memory limit, its output captured, its CPU time from wait4.
// INVARIANT: when process_run returns, the child and all that it started are dead, however it ended and whatever groups and
// sessions there are; if this process dies, so does the child.
#pragma once
#include "base/err.h"
#include <stdint.h>
#include <signal.h>

typedef struct ProcessLimits {
    double timeout_s;                  // 0: none
    uint64_t memory_bytes;             // RLIMIT_DATA: what it writes, not what it reserves; 0: none
    int pin;                           // CPU number, or -1
    const volatile sig_atomic_t *stop; // when it becomes nonzero the child is killed; may be NULL
} ProcessLimits;

typedef struct ProcessResult {
    bool exited;     // ended by itself with `code`; else `signal`, `timed_out` or `stopped` says how
    bool timed_out;  // killed by us after timeout_s
    bool stopped;    // killed by us because of *stop
    int code;        // exit code
    int signal;      // signal that ended it
    uint64_t cpu_ns; // user + system time of the process (and of its threads)
    uint64_t wall_ns;
    uint64_t max_rss_kb;
    uint64_t involuntary_switches, minor_faults;
    int strays;      // processes that had left its group and were still there when it ended; killed
    char *out, *err; // NUL-terminated, at most 1 MiB each
} ProcessResult;

// False only if the process could not be started at all (the message names argv[0]).
bool process_run(const char *const *argv, const ProcessLimits *limits, ProcessResult *result, Err *err);
void process_result_free(ProcessResult *result);
// Finds a command in PATH (or as a path); NULL if there is none. The caller frees it.
char *process_which(const char *command);
uint64_t process_now_ns(void); // CLOCK_MONOTONIC
