#include "bench/journal.h"
#include "bench/base/jsonfile.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static bool write_line(Journal *j, const json_t *line, Err *err) {
    char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(17));
    BUG_IF(!text, "a journal line that is not JSON");
    size_t n = strlen(text), done = 0;
    text[n++] = '\n'; // in place of the NUL: one write, one line
    bool ok = true;
    while (ok && done < n) {
        ssize_t w = write(j->fd, text + done, n - done);
        if (w < 0 && errno == EINTR) continue;
        ok = w > 0;
        if (ok) done += (size_t)w;
    }
    free(text);
    if (ok && !fsync(j->fd)) return true;
    return err_set(err, "%s: %s: the journal cannot be written; make room and go on with --resume", j->path,
                   strerror(errno));
}

// Two harnesses on one journal would mix their samples. The lock goes with the process.
static bool lock(Journal *j, const char *path, Err *err) {
    if (!flock(j->fd, LOCK_EX | LOCK_NB)) return true;
    close(j->fd);
    j->fd = -1;
    return err_set(err, "%s: another nightjar is writing this journal: wait for it, or give another --out", path);
}

bool journal_create(Journal *j, const char *path, const json_t *header, Err *err) {
    j->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (j->fd < 0 && errno == EEXIST)
        return err_set(err, "%s: a run was interrupted here: go on with --resume, or delete the file to start anew",
                       path);
    if (j->fd < 0)
        return err_set(err, "%s: %s: does the folder exist, and may you write there?", path, strerror(errno));
    if (!lock(j, path, err)) return false;
    j->path = strdup(path);
    if (write_line(j, header, err)) return true;
    journal_close(j);
    return false;
}

bool journal_open(Journal *j, const char *path, Err *err) {
    j->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (j->fd < 0) return err_set(err, "%s: %s", path, strerror(errno));
    if (!lock(j, path, err)) return false;
    j->path = strdup(path);
    return true;
}

bool journal_append(Journal *j, const json_t *sample, Err *err) { return write_line(j, sample, err); }

void journal_close(Journal *j) {
    if (j->fd >= 0) close(j->fd);
    free(j->path);
    j->fd = -1;
    j->path = NULL;
}

static bool read_lines(FILE *f, const char *path, json_t **header, json_t *samples, long *good, Err *err) {
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    bool ok = true, torn = false;
    for (int number = 1; ok && (n = getline(&line, &cap, f)) > 0; number++) {
        if (torn)
            ok = err_set(err, "%s:%d: broken line in the middle: this is not the journal that nightjar wrote", path,
                         number - 1);
        json_error_t why;
        json_t *v = line[n - 1] == '\n' ? json_loads(line, 0, &why) : NULL;
        torn = !json_is_object(v);
        if (torn)
            json_decref(v);
        else if (number == 1)
            *header = v;
        else
            json_array_append_new(samples, v);
        if (!torn) *good = ftell(f);
    }
    free(line);
    return ok;
}

bool journal_read(const char *path, const Journal *repair, json_t **header, json_t **samples, Err *err) {
    FILE *f = fopen(path, "r");
    if (!f) return err_set(err, "%s: %s: there is nothing to resume", path, strerror(errno));
    long good = 0;
    *header = NULL;
    *samples = json_array();
    bool ok = read_lines(f, path, header, *samples, &good, err);
    fclose(f);
    if (ok && strcmp(json_text(*header, "schema", ""), "nightjar.journal/1"))
        ok = err_set(err, "%s: not a nightjar.journal/1: delete it and start anew", path);
    if (ok && repair && ftruncate(repair->fd, good)) ok = err_set(err, "%s: %s", path, strerror(errno));
    if (ok) return true;
    json_decref(*header), json_decref(*samples);
    *header = *samples = NULL;
    return false;
}
