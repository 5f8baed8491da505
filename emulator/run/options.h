// The command line of emu.
#pragma once
#include "base/exit_code.h"
#include "base/vec.h"
#include "run/machine.h"
#include "sys/sys.h"
#include <argp.h>

enum {
    OPT_ENGINE = 256,
    OPT_FEATURES,
    OPT_HOST_ISA,
    OPT_MEMORY,
    OPT_BIOS,
    OPT_KERNEL,
    OPT_INITRD,
    OPT_APPEND,
    OPT_DRIVE,
    OPT_VIRTIO,
    OPT_NET,
    OPT_DUMP_DTB,
    OPT_CLOCK,
    OPT_MAX_INSNS,
    OPT_MAX_TIME,
    OPT_MAX_TIME_END,
    OPT_MAX_MEMORY,
    OPT_MAX_FILES,
    OPT_WORK,
    OPT_SLICES,
    OPT_CACHE,
    OPT_CACHE_DIR,
    OPT_STATS,
    OPT_CODE_HASH,
    OPT_PROFILE,
    OPT_PROFILE_CODE,
    OPT_PERF_MAP,
    OPT_JITDUMP,
    OPT_GDB_JIT,
    OPT_SAMPLE,
    OPT_SAMPLE_HZ,
    OPT_SAMPLE_BY,
    OPT_EVENTS,
    OPT_GDB,
    OPT_LOG,
    OPT_LOG_FILE,
    OPT_LOG_PC,
    OPT_CHECK_EVERY,
    OPT_BISECT_UNIT,
    OPT_REPLAY,
    OPT_USER,
    OPT_SYSROOT,
    OPT_ENV,
    OPT_ARGV0,
    OPT_STRACE,
    OPT_LIMITS,
    OPT_ROOT,
    OPT_NO_SANDBOX,
    OPT_SANDBOX_INHERITED,
    OPT_PROGRAM_FD,
    OPT_ADDRESSES,
    OPT_VERSION
};

typedef struct Options {
    MachineOptions machine;
    const char *stats_path, *profile_path, *log_path, *events;
    const char *jitdump_dir, *sample_path, *sample_by, *dump_dtb;
    unsigned sample_hz;
    bool is_user, clock_given;
    SysOptions user;
    char *argv0;
    char *code_cache_dir; // absolute, or NULL
    VEC(char *) reexec;   // options for programs that the program executes
    const char *host_isa; // or NULL: native
    bool check;           // --engine=check
    uint64_t check_every;
    uint64_t max_time_end; // of host_time_ns(); 0: no limit
    char max_time_text[80];
    const char *replay_path;
    bool no_sandbox, sandbox_inherited;
    int filled;       // see standard_fill()
    const char *root; // of --user: where its files are, or NULL
    bool code_hash, profile_code, perf_map, gdb_jit, gdb;
    uint16_t gdb_port;
    enum { SHOW_NOTHING, SHOW_VERSION, SHOW_VERSION_JSON, SHOW_EVENTS, SHOW_EVENTS_JSON } show;
} Options;

void options_parse(Options *o, int argc, char **argv); // exits on usage errors and --help

void options_free(Options *o);

bool options_number(const char *text, uint64_t *out); // a whole number, decimal or 0x...

// options_debug.c: --engine, --log, and what finds a miscompile
bool options_parse_debug(int key, char *arg, struct argp_state *state, Options *o); // false: not its key
void options_check_debug(struct argp_state *state, const Options *o);

// options_limit.c: --max-insns, --max-time and their like
bool options_parse_limit(int key, char *arg, struct argp_state *state, Options *o); // false: not its key
void options_check_limit(struct argp_state *state, const Options *o);
bool options_size(const char *text, uint64_t *out); // with suffix K, M or G; not 0

// options_user.c
bool options_parse_user(int key, char *arg, struct argp_state *state, Options *o); // false: not its key
void options_pass_on(Options *o, int key, const struct argp_option *table, const char *arg);
void options_pass_text(Options *o, const char *name, const char *arg); // the same, made up
void options_take_program(Options *o, char *arg, struct argp_state *state);
void options_check_user(struct argp_state *state, Options *o);
