// emu: the command.
#include "base/alloc.h"
#include "base/standard.h"
#include "jit/saved.h"
#include "prof/attach.h"
#include "prof/counts/json_file.h"
#include "prof/counts/papi.h"
#include "prof/counts/report.h"
#include "run/check.h"
#include "run/gdb/gdb.h"
#include "run/options.h"
#include "run/replay.h"
#include "run/sandbox.h"
#include "run/terminal.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *text) {
    fprintf(stderr, "emu: %s\n", text);
    return EXIT_CODE_HOST;
}

static void run_timed(Machine *m, Events *events) {
    Phases *p = &m->phases;
    p->load_ns = host_cpu_ns();
    if (events) events_start(events);
    if (m->o.escape) terminal_raw(m->o.in_fd);
    machine_run(m);
    terminal_restore();
    if (events) events_stop(events);
    p->total_cpu_ns = host_cpu_ns();
    p->total_wall_ns = host_time_ns() - m->host_start;
    phases_close(p, &m->translating);
}

static int exit_code(const Options *o, const Machine *m) {
    switch (m->end) {
    case RUN_GUEST_EXIT: return m->exit_code & 0xff;
    case RUN_MAX_INSNS:
        fprintf(stderr, "emu: stopped after %llu guest instructions (--max-insns)\n",
                (unsigned long long)cpu_now(machine_cpu(m)));
        return EXIT_CODE_LIMIT;
    case RUN_MAX_TIME:
        if (!m->is_child) fputs(o->max_time_text, stderr);
        return EXIT_CODE_LIMIT;
    case RUN_QUIT: fprintf(stderr, "emu: ended at the console\n"); return EXIT_CODE_QUIT;
    case RUN_KILLED: fprintf(stderr, "emu: killed by the debugger\n"); return EXIT_CODE_KILLED;
    case RUN_SIGNAL: return m->exit_code;
    default: fprintf(stderr, "emu: the guest cannot go on: %s\n", m->stuck_reason); return EXIT_CODE_STUCK;
    }
}

static json_t *blocks(const Machine *m, const CodeLog *log) {
    json_t *doc = report_blocks(m);
    if (log) {
        json_object_set_new(doc, "units", code_log_units(log, m));
        json_object_set_new(doc, "whys", code_log_whys());
        json_object_set_new(doc, "count_help", code_events_help());
    }
    return doc;
}

static json_t *stats(const Machine *m, const Events *events, const CodeHash *hash) {
    json_t *counted = events ? events_report(events) : json_object(), *doc = report_stats(m, counted);
    json_decref(counted);
    if (hash) json_object_set_new(doc, "code_sha256", json_string(hash->hex));
    return doc;
}

static int write_reports(const Options *o, const Machine *m, const Events *events, const Attached *a, int code) {
    Err err;
    const CodeLog *log = o->profile_code ? a->code : NULL;
    if (o->stats_path && !json_file_write(stats(m, events, a->hash), o->stats_path, &err)) code = fail(err.text);
    if (o->profile_path && !json_file_write(blocks(m, log), o->profile_path, &err)) code = fail(err.text);
    int console = m->board.console_errno(m->board.state);
    if (console) {
        fprintf(stderr, "emu: the guest's console output was lost: %s\n", strerror(console));
        code = EXIT_CODE_HOST;
    }
    return code;
}

static bool wait_for_debugger(const Options *o, Machine *m, Gdb **gdb, Err *err) {
    if (!o->gdb) return true;
    *gdb = gdb_open(o->gdb_port, m->guest, err);
    if (*gdb) m->debugger = gdb_debugger(*gdb);
    return *gdb != NULL;
}

static bool dump_tree(const char *path, const Boot *b, Err *err) {
    FILE *f = fopen(path, "w");
    bool ok = f && fwrite(b->tree, b->tree_size, 1, f) == 1;
    if (f && fclose(f)) ok = false;
    return ok || err_set(err, "%s: cannot write the device tree: %s", path, strerror(errno));
}

// ---- units of an earlier run. What cannot be read or written costs time only: a message, and the run goes on.
static void restore_units(const Options *o, Machine *m) {
    Err err;
    struct stat st;
    if (!o->code_cache_dir) return;
    if (stat(o->machine.elf_path, &st)) {
        fprintf(stderr, "emu: %s: %s: units are neither saved nor restored\n", o->machine.elf_path, strerror(errno));
        return;
    }
    SavedProgram p = {.device = st.st_dev,
                      .inode = st.st_ino,
                      .bytes = (uint64_t)st.st_size,
                      .seconds = (uint64_t)st.st_mtim.tv_sec,
                      .nanoseconds = (uint64_t)st.st_mtim.tv_nsec,
                      .addresses = o->user.hi};
    jit_saved_open(&m->jit, o->code_cache_dir, &p, &err);
    if (err.text[0]) fprintf(stderr, "emu: %s\n", err.text);
}

static void save_units(Machine *m) {
    Err err;
    if (!m->is_child && !jit_saved_write(&m->jit, &err)) fprintf(stderr, "emu: %s\n", err.text);
}

// Before the first instruction of the guest. false: the run must not begin.
static bool enter_sandbox(const Options *o, Err *err) {
    if (o->no_sandbox) {
        fprintf(stderr, "emu: no sandbox: a guest that breaks out of emu has the rights of this user\n");
        return true;
    }
    Sandbox s = {.user = o->is_user,
                 .debugger = o->gdb,
                 .net = o->machine.net > BOARD_NET_ISOLATED,
                 .inherited = o->sandbox_inherited,
                 .root = o->root,
                 .program = o->machine.elf_path,
                 .sysroot = o->user.sysroot,
                 .elf_machine = host_native.elf_machine};
    SandboxResult r = sandbox_enter(&s, err);
    if (r == SANDBOX_ABSENT) fprintf(stderr, "emu: %s\n", err->text);
    return r != SANDBOX_FAILED;
}

static bool begin_time(const Options *o, Err *err) {
    if (!o->max_time_end) return true;
    sys_host_catch_bus();
    return sys_time_limit(o->max_time_end, o->max_time_text, err);
}

// `signal_number`: what ended the program, or 0.
static int run(Options *o, int *signal_number) {
    Machine m;
    Err err;
    int code;
    Attached a;
    Gdb *gdb = NULL;
    memset(&m, 0, sizeof m);
    o->machine.escape = !o->machine.elf_path && terminal_is_ours(o->machine.in_fd);
    if (!attach(&a, o, &m, &err)) {
        code = fail(err.text);
        detach(&a, &err);
        return code;
    }
    bool ready = machine_init(&m, &o->machine, &err);
    if (ready && o->dump_dtb) {
        code = dump_tree(o->dump_dtb, &m.boot, &err) ? 0 : fail(err.text);
    } else if (ready && wait_for_debugger(o, &m, &gdb, &err)) {
        Events *events = o->events ? events_open(o->events, &m) : NULL;
        attach_start(&a);
        restore_units(o, &m);
        if (o->is_user) standard_close(o->filled);
        bool may = begin_time(o, &err) && enter_sandbox(o, &err);
        if (may) run_timed(&m, events);
        attach_stop(&a);
        code = may ? exit_code(o, &m) : fail(err.text);
        save_units(&m);
        if (!m.is_child) code = write_reports(o, &m, events, &a, code);
        if (!m.is_child && !attach_write(&a, o, &m, &err)) code = fail(err.text);
        if (events) events_close(events);
        if (m.debugger) gdb_say_end(gdb, &m, code);
    } else {
        code = fail(err.text);
    }
    if (m.debugger) gdb_close(gdb);
    *signal_number = m.end_signal;
    machine_end(&m);
    if (!detach(&a, &err)) code = fail(err.text);
    return code;
}

// Reports are those of ordinary runs: a checked one has none.
static int run_check(Options *o) {
    Machine m;
    Err err;
    int code = EXIT_CODE_HOST;
    o->machine.features.on &= ~FEATURE_BIT(FEATURE_once); // what runs once is compared, too
    bool ready = machine_init(&m, &o->machine, &err);
    ready = ready && enter_sandbox(o, &err);
    switch (ready ? check_run(&m, o->check_every, stderr, &err) : CHECK_ERROR) {
    case CHECK_SAME:
        fprintf(stderr, "emu: the translator and the interpreter agree over %llu instructions\n",
                (unsigned long long)cpu_now(machine_cpu(&m)));
        code = exit_code(o, &m);
        break;
    case CHECK_DIFFERENT: code = EXIT_CODE_DIFFERENT; break;
    default: fail(err.text);
    }
    machine_end(&m);
    return code;
}

// At exit, however main() ends (argp's --help, too): what was printed must have arrived.
static void check_printed(void) {
    if (standard_printed()) return;
    fprintf(stderr, "emu: stdout: %s: what was printed is not whole\n", errno ? strerror(errno) : "a write failed");
    _exit(EXIT_CODE_HOST);
}

int main(int argc, char **argv) {
    Options o;
    int filled = standard_fill();
    if (filled < 0) _exit(EXIT_CODE_HOST);
    atexit(check_printed);
    json_set_alloc_funcs(alloc_bytes, free);
    options_parse(&o, argc, argv);
    o.filled = filled;
    // A reader of the console that went away is an error of write(), which is reported.
    if (!o.is_user) signal(SIGPIPE, SIG_IGN);
    if (o.show == SHOW_EVENTS) {
        events_list(stdout);
        return 0;
    }
    if (o.show == SHOW_VERSION) {
        report_version_text(stdout);
        return 0;
    }
    if (o.show == SHOW_VERSION_JSON || o.show == SHOW_EVENTS_JSON) {
        json_t *v = o.show == SHOW_EVENTS_JSON ? events_probe() : report_version();
        json_dumpf(v, stdout, JSON_INDENT(1));
        puts("");
        json_decref(v);
        return 0;
    }
    if (o.log_path && !(o.machine.log.out = fopen(o.log_path, "w"))) {
        fprintf(stderr, "emu: %s: cannot write the log: %s\n", o.log_path, strerror(errno));
        return EXIT_CODE_HOST;
    }
    o.user.out = o.machine.log.out;
    o.user.kept_fd = o.log_path ? fileno(o.machine.log.out) : -1;
    Err err;
    int signal_number = 0;
    int code = o.check         ? run_check(&o)
               : o.replay_path ? (replay_run(o.replay_path, &o.machine.log, &err) ? 0 : fail(err.text))
                               : run(&o, &signal_number);
    options_free(&o);
    if (o.log_path && fclose(o.machine.log.out)) {
        fprintf(stderr, "emu: %s: cannot write the log: %s\n", o.log_path, strerror(errno));
        return EXIT_CODE_HOST;
    }
    if (signal_number) sys_die(signal_number);
    return code;
}
