// A revision, as an emulator that can be run: built in a worktree of its own, once. Or a run, or an emulator as it is.
#pragma once
#include "base/err.h"

typedef struct Revision {
    const char *asked;
    char hash[41]; // empty: not a commit
    char *emu;     // the emulator, or NULL: `run` is a document
    char *run;
} Revision;

// WORK/HASH is the worktree; make's output goes to WORK/HASH.log. On failure *broken says whether it is the revision that
// does not build (which the message says, with the log).
bool revision_open(Revision *r, const char *what, const char *repo, const char *work, bool *broken, Err *err);
void revision_close(Revision *r);
// `git -C REPO words...`: its output without the last newline, or NULL. The caller frees it.
char *revision_git(const char *repo, const char *const *words);
// The children of this program: itself, by another command. The caller frees it.
char *revision_self(void);
