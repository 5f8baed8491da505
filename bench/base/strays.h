// Processes that a child leaves behind when it ends. With a session of its own a grandchild is out of the reach of
// kill(-group); orphans become children of this process (prctl(2), PR_SET_CHILD_SUBREAPER), where they are found.
#pragma once
#include "base/vec.h"
#include <sys/types.h>

typedef VEC(pid_t) Pids;

// Before a child is started: orphans come here from now on. Gives the children that are there; vec_free() it.
Pids strays_before(void);
// Kills and reaps what became a child since. Returns how many were of another group than `group`. Where the kernel
// does not list children (CONFIG_PROC_CHILDREN), none are found.
int strays_end(const Pids *before, pid_t group);
