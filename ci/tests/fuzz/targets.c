#include "ci/tests/fuzz/targets.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TARGET(name, max, what)                                                                                        \
    { #name, what, fuzz_##name, fuzz_##name##_seed, max }

const FuzzTarget fuzz_targets[] = {
    TARGET(run, 16384, "a run is loaded whole and can be compared, or is refused with words"),
    TARGET(stats, 16384, "whatever emu says of a sample, a document can have it"),
    TARGET(profile, 16384, "a profile is loaded whole, or refused with words"),
    TARGET(noise, 8192, "a file of noise floors gives numbers, or nothing"),
    TARGET(journal, 16384, "a journal gives its whole lines, and goes on"),
    TARGET(columns, 16384, "a run by columns is the run again, or refused with words"),
    TARGET(manifest, 8192, "a workload is loaded, or refused with words"),
    TARGET(peers, 8192, "a peer gives a command line of strings, or words"),
    TARGET(golden, 8192, "any two texts are compared"),
    {0},
};

void fuzz_add_json(Bytes *out, const json_t *document) {
    char *text = json_dumps(document, JSON_COMPACT);
    BUG_IF(!text, "no text of a document");
    bytes_add(out, text, strlen(text));
    free(text);
}

bool fuzz_add_file(Bytes *out, const char *path) {
    FILE *f = fopen(path, "r");
    for (int c; f && (c = fgetc(f)) != EOF;) bytes_put(out, (uint64_t)c, 1);
    if (f) fclose(f);
    return f != NULL;
}
