// --store and --repo, which every command has that reads a history. A command lists store_argp among its children, and gives
// it a StoreOptions at ARGP_KEY_INIT.
#pragma once
#include "ci/store.h"
#include <argp.h>

typedef struct StoreOptions {
    const char *dir, *repo; // repo: NULL is what `nightjar history init` was told
} StoreOptions;

extern const struct argp store_argp;
StoreOptions store_options(void); // as if neither were given
bool store_open_asked(Store *s, const StoreOptions *o, Err *err);
