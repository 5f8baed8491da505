#include "prof/counts/json_file.h"
#include "base/outfile.h"
#include <stdlib.h>
#include <string.h>

bool json_file_write(json_t *doc, const char *path, Err *err) {
    char *text = json_dumps(doc, JSON_INDENT(1));
    json_decref(doc);
    BUG_IF(!text, "a document that cannot be written as JSON");
    size_t n = strlen(text);
    text[n] = '\n'; // in the place of the 0
    bool ok = outfile_write(path, text, n + 1, err);
    free(text);
    return ok;
}
