// `nightjar doctor`.
#include "bench/doctor.h"
#include "base/command_line.h"
#include "bench/base/codes.h"
#include "bench/commands.h"
#include "bench/model/emulator.h"
#include "bench/environment.h"
#include "bench/base/jsonfile.h"
#include "bench/noise.h"
#include "bench/base/process.h"
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

typedef struct DoctorOptions {
    const char *json, *emu, *noise;
} DoctorOptions;

void doctor_add(json_t *checks, const char *name, const char *status, const char *value, const char *why,
                const char *fix) {
    json_array_append_new(checks, json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", name, "status", status, "value", value,
                                            "why", why, "fix", fix));
}

static void check_program(json_t *checks, const char *name, const char *status, const char *why, const char *fix) {
    char *path = process_which(name);
    doctor_add(checks, name, path ? "ok" : status, path ? path : "not installed", path ? "" : why, path ? "" : fix);
    free(path);
}

static void check_disk(json_t *checks) {
    struct statvfs fs;
    char value[64];
    const char *folder = access("build", F_OK) ? "." : "build";
    if (statvfs(folder, &fs)) return;
    double free_gb = (double)fs.f_bavail * (double)fs.f_frsize / 1e9;
    snprintf(value, sizeof value, "%.1f GB free in %s", free_gb, folder);
    doctor_add(checks, "disk",
               free_gb < 0.2 ? "fail"
               : free_gb < 2 ? "warn"
                             : "ok",
               value, free_gb < 2 ? "journals and profiles may not fit" : "", free_gb < 2 ? "make room" : "");
}

static void check_emu(json_t *checks, const char *path) {
    Emulator emu;
    Err err;
    if (!emulator_open(&emu, path, NULL, &err)) {
        doctor_add(checks, "emu", "fail", "cannot be used", err.text, "make");
        return;
    }
    char value[200];
    const char *mode = json_text(emu.version, "mode", "?");
    json_t *features = emulator_features(&emu);
    snprintf(value, sizeof value, "%s, %s, commit %s%s, %zu switches", json_text(emu.version, "version", "?"), mode,
             json_text(emu.version, "commit", "?"),
             json_is_true(json_object_get(emu.version, "dirty")) ? " and changes" : "", json_array_size(features));
    bool release = !strcmp(mode, "rel");
    doctor_add(checks, "emu", release ? "ok" : "warn", value,
               release ? "" : "not a release build: its times say nothing", release ? "" : "make MODE=rel");
    json_decref(features);
    emulator_close(&emu);
}

void doctor_tools(json_t *checks, const char *emu) {
    check_disk(checks);
    check_program(checks, "gnuplot", "warn", "`nightjar report` draws no plots", "apt-get install gnuplot-nox");
    check_program(checks, "qemu-system-riscv64", "note", "the peer qemu-system is not measured",
                  "apt-get install qemu-system-misc");
    check_program(checks, "qemu-riscv64", "note", "the peer qemu-user is not measured", "apt-get install qemu-user");
    check_emu(checks, emu);
}

static void check_noise(json_t *checks, const char *path) {
    json_t *entries = noise_load(path), *e;
    size_t i;
    double worst = 0;
    char value[100];
    json_array_foreach(entries, i, e) {
        double floor = json_num(e, "floor", 0);
        if (!strcmp(json_text(e, "metric", ""), "cpu_ns") && floor > worst) worst = floor;
    }
    snprintf(value, sizeof value, "worst floor of CPU time %.1f %%", 100 * worst);
    if (json_array_size(entries))
        doctor_add(checks, "noise", "ok", value, "measured on this CPU model", "");
    else
        doctor_add(checks, "noise", "warn", "never measured here", "compare believes no change of a time below 10 %",
                   "nightjar aa");
    json_decref(entries);
}

static void print_checks(const json_t *checks, const json_t *events) {
    size_t i;
    json_t *c;
    const char *name;
    json_array_foreach((json_t *)checks, i, c) {
        printf("%-5s %-20s %s\n", json_text(c, "status", ""), json_text(c, "name", ""), json_text(c, "value", ""));
        if (*json_text(c, "why", "")) printf("      %-20s %s\n", "", json_text(c, "why", ""));
        if (*json_text(c, "fix", "")) printf("      %-20s -> %s\n", "", json_text(c, "fix", ""));
    }
    puts("\nEvents:");
    json_object_foreach((json_t *)events, name, c) {
        if (json_is_integer(json_object_get(c, "value")))
            printf("  %-22s counts, by %s\n", name, json_text(c, "via", "?"));
        else
            printf("  %-22s %s\n", name, json_text(c, "reason", ""));
    }
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    DoctorOptions *o = state->input;
    switch (key) {
    case 'j': o->json = arg ? arg : "-"; return 0;
    case 'e': o->emu = arg; return 0;
    case 'n': o->noise = arg; return 0;
    case ARGP_KEY_ARG: argp_error(state, "takes no arguments"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

int doctor_main(int argc, char **argv) {
    static const struct argp_option OPTIONS[] = {
        {"json", 'j', "FILE", OPTION_ARG_OPTIONAL, "write nightjar.doctor/1 (default: to stdout)", 0},
        {"emu", 'e', "FILE", 0, "the emulator (default: emu beside nightjar)", 0},
        {"noise", 'n', "FILE", 0, "noise floor of this machine (default build/noise.json)", 0},
        {0}};
    static const char DOC[] =
        "Says what this machine can measure and what to do about the rest.\v"
        "Status: ok; note: nothing to do; warn: numbers will be worse; fail: something will not work.\nExit: 0 "
        "nothing fails; 74 something fails; 64 usage.\n";
    char *beside = emulator_beside();
    DoctorOptions o = {.emu = beside, .noise = "build/noise.json"};
    struct argp argp = {OPTIONS, parse, NULL, DOC, NULL, NULL, NULL};
    argp_err_exit_status = EXIT_USAGE;
    if (command_line_parse(&argp, argc, argv, 0, &o)) return EXIT_USAGE;
    json_t *checks = json_array(), *events = json_object(), *c;
    doctor_machine(checks);
    doctor_neighbour(checks);
    doctor_counters(checks, events, o.emu);
    doctor_tools(checks, o.emu);
    check_noise(checks, o.noise);
    size_t i;
    int code = EXIT_OK;
    json_array_foreach(checks, i, c) if (!strcmp(json_text(c, "status", ""), "fail")) code = EXIT_HOST;
    if (o.json) {
        Err err;
        json_t *doc = json_pack("{s:s, s:o, s:O, s:O}", "schema", "nightjar.doctor/1", "environment",
                                environment_read(), "checks", checks, "events", events);
        if (!jsonfile_write(o.json, doc, &err)) code = complain(&err, EXIT_HOST);
        json_decref(doc);
    }
    if (!o.json || strcmp(o.json, "-")) print_checks(checks, events);
    json_decref(checks), json_decref(events);
    free(beside);
    return code;
}
