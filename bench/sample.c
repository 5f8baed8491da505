// The judgement here is about one sample alone; what needs its siblings (guest instruction counts) is in validity.c. What the
// emulator says of itself is read by sample_stats.c.
#include "bench/sample.h"
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/base/process.h"
#include "bench/sample_stats.h"
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

static void judge_end(json_t *sample, const ProcessResult *r, const Workload *w, double timeout_s) {
    char why[1500];
    Err err;
    if (r->timed_out) {
        snprintf(why, sizeof why, "timeout: killed after %g s", timeout_s);
        sample_invalidate(sample, why);
    } else if (!r->exited) {
        snprintf(why, sizeof why, "signal: killed by signal %d (%s)", r->signal, strsignal(r->signal));
        sample_invalidate(sample, why);
    } else if (r->strays) {
        snprintf(why, sizeof why, "processes: %d that it started left its group and did not end with it; killed",
                 r->strays);
        sample_invalidate(sample, why);
    } else if (!workload_check(w, r->code, r->out, &err)) {
        snprintf(why, sizeof why, "%s%s%.*s", err.text, *r->err ? "; stderr: " : "", TAIL, r->err);
        why[strcspn(why, "\n")] = 0;
        sample_invalidate(sample, why);
    }
}

// Times of the process; not taken for an exact sample, which runs with the profile on.
static void take_times(json_t *sample, const ProcessResult *r) {
    json_t *metrics = json_object_get(sample, "metrics");
    json_put(metrics, "cpu_ns", json_integer((json_int_t)r->cpu_ns));
    json_put(metrics, "wall_ns", json_integer((json_int_t)r->wall_ns));
    json_put(metrics, "max_rss_kb", json_integer((json_int_t)r->max_rss_kb));
    json_put(metrics, "involuntary_switches", json_integer((json_int_t)r->involuntary_switches));
    json_put(metrics, "minor_faults", json_integer((json_int_t)r->minor_faults));
    if (!r->cpu_ns || !r->wall_ns) sample_invalidate(sample, "time: the kernel reported no time for this process");
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
        bool lost = !c->peer && !r.timed_out && (!stats || (r.exited && r.code == EMU_HOST_FAILED));
        if (lost && !disk_has_room(scratch, err)) {
            json_decref(sample);
            sample = NULL;
        }
        StatsAsked asked = {.version = plan_host(plan, c)->emu.version,
                            .features = json_object_get(c->json, "features"),
                            .isa = planned_isa(plan, slot),
                            .events = plan->options->events,
                            .timed = is_timed(slot),
                            .sliced = work.slice != 0};
        if (sample && !c->peer) sample_take_stats(sample, stats, &asked, &load);
        json_decref(stats);
    }
    if (started) process_result_free(&r);
    unlink(stats_path), unlink(profile_path), unlink(copy_path);
    return sample;
}
