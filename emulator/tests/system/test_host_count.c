// Oracle: the processor. "Executed host instructions" of a --profile run is the number of instructions that the same
// run without profile executes inside of the code cache, counted by single-stepping it. tests: rel slow
//
// Streams of tests/lib/stream.h: TLB misses, device accesses, faults, traps, division by zero, overwritten code,
// interrupts. WHY the beginning of CoreMark beside them: a stream returns to no place often enough for a region. Outside of the code cache the process runs freely, from one breakpoint to the next: where generated code
// is entered (INVARIANT: the first byte of the mapping), and where a call out of it returns to. WHY not in the debug
// registers: there are virtual machines that accept them and never stop. An INT3 goes into the same memory through the
// writable mapping, as the emulator's own code does.
#include "tests/lib/stream.h"
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STREAMS = 2, INT3 = 0xcc };

typedef struct Trap {
    uint64_t at;     // in the executable mapping; 0: not set
    uint64_t before; // the eight bytes that end before it
    uint8_t byte;    // what was there
} Trap;

typedef struct Traced {
    pid_t pid;
    uint64_t lo, hi; // the executable mapping
    uint64_t rw;     // the same memory, writable
    int signal;      // to be delivered
    bool in_syscall; // it stopped at a system call
    Trap entry, back;
} Traced;

static void fail(const char *what) {
    printf("FAIL %s\n", what);
    exit(1);
}

static bool stopped(Traced *t) { // false: it ended
    int status;
    if (waitpid(t->pid, &status, 0) < 0 || WIFEXITED(status) || WIFSIGNALED(status)) return false;
    t->in_syscall = WSTOPSIG(status) == (SIGTRAP | 0x80); // PTRACE_O_TRACESYSGOOD
    t->signal = t->in_syscall || WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
    return true;
}

static void find_cache(Traced *t) {
    char path[32], line[512];
    uint64_t lo, hi;
    snprintf(path, sizeof path, "/proc/%d/maps", t->pid);
    FILE *f = fopen(path, "r");
    t->lo = t->rw = 0;
    while (f && fgets(line, sizeof line, f)) {
        if (!strstr(line, "nightjar-code") || sscanf(line, "%" SCNx64 "-%" SCNx64, &lo, &hi) != 2) continue;
        if (strstr(line, " r-x")) t->lo = lo, t->hi = hi;
        if (strstr(line, " rw-")) t->rw = lo;
    }
    if (f) fclose(f);
}

// ---- breakpoints in code memory
static bool peek(const Traced *t, uint64_t at, uint64_t *word) {
    errno = 0;
    *word = (uint64_t)ptrace(PTRACE_PEEKDATA, t->pid, t->rw + (at - t->lo), 0);
    return errno == 0;
}

static uint64_t word_at(const Traced *t, uint64_t at) {
    uint64_t word;
    if (!peek(t, at, &word)) fail("code memory cannot be read");
    return word;
}

static uint8_t byte_at(const Traced *t, uint64_t at) { return (uint8_t)(word_at(t, at & ~7ull) >> (at & 7) * 8); }

static void write_byte(const Traced *t, uint64_t at, uint8_t byte) {
    unsigned shift = (at & 7) * 8;
    uint64_t word = (word_at(t, at & ~7ull) & ~(0xffull << shift)) | (uint64_t)byte << shift;
    if (ptrace(PTRACE_POKEDATA, t->pid, t->rw + ((at & ~7ull) - t->lo), word)) fail("code memory cannot be written");
}

static uint64_t bytes_before(const Traced *t, uint64_t at) { return at >= t->lo + 8 ? word_at(t, at - 8) : 0; }

static void set_trap(const Traced *t, Trap *trap, uint64_t at) {
    *trap = (Trap){.at = at, .before = bytes_before(t, at), .byte = byte_at(t, at)};
    write_byte(t, at, INT3);
}

// The emulator may have put other code there in the meantime: that stays as it is.
static void clear_trap(const Traced *t, Trap *trap) {
    if (trap->at && byte_at(t, trap->at) == INT3 && bytes_before(t, trap->at) == trap->before)
        write_byte(t, trap->at, trap->byte);
    trap->at = 0;
}

// Runs until both mappings are there, and the code of the entry is in them.
static void run_to_cache(Traced *t) {
    while (ptrace(PTRACE_SYSCALL, t->pid, 0, t->signal) == 0 && stopped(t)) {
        if (!t->rw) find_cache(t);
        if (t->lo && t->rw && byte_at(t, t->lo)) return;
        if (!t->lo) t->rw = 0;
    }
    fail("generated code was not seen before it ran");
}

static bool in_cache(const Traced *t, uint64_t pc) { return pc >= t->lo && pc < t->hi; }

// Runs freely to where generated code goes on; false: the process ended.
static bool run_to_code(Traced *t, uint64_t sp) {
    struct user_regs_struct regs;
    uint64_t back = sp ? (uint64_t)ptrace(PTRACE_PEEKDATA, t->pid, sp, 0) : 0;
    set_trap(t, &t->entry, t->lo);
    if (in_cache(t, back) && back != t->lo) set_trap(t, &t->back, back);
    do {
        if (ptrace(PTRACE_SYSCALL, t->pid, 0, t->signal) || !stopped(t)) return false;
        // The entry is made anew when floating point comes into use; with --stats the clock is read before it runs.
        // At the end the mapping goes.
        uint64_t first;
        if (t->in_syscall && peek(t, t->lo, &first) && (uint8_t)first != INT3) set_trap(t, &t->entry, t->lo);
    } while (t->signal || t->in_syscall);
    ptrace(PTRACE_GETREGS, t->pid, 0, &regs);
    if (!in_cache(t, regs.rip - 1)) fail("it stopped outside of generated code");
    regs.rip--;
    ptrace(PTRACE_SETREGS, t->pid, 0, &regs);
    clear_trap(t, &t->back);
    clear_trap(t, &t->entry);
    return true;
}

// Counts until the process ends.
static uint64_t count_steps(Traced *t) {
    uint64_t n = 0;
    struct user_regs_struct regs = {0};
    while (run_to_code(t, regs.rsp)) {
        for (;;) {
            ptrace(PTRACE_GETREGS, t->pid, 0, &regs);
            if (!in_cache(t, regs.rip)) break;
            n++;
            if (ptrace(PTRACE_SINGLESTEP, t->pid, 0, t->signal) || !stopped(t)) return n;
        }
    }
    return n;
}

typedef struct Case {
    const char *name, *elf, *features, *limit; // limit: an option that ends the run
} Case;

static pid_t start(const char *emu, const Case *c, const char *extra, bool traced) {
    pid_t pid = fork();
    if (pid) return pid;
    char features[128];
    snprintf(features, sizeof features, "--features=%s", c->features);
    if (traced)
        ptrace(PTRACE_TRACEME, 0, 0, 0);
    else if (!freopen("/dev/null", "w", stderr))
        _exit(126); // what the limit says
    execl(emu, emu, features, "--memory=16M", "--code-cache=64K", c->limit, extra, c->elf, (char *)NULL);
    _exit(126);
}

static uint64_t traced_count(const char *emu, const Case *c, const char *stats) {
    char extra[128];
    snprintf(extra, sizeof extra, "--stats=%s", stats);
    Traced t = {.pid = start(emu, c, extra, true)};
    if (!stopped(&t) || ptrace(PTRACE_SETOPTIONS, t.pid, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD))
        fail("the emulator cannot be traced");
    run_to_cache(&t);
    return count_steps(&t);
}

// Writes the profile.
static uint64_t reported_count(const char *emu, const Case *c, const char *profile, bool *regions_ran) {
    char extra[128];
    snprintf(extra, sizeof extra, "--profile=%s", profile);
    int status;
    waitpid(start(emu, c, extra, false), &status, 0);
    json_error_t err;
    json_t *doc = json_load_file(profile, 0, &err), *block;
    json_t *n = json_object_get(json_object_get(doc, "totals"), "host_instructions");
    uint64_t count = n ? (uint64_t)json_integer_value(n) : 0;
    json_int_t unit = -1;
    size_t i;
    *regions_ran = false;
    json_array_foreach(json_object_get(doc, "blocks"), i, block) {
        json_int_t of = json_integer_value(json_object_get(block, "unit"));
        *regions_ran |= of == unit && json_integer_value(json_object_get(block, "hits")) > 0;
        unit = of;
    }
    json_decref(doc);
    return count;
}

static int write_stream(uint64_t seed) {
    Stream s;
    stream_begin(&s, NULL);
    stream_add(&s, seed, (StreamShape){.counters = true, .interrupts = true, .insns = 40, .rounds = 1});
    stream_power_off(&s);
    int fd = stream_elf(&s.code);
    stream_free(&s);
    return fd;
}

// true: the same count
static bool same_count(const char *emu, const Case *c, const char *profile, bool regions, bool tell) {
    bool regions_ran;
    uint64_t want = traced_count(emu, c, profile), got = reported_count(emu, c, profile, &regions_ran);
    bool good = want == got && (regions_ran || !regions);
    if (!good || tell)
        printf("%s %s, %s: %" PRIu64 " reported, %" PRIu64 " executed%s\n", good ? "ok  " : "FAIL", c->name,
               c->features, got, want, regions && !regions_ran ? ", not in regions" : "");
    return good;
}

int main(int argc, char **argv) {
    static const char *const sets[] = {
        "all",           "none",        "all,-chain", "all,-ibtc", "all,-tlb",
        "all,-regcache", "none,+chain", "none,+ibtc", "none,+tlb", "none,+chain,+ibtc,+tlb"};
    const char *emu = getenv("EMU") ? getenv("EMU") : "build/rel/emu";
    char profile[] = "/tmp/host-count-XXXXXX", name[40], elf[40];
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    bool whole = argc > 1;
    int bad = 0, fd = mkstemp(profile);
    setlinebuf(stdout);
    for (uint64_t seed = first; seed < first + STREAMS; seed++) {
        int stream = write_stream(seed);
        snprintf(elf, sizeof elf, "/proc/self/fd/%d", stream);
        snprintf(name, sizeof name, "stream %" PRIu64, seed);
        unsigned n = whole || seed == first ? ARRAY_LEN(sets) : 2;
        for (unsigned i = 0; i < n; i++)
            bad += !same_count(emu, &(Case){name, elf, sets[i], "--max-insns=1000000"}, profile, false, whole);
        close(stream);
    }
    Case hot = {"CoreMark", "build/workloads/rv64/coremark-test.elf", "all",
                whole ? "--max-insns=40000" : "--max-insns=28000"};
    bad += !same_count(emu, &hot, profile, true, whole);
    close(fd);
    unlink(profile);
    return bad != 0;
}
