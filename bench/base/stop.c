#include "bench/base/stop.h"
#include <stddef.h>

// The one mutable object at file scope: a handler has no other way to say anything.
static volatile sig_atomic_t stop_requested;

static void request_stop(int signal_number) {
    if (stop_requested) {
        signal(signal_number, SIG_DFL);
        raise(signal_number);
    }
    stop_requested = 1;
}

const volatile sig_atomic_t *stop_on_signal(void) {
    struct sigaction action = {.sa_handler = request_stop}; // no SA_RESTART: poll returns at once
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    return &stop_requested;
}
