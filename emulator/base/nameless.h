// Files without a name: of memory (memfd_create) where the kernel has that, else made and unlinked in $TMPDIR, /dev/shm,
// /tmp or /var/tmp, whichever is the first with room (and, for code, not mounted noexec).
#pragma once
#include <stddef.h>

typedef enum NamelessUse { NAMELESS_DATA, NAMELESS_CODE } NamelessUse;

// A descriptor that exec() closes, or -1 with errno: of the last folder. The file has `size` bytes of 0, for which a disk
// has room. /proc/PID/maps shows `name` in its path.
int nameless_file(const char *name, NamelessUse use, size_t size);
