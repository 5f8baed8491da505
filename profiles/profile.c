// The command line of `nightjar profile`, and the order of its work: run, build the document, write everything from it.
#include "profiles/profile.h"
#include "base/command_line.h"
#include "base/alloc.h"
#include "bench/base/argument.h"
#include "bench/base/codes.h"
#include "bench/model/tool.h"
#include "bench/model/elf_work.h"
#include "bench/model/hosts.h"
#include "bench/base/jsonfile.h"
#include "bench/base/screen.h"
#include "bench/model/manifest.h"
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    KEY_FEATURES = 256,
    KEY_ENGINE,
    KEY_GUEST,
    KEY_SIZE,
    KEY_WORK,
    KEY_EMU,
    KEY_WORKLOADS,
    KEY_ELVES,
    KEY_EXPORT,
    KEY_TOP,
    KEY_BY,
    KEY_PAIRS,
    KEY_TIMEOUT,
    KEY_SAMPLE,
    KEY_REPORT,
    KEY_HOST,
    KEY_THROUGH
};

typedef struct Options {
    const char *what, *dir, *features, *engine, *guest, *size, *emu, *workloads, *elves, *exports, *by, *report,
        *host; // NULL: that of the emulator
    unsigned top, pairs;
    double timeout_s;
    const char *sample; // by what, or NULL
    uint32_t work;      // 0: as much as keeps cold code rare
    bool quiet, through_emu;
} Options;

static const struct argp_option OPTIONS[] = {
    {"features", KEY_FEATURES, "LIST", 0, "switches, as in emu --features", 1},
    {"engine", KEY_ENGINE, "jit|interp", 0, "default jit; the interpreter has guest and IR code only", 1},
    {"guest", KEY_GUEST, "NAME", 0, "guest of the workload (default rv64)", 1},
    {"size", KEY_SIZE, "test|quick|full", 0,
     "size of the workload (default: as much work as makes cold code, which is executed whatever the work is, less "
     "than 1 % of it)",
     1},
    {"work", KEY_WORK, "N", 0, "units of work instead: the same in two profiles that `profile diff` shall compare", 1},
    {"host", KEY_HOST, "x64|rv64|a64", 0,
     "the host code of this host (default: that of the emulator). Where it is another machine's, QEMU's user mode runs the "
     "emulator, and nothing is timed",
     1},
    {"through", KEY_THROUGH, "qemu|emu", 0,
     "what runs another machine's emulator: emu is this machine's emu --user, for rv64", 1},
    {"emu", KEY_EMU, "FILE", 0, "the emulator (default: beside this program; of another host build/HOST/emu)", 1},
    {"workloads", KEY_WORKLOADS, "DIR", 0, "folder of the manifests (default workloads)", 1},
    {"elves", KEY_ELVES, "DIR", 0, "folder of the built workloads (default build/workloads)", 1},
    {"timeout", KEY_TIMEOUT, "TIME", 0, "give up after this time (default 2m)", 1},
    {"out", 'o', "DIR", 0, "where profile.json, index.html, profile.md and the exports go (default build/profile)", 2},
    {"top", KEY_TOP, "N", 0, "blocks in the reports (default 20)", 2},
    {"report", KEY_REPORT, "HREF", 0, "the page gets a link back to this report, as seen from DIR", 2},
    {"rank", KEY_BY, "host|hits|guest|time", 0,
     "what ranks the blocks: executed host instructions (default), hits, guest instructions, sampled time", 2},
    {"export", KEY_EXPORT, "LIST", 0, "also: callgrind, collapsed, speedscope, csv, all", 2},
    {"pairs", KEY_PAIRS, "N", 0, "pairs of runs to measure what counting costs (default 3, at most 8; 0: none)", 2},
    {"sample", KEY_SAMPLE, "timer|papi|EVENT", OPTION_ARG_OPTIONAL,
     "also sampled time, of an uncounted run of the workload in full size; by what, as in emu --sample-by (default "
     "timer)",
     2},
    {"quiet", 'q', 0, 0, "print nothing but errors", 2},
    {0}};

static const char *rank_by(const char *name) {
    static const char *const names[][2] = {
        {"host", "host_instructions"}, {"hits", "hits"}, {"guest", "guest_instructions"}, {"time", "samples"}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (!strcmp(name, names[i][0])) return names[i][1];
    return NULL;
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    Options *o = state->input;
    switch (key) {
    case KEY_FEATURES: o->features = arg; break;
    case KEY_ENGINE:
        if (strcmp(arg, "jit") && strcmp(arg, "interp")) argp_error(state, "--engine=%s: it is jit or interp", arg);
        o->engine = arg;
        break;
    case KEY_GUEST: o->guest = arg; break;
    case KEY_SIZE: o->size = arg; break;
    case KEY_WORK: o->work = (uint32_t)argument_number(state, "work", arg, 1, UINT32_MAX); break;
    case KEY_EMU: o->emu = arg; break;
    case KEY_HOST: {
        char names[64];
        host_names(names);
        if (!host_kind(arg)) argp_error(state, "--host=%s: there is no such host; there are %s", arg, names);
        o->host = arg;
        break;
    }
    case KEY_THROUGH:
        o->through_emu = !strcmp(arg, "emu");
        if (!o->through_emu && strcmp(arg, "qemu")) argp_error(state, "--through=%s: it is qemu or emu", arg);
        break;
    case KEY_WORKLOADS: o->workloads = arg; break;
    case KEY_ELVES: o->elves = arg; break;
    case KEY_TIMEOUT: o->timeout_s = argument_seconds(state, "timeout", arg); break;
    case 'o': o->dir = arg; break;
    case KEY_TOP: o->top = (unsigned)argument_number(state, "top", arg, 1, 1000000); break;
    case KEY_PAIRS: o->pairs = (unsigned)argument_number(state, "pairs", arg, 0, 8); break;
    case KEY_BY:
        o->by = rank_by(arg);
        if (!o->by) argp_error(state, "--rank=%s: it is host, hits, guest or time", arg);
        break;
    case KEY_EXPORT: o->exports = arg; break;
    case KEY_REPORT: o->report = arg; break;
    case 'q': o->quiet = true; break;
    case KEY_SAMPLE: o->sample = arg ? arg : "timer"; break;
    case ARGP_KEY_ARG:
        if (o->what) argp_error(state, "one program, not two: %s and %s", o->what, arg);
        o->what = arg;
        break;
    case ARGP_KEY_END:
        if (!o->sample && !strcmp(o->by, "samples")) argp_error(state, "--rank=time: give --sample, too");
        if (!o->what) argp_error(state, "name a workload (dhrystone, coremark, ...) or an ELF");
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static bool make_dir(const char *dir, Err *err) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s", dir) >= (int)sizeof path || !*dir)
        return err_set(err, "-o %.200s: not a usable folder name", dir);
    for (char *s = path + 1;; s++) {
        if (*s && *s != '/') continue;
        char keep = *s;
        *s = 0;
        if (mkdir(path, 0777) && errno != EEXIST)
            return err_set(err, "%s: cannot make the folder: %s", path, strerror(errno));
        *s = keep;
        if (!keep) return true;
    }
}

// A file is an ELF; any other word is a workload. *elf is the caller's.
static json_t *find_workload(const Options *o, char **elf, char **longer, uint32_t *least, Err *err) {
    if (!access(o->what, R_OK)) {
        struct stat st;
        if (!stat(o->what, &st) && S_ISREG(st.st_mode)) {
            *elf = alloc_text(o->what), *longer = alloc_text(o->what);
            const char *slash = strrchr(o->what, '/');
            return json_pack("{s:s,s:n}", "name", slash ? slash + 1 : o->what, "size");
        }
    }
    json_t *names = json_pack("[s]", o->what), *guests = json_pack("[s]", o->guest), *w = NULL;
    WorkloadQuery q = {.sources = o->workloads,
                       .elves = o->elves,
                       .size = "full",
                       .exact_size = o->size ? o->size : "test",
                       .names = names,
                       .guests = guests};
    WorkloadVec all = {0};
    if (workloads_load(&q, &all, err)) {
        if (all.n && all.at[0].exact.boot) {
            err_set(err,
                    "%s boots an operating system: tens of thousands of units make no page. emu --profile=FILE with "
                    "--bios, --kernel and so on counts its blocks",
                    o->what);
        } else if (all.n) {
            off_t at;
            const Workload *one = &all.at[0];
            bool told = !o->size && elf_work_find(one->timed.path, &at) && one->exact.work >= 1;
            *least = told ? (uint32_t)one->exact.work : 0;
            *elf = alloc_text(told ? one->timed.path : one->exact.path), *longer = alloc_text(one->timed.path);
            w = json_pack("{s:s,s:s,s:s}", "name", all.at[0].name, "title", all.at[0].title, "size",
                          all.at[0].exact.size);
        } else {
            err_set(err, "%s: neither a file nor a workload of guest %s in %s", o->what, o->guest, o->workloads);
        }
    }
    workloads_free(&all);
    json_decref(names), json_decref(guests);
    return w;
}

static bool write_exports(const Options *o, const ProfileDoc *profile, Err *err) {
    bool ok = true;
    for (const ProfileExport *x = PROFILE_EXPORTS; ok && x->name; x++) {
        if (!o->exports || (strcmp(o->exports, "all") && !strstr(o->exports, x->name))) continue;
        ReportText t = {0};
        x->write(&t, profile);
        ok = rt_write_file(&t, o->dir, x->file, err);
        rt_free(&t);
    }
    return ok;
}

static bool write_reports(const Options *o, const ProfileDoc *profile, Err *err) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/profile.json", o->dir) >= (int)sizeof path)
        return err_set(err, "-o %.200s: too long", o->dir);
    ReportText t = {0};
    bool ok = jsonfile_write(path, profile->root, err);
    profile_page(&t, profile, o->top, o->report);
    ok = ok && rt_write_file(&t, o->dir, "index.html", err);
    rt_free(&t);
    profile_markdown(&t, profile, o->top);
    ok = ok && rt_write_file(&t, o->dir, "profile.md", err);
    rt_free(&t);
    return ok && write_exports(o, profile, err);
}

static json_t *size_text(uint32_t work, double cold) {
    if (isnan(cold)) return json_sprintf("%u units of work", work);
    return json_sprintf("%u units of work, %.2f %% of it cold code", work, 100 * cold);
}

static json_t *document(const Options *o, const Emulator *emu, const char *elf, const char *longer, json_t *workload,
                        uint32_t least, Err *err) {
    ProfileRun run = {.emu = emu,
                      .elf = elf,
                      .engine = o->engine,
                      .features = o->features,
                      .dir = o->dir,
                      .timeout_s = o->timeout_s,
                      .overhead_reps = emulator_through(emu) ? 0 : o->pairs,
                      .sample_elf = o->sample ? longer : NULL,
                      .sample_by = o->sample};
    json_t *blocks, *stats, *overhead, *samples, *p = NULL;
    double cold;
    if (o->work && !least) {
        err_set(err, "%s: the work of this program cannot be set; leave out --work", o->what);
        return NULL;
    }
    run.work = o->work, cold = NAN;
    if (least && !o->work && !profile_choose_work(&run, least, &run.work, &cold, err)) return NULL;
    if (least)
        json_put(workload, "size", size_text(run.work, cold)), json_put(workload, "work", json_integer(run.work));
    if (profile_run(&run, &blocks, &stats, &overhead, &samples, err)) {
        Symbols *symbols = symbols_open(elf);
        bool by_time = !strcmp(o->by, "samples");
        p = profile_build(blocks, stats, symbols, by_time ? "host_instructions" : o->by);
        if (json_is_object(samples)) profile_add_samples(p, samples, symbols);
        if (by_time) profile_rank_by_samples(p);
        symbols_close(symbols);
        char created[32];
        time_t now = time(NULL);
        struct tm utc;
        strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
        json_put(p, "created", json_string(created));
        json_put(p, "tool", tool_document());
        json_put(p, "host", json_string(emulator_host(emu)));
        if (emulator_through(emu)) json_put(p, "through", json_string(emulator_through(emu)));
        json_object_set(p, "workload", workload);
        json_object_set(p, "overhead", overhead);
    }
    json_decref(blocks), json_decref(stats), json_decref(overhead), json_decref(samples);
    return p;
}

static int finish(const Options *o, const ProfileDoc *p, Err *err) {
    if (!write_reports(o, p, err)) return EXIT_HOST;
    ReportText t = {0};
    profile_terminal(&t, p, o->top, screen_has_colour(STDOUT_FILENO));
    if (!o->quiet) printf("%s\nWrote %s/index.html, profile.md and profile.json.\n", rt_str(&t), o->dir);
    rt_free(&t);
    if (p->exact) return EXIT_OK;
    err_set(err, "the counts do not add up to the retired guest instructions: this is a bug of the emulator's profile");
    return EXIT_INVALID;
}

// The emulator that is named or lies beside this program; of another host the one that `make HOST=NAME` builds.
static bool open_emulator(const Options *o, Emulator *emu, Err *err) {
    char *beside = emulator_beside();
    const HostKind *native = host_of_machine();
    bool other = o->host && !(native && !strcmp(native->name, o->host));
    char *path = o->emu ? alloc_text(o->emu) : other ? host_build(beside, o->host) : alloc_text(beside);
    HostWay way = {o->through_emu ? beside : NULL};
    bool ok = o->host ? host_open(emu, o->host, path, way, err) : emulator_open(emu, path, NULL, err);
    if (ok && o->sample && emulator_through(emu)) {
        char *why = host_untimed(emu);
        ok = err_set(err, "--sample: %s: leave out --sample or --host", why);
        free(why);
        emulator_close(emu);
    }
    free(path), free(beside);
    return ok;
}

static int profile(const Options *o) {
    Err err = {0};
    char *elf = NULL, *longer = NULL;
    Emulator emu = {0};
    uint32_t least = 0; // work to begin with; 0: as much as was built in
    json_t *workload = find_workload(o, &elf, &longer, &least, &err);
    int status = EXIT_DATA;
    if (workload && !open_emulator(o, &emu, &err)) {
        status = EXIT_HOST;
    } else if (workload && make_dir(o->dir, &err)) {
        json_t *made = document(o, &emu, elf, longer, workload, least, &err);
        ProfileDoc p = {0};
        status = made && profile_doc_from_json(&p, made, o->what, &err) ? finish(o, &p, &err) : EXIT_HOST;
        profile_doc_free(&p);
    }
    if (status) complain(&err, status);
    json_decref(workload);
    emulator_close(&emu);
    free(elf), free(longer);
    return status;
}

int profile_main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "diff")) {
        argv[1] = "nightjar profile diff";
        return profile_diff_main(argc - 1, argv + 1);
    }
    static const struct argp argp = {
        OPTIONS,
        parse,
        "WORKLOAD|ELF\ndiff A.json B.json",
        "Runs a program with exact counts and explains its hot blocks: guest code, IR and host code side by "
        "side, and who caused each host instruction.\v`nightjar profile diff A.json B.json` says which guest blocks "
        "moved between two profiles, and how their host code differs.\n\nExit codes: 0 written; 3 the counts do not "
        "add up; 64 usage; 65 no such program; 74 the emulator or the disk failed.",
        NULL,
        NULL,
        NULL};
    Options o = {.dir = "build/profile",
                 .features = "",
                 .engine = "jit",
                 .guest = "rv64",
                 .workloads = "workloads",
                 .elves = "build/workloads",
                 .by = "host_instructions",
                 .top = 20,
                 .pairs = 3,
                 .timeout_s = 120};
    int keep = argp_err_exit_status;
    argp_err_exit_status = EXIT_USAGE;
    int status = command_line_parse(&argp, argc, argv, 0, &o) ? EXIT_USAGE : profile(&o);
    argp_err_exit_status = keep;
    return status;
}
