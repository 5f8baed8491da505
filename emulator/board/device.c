// Wires and the host's side of the console.
#include "board/device.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void wire_set(Wire *w, bool level) {
    if (w->level == level) return;
    w->level = level;
    if (w->set) w->set(w->ctx, w->line, level);
}

void console_init(Console *c, int in_fd, int out_fd) {
    memset(c, 0, sizeof *c);
    c->in_fd = in_fd;
    c->out_fd = out_fd;
}

static bool wait_writable(int fd) {
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

void console_flush(Console *c) {
    unsigned done = 0;
    while (done < c->n_out && c->out_fd >= 0 && !c->error) {
        ssize_t n = write(c->out_fd, c->out + done, c->n_out - done);
        if (n >= 0)
            done += (unsigned)n;
        else if (errno != EINTR && !(errno == EAGAIN && wait_writable(c->out_fd)))
            c->error = errno;
    }
    c->n_out = 0;
}

void console_put(Console *c, uint8_t byte) {
    c->out[c->n_out++] = byte;
    if (byte == '\n' || c->n_out == CONSOLE_OUT) console_flush(c);
}

void console_write(Console *c, const uint8_t *bytes, size_t n) {
    for (size_t i = 0; i < n; i++) console_put(c, bytes[i]);
}

// Takes what is meant for the emulator out of the input; returns how many bytes are left.
static unsigned take_escapes(Console *c, unsigned n) {
    enum { CTRL_A = 1 };
    unsigned kept = 0;
    for (unsigned i = 0; i < n; i++) {
        uint8_t byte = c->in[i];
        if (!c->escaped && byte == CTRL_A) {
            c->escaped = true;
            continue;
        }
        if (c->escaped && byte == 'x') c->quit = true;
        if (!c->escaped || byte == CTRL_A || byte == 'a') c->in[kept++] = c->escaped ? CTRL_A : byte;
        c->escaped = false;
    }
    return kept;
}

// WHY: poll() and not O_NONBLOCK, which would change the terminal for everyone who shares it.
bool console_poll(Console *c) {
    if (console_waits(c) || c->in_fd < 0) return console_waits(c);
    struct pollfd p = {.fd = c->in_fd, .events = POLLIN};
    if (poll(&p, 1, 0) <= 0) return false;
    ssize_t n = read(c->in_fd, c->in, CONSOLE_IN);
    if (n > 0) {
        c->in_lo = 0;
        c->in_hi = c->escapes ? take_escapes(c, (unsigned)n) : (unsigned)n;
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        c->in_fd = -1;
    }
    return console_waits(c);
}

uint8_t console_get(Console *c) { return c->in[c->in_lo++]; }
