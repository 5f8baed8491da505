#include "ci/order.h"
#include "base/alloc.h"
#include "bench/base/process.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The output of `git -C REPO ...`, or NULL. The caller frees it.
static char *git(const Store *s, const char *const *words) {
    const char *argv[12] = {"git", "-C", s->repo};
    unsigned n = 3;
    Err err;
    ProcessResult r;
    ProcessLimits limits = {.timeout_s = 60, .pin = -1};
    for (; *words && n < ARRAY_LEN(argv) - 1; words++) argv[n++] = *words;
    if (!s->repo || !process_run(argv, &limits, &r, &err)) return NULL;
    char *text = r.exited && !r.code ? alloc_text(r.out) : NULL;
    process_result_free(&r);
    return text;
}

static int by_hash(const void *a, const void *b) { return memcmp(a, b, 40); }

// WHY through a file: of a child's output only the first MiB is kept.
static FILE *first_parents(const Store *s) {
    char path[] = "/tmp/nightjar-commits-XXXXXX";
    int fd = mkstemp(path);
    char out[64];
    if (fd < 0) return NULL;
    unlink(path); // at once: a kill leaves nothing behind
    snprintf(out, sizeof out, "/proc/%d/fd/%d", (int)getpid(), fd);
    const char *argv[] = {"sh", "-c",    "git -C \"$1\" rev-list --first-parent --reverse \"$2\" -- >\"$3\"",
                          "sh", s->repo, s->branch,
                          out,  NULL};
    Err err;
    ProcessResult r = {0};
    ProcessLimits limits = {.timeout_s = 120, .pin = -1};
    bool ok = process_run(argv, &limits, &r, &err) && r.exited && !r.code;
    process_result_free(&r);
    FILE *f = ok ? fdopen(fd, "r") : NULL;
    if (!f) close(fd);
    return f;
}

void commits_load(Commits *c, const Store *s) {
    char line[64];
    memset(c, 0, sizeof *c);
    c->store = s;
    FILE *f = s->repo ? first_parents(s) : NULL;
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        if (strlen(line) != 40) continue;
        vec_reserve(&c->at, c->at.n + 1);
        memcpy(c->at.at[c->at.n].hash, line, 41);
        c->at.at[c->at.n].position = (int)c->at.n;
        c->at.n++;
        memcpy(c->head, line, 41);
    }
    if (f) fclose(f);
    if (c->at.n) qsort(c->at.at, c->at.n, sizeof *c->at.at, by_hash);
}

void commits_free(Commits *c) { vec_free(&c->at); }

static int find(const Commits *c, const char *prefix) {
    size_t n = strlen(prefix);
    uint32_t lo = 0, hi = c->at.n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (strncmp(c->at.at[mid].hash, prefix, n) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < c->at.n && n >= 7 && !strncmp(c->at.at[lo].hash, prefix, n) ? c->at.at[lo].position : -1;
}

CommitPlace commits_place(const Commits *c, const char *commit) {
    int position = c->at.n ? find(c, commit) : -1;
    if (position >= 0) return (CommitPlace){position, true};
    if (!c->at.n || strlen(commit) < 7 || *commit == '-') return (CommitPlace){NAN, false};
    // WHY not merge-base: of a commit that was merged it is that commit itself.
    char *line = git(c->store, (const char *[]){"rev-list", "--first-parent", "--max-count=20000", commit, "--", NULL}),
         *save = NULL;
    for (char *p = line ? strtok_r(line, "\n", &save) : NULL; p && position < 0; p = strtok_r(NULL, "\n", &save))
        position = find(c, p);
    free(line);
    return (CommitPlace){position < 0 ? NAN : position, false};
}

bool commits_resolve(const Store *s, const char *revision, char hash[41]) {
    if (*revision == '-') return false;
    char *spec = alloc_print("%s^{commit}", revision);
    char *text = git(s, (const char *[]){"rev-parse", "--verify", "--quiet", spec, NULL});
    bool ok = text && strspn(text, "0123456789abcdef") == 40;
    if (ok) snprintf(hash, 41, "%.40s", text);
    free(text), free(spec);
    return ok;
}
