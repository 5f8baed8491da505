// The session with a debugger: what it asks for, what it is told, and when the guest stops for it.
//
// A connection that is lost, or `detach`, leaves the guest running without a debugger, all breakpoints gone. `kill`
// ends the run (RUN_KILLED). A guest that ends by itself is reported with emu's own exit code (W), one that cannot go
// on as ended by SIGABRT (X06).
#include "base/alloc.h"
#include "jit/invalidate.h"
#include "run/gdb/gdb.h"
#include "run/machine.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// Signals by their number in the protocol.
enum { SIGNAL_INT = 2, SIGNAL_TRAP = 5 };

struct Gdb {
    Debugger debugger;
    int fd; // -1: the debugger is gone
    char *description;
    GdbParser parser;
    bool packet; // the parser holds one that was not answered yet
    bool no_acks;
    bool running; // between "continue" or "step" and the report of the stop
    bool called;  // something came in while the guest was running
    bool step;    // the instruction at step_pc is to be executed alone: asked for, or a breakpoint is there
    bool stepped; // stop when that is done
    bool passes;  // its access is watched, and was reported
    gpc step_pc;
    uint8_t in[1024]; // received, not yet parsed: in[at] to in[end - 1]
    size_t at, end;
    char out[2 * GDB_PACKET_MAX + 8]; // as sent last
    size_t n_out;
};

// ---- connection
static void lose(Gdb *g) {
    if (g->fd >= 0) close(g->fd);
    g->fd = -1;
    g->called = true;
}

static void transmit(Gdb *g) {
    for (size_t sent = 0; g->fd >= 0 && sent < g->n_out;) {
        ssize_t n = send(g->fd, g->out + sent, g->n_out - sent, MSG_NOSIGNAL);
        if (n > 0)
            sent += (size_t)n;
        else if (n == 0 || errno != EINTR)
            lose(g);
    }
}

static void acknowledge(Gdb *g, char c) {
    if (!g->no_acks && g->fd >= 0 && send(g->fd, &c, 1, MSG_NOSIGNAL) != 1) lose(g);
}

static void reply_bytes(Gdb *g, const char *data, size_t n) {
    g->n_out = gdb_frame(g->out, data, n);
    transmit(g);
}
static void reply(Gdb *g, const char *text) { reply_bytes(g, text, strlen(text)); }
static void reply_whether(Gdb *g, bool ok) { reply(g, ok ? "OK" : "E01"); }

// More input; false: there is none, or the debugger is gone.
static bool receive(Gdb *g, bool wait) {
    if (g->fd < 0) return false;
    ssize_t n;
    do n = recv(g->fd, g->in, sizeof g->in, wait ? 0 : MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n == 0 || (n < 0 && errno != EAGAIN)) lose(g);
    g->at = 0;
    g->end = n > 0 ? (size_t)n : 0;
    return n > 0;
}

// The next thing that the debugger wants; NOTHING: not now, or it is gone.
static GdbEvent next_event(Gdb *g, bool wait) {
    while (g->at < g->end || receive(g, wait)) {
        GdbEvent e = gdb_feed(&g->parser, g->in[g->at++]);
        if (e == GDB_PACKET) acknowledge(g, '+');
        if (e == GDB_BAD_PACKET) acknowledge(g, '-');
        if (e == GDB_NAK && !g->no_acks) transmit(g);
        if (e == GDB_PACKET || e == GDB_INTERRUPT) return e;
    }
    return GDB_NOTHING;
}

static bool called(void *gdb) {
    Gdb *g = gdb;
    if (g->called) return true;
    GdbEvent e = next_event(g, false);
    g->packet = e == GDB_PACKET; // out of turn: the guest stops, then it is answered
    return g->called |= e != GDB_NOTHING;
}

static int fd_of(const void *gdb) { return ((const Gdb *)gdb)->fd; }

static bool attend(void *gdb, Machine *m);
const Debugger *gdb_debugger(const Gdb *g) { return &g->debugger; }

Gdb *gdb_on(int fd, const Guest *guest) {
    Gdb *g = alloc_zeroed(1, sizeof *g);
    g->fd = fd;
    g->debugger = (Debugger){.ctx = g, .attend = attend, .called = called, .fd = fd_of};
    g->description = gdb_describe(guest);
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); // no matter if it is no TCP socket
    return g;
}

static bool listen_on(int fd, uint16_t *port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int yes = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) || bind(fd, (struct sockaddr *)&a, size) ||
        listen(fd, 1) || getsockname(fd, (struct sockaddr *)&a, &size))
        return false;
    *port = ntohs(a.sin_port);
    return true;
}

Gdb *gdb_open(uint16_t port, const Guest *guest, Err *err) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = -1;
    if (listener < 0 || !listen_on(listener, &port)) {
        err_set(err, "--gdb=%u: cannot listen on 127.0.0.1: %s; 0 takes any free port", port, strerror(errno));
    } else {
        fprintf(stderr, "emu: waiting for a debugger: target remote 127.0.0.1:%u\n", port);
        do fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        while (fd < 0 && errno == EINTR);
        if (fd < 0) err_set(err, "--gdb=%u: no connection: %s", port, strerror(errno));
    }
    if (listener >= 0) close(listener);
    return fd < 0 ? NULL : gdb_on(fd, guest);
}

void gdb_close(Gdb *g) {
    if (g->fd >= 0) close(g->fd);
    free(g->description);
    free(g);
}

// ---- what it asks for
static void send_description(Gdb *g, const char *args) {
    uint64_t offset, length;
    if (!gdb_hex(&args, &offset) || *args++ != ',' || !gdb_hex(&args, &length)) {
        reply(g, "E01");
        return;
    }
    size_t size = strlen(g->description), left = offset < size ? size - offset : 0;
    size_t n = left < length ? left : length;
    char part[GDB_PACKET_MAX];
    if (n > sizeof part - 1) n = sizeof part - 1;
    part[0] = n < left ? 'm' : 'l';
    memcpy(part + 1, g->description + (left ? offset : 0), n);
    reply_bytes(g, part, n + 1);
}

static bool begins(const char **text, const char *with) {
    size_t n = strlen(with);
    if (strncmp(*text, with, n) != 0) return false;
    *text += n;
    return true;
}

static void query(Gdb *g, const char *p) {
    char text[96];
    if (begins(&p, "Supported")) {
        snprintf(text, sizeof text, "PacketSize=%x;qXfer:features:read+;QStartNoAckMode+;vContSupported+",
                 GDB_PACKET_MAX);
        reply(g, text);
    } else if (begins(&p, "Xfer:features:read:target.xml:")) {
        send_description(g, p);
    } else if (begins(&p, "Attached")) {
        reply(g, "1"); // a debugger that quits detaches
    } else if (begins(&p, "fThreadInfo")) {
        reply(g, "m1");
    } else if (begins(&p, "sThreadInfo")) {
        reply(g, "l");
    } else {
        reply(g, !strcmp(p, "C") ? "QC1" : "");
    }
}

static void read_memory(Gdb *g, Machine *m, const char *p) {
    uint64_t at, n;
    uint8_t bytes[GDB_PACKET_MAX / 2];
    char hex[GDB_PACKET_MAX + 1];
    if (!gdb_hex(&p, &at) || *p++ != ',' || !gdb_hex(&p, &n) || *p) {
        reply(g, "E01");
        return;
    }
    size_t got = gdb_read_memory(m, at, bytes, n < sizeof bytes ? n : sizeof bytes);
    gdb_put_hex(hex, bytes, got);
    reply(g, got || !n ? hex : "E0e");
}

// M at,n:hex or X at,n:bytes
static void write_memory(Gdb *g, Machine *m, const char *p, bool binary) {
    uint64_t at, n;
    uint8_t bytes[GDB_PACKET_MAX];
    bool ok = gdb_hex(&p, &at) && *p++ == ',' && gdb_hex(&p, &n) && *p++ == ':';
    size_t rest = ok ? (size_t)(g->parser.data + g->parser.n - p) : 0;
    if (!ok || n > rest || rest != (binary ? n : 2 * n)) {
        reply(g, "E01");
        return;
    }
    if (binary)
        memcpy(bytes, p, n);
    else if (gdb_hex_bytes(p, n, bytes) < n)
        n = 0, ok = false;
    reply(g, !ok ? "E01" : gdb_write_memory(m, at, bytes, n) ? "OK" : "E0e");
}

static void registers(Gdb *g, Machine *m, const char *p) {
    uint64_t reg;
    char hex[GDB_PACKET_MAX + 1];
    switch (*p++) {
    case 'g':
        gdb_read_registers(m, hex);
        reply(g, hex);
        return;
    case 'G': reply_whether(g, gdb_write_registers(m, p)); return;
    case 'p': reply(g, gdb_hex(&p, &reg) && !*p && gdb_read_register(m, reg, hex) ? hex : "E01"); return;
    default: reply_whether(g, gdb_hex(&p, &reg) && *p++ == '=' && gdb_write_register(m, reg, p));
    }
}

// Z0,at,kind and Z1: for a translator, breakpoints in software and in hardware are the same. Z2 to Z4: watchpoints,
// with the number of bytes.
static void breakpoint(Gdb *g, Machine *m, const char *p) {
    bool set = *p++ == 'Z', ok = true;
    unsigned kind = (unsigned char)*p++;
    uint64_t at, n = 0;
    if (kind < '0' || kind > '4') {
        reply(g, "");
        return;
    }
    if (*p++ != ',' || !gdb_hex(&p, &at) || (kind >= '2' && (*p++ != ',' || !gdb_hex(&p, &n) || !n || at + n < at))) {
        reply(g, "E01");
        return;
    }
    if (kind < '2')
        (set ? jit_break_set : jit_break_clear)(&m->jit, at);
    else if (set)
        ok = watch_set(m, (Watch){at, n, (WatchKind)(kind - '2')});
    else
        watch_clear(m, (Watch){at, n, (WatchKind)(kind - '2')});
    reply_whether(g, ok);
}

static void resume(Gdb *g, Machine *m, bool step) {
    g->running = true;
    g->called = false;
    g->stepped = step;
    g->step_pc = machine_cpu(m)->pc;
    g->passes = m->watches.hit && m->guest->debug->watches_before;
    g->step = step || g->passes || jit_breaks_at(&m->jit, g->step_pc);
    m->watches.hit = NULL;
}

// c, s, C, S: [signal;][address]. A signal means nothing to the guest.
static void resume_at(Gdb *g, Machine *m, const char *p) {
    char kind = *p++;
    uint64_t value = 0;
    bool has_signal = kind == 'C' || kind == 'S', ok = !has_signal || gdb_hex(&p, &value);
    if (ok && has_signal && *p == ';') p++;
    bool has_pc = ok && *p && (ok = gdb_hex(&p, &value));
    if (!ok || *p) {
        reply(g, "E01");
        return;
    }
    const GuestDebug *d = m->guest->debug;
    for (unsigned i = 0; has_pc && i < d->n_regs; i++)
        if (!strcmp(d->regs[i].name, "pc")) d->write(machine_cpu(m), i, value);
    resume(g, m, kind == 's' || kind == 'S');
}

static void kill_guest(Machine *m) {
    m->ended = true;
    m->end = RUN_KILLED;
}

static void verbose(Gdb *g, Machine *m, const char *p) {
    if (!strcmp(p, "vCont?")) {
        reply(g, "vCont;c;C;s;S");
    } else if (begins(&p, "vCont;") && *p && strchr("cCsS", *p)) { // there is one thread: the first action is its
        resume(g, m, *p == 's' || *p == 'S');
    } else if (begins(&p, "vKill;")) {
        reply(g, "OK");
        kill_guest(m);
    } else {
        reply(g, "");
    }
}

static void answer_start_no_acks(Gdb *g) {
    reply(g, "OK");
    g->no_acks = true;
}

static void answer(Gdb *g, Machine *m) {
    const char *p = g->parser.data;
    switch (*p) {
    case '?': reply(g, "T05thread:1;"); return;
    case 'g':
    case 'G':
    case 'p':
    case 'P': registers(g, m, p); return;
    case 'm': read_memory(g, m, p + 1); return;
    case 'M':
    case 'X': write_memory(g, m, p + 1, *p == 'X'); return;
    case 'Z':
    case 'z': breakpoint(g, m, p); return;
    case 'c':
    case 'C':
    case 's':
    case 'S': resume_at(g, m, p); return;
    case 'H':
    case 'T': reply(g, "OK"); return; // any thread is the only one
    case 'k': kill_guest(m); return;
    case 'D':
        reply(g, "OK");
        lose(g);
        return;
    case 'q': query(g, p + 1); return;
    case 'v': verbose(g, m, p); return;
    default:
        if (!strcmp(p, "QStartNoAckMode"))
            answer_start_no_acks(g);
        else
            reply(g, "");
    }
}

// ---- stops
// The signal to stop with before the instruction at pc; 0: go on.
static unsigned stops(Gdb *g, const Machine *m) {
    gpc pc = machine_cpu(m)->pc;
    if (g->step && pc != g->step_pc) g->step = false; // an interrupt was taken: that was the step
    if (!g->running) return SIGNAL_TRAP;
    if (m->watches.hit) return SIGNAL_TRAP;
    if (g->called) return SIGNAL_INT;
    if (g->step) return 0;
    return g->stepped || jit_breaks_at(&m->jit, pc) ? SIGNAL_TRAP : 0;
}

static void leave_alone(Gdb *g, Machine *m) {
    while (m->jit.breakpoints.n) jit_break_clear(&m->jit, m->jit.breakpoints.at[0]);
    watch_clear_all(m);
    g->running = true;
    g->step = g->stepped = g->called = g->packet = false;
}

static void report_stop(Gdb *g, const Watches *w, unsigned signal) {
    static const char *const kinds[] = {[WATCH_WRITE] = "watch", [WATCH_READ] = "rwatch", [WATCH_ACCESS] = "awatch"};
    char text[64];
    if (w->hit)
        snprintf(text, sizeof text, "T%02x%s:%llx;thread:1;", signal, kinds[w->hit->kind],
                 (unsigned long long)w->hit_at);
    else
        snprintf(text, sizeof text, "T%02xthread:1;", signal);
    reply(g, text);
}

static void session(Gdb *g, Machine *m, unsigned signal) {
    m->board.flush(m->board.state); // what the guest has printed so far is seen
    if (g->running) report_stop(g, &m->watches, signal);
    g->running = g->step = g->stepped = false;
    while (!g->running && !m->ended && g->fd >= 0) {
        if (g->packet || next_event(g, true) == GDB_PACKET) {
            g->packet = false;
            answer(g, m);
        }
    }
    if (g->fd < 0 && !m->ended) leave_alone(g, m);
}

static bool attend(void *gdb, Machine *m) {
    Gdb *g = gdb;
    unsigned signal = stops(g, m);
    if (signal) {
        session(g, m, signal);
        return true; // it may have changed anything
    }
    if (!g->step) return false;
    if (machine_cpu(m)->budget <= 0) { // devices first: an interrupt may be due
        run_out_of_budget(&m->hart, 0, machine_cpu(m)->pc);
    } else {
        g->step = false;
        m->watches.pass = g->passes;
        run_step(&m->hart);
        m->watches.pass = false;
    }
    return true;
}

void gdb_say_end(Gdb *g, const Machine *m, int exit_code) {
    char text[8] = "X06";
    if (m->end == RUN_KILLED) return;
    if (m->end != RUN_STUCK) snprintf(text, sizeof text, "W%02x", (unsigned)exit_code & 0xff);
    reply(g, text);
}
