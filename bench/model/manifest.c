#include "bench/model/manifest.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/model/elf_work.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REGCOMP_ROOM = 96 << 10 }; // bytes; what is freed stays with the process up to 128 KiB

static bool array_has(const json_t *array, const char *text) {
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)array, i, v) {
        if (json_is_string(v) && !strcmp(json_string_value(v), text)) return true;
    }
    return false;
}

bool workload_runs_on(const Workload *w, const char *peer) { return array_has(w->peers, peer); }

static void workload_free(Workload *w) {
    free(w->name), free(w->title), free(w->kind), free(w->guest), free(w->work_unit), free(w->elves);
    free(w->base), free(w->folder);
    free(w->timed.path), free(w->timed.size), free(w->exact.path), free(w->exact.size);
    json_decref(w->timed.boot), json_decref(w->exact.boot);
    json_decref(w->peers);
    for (uint32_t i = 0; i < w->patterns.n; i++) {
        regfree(&w->patterns.at[i].compiled);
        free(w->patterns.at[i].text);
    }
    vec_free(&w->patterns);
}

void workloads_free(WorkloadVec *all) {
    for (uint32_t i = 0; i < all->n; i++) workload_free(&all->at[i]);
    vec_free(all);
}

// WHY the room: glibc up to 2.41 frees twice when an allocation fails inside of regcomp() (its bug 33185). What it needs for a pattern is
// far less, and comes from here.
static int compile_pattern(regex_t *compiled, const char *text) {
    free(alloc_zeroed(REGCOMP_ROOM, 1));
    return regcomp(compiled, text, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
}

static bool load_check(Workload *w, const json_t *check, const char *file, Err *err) {
    const json_t *code = json_object_get(check, "exit"), *lines = json_object_get(check, "stdout");
    if (!json_is_object(check))
        return err_set(err, "%s: has no `check`: a result without a check proves nothing", file);
    w->exit_code = (int)json_integer_value(code);
    size_t i;
    json_t *line;
    json_array_foreach((json_t *)lines, i, line) {
        const char *text = json_string_value(line);
        Pattern p = {0};
        int bad = text ? compile_pattern(&p.compiled, text) : REG_BADPAT;
        if (bad) {
            char why[200];
            regerror(bad, &p.compiled, why, sizeof why);
            return err_set(err, "%s: check.stdout[%zu]: %s: write a POSIX extended regular expression", file, i, why);
        }
        p.text = alloc_text(text);
        vec_push(&w->patterns, p);
    }
    return true;
}

bool workload_check(const Workload *w, int exit_code, const char *text, Err *why) {
    if (exit_code != w->exit_code)
        return err_set(why, "exit: guest ended with %d, expected %d", exit_code, w->exit_code);
    for (uint32_t i = 0; i < w->patterns.n; i++) {
        if (regexec(&w->patterns.at[i].compiled, text, 0, NULL, 0))
            return err_set(why, "check: stdout does not match /%s/", w->patterns.at[i].text);
    }
    return true;
}

static char *elf_path(const char *elves, const char *guest, const char *name, const char *size) {
    bool full = !strcmp(size, "full");
    return alloc_print("%s/%s/%s%s%s.elf", elves, guest, name, full ? "" : "-", full ? "" : size);
}

// The guest's own variant of a size ("quick-rx") if the manifest has one; a manifest without that
// size is measured in `full`.
static const char *size_for(const json_t *sizes, const char *size, const char *guest, char own[64]) {
    snprintf(own, 64, "%s-%s", size, guest);
    return json_object_get(sizes, own) ? own : json_object_get(sizes, size) ? size : "full";
}

static bool find_boot(Binary *b, const json_t *m, const Workload *w, const char *size, Err *err) {
    char suffix[80] = "";
    Err why;
    if (strcmp(size, "full")) snprintf(suffix, sizeof suffix, "-%s", size);
    b->boot = boot_resolve(json_object_get(m, "boot"), suffix, &why);
    if (!b->boot) return err_set(err, "workload %s: %.700s: run `make linux`", w->name, why.text);
    b->path = boot_word(b->boot, "{initrd}");
    b->digest = boot_identity(b->boot);
    return true;
}

// An ELF that is there already, by its path in the checkout: one program for all sizes, whose work is that of `full`.
static bool find_official(Binary *b, const json_t *m, const Workload *w, const char *path, Err *err) {
    Err why;
    if (!digest_file(path, &b->digest, &why))
        return err_set(
            err, "workload %s: %.700s: its manifest names this ELF, relative to the folder in which nightjar runs",
            w->name, why.text);
    b->path = alloc_text(path);
    b->size = alloc_text("official");
    b->work = json_num(json_object_get(m, "sizes"), "full", 0);
    return true;
}

// The ELF of the full size, if it can be told how much to do.
static bool find_settable(Binary *b, const WorkloadQuery *q, const json_t *m, const Workload *w, Err *err) {
    off_t at;
    if (json_object_get(m, "boot") || json_object_get(m, "elf")) return true;
    char *path = elf_path(q->elves, w->folder, w->base, "full");
    b->settable = elf_work_find(path, &at);
    if (!b->settable) {
        free(path);
        return true;
    }
    b->path = path;
    b->size = alloc_text(q->sample);
    return digest_file(path, &b->digest, err);
}

static bool find_binary(Binary *b, const WorkloadQuery *q, const json_t *m, const Workload *w, const char *size,
                        Err *err) {
    const json_t *sizes = json_object_get(m, "sizes");
    if (!size && !find_settable(b, q, m, w, err)) return false;
    if (b->settable) return true;
    if (!size) size = "quick";
    const char *official = json_text(json_object_get(m, "elf"), w->guest, NULL);
    if (official) return find_official(b, m, w, official, err);
    char own[64];
    size = size_for(sizes, size, w->guest, own);
    b->size = alloc_text(size);
    b->work = json_num(sizes, size, 0);
    if (json_object_get(m, "boot")) return find_boot(b, m, w, size, err);
    b->path = elf_path(q->elves, w->folder, w->base, size);
    Err why;
    if (digest_file(b->path, &b->digest, &why)) return true;
    return err_set(err, "workload %s: %.700s: build it with `make workloads`", w->name, why.text);
}

char *workload_build(const Workload *w, const char *machine) {
    char *path = elf_path(w->elves, machine, w->base, w->timed.settable ? "full" : w->timed.size);
    if (!access(path, R_OK)) return path;
    path[strlen(path) - strlen(".elf")] = 0; // native programs have no suffix
    if (!access(path, X_OK)) return path;
    free(path);
    return NULL;
}

// Other builds of a workload for the same guest: workloads of their own, named NAME-SUFFIX.
typedef struct Variant {
    const char *folder, *guest, *suffix, *title, *peer; // peer: the one that runs them, too
} Variant;

static const Variant VARIANTS[] = {{"rv64-sv39", "rv64", "-sv39", ", in S-mode behind page tables", "qemu-system"}};

static const Variant *variant_of(const char *folder) {
    for (size_t i = 0; i < ARRAY_LEN(VARIANTS); i++)
        if (!strcmp(VARIANTS[i].folder, folder)) return &VARIANTS[i];
    return NULL;
}

static json_t *peers_of(const json_t *m, const Variant *v) {
    json_t *all = json_object_get(m, "peers");
    if (!v) return all ? json_incref(all) : json_array();
    return array_has(all, v->peer) ? json_pack("[s]", v->peer) : json_array();
}

static bool load_one(const WorkloadQuery *q, const json_t *m, const char *folder, const char *guest, Workload *w,
                     Err *err) {
    char file[4096];
    snprintf(file, sizeof file, "%s/manifest.json", folder);
    const Variant *v = variant_of(guest);
    w->base = alloc_text(json_text(m, "name", "?"));
    w->folder = alloc_text(guest);
    w->name = alloc_print("%s%s", w->base, v ? v->suffix : "");
    w->title = alloc_print("%s%s", json_text(m, "title", w->base), v ? v->title : "");
    w->kind = alloc_text(json_text(m, "kind", "benchmark"));
    w->guest = alloc_text(v ? v->guest : guest);
    w->work_unit = alloc_text(json_text(m, "work_unit", "iterations"));
    w->peers = peers_of(m, v);
    if (!load_check(w, json_object_get(m, "check"), file, err)) return false;
    if (!find_binary(&w->timed, q, m, w, q->size, err)) return false;
    if (!find_binary(&w->exact, q, m, w, q->exact_size, err)) return false;
    w->elves = alloc_text(q->elves);
    return true;
}

// What a workload boots is fetched by `make linux` only; until then `all` does without it, and says so.
static bool skip_boot(const WorkloadQuery *q, const json_t *m, const char *name) {
    const char *kernel = json_text(json_object_get(m, "boot"), "kernel", NULL);
    if (!kernel || !access(kernel, R_OK) || array_has(q->names, name)) return false;
    if (q->notes)
        json_array_append_new(q->notes,
                              json_sprintf("workload %s is skipped: %s is not here: run `make linux`", name, kernel));
    return true;
}

// What a workload is built for; of ELFs that are there, the guests that have one (new reference).
static json_t *guests_of(const json_t *m) {
    json_t *guests = json_object_get(m, "guests"), *v;
    const char *name;
    if (guests) return json_incref(guests);
    guests = json_array();
    json_object_foreach(json_object_get(m, "elf"), name, v) json_array_append_new(guests, json_string(name));
    return guests;
}

static bool load_folder(const WorkloadQuery *q, const char *folder, WorkloadVec *out, json_t *seen, Err *err) {
    char file[4096];
    snprintf(file, sizeof file, "%s/manifest.json", folder);
    if (access(file, F_OK)) return true; // lib/, prebuilt/
    json_t *m = jsonfile_load(file, err);
    if (!m) return false;
    const char *name = json_text(m, "name", "");
    bool benchmark = !strcmp(json_text(m, "kind", "benchmark"), "benchmark"), all = array_has(q->names, "all");
    bool ok = true;
    size_t i;
    json_t *guest, *guests = guests_of(m);
    json_array_foreach(guests, i, guest) {
        const char *g = json_string_value(guest);
        const Variant *v = g ? variant_of(g) : NULL;
        char *own = alloc_print("%s%s", name, v ? v->suffix : "");
        // A variant is measured when it is named, and by `all`.
        bool wanted = all || (json_array_size(q->names) ? array_has(q->names, own) : benchmark && !v);
        if (!array_has(seen, own)) json_array_append_new(seen, json_string(own));
        free(own);
        if (!ok || !wanted || !g || !array_has(q->guests, v ? v->guest : g) || skip_boot(q, m, name)) continue;
        Workload w = {0};
        ok = load_one(q, m, folder, g, &w, err);
        if (ok)
            vec_push(out, w);
        else
            workload_free(&w);
    }
    json_decref(m), json_decref(guests);
    return ok;
}

static bool check_names(const WorkloadQuery *q, const json_t *seen, Err *err) {
    size_t i;
    json_t *name;
    json_array_foreach(q->names, i, name) {
        const char *s = json_string_value(name);
        if (!strcmp(s, "all") || array_has(seen, s)) continue;
        char *known = json_dumps(seen, JSON_COMPACT);
        err_set(err, "--workload %s: there is no such workload in %s; it has %.700s", s, q->sources, known);
        free(known);
        return false;
    }
    return true;
}

bool workloads_load(const WorkloadQuery *q, WorkloadVec *out, Err *err) {
    struct dirent **entries;
    int n = scandir(q->sources, &entries, NULL, alphasort);
    if (n < 0)
        return err_set(
            err, "%s: no such folder of workloads: start nightjar in the project's folder or give --workloads-dir",
            q->sources);
    json_t *seen = json_array();
    bool ok = true;
    for (int i = 0; i < n; i++) {
        char folder[2048];
        snprintf(folder, sizeof folder, "%s/%s", q->sources, entries[i]->d_name);
        if (ok && entries[i]->d_name[0] != '.') ok = load_folder(q, folder, out, seen, err);
        free(entries[i]);
    }
    free(entries);
    ok = ok && check_names(q, seen, err);
    if (ok && !out->n) ok = err_set(err, "%s: no workload left for the guests and names asked for", q->sources);
    json_decref(seen);
    return ok;
}
