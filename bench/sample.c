// The judgement here is about one sample alone; what needs its siblings (guest instruction counts) is in validity.c.
#include "bench/sample.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EMU_HOST_FAILED 125 // emu's exit code when the host or a file failed (emulator/INTERFACE.md)
#define TAIL            300 // bytes of stderr that a failed sample keeps

static bool is_timed(const Slot *slot) { return slot->purpose != PURPOSE_EXACT && slot->purpose != PURPOSE_WARMUP; }

static const char *planned_isa(const Plan *plan, const Slot *slot) {
    const PlanHost *h = plan_host(plan, &plan->configs.at[slot->config]);
    return slot->purpose == PURPOSE_EXACT ? h->exact_isa : h->time_isa;
}

static json_t *emu_command(const Plan *plan, const Slot *slot, SampleWork work, const char *stats,
                           const char *profile) {
    const Config *c = &plan->configs.at[slot->config];
    const Workload *w = &plan->workloads.at[slot->workload];
    char *features = emulator_feature_argument(json_object_get(c->json, "features"));
    json_t *argv = emulator_command(&plan_host(plan, c)->emu),
           *options = json_pack("[s+, s+, s, s+]", "--engine=", json_text(c->json, "engine", "jit"),
                                "--features=", features, "--clock=insn", "--stats=", stats);
    json_array_extend(argv, options);
    json_decref(options);
    free(features);
    const char *isa = planned_isa(plan, slot);
    if (strcmp(isa, "unknown")) json_array_append_new(argv, json_pack("s+", "--host-isa=", isa));
    if (plan->options->events && is_timed(slot))
        json_array_append_new(argv, json_pack("s+", "--events=", plan->options->events));
    if (slot->purpose == PURPOSE_EXACT) json_array_append_new(argv, json_pack("s+", "--profile=", profile));
    const Binary *b = slot->purpose == PURPOSE_EXACT ? &w->exact : &w->timed;
    if (work.iterations) json_array_append_new(argv, json_sprintf("--work=%u", work.iterations));
    if (work.slice) json_array_append_new(argv, json_sprintf("--slices=%llu", (unsigned long long)work.slice));
    if (b->boot)
        boot_options(b->boot, argv);
    else
        json_array_append_new(argv, json_string(b->path));
    return argv;
}

static json_t *new_sample(const Plan *plan, const Slot *slot, SampleWork work) {
    const Config *c = &plan->configs.at[slot->config];
    const Workload *w = &plan->workloads.at[slot->workload];
    const Binary *b = slot->purpose == PURPOSE_EXACT ? &w->exact : &w->timed;
    json_t *s = json_object();
    json_put(s, "id", json_integer(slot->id));
    json_put(s, "block", json_integer(slot->block));
    json_put(s, "config", json_string(c->id));
    json_put(s, "workload", json_string(w->name));
    json_put(s, "guest", json_string(w->guest));
    json_put(s, "size", json_string(b->size));
    json_put(s, "elf_sha256", json_string(b->digest.hex));
    if (work.iterations) json_put(s, "work", json_integer(work.iterations));
    json_put(s, "purpose", json_string(purpose_name(slot->purpose)));
    json_put(s, "features", json_incref(json_object_get(c->json, "features")));
    json_put(s, "valid", json_true());
    json_put(s, "reason", json_null());
    json_put(s, "metrics", json_object());
    json_put(s, "unavailable", json_object());
    return s;
}

static void invalidate(json_t *sample, const char *reason) {
    if (json_is_false(json_object_get(sample, "valid"))) return; // the first reason stays
    json_put(sample, "valid", json_false());
    json_put(sample, "reason", json_string(reason));
}

static void judge_end(json_t *sample, const ProcessResult *r, const Workload *w, double timeout_s) {
    char why[1500];
    Err err;
    if (r->timed_out) {
        snprintf(why, sizeof why, "timeout: killed after %g s", timeout_s);
        invalidate(sample, why);
    } else if (!r->exited) {
        snprintf(why, sizeof why, "signal: killed by signal %d (%s)", r->signal, strsignal(r->signal));
        invalidate(sample, why);
    } else if (r->strays) {
        snprintf(why, sizeof why, "processes: %d that it started left its group and did not end with it; killed",
                 r->strays);
        invalidate(sample, why);
    } else if (!workload_check(w, r->code, r->out, &err)) {
        snprintf(why, sizeof why, "%s%s%.*s", err.text, *r->err ? "; stderr: " : "", TAIL, r->err);
        why[strcspn(why, "\n")] = 0;
        invalidate(sample, why);
    }
}

static void judge_features(json_t *sample, const json_t *asked, const json_t *reported) {
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)asked, name, v) {
        const json_t *got = json_object_get(reported, name);
        char why[200];
        snprintf(why, sizeof why, "features: asked for %s %s, emulator reports %s", name,
                 json_is_true(v) ? "on" : "off",
                 !got                ? "nothing"
                 : json_is_true(got) ? "on"
                                     : "off");
        if (!got || json_is_true(got) != json_is_true(v)) invalidate(sample, why);
    }
}

// A count that cannot be is not recorded: the document would be none, and with it all other samples lost.
static void take_count(json_t *sample, const char *name, json_t *v) {
    char why[300];
    if (json_is_number(v) && json_number_value(v) >= 0) {
        json_object_set(json_object_get(sample, "metrics"), name, v);
        return;
    }
    char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
    snprintf(why, sizeof why, "counts: %.60s is %.60s, which cannot be", name, text ? text : "nothing");
    free(text);
    invalidate(sample, why);
}

static bool is_named(const json_t *version, const char *counter) {
    json_t *v;
    size_t i;
    json_array_foreach(json_object_get(version, "counters"), i, v) {
        if (!strcmp(json_text(v, "name", ""), counter)) return true;
    }
    return false;
}

static void take_counters(json_t *sample, const json_t *stats, const json_t *version) {
    json_t *metrics = json_object_get(sample, "metrics"), *unavailable = json_object_get(sample, "unavailable");
    json_t *units = json_object(), *v;
    const char *name;
    char why[300];
    json_object_foreach(json_object_get(stats, "counters"), name, v) {
        snprintf(why, sizeof why, "counts: %.60s is a counter that the emulator does not name in --version=json", name);
        if (is_named(version, name))
            take_count(sample, name, v);
        else
            invalidate(sample, why);
    }
    json_object_foreach(json_object_get(stats, "unavailable"), name, v) {
        if (json_is_string(v)) json_object_set(unavailable, name, v);
    }
    json_object_foreach(json_object_get(stats, "events"), name, v) {
        if (json_is_number(json_object_get(v, "value"))) {
            take_count(sample, name, json_object_get(v, "value"));
            json_put(units, name, json_string(json_text(v, "unit", "events")));
        } else {
            json_put(unavailable, name, json_string(json_text(v, "reason", "no reason given")));
        }
    }
    if (json_object_size(units)) json_object_set(sample, "units", units);
    json_decref(units);
    double guest = json_num(metrics, "guest_instructions", 0), host = json_num(metrics, "host_instructions", -1);
    if (guest > 0 && host >= 0) json_put(metrics, "host_per_guest", json_real(host / guest));
}

// An event that was asked for and that the emulator does not mention at all.
static void note_silent_events(json_t *sample, const char *asked) {
    json_t *metrics = json_object_get(sample, "metrics"), *unavailable = json_object_get(sample, "unavailable");
    char *copy = alloc_text(asked ? asked : ""), *save = NULL;
    for (char *name = strtok_r(copy, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
        if (!strcmp(name, "default")) continue; // the emulator's own set, reported by the names in it
        if (!json_object_get(metrics, name) && !json_object_get(unavailable, name))
            json_put(unavailable, name, json_string("the emulator did not report this event"));
    }
    free(copy);
}

static void take_phases(json_t *sample, const json_t *phases) {
    static const char *const PHASES[] = {"load_ns", "translate_ns", "execute_ns"};
    for (size_t i = 0; i < ARRAY_LEN(PHASES); i++) {
        json_t *v = json_object_get(phases, PHASES[i]);
        if (v) take_count(sample, PHASES[i], v);
    }
}

// The hash of the ELF that ran, or the identity of what was booted.
static Digest what_ran(const json_t *stats) {
    Digest d = {{0}};
    json_t *boot = json_copy(json_object_get(stats, "boot"));
    if (boot) {
        json_put(boot, "memory_bytes", json_incref(json_object_get(stats, "memory_bytes")));
        d = boot_identity(boot);
        json_decref(boot);
    } else {
        snprintf(d.hex, sizeof d.hex, "%s", json_text(json_object_get(stats, "elf"), "sha256", ""));
    }
    return d;
}

// What the code was: which instructions it could use, whether it reached RAM through a window, and its hash where the emulator was
// asked for it.
static void take_code(json_t *sample, const json_t *stats, const char *isa) {
    static const char *const KEYS[] = {"host_isa", "code_sha256"};
    char why[200];
    for (size_t i = 0; i < ARRAY_LEN(KEYS); i++)
        if (json_is_string(json_object_get(stats, KEYS[i])))
            json_object_set(sample, KEYS[i], json_object_get(stats, KEYS[i]));
    json_t *window = json_object_get(stats, "window");
    if (json_is_boolean(window)) json_object_set(sample, "window", window);
    const char *ran = json_text(stats, "host_isa", "unknown");
    snprintf(why, sizeof why, "host_isa: the emulator reports `%.60s`, planned `%.60s`", ran, isa);
    if (strcmp(ran, isa)) invalidate(sample, why);
}

static void judge_stats(json_t *sample, const json_t *stats, const Config *c, const Err *load) {
    char why[1200];
    const char *asked = json_text(sample, "elf_sha256", "");
    Digest ran = what_ran(stats);
    const char *end = json_text(json_object_get(stats, "exit"), "reason", "");
    if (!stats) {
        snprintf(why, sizeof why, "stats: %s", load->text);
        invalidate(sample, why);
        return;
    }
    if (strcmp(json_text(stats, "schema", ""), "nightjar.stats/1"))
        invalidate(sample, "stats: the file is not nightjar.stats/1");
    snprintf(why, sizeof why, "elf: emulator ran %.64s, planned %s", ran.hex, asked);
    if (strcmp(asked, ran.hex)) invalidate(sample, why);
    snprintf(why, sizeof why, "exit: emulator reports the end `%.60s`, expected `guest`", end);
    if (strcmp(end, "guest")) invalidate(sample, why);
    judge_features(sample, json_object_get(c->json, "features"), json_object_get(stats, "features"));
    const json_t *retired = json_object_get(json_object_get(sample, "metrics"), "guest_instructions");
    if (!json_is_integer(retired)) invalidate(sample, "stats: guest_instructions is missing");
    if (json_is_integer(retired) && !json_integer_value(retired))
        invalidate(sample, "counts: guest_instructions is 0: nothing ran");
}

// Times of the process; not taken for an exact sample, which runs with the profile on.
static void take_times(json_t *sample, const ProcessResult *r) {
    json_t *metrics = json_object_get(sample, "metrics");
    json_put(metrics, "cpu_ns", json_integer((json_int_t)r->cpu_ns));
    json_put(metrics, "wall_ns", json_integer((json_int_t)r->wall_ns));
    json_put(metrics, "max_rss_kb", json_integer((json_int_t)r->max_rss_kb));
    json_put(metrics, "involuntary_switches", json_integer((json_int_t)r->involuntary_switches));
    json_put(metrics, "minor_faults", json_integer((json_int_t)r->minor_faults));
    if (!r->cpu_ns || !r->wall_ns) invalidate(sample, "time: the kernel reported no time for this process");
}

static const char **argv_strings(const json_t *argv) {
    size_t n = json_array_size(argv);
    const char **strings = alloc_zeroed(n + 1, sizeof *strings);
    for (size_t i = 0; i < n; i++) strings[i] = json_string_value(json_array_get(argv, i));
    return strings;
}

// A run that could not write its files says nothing about the guest: nothing is recorded, --resume takes it again.
static bool disk_has_room(const char *scratch, Err *err) {
    char path[4200], block[16384] = {0};
    snprintf(path, sizeof path, "%s/room", scratch);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool ok = fd >= 0;
    for (int i = 0; ok && i < 64; i++) ok = write(fd, block, sizeof block) == (ssize_t)sizeof block;
    ok = ok && !fsync(fd);
    int why = errno;
    if (fd >= 0) close(fd);
    unlink(path);
    return ok ||
           err_set(err, "%s: %s: this sample is not kept; make room and go on with --resume", scratch, strerror(why));
}

json_t *sample_take(const Plan *plan, const Slot *slot, SampleWork work, const char *scratch,
                    const volatile sig_atomic_t *stop, bool *stopped, Err *err) {
    const Config *c = &plan->configs.at[slot->config];
    const Workload *w = &plan->workloads.at[slot->workload];
    char stats_path[4200], profile_path[4200], copy_path[4200];
    snprintf(stats_path, sizeof stats_path, "%s/stats.json", scratch);
    snprintf(profile_path, sizeof profile_path, "%s/profile.json", scratch);
    snprintf(copy_path, sizeof copy_path, "%s/program", scratch);
    unlink(stats_path);
    json_t *argv = c->peer ? peer_command(c->peer, w, &(PeerWork){work.iterations, copy_path}, err)
                           : emu_command(plan, slot, work, stats_path, profile_path);
    if (!argv) return NULL;
    ProcessLimits limits = {.timeout_s = plan->options->timeout_s,
                            .memory_bytes = plan->options->memory_bytes,
                            .pin = plan->options->pin,
                            .stop = stop};
    ProcessResult r;
    const char **strings = argv_strings(argv);
    bool started = process_run(strings, &limits, &r, err);
    free(strings);
    json_decref(argv);
    *stopped = started && r.stopped;
    bool same = c->peer || !started || emulator_unchanged(&plan_host(plan, c)->emu, err);
    json_t *sample = started && same && !r.stopped ? new_sample(plan, slot, work) : NULL;
    if (sample) {
        json_put(sample, "wall_ns", json_integer((json_int_t)r.wall_ns)); // what the sample cost, for estimates
        if (is_timed(slot)) take_times(sample, &r);
        judge_end(sample, &r, w, plan->options->timeout_s);
        Err load = {0};
        json_t *stats = c->peer ? NULL : jsonfile_load(stats_path, &load);
        if (stats) take_counters(sample, stats, plan_host(plan, c)->emu.version);
        if (stats && is_timed(slot)) note_silent_events(sample, plan->options->events);
        if (stats && work.slice) json_object_set(sample, "slices", json_object_get(stats, "slices"));
        if (stats && is_timed(slot)) take_phases(sample, json_object_get(stats, "phases"));
        bool lost = !c->peer && !r.timed_out && (!stats || (r.exited && r.code == EMU_HOST_FAILED));
        if (lost && !disk_has_room(scratch, err)) {
            json_decref(sample);
            sample = NULL;
        }
        if (sample && !c->peer) judge_stats(sample, stats, c, &load);
        if (sample && stats) take_code(sample, stats, planned_isa(plan, slot));
        json_decref(stats);
    }
    if (started) process_result_free(&r);
    unlink(stats_path), unlink(profile_path), unlink(copy_path);
    return sample;
}
