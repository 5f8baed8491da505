// PAPI, loaded when it is first called. WHY: what it needs has 41,000 addresses to relocate, a millisecond at the start of each
// emulator, and few runs count events.
//
// Each of its functions is here by its own name, and passes the call on. Where the library is not installed, PAPI does not
// start, and says so as everywhere else.
#include <dlfcn.h>
#include <papi.h>
#include <sde_lib.h>
#include <stdio.h>

typedef struct Library {
    int loaded;
#define PAPI_CALL(type, name, parameters, arguments, none) type(*name) parameters;
#include "prof/counts/papi_call.inc"
#undef PAPI_CALL
} Library;

// Global, and this one first: PAPI looks for it among the symbols of the process.
static void load(Library *l) {
    char name[32];
    snprintf(name, sizeof name, "libpapi.so.%d.%d", PAPI_VERSION_MAJOR(PAPI_VERSION), PAPI_VERSION_MINOR(PAPI_VERSION));
    void *sde = dlopen("libsde.so.1", RTLD_NOW | RTLD_GLOBAL), *papi = dlopen(name, RTLD_NOW | RTLD_GLOBAL);
    l->loaded = 1;
    if (!sde || !papi) return;
#define PAPI_CALL(type, call, parameters, arguments, none) *(void **)&l->call = dlsym(RTLD_DEFAULT, "" #call);
#include "prof/counts/papi_call.inc"
#undef PAPI_CALL
}

// One for the process, as the library is. Its handler of overflows finds it loaded.
static const Library *library(void) {
    static Library papi;
    if (!papi.loaded) load(&papi);
    return &papi;
}

#define PAPI_CALL(type, name, parameters, arguments, none)                                                             \
    type name parameters {                                                                                             \
        const Library *l = library();                                                                                  \
        return l->name ? l->name arguments : none;                                                                     \
    }
#include "prof/counts/papi_call.inc"
#undef PAPI_CALL

void PAPI_shutdown(void) {
    void (*shutdown)(void);
    *(void **)&shutdown = dlsym(RTLD_DEFAULT, "PAPI_shutdown");
    if (shutdown) shutdown();
}
