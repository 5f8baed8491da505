#include "bench/base/jsonfile.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *json_text(const json_t *object, const char *key, const char *fallback) {
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : fallback;
}

double json_num(const json_t *object, const char *key, double fallback) {
    const json_t *v = json_object_get(object, key);
    return json_is_number(v) ? json_number_value(v) : fallback;
}

void json_put(json_t *object, const char *key, json_t *value) {
    int rc = json_object_set_new(object, key, value ? value : json_null());
    BUG_IF(rc, "cannot set %s", key);
}

json_t *json_string_or_null(const char *text) { return text ? json_string(text) : json_null(); }

json_t *jsonfile_load(const char *path, Err *err) {
    struct stat st;
    if (stat(path, &st)) {
        err_set(err, "%s: %s", path, strerror(errno));
        return NULL;
    }
    if (!S_ISREG(st.st_mode)) {
        err_set(err, "%s: not a regular file", path);
        return NULL;
    }
    if (st.st_size == 0) {
        err_set(err, "%s: empty; it was never finished: run it again, or --resume from its journal", path);
        return NULL;
    }
    json_error_t why;
    json_t *doc = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (doc) return doc;
    bool cut = json_error_code(&why) == json_error_premature_end_of_input;
    err_set(err, "%s:%d: %s (%s)", path, why.line,
            cut ? "truncated JSON: take another copy, or --resume from its journal" : "not a JSON document", why.text);
    return NULL;
}

json_t *jsonfile_load_schema(const char *path, const char *family, int version, Err *err) {
    json_t *doc = jsonfile_load(path, err);
    if (!doc) return NULL;
    const char *schema = json_text(doc, "schema", NULL);
    size_t len = strlen(family);
    char *end = NULL;
    if (!schema)
        err_set(err, "%s: has no `schema`: not a document of Nightjar (expected %s/%d)", path, family, version);
    else if (strncmp(schema, family, len) || schema[len] != '/')
        err_set(err, "%s: is %.60s, expected %s/%d: give the file that `nightjar` wrote for this purpose", path, schema,
                family, version);
    else if (strtol(schema + len + 1, &end, 10) > version)
        err_set(err, "%s: is %.60s, this nightjar reads up to %s/%d: use the newer nightjar that wrote it", path,
                schema, family, version);
    else if (end == schema + len + 1 || *end || strtol(schema + len + 1, NULL, 10) < 1)
        err_set(err, "%s: has the broken schema name %.60s (expected %s/%d)", path, schema, family, version);
    else
        return doc;
    json_decref(doc);
    return NULL;
}

static bool fsync_folder_of(const char *path) {
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash)
        snprintf(folder, sizeof folder, ".");
    else
        slash[slash == folder ? 1 : 0] = 0;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    bool ok = !fsync(fd);
    close(fd);
    return ok;
}

static bool write_all(int fd, const char *text) {
    for (size_t left = strlen(text); left;) {
        ssize_t n = write(fd, text, left);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        text += n, left -= (size_t)n;
    }
    return true;
}

bool jsonfile_write_text(const char *path, const char *text, Err *err) {
    if (!strcmp(path, "-")) return write_all(1, text) || err_set(err, "stdout: %s", strerror(errno));
    char tmp[4096];
    if (snprintf(tmp, sizeof tmp, "%s.tmp.%d", path, (int)getpid()) >= (int)sizeof tmp)
        return err_set(err, "%.200s...: name too long", path);
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return err_set(err, "%s: %s: does its folder exist and may you write there?", path, strerror(errno));
    bool ok = write_all(fd, text) && !fsync(fd);
    ok = !close(fd) && ok;
    ok = ok && !rename(tmp, path);
    if (!ok) {
        err_set(err, "%s: cannot be written: %s", path, strerror(errno));
        unlink(tmp);
        return false;
    }
    fsync_folder_of(path);
    return true;
}

bool jsonfile_write(const char *path, const json_t *doc, Err *err) {
    char *text = json_dumps(doc, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    BUG_IF(!text, "a document that cannot be written as JSON");
    size_t n = strlen(text);
    char *line = realloc(text, n + 2);
    BUG_IF(!line, "out of memory for a document of %zu bytes", n);
    memcpy(line + n, "\n", 2);
    bool ok = jsonfile_write_text(path, line, err);
    free(line);
    return ok;
}
