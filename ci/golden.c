// `nightjar golden`: the host code that makes 90 % of what a benchmark executes, as text in the repository: a change of the
// translator is then a difference that a review can read. Counts and code are those of the pinned instruction set.
//
//   # dhrystone, rv64; ELF 728e7202c2c1; host instructions beyond the baseline: none
//   ## 8.5 %: block 3 of the region at 0x80000224
//           42  sub r15, 0xDD                         budget
#include "base/vec.h"
#include "bench/base/codes.h"
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include "ci/commands.h"
#include "ci/revision.h"
#include "reports/html/text.h"
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHARE      0.9
#define ISA        "v2"
#define ISA_OPTION "--host-isa=v2"

typedef struct GoldenOptions {
    const char *dir, *emu, *elves;
    bool update;
} GoldenOptions;

static const struct {
    const char *guest, *name;
} PROGRAMS[] = {{"rv64", "dhrystone"}, {"rv64", "coremark"}, {"rx", "dhrystone"}, {"rx", "coremark"}};

static int complain(const Err *err, int code) {
    fprintf(stderr, "nightjar: %s\n", err->text);
    return code;
}

// ---- the text of one program
static json_t *profile_of(const GoldenOptions *o, const char *elf, const char *file, Err *err) {
    char profile[4300];
    snprintf(profile, sizeof profile, "--profile=%s", file);
    const char *argv[] = {o->emu, ISA_OPTION, "--features=all", profile, "--profile-code", elf, NULL};
    ProcessResult r;
    if (!process_run(argv, &(ProcessLimits){.timeout_s = 300, .pin = -1}, &r, err)) return NULL;
    bool ok = r.exited && !r.code;
    if (!ok) err_set(err, "%s of %s fails: %.600s", o->emu, elf, r.err);
    process_result_free(&r);
    return ok ? jsonfile_load_schema(file, "nightjar.blocks", 1, err) : NULL;
}

// Addresses of the process are no code: 0x00007EFD135E3040 becomes ADDRESS.
static void plain_text(const char *text, char out[160]) {
    size_t n = 0;
    while (*text && n < 140) {
        size_t digits = strncmp(text, "0x", 2) ? 0 : strspn(text + 2, "0123456789ABCDEFabcdef");
        if (digits >= 11 && strtoull(text, NULL, 16) >> 40) {
            n += (size_t)snprintf(out + n, 160 - n, "ADDRESS");
            text += 2 + digits;
        } else {
            out[n++] = *text++;
        }
    }
    out[n] = 0;
}

// One guest block of one unit.
typedef struct Block {
    const json_t *unit;
    double id, executed; // number of the block in the unit
} Block;
typedef VEC(Block) Blocks;

static bool counts(const json_t *h) {
    return json_num(h, "hits", 0) > 0 && strcmp(json_text(h, "why", ""), "count") != 0;
}

static Block *block_of(Blocks *blocks, const json_t *unit, uint32_t from, const json_t *h) {
    double id = json_num(h, "block", 0);
    for (uint32_t i = from; i < blocks->n; i++)
        if (blocks->at[i].id == id) return &blocks->at[i];
    vec_push(blocks, ((Block){unit, id, 0}));
    return &blocks->at[blocks->n - 1];
}

static Blocks blocks_of(const json_t *doc) {
    Blocks blocks = {0};
    size_t i, k;
    json_t *u, *h;
    json_array_foreach(json_object_get(doc, "units"), i, u) {
        uint32_t from = blocks.n;
        json_array_foreach(json_object_get(u, "host"), k, h) {
            if (counts(h)) block_of(&blocks, u, from, h)->executed += json_num(h, "hits", 0);
        }
    }
    return blocks;
}

static int hottest_first(const void *a, const void *b) {
    const Block *x = a, *y = b;
    if (x->executed != y->executed) return x->executed > y->executed ? -1 : 1;
    double p = json_num(x->unit, "unit", 0), q = json_num(y->unit, "unit", 0);
    return p != q ? (p < q ? -1 : 1) : x->id < y->id ? -1 : x->id > y->id;
}

static void add_block(ReportText *out, const Block *b, double total) {
    size_t i;
    json_t *h;
    rt_add(out, "\n## %.1f %%: block %.0f of the %s at %s\n", 100 * b->executed / total, b->id,
           json_text(b->unit, "tier", "?"), json_text(b->unit, "gpc", "?"));
    json_array_foreach(json_object_get(b->unit, "host"), i, h) {
        char text[160];
        if (!counts(h) || json_num(h, "block", 0) != b->id) continue;
        plain_text(json_text(h, "text", ""), text);
        rt_add(out, "%12.0f  %-44s %s\n", json_num(h, "hits", 0), text, json_text(h, "why", ""));
    }
}

static void text_of(ReportText *out, const json_t *doc, unsigned program) {
    double total = 0, sum = 0; // of units: without the shared routines and the run loop
    Blocks blocks = blocks_of(doc);
    for (uint32_t i = 0; i < blocks.n; i++) total += blocks.at[i].executed;
    if (blocks.n) qsort(blocks.at, blocks.n, sizeof *blocks.at, hottest_first);
    rt_add(
        out,
        "# %s, %s; ELF %.12s; everything on, --host-isa=%s\n# The blocks that make %.0f %% of the host instructions that units execute: how often each instruction ran, what it is, what for.\n"
        "# Written by `nightjar golden --update`.\n",
        PROGRAMS[program].name, PROGRAMS[program].guest, json_text(json_object_get(doc, "elf"), "sha256", "?"), ISA,
        100 * SHARE);
    for (uint32_t i = 0; i < blocks.n && sum < SHARE * total; i++) {
        add_block(out, &blocks.at[i], total);
        sum += blocks.at[i].executed;
    }
    vec_free(&blocks);
}

// ---- against what is there
static char *first_line(const char *path) {
    char *line = NULL;
    size_t cap = 0;
    FILE *f = fopen(path, "r");
    bool ok = f && getline(&line, &cap, f) > 0;
    if (f) fclose(f);
    if (ok) return line;
    free(line);
    return NULL;
}

static bool same_text(const char *path, const char *text) {
    FILE *f = fopen(path, "r");
    const char *p = text;
    int c = 0;
    while (f && (c = getc(f)) != EOF && *p && (char)c == *p) p++;
    bool same = f && c == EOF && !*p;
    if (f) fclose(f);
    return same;
}

static void show_difference(const char *golden, const char *now) {
    const char *argv[] = {"diff", "-u", golden, now, NULL};
    ProcessResult r;
    Err err;
    if (!process_run(argv, &(ProcessLimits){.timeout_s = 60, .pin = -1}, &r, &err)) return;
    enum { SHOWN = 4000 };
    printf("%.*s%s", SHOWN, r.out, strlen(r.out) > SHOWN ? "...\n" : "");
    process_result_free(&r);
}

static int check(const char *golden, const ReportText *text, const char *scratch, Err *err) {
    char now[4300];
    if (same_text(golden, rt_str(text))) {
        printf("%s: the same\n", golden);
        return EXIT_OK;
    }
    char *was = first_line(golden);
    if (!was)
        return err_set(err, "%s is not there: `nightjar golden --update` writes it", golden), complain(err, EXIT_DATA);
    bool same_program = !strncmp(was, rt_str(text), strlen(was));
    free(was);
    if (!same_program) {
        printf("%s: of another program than the one that is built here: not compared; --update takes it over\n",
               golden);
        return EXIT_INVALID;
    }
    if (!rt_write_file(text, scratch, "now.txt", err)) return complain(err, EXIT_HOST);
    snprintf(now, sizeof now, "%s/now.txt", scratch);
    printf("%s: hot code has changed; `nightjar golden --update` takes it over\n", golden);
    show_difference(golden, now);
    return EXIT_REGRESSED;
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
    text_of(&text, blocks, program);
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
enum { KEY_DIR = 256, KEY_EMU, KEY_ELVES, KEY_UPDATE };

static const struct argp_option OPTIONS[] = {
    {"update", KEY_UPDATE, 0, 0, "write the files anew: look at `git diff` before you keep them", 0},
    {"dir", KEY_DIR, "DIR", 0, "where they are (default ci/golden)", 0},
    {"emu", KEY_EMU, "FILE", 0, "the emulator (default build/rel/emu)", 0},
    {"elf-dir", KEY_ELVES, "DIR", 0, "built guest programs (default build/workloads)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
    GoldenOptions *o = state->input;
    switch (key) {
    case KEY_UPDATE: o->update = true; return 0;
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
        "Example:\n  nightjar golden --update && git diff ci/golden\n";
    struct argp argp = {OPTIONS, parse, NULL, DOC, NULL, NULL, NULL};
    char scratch[] = "/tmp/nightjar-golden-XXXXXX", command[100];
    int worst = EXIT_OK;
    argp_err_exit_status = EXIT_USAGE;
    if (argp_parse(&argp, argc, argv, 0, NULL, &o)) return EXIT_USAGE;
    if (!mkdtemp(scratch)) {
        fprintf(stderr, "nightjar: /tmp cannot be written\n");
        return EXIT_HOST;
    }
    for (unsigned i = 0; i < ARRAY_LEN(PROGRAMS); i++) {
        int code = one(&o, i, scratch);
        if (code > worst) worst = code;
    }
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    if (system(command)) fprintf(stderr, "nightjar: %s stays\n", scratch);
    return worst;
}
