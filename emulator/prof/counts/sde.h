// The emulator's counters (base/stat.inc) as PAPI's software-defined events, sde:::emu::NAME.
#pragma once
#include "run/machine.h"
#include <stddef.h>
#include <string.h>

#define SDE_LIBRARY "emu"
#define SDE_PREFIX  "sde:::" SDE_LIBRARY "::"

static inline bool is_sde(const char *name) { return !strncmp(name, "sde:::", 6); }

void *sde_register(const Machine *m); // before PAPI_library_init
void sde_close(void *handle);
// PAPI's code of a name that its component really has; PAPI_OK or an error of PAPI.
int sde_find(const char *name, int *code);
// Why a counter of ours is not there; false: it is no counter of ours.
bool sde_explain(const char *name, const Machine *m, char *why, size_t size);
// Fills *info and returns it, or NULL for another name.
const StatInfo *sde_info(const char *name, StatInfo *info);
