// Example, on x86-64: host_open("rv64", "build/rv64/emu") starts `qemu-riscv64 build/rv64/emu`, or with --through emu
// `build/rel/emu --user --address-space=39 build/rv64/emu`; host_open("x64", "build/rel/emu") starts the file itself. On a RISC-V machine it is the
// other way round: rv64 starts as it is, x64 by qemu-x86_64.
#include "bench/model/hosts.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const HostKind HOSTS[] = {
    {"x64", "x86_64", "qemu-x86_64"}, {"rv64", "riscv64", "qemu-riscv64"}, {"a64", "aarch64", "qemu-aarch64"}};
static const char EMU_RUNS[] = "rv64"; // what programs of `emu --user` are compiled for

const HostKind *host_kind(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(HOSTS); i++)
        if (!strcmp(HOSTS[i].name, name)) return &HOSTS[i];
    return NULL;
}

const HostKind *host_of_machine(void) {
    struct utsname u;
    for (size_t i = 0; !uname(&u) && i < ARRAY_LEN(HOSTS); i++)
        if (!strcmp(HOSTS[i].machine, u.machine)) return &HOSTS[i];
    return NULL;
}

void host_names(char text[64]) {
    *text = 0;
    for (size_t i = 0; i < ARRAY_LEN(HOSTS); i++)
        snprintf(text + strlen(text), 64 - strlen(text), "%s%s", i ? " " : "", HOSTS[i].name);
}

char *host_build(const char *emu, const char *host) {
    const char *file = strrchr(emu, '/'), *folder = file;
    while (folder && folder > emu && folder[-1] != '/') folder--;
    return alloc_print("%.*s%s/emu", folder ? (int)(folder - emu) : 0, emu, host);
}

static bool is_native(const HostKind *kind) { return host_of_machine() == kind; }

// What a foreign build is started with: one or two words.
static bool find_way(const HostKind *kind, HostWay way, json_t **words, Err *err) {
    if (!way.emu) {
        char *qemu = process_which(kind->qemu);
        if (!qemu)
            return err_set(err,
                           "%s is not installed: it runs the emulator of the host %s here: apt-get install qemu-user",
                           kind->qemu, kind->name);
        *words = json_pack("[s]", qemu);
        free(qemu);
        return true;
    }
    const HostKind *runs = host_kind(EMU_RUNS);
    BUG_IF(!runs, "no host %s", EMU_RUNS);
    if (kind != runs)
        return err_set(err, "--through emu: emu runs Linux programs of %s only: leave it out for %s, %s runs that",
                       runs->machine, kind->name, kind->qemu);
    // WHY 39 bits: a board's RAM has a window only where so much of the address space is free, and counts depend on it.
    *words = json_pack("[s, s, s]", way.emu, "--user", "--address-space=39");
    return true;
}

bool host_open(Emulator *emu, const char *host, const char *path, HostWay way, Err *err) {
    const HostKind *kind = host_kind(host);
    json_t *words = NULL;
    BUG_IF(!kind, "no host %s", host);
    bool native = is_native(kind);
    if (!native && access(path, R_OK))
        return err_set(
            err, "%s: there is no emulator of the host %s: `make HOST=%s emu` builds it, or name it with --emu %s=FILE",
            path, host, host, host);
    if (!native && !find_way(kind, way, &words, err)) return false;
    bool ok = emulator_open(emu, path, words, err);
    json_decref(words);
    if (!ok || !strcmp(emulator_host(emu), host)) return ok;
    err_set(err, "%s: is built for the host %s, and not for %s: `make HOST=%s emu` builds that one", path,
            emulator_host(emu), host, host);
    emulator_close(emu);
    return false;
}

char *host_untimed(const Emulator *emu) {
    const char *through = emulator_through(emu);
    return through ? alloc_print("emu ran in %s: such a time is none of a processor", through) : NULL;
}
