#include "ci/revision.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUILD_SECONDS = 1800 };

char *revision_self(void) {
    char path[4000];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    BUG_IF(n <= 0, "/proc/self/exe cannot be read");
    path[n] = 0;
    return alloc_text(path);
}

char *revision_git(const char *repo, const char *const *words) {
    const char *argv[16] = {"git", "-C", repo};
    unsigned n = 3;
    Err err;
    ProcessResult r;
    for (; *words && n < ARRAY_LEN(argv) - 1; words++) argv[n++] = *words;
    if (!process_run(argv, &(ProcessLimits){.timeout_s = 120, .pin = -1}, &r, &err)) return NULL;
    char *text = r.exited && !r.code ? alloc_text(r.out) : NULL;
    if (text && *text && text[strlen(text) - 1] == '\n') text[strlen(text) - 1] = 0;
    process_result_free(&r);
    return text;
}

static bool is_file(const char *path) {
    struct stat st;
    return !stat(path, &st) && S_ISREG(st.st_mode);
}

static bool make_folders(const char *path, Err *err) {
    char part[4096];
    snprintf(part, sizeof part, "%s", path);
    for (char *p = part + 1;; p++) {
        char was = *p;
        if (was && was != '/') continue;
        *p = 0;
        if (mkdir(part, 0777) && errno != EEXIST) return err_set(err, "%s: %s", part, strerror(errno));
        *p = was;
        if (!was) return true;
    }
}

// The last lines that look like errors, for the message.
static void why_not(const char *log, char out[600]) {
    char line[600];
    FILE *f = fopen(log, "r");
    out[0] = 0;
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        if (strstr(line, "error") || strstr(line, "***")) {
            snprintf(out, 600, "%.400s", line);
            if (strstr(line, "error")) break;
        }
    }
    if (f) fclose(f);
}

static bool shell(const char *script, const char *a, const char *b, const char *c, Err *err) {
    const char *argv[] = {"sh", "-c", script, "sh", a, b, c, NULL};
    ProcessResult r;
    if (!process_run(argv, &(ProcessLimits){.timeout_s = BUILD_SECONDS, .pin = -1}, &r, err)) return false;
    bool ok = r.exited && !r.code;
    process_result_free(&r);
    return ok;
}

// WHY without make's own variables: they are those of the make that may have called us.
static const char BUILD[] = "unset MAKEFLAGS MFLAGS MAKELEVEL; make -C \"$1\" -j\"$3\" emu >\"$2\" 2>&1";

static bool build(const char *dir, const char *asked, bool *broken, Err *err) {
    char log[4200], jobs[24], why[600];
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    snprintf(log, sizeof log, "%s.log", dir);
    snprintf(jobs, sizeof jobs, "%ld", n > 0 ? n : 1);
    err->text[0] = 0;
    if (shell(BUILD, dir, log, jobs, err)) return true;
    if (err->text[0]) return false;
    *broken = true;
    why_not(log, why);
    return err_set(err, "%s does not build: %.400s (the rest: %.300s)", asked, *why ? why : "make failed", log);
}

static bool checkout(const char *repo, const char *dir, const char *hash, Err *err) {
    if (!access(dir, F_OK)) return true;
    char *pruned = revision_git(repo, (const char *[]){"worktree", "prune", NULL});
    free(pruned);
    char *out = revision_git(repo, (const char *[]){"worktree", "add", "--detach", dir, hash, NULL});
    bool ok = out != NULL;
    free(out);
    return ok ||
           err_set(err, "git worktree add %.300s %.40s fails: is there room, and may you write there?", dir, hash);
}

bool revision_open(Revision *r, const char *what, const char *repo, const char *work, bool *broken, Err *err) {
    memset(r, 0, sizeof *r);
    r->asked = what;
    *broken = false;
    if (is_file(what)) {
        char **which = !access(what, X_OK) ? &r->emu : &r->run;
        *which = realpath(what, NULL);
        return *which || err_set(err, "%s: %s", what, strerror(errno));
    }
    char *spec = alloc_print("%s^{commit}", what), *dir = NULL, *full = NULL;
    char *hash =
        *what == '-' ? NULL : revision_git(repo, (const char *[]){"rev-parse", "--verify", "--quiet", spec, NULL});
    free(spec);
    if (!hash || strlen(hash) != 40) {
        free(hash);
        return err_set(err, "%s: neither a file nor a commit of %s", what, repo);
    }
    memcpy(r->hash, hash, 41);
    free(hash);
    bool ok = make_folders(work, err) && (full = realpath(work, NULL));
    if (ok) dir = alloc_print("%s/%.12s", full, r->hash);
    ok = ok && checkout(repo, dir, r->hash, err) && build(dir, what, broken, err);
    if (ok) r->emu = alloc_print("%s/build/rel/emu", dir);
    free(dir), free(full);
    return ok;
}

void revision_close(Revision *r) {
    free(r->emu), free(r->run);
    memset(r, 0, sizeof *r);
}
