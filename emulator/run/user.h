// A machine that runs one Linux program (--user): sys/ is its operating system, the process its board.
#pragma once
#include "base/err.h"
#include "base/types.h"

typedef struct Machine Machine;
typedef struct SysOptions SysOptions;

bool user_open(Machine *m, Err *err); // the ELF and its guest
bool user_load(Machine *m, Err *err); // memory, program, CPU
void user_free(Machine *m);
// Would a store to these bytes of one page meet translated code? user_code_written(): it is going to.
bool user_holds_code(Machine *m, gaddr at, unsigned size);
void user_code_written(Machine *m, gaddr at, uint64_t n);
bool user_poke(Machine *m, gaddr at, const void *bytes, size_t n); // for debuggers: writable memory only
void user_code_made(void *machine, gaddr at, uint64_t n);          // for JitOptions

// user_fault.c: accesses of generated code that the host's kernel refuses
void user_catch_faults(Machine *m);
void *user_access_fault(void *reg, uint64_t at, uint64_t bus, uint64_t unused); // HostMemFn
