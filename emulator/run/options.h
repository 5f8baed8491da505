// The command line of emu.
#pragma once
#include "run/machine.h"

enum {                    // exit codes of emu's own; see --help and INTERFACE.md
    EXIT_CODE_USAGE = 64, // 122, the guest asked for a reset, is BOARD_CODE_RESET
    EXIT_CODE_STUCK = 123,
    EXIT_CODE_MAX_INSNS = 124,
    EXIT_CODE_HOST = 125,
    EXIT_CODE_QUIT = 130,   // as a shell says of SIGINT
    EXIT_CODE_KILLED = 137, // as a shell says of SIGKILL
};

typedef struct Options {
    MachineOptions machine;
    const char *stats_path, *profile_path, *log_path, *events;
    const char *jitdump_dir, *sample_path, *sample_by, *dump_dtb;
    unsigned sample_hz;
    bool profile_code, perf_map, gdb_jit, gdb;
    uint16_t gdb_port;
    enum { SHOW_NOTHING, SHOW_VERSION, SHOW_VERSION_JSON, SHOW_EVENTS } show;
} Options;

void options_parse(Options *o, int argc, char **argv); // exits on usage errors and --help
