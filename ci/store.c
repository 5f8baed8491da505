#include "ci/store.h"
#include "base/alloc.h"
#include "bench/base/codes.h"
#include "bench/base/digest.h"
#include "bench/base/jsonfile.h"
#include "bench/document.h"
#include "ci/columns.h"
#include "ci/gzip.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HASH_KEPT = 16 };

static void path_of(const Store *s, const char *name, char path[4096]) {
    int n = snprintf(path, 4096, "%s/%s", s->dir, name);
    BUG_IF(n >= 4096, "a path of %d bytes", n);
}

// ---- the store itself
static char *absolute(const char *path) { return path ? realpath(path, NULL) : NULL; }

bool store_init(const char *dir, const char *repo, const char *branch, Err *err) {
    char path[4096];
    if (strlen(dir) > 3800) return err_set(err, "%.60s...: this path is too long", dir);
    snprintf(path, sizeof path, "%s/history.json", dir);
    if (!access(path, F_OK)) return err_set(err, "%s: there is a history already", dir);
    if (mkdir(dir, 0777) && errno != EEXIST) return err_set(err, "%s: %s", dir, strerror(errno));
    static const char *const folders[] = {"runs", "notes"};
    for (unsigned i = 0; i < ARRAY_LEN(folders); i++) {
        char folder[4096];
        snprintf(folder, sizeof folder, "%s/%s", dir, folders[i]);
        if (mkdir(folder, 0777) && errno != EEXIST) return err_set(err, "%s: %s", folder, strerror(errno));
    }
    char *where = absolute(repo);
    if (repo && !where) return err_set(err, "--repo %s: %s", repo, strerror(errno));
    json_t *doc = json_pack("{s:s, s:s?, s:s}", "schema", STORE_SCHEMA, "repo", where, "branch", branch);
    bool ok = jsonfile_write(path, doc, err);
    json_decref(doc);
    free(where);
    return ok;
}

bool store_open(Store *s, const char *dir, Err *err) {
    char path[4096];
    memset(s, 0, sizeof *s);
    if (strlen(dir) > 3800) return err_set(err, "%.60s...: this path is too long", dir);
    snprintf(path, sizeof path, "%s/history.json", dir);
    if (access(path, F_OK))
        return err_set(err, "%s: there is no history here; make one with `nightjar history init --store %s`", dir, dir);
    json_t *doc = jsonfile_load_schema(path, "nightjar.history", 1, err);
    if (!doc) return false;
    const char *repo = json_text(doc, "repo", NULL);
    s->dir = alloc_text(dir);
    s->repo = repo ? alloc_text(repo) : NULL;
    s->branch = alloc_text(json_text(doc, "branch", "HEAD"));
    json_decref(doc);
    return true;
}

void store_close(Store *s) {
    free(s->dir), free(s->repo), free(s->branch);
    memset(s, 0, sizeof *s);
}

// ---- writing
static bool sync_folder(const Store *s, const char *folder) {
    char path[4096];
    path_of(s, folder, path);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && !fsync(fd);
    if (fd >= 0) close(fd);
    return ok;
}

static bool write_synced(const char *path, const void *bytes, size_t n) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    bool ok = fd >= 0;
    for (size_t done = 0; ok && done < n;) {
        ssize_t k = write(fd, (const char *)bytes + done, n - done);
        if (k < 0 && errno == EINTR) continue;
        ok = k > 0;
        if (ok) done += (size_t)k;
    }
    ok = ok && !fsync(fd);
    int why = errno;
    if (fd >= 0 && close(fd)) ok = false;
    errno = why;
    return ok;
}

// A file that is there already holds the same, unless it is damaged: then the good one takes its place.
static bool put(const Store *s, const char *folder, const char *name, const void *bytes, size_t n, bool *known,
                Err *err) {
    char tmp[4096], final[4096], temporary[160];
    Err why;
    snprintf(temporary, sizeof temporary, "%s/.tmp-%d-%s", folder, (int)getpid(), strrchr(name, '/') + 1);
    path_of(s, temporary, tmp), path_of(s, name, final);
    *known = false;
    unlink(tmp);
    bool ok = write_synced(tmp, bytes, n);
    if (ok && link(tmp, final)) {
        bool exists = errno == EEXIST;
        json_t *there = exists ? store_load(s, name, &why) : NULL;
        *known = there != NULL;
        ok = there || (exists && !rename(tmp, final));
        json_decref(there);
    }
    int failed = errno;
    unlink(tmp);
    if (ok && !sync_folder(s, folder)) ok = false, failed = errno;
    return ok || err_set(err, "%s: cannot be written: %s", final, strerror(failed));
}

// WHY not sorted: the order of switches is that of the attribution.
static char *text_of(const json_t *doc) {
    char *text = json_dumps(doc, JSON_COMPACT | JSON_REAL_PRECISION(17));
    BUG_IF(!text, "a document that cannot be written as JSON");
    return text;
}

// "2026-11-29T02:15:03Z" -> "20261129T021503Z"
static void time_part(const char *created, char out[20]) {
    unsigned n = 0;
    for (const char *p = created; *p && n < 16; p++)
        if (*p != '-' && *p != ':') out[n++] = *p;
    out[n] = 0;
}

static void commit_part(const char *commit, char out[16]) {
    unsigned n = 0;
    for (const char *p = commit; *p && n < 12; p++)
        if ((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z')) out[n++] = *p;
    if (!n) out[n++] = '0';
    out[n] = 0;
}

static json_t *features_of(const json_t *run, const json_t *sample) {
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(run, "configs"), i, c) {
        if (!strcmp(json_text(c, "id", ""), json_text(sample, "config", "?"))) return json_object_get(c, "features");
    }
    return NULL;
}

// A copy of the sample, without its features where they are those of the configuration, or with them again.
static json_t *convert_sample(const json_t *run, const json_t *sample, bool strip) {
    json_t *features = features_of(run, sample), *own = json_object_get(sample, "features"), *out = json_object(), *v;
    const char *key;
    bool implied = features && json_equal(features, own);
    json_object_foreach((json_t *)sample, key, v) {
        if (!strip || !implied || strcmp(key, "features")) json_object_set(out, key, v);
        if (!strip && !own && features && !strcmp(key, "purpose")) json_object_set(out, "features", features);
    }
    return out;
}

static void convert_samples(json_t *run, bool strip) {
    json_t *samples = json_array(), *s;
    size_t i;
    json_array_foreach(json_object_get(run, "samples"), i, s)
        json_array_append_new(samples, convert_sample(run, s, strip));
    json_put(run, "samples", samples);
}

bool store_add_run(const Store *s, const json_t *document, char name[128], bool *known, Err *err) {
    json_t *kept = json_copy((json_t *)document);
    json_object_del(kept, "summary"), json_object_del(kept, "metrics"), json_object_del(kept, "errors");
    convert_samples(kept, true);
    char *text = text_of(kept), *columns = columns_text(kept), when[20], commit[16], machine[9];
    json_decref(kept);
    Digest hash = digest_bytes(text, strlen(text));
    free(text);
    time_part(json_text(document, "created", ""), when);
    commit_part(json_text(json_object_get(json_object_get(document, "emulator"), "version"), "commit", ""), commit);
    store_machine_class(json_object_get(document, "environment"), machine);
    snprintf(name, 128, "runs/%s-%s-%s-%.*s.json.gz", when, commit, machine, HASH_KEPT, hash.hex);
    Bytes packed = {0};
    gzip_pack(&packed, columns, strlen(columns));
    free(columns);
    bool ok = put(s, "runs", name, packed.at, packed.n, known, err);
    vec_free(&packed);
    return ok;
}

bool store_add_note(const Store *s, json_t *note, char name[128], Err *err) {
    char when[32], part[20];
    struct timespec now;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    size_t n = strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(when + n, sizeof when - n, ".%03ldZ", now.tv_nsec / 1000000);
    json_put(note, "schema", json_string(NOTE_FAMILY "/1"));
    if (!json_object_get(note, "time")) json_put(note, "time", json_string(when));
    time_part(json_text(note, "time", when), part);
    char *text = text_of(note);
    Digest hash = digest_bytes(text, strlen(text));
    bool known;
    snprintf(name, 128, "notes/%s-%.20s-%.*s.json", part, json_text(note, "kind", "note"), HASH_KEPT, hash.hex);
    bool ok = put(s, "notes", name, text, strlen(text), &known, err);
    free(text);
    return ok;
}

bool store_add_hot(const Store *s, const json_t *hot, const char *prefix, char name[128], Err *err) {
    char folder[4096];
    bool known;
    path_of(s, "hot", folder);
    if (mkdir(folder, 0777) && errno != EEXIST) return err_set(err, "%s: %s", folder, strerror(errno));
    char *text = text_of(hot);
    Digest hash = digest_bytes(text, strlen(text));
    Bytes packed = {0};
    gzip_pack(&packed, text, strlen(text));
    free(text);
    snprintf(name, 128, "hot/%.60s-%.*s.json.gz", prefix, HASH_KEPT, hash.hex);
    bool ok = put(s, "hot", name, packed.at, packed.n, &known, err);
    vec_free(&packed);
    return ok;
}

// ---- reading
static bool read_file(const char *path, Bytes *out, Err *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st)) {
        int why = errno;
        err_set(err, "%s: %s", path, strerror(why));
        if (fd >= 0) close(fd);
        errno = why;
        return false;
    }
    bool ok = st.st_size < INT32_MAX;
    errno = ok ? 0 : EFBIG;
    if (ok && st.st_size) vec_reserve(out, (uint32_t)st.st_size);
    while (ok && out->n < st.st_size) {
        ssize_t k = read(fd, out->at + out->n, (size_t)st.st_size - out->n);
        ok = k > 0;
        if (ok) out->n += (uint32_t)k;
    }
    close(fd);
    return ok || err_set(err, "%s: cannot be read: %s", path, errno ? strerror(errno) : "it ends early");
}

bool store_read(const Store *s, const char *name, Bytes *out, Err *err) {
    char path[4096];
    path_of(s, name, path);
    return read_file(path, out, err);
}

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), k = strlen(end);
    return n >= k && !strcmp(text + n - k, end);
}

static bool hash_fits(const char *name, const void *text, size_t n) {
    const char *dash = strrchr(name, '-');
    Digest hash = digest_bytes(text, n);
    return dash && !strncmp(dash + 1, hash.hex, HASH_KEPT);
}

static bool damaged(const Store *s, const char *name, Err *err) {
    return err_set(err, "%s/%s: damaged or truncated: it is not what its name says; take another copy", s->dir, name);
}

// WHY the hash of the document and not of the bytes: a run that was kept before there were columns is the same run.
static json_t *read_columns(const char *name, const Bytes *text, Err *err) {
    json_t *doc = columns_run((const char *)text->at, text->n, err);
    char *whole = doc ? text_of(doc) : NULL;
    bool ok = doc && hash_fits(name, whole, strlen(whole));
    free(whole);
    if (ok) return doc;
    json_decref(doc);
    return NULL;
}

// Notes, and runs of before there were columns, are one line of JSON.
static json_t *read_json(const char *name, const Bytes *text, Err *err) {
    json_error_t why;
    if (!hash_fits(name, text->at, text->n)) return NULL;
    json_t *doc = json_loadb((const char *)text->at, text->n, 0, &why);
    if (!doc) err_set(err, "%s", why.text);
    return doc;
}

// The text of a file, or a message.
static StoreFound read_text(const Store *s, const char *name, Bytes *text, Err *err) {
    Bytes raw = {0};
    bool ok = true, packed = ends_with(name, ".gz");
    if (!store_read(s, name, &raw, err)) {
        StoreFound why = errno == ENOENT ? STORE_GONE : STORE_UNREADABLE;
        vec_free(&raw);
        return why;
    }
    if (packed) {
        ok = gzip_unpack(text, raw.at, raw.n);
        vec_free(&raw);
    } else {
        *text = raw;
    }
    ok = ok && text->n;
    if (!ok) damaged(s, name, err);
    return ok ? STORE_WHOLE : STORE_DAMAGED;
}

json_t *store_load(const Store *s, const char *name, Err *err) {
    Bytes text = {0};
    Err why = {0};
    json_t *doc = NULL;
    *err = (Err){0};
    if (read_text(s, name, &text, err) == STORE_WHOLE) {
        bool columns = columns_is((const char *)text.at, text.n);
        doc = columns ? read_columns(name, &text, &why) : read_json(name, &text, &why);
        if (!doc) damaged(s, name, err);
    }
    vec_free(&text);
    return doc;
}

StoreFound store_load_facts(const Store *s, const char *name, RunFacts *facts, Err *err) {
    Bytes text = {0};
    *err = (Err){0};
    StoreFound found = read_text(s, name, &text, err);
    if (found != STORE_WHOLE) return vec_free(&text), found;
    bool columns = columns_is((const char *)text.at, text.n);
    vec_push(&text, 0);
    if (columns && facts_of_columns(facts, (char *)text.at, text.n - 1)) return STORE_WHOLE;
    vec_free(&text);
    json_t *run = store_load(s, name, err); // it is of before there were columns, or has what a scan does not read
    if (run) facts_of_run(facts, run);
    return run ? STORE_WHOLE : STORE_DAMAGED;
}

json_t *store_load_members(const Store *s, const char *name, Err *err) {
    RunFacts facts;
    if (store_load_facts(s, name, &facts, err) != STORE_WHOLE) return NULL;
    json_t *run = json_incref(facts.run);
    facts_free(&facts);
    return run;
}

json_t *store_load_run(const Store *s, const char *name, Err *err) {
    json_t *kept = store_load(s, name, err);
    if (!kept) return NULL;
    convert_samples(kept, false);
    json_t *doc = document_make(kept, json_object_get(kept, "samples"), json_object_get(kept, "noise"), name, err);
    json_decref(kept);
    if (!doc || document_check(doc, name, err)) return doc;
    json_decref(doc);
    return NULL;
}

static bool is_ours(const char *folder, const char *name) {
    const char *dash = strrchr(name, '-');
    bool suffix = ends_with(name, strcmp(folder, "notes") ? ".json.gz" : ".json");
    return *name != '.' && suffix && dash && strspn(dash + 1, "0123456789abcdef") == HASH_KEPT && strlen(name) < 110;
}

bool store_list(const Store *s, const char *folder, StoreFiles *files, json_t *strange, Err *err) {
    char path[4096];
    struct dirent **entries;
    path_of(s, folder, path);
    int n = scandir(path, &entries, NULL, alphasort);
    if (n < 0 && errno == ENOENT && !strcmp(folder, "hot")) return true; // none yet
    if (n < 0) return err_set(err, "%s: %s", path, strerror(errno));
    bool ok = true;
    for (int i = 0; i < n; i++) {
        const char *entry = entries[i]->d_name;
        StoreFile f;
        struct stat st;
        char file[4096];
        if (is_ours(folder, entry)) {
            snprintf(f.name, sizeof f.name, "%s/%.110s", folder, entry);
            path_of(s, f.name, file);
            if (!stat(file, &st)) {
                f.size = st.st_size;
                f.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
                vec_push(files, f);
            } else if (errno != ENOENT) { // another process may have removed it
                ok = err_set(err, "%s: %s", file, strerror(errno));
            }
        } else if (strange && strcmp(entry, ".") && strcmp(entry, "..")) {
            json_array_append_new(strange, json_sprintf("%s/%s", folder, entry));
        }
        free(entries[i]);
    }
    free(entries);
    return ok;
}

bool store_remove(const Store *s, const char *name, Err *err) {
    char path[4096], folder[16];
    path_of(s, name, path);
    snprintf(folder, sizeof folder, "%.*s", (int)strcspn(name, "/"), name);
    if (unlink(path) && errno != ENOENT) return err_set(err, "%s: %s", path, strerror(errno));
    return sync_folder(s, folder) || err_set(err, "%s/%s: %s", s->dir, folder, strerror(errno));
}

static int by_time(const void *a, const void *b) {
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    int order = strcmp(json_text(x, "time", ""), json_text(y, "time", ""));
    return order ? order : strcmp(json_text(x, "file", ""), json_text(y, "file", ""));
}

// WHY not by name: names have whole seconds.
static json_t *in_order(json_t *notes) {
    VEC(json_t *) list = {0};
    json_t *sorted = json_array(), *v;
    size_t i;
    json_array_foreach(notes, i, v) vec_push(&list, v);
    if (list.n) qsort(list.at, list.n, sizeof *list.at, by_time);
    for (uint32_t k = 0; k < list.n; k++) json_array_append(sorted, list.at[k]);
    vec_free(&list);
    json_decref(notes);
    return sorted;
}

json_t *store_notes(const Store *s, unsigned *unread) {
    StoreFiles files = {0};
    json_t *notes = json_array();
    unsigned none = 0;
    Err err;
    if (!store_list(s, "notes", &files, NULL, &err)) complain(&err, 0), none++;
    for (uint32_t i = 0; i < files.n; i++) {
        json_t *note = store_load(s, files.at[i].name, &err);
        if (note) {
            json_put(note, "file", json_string(files.at[i].name));
            json_array_append_new(notes, note);
        } else {
            none++;
            fprintf(stderr, "nightjar: %s; this note is left out\n", err.text);
        }
    }
    vec_free(&files);
    if (unread) *unread = none;
    return in_order(notes);
}

// ---- machines
// WHY not the name alone: it may hold the clock ("@ 2.30GHz"), and clouds rename. Never MHz, bogomips or the host's name.
char *store_machine_text(const json_t *e) {
    char cpu[128];
    snprintf(cpu, sizeof cpu, "%s", json_text(e, "cpu_signature", json_text(e, "cpu_model", "unknown CPU")));
    char *clock = strstr(cpu, " @");
    if (clock) *clock = 0;
    const json_t *smt = json_object_get(e, "smt");
    return alloc_print("%s, %d cores, %s, SMT %s", cpu, (int)json_num(e, "cores", 0),
                       json_text(e, "hypervisor", "no hypervisor"),
                       json_is_true(smt)    ? "on"
                       : json_is_false(smt) ? "off"
                                            : "unknown");
}

void store_machine_class(const json_t *environment, char out[9]) {
    char *text = store_machine_text(environment);
    Digest hash = digest_bytes(text, strlen(text));
    snprintf(out, 9, "%.8s", hash.hex);
    free(text);
}
