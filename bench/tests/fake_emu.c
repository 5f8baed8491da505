// A stand-in for `emu` (emulator/INTERFACE.md): answers --version=json and --events=json, burns CPU according to its switches, writes
// --stats. Its counts are known, so that tests can compute by hand what the harness must say:
//   cost of a run = 64 * product over the switches that are off (chain 4, flags 1, regcache 2, tlb 3; chain and tlb
//   both off: x 2 more) guest_instructions = 1000 * N (N: the number in the "ELF"), host_instructions = N * cost
// With --kernel there is no ELF: N is in the kernel, and the stats tell what was booted.
// --work=W: N is 1000 * W, and a run also costs 2 ms whatever N is. --slices: twenty of them.
// Under the name emu-rv64 or emu-a64 it is that host's: host_instructions are 3/2 and 2 times as many. --user: it runs the program.
// FAKE_EMU says how to misbehave: negative, zero, text, unknown (counts), garbage, partial, empty (stats), strays (a
// process with a session of its own stays), no-window (a board has none), guest-count, features, exit, output, inexact, hang, crash, no-stats, no-isa (as before
// there was --host-isa), isa (reports another), code (its hash varies); "HOW:LIST" only in runs with exactly this
// --features value. FAKE_SLOW=percent[:SWITCH] makes it dearer (while that switch is on), FAKE_BURN=percent its time
// alone; FAKE_ISA says what the machine has. FAKE_GATE=FIFO: each run takes a byte out of it first, so that a test says
// how many runs there may be.
#include "bench/base/digest.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct Args {
    long work, slices;
    const char *host;
    const char *isa, *features, *stats, *profile, *elf;
    const char *boot[3], *append; // files in the order of BOOT
    long memory_mib;
    bool on[5];
} Args;

static const char *const NAMES[] = {"chain", "flags", "regcache", "tlb", "fold"};

static const char *const BOOT[] = {"bios", "kernel", "initrd"};

static bool misbehaves(const Args *a, const char *how) {
    const char *env = getenv("FAKE_EMU");
    size_t n = strlen(how);
    if (!env || strncmp(env, how, n) || (env[n] && env[n] != ':')) return false;
    return !env[n] || !strcmp(a->features, env + n + 1);
}

// One event that the kernel counts, and one that it does not.
static int print_events(void) {
    puts("{\"schema\": \"nightjar.events/1\", \"no_hardware\": \"no PMU in a fake\", \"events\": {"
         "\"perf::TASK-CLOCK\": {\"value\": 9, \"unit\": \"ns\", \"via\": \"perf_event_open\"}, "
         "\"PAPI_TOT_INS\": {\"value\": null, \"reason\": \"no PMU in a fake\"}}}");
    return 0;
}

static const char *host_of(const char *program) {
    const char *name = strstr(program, "emu-");
    return name ? name + 4 : "x64";
}

static int print_version(const char *host) {
    bool other = strcmp(host, "x64");
    printf("{\"schema\": \"nightjar.version/1\", \"name\": \"emu\", \"version\": \"0.0.1\", \"commit\": \"fake\", "
           "\"dirty\": false, \"mode\": "
           "\"rel\", \"compiler\": \"none\", \"cflags\": \"\", \"guests\": [\"rv64\"], \"hosts\": [\"%s\"], "
           "\"engines\": [\"jit\"], \"features\": [",
           host);
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        printf("%s{\"name\": \"%s\", \"kind\": \"switch\", \"built\": %s, \"default\": true, \"help\": \"\"}",
               i ? ", " : "", NAMES[i], getenv("FAKE_NO_TLB") && i == 3 ? "false" : "true");
    printf("], \"counters\": [{\"name\": \"guest_instructions\", \"unit\": \"instructions\", \"kind\": \"exact\", "
           "\"direction\": \"none\", \"needs\": "
           "\"\", \"help\": \"\"}, {\"name\": \"host_instructions\", \"unit\": \"instructions\", \"kind\": \"exact\", "
           "\"direction\": \"lower\", "
           "\"needs\": \"profile\", \"help\": \"\"}, {\"name\": \"units_translated\", \"unit\": \"units\", \"kind\": "
           "\"exact\", \"direction\": "
           "\"lower\", \"needs\": \"\", \"help\": \"\"}]");
    if (other)
        printf(", \"host_isa\": {\"native\": \"zbb\", \"known\": {\"zbb\": \"zbb\", \"rva20\": \"none\"}}");
    else if (!getenv("FAKE_EMU") || strcmp(getenv("FAKE_EMU"), "no-isa"))
        printf(
            ", \"host_isa\": {\"native\": \"%s\", \"known\": {\"bmi2\": \"bmi2\", \"fma\": \"fma\", \"v2\": \"none\", "
            "\"v3\": \"bmi2,fma\"}}",
            getenv("FAKE_ISA") ? getenv("FAKE_ISA") : "bmi2,fma");
    if (!getenv("FAKE_EMU") || strcmp(getenv("FAKE_EMU"), "no-work")) printf(", \"takes\": [\"work\", \"slices\"]");
    puts("}");
    return 0;
}

static void write_slices(FILE *f, long n) {
    fputs("\"slices\": [", f);
    for (int i = 1; i <= 20; i++)
        fprintf(f, "%s{\"guest_instructions\": %ld, \"cpu_ns\": %d, \"translate_ns\": %d}", i > 1 ? ", " : "",
                50 * n * i, i == 1 ? 9000 : 8000 + 1000 * i, 5000);
    fputs("], ", f);
}

static void read_features(Args *a) {
    char *copy = strdup(a->features), *save = NULL;
    for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save))
        for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
            if (!strcmp(w, "none")) a->on[i] = false;
            if (*w == '+' && !strcmp(w + 1, NAMES[i])) a->on[i] = true;
        }
    free(copy);
}

static long cost_of(const Args *a) {
    long cost = 64;
    cost *= a->on[0] ? 1 : 4;
    cost *= a->on[2] ? 1 : 2;
    cost *= a->on[3] ? 1 : 3;
    cost *= !a->on[0] && !a->on[3] ? 2 : 1;
    return cost;
}

static long on_host(const Args *a, long cost) {
    return !strcmp(a->host, "rv64") ? cost * 3 / 2 : !strcmp(a->host, "a64") ? cost * 2 : cost;
}

static long slower(const Args *a) {
    const char *env = getenv("FAKE_SLOW"), *only = env ? strchr(env, ':') : NULL;
    bool on = env && !only;
    for (size_t i = 0; only && i < ARRAY_LEN(NAMES); i++) on |= !strcmp(NAMES[i], only + 1) && a->on[i];
    return on ? atol(env) : 0;
}

static void burn(double seconds) {
    struct timespec t;
    do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    while ((double)t.tv_sec + (double)t.tv_nsec * 1e-9 < seconds);
}

static void write_boot(const Args *a, FILE *f) {
    Digest digest;
    Err err;
    fprintf(f, "\"memory_bytes\": %ld, \"boot\": {", a->memory_mib << 20);
    for (size_t i = 0; i < ARRAY_LEN(BOOT); i++) {
        if (!a->boot[i]) continue;
        if (!digest_file(a->boot[i], &digest, &err)) exit(125);
        fprintf(f, "\"%s\": {\"path\": \"x\", \"sha256\": \"%s\"}, ", BOOT[i], digest.hex);
    }
    fprintf(f, "\"append\": \"%s\"}, ", misbehaves(a, "append") ? "other" : a->append);
}

// What was written becomes something else.
static void spoil(const Args *a) {
    if (misbehaves(a, "partial") && truncate(a->stats, 200)) exit(125);
    if (!misbehaves(a, "garbage") && !misbehaves(a, "empty")) return;
    FILE *f = fopen(a->stats, "w");
    if (!f) exit(125);
    fputs(misbehaves(a, "empty") ? "{}" : "\001\377 no JSON", f);
    fclose(f);
}

static void write_counts(const Args *a, FILE *f, long n) {
    fputs("\"counters\": {\"guest_instructions\": ", f);
    if (misbehaves(a, "text"))
        fputs("\"many\"", f);
    else
        fprintf(f, "%ld",
                misbehaves(a, "negative") ? -5
                : misbehaves(a, "zero")   ? 0
                                          : 1000 * n + misbehaves(a, "guest-count"));
    if (misbehaves(a, "unknown")) fputs(", \"flux\": 3", f);
    fputs(", \"units_translated\": 7", f);
}

// Out of the group, the session and the family of its parent.
static void leave_stray(void) {
    int pid = fork();
    if (pid > 0) waitpid(pid, NULL, 0); // it has left the group by then
    if (pid) return;
    setsid();
    if (fork()) _exit(0);
    execlp("sleep", "sleep", "7777", NULL);
    _exit(1);
}

static void write_stats(const Args *a, long n, long cost) {
    Digest digest;
    Err err;
    FILE *f = fopen(a->stats, "w");
    if (!f || !digest_file(a->elf, &digest, &err)) exit(125);
    fprintf(f,
            "{\"schema\": \"nightjar.stats/1\", \"emu\": {}, \"elf\": {\"path\": \"x\", \"sha256\": \"%s\"}, "
            "\"guest\": \"rv64\", ",
            digest.hex);
    if (a->boot[1]) write_boot(a, f);
    if (a->isa) fprintf(f, "\"host_isa\": \"%s\", ", misbehaves(a, "isa") ? "sse9" : a->isa);
    if (a->profile) fprintf(f, "\"code_sha256\": \"%.12s%d\", ", digest.hex, misbehaves(a, "code") ? (int)getpid() : 0);
    fprintf(f, "\"window\": %s, ", misbehaves(a, "no-window") ? "false" : "true");
    if (a->slices) write_slices(f, n);
    fputs("\"features\": {", f);
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        fprintf(f, "%s\"%s\": %s", i ? ", " : "", NAMES[i], a->on[i] != misbehaves(a, "features") ? "true" : "false");
    fputs("}, \"exit\": {\"reason\": \"guest\", \"code\": 0}, ", f);
    write_counts(a, f, n);
    if (a->profile)
        fprintf(f, ", \"host_instructions\": %ld",
                n * on_host(a, cost) + (misbehaves(a, "inexact") ? (long)getpid() : 0));
    fprintf(f,
            "}, \"unavailable\": {%s}, \"events\": {}, \"phases\": {\"load_ns\": 1, \"translate_ns\": 2, "
            "\"execute_ns\": %ld}}\n",
            a->profile ? "" : "\"host_instructions\": \"needs --profile\"", n * cost);
    fclose(f);
    spoil(a);
}

static void pass_gate(void) {
    const char *path = getenv("FAKE_GATE");
    FILE *gate = path ? fopen(path, "r+") : NULL; // for writing, too: its opening waits for no writer
    if (!gate) return;
    setvbuf(gate, NULL, _IONBF, 0);
    if (getc(gate) == EOF) abort();
    fclose(gate);
}

int main(int argc, char **argv) {
    Args a = {.features = "", .host = host_of(argv[0])};
    long n = 0;
    if (argc > 3 && !strcmp(argv[1], "--user")) return execv(argv[3], argv + 3);
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--version")) return puts("emu 0.0.1") < 0;
        if (!strcmp(argv[i], "--version=json")) return print_version(a.host);
        if (!strcmp(argv[i], "--events=json")) return print_events();
        if (!strncmp(argv[i], "--host-isa=", 11)) a.isa = argv[i] + 11;
        if (!strncmp(argv[i], "--features=", 11)) a.features = argv[i] + 11;
        if (!strncmp(argv[i], "--work=", 7)) a.work = atol(argv[i] + 7);
        if (!strncmp(argv[i], "--slices=", 9)) a.slices = atol(argv[i] + 9);
        if (!strncmp(argv[i], "--stats=", 8)) a.stats = argv[i] + 8;
        if (!strncmp(argv[i], "--profile=", 10)) a.profile = argv[i] + 10;
        if (!strncmp(argv[i], "--append=", 9)) a.append = argv[i] + 9;
        if (!strncmp(argv[i], "--memory=", 9)) a.memory_mib = atol(argv[i] + 9);
        for (size_t k = 0; k < ARRAY_LEN(BOOT); k++)
            if (!strncmp(argv[i], "--", 2) && !strncmp(argv[i] + 2, BOOT[k], strlen(BOOT[k])))
                a.boot[k] = strchr(argv[i], '=') + 1;
        if (argv[i][0] != '-') a.elf = argv[i];
    }
    if (a.boot[1]) a.elf = a.boot[1];
    pass_gate();
    FILE *f = a.elf ? fopen(a.elf, "r") : NULL;
    if (!f || (!a.work && fscanf(f, "%ld", &n) != 1)) return 125;
    if (a.work) n = 1000 * a.work;
    read_features(&a);
    long cost = cost_of(&a);
    cost += cost * slower(&a) / 100;
    while (misbehaves(&a, "hang")) pause();
    if (misbehaves(&a, "crash")) abort();
    if (misbehaves(&a, "strays")) leave_stray();
    const char *longer = getenv("FAKE_BURN");
    burn((double)(n * cost) * 1e-9 * (1 + (longer ? atof(longer) / 100 : 0)) + (a.work ? 0.002 : 0));
    puts(misbehaves(&a, "output") ? "result 41\nBROKEN" : "result 42\nVALID");
    if (a.stats && !misbehaves(&a, "no-stats")) write_stats(&a, n, cost);
    return misbehaves(&a, "exit") ? 3 : 0;
}
