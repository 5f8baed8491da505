// What one build of `emu` says of itself (`--version=json`): its switches, its counters, its
// guests. Nothing is assumed.
#pragma once
#include "bench/base/digest.h"
#include <jansson.h>
#include <sys/stat.h>

typedef struct Emulator {
    char *path;
    json_t *before; // words of the command line before the path: what runs another machine's program; NULL: nothing
    char *through;  // the first line that it says of its version; NULL: nothing runs it
    Digest digest;
    json_t *version;  // nightjar.version/1
    struct stat seen; // the file when it was hashed
} Emulator;

char *emulator_beside(void); // "emu" in the folder of this program; the caller frees it
// before: ["qemu-riscv64"], ["build/rel/emu", "--user", ...], or NULL. See hosts.h, which knows when.
bool emulator_open(Emulator *emu, const char *path, const json_t *before, Err *err);
json_t *emulator_command(const Emulator *emu);     // the command line without options (new reference)
const char *emulator_host(const Emulator *emu);    // what its code runs on: "x64", "rv64", "a64"
const char *emulator_through(const Emulator *emu); // "qemu-riscv64 version 7.2", or NULL
// False and a message if the file is no longer the one that was opened: it was built anew.
bool emulator_unchanged(const Emulator *emu, Err *err);
void emulator_close(Emulator *emu);
bool emulator_has_guest(const Emulator *emu, const char *guest);
bool emulator_takes(const Emulator *emu, const char *option); // "work", "slices": newer than the first builds
// The names of all switches and passes that this build can turn on and off, in its own order (new reference).
json_t *emulator_features(const Emulator *emu);
// {"chain": true, ...} over these names: all on, all off, or the defaults.
json_t *emulator_all(const Emulator *emu, bool on);
// Applies a list such as "none,+chain,-tlb" to the defaults; NULL and a message that lists the known names otherwise.
json_t *emulator_parse_features(const Emulator *emu, const char *list, Err *err);
// What a value of --host-isa stands for on this machine, by name: "bmi2,fma", "none". NULL and a message if the emulator
// does not know it or the machine has it not. "unknown" for an emulator that has no such option. The caller frees it.
char *emulator_isa(const Emulator *emu, const char *list, Err *err);
// "none,+chain,+tlb": the whole set spelled out, so that a default of the emulator never matters.
char *emulator_feature_argument(const json_t *features);
