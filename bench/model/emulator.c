#include "bench/model/emulator.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *emulator_beside(void) {
    char self[4000];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 8);
    if (n <= 0) return alloc_text("build/rel/emu");
    self[n] = 0;
    int folder = (int)(strrchr(self, '/') + 1 - self);
    return alloc_print("%.*semu", folder, self);
}

// The first line that the program prints with --version. The caller frees it.
static char *first_line(const char *program) {
    ProcessResult r;
    Err err;
    const char *argv[] = {program, "--version", NULL};
    ProcessLimits limits = {.timeout_s = 20, .pin = -1};
    if (!process_run(argv, &limits, &r, &err)) return alloc_text(program);
    r.out[strcspn(r.out, "\n")] = 0;
    char *line = alloc_text(*r.out ? r.out : program);
    process_result_free(&r);
    return line;
}

// What it answers to --version=json; NULL: nothing that is JSON.
static json_t *ask_version(const Emulator *emu, Err *err) {
    ProcessResult r;
    json_t *words = emulator_command(emu), *word, *answer = NULL;
    const char *argv[8] = {0};
    size_t i, n = 0;
    json_array_foreach(words, i, word) argv[n++] = json_string_value(word);
    argv[n] = "--version=json";
    ProcessLimits limits = {.timeout_s = 60, .pin = -1};
    *err = (Err){0};
    if (process_run(argv, &limits, &r, err)) {
        answer = r.exited && r.code == 0 ? json_loads(r.out, 0, NULL) : NULL;
        process_result_free(&r);
    }
    json_decref(words);
    return answer;
}

bool emulator_open(Emulator *emu, const char *path, const json_t *before, Err *err) {
    memset(emu, 0, sizeof *emu);
    if (stat(path, &emu->seen) || !digest_file(path, &emu->digest, err)) {
        return err_set(err, "emulator %s: %s: build it with `make`, or name it with --emu", path, strerror(errno));
    }
    emu->path = alloc_text(path);
    emu->before = json_deep_copy(before);
    emu->through = before ? first_line(json_string_value(json_array_get(before, 0))) : NULL;
    emu->version = ask_version(emu, err);
    if (!strcmp(json_text(emu->version, "schema", ""), "nightjar.version/1")) return true;
    emulator_close(emu);
    if (*err->text) return false; // it could not be started
    return err_set(
        err, "%s: `--version=json` does not answer with nightjar.version/1: this is not an emulator of this version",
        path);
}

json_t *emulator_command(const Emulator *emu) {
    json_t *words = json_array();
    if (emu->before) json_array_extend(words, emu->before);
    json_array_append_new(words, json_string(emu->path));
    return words;
}

const char *emulator_host(const Emulator *emu) {
    const char *host = json_string_value(json_array_get(json_object_get(emu->version, "hosts"), 0));
    return host ? host : "x64"; // an emulator of before there were others
}

const char *emulator_through(const Emulator *emu) { return emu->through; }

bool emulator_unchanged(const Emulator *emu, Err *err) {
    struct stat now;
    const struct stat *then = &emu->seen;
    if (!stat(emu->path, &now) && now.st_ino == then->st_ino && now.st_size == then->st_size &&
        now.st_mtim.tv_sec == then->st_mtim.tv_sec && now.st_mtim.tv_nsec == then->st_mtim.tv_nsec)
        return true;
    return err_set(err,
                   "%s: changed while it was being measured: samples of two builds do not mix. Measure a copy that "
                   "no build writes over",
                   emu->path);
}

void emulator_close(Emulator *emu) {
    free(emu->path), free(emu->through);
    json_decref(emu->version), json_decref(emu->before);
    memset(emu, 0, sizeof *emu);
}

bool emulator_takes(const Emulator *emu, const char *option) {
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(emu->version, "takes"), i, v) {
        if (json_is_string(v) && !strcmp(json_string_value(v), option)) return true;
    }
    return false;
}

bool emulator_has_guest(const Emulator *emu, const char *guest) {
    size_t i;
    json_t *g;
    json_array_foreach(json_object_get(emu->version, "guests"), i, g) {
        if (!strcmp(json_string_value(g) ? json_string_value(g) : "", guest)) return true;
    }
    return false;
}

json_t *emulator_features(const Emulator *emu) {
    json_t *names = json_array(), *f;
    size_t i;
    json_array_foreach(json_object_get(emu->version, "features"), i, f) {
        if (!json_is_true(json_object_get(f, "built"))) continue;
        json_array_append(names, json_object_get(f, "name"));
    }
    return names;
}

json_t *emulator_all(const Emulator *emu, bool on) {
    json_t *set = json_object(), *names = emulator_features(emu), *name;
    size_t i;
    json_array_foreach(names, i, name) json_put(set, json_string_value(name), json_boolean(on));
    json_decref(names);
    return set;
}

static json_t *emulator_defaults(const Emulator *emu) {
    json_t *set = json_object(), *f;
    size_t i;
    json_array_foreach(json_object_get(emu->version, "features"), i, f) {
        if (!json_is_true(json_object_get(f, "built"))) continue;
        json_put(set, json_text(f, "name", "?"), json_boolean(json_is_true(json_object_get(f, "default"))));
    }
    return set;
}

static void known_names(const json_t *set, char *text, size_t size) {
    const char *name;
    json_t *v;
    size_t used = 0;
    text[0] = 0;
    json_object_foreach((json_t *)set, name, v) {
        if (used + strlen(name) + 2 < size) used += (size_t)snprintf(text + used, size - used, " %s", name);
    }
}

json_t *emulator_parse_features(const Emulator *emu, const char *list, Err *err) {
    json_t *set = emulator_defaults(emu);
    char *copy = alloc_text(list), *save = NULL;
    for (char *w = strtok_r(copy, ", ", &save); w; w = strtok_r(NULL, ", ", &save)) {
        const char *name = *w == '+' || *w == '-' ? w + 1 : w;
        if (!strcmp(w, "all") || !strcmp(w, "none")) {
            json_decref(set);
            set = emulator_all(emu, *w == 'a');
        } else if (json_object_get(set, name)) {
            json_put(set, name, json_boolean(*w != '-'));
        } else {
            char names[512];
            known_names(set, names, sizeof names);
            err_set(err, "--features %s: this emulator has no switch `%s`; it has:%s", list, name, names);
            json_decref(set);
            set = NULL;
            break;
        }
    }
    free(copy);
    return set;
}

char *emulator_feature_argument(const json_t *features) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = alloc_stream(&text, &size);
    fputs("none", f);
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)features, name, v) {
        if (json_is_true(v)) fprintf(f, ",+%s", name);
    }
    alloc_stream_end(f);
    return text;
}

static bool has_word(const char *list, const char *word) {
    size_t n = strlen(word);
    for (const char *p = strstr(list, word); p; p = strstr(p + 1, word))
        if ((p == list || p[-1] == ',') && (!p[n] || p[n] == ',')) return true;
    return false;
}

// The extensions that `list` names, in the order of the emulator's own list; all of them must be in `native`.
static bool isa_words(const json_t *known, const char *native, const char *list, char *out, size_t size, Err *err) {
    char all[512] = "";
    char *copy = alloc_text(list), *save = NULL, *save2 = NULL;
    bool ok = true;
    for (char *name = strtok_r(copy, ",", &save); ok && name; name = strtok_r(NULL, ",", &save)) {
        const char *stands_for = !strcmp(name, "none") ? "none" : json_string_value(json_object_get(known, name));
        if (!stands_for) {
            char names[256];
            known_names(known, names, sizeof names);
            ok = err_set(err, "--host-isa %s: this emulator does not know `%s`; known: native none%s", list, name,
                         names);
        } else if (strcmp(stands_for, "none")) {
            snprintf(all + strlen(all), sizeof all - strlen(all), "%s,", stands_for);
        }
    }
    free(copy);
    for (char *word = strtok_r(all, ",", &save2); ok && word; word = strtok_r(NULL, ",", &save2)) {
        if (!has_word(native, word)) ok = err_set(err, "--host-isa %s: this machine has no %s", list, word);
        size_t used = strlen(out);
        if (!has_word(out, word)) snprintf(out + used, size - used, "%s%s", used ? "," : "", word);
    }
    if (ok && !*out) snprintf(out, size, "none");
    return ok;
}

char *emulator_isa(const Emulator *emu, const char *list, Err *err) {
    char text[256] = "";
    const json_t *isa = json_object_get(emu->version, "host_isa");
    const char *native = json_text(isa, "native", "unknown");
    if (!isa || !strcmp(list, "native")) return alloc_text(isa ? native : "unknown");
    return isa_words(json_object_get(isa, "known"), native, list, text, sizeof text, err) ? alloc_text(text) : NULL;
}
