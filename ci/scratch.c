#include "ci/scratch.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool scratch_make(Scratch *s, const char *command, Err *err) {
    snprintf(s->path, sizeof s->path, "/tmp/nightjar-%s-XXXXXX", command);
    return mkdtemp(s->path) || err_set(err, "/tmp cannot be written: %s", strerror(errno));
}

void scratch_remove(const Scratch *s) {
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", s->path);
    if (system(command)) fprintf(stderr, "nightjar: %s stays\n", s->path);
}
