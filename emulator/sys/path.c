// Paths: the sysroot. Files that speak of the process: proc.c.
#include "sys/private.h"
#include <stdio.h>
#include <sys/stat.h>

// An absolute path that exists below the sysroot is that one; the last part may be a symbolic link, whose own absolute
// target is looked for in the same way by the host: a sysroot with absolute links needs them relative.
int sys_path_text(Sys *s, const char *path, char *out) {
    struct stat st;
    if (s->o.sysroot && path[0] == '/') {
        int n = snprintf(out, SYS_PATH_MAX, "%s%s", s->o.sysroot, path);
        if (n < SYS_PATH_MAX && !lstat(out, &st)) return 0;
    }
    return snprintf(out, SYS_PATH_MAX, "%s", path) < SYS_PATH_MAX ? 0 : -ENAMETOOLONG;
}

int sys_path(Sys *s, gaddr at, char *out) {
    char path[SYS_PATH_MAX];
    int e = space_copy_string(&s->space, at, path, sizeof path);
    return e ? e : sys_path_text(s, path, out);
}
