// The files of /proc that speak of the process: what may not be opened in any spelling, and what is the program's own.
#include "program.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NR_unlinkat = 35,
    NR_symlinkat = 36,
    NR_chdir = 49,
    NR_mknodat = 33,
    NR_readlinkat = 78,
    NR_newfstatat = 79,
    NR_exit = 93,
    NR_wait4 = 260,
    NR_getpid = 172,
    NR_getppid = 173,
    NR_clone = 220,
    SIGCHLD = 17,
    RDWR = 2,
    DIRECTORY = 0x10000,
    PATH = 0x200000
};

static char text[1 << 16];

static long slurp(const char *path) {
    long fd = CALL(NR_openat, AT_FDCWD, path, 0), n = 0, got;
    if (fd < 0) return fd;
    while ((got = CALL(NR_read, fd, text + n, sizeof text - 1 - (unsigned long)n)) > 0) n += got;
    CALL(NR_close, fd);
    text[n] = 0;
    return n;
}

static void refuse(const char *path) {
    long r = CALL(NR_openat, AT_FDCWD, path, RDWR);
    if (r != -13) printf("%s: %ld\n", path, r);
}

static void memory(void) {
    static const char *const spellings[] = {"/proc/self/mem",         "/proc/thread-self/mem",
                                            "/proc/./self/mem",       "/proc//self/mem",
                                            "//proc/self/mem",        "/proc/self/./mem",
                                            "/proc/self/../self/mem", "/./proc/self/mem",
                                            "/dev/fd/../mem",         "/proc/self/root/proc/self/mem",
                                            "/proc/self/cwd/link",    "link",
                                            "/proc/self/clear_refs"};
    char name[64];
    long pid = CALL(NR_getpid);
    CALL(NR_symlinkat, "/proc/self/mem", AT_FDCWD, "link");
    for (unsigned i = 0; i < sizeof spellings / sizeof *spellings; i++) refuse(spellings[i]);
    sprintf(name, "/proc/%ld/mem", pid), refuse(name);
    sprintf(name, "/proc/self/task/%ld/mem", pid), refuse(name);
    long dir = CALL(NR_openat, AT_FDCWD, "/proc/self", DIRECTORY);
    printf("from a folder: %ld %ld %ld\n", CALL(NR_openat, dir, "mem", RDWR), CALL(NR_openat, dir, "./mem", PATH),
           CALL(NR_openat, dir, "pagemap", 0));
    CALL(NR_chdir, "/proc/self");
    refuse("mem");
    CALL(NR_chdir, "task");
    CALL(NR_chdir, "..");
    refuse("mem");
    long child = CALL(NR_clone, SIGCHLD, 0, 0, 0, 0);
    if (!child) {
        sprintf(name, "/proc/%ld/mem", CALL(NR_getppid)), refuse(name);
        CALL(NR_exit, 0);
    }
    CALL(NR_wait4, child, 0, 0, 0);
}

static void exe(const char *path) {
    char link[256] = "", *slash;
    long n = CALL(NR_readlinkat, AT_FDCWD, path, link, sizeof link - 1);
    slash = strrchr(link, '/');
    uint64_t st[16] = {0}, own[16] = {0};
    CALL(NR_newfstatat, AT_FDCWD, path, st, 0);
    CALL(NR_newfstatat, AT_FDCWD, link, own, 0);
    long fd = CALL(NR_openat, AT_FDCWD, path, 0);
    unsigned char head[20] = {0};
    CALL(NR_read, fd, head, 20);
    CALL(NR_close, fd);
    printf("%s: %s, the same file %d, machine %d\n", path, n > 0 && slash ? slash + 1 : "?",
           st[0] == own[0] && st[1] == own[1], head[18]);
}

static unsigned long field(int n) { // of stat, from 1
    char *at = strrchr(text, ')') + 1;
    for (int i = 3; i < n; i++) at = strchr(at + 1, ' ');
    return strtoul(at, NULL, 10);
}

static void own(char **argv) {
    unsigned long stack = (unsigned long)argv;
    slurp("/proc/self/stat");
    printf("stat: (%.4s), stack %d, code %d, arguments %d, environment %d\n", strchr(text, '(') + 1,
           field(28) + 8 == stack, field(26) <= (unsigned long)own && (unsigned long)own < field(27),
           field(48) == (unsigned long)argv[0], field(50) == (unsigned long)program_env[0]);
    printf("comm: %ld", slurp("/proc/self/comm"));
    printf(" %s", text);
    printf("cmdline: %ld", slurp("/proc/self/cmdline"));
    printf(" %s %s\n", text, text + strlen(text) + 1);
    slurp("/proc/self/environ");
    printf("environ: %s\n", text);
    long n = slurp("/proc/self/auxv");
    printf("auxv: %d\n", n > 16 && !memcmp(text, program_aux, (unsigned long)n));
    slurp("/proc/self/maps");
    int far = 0, lines = 0;
    for (char *line = text; *line; line = strchr(line, '\n') + 1, lines++) far += line[8] != '-';
    printf("maps: several %d, stack %d, beyond 4 GiB %d\n", lines > 4, strstr(text, "[stack]") != NULL, far);
    slurp("/proc/cpuinfo");
    printf("cpuinfo: %d\n", strstr(text, "rv64imafdc_zicond_zicsr_zifencei_zba_zbb_zbs_") != NULL);
    printf("smaps: %ld, to write: %ld\n", slurp("/proc/self/smaps"),
           CALL(NR_openat, AT_FDCWD, "/proc/self/maps", RDWR));
}

int main(int argc, char **argv) {
    (void)argc;
    exe("/proc/self/exe");
    exe("/proc/./self/../self/exe");
    own(argv);
    memory();
    return 0;
}
