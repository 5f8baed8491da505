// The terminal of the host in raw mode: every key is the guest's, Ctrl-C too. A signal that ends emu restores it first.
#include "run/terminal.h"
#include "base/macros.h"
#include <signal.h>
#include <termios.h>
#include <unistd.h>

// A signal handler can reach nothing else; a process has one terminal.
static struct Raw {
    struct termios before;
    volatile sig_atomic_t on;
    int fd;
} raw;

void terminal_restore(void) {
    if (!raw.on) return;
    raw.on = 0;
    tcsetattr(raw.fd, TCSANOW, &raw.before);
}

static void on_signal(int number) {
    terminal_restore();
    raise(number); // SA_RESETHAND: now it ends the process
}

bool terminal_is_ours(int fd) { return isatty(fd) && tcgetpgrp(fd) == getpgrp(); }

void terminal_raw(int fd) {
    static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    if (tcgetattr(fd, &raw.before)) return;
    struct termios t = raw.before;
    cfmakeraw(&t);
    raw.fd = fd;
    raw.on = 1;
    for (unsigned i = 0; i < ARRAY_LEN(ends); i++) {
        struct sigaction before, act = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
        if (!sigaction(ends[i], NULL, &before) && before.sa_handler == SIG_DFL) sigaction(ends[i], &act, NULL);
    }
    if (tcsetattr(fd, TCSADRAIN, &t)) raw.on = 0;
}
