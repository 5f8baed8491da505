#include "run/options.h"
#include "base/command_line.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct argp_option table[] = {
    {"engine", OPT_ENGINE, "jit|interp|check", 0,
     "Translate to host code (default); execute the IR: slow, the oracle; or do both in lockstep and stop at the first "
     "difference, with exit code 121",
     1},
    {"features", OPT_FEATURES, "LIST", 0,
     "Switch optimizations: comma list of +name, -name, all, none, from left to right, starting from the defaults (emu "
     "--version lists them)",
     1},
    {"host-isa", OPT_HOST_ISA, "native|LEVEL|LIST", 0,
     "What emitted code may use of the host's instructions: all that this machine has (default), a level (v3), "
     "or a comma list of extensions (emu --version lists both), none of them: none. Counts of two machines can be "
     "compared when both ran with the same",
     1},
    {"memory", OPT_MEMORY, "SIZE", 0, "Guest RAM, with suffix K, M or G (default 128M)", 2},
    {"ram", OPT_MEMORY, 0, OPTION_ALIAS, 0, 2},
    {"bios", OPT_BIOS, "FILE", 0,
     "Start this firmware (OpenSBI, ELF or raw) instead of an ELF of one's own; with --kernel alone, that of package "
     "opensbi",
     2},
    {"kernel", OPT_KERNEL, "FILE", 0, "What the firmware goes on with: a RISC-V Image (Linux), or an ELF for S-mode",
     2},
    {"initrd", OPT_INITRD, "FILE", 0, "Initial file system of the kernel", 2},
    {"append", OPT_APPEND, "TEXT", 0, "Command line of the kernel", 2},
    {"drive", OPT_DRIVE, "FILE[,readonly]", 0,
     "A disk (virtio block device) of whole 512-byte sectors; may be given again", 2},
    {"virtio", OPT_VIRTIO, "LIST", 0,
     "More devices: console (takes the input from the UART), entropy (the same bytes in every run)", 2},
    {"net", OPT_NET, "user[,outside|,loopback]", 0,
     "A virtio network device, DHCP and a gateway (libslirp): by itself isolated, with outside to other machines, with "
     "loopback to this one's servers, too. Needs --clock=host beyond isolated",
     2},
    {"dump-dtb", OPT_DUMP_DTB, "FILE", 0,
     "Write the device tree of the machine that --bios or --kernel would start, and end", 2},
    {"clock", OPT_CLOCK, "insn|host", 0,
     "Guest time from retired instructions (default: every run is the same) or from the host's clock", 2},
    {"max-insns", OPT_MAX_INSNS, "N", 0, "Stop after N guest instructions, with exit code 124", 2},
    {"max-time", OPT_MAX_TIME, "SECONDS", 0,
     "Stop when so much time has passed on the host since emu began, with exit code 124; with --user, what the program "
     "starts stops then, too",
     2},
    {"max-time-end", OPT_MAX_TIME_END, "NS", OPTION_HIDDEN, "The same as another emu passes it on", 2},
    {"max-memory", OPT_MAX_MEMORY, "SIZE", 0,
     "Most that the guest may have: a board's RAM is refused beyond it; with --user, addresses of each process "
     "(RLIMIT_AS, which it cannot raise)",
     2},
    {"max-files", OPT_MAX_FILES, "N", 0,
     "With --user: most that each process may have open (RLIMIT_NOFILE, which it cannot raise)", 2},
    {"work", OPT_WORK, "N", 0,
     "How many iterations the program does: N is written into its 32-bit variable work_iterations when it was loaded",
     2},
    {"code-cache", OPT_CACHE, "SIZE", 0, "Room for generated code (default 32M); when full it is flushed", 2},
    {"code-cache-dir", OPT_CACHE_DIR, "DIR", 0,
     "With --user: keep translations in DIR, which only this user may write, and begin with those that are there; a file a "
     "program",
     3},
    {"stats", OPT_STATS, "FILE", 0, "Write the counters as JSON (nightjar.stats/1)", 3},
    {"slices", OPT_SLICES, "N", 0,
     "With --stats: the CPU time of each N guest instructions, for a curve of the warm-up", 3},
    {"code-hash", OPT_CODE_HASH, 0, 0,
     "With --stats: one hash over all code that was emitted, but for addresses of this process (--profile has it "
     "anyway)",
     3},
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
     "Sample the CPU time of translated code, write it as JSON (nightjar.samples/1); needs no PMU", 3},
    {"sample-by", OPT_SAMPLE_BY, "timer|papi|EVENT", 0,
     "What makes a sample: a timer on CPU time (default), or the overflow of a PAPI event (papi: "
     "perf::TASK-CLOCK, or the timer where it cannot be sampled)",
     3},
    {"sample-hz", OPT_SAMPLE_HZ, "N", 0, "Samples per second of CPU time, up to 10000 (default 997)", 3},
    {"events", OPT_EVENTS, "LIST", 0,
     "PAPI events to count around guest execution, into the stats: comma list of names, default, or list (print what "
     "can be counted here), json (print some of each kind with value or reason, nightjar.events/1)",
     3},
    {"gdb", OPT_GDB, "PORT", 0,
     "Wait for a debugger on this port of 127.0.0.1 (0: any free one, see standard error) before the first "
     "instruction; gdb-multiarch -ex 'target remote :PORT' ELF",
     3},
    {"log", OPT_LOG, "LIST", 0, "Print stages: decode, ir, opt, ra, host, exec", 3},
    {"log-file", OPT_LOG_FILE, "FILE", 0, "Where --log goes (default: standard error)", 3},
    {"log-pc", OPT_LOG_PC, "A..B", 0, "With --log: only units that begin at these guest addresses", 3},
    {"check-every", OPT_CHECK_EVERY, "N", 0,
     "With --engine=check: compare after N guest instructions, or soon after (default 1: as often as generated code "
     "can stop). A large N keeps links between units in use",
     3},
    {"bisect-unit", OPT_BISECT_UNIT, "N", 0,
     "Interpret the N-th unit and all later ones, as lifted: emulator/tools/bisect.sh finds the guilty one", 3},
    {"replay", OPT_REPLAY, "FILE", 0,
     "Translate again what was being translated when emu stopped with a bug: FILE is the nightjar-bug-PID.txt that it "
     "wrote. With --log to see it",
     3},
    {"user", OPT_USER, 0, 0,
     "Run a Linux program of riscv64: what follows is the program and its arguments; files, environment and terminal "
     "are those of the host",
     4},
    {"sysroot", OPT_SYSROOT, "DIR", 0,
     "With --user: absolute paths (of the interpreter and libraries of a dynamic program, too) are looked for in DIR "
     "first",
     4},
    {"env", OPT_ENV, "NAME=VALUE", 0, "With --user: set in the program's environment; NAME alone removes it", 4},
    {"argv0", OPT_ARGV0, "NAME", 0, "With --user: what the program sees as its own name", 4},
    {"address-space", OPT_ADDRESSES, "2G|39", 0,
     "With --user: the addresses that the program has, 2 GiB or those of Sv39, 256 GiB", 4},
    {"program-fd", OPT_PROGRAM_FD, "N", OPTION_HIDDEN,
     "Descriptor that the program is read from and that it does not get, as another emu passes it on", 4},
    {"limits", OPT_LIMITS, "LIST", OPTION_HIDDEN, "Of the program's resources, as another emu passes them on", 4},
    {"root", OPT_ROOT, "DIR", 0,
     "With --user: the program reaches files in DIR only, beside its own ELF, the sysroot, /proc and the host's "
     "libraries (landlock); reports must lie there, too",
     4},
    {"sandbox-inherited", OPT_SANDBOX_INHERITED, 0, OPTION_HIDDEN,
     "The emu that executes this one has given up what there is to give up", 4},
    {"strace", OPT_STRACE, 0, 0, "With --user: print system calls and signals", 4},
    {"no-sandbox", OPT_NO_SANDBOX, 0, 0,
     "Keep every system call of the host within reach. By default emu gives up those that the run cannot need, and new "
     "privileges (seccomp), before the first guest instruction",
     5},
    {"version", OPT_VERSION, "json", OPTION_ARG_OPTIONAL, "What is compiled in, as text or JSON", 5},
    {0},
};

static const char doc[] =
    "Runs a bare-metal ELF by dynamic binary translation. Guest and board follow from the ELF's "
    "machine; the guest's UART is standard "
    "input and output, emu's own messages go to standard error. With --bios or --kernel, firmware and a kernel start "
    "instead; a terminal is then in raw mode: Ctrl-A x ends, Ctrl-A a is Ctrl-A.\v"
    "Exit codes: the guest's own (0 to 255)"
#define EXIT_CODE(name, code, help) "; " #code " " help
#include "base/exit_code.inc"
#undef EXIT_CODE
    ". A program of --user that a signal ends, ends emu by it. A guest may use the same numbers: the stats say which it "
    "was.\n\n"
    "Examples:\n"
    "  emu dhrystone.elf\n"
    "  emu --features=none,+chain --stats=s.json dhrystone.elf\n"
    "  emu --kernel=Image --initrd=initrd.cpio --append='console=ttyS0' --memory=256M\n"
    "  emu --user --sysroot=/usr/riscv64-linux-gnu ./a.out argument\n"
    "  emu --log=ir,host --max-insns=1000 x.elf 2>log";

bool options_number(const char *text, uint64_t *out) {
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 0);
    return *text && *text != '-' && !*end && !errno;
}

static void choose(struct argp_state *state, const char *arg, const char *off, const char *on, bool *value,
                   const char *option) {
    if (strcmp(arg, off) && strcmp(arg, on)) argp_error(state, "--%s=%s: it is %s or %s", option, arg, off, on);
    *value = !strcmp(arg, on);
}

static void add_drive(struct argp_state *state, char *arg, MachineOptions *m) {
    if (m->n_drives == BOARD_DRIVES_MAX) argp_error(state, "--drive: at most %d of them", BOARD_DRIVES_MAX);
    char *comma = strrchr(arg, ',');
    bool readonly = comma && !strcmp(comma, ",readonly");
    if (readonly) *comma = 0;
    if (!*arg) argp_error(state, "--drive: which file?");
    m->drives[m->n_drives++] = (BoardDrive){arg, readonly};
}

static void add_virtio(struct argp_state *state, char *arg, MachineOptions *m) {
    for (char *name = strtok(arg, ","); name; name = strtok(NULL, ",")) {
        if (strcmp(name, "console") && strcmp(name, "entropy"))
            argp_error(state, "--virtio=%s: it is console or entropy (disks: --drive)", name);
        m->virtio_console |= !strcmp(name, "console");
        m->virtio_entropy |= !strcmp(name, "entropy");
    }
}

static BoardNet parse_net(struct argp_state *state, const char *arg) {
    static const char *const names[] = {
        [BOARD_NET_ISOLATED] = "user", [BOARD_NET_OUTSIDE] = "user,outside", [BOARD_NET_LOOPBACK] = "user,loopback"};
    for (BoardNet kind = BOARD_NET_ISOLATED; kind <= BOARD_NET_LOOPBACK; kind++)
        if (!strcmp(arg, names[kind])) return kind;
    argp_error(state, "--net=%s: it is user, user,outside or user,loopback", arg);
    return BOARD_NET_NONE;
}

// Returns false for a key that is not of the machine that starts.
static bool parse_machine(int key, char *arg, struct argp_state *state, Options *o) {
    MachineOptions *m = &o->machine;
    switch (key) {
    case OPT_BIOS: m->boot.bios = arg; return true;
    case OPT_KERNEL: m->boot.kernel = arg; return true;
    case OPT_INITRD: m->boot.initrd = arg; return true;
    case OPT_APPEND: m->boot.append = arg; return true;
    case OPT_DRIVE: add_drive(state, arg, m); return true;
    case OPT_VIRTIO: add_virtio(state, arg, m); return true;
    case OPT_NET: m->net = parse_net(state, arg); return true;
    case OPT_DUMP_DTB: o->dump_dtb = arg; return true;
    default: return false;
    }
}

static void parse_option(int key, char *arg, struct argp_state *state, Options *o) {
    MachineOptions *m = &o->machine;
    uint64_t number;
    Err err;
    if (parse_machine(key, arg, state, o) || options_parse_debug(key, arg, state, o) ||
        options_parse_user(key, arg, state, o) || options_parse_limit(key, arg, state, o))
        return;
    switch (key) {
    case OPT_CLOCK:
        o->clock_given = true;
        choose(state, arg, "insn", "host", &m->host_clock, "clock");
        break;
    case OPT_FEATURES:
        if (!features_parse(&m->features, arg, &err)) argp_error(state, "--features: %s", err.text);
        break;
    case OPT_MEMORY:
        if (!options_size(arg, &m->ram_size)) argp_error(state, "--memory=%s: give a size such as 128M", arg);
        break;
    case OPT_CACHE:
        if (!options_size(arg, &m->cache_size)) argp_error(state, "--code-cache=%s: give a size such as 32M", arg);
        if (m->cache_size < 1 << 16 || m->cache_size > host_native.code_max)
            argp_error(state, "--code-cache=%s: from 64K to %zuM", arg, host_native.code_max >> 20);
        break;
    case OPT_WORK:
        if (!options_number(arg, &number) || !number || number > UINT32_MAX)
            argp_error(state, "--work=%s: give a number from 1 to %u", arg, UINT32_MAX);
        m->work = (uint32_t)number;
        break;
    case OPT_SLICES:
        if (!options_number(arg, &m->slices) || m->slices < 1000)
            argp_error(state, "--slices=%s: give a number of instructions from 1000", arg);
        break;
    case OPT_HOST_ISA: o->host_isa = arg; break;
    case OPT_NO_SANDBOX: o->no_sandbox = true; break;
    case OPT_CODE_HASH: o->code_hash = true; break;
    case OPT_STATS: o->stats_path = arg, m->timed = true; break;
    case OPT_PROFILE: o->profile_path = arg, m->profile = true; break;
    case OPT_PROFILE_CODE: o->profile_code = true; break;
    case OPT_PERF_MAP: o->perf_map = true; break;
    case OPT_JITDUMP: o->jitdump_dir = arg ? arg : "."; break;
    case OPT_GDB_JIT: o->gdb_jit = true; break;
    case OPT_SAMPLE: o->sample_path = arg; break;
    case OPT_SAMPLE_BY: o->sample_by = arg; break;
    case OPT_SAMPLE_HZ:
        if (!options_number(arg, &number) || !number || number > 10000)
            argp_error(state, "--sample-hz=%s: from 1 to 10000", arg);
        o->sample_hz = (unsigned)number;
        break;
    case OPT_EVENTS:
        if (!strcmp(arg, "list")) o->show = SHOW_EVENTS;
        if (!strcmp(arg, "json")) o->show = SHOW_EVENTS_JSON;
        o->events = arg;
        break;
    case OPT_GDB:
        if (!options_number(arg, &number) || number > UINT16_MAX)
            argp_error(state, "--gdb=%s: a port is 0 to 65535", arg);
        o->gdb = true, o->gdb_port = (uint16_t)number;
        break;
    default:
        o->show = arg ? SHOW_VERSION_JSON : SHOW_VERSION;
        if (arg && strcmp(arg, "json")) argp_error(state, "--version=%s: only json is known", arg);
    }
}

static void check_start(struct argp_state *state, const Options *o) {
    const MachineOptions *m = &o->machine;
    const BootOptions *b = &m->boot;
    bool firmware = boot_asked(b) || o->dump_dtb;
    if (m->elf_path && firmware)
        argp_error(state, "%s and %s: either an ELF of one's own starts, or firmware", m->elf_path,
                   o->dump_dtb ? "--dump-dtb" : "--bios or --kernel");
    if (!m->elf_path && !firmware) argp_error(state, "which ELF? (Or --bios, --kernel.)");
    if (m->work && (firmware || o->is_user))
        argp_error(state, "--work: it is for an ELF that starts alone; a program of --user takes its arguments");
    if (m->net > BOARD_NET_ISOLATED && !m->host_clock)
        argp_error(state, "--net: answers of other machines take the host's time; give --clock=host");
    if (b->initrd && !b->kernel) argp_error(state, "--initrd: give --kernel=FILE, which it is for");
    if (b->append && !firmware) argp_error(state, "--append: give --kernel=FILE, which it is for");
}

// An unknown name is a mistake of the command line, an extension that is not here is the machine's.
static void take_isa(struct argp_state *state, Options *o) {
    const Host *h = &host_native;
    HostIsa want = 0, native = h->isa_native();
    Err err;
    if (!o->host_isa) return;
    if (!host_isa_parse(h, o->host_isa, &want, &err)) argp_error(state, "--host-isa=%s: %s", o->host_isa, err.text);
    if (want & ~native) {
        char lacks[64];
        host_isa_text(h, want & ~native, lacks, sizeof lacks);
        argp_failure(state, EXIT_CODE_HOST, 0, "--host-isa=%s: this machine has no %s", o->host_isa, lacks);
    }
    o->machine.isa_masked = native & ~want;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    Options *o = state->input;
    if (key >= OPT_ENGINE && key <= OPT_VERSION) {
        options_pass_on(o, key, table, arg);
        parse_option(key, arg, state, o);
    } else if (key == ARGP_KEY_ARG) {
        if (o->is_user) {
            options_take_program(o, arg, state);
            return 0;
        }
        if (o->machine.elf_path) argp_error(state, "one ELF, not two: %s and %s", o->machine.elf_path, arg);
        o->machine.elf_path = arg;
    } else if (key == ARGP_KEY_END) {
        options_check_user(state, o);
        options_check_debug(state, o);
        options_check_limit(state, o);
        if (o->replay_path) return 0;
        if (o->show == SHOW_NOTHING) check_start(state, o);
        take_isa(state, o);
        if (o->profile_code && !o->profile_path)
            argp_error(state, "--profile-code: give --profile=FILE, where it is written");
        if (o->code_hash && !o->stats_path) argp_error(state, "--code-hash: give --stats=FILE, where it is written");
        if (o->machine.slices && !o->stats_path)
            argp_error(state, "--slices: give --stats=FILE, where they are written");
        if (o->gdb_jit && o->machine.interp) argp_error(state, "--gdb-jit: the interpreter makes no host code");
        if (o->events && strcmp(o->sample_by, "timer"))
            argp_error(state, "--sample-by=%s: PAPI cannot count --events at the same time", o->sample_by);
        if (o->events && !o->stats_path && o->show == SHOW_NOTHING)
            argp_error(state, "--events: give --stats=FILE, where they are written");
    } else {
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

void options_free(Options *o) {
    for (uint32_t i = 0; i < o->reexec.n; i++) free(o->reexec.at[i]);
    vec_free(&o->reexec);
    free(o->code_cache_dir);
}

void options_parse(Options *o, int argc, char **argv) {
    memset(o, 0, sizeof *o);
    o->machine.features = features_default();
    o->machine.ram_size = 128ull << 20;
    o->machine.cache_size = HOSTILE ? 64u << 10 : 32u << 20;
    o->machine.out_fd = 1;
    o->sample_hz = 997;
    o->sample_by = "timer";
    o->check_every = 1;
    o->machine.log.out = stderr;
    const struct argp argp = {
        .options = table, .parser = parse, .args_doc = "ELF\n--user PROGRAM [ARGUMENTS...]", .doc = doc};
    argp_err_exit_status = EXIT_CODE_USAGE;
    command_line_parse(&argp, argc, argv, ARGP_IN_ORDER, o);
}
