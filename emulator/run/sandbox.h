// What emu gives up before the first guest instruction: new privileges, and every system call of the host that the
// kind of run cannot need (seccomp(2), "SECCOMP_SET_MODE_FILTER"). A guest that broke out of generated code would find
// a process that cannot start programs, trace others or administer the host. SECURITY.md says what this promises.
#pragma once
#include "base/err.h"
#include <stdint.h>

typedef struct Sandbox {
    bool user;                     // a Linux program runs: what its calls are passed on to; else a board
    bool debugger;                 // sockets that are open are used
    bool net;                      // a board's network makes sockets
    bool inherited;                // an emu that executed this one has the same filter in place
    const char *root;              // user: files outside of this folder are out of reach (landlock(7)); or NULL
    const char *program, *sysroot; // readable beside `root`; or NULL
    uint16_t elf_machine;          // of the host
} Sandbox;

typedef enum SandboxResult { SANDBOX_ON, SANDBOX_ABSENT, SANDBOX_FAILED } SandboxResult;

// ABSENT: the kernel has no filters (the message says so); the run may go on. FAILED: it must not.
SandboxResult sandbox_enter(const Sandbox *s, Err *err);

bool sandbox_confine(const Sandbox *s, Err *err); // sandbox_root.c
