#include "bench/peers.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include "bench/model/elf_work.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *missing_entry(const char *name, const char *reason) {
    return json_pack("{s:s, s:s}", "name", name, "reason", reason);
}

static bool wants(const json_t *wanted, const char *name) {
    size_t i;
    json_t *v;
    json_array_foreach((json_t *)wanted, i, v) {
        if (!strcmp(json_string_value(v), name) || !strcmp(json_string_value(v), "all")) return true;
    }
    return false;
}

// First line of what the peer's version command prints.
static char *version_text(const json_t *peer) {
    const char *argv[9] = {0};
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(peer, "version"), i, v) {
        if (i < 8) argv[i] = json_string_value(v);
    }
    Err err;
    ProcessResult r;
    ProcessLimits limits = {.timeout_s = 20, .pin = -1};
    if (!argv[0] || !process_run(argv, &limits, &r, &err)) return NULL;
    r.out[strcspn(r.out, "\n")] = 0;
    char *text = alloc_text(r.out);
    process_result_free(&r);
    return text;
}

// Says why this peer cannot run here, or returns true and completes the manifest.
static bool peer_detect(json_t *peer, Err *why) {
    if (json_object_get(peer, "unavailable")) return err_set(why, "%s", json_text(peer, "unavailable", ""));
    const char *guest;
    json_t *command;
    json_object_foreach(json_object_get(peer, "commands"), guest, command) {
        const char *program = json_string_value(json_array_get(command, 0));
        if (!program) return err_set(why, "its manifest has an empty command for %s", guest);
        if (*program == '{') continue; // {elf} or {build:...}: depends on the workload
        char *path = process_which(program);
        if (!path) return err_set(why, "%s is not installed: %s", program, json_text(peer, "install", "install it"));
        free(path);
    }
    char *text = version_text(peer);
    json_put(peer, "version_text", json_string_or_null(text));
    free(text);
    return true;
}

static bool load_peer(const char *file, const json_t *wanted, json_t *names, json_t *found, json_t *missing, Err *err) {
    json_t *peer = jsonfile_load(file, err);
    if (!peer) return false;
    const char *name = json_text(peer, "name", NULL);
    if (!name) {
        json_decref(peer);
        return err_set(err, "%s: has no `name`", file);
    }
    json_array_append_new(names, json_string(name));
    Err why;
    if (!wants(wanted, name)) {
        // not asked for
    } else if (peer_detect(peer, &why)) {
        json_array_append(found, peer);
    } else {
        json_array_append_new(missing, missing_entry(name, why.text));
    }
    json_decref(peer);
    return true;
}

bool peers_load(const char *folder, const json_t *wanted, json_t *found, json_t *missing, Err *err) {
    if (!json_array_size(wanted)) return true;
    struct dirent **entries;
    int n = scandir(folder, &entries, NULL, alphasort);
    if (n < 0)
        return err_set(err, "%s: no such folder of peers: start nightjar in the project's folder or give --peers-dir",
                       folder);
    json_t *names = json_array(), *v;
    bool ok = true;
    for (int i = 0; i < n; i++) {
        char file[2048];
        const char *dot = strrchr(entries[i]->d_name, '.');
        snprintf(file, sizeof file, "%s/%s", folder, entries[i]->d_name);
        if (ok && dot && !strcmp(dot, ".json")) ok = load_peer(file, wanted, names, found, missing, err);
        free(entries[i]);
    }
    free(entries);
    size_t i;
    json_array_foreach((json_t *)wanted, i, v) {
        if (!ok || !strcmp(json_string_value(v), "all") || wants(names, json_string_value(v))) continue;
        char *known = json_dumps(names, JSON_COMPACT);
        ok = err_set(err, "--peer %s: there is no such peer in %s; it has %.700s", json_string_value(v), folder, known);
        free(known);
    }
    json_decref(names);
    return ok;
}

#define BUILD "{build:"

// One word of a command line with its placeholder filled in; NULL if it asks for a build that is not there.
static char *argument(const char *text, const Workload *w, const PeerWork *work, Err *why) {
    bool elf = !strcmp(text, "{elf}"), build = !strncmp(text, BUILD, strlen(BUILD));
    const char *machine_name = build ? text + strlen(BUILD) : "";
    if (!elf && w->timed.boot) return boot_word(w->timed.boot, text);
    if (!elf && !build) return alloc_text(text);
    char machine[64];
    int len = (int)strcspn(machine_name, "}");
    snprintf(machine, sizeof machine, "%.*s", len, machine_name);
    char *path = elf ? alloc_text(w->timed.path) : workload_build(w, machine);
    if (!path) err_set(why, "workload %s is not built for %s: run workloads/build.sh %s", w->name, machine, machine);
    if (!path || !work || !work->iterations) return path;
    bool ok = elf_work_copy(path, work->copy, work->iterations, why);
    free(path);
    return ok ? alloc_text(work->copy) : NULL;
}

json_t *peer_command(const json_t *peer, const Workload *w, const PeerWork *work, Err *why) {
    const char *name = json_text(peer, "name", "?");
    const json_t *command = json_object_get(json_object_get(peer, w->timed.boot ? "boot" : "commands"), w->guest);
    if (!workload_runs_on(w, name)) {
        err_set(why, "workload %s does not list the peer %s", w->name, name);
        return NULL;
    }
    if (!command) {
        err_set(why, "the peer %s has no command for the guest %s", name, w->guest);
        return NULL;
    }
    json_t *argv = json_array(), *word;
    size_t i;
    json_array_foreach((json_t *)command, i, word) {
        if (!json_is_string(word))
            err_set(why, "the peer %s: word %zu of its command for %s is no text", name, i, w->guest);
        char *path = json_is_string(word) ? argument(json_string_value(word), w, work, why) : NULL;
        if (!path) {
            json_decref(argv);
            return NULL;
        }
        json_array_append_new(argv, json_string(path));
        free(path);
    }
    return argv;
}
