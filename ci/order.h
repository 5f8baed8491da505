// The order of runs is that of the commits they measured, along the first parents of a branch: not the clock, because a
// rerun of an old commit belongs where the commit is.
#pragma once
#include "ci/store.h"

typedef struct Commits {
    VEC(struct {
        char hash[41];
        int position; // along the first parents: 0 is the oldest
    })
    at; // sorted by hash
    char head[41];
    const Store *store;
} Commits;

typedef struct CommitPlace {
    double position; // NAN: git does not know the commit
    bool on_line;    // a commit of the branch's first parents; else the place is where its line left
} CommitPlace;

// Without a repository, or without git, there are no commits and every place is NAN.
void commits_load(Commits *c, const Store *s);
void commits_free(Commits *c);
CommitPlace commits_place(const Commits *c, const char *commit); // at least 7 digits of its hash
// Whole hash of what `git rev-parse` makes of it; false: unknown.
bool commits_resolve(const Store *s, const char *revision, char hash[41]);
