// Oracle: the processor. "Executed host instructions" of a --profile run is the number of instructions that the same
// run without profile executes inside of the code cache, counted by single-stepping it. tests: rel
//
// Streams of tests/lib/stream.h: TLB misses, device accesses, faults, traps, division by zero, overwritten code,
// interrupts. Outside of the code cache the process runs freely, from one hardware breakpoint to the next: where
// generated code is entered (INVARIANT: the first byte of the mapping), and where a call out of it returns to.
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

enum { SKIPPED = 77, STREAMS = 3 };

typedef struct Range {
    uint64_t lo, hi;
} Range;

static void set_debug(pid_t pid, unsigned reg, uint64_t value) {
    if (ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, u_debugreg) + reg * sizeof(uint64_t), value) == 0) return;
    printf("skipped: no hardware breakpoints here (%s)\n", strerror(errno));
    kill(pid, SIGKILL);
    exit(SKIPPED);
}

static bool stopped(pid_t pid) { // false: it ended
    int status;
    if (waitpid(pid, &status, 0) < 0 || WIFEXITED(status) || WIFSIGNALED(status)) return false;
    return true;
}

static bool find_cache(pid_t pid, Range *r) {
    char path[32], line[512];
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *f = fopen(path, "r");
    bool found = false;
    while (f && fgets(line, sizeof line, f))
        if (strstr(line, "nightjar-code") && strstr(line, " r-x"))
            found = sscanf(line, "%" SCNx64 "-%" SCNx64, &r->lo, &r->hi) == 2;
    if (f) fclose(f);
    return found;
}

static bool run_to_cache(pid_t pid, Range *r) {
    while (ptrace(PTRACE_SYSCALL, pid, 0, 0) == 0 && stopped(pid)) {
        struct user_regs_struct regs;
        ptrace(PTRACE_GETREGS, pid, 0, &regs);
        if (regs.orig_rax == SYS_mmap && find_cache(pid, r)) return true;
    }
    return false;
}

// Counts until the process ends.
static uint64_t count_steps(pid_t pid, Range cache) {
    uint64_t n = 0;
    struct user_regs_struct regs;
    set_debug(pid, 0, cache.lo);
    for (;;) {
        set_debug(pid, 7, 1 | 4); // L0, L1: execution
        if (ptrace(PTRACE_CONT, pid, 0, 0) || !stopped(pid)) return n;
        set_debug(pid, 7, 0);
        for (;;) {
            ptrace(PTRACE_GETREGS, pid, 0, &regs);
            if (regs.rip < cache.lo || regs.rip >= cache.hi) break;
            n++;
            if (ptrace(PTRACE_SINGLESTEP, pid, 0, 0) || !stopped(pid)) return n;
        }
        uint64_t back = (uint64_t)ptrace(PTRACE_PEEKDATA, pid, regs.rsp, 0);
        set_debug(pid, 1, back >= cache.lo && back < cache.hi ? back : cache.lo);
    }
}

static pid_t start(const char *emu, const char *features, const char *extra, const char *elf, bool traced) {
    pid_t pid = fork();
    if (pid) return pid;
    if (traced) ptrace(PTRACE_TRACEME, 0, 0, 0);
    execl(emu, emu, features, "--memory=16M", "--code-cache=64K", extra, elf, (char *)NULL);
    _exit(126);
}

static uint64_t traced_count(const char *emu, const char *features, const char *elf) {
    pid_t pid = start(emu, features, "--clock=insn", elf, true);
    Range cache;
    if (!stopped(pid) || !run_to_cache(pid, &cache)) {
        printf("FAIL no mapping of the code cache was seen\n");
        exit(1);
    }
    return count_steps(pid, cache);
}

static uint64_t reported_count(const char *emu, const char *features, const char *elf, const char *profile) {
    char extra[128];
    snprintf(extra, sizeof extra, "--profile=%s", profile);
    int status;
    waitpid(start(emu, features, extra, elf, false), &status, 0);
    json_error_t err;
    json_t *doc = json_load_file(profile, 0, &err);
    json_t *n = json_object_get(json_object_get(doc, "totals"), "host_instructions");
    uint64_t count = n ? (uint64_t)json_integer_value(n) : 0;
    json_decref(doc);
    return count;
}

static int write_stream(uint64_t seed) {
    Stream s;
    stream_begin(&s, NULL);
    stream_add(&s, seed, (StreamShape){.counters = true, .interrupts = true, .insns = 40, .rounds = seed % 3 ? 1 : 60});
    stream_power_off(&s);
    int fd = stream_elf(&s.code);
    stream_free(&s);
    return fd;
}

int main(int argc, char **argv) {
    static const char *const sets[] = {"all",
                                       "all,-region",
                                       "none",
                                       "all,-chain",
                                       "all,-ibtc",
                                       "all,-tlb",
                                       "all,-regcache",
                                       "none,+chain",
                                       "none,+ibtc",
                                       "none,+tlb",
                                       "none,+chain,+ibtc,+tlb"};
    const char *emu = getenv("EMU") ? getenv("EMU") : "build/rel/emu";
    char profile[] = "/tmp/host-count-XXXXXX", elf[40], features[128];
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    int bad = 0, fd = mkstemp(profile);
    setlinebuf(stdout);
    for (uint64_t seed = first; seed < first + STREAMS; seed++) {
        int stream = write_stream(seed);
        snprintf(elf, sizeof elf, "/proc/self/fd/%d", stream);
        for (unsigned i = 0; i < (seed % 3 ? ARRAY_LEN(sets) : 1); i++) { // the third runs long, for regions
            snprintf(features, sizeof features, "--features=%s", sets[i]);
            uint64_t want = traced_count(emu, features, elf), got = reported_count(emu, features, elf, profile);
            if (want != got || argc > 1)
                printf("%s stream %" PRIu64 ", %s: %" PRIu64 " reported, %" PRIu64 " executed\n",
                       want == got ? "ok  " : "FAIL", seed, sets[i], got, want);
            bad += want != got;
        }
        close(stream);
    }
    close(fd);
    unlink(profile);
    return bad != 0;
}
