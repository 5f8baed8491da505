// Oracle: the INVARIANTs of bench/model/run.h and profile.h, and that a refusal names the file. What was loaded is used: a run
// is compared with itself, which must find nothing; floors are computed.
#include "bench/document.h"
#include "bench/judge.h"
#include "bench/model/profile.h"
#include "bench/noise.h"
#include "bench/tests/lib_run.h"
#include "ci/tests/fuzz/targets.h"
#include <string.h>

static void check_refusal(const Err *err, const char *path) {
    BUG_IF(!strstr(err->text, path) || strlen(err->text) < strlen(path) + 5, "a refusal without words: %s", err->text);
}

static void use_run(const RunDoc *doc) {
    Err err = {0};
    for (uint32_t i = 0; i < doc->samples.n; i++) {
        const RunSample *s = &doc->samples.at[i];
        BUG_IF(s->config >= doc->configs.n || s->workload >= doc->workloads.n, "an index that is out of its list");
        BUG_IF(s->valid && !(s->wall_ns > 0), "a valid sample without a time");
    }
    json_t *reasons = judge_incomparable(doc, doc, false);
    JudgeOptions o = {.exact_only = true};
    json_t *c = judge_compare(doc, doc, &o, &err);
    BUG_IF(!c && !*err.text, "a comparison that is refused without words");
    json_decref(c);
    json_decref(reasons);
    json_decref(noise_measure(doc));
}

void fuzz_run(const uint8_t *data, size_t n) {
    FuzzFile file = fuzz_file(data, n);
    Err err = {0};
    RunDoc doc;
    if (run_doc_load(&doc, file.path, &err)) {
        use_run(&doc);
        document_faults(doc.root);
        run_doc_free(&doc);
    } else {
        check_refusal(&err, file.path);
    }
    fuzz_file_close(&file);
}

void fuzz_profile(const uint8_t *data, size_t n) {
    FuzzFile file = fuzz_file(data, n);
    Err err = {0};
    ProfileDoc doc;
    if (profile_doc_load(&doc, file.path, &err)) {
        for (uint32_t i = 0; i < doc.blocks.n; i++) BUG_IF(!doc.blocks.at[i].gpc, "a block without an address");
        profile_total(&doc);
        profile_doc_free(&doc);
    } else {
        check_refusal(&err, file.path);
    }
    fuzz_file_close(&file);
}

void fuzz_noise(const uint8_t *data, size_t n) {
    FuzzFile file = fuzz_file(data, n);
    json_t *entries = noise_load(file.path), *entry;
    BUG_IF(!json_is_array(entries), "floors that are no list");
    size_t i;
    json_array_foreach(entries, i, entry) {
        Spread s = noise_spread(entry);
        noise_floor(&s, 3, 5);
        noise_mde(&s, 7, 7, 10, 0.05);
        spread_free(&s);
    }
    noise_find(entries, &(NoiseKey){"w", "rv64", "cpu_ns", NULL, NULL});
    json_decref(entries);
    fuzz_file_close(&file);
}

bool fuzz_run_seed(unsigned i, Bytes *out) {
    static const char *const parts[] = {
        "{}",
        "{'configs': [{'id': 'a'}], 'workloads': [{'name': 'w', 'guest': 'g'}], 'metrics': [{'name': 'cpu_ns', 'kind': 'sampled', "
        "'primary': true}], 'samples': [{'id': 0, 'config': 'a', 'workload': 'w', 'guest': 'g', 'valid': true, 'wall_ns': 1, "
        "'metrics': {'cpu_ns': 5}}]}",
        "{'configs': [{'id': 'a'}, {'id': 'b'}], 'workloads': [{'name': 'w', 'guest': 'g'}], 'metrics': [{'name': "
        "'host_instructions', 'kind': 'exact'}], 'samples': [{'id': 1, 'config': 'b', 'workload': 'w', 'guest': 'g', 'valid': true, "
        "'wall_ns': 2, 'purpose': 'exact', 'metrics': {'host_instructions': 7}}], 'errors': [], 'noise': []}",
    };
    if (i >= ARRAY_LEN(parts)) return false;
    char text[1024];
    snprintf(text, sizeof text, "%s", parts[i]);
    for (char *c = text; *c; c++) *c = *c == '\'' ? '"' : *c;
    json_t *schema = run_schema(), *made = json_loads(text, 0, NULL), *whole = document_completed(schema, made);
    fuzz_add_json(out, whole);
    json_decref(whole), json_decref(made), json_decref(schema);
    return true;
}

bool fuzz_profile_seed(unsigned i, Bytes *out) {
    if (i) return false;
    json_t *schema = profile_schema();
    json_t *made = json_pack("{s:[{s:s, s:[{s:s}], s:[{s:s, s:[{s:s}]}]}], s:[{s:s}]}", "blocks", "gpc", "0x80000000",
                             "exits", "kind", "direct", "translations", "tier", "block", "guest", "gpc", "0x80000000",
                             "functions", "name", "main");
    json_t *whole = document_completed(schema, made);
    fuzz_add_json(out, whole);
    json_decref(whole), json_decref(made), json_decref(schema);
    return true;
}

bool fuzz_noise_seed(unsigned i, Bytes *out) {
    json_t *cpu = json_pack("{s:s, s:s, s:[{s:s, s:s, s:s, s:s, s:s, s:i, s:f, s:f, s:f, s:[f, f, f, f], s:s}]}",
                            "schema", "nightjar.noise/2", "cpu_model", "any", "entries", "workload", "w", "guest",
                            "rv64", "metric", "cpu_ns", "size", "quick", "plan", "p", "n", 4, "floor", 0.01, "mde",
                            0.02, "drift", 0.0, "spread", -0.01, 0.0, 0.01, 0.02, "measured", "2026-01-01T00:00:00Z");
    fuzz_add_json(out, cpu);
    json_decref(cpu);
    return !i;
}
