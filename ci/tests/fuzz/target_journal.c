// Oracle: the INVARIANT of bench/journal.h, by a plain reading of the bytes: what is a whole line of JSON comes back, a torn last
// line is cut off, and what is appended then is a line of its own. What came back is made a document, or refused with words.
#include "bench/document.h"
#include "bench/journal.h"
#include "bench/tests/lib_run.h"
#include "ci/tests/fuzz/targets.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t lines_of(const uint8_t *data, size_t n) {
    size_t lines = 0;
    for (size_t i = 0; i < n; i++) lines += data[i] == '\n';
    return lines;
}

static void check_append(Journal *j, size_t before) {
    Err err = {0};
    JournalContent c;
    json_t *line = json_pack("{s:i}", "id", 9);
    BUG_IF(!journal_append(j, line, &err) || !journal_read(j, &c, &err), "%s", err.text);
    BUG_IF(json_array_size(c.samples) != before + 1, "%zu samples and one more are %zu", before,
           json_array_size(c.samples));
    journal_content_free(&c);
    json_decref(line);
}

void fuzz_journal(const uint8_t *data, size_t n) {
    char path[] = "/tmp/nightjar-journal-XXXXXX";
    Err err = {0};
    Journal j;
    JournalContent c;
    int fd = mkstemp(path);
    BUG_IF(fd < 0 || (n && write(fd, data, n) != (ssize_t)n), "no temporary file");
    close(fd);
    BUG_IF(!journal_open(&j, path, &err), "%s", err.text);
    if (journal_read(&j, &c, &err)) {
        size_t samples = json_array_size(c.samples);
        BUG_IF(c.header && samples + (size_t)c.broken + 1 > lines_of(data, n), "more lines than there are");
        if (c.header) {
            json_t *document = document_make(c.header, c.samples, NULL, path, &err);
            BUG_IF(!document && !strstr(err.text, path), "a refusal that does not name the file: %s", err.text);
            json_decref(document);
            check_append(&j, samples);
        }
        journal_content_free(&c);
    } else {
        BUG_IF(!strstr(err.text, path), "a refusal that does not name the file");
    }
    journal_close(&j);
    unlink(path);
}

bool fuzz_journal_seed(unsigned i, Bytes *out) {
    static const char *const ends[] = {"", "{\"id\":0}\n{\"id\":1}\n{\"id\":", "{\"id\":\n{\"id\":1}\n"};
    Bytes run = {0};
    if (i > ARRAY_LEN(ends)) return false;
    if (i < ARRAY_LEN(ends)) {
        bytes_add(out, "{\"schema\":\"nightjar.journal/1\"}\n", 32);
        bytes_add(out, ends[i], strlen(ends[i]));
        return true;
    }
    fuzz_run_seed(2, &run); // its members are those of a header, its samples are lines
    bytes_put(&run, 0, 1);
    json_t *document = json_loads((const char *)run.at, 0, NULL),
           *samples = json_incref(json_object_get(document, "samples"));
    json_object_del(document, "samples");
    json_object_set_new(document, "schema", json_string("nightjar.journal/1"));
    fuzz_add_json(out, document);
    bytes_add(out, "\n", 1);
    fuzz_add_json(out, json_array_get(samples, 0));
    bytes_add(out, "\n", 1);
    json_decref(samples), json_decref(document);
    vec_free(&run);
    return true;
}
