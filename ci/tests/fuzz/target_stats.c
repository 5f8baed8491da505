// Oracle: the INVARIANT of bench/sample_stats.h. A sample takes what the bytes say of it; a run of it and of a sound sample must then
// be a document that loads. A sample that counts has what was asked for.
#include "base/alloc.h"
#include "bench/base/jsonfile.h"
#include "bench/document.h"
#include "bench/sample_stats.h"
#include "bench/tests/lib_run.h"
#include "ci/tests/fuzz/targets.h"
#include <stdlib.h>
#include <string.h>

#define HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// A run of one configuration, without samples.
static json_t *header_of(void) {
    json_t *schema = run_schema(),
           *made =
               json_pack("{s:[{s:s, s:{s:b}}], s:[{s:s, s:s}], s:{s:{s:[{s:s}, {s:s}, {s:s}]}}}", "configs", "id", "a",
                         "features", "chain", 1, "workloads", "name", "w", "guest", "rv64", "emulator", "version",
                         "counters", "name", "guest_instructions", "name", "host_instructions", "name", "flushes"),
           *whole = document_completed(schema, made);
    json_decref(made), json_decref(schema);
    return whole;
}

static json_t *sample_of(int id, const char *purpose) {
    return json_pack("{s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:b}, s:b, s:n, s:i, s:{s:i, s:i}, s:{}}", "id", id,
                     "block", 0, "config", "a", "workload", "w", "guest", "rv64", "size", "quick", "elf_sha256", HASH,
                     "purpose", purpose, "features", "chain", 1, "valid", 1, "reason", "wall_ns", 9, "metrics",
                     "cpu_ns", 5, "wall_ns", 9, "unavailable");
}

static void check_sample(const json_t *s, const json_t *stats) {
    if (!json_is_true(json_object_get(s, "valid"))) {
        BUG_IF(!*json_text(s, "reason", ""), "a sample does not count, without a reason");
        return;
    }
    BUG_IF(json_num(json_object_get(s, "metrics"), "guest_instructions", 0) < 1, "it counts, and nothing ran");
    BUG_IF(strcmp(json_text(json_object_get(stats, "elf"), "sha256", HASH), HASH),
           "it counts, and another program ran");
    BUG_IF(!json_is_true(json_object_get(json_object_get(stats, "features"), "chain")), "it counts without its switch");
}

// `emulator/INTERFACE.md` says what it should hold.
void fuzz_stats(const uint8_t *data, size_t n) {
    Err err = {0};
    FuzzFile file = fuzz_file(data, n);
    json_t *header = header_of(), *features = json_pack("{s:b}", "chain", 1), *stats = jsonfile_load(file.path, &err);
    const json_t *version = json_object_get(json_object_get(header, "emulator"), "version");
    json_t *samples = json_pack("[o, o, o]", sample_of(0, "warmup"), sample_of(1, "time"), sample_of(2, "exact"));
    for (size_t i = 0; i < 2; i++) { // the third is sound
        StatsAsked asked = {.version = version,
                            .features = features,
                            .isa = "all",
                            .events = i ? "PAPI_TOT_CYC" : NULL,
                            .timed = i == 1,
                            .sliced = i == 0};
        sample_take_stats(json_array_get(samples, i), stats, &asked, &err);
        check_sample(json_array_get(samples, i), stats);
    }
    json_t *document = document_make(header, samples, NULL, file.path, &err);
    BUG_IF(!document || !document_check(document, file.path, &err), "the document is lost: %s", err.text);
    json_decref(document), json_decref(samples), json_decref(stats), json_decref(features), json_decref(header);
    fuzz_file_close(&file);
}

bool fuzz_stats_seed(unsigned i, Bytes *out) {
    static const char *const parts[] = {
        "{}",
        "{'schema': 'nightjar.stats/1', 'elf': {'sha256': '" HASH
        "'}, 'exit': {'reason': 'guest'}, 'features': {'chain': true}, "
        "'host_isa': 'all', 'window': true, 'code_sha256': '" HASH "', 'counters': {'guest_instructions': 70, "
        "'host_instructions': 140, 'flushes': 0}, 'phases': {'load_ns': 1, 'translate_ns': 2, 'execute_ns': 3}, 'events': "
        "{'PAPI_TOT_CYC': {'value': 5, 'unit': 'cycles'}, 'PAPI_TOT_INS': {'value': null, 'reason': 'no PMU'}}, 'unavailable': "
        "{'host_cycles': 'none'}, 'slices': [{'guest_instructions': 9, 'cpu_ns': 8, 'translate_ns': 7}, {'guest_instructions': "
        "70, 'cpu_ns': 10, 'translate_ns': 7}]}",
        "{'schema': 'nightjar.stats/1', 'boot': {'kernel': {'sha256': '" HASH
        "'}, 'append': 'quiet'}, 'memory_bytes': 1048576}",
    };
    if (i >= ARRAY_LEN(parts)) return false;
    char *text = alloc_text(parts[i]);
    for (char *c = text; *c; c++) *c = *c == '\'' ? '"' : *c;
    bytes_add(out, text, strlen(text));
    free(text);
    return true;
}
