// The entry of `nightjar`: a table of commands.
#include "base/alloc.h"
#include "bench/base/codes.h"
#include "bench/commands.h"
#include "bench/base/output.h"
#include "base/macros.h"
#include "base/standard.h"
#include "ci/commands.h"
#include "profiles/profile.h"
#include "reports/report.h"
#include <stddef.h>
#include <jansson.h>
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Command {
    const char *name;
    int (*main)(int argc, char **argv);
    const char *help;
} Command;

static const Command COMMANDS[] = {
    {"bench", bench_main, "measure what each switch buys: configurations x workloads x repetitions"},
    {"aa", aa_main, "measure the harness against itself: noise floor, smallest visible effect"},
    {"compare", compare_main, "two runs: what moved, and is it real?"},
    {"merge", merge_main, "put the shards of one plan together"},
    {"report", report_main, "plots, a page and a summary of runs"},
    {"profile", profile_main, "the hot blocks of one program: guest code, IR and host code, and what each costs"},
    {"history", history_main, "the runs of all nights: keep, list, export, rename, verify"},
    {"trend", trend_main, "what changed over the nights, at which commit"},
    {"bridge", bridge_main, "carry times over another guest program or instruction set"},
    {"anchor", anchor_main, "renew the emulator that times are relative to"},
    {"site", site_main, "pages over every night so far"},
    {"gate", gate_main, "is this revision worse than that one?"},
    {"bisect", bisect_main, "which commit moved this number?"},
    {"selftest", selftest_main, "plant faults: does the gate catch them?"},
    {"golden", golden_main, "the hot host code of the benchmarks, as reviewed text"},
    {"accept", accept_main, "say that a change is all right, exactly that one"},
    {"doctor", doctor_main, "what can this machine measure, and what to do about the rest"},
    {"validate", validate_main, "is this a whole nightjar.run/1 or nightjar.profile/1 document?"},
};

static void print_help(FILE *f) {
    fputs("Usage: nightjar COMMAND [OPTION...]\n\nMeasures the translator `emu`, switch by switch, and says what each "
          "one buys.\n\nCommands:\n",
          f);
    for (size_t i = 0; i < ARRAY_LEN(COMMANDS); i++) fprintf(f, "  %-10s %s\n", COMMANDS[i].name, COMMANDS[i].help);
    fputs("\n`nightjar COMMAND --help` says the rest.\n\n"
          "A first round:\n"
          "  nightjar doctor                        what can this machine measure?\n"
          "  nightjar aa                            how noisy is it? (a few minutes)\n"
          "  nightjar bench -o before.json          measure\n"
          "  nightjar bench -o after.json           ... change something, build, measure again\n"
          "  nightjar compare before.json after.json\n\n"
          "Exit codes; what one means for a command, its --help says:\n"
#define EXIT(name, code, help) "  " #code "\t" help "\n"
#include "bench/base/codes.inc"
#undef EXIT
          ,
          f);
}

// At exit, however main() ends (argp's --help, too): what was printed must have arrived.
static void check_printed(void) {
    Err err;
    if (!output_printed(&err)) _exit(complain(&err, EXIT_HOST));
}

// GSL aborts otherwise. What it complains of beside memory is a mistake of ours.
static void gsl_failed(const char *reason, const char *file, int line, int code) {
    if (code == GSL_ENOMEM) alloc_failed(0);
    bug_abort(file, line, "gsl: %s", reason);
}

int main(int argc, char **argv) {
    if (standard_fill() < 0) _exit(EXIT_HOST);
    atexit(check_printed);
    json_set_alloc_funcs(alloc_bytes, free);
    gsl_set_error_handler(gsl_failed);
    const char *name = argc > 1 ? argv[1] : "";
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
        print_help(stdout);
        return EXIT_OK;
    }
    if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
        puts("nightjar 0.1.0");
        return EXIT_OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(COMMANDS); i++) {
        if (strcmp(name, COMMANDS[i].name)) continue;
        char label[64];
        snprintf(label, sizeof label, "nightjar %s", name);
        argv[1] = label;
        return COMMANDS[i].main(argc - 1, argv + 1);
    }
    if (*name) fprintf(stderr, "nightjar: there is no command `%s`\n\n", name);
    print_help(stderr);
    return EXIT_USAGE;
}
