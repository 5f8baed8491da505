// Runs a plan: slot by slot, journal after each, until done, out of time or interrupted.
#pragma once
#include "bench/plan.h"
#include <signal.h>

typedef enum RunEnd { RUN_DONE, RUN_INTERRUPTED, RUN_FAILED } RunEnd;

// The journal of the plan: OUT.journal; where OUT is no regular file, build/nightjar-HASH.journal. The caller frees it.
char *runner_journal(const Plan *plan);

// Writes the document to options->out at the end (not when interrupted). `document` gets it (new reference) when done.
RunEnd runner_run(const Plan *plan, const json_t *noise, const volatile sig_atomic_t *stop, json_t **document,
                  Err *err);
