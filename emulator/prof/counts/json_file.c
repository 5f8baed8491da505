#include "prof/counts/json_file.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool write_all(json_t *doc, FILE *f) {
    return json_dumpf(doc, f, JSON_INDENT(1)) == 0 && fputc('\n', f) != EOF && fflush(f) == 0 && fsync(fileno(f)) == 0;
}

bool json_file_write(json_t *doc, const char *path, Err *err) {
    char tmp[4096];
    bool ok = (size_t)snprintf(tmp, sizeof tmp, "%s.tmp.%ld", path, (long)getpid()) < sizeof tmp;
    if (!ok) {
        json_decref(doc);
        return err_set(err, "%.200s...: the path is too long", path);
    }
    FILE *f = fopen(tmp, "w");
    ok = f && write_all(doc, f);
    int saved = errno;
    if (f && fclose(f) && ok) ok = false, saved = errno;
    if (ok && rename(tmp, path)) ok = false, saved = errno;
    json_decref(doc);
    if (ok) return true;
    unlink(tmp);
    return err_set(err, "%s: cannot write: %s", path, strerror(saved));
}
