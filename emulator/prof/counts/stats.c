// nightjar.stats/1: the counters and phases of one run.
#include "prof/counts/report.h"
#include "base/sha256.h"
#include <string.h>

static json_t *emu(void) {
    json_t *v = report_version();
    json_t *e = json_object();
    static const char *const keys[] = {"version", "commit", "dirty", "mode"};
    for (unsigned i = 0; i < ARRAY_LEN(keys); i++) json_object_set(e, keys[i], json_object_get(v, keys[i]));
    json_decref(v);
    return e;
}

static json_t *exit_object(const Machine *m) {
    static const char *const reasons[] = {
        [RUN_GUEST_EXIT] = "guest", [RUN_MAX_INSNS] = "max-insns", [RUN_MAX_TIME] = "max-time", [RUN_STUCK] = "stuck",
        [RUN_KILLED] = "killed",    [RUN_SIGNAL] = "signal",       [RUN_QUIT] = "quit"};
    return json_pack("{s:s,s:i}", "reason", reasons[m->end], "code", m->exit_code);
}

static uint64_t counter(const Machine *m, Stat s, const BlockTotals *t) {
    switch (s) {
    case STAT_guest_instructions: return cpu_now(machine_cpu(m));
    case STAT_host_instructions: return t->host_instructions;
    case STAT_block_hits: return t->block_hits;
    case STAT_branch_minority: return t->branch_minority;
    case STAT_host_branch_minority: return t->host_branch_minority;
    default: return m->stats.v[s];
    }
}

static bool is_of_host(Stat s) { return s == STAT_host_instructions || s == STAT_host_branch_minority; }

bool report_has(const Machine *m, Stat s) {
    return !*stat_info(s).needs || (m->o.profile && !(m->o.interp && is_of_host(s)));
}

static void add_file(json_t *boot, const char *key, const BootFile *f) {
    char sha256[65];
    if (!f->path) return;
    sha256_hex(f->bytes, f->n, sha256);
    json_object_set_new(boot, key, json_pack("{s:s,s:s}", "path", f->path, "sha256", sha256));
}

// What firmware was handed.
static json_t *boot_object(const Machine *m) {
    json_t *boot = json_object();
    add_file(boot, "bios", &m->boot.bios);
    add_file(boot, "kernel", &m->boot.kernel);
    add_file(boot, "initrd", &m->boot.initrd);
    if (m->o.boot.append) json_object_set_new(boot, "append", json_string(m->o.boot.append));
    return boot;
}

static json_t *slices_array(const Machine *m) {
    json_t *slices = json_array();
    for (uint32_t i = 0; i < m->slices.n; i++) {
        const Slice *s = &m->slices.at[i];
        json_array_append_new(slices, json_pack("{s:I,s:I,s:I}", "guest_instructions", (json_int_t)s->insns, "cpu_ns",
                                                (json_int_t)s->cpu_ns, "translate_ns", (json_int_t)s->translate_ns));
    }
    return slices;
}

json_t *report_stats(const Machine *m, json_t *events) {
    json_t *counters = json_object(), *unavailable = json_object();
    BlockTotals totals = {0};
    if (m->o.profile) totals = blocks_totals(m);
    for (unsigned i = 0; i < STAT_COUNT; i++) {
        StatInfo s = stat_info((Stat)i);
        if (report_has(m, (Stat)i))
            json_object_set_new(counters, s.name, json_integer((json_int_t)counter(m, (Stat)i, &totals)));
        else
            json_object_set_new(
                unavailable, s.name,
                json_string(m->o.interp && m->o.profile ? "the interpreter emits no host code" : "needs --profile"));
    }
    const Phases *p = &m->phases;
    char isa[64];
    host_isa_text(&host_native, host_native.isa_native() & ~m->o.isa_masked, isa, sizeof isa);
    json_t *doc =
        json_pack("{s:s,s:o,s:{s:s,s:s},s:s,s:s,s:s,s:s,s:s,s:I,s:o,s:o,s:o,s:o,s:O,s:{s:I,s:I,s:I,s:I,s:I}}", "schema",
                  "nightjar.stats/1", "emu", emu(), "elf", "path", m->elf.path, "sha256", elf_sha256(&m->elf), "guest",
                  m->guest->name, "board", m->board.name, "engine", m->o.interp ? "interp" : "jit", "clock",
                  m->o.host_clock ? "host" : "insn", "host_isa", isa, "memory_bytes", (json_int_t)m->o.ram_size,
                  "features", report_features(m), "exit", exit_object(m), "counters", counters, "unavailable",
                  unavailable, "events", events, "phases", "load_ns", (json_int_t)p->load_ns, "translate_ns",
                  (json_int_t)p->translate_ns, "execute_ns", (json_int_t)p->execute_ns, "total_cpu_ns",
                  (json_int_t)p->total_cpu_ns, "total_wall_ns", (json_int_t)p->total_wall_ns);
    if (!m->sys) json_object_set_new(doc, "window", json_boolean(m->mem.window.at != NULL));
    if (m->o.work) json_object_set_new(doc, "work", json_integer(m->o.work));
    if (m->o.slices) json_object_set_new(doc, "slices", slices_array(m));
    if (!m->o.elf_path) json_object_set_new(doc, "boot", boot_object(m));
    return doc;
}
