// Options of emu that print what happens, and that find a miscompile: docs/DEBUGGING.md.
#include "run/options.h"
#include <string.h>

static void choose_engine(struct argp_state *state, const char *arg, Options *o) {
    bool interp = !strcmp(arg, "interp"), check = !strcmp(arg, "check");
    if (!interp && !check && strcmp(arg, "jit")) argp_error(state, "--engine=%s: it is jit, interp or check", arg);
    o->machine.interp = interp;
    o->check = check;
}

static uint64_t number_from_1(struct argp_state *state, const char *arg, const char *option, uint64_t most) {
    uint64_t n;
    if (!options_number(arg, &n) || !n || n > most)
        argp_error(state, "--%s=%s: give a number from 1 to %llu", option, arg, (unsigned long long)most);
    return n;
}

bool options_parse_debug(int key, char *arg, struct argp_state *state, Options *o) {
    Log *log = &o->machine.log;
    Err err;
    switch (key) {
    case OPT_ENGINE: choose_engine(state, arg, o); return true;
    case OPT_LOG:
        if (!log_parse(log, arg, &err)) argp_error(state, "--log: %s", err.text);
        return true;
    case OPT_LOG_PC:
        if (!log_parse_range(log, arg, &err)) argp_error(state, "--log-pc: %s", err.text);
        return true;
    case OPT_LOG_FILE: o->log_path = arg; return true;
    case OPT_CHECK_EVERY: o->check_every = number_from_1(state, arg, "check-every", 1ull << 32); return true;
    case OPT_BISECT_UNIT:
        o->machine.bisect_unit = (uint32_t)number_from_1(state, arg, "bisect-unit", UINT32_MAX);
        return true;
    case OPT_REPLAY: o->replay_path = arg; return true;
    default: return false;
    }
}

void options_check_debug(struct argp_state *state, const Options *o) {
    const MachineOptions *m = &o->machine;
    if (m->log.in_range && !m->log.mask) argp_error(state, "--log-pc: give --log=LIST, which it restricts");
    if (o->check_every != 1 && !o->check) argp_error(state, "--check-every: give --engine=check, which it is for");
    if (o->check && o->is_user) argp_error(state, "--engine=check: two programs of --user cannot share a process");
    if (o->check && m->host_clock) argp_error(state, "--engine=check: with --clock=host no two runs are the same");
    if (o->check && o->gdb) argp_error(state, "--engine=check: it cannot be debugged by --gdb at the same time");
    if (m->bisect_unit && (m->interp || m->profile))
        argp_error(state, "--bisect-unit: it is for --engine=jit or check, without --profile");
    if (o->replay_path && (m->elf_path || o->is_user))
        argp_error(state, "--replay: it needs no ELF: %s has the code", o->replay_path);
}
