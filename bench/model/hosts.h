// The hosts that `make HOST=NAME` builds emu for, and what runs such a build on another machine.
#pragma once
#include "bench/model/emulator.h"

typedef struct HostKind {
    const char *name;    // as in `make HOST=NAME`: a folder of emulator/host/
    const char *machine; // as in `uname -m`
    const char *qemu;    // QEMU's user mode for it
} HostKind;

const HostKind *host_kind(const char *name); // NULL: there is no such host
const HostKind *host_of_machine(void);       // this machine's; NULL: none is known
void host_names(char text[64]);              // "x64 rv64 a64"

// What runs builds of other machines: QEMU's user mode, or emu itself (`emu --user`), which knows one other machine.
typedef struct HostWay {
    const char *emu; // this machine's emulator; NULL: QEMU
} HostWay;

// build/rel/emu -> build/rv64/emu, where `make HOST=rv64` puts it. The caller frees it.
char *host_build(const char *emu, const char *host);
// Opens emu of `host`, which may be another one than this machine's. The message names what has to be built or installed.
bool host_open(Emulator *emu, const char *host, const char *path, HostWay way, Err *err);
// Why runs of this emulator have no times; NULL: they have. The caller frees it.
char *host_untimed(const Emulator *emu);
