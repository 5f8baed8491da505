// `nightjar validate FILE...`: the check that every command makes which reads such a document, alone; and the tables of members
// as JSON schemas.
#include "bench/base/codes.h"
#include "bench/base/jsonfile.h"
#include "bench/commands.h"
#include "bench/document.h"
#include "bench/model/profile.h"
#include "bench/model/run.h"
#include <stdio.h>
#include <string.h>

static int print_schema(json_t *schema) {
    Err err;
    bool ok = jsonfile_write("-", schema, &err);
    json_decref(schema);
    return ok ? EXIT_OK : complain(&err, EXIT_HOST);
}

static bool validate_run(const char *path, json_t *root, Err *err) {
    RunDoc doc;
    if (!run_doc_from_json(&doc, root, path, err)) return false;
    printf("%s: ok: %u samples, %d faults\n", path, doc.samples.n, document_faults(doc.root));
    run_doc_free(&doc);
    return true;
}

static bool validate_profile(const char *path, json_t *root, Err *err) {
    ProfileDoc doc;
    if (!profile_doc_from_json(&doc, root, path, err)) return false;
    printf("%s: ok: %u blocks\n", path, doc.blocks.n);
    profile_doc_free(&doc);
    return true;
}

static int validate(const char *path) {
    Err err;
    json_t *root = jsonfile_load(path, &err);
    if (!root) return complain(&err, EXIT_DATA);
    bool profile = !strncmp(json_text(root, "schema", ""), PROFILE_FAMILY "/", sizeof PROFILE_FAMILY);
    bool whole = profile ? validate_profile(path, root, &err) : validate_run(path, root, &err);
    return whole ? EXIT_OK : complain(&err, EXIT_DATA);
}

int validate_main(int argc, char **argv) {
    const char *first = argc > 1 ? argv[1] : "";
    if (argc == 2 && (!strcmp(first, "--schema") || !strcmp(first, "--schema=run"))) return print_schema(run_schema());
    if (argc == 2 && !strcmp(first, "--schema=profile")) return print_schema(profile_schema());
    if (argc < 2 || *first == '-') {
        puts(
            "Usage: nightjar validate FILE...\n       nightjar validate --schema[=run|profile]\n"
            "Says whether nightjar.run/1 and nightjar.profile/1 documents are whole, as every command that reads them asks; "
            "or prints the JSON schema of one of the two (default run).\n"
            "Exit: 0 all are whole; 65 one is not (it says why); 74 stdout cannot be written.");
        return !strcmp(first, "--help") ? EXIT_OK : EXIT_USAGE;
    }
    int code = EXIT_OK;
    for (int i = 1; i < argc; i++)
        if (validate(argv[i])) code = EXIT_DATA;
    return code;
}
