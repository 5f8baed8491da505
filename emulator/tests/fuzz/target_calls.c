// Oracle: the INVARIANT of sys/call.c, seen from the kernel: this file stands in its place (the linker's --wrap). Every byte
// that a pointer of a passed call stands for, by its layout in call.inc, is the program's own and there: it is read, or
// written. The same of what readv() and sendmsg() and their kin point to.
//
//   input: u8 strace, then operations: u8 call of call.inc, six arguments (u8 kind, u16 number), u16 result; or 255: bytes into
//   the program's memory
#include "guest/rv64/guest_rv64.h"
#include "sys/private.h"
#include "tests/fuzz/targets.h"
#include "tests/lib/rv64_cpu.h"
#include "tests/unit/elf_image.h"
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CALLS = 512, OPS_MAX = 24, NUMBER_A0 = 10, NUMBER_A7 = 17, TOUCHED_MAX = 64, FDS = 1000, IOV_MAX_HERE = 1024 };
// The program: code and data that it may write, a hole, a page that it may only read.
enum { DATA = 0x20000, DATA_SIZE = 0x2000, CONSTANTS = 0x24000 };

// The kernel's side is called without a context: the run that is under way.
static struct {
    Sys *sys;
    uint64_t result;
    uint64_t seen; // makes what it reads count
} run;

// ---- the kernel
static bool is_guest(uint64_t at, uint64_t n) {
    uint64_t base = SYS_ARG(space_host(&run.sys->space, 0));
    return at - base >= run.sys->space.lo && at - base < run.sys->space.hi && n <= run.sys->space.hi - (at - base);
}

static void touch(uint64_t at, uint64_t n, char how) {
    if (!n) return;
    BUG_IF(!is_guest(at, n), "%#llx, %llu bytes: not the program's memory", (unsigned long long)at,
           (unsigned long long)n);
    uint64_t step = n / TOUCHED_MAX + 1;
    if (step > 1) step = (step + 4095) & ~4095ull;
    for (uint64_t i = 0; i < n; i += step) {
        volatile uint8_t *byte = (volatile uint8_t *)(uintptr_t)(at + i);
        if (how != '>') run.seen += *byte;
        if (how != '<') *byte = (uint8_t)(run.result + i);
    }
    volatile uint8_t *last = (volatile uint8_t *)(uintptr_t)(at + n - 1);
    if (how != '>') run.seen += *last;
    if (how != '<') *last = (uint8_t)run.result;
}

static uint64_t touch_all(uint64_t at, uint64_t n, char how) {
    const struct iovec *v = (const struct iovec *)(uintptr_t)at; // of emu's own
    uint64_t sum = 0;
    BUG_IF(n > IOV_MAX_HERE, "%llu pieces", (unsigned long long)n);
    for (uint64_t i = 0; i < n; i++) touch(SYS_ARG(v[i].iov_base), v[i].iov_len, how), sum += v[i].iov_len;
    return sum;
}

static uint64_t touch_message(uint64_t at, char how) {
    const struct msghdr *m = (const struct msghdr *)(uintptr_t)at; // of emu's own; name and control may be, too
    return touch_all(SYS_ARG(m->msg_iov), m->msg_iovlen, how);
}

static const SysCall *passed_row(long number) {
    for (uint64_t n = 0; n < CALLS; n++) {
        const SysCall *row = sys_call_row(n);
        if (row && row->host == number) return row;
    }
    return NULL;
}

// What it may return at most: bytes, or a descriptor.
static uint64_t touch_by_words(const char *spec, const uint64_t a[6]) {
    uint64_t most = 0;
    unsigned i = 0;
    for (const char *word = spec; *word; word += strcspn(word, " "), word += *word == ' ') {
        if (*word == '?' || *word == '!') continue;
        uint64_t n = word[1] == '@'   ? a[i < 5 ? i + 1 : 5]
                     : word[1] == '*' ? a[i < 5 ? i + 1 : 5] * strtoull(word + 2, NULL, 10)
                                      : strtoull(word + 1, NULL, 10);
        if (strchr("<>=", *word) && a[i]) {
            touch(a[i], n, *word);
            if (word[1] == '@') most = n;
        }
        if (strchr("sn", *word) && a[i]) run.seen += strlen((const char *)(uintptr_t)a[i]);
        i++;
    }
    return most;
}

static int64_t answer(uint64_t most) {
    int64_t r = (int16_t)run.result;
    if (r < 0) return r > -134 ? r : -EINVAL;
    if (most) return r > (int64_t)most ? (int64_t)most : r;
    return r & 1 ? FDS + r % 8 : 0;
}

int64_t __wrap_sys_host_call(long number, const uint64_t a[6]); // NOLINT: the linker's names
void __wrap_sys_host_action(int signal, const SysAction *a);    // NOLINT
bool __wrap_sys_host_inherit(int signal);                       // NOLINT
void __wrap_sys_host_mask(uint64_t mask);                       // NOLINT

int64_t __wrap_sys_host_call(long number, const uint64_t a[6]) { // NOLINT
    BUG_IF(!run.sys, "a call of the host without a program");
    const SysCall *row = passed_row(number);
    switch (number) {
    case SYS_readv:
    case SYS_preadv:
    case SYS_preadv2: return answer(touch_all(a[1], a[2], '>'));
    case SYS_writev:
    case SYS_pwritev:
    case SYS_pwritev2:
    case SYS_vmsplice: return answer(touch_all(a[1], a[2], '<'));
    case SYS_sendmsg: return answer(touch_message(a[1], '<'));
    case SYS_recvmsg: return answer(touch_message(a[1], '>'));
    case SYS_recvfrom: touch(a[1], a[2], '>'); return answer(a[2]);
    default: break;
    }
    if (row) return answer(touch_by_words(row->spec, a));
    int64_t r = (int16_t)run.result; // its layout is emu's affair: it fails
    return r < 0 && r > -134 ? r : -ENOSYS;
}
void __wrap_sys_host_action(int signal, const SysAction *a) { (void)signal, (void)a; } // NOLINT
bool __wrap_sys_host_inherit(int signal) { return (void)signal, false; }               // NOLINT
void __wrap_sys_host_mask(uint64_t mask) { (void)mask; }                               // NOLINT

// ---- the machine
static uint64_t no_time(void *machine) { return *(uint64_t *)machine += 1000; }
static void sleep_ns(void *machine, uint64_t ns) { *(uint64_t *)machine += ns; }
static void code_gone(void *machine, gaddr at, uint64_t n) { (void)machine, (void)at, (void)n; }
static void nothing(void *machine) { (void)machine; }
static void end(void *machine, int code, int signal) { (void)machine, (void)code, (void)signal; }
static int no_fork(void *machine) {
    (void)machine;
    errno = EAGAIN;
    return -1;
}

static unsigned no_flags(void *hart) {
    (void)hart;
    return 0;
}

static Image64 program(void) {
    Image64 image = image64();
    image.h.e_entry = DATA;
    image.h.e_shnum = 0, image.h.e_shoff = 0, image.h.e_shstrndx = 0;
    image.ph[0].p_vaddr = image.ph[0].p_paddr = DATA;
    image.ph[0].p_memsz = DATA_SIZE;
    image.ph[0].p_flags = PF_R | PF_W | PF_X;
    image.ph[1].p_vaddr = image.ph[1].p_paddr = CONSTANTS;
    image.ph[1].p_flags = PF_R;
    image.ph[0].p_align = image.ph[1].p_align = 1;
    return image;
}

// What would end the process, or leave it: threads, other programs, the debugger's way in.
static bool is_left_out(const char *name) {
    static const char *const names[] = {"exit",     "exit_group",    "clone", "clone3",          "execve",
                                        "execveat", "rt_sigsuspend", "futex", "rt_sigtimedwait", "shmat",
                                        "shmdt"};
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        if (!strcmp(name, names[i])) return true;
    return false;
}

static uint64_t argument(FuzzInput *in, char word) {
    uint64_t kind = fuzz_number(in, 1), n = fuzz_number(in, 2);
    if (word == 'f') return kind & 1 ? FDS + n % 8 : (uint64_t)AT_FDCWD;
    switch (kind & 15) {
    case 0:
    case 1:
    case 2: return DATA + n % DATA_SIZE;
    case 3: return DATA + DATA_SIZE - n % 64; // the end of what is there
    case 4: return CONSTANTS + n % 4096;
    case 5: return 0;
    case 6: return n;
    case 7: return -n;
    case 8: return (uint64_t)(int64_t)(int16_t)n;
    case 9: return SYS_ARG(space_host(&run.sys->space, 0)) + DATA + n; // as the host has it
    case 10: return SYS_ARG(run.sys) + n;                              // emu's own
    case 11: return run.sys->space.hi - n;
    case 12: return n << 12;
    case 13: return n << 28;
    case 14: return n << 48;
    default: return run.sys->stack_top - n;
    }
}

static void call(FuzzInput *in, uint64_t which) {
    static const uint16_t numbers[] = {
#define PASS(number, name, spec) number,
#define OWN(number, name, spec)  number,
#include "sys/call.inc" // NOLINT(readability-duplicate-include): a list
#undef PASS
#undef OWN
    };
    uint64_t number = numbers[which % ARRAY_LEN(numbers)];
    const SysCall *row = sys_call_row(number);
    const char *word = row->spec;
    *sys_x(run.sys, NUMBER_A7) = number;
    for (unsigned i = 0; i < 6; i++) {
        while (*word == '?' || *word == '!' || *word == ' ') word++;
        *sys_x(run.sys, NUMBER_A0 + i) = argument(in, *word);
        word += strcspn(word, " ");
    }
    run.result = fuzz_number(in, 2);
    if (!is_left_out(row->name)) sys_call(run.sys);
}

static void put(FuzzInput *in) {
    gaddr at = DATA + fuzz_number(in, 2) % DATA_SIZE;
    for (uint64_t n = fuzz_number(in, 1); n && in->n; n--) {
        uint8_t byte = (uint8_t)fuzz_number(in, 1);
        space_copy_in(&run.sys->space, at++, &byte, 1);
    }
}

static void check_space(const Space *s) {
    for (uint32_t i = 0; i < s->areas.n; i++) {
        const SpaceArea *a = &s->areas.at[i];
        BUG_IF(a->at >= a->end || a->at < s->lo || a->end > s->hi, "an area outside of the space, or empty");
        BUG_IF(i && a[-1].end > a->at, "areas overlap");
    }
}

static void run_program(FuzzInput *in, const char *path, FILE *trace) {
    Err err = {0};
    ElfFile elf;
    Mem mem;
    uint64_t time = 0;
    char *argv[] = {(char *)"program", NULL}, *env[] = {(char *)"A=1", NULL}, *none[] = {NULL};
    SysOptions o = {.argv = argv,
                    .env = env,
                    .hi = SYS_HI_2G,
                    .reexec = none,
                    .strace = trace != NULL,
                    .out = trace,
                    .kept_fd = -1};
    SysEnv machine = {.machine = &time,
                      .time_ns = no_time,
                      .sleep_ns = sleep_ns,
                      .code_gone = code_gone,
                      .no_exec = code_gone, // it has no translations
                      .remapped = nothing,
                      .share = nothing,
                      .end = end,
                      .fork = no_fork,
                      .run = nothing};
    Rv64Cpu *c = malloc(sizeof *c);
    BUG_IF(!c, "no memory for a CPU");
    rv64_cpu_init(c);
    c->env.fp_flags = no_flags;
    mem_init(&mem);
    BUG_IF(!elf_open_user(&elf, path, &err) || !mem_add_reserved(&mem, "user space", SYS_LO, o.hi - SYS_LO, &err), "%s",
           err.text);
    run.sys = sys_new(&elf, &o, &machine, &guest_rv64, &c->cpu, mem_find(&mem, SYS_LO)->host, &err);
    BUG_IF(!run.sys, "%s", err.text);
    for (unsigned i = 0; i < OPS_MAX && in->n && !run.sys->ended; i++) {
        uint64_t which = fuzz_number(in, 1);
        if (which == 255 || which == 254)
            put(in);
        else
            call(in, which);
        check_space(&run.sys->space);
    }
    sys_free(run.sys);
    run.sys = NULL;
    elf_close(&elf);
    mem_free(&mem);
    rv64_cpu_free(c);
    free(c);
}

void fuzz_calls(const uint8_t *data, size_t n) {
    FuzzInput in = {data, n};
    Image64 image = program();
    FuzzFile file = fuzz_file(&image, sizeof image);
    FILE *trace = fuzz_number(&in, 1) & 1 ? fopen("/dev/null", "w") : NULL;
    int first = dup(file.fd); // what the program opens is behind it
    run_program(&in, file.path, trace);
    if (trace) fclose(trace);
    BUG_IF(first < 0 || close_range((unsigned)first, FDS - 1, 0), "descriptors cannot be closed");
    fuzz_file_close(&file);
}

// Each call of the table once, with addresses where it takes some.
bool fuzz_calls_seed(unsigned i, Bytes *out) {
    enum { PER_SEED = 20, ROWS = 240 };
    bytes_put(out, i, 1);
    for (unsigned k = 0; k < 2; k++) { // pointers into the data, small numbers
        bytes_put(out, 255, 1);
        bytes_put(out, 256 * k, 2);
        bytes_put(out, 64, 1);
        for (unsigned w = 0; w < 8; w++) bytes_put(out, w & 1 ? 8 + w : DATA + 0x800 + 16 * w, 8);
    }
    for (unsigned c = 0; c < PER_SEED; c++) {
        bytes_put(out, i * PER_SEED + c, 1);
        for (unsigned a = 0; a < 6; a++) {
            bytes_put(out, a == 2 ? 6 : a & 1 ? 0 : 1, 1);
            bytes_put(out, a == 2 ? 8 : 256 * (a & 1), 2);
        }
        bytes_put(out, c, 2);
    }
    return i * PER_SEED < ROWS;
}
