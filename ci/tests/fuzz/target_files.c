// Oracle: the contracts of ci/columns.h, bench/model/manifest.h, bench/peers.h and ci/golden.h; what was read is written or used
// again. No program that a file names is started.
#include "bench/base/jsonfile.h"
#include "bench/model/manifest.h"
#include "bench/peers.h"
#include "ci/columns.h"
#include "ci/facts.h"
#include "ci/golden.h"
#include "ci/tests/fuzz/targets.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *text_of(const uint8_t *data, size_t n) {
    char *text = calloc(1, n + 1);
    BUG_IF(!text, "no memory for a text");
    if (n) memcpy(text, data, n);
    return text;
}

// ---- columns
void fuzz_columns(const uint8_t *data, size_t n) {
    Err err = {0};
    RunFacts facts;
    char *text = text_of(data, n);
    json_t *run = columns_run(text, n, &err);
    BUG_IF(!run && !*err.text, "a refusal without words");
    BUG_IF(run && !columns_is(text, n), "it was read, and does not look so");
    if (run) {
        char *again = columns_text(run);
        json_t *same = columns_run(again, strlen(again), &err);
        BUG_IF(!same || !json_equal(run, same), "it is another run: %s", err.text);
        json_decref(same);
        free(again);
    }
    if (facts_of_columns(&facts, text, n)) {
        text = NULL; // it is theirs
        facts_free(&facts);
    }
    json_decref(run);
    free(text);
}

bool fuzz_columns_seed(unsigned i, Bytes *out) {
    Bytes run = {0};
    bool there = fuzz_run_seed(i, &run);
    if (there) {
        bytes_put(&run, 0, 1);
        json_t *document = json_loads((const char *)run.at, 0, NULL);
        char *text = columns_text(document);
        bytes_add(out, text, strlen(text));
        free(text);
        json_decref(document);
    }
    vec_free(&run);
    return there;
}

// ---- manifests
static void load_workload(const char *folder) {
    Err err = {0};
    WorkloadVec all = {0};
    json_t *names = json_pack("[s]", "all"), *guests = json_pack("[s, s]", "rv64", "rx"), *notes = json_array();
    WorkloadQuery q = {.sources = folder,
                       .elves = folder,
                       .size = "quick",
                       .sample = "1",
                       .exact_size = "test",
                       .names = names,
                       .guests = guests,
                       .notes = notes};
    if (workloads_load(&q, &all, &err)) {
        for (uint32_t i = 0; i < all.n; i++) {
            Err why = {0};
            BUG_IF(!workload_check(&all.at[i], 0, "VALID\n", &why) && !*why.text, "a check that fails without words");
            free(workload_build(&all.at[i], "native"));
        }
    } else {
        BUG_IF(!*err.text, "a refusal without words");
    }
    workloads_free(&all);
    json_decref(names), json_decref(guests), json_decref(notes);
}

void fuzz_manifest(const uint8_t *data, size_t n) {
    char folder[] = "/tmp/nightjar-manifest-XXXXXX", path[80], file[100];
    BUG_IF(!mkdtemp(folder), "no temporary folder");
    snprintf(path, sizeof path, "%s/w", folder);
    snprintf(file, sizeof file, "%s/manifest.json", path);
    FILE *f = mkdir(path, 0700) ? NULL : fopen(file, "w");
    BUG_IF(!f || (n && fwrite(data, n, 1, f) != 1) || fclose(f), "no temporary file");
    load_workload(folder);
    unlink(file), rmdir(path), rmdir(folder);
}

bool fuzz_manifest_seed(unsigned i, Bytes *out) {
    static const char *const names[] = {"loop", "dhrystone", "coremark-validation", "linux-boot", "linux-coremark"};
    char path[100];
    if (i >= ARRAY_LEN(names)) return false;
    snprintf(path, sizeof path, "workloads/%s/manifest.json", names[i]);
    fuzz_add_file(out, path);
    return true;
}

// ---- peers
void fuzz_peers(const uint8_t *data, size_t n) {
    Err err = {0};
    FuzzFile file = fuzz_file(data, n);
    json_t *peer = jsonfile_load(file.path, &err);
    if (peer && json_text(peer, "name", NULL)) {
        Workload w = {.name = (char *)"w",
                      .guest = (char *)"rv64",
                      .elves = (char *)"/nonexistent",
                      .base = (char *)"w",
                      .folder = (char *)"rv64"};
        w.peers = json_pack("[s]", json_text(peer, "name", ""));
        w.timed.path = w.exact.path = (char *)"/nonexistent/w.elf", w.timed.size = w.exact.size = (char *)"quick";
        Err why = {0};
        json_t *argv = peer_command(peer, &w, NULL, &why), *word;
        BUG_IF(!argv && !*why.text, "a refusal without words");
        size_t i;
        json_array_foreach(argv, i, word) BUG_IF(!json_is_string(word), "a word that is no text");
        json_decref(argv);
        json_decref(w.peers);
    }
    json_decref(peer);
    fuzz_file_close(&file);
}

bool fuzz_peers_seed(unsigned i, Bytes *out) {
    static const char *const names[] = {"qemu-system", "qemu-user", "native", "emu-user", "anchor"};
    char path[100];
    if (i >= ARRAY_LEN(names)) return false;
    snprintf(path, sizeof path, "bench/peers/%s.json", names[i]);
    fuzz_add_file(out, path);
    return true;
}

// ---- golden text: two of them, with a byte 0 between
void fuzz_golden(const uint8_t *data, size_t n) {
    char *text = text_of(data, n);
    const char *second = text + (strlen(text) < n ? strlen(text) + 1 : n);
    GoldenDiff d = golden_compare(text, second), none = golden_compare(text, text);
    BUG_IF(none.changed || none.fresh || none.gone, "a text differs from itself");
    BUG_IF(d.changed + d.fresh > d.blocks, "more blocks differ than there are");
    free(text);
}

bool fuzz_golden_seed(unsigned i, Bytes *out) {
    Bytes all = {0};
    fuzz_add_file(&all, "ci/golden/rx-dhrystone.txt");
    uint32_t n = all.n < 3000 ? all.n : 3000;
    bytes_add(out, all.at, n);
    bytes_put(out, 0, 1);
    bytes_add(out, all.at + (i ? 600 : 0), n - (i ? 600 : 0));
    vec_free(&all);
    return i < 2;
}
