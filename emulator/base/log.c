#include "base/log.h"
#include <string.h>

bool log_parse(Log *log, const char *list, Err *err) {
    static const char *const names[] = {"decode", "ir", "opt", "ra", "host", "exec"};
    while (*list) {
        size_t len = strcspn(list, ",");
        unsigned i = 0;
        while (i < ARRAY_LEN(names) && (strlen(names[i]) != len || memcmp(names[i], list, len))) i++;
        if (i == ARRAY_LEN(names))
            return err_set(err, "unknown log '%.*s'; known: decode, ir, opt, ra, host, exec", (int)len, list);
        log->mask |= 1u << i;
        list += len + (list[len] == ',');
    }
    return true;
}
