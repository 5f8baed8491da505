#include "bench/base/output.h"
#include "base/outfile.h"
#include "base/standard.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_descriptor(const char *path) {
    return !strcmp(path, "-") || !strcmp(path, "/dev/stdout") || !strcmp(path, "/dev/stderr") ||
           !strncmp(path, "/dev/fd/", 8) || !strncmp(path, "/proc/self/fd/", 14);
}

bool output_is_stream(const char *path) {
    struct stat st;
    return is_descriptor(path) || (!stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

bool output_write(const char *path, const char *text, size_t n, Err *err) {
    if (!strcmp(path, "-")) path = "/dev/stdout";
    return output_check(path, err) && outfile_write(path, text, n, err);
}

// Where a new file of this name would lie: the last link of the name may lead to a file that is not there yet.
static bool folder_of(const char *path, char folder[PATH_MAX], Err *err) {
    char at[PATH_MAX], to[PATH_MAX];
    snprintf(at, sizeof at, "%s", path);
    if (strlen(path) >= PATH_MAX - 40) return err_set(err, "%.200s...: the name is too long", path);
    for (int links = 0; links < 40; links++) {
        char *slash = strrchr(at, '/');
        snprintf(folder, PATH_MAX, "%.*s", slash ? (int)(slash - at) + (slash == at) : 1, slash ? at : ".");
        ssize_t n = readlink(at, to, sizeof to - 1);
        if (n < 0) return true; // no link
        to[n] = 0;
        if (*to != '/' && strlen(folder) + strlen(to) + 1 >= PATH_MAX) break;
        if (*to == '/')
            snprintf(at, sizeof at, "%s", to);
        else if (snprintf(at, sizeof at, "%s/%s", folder, to) >= (int)sizeof at)
            break;
    }
    return err_set(err, "%s: its symbolic links lead nowhere", path);
}

bool output_check(const char *path, Err *err) {
    char folder[PATH_MAX];
    struct stat st;
    if (!*path) return err_set(err, "the name of the output file is empty");
    if (is_descriptor(path)) return true;
    bool there = !stat(path, &st);
    if (there && S_ISDIR(st.st_mode))
        return err_set(err, "%s: is a folder: give the name of a file in it, for example %s/run.json", path, path);
    if (there && S_ISREG(st.st_mode) && !(st.st_mode & 0222)) // also for root, who could
        return err_set(err, "%s: is read-only: it is there to stay; give another name", path);
    if (there && access(path, W_OK))
        return err_set(err, "%s: %s: it is there and must not be written; give another name", path, strerror(errno));
    if (there && !S_ISREG(st.st_mode)) return true;
    if (!folder_of(path, folder, err)) return false;
    if (stat(folder, &st)) return err_set(err, "%s: the folder %s: %s", path, folder, strerror(errno));
    if (!S_ISDIR(st.st_mode)) return err_set(err, "%s: %s is not a folder", path, folder);
    if (access(folder, W_OK | X_OK))
        return err_set(err, "%s: the folder %s cannot be written: %s", path, folder, strerror(errno));
    return true;
}

bool output_printed(Err *err) {
    if (standard_printed()) return true;
    return err_set(err, "stdout: %s: what was printed is not whole", errno ? strerror(errno) : "a write failed");
}
