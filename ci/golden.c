// `nightjar golden`: the host code that makes 90 % of what a benchmark executes, as text in the repository: a change of the
// translator is then a difference that a review can read (golden_text.c). Code is that of the pinned instruction set.
#include "bench/base/codes.h"
#include "base/command_line.h"
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include "ci/commands.h"
#include "ci/golden.h"
#include "ci/scratch.h"
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct GoldenOptions {
    const char *dir, *emu, *elves, *only;
    bool update;
} GoldenOptions;

static const struct {
    const char *guest, *name;
} PROGRAMS[] = {{"rv64", "dhrystone"}, {"rv64", "coremark"}, {"rx", "dhrystone"}, {"rx", "coremark"}};

static json_t *profile_of(const GoldenOptions *o, const char *elf, const char *file, Err *err) {
    static const char ISA[] = "--host-isa=" GOLDEN_ISA;
    char profile[4300];
    snprintf(profile, sizeof profile, "--profile=%s", file);
    const char *argv[] = {o->emu, ISA, "--features=all", profile, "--profile-code", elf, NULL};
    ProcessResult r;
    if (!process_run(argv, &(ProcessLimits){.timeout_s = 300, .pin = -1}, &r, err)) return NULL;
    bool ok = r.exited && !r.code;
    if (!ok) err_set(err, "%s of %s fails: %.600s", o->emu, elf, r.err);
    process_result_free(&r);
    return ok ? jsonfile_load_schema(file, "nightjar.blocks", 1, err) : NULL;
}

// ---- against what is there
static char *read_text(const char *path) {
    ReportText t = {0};
    char part[8192];
    size_t n;
    FILE *f = fopen(path, "r");
    while (f && (n = fread(part, 1, sizeof part, f))) rt_bytes(&t, part, n);
    bool ok = f && !ferror(f);
    if (f) fclose(f);
    if (ok && t.s) return t.s;
    rt_free(&t);
    return NULL;
}

static void show_difference(const char *golden, const char *now) {
    const char *argv[] = {"diff", "-U2", golden, now, NULL};
    ProcessResult r;
    Err err;
    if (!process_run(argv, &(ProcessLimits){.timeout_s = 60, .pin = -1}, &r, &err)) return;
    enum { SHOWN = 3000 };
    printf("%.*s%s", SHOWN, r.out, strlen(r.out) > SHOWN ? "\n...\n" : "");
    process_result_free(&r);
}

static bool same_program(const char *was, const char *now) {
    size_t n = strcspn(now, "\n");
    return strcspn(was, "\n") == n && !memcmp(was, now, n);
}

static int judge(const char *golden, const char *was, const ReportText *text, const char *scratch, Err *err) {
    char now[4300];
    if (!same_program(was, rt_str(text))) {
        printf("%s: of another program than the one that is built here: not compared\n", golden);
        return EXIT_INVALID;
    }
    GoldenDiff d = golden_compare(was, rt_str(text));
    if (!d.changed && !d.fresh && !d.gone) {
        printf("%s: %s\n", golden,
               strcmp(was, rt_str(text)) ? "the same code; shares have moved a little" : "the same");
        return EXIT_OK;
    }
    if (!rt_write_file(text, scratch, "now.txt", err)) return complain(err, EXIT_HOST);
    snprintf(now, sizeof now, "%s/now.txt", scratch);
    printf(
        "%s: hot code has changed: of %u blocks %u differ, %u are new, %u are gone; %s -> %s host instructions for each guest instruction%s%s\n",
        golden, d.blocks, d.changed, d.fresh, d.gone, d.before, d.after, *d.first ? "; the first: " : "", d.first);
    show_difference(golden, now);
    return EXIT_REGRESSED;
}

static int check(const char *golden, const ReportText *text, const char *scratch, Err *err) {
    char *was = read_text(golden);
    if (!was) return err_set(err, "%s is not there: `make golden` writes it", golden), complain(err, EXIT_DATA);
    int code = judge(golden, was, text, scratch, err);
    free(was);
    return code;
}

static int one(const GoldenOptions *o, unsigned program, const char *scratch) {
    char elf[4096], file[4200], name[200], golden[4300];
    Err err;
    snprintf(elf, sizeof elf, "%.3900s/%s/%s-test.elf", o->elves, PROGRAMS[program].guest, PROGRAMS[program].name);
    snprintf(file, sizeof file, "%s/blocks.json", scratch);
    snprintf(name, sizeof name, "%s-%s.txt", PROGRAMS[program].guest, PROGRAMS[program].name);
    snprintf(golden, sizeof golden, "%.4000s/%s", o->dir, name);
    if (access(elf, R_OK))
        return err_set(&err, "%s: %s; build it with `make workloads`", elf, strerror(errno)), complain(&err, EXIT_DATA);
    json_t *blocks = profile_of(o, elf, file, &err);
    if (!blocks) return complain(&err, EXIT_HOST);
    ReportText text = {0};
    Symbols *symbols = symbols_open(elf);
    golden_text(&text, blocks, symbols, PROGRAMS[program].name, PROGRAMS[program].guest);
    symbols_close(symbols);
    json_decref(blocks);
    int code = EXIT_OK;
    if (!o->update) {
        code = check(golden, &text, scratch, &err);
    } else if ((mkdir(o->dir, 0777) && errno != EEXIST) || !rt_write_file(&text, o->dir, name, &err)) {
        err_set(&err, "%s: cannot be written", golden);
        code = complain(&err, EXIT_HOST);
    } else {
        printf("%s\n", golden);
    }
    rt_free(&text);
    return code;
}

// ---- the command
enum { KEY_DIR = 256, KEY_EMU, KEY_ELVES, KEY_UPDATE, KEY_ONLY };

static const struct argp_option OPTIONS[] = {
    {"update", KEY_UPDATE, 0, 0, "write the files anew: look at `git diff` before you keep them", 0},
    {"only", KEY_ONLY, "GUEST-NAME", 0, "only this program, such as rx-coremark", 0},
    {"dir", KEY_DIR, "DIR", 0, "where they are (default ci/golden)", 0},
    {"emu", KEY_EMU, "FILE", 0, "the emulator (default build/rel/emu)", 0},
    {"elf-dir", KEY_ELVES, "DIR", 0, "built guest programs (default build/workloads)", 0},
    {0}};

static void name_of(unsigned program, char out[40]) {
    snprintf(out, 40, "%s-%s", PROGRAMS[program].guest, PROGRAMS[program].name);
}

static bool is_wanted(const GoldenOptions *o, unsigned program) {
    char name[40];
    name_of(program, name);
    return !o->only || !strcmp(o->only, name);
}

static bool find_program(const char *only) {
    bool found = false;
    for (unsigned i = 0; i < ARRAY_LEN(PROGRAMS); i++) found |= is_wanted(&(GoldenOptions){.only = only}, i);
    return found;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    GoldenOptions *o = state->input;
    switch (key) {
    case KEY_UPDATE: o->update = true; return 0;
    case KEY_ONLY:
        o->only = arg;
        if (!find_program(arg)) argp_error(state, "--only %s: it is rv64- or rx-, and dhrystone or coremark", arg);
        return 0;
    case KEY_DIR: o->dir = arg; return 0;
    case KEY_EMU: o->emu = arg; return 0;
    case KEY_ELVES: o->elves = arg; return 0;
    case ARGP_KEY_ARG: argp_error(state, "what is %s?", arg); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

int golden_main(int argc, char **argv) {
    GoldenOptions o = {.dir = "ci/golden", .emu = "build/rel/emu", .elves = "build/workloads"};
    static const char DOC[] =
        "Compares the hot host code of the benchmarks with the text that the repository holds of it.\v"
        "Exit: 0 the same, or written; 1 it has changed (the difference is printed); 3 the guest program is another one; 64 usage; 65 a "
        "file is not there; 74 the machine.\n\n"
        "Example:\n  make golden && git diff ci/golden\n";
    struct argp argp = {OPTIONS, parse, NULL, DOC, NULL, NULL, NULL};
    Scratch scratch;
    Err err;
    int worst = EXIT_OK;
    argp_err_exit_status = EXIT_USAGE;
    if (command_line_parse(&argp, argc, argv, 0, &o)) return EXIT_USAGE;
    if (!scratch_make(&scratch, "golden", &err)) return complain(&err, EXIT_HOST);
    for (unsigned i = 0; i < ARRAY_LEN(PROGRAMS); i++) {
        int code = is_wanted(&o, i) ? one(&o, i, scratch.path) : EXIT_OK;
        if (code > worst) worst = code;
    }
    if (worst == EXIT_REGRESSED || worst == EXIT_INVALID)
        puts(
            "Was it meant? `make golden` writes these files anew; read `git diff ci/golden` and commit it with the change that made it.");
    scratch_remove(&scratch);
    return worst;
}
