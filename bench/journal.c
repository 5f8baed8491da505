#include "bench/journal.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

bool journal_append(Journal *j, const json_t *line, Err *err) {
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

// Two harnesses on one journal would mix their samples. The lock goes with the process. WHY the look at the path: the
// harness that held the lock may have finished and removed the file between open() and flock().
static bool lock(Journal *j, bool *gone, Err *err) {
    struct stat mine, there;
    *gone = false;
    if (flock(j->fd, LOCK_EX | LOCK_NB)) {
        if (errno != EWOULDBLOCK) return err_set(err, "%s: cannot be locked: %s", j->path, strerror(errno));
        return err_set(err, "%s: another nightjar is writing this journal: wait for it, or give another --out",
                       j->path);
    }
    *gone = fstat(j->fd, &mine) || stat(j->path, &there) || mine.st_ino != there.st_ino || mine.st_dev != there.st_dev;
    return true;
}

bool journal_open(Journal *j, const char *path, Err *err) {
    struct stat st;
    bool ok = false, gone = true;
    j->path = alloc_text(path);
    for (int tries = 0; gone && tries < 100; tries++) {
        j->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0666);
        if (j->fd < 0) {
            err_set(err, "%s: %s: does the folder exist, and may you write there?", path, strerror(errno));
            break;
        }
        if (fstat(j->fd, &st) || !S_ISREG(st.st_mode)) {
            err_set(err, "%s: is not a regular file: the journal needs one; give another --out", path);
            break;
        }
        ok = lock(j, &gone, err);
        if (!ok) break;
        if (gone) close(j->fd), j->fd = -1;
    }
    if (ok && !gone) return true;
    journal_close(j);
    return false;
}

void journal_close(Journal *j) {
    if (j->fd >= 0) close(j->fd);
    free(j->path);
    j->fd = -1;
    j->path = NULL;
}

void journal_remove(Journal *j) {
    unlink(j->path); // while it is locked: the name is ours until then
    journal_close(j);
}

bool journal_is_empty(const Journal *j, bool *empty, Err *err) {
    struct stat st;
    if (fstat(j->fd, &st))
        return err_set(err, "%s: its size cannot be read: %s: start again", j->path, strerror(errno));
    *empty = st.st_size == 0;
    return true;
}

bool journal_put_aside(Journal *j, const char *tag, char kept[4200], Err *err) {
    char *path = alloc_text(j->path);
    bool ok = false;
    for (int i = 1; i < 1000 && !ok; i++) {
        char number[16] = "";
        if (i > 1) snprintf(number, sizeof number, "-%d", i);
        snprintf(kept, 4200, "%s.%.64s%s", path, tag, number);
        ok = !link(path, kept); // unlike rename(), never over a file that is there
        if (!ok && errno != EEXIST) break;
    }
    if (!ok) err_set(err, "%s: cannot be kept as %s: %s: move it away and start again", path, kept, strerror(errno));
    if (ok) journal_remove(j);
    ok = ok && journal_open(j, path, err);
    free(path);
    return ok;
}

void journal_content_free(JournalContent *c) {
    json_decref(c->header), json_decref(c->samples);
    *c = (JournalContent){0};
}

// Takes over one line. WHY broken lines in the middle are counted and passed over: a power cut can leave a hole in a file
// that was extended; what is whole on both sides of it was measured.
static void take_line(JournalContent *c, const char *line, bool first) {
    json_t *v = json_loads(line, 0, NULL);
    if (!json_is_object(v)) {
        c->broken++;
        json_decref(v);
    } else if (first) {
        c->header = v;
    } else {
        json_array_append_new(c->samples, v);
    }
}

bool journal_read(const Journal *j, JournalContent *c, Err *err) {
    FILE *f = fopen(j->path, "r");
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    long whole = 0;
    *c = (JournalContent){.samples = json_array()};
    if (!f) return err_set(err, "%s: %s", j->path, strerror(errno));
    for (bool first = true; (n = alloc_line(&line, &cap, f)) > 0 && line[n - 1] == '\n'; first = false) {
        take_line(c, line, first);
        whole = ftell(f);
    }
    bool ok = !ferror(f);
    free(line), fclose(f);
    if (!ok || ftruncate(j->fd, whole)) return err_set(err, "%s: %s", j->path, strerror(errno));
    if (strcmp(json_text(c->header, "schema", ""), "nightjar.journal/1")) json_decref(c->header), c->header = NULL;
    return true;
}
