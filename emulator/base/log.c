#include "base/log.h"
#include <errno.h>
#include <stdlib.h>
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

bool log_parse_range(Log *log, const char *range, Err *err) {
    char *end;
    errno = 0;
    log->lo = log->hi = strtoull(range, &end, 0);
    bool ok = end != range;
    if (ok && !strncmp(end, "..", 2)) {
        const char *second = end + 2;
        log->hi = strtoull(second, &end, 0);
        ok = end != second;
    }
    log->in_range = true;
    if (!ok || *end || errno || *range == '-' || log->hi < log->lo)
        return err_set(err, "'%s' is no range of guest addresses; write 0x80000000..0x80001000, or one address", range);
    return true;
}
