// What may not be opened, and the files of /proc that speak of the process, which is emu and not the program.
//
// WHY by what was opened and not by its name: a name has no end of spellings (/proc/./self/mem, a link, a folder that
// was opened before). The host's kernel opens first; then the file says what it is: its device, its file system, and
// the path that the kernel itself has for it.
//
//   open("x/../lnk") -> 5    fstatfs(5): proc    /proc/self/fd/5 -> /proc/1234/task/1234/mem    refused
//                                                                    /proc/1234/maps             written here
#include "base/nameless.h"
#include "sys/private.h"
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { PROC_MAGIC = 0x9fa0, PATH_COLUMN = 73 };

typedef unsigned long long ull;

// ---- what a descriptor is -----------------------------------------------------------------------------------------
static bool is_of_proc(int fd) {
    struct statfs fs;
    return !fstatfs(fd, &fs) && fs.f_type == PROC_MAGIC;
}

// The kernel's own path of what is open; false: it has none here.
static bool path_of(int fd, char out[SYS_PATH_MAX]) {
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, out, SYS_PATH_MAX - 1);
    out[n > 0 ? n : 0] = 0;
    return n > 0;
}

static bool is_number(const char *text) {
    size_t n = strspn(text, "0123456789");
    return n && !text[n];
}

// Of this process: its own number, or that of one of its threads.
static bool is_own(const char *id) {
    char path[64];
    if (atoi(id) == (int)getpid()) return true;
    snprintf(path, sizeof path, "/proc/self/task/%.16s", id);
    return !access(path, F_OK);
}

// "/proc/12/task/13/mem" -> 12 or 13, whichever the file belongs to, and "mem"; "/proc/kcore" -> "" and
// "kcore". `path` is taken apart.
static bool split(char *path, const char **id, const char **file) {
    static const char folder[] = "/proc/";
    if (strncmp(path, folder, sizeof folder - 1)) return false;
    char *rest = path + sizeof folder - 1, *slash = strchr(rest, '/');
    *id = "", *file = rest;
    if (!slash) return true;
    *slash = 0;
    if (!is_number(rest)) {
        *slash = '/';
        return true;
    }
    *id = rest, *file = slash + 1;
    if (strncmp(*file, "task/", 5)) return true;
    rest = slash + 6;
    slash = strchr(rest, '/');
    if (!slash) return true;
    *slash = 0;
    *id = rest, *file = slash + 1;
    return true;
}

// ---- files that are written here ----------------------------------------------------------------------------------
static const char *name_of(const Sys *s, const SpaceArea *a) {
    if (a->file >= 0) return s->space.files.at[a->file].path;
    if (s->image.stack_start >= a->at && s->image.stack_start < a->end) return "[stack]";
    return s->brk_start < a->end && a->at < s->brk ? "[heap]" : "";
}

static void write_maps(Sys *s, FILE *out, FILE *host) {
    (void)host;
    for (uint32_t i = 0; i < s->space.areas.n; i++) {
        const SpaceArea *a = &s->space.areas.at[i];
        const SpaceFile *f = a->file >= 0 ? &s->space.files.at[a->file] : &(SpaceFile){0};
        const char *name = name_of(s, a);
        int n = fprintf(out, "%08llx-%08llx %c%c%c%c %08llx %02x:%02x %llu ", (ull)a->at, (ull)a->end,
                        a->what & SPACE_READ ? 'r' : '-', a->what & SPACE_WRITE ? 'w' : '-',
                        a->what & SPACE_EXEC ? 'x' : '-', a->what & SPACE_SHARED ? 's' : 'p', (ull)a->offset,
                        major(f->dev), minor(f->dev), (ull)f->ino);
        fprintf(out, "%*s%s\n", *name && n < PATH_COLUMN ? PATH_COLUMN - n : 0, "", name);
    }
}

static void write_words(char **words, FILE *out) {
    for (; *words; words++) fwrite(*words, 1, strlen(*words) + 1, out);
}
static void write_cmdline(Sys *s, FILE *out, FILE *host) { (void)host, write_words(s->o.argv, out); }
static void write_environ(Sys *s, FILE *out, FILE *host) { (void)host, write_words(s->o.env, out); }
static void write_auxv(Sys *s, FILE *out, FILE *host) {
    (void)host;
    fwrite(s->image.aux, sizeof *s->image.aux, s->image.n_aux, out);
}

// The fields of proc(5), from 1; what speaks of memory is the program's.
static void write_stat(Sys *s, FILE *out, FILE *host) {
    const struct {
        unsigned field;
        uint64_t value;
    } own[] = {{23, s->space.n_bytes}, {26, s->image.code_start}, {27, s->image.code_end},   {28, s->image.stack_start},
               {29, *sys_x(s, 2)},     {30, s->cpu->pc},          {45, s->image.data_start}, {46, s->image.data_end},
               {47, s->brk_start},     {48, s->image.args_start}, {49, s->image.env_start},  {50, s->image.env_start},
               {51, s->image.env_end}};
    char text[2048] = "";
    size_t n = fread(text, 1, sizeof text - 1, host);
    text[n] = 0;
    char *at = strrchr(text, ')'); // the name before it may have blanks
    if (!at) return;
    fwrite(text, 1, (size_t)(at + 1 - text), out);
    unsigned field = 3, k = 0;
    for (char *word = strtok(at + 1, " \n"); word; word = strtok(NULL, " \n"), field++) {
        while (k < ARRAY_LEN(own) && own[k].field < field) k++;
        if (k < ARRAY_LEN(own) && own[k].field == field)
            fprintf(out, " %llu", (ull)own[k].value);
        else
            fprintf(out, " %s", word);
    }
    fputc('\n', out);
}

static void write_statm(Sys *s, FILE *out, FILE *host) {
    ull of_host;
    char rest[256] = "";
    if (fscanf(host, "%llu%255[^\n]", &of_host, rest) < 1) return;
    fprintf(out, "%llu%s\n", (ull)(s->space.n_bytes >> MEM_PAGE_BITS), rest);
}

static void write_status(Sys *s, FILE *out, FILE *host) {
    char line[1024];
    while (fgets(line, sizeof line, host))
        if (!strncmp(line, "VmPeak:", 7) || !strncmp(line, "VmSize:", 7))
            fprintf(out, "%.7s\t%8llu kB\n", line, (ull)(s->space.n_bytes >> 10));
        else
            fputs(line, out);
}

static void write_cpuinfo(Sys *s, FILE *out, FILE *host) {
    (void)host;
    fprintf(
        out,
        "processor\t: 0\nhart\t\t: 0\nisa\t\t: %s\nmmu\t\t: sv39\nmvendorid\t: 0x0\nmarchid\t\t: 0x0\nmimpid\t\t: 0x0\n\n",
        s->guest->isa);
}

typedef struct Written {
    const char *file;
    void (*write)(Sys *s, FILE *out, FILE *host);
} Written;

static const Written of_process[] = {{"maps", write_maps},    {"cmdline", write_cmdline}, {"environ", write_environ},
                                     {"auxv", write_auxv},    {"stat", write_stat},       {"statm", write_statm},
                                     {"status", write_status}};
static const Written of_machine[] = {{"cpuinfo", write_cpuinfo}};

static const Written *find(const Written *list, unsigned n, const char *file) {
    for (unsigned i = 0; i < n; i++)
        if (!strcmp(list[i].file, file)) return &list[i];
    return NULL;
}

// Takes the place of the host's file at `fd`. Open for reading only, as the host's is.
static int64_t open_written(Sys *s, const Written *w, int fd, uint64_t flags) {
    char link[32];
    int made = nameless_file(w->file, NAMELESS_DATA, 0), out_fd = made < 0 ? -1 : dup(made);
    FILE *out = out_fd < 0 ? NULL : fdopen(out_fd, "w"), *host = fdopen(fd, "r");
    snprintf(link, sizeof link, "/proc/self/fd/%d", made);
    int64_t r = -EMFILE;
    if (out && host) {
        w->write(s, out, host);
        r = fflush(out) ? -errno : open(link, O_RDONLY | (int)(flags & (O_CLOEXEC | O_NONBLOCK)));
        if (r == -1) r = -errno;
    }
    if (out) fclose(out);
    if (host) fclose(host);
    if (made >= 0) close(made);
    return r;
}

// ---- what may be opened -------------------------------------------------------------------------------------------
static bool is_any(const char *file, const char *const *list, unsigned n) {
    for (unsigned i = 0; i < n; i++)
        if (!strcmp(list[i], file)) return true;
    return false;
}

// Memory, and where it lies in the host: of this process and of every other one, which may be an emu, too.
static bool is_memory(const char *id, const char *file) {
    static const char *const memory[] = {"mem", "pagemap", "clear_refs", "syscall", "stack"};
    return *id ? is_any(file, memory, ARRAY_LEN(memory)) || !strncmp(file, "map_files", 9) : !strcmp(file, "kcore");
}

// Statistics of mappings, which a kernel may have been built without.
static bool is_left_out(const char *id, const char *file) {
    static const char *const lists[] = {"smaps", "smaps_rollup", "numa_maps"};
    return *id && is_own(id) && is_any(file, lists, ARRAY_LEN(lists));
}

static int64_t instead(int fd, int64_t what) {
    close(fd);
    return what;
}

static int64_t opened_in_proc(Sys *s, int fd, const struct stat *st, uint64_t flags) {
    char path[SYS_PATH_MAX];
    const char *id, *file;
    if (S_ISDIR(st->st_mode)) return fd; // what is in it is asked for again
    if (!path_of(fd, path) || !split(path, &id, &file)) return instead(fd, -EACCES);
    if (is_memory(id, file)) return instead(fd, -EACCES);
    if (is_left_out(id, file)) return instead(fd, -ENOENT);
    if (*id && !is_own(id)) return fd;
    const Written *w =
        *id ? find(of_process, ARRAY_LEN(of_process), file) : find(of_machine, ARRAY_LEN(of_machine), file);
    if (!w || flags & O_PATH) return fd;
    return (flags & O_ACCMODE) == O_RDONLY ? open_written(s, w, fd, flags) : instead(fd, -EACCES);
}

static bool is_memory_device(const struct stat *st) { // mem, kmem, port
    return S_ISCHR(st->st_mode) && major(st->st_rdev) == 1 &&
           (minor(st->st_rdev) == 1 || minor(st->st_rdev) == 2 || minor(st->st_rdev) == 4);
}

// Is it emu's own file, found by a link of /proc that leads to what runs? By its plain name it is a file like any other.
static bool is_running(const Sys *s, int dir, const char *path, const struct stat *st) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS};
    if (st->st_ino != s->host_exe_ino || st->st_dev != s->host_exe_dev) return false;
    int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
    if (fd >= 0) close(fd);
    return fd < 0 && errno == ELOOP;
}

int64_t sys_proc_opened(Sys *s, int64_t fd, int dir, const char *path, uint64_t flags) {
    struct stat st;
    if (fd < 0) return fd;
    if (fstat((int)fd, &st)) return instead((int)fd, -errno);
    if (is_memory_device(&st)) return instead((int)fd, -EACCES);
    if (!major(st.st_dev) && is_of_proc((int)fd)) return opened_in_proc(s, (int)fd, &st, flags);
    if (!is_running(s, dir, path, &st)) return fd;
    int exe = open(s->exe, (int)(flags & (O_CLOEXEC | O_PATH)) | O_RDONLY);
    return instead((int)fd, exe < 0 ? -errno : exe);
}

bool sys_proc_is_exe(const Sys *s, int dir, const char *path, const struct stat *st) {
    return is_running(s, dir, path, st);
}

// What a link of /proc says of emu's own file it says of the program's.
int64_t sys_proc_link(const Sys *s, int dir, const char *path, char *text, int64_t n, size_t size) {
    char real[SYS_PATH_MAX];
    const char *id, *file;
    size_t whole = strlen(s->host_exe);
    if (n <= 0 || (size_t)n > whole || memcmp(text, s->host_exe, (size_t)n) || ((size_t)n < whole && (size_t)n < size))
        return n;
    int fd = *path ? openat(dir, path, O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1;
    int at = *path ? fd : dir; // without a path, the descriptor is the link itself
    bool own =
        at >= 0 && is_of_proc(at) && path_of(at, real) && split(real, &id, &file) && is_own(id) && !strcmp(file, "exe");
    if (fd >= 0) close(fd);
    if (!own) return n;
    n = (int64_t)(strlen(s->exe) < size ? strlen(s->exe) : size);
    memcpy(text, s->exe, (size_t)n);
    return n;
}

void sys_proc_init(Sys *s) {
    struct stat st = {0};
    const char *name = strrchr(s->exe, '/');
    ssize_t n = readlink("/proc/self/exe", s->host_exe, sizeof s->host_exe - 1);
    s->host_exe[n > 0 ? n : 0] = 0;
    if (stat("/proc/self/exe", &st)) return; // no /proc: nothing of it can be opened
    s->host_exe_dev = st.st_dev, s->host_exe_ino = st.st_ino;
    prctl(PR_SET_NAME, name ? name + 1 : s->exe); // comm, for other processes, too
}
