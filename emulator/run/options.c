#include "run/options.h"
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPT_ENGINE = 256,
    OPT_FEATURES,
    OPT_MEMORY,
    OPT_CLOCK,
    OPT_MAX_INSNS,
    OPT_CACHE,
    OPT_STATS,
    OPT_PROFILE,
    OPT_PROFILE_CODE,
    OPT_PERF_MAP,
    OPT_JITDUMP,
    OPT_GDB_JIT,
    OPT_SAMPLE,
    OPT_SAMPLE_HZ,
    OPT_EVENTS,
    OPT_GDB,
    OPT_LOG,
    OPT_LOG_FILE,
    OPT_VERSION
};

static const struct argp_option table[] = {
    {"engine", OPT_ENGINE, "jit|interp", 0, "Translate to host code (default), or execute the IR: slow, the oracle", 1},
    {"features", OPT_FEATURES, "LIST", 0,
     "Switch optimizations: comma list of +name, -name, all, none, from left to right, starting from the defaults (emu "
     "--version lists them)",
     1},
    {"memory", OPT_MEMORY, "SIZE", 0, "Guest RAM, with suffix K, M or G (default 128M)", 2},
    {"clock", OPT_CLOCK, "insn|host", 0,
     "Guest time from retired instructions (default: every run is the same) or from the host's clock", 2},
    {"max-insns", OPT_MAX_INSNS, "N", 0, "Stop after N guest instructions, with exit code 124", 2},
    {"code-cache", OPT_CACHE, "SIZE", 0, "Room for generated code (default 32M); when full it is flushed", 2},
    {"stats", OPT_STATS, "FILE", 0, "Write the counters as JSON (nightjar.stats/1)", 3},
    {"profile", OPT_PROFILE, "FILE", 0,
     "Count every block and exit, write them as JSON (nightjar.blocks/1); the run is slower", 3},
    {"profile-code", OPT_PROFILE_CODE, 0, 0,
     "With --profile: also guest code, IR and host code of every unit, and who caused each host instruction", 3},
    {"perf-map", OPT_PERF_MAP, 0, 0, "Write the names of translated code to /tmp/perf-PID.map", 3},
    {"jitdump", OPT_JITDUMP, "DIR", OPTION_ARG_OPTIONAL,
     "Write names and code of translated units to DIR/jit-PID.dump (default: here), for `perf inject --jit`", 3},
    {"gdb-jit", OPT_GDB_JIT, 0, 0,
     "Tell a debugger of emu itself (GDB's JIT interface) names, guest source lines and frames of translated units", 3},
    {"sample", OPT_SAMPLE, "FILE", 0,
     "Sample the CPU time of translated code by a timer, write it as JSON (nightjar.samples/1); needs no PMU", 3},
    {"sample-hz", OPT_SAMPLE_HZ, "N", 0, "Samples per second of CPU time, up to 10000 (default 997)", 3},
    {"events", OPT_EVENTS, "LIST", 0,
     "PAPI events to count around guest execution, into the stats: comma list of names, default, or list (print what "
     "can be counted here)",
     3},
    {"gdb", OPT_GDB, "PORT", 0,
     "Wait for a debugger on this port of 127.0.0.1 (0: any free one, see standard error) before the first "
     "instruction; "
     "gdb-multiarch -ex 'target remote :PORT' ELF",
     3},
    {"log", OPT_LOG, "LIST", 0, "Print stages: decode, ir, opt, ra, host, exec", 3},
    {"log-file", OPT_LOG_FILE, "FILE", 0, "Where --log goes (default: standard error)", 3},
    {"version", OPT_VERSION, "json", OPTION_ARG_OPTIONAL, "What is compiled in, as text or JSON", 4},
    {0},
};

static const char doc[] =
    "Runs a bare-metal ELF by dynamic binary translation. Guest and board follow from the ELF's "
    "machine; the guest's UART is standard "
    "input and output, emu's own messages go to standard error.\v"
    "Exit codes: the guest's own (0 to 255); 64 usage; 122 the guest asked for a reset; 123 the "
    "guest cannot go on; 124 --max-insns reached; 125 a problem of the host or "
    "the ELF; 137 killed by the debugger. A guest may use the same numbers: the stats say which it was.\n\n"
    "Examples:\n"
    "  emu dhrystone.elf\n"
    "  emu --features=none,+chain --stats=s.json dhrystone.elf\n"
    "  emu --log=ir,host --max-insns=1000 x.elf 2>log";

static bool parse_number(const char *text, uint64_t *out) {
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 0);
    return *text && *text != '-' && !*end && !errno;
}

static bool parse_size(const char *text, uint64_t *out) {
    char digits[32];
    size_t n = strlen(text);
    if (!n || n >= sizeof digits) return false;
    const char *suffixes = "KMG", *s = strchr(suffixes, text[n - 1]);
    memcpy(digits, text, n + 1);
    if (s) digits[n - 1] = 0;
    unsigned shift = s ? 10 * (unsigned)(s - suffixes + 1) : 0;
    if (!parse_number(digits, out) || *out > UINT64_MAX >> shift) return false;
    *out <<= shift;
    return *out != 0;
}

static void choose(struct argp_state *state, const char *arg, const char *off, const char *on, bool *value,
                   const char *option) {
    if (strcmp(arg, off) && strcmp(arg, on)) argp_error(state, "--%s=%s: it is %s or %s", option, arg, off, on);
    *value = !strcmp(arg, on);
}

static void parse_option(int key, char *arg, struct argp_state *state, Options *o) {
    MachineOptions *m = &o->machine;
    uint64_t number;
    Err err;
    switch (key) {
    case OPT_ENGINE: choose(state, arg, "jit", "interp", &m->interp, "engine"); break;
    case OPT_CLOCK: choose(state, arg, "insn", "host", &m->host_clock, "clock"); break;
    case OPT_FEATURES:
        if (!features_parse(&m->features, arg, &err)) argp_error(state, "--features: %s", err.text);
        break;
    case OPT_LOG:
        if (!log_parse(&m->log, arg, &err)) argp_error(state, "--log: %s", err.text);
        break;
    case OPT_MEMORY:
        if (!parse_size(arg, &m->ram_size)) argp_error(state, "--memory=%s: give a size such as 128M", arg);
        break;
    case OPT_CACHE:
        if (!parse_size(arg, &m->cache_size)) argp_error(state, "--code-cache=%s: give a size such as 32M", arg);
        if (m->cache_size < 1 << 16 || m->cache_size > 1 << 30)
            argp_error(state, "--code-cache=%s: from 64K to 1G", arg);
        break;
    case OPT_MAX_INSNS:
        if (!parse_number(arg, &m->max_insns) || !m->max_insns)
            argp_error(state, "--max-insns=%s: give a number from 1", arg);
        break;
    case OPT_STATS: o->stats_path = arg; break;
    case OPT_PROFILE: o->profile_path = arg, m->profile = true; break;
    case OPT_PROFILE_CODE: o->profile_code = true; break;
    case OPT_PERF_MAP: o->perf_map = true; break;
    case OPT_JITDUMP: o->jitdump_dir = arg ? arg : "."; break;
    case OPT_GDB_JIT: o->gdb_jit = true; break;
    case OPT_SAMPLE: o->sample_path = arg; break;
    case OPT_SAMPLE_HZ:
        if (!parse_number(arg, &number) || !number || number > 10000)
            argp_error(state, "--sample-hz=%s: from 1 to 10000", arg);
        o->sample_hz = (unsigned)number;
        break;
    case OPT_EVENTS:
        if (!strcmp(arg, "list")) o->show = SHOW_EVENTS;
        o->events = arg;
        break;
    case OPT_GDB:
        if (!parse_number(arg, &number) || number > UINT16_MAX)
            argp_error(state, "--gdb=%s: a port is 0 to 65535", arg);
        o->gdb = true, o->gdb_port = (uint16_t)number;
        break;
    case OPT_LOG_FILE: o->log_path = arg; break;
    default:
        o->show = arg ? SHOW_VERSION_JSON : SHOW_VERSION;
        if (arg && strcmp(arg, "json")) argp_error(state, "--version=%s: only json is known", arg);
    }
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    Options *o = state->input;
    if (key >= OPT_ENGINE && key <= OPT_VERSION) {
        parse_option(key, arg, state, o);
    } else if (key == ARGP_KEY_ARG) {
        if (o->machine.elf_path) argp_error(state, "one ELF, not two: %s and %s", o->machine.elf_path, arg);
        o->machine.elf_path = arg;
    } else if (key == ARGP_KEY_END) {
        if (!o->machine.elf_path && o->show == SHOW_NOTHING) argp_error(state, "which ELF?");
        if (o->profile_code && !o->profile_path)
            argp_error(state, "--profile-code: give --profile=FILE, where it is written");
        if (o->gdb_jit && o->machine.interp) argp_error(state, "--gdb-jit: the interpreter makes no host code");
        if (o->events && !o->stats_path && o->show == SHOW_NOTHING)
            argp_error(state, "--events: give --stats=FILE, where they are written");
    } else {
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

void options_parse(Options *o, int argc, char **argv) {
    memset(o, 0, sizeof *o);
    o->machine.features = features_default();
    o->machine.ram_size = 128ull << 20;
    o->machine.cache_size = HOSTILE ? 64u << 10 : 32u << 20;
    o->machine.out_fd = 1;
    o->sample_hz = 997;
    o->machine.log.out = stderr;
    const struct argp argp = {.options = table, .parser = parse, .args_doc = "ELF", .doc = doc};
    argp_err_exit_status = EXIT_CODE_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, o);
}
