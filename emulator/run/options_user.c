// The options of --user: a Linux program instead of a machine.
#include "base/alloc.h"
#include "run/options.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// "--name=arg", for programs that this one executes.
void options_pass_text(Options *o, const char *name, const char *arg) {
    size_t n = strlen(name) + (arg ? strlen(arg) : 0) + 4;
    char *text = alloc_bytes(n);
    snprintf(text, n, "--%s%s%s", name, arg ? "=" : "", arg ? arg : "");
    vec_push(&o->reexec, text);
}

void options_pass_on(Options *o, int key, const struct argp_option *table, const char *arg) {
    static const int keys[] = {OPT_ENGINE, OPT_FEATURES,  OPT_HOST_ISA,   OPT_CLOCK,     OPT_CACHE,       OPT_SYSROOT,
                               OPT_STRACE, OPT_ADDRESSES, OPT_MAX_MEMORY, OPT_MAX_FILES, OPT_MAX_TIME_END};
    for (unsigned i = 0; i < ARRAY_LEN(keys); i++)
        if (keys[i] == key) {
            while (table->key != key) table++;
            options_pass_text(o, table->name, arg);
        }
}

bool options_parse_user(int key, char *arg, struct argp_state *state, Options *o) {
    switch (key) {
    case OPT_USER: o->is_user = true; return true;
    case OPT_SYSROOT:
        o->user.sysroot = arg;
        if (access(arg, X_OK)) argp_error(state, "--sysroot=%s: no such directory", arg);
        return true;
    case OPT_ENV:
        if (!strchr(arg, '='))
            unsetenv(arg);
        else if (putenv(arg))
            argp_error(state, "--env=%s: give NAME=VALUE", arg);
        return true;
    case OPT_ARGV0: o->argv0 = arg; return true;
    case OPT_ADDRESSES:
        o->user.hi = !strcmp(arg, "39") ? SYS_HI_39 : SYS_HI_2G;
        if (strcmp(arg, "39") && strcmp(arg, "2G")) argp_error(state, "--address-space=%s: give 2G or 39", arg);
        return true;
    case OPT_ROOT: o->root = arg; return true;
    case OPT_CACHE_DIR:
        free(o->code_cache_dir);
        o->code_cache_dir = realpath(arg, NULL); // the program may go elsewhere
        if (!o->code_cache_dir) argp_error(state, "--code-cache-dir=%s: %s", arg, strerror(errno));
        return true;
    case OPT_SANDBOX_INHERITED: o->sandbox_inherited = true; return true;
    case OPT_PROGRAM_FD: o->user.program_fd = atoi(arg); return true;
    case OPT_LIMITS: o->user.limits = arg; return true;
    case OPT_STRACE: o->user.strace = true; return true;
    default: return false;
    }
}

// The program is the first word that is no option, and everything behind it is the program's.
void options_take_program(Options *o, char *arg, struct argp_state *state) {
    o->machine.elf_path = arg;
    o->user.argv = &state->argv[state->next - 1];
    state->next = state->argc;
}

// What is restored is not translated, so nothing could be seen of it.
static void check_saved(struct argp_state *state, const Options *o) {
    const MachineOptions *m = &o->machine;
    bool looks =
        o->profile_path || o->code_hash || o->perf_map || o->jitdump_dir || o->gdb_jit || o->sample_path || o->gdb;
    if (!o->code_cache_dir) return;
    if (!o->is_user) argp_error(state, "--code-cache-dir is of --user");
    if (o->root)
        argp_error(state, "--code-cache-dir and --root: what the program writes there, the next run would execute");
    if (m->interp || m->bisect_unit)
        argp_error(state, "--code-cache-dir: it is for --engine=jit, without --bisect-unit");
    if (looks || m->log.mask) argp_error(state, "--code-cache-dir: not with options that look at translations");
}

void options_check_user(struct argp_state *state, Options *o) {
    check_saved(state, o);
    bool other = o->user.sysroot || o->user.strace || o->argv0 || o->user.hi || o->root;
    if (!o->is_user && other)
        argp_error(state, "--sysroot, --root, --strace, --address-space and --argv0 are of --user");
    if (o->root && o->no_sandbox) argp_error(state, "--root and --no-sandbox: one of them");
    if (!o->is_user) return;
    if (o->machine.n_drives || o->machine.virtio_console || o->machine.virtio_entropy || o->machine.net)
        argp_error(
            state,
            "--drive, --virtio and --net are devices of a board; a program of --user has the host's files and sockets");
    if (!o->user.argv)
        argp_error(state, "--user: which program?");
    else if (o->argv0)
        o->user.argv[0] = o->argv0;
    if (!o->clock_given) o->machine.host_clock = true;
    if (o->code_cache_dir) options_pass_text(o, "code-cache-dir", o->code_cache_dir);
    options_pass_text(o, "sandbox-inherited", NULL); // however deep: a second filter cannot be set
    vec_push(&o->reexec, NULL);
    o->user.env = environ;
    if (!o->user.hi) o->user.hi = SYS_HI_2G;
    o->user.reexec = o->reexec.at;
    o->user.host_clock = o->machine.host_clock;
    o->machine.user = &o->user;
}
