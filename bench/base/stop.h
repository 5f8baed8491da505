// Ctrl-C and SIGTERM: the first asks the run to end at the next safe place, the second ends the process at once.
#pragma once
#include <signal.h>

// Installs the handlers; the result becomes nonzero when the user wants to stop.
const volatile sig_atomic_t *stop_on_signal(void);
