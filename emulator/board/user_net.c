// See user_net.h. WHY loaded at run time: libslirp brings GLib, which would cost each start of emu.
//
// An isolated network has no sockets: what the gateway answers (ARP, DHCP, ping) is there when user_net_send() returns,
// so runs repeat. Otherwise answers take the host's time.
#include "board/user_net.h"
#include "base/alloc.h"
#include "base/vec.h"
#include <arpa/inet.h>
#include <dlfcn.h>
#include <poll.h>
#include <slirp/libslirp.h>
#include <stdlib.h>

#define LIBRARY      "libslirp.so.0"
#define BUSY_PERIOD  1000000ull    // ns between two looks while there are sockets
#define QUIET_PERIOD 10000000ull   // ns between two looks while the library may have timers
#define QUIET_AFTER  1000000000ull // ns without a frame of the guest

typedef struct Library {
    Slirp *(*open)(const SlirpConfig *cfg, const SlirpCb *callbacks, void *opaque);
    void (*close)(Slirp *slirp);
    void (*fill)(Slirp *slirp, uint32_t *timeout, SlirpAddPollCb add, void *opaque);
    void (*done)(Slirp *slirp, int error, SlirpGetREventsCb get, void *opaque);
    void (*input)(Slirp *slirp, const uint8_t *frame, int n);
} Library;

struct UserNet {
    Library call;
    Slirp *slirp;
    const BoardEnv *env;
    UserNetReceive *receive;
    void *ctx;
    VEC(struct pollfd) sockets;
    uint64_t looked, sent; // when
};

// ---- the library --------------------------------------------------------------------------------------------------
static bool load(Library *l, Err *err) {
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        err_set(err, "--net: %s; install the package libslirp0", dlerror());
        return false;
    }
    *(void **)&l->open = dlsym(handle, "slirp_new");
    *(void **)&l->close = dlsym(handle, "slirp_cleanup");
    *(void **)&l->fill = dlsym(handle, "slirp_pollfds_fill");
    *(void **)&l->done = dlsym(handle, "slirp_pollfds_poll");
    *(void **)&l->input = dlsym(handle, "slirp_input");
    if (l->open && l->close && l->fill && l->done && l->input) return true;
    err_set(err, "--net: this %s lacks a function; 4.1 and later have them", LIBRARY);
    return false;
}

// ---- what it asks for ---------------------------------------------------------------------------------------------
static ssize_t send_packet(const void *frame, size_t n, void *opaque) {
    UserNet *u = opaque;
    u->receive(u->ctx, frame, n);
    return (ssize_t)n;
}

static int64_t clock_ns(void *opaque) {
    const UserNet *u = opaque;
    return (int64_t)u->env->now(u->env->ctx);
}

// A guest that sends nonsense is the guest's affair.
static void guest_error(const char *text, void *opaque) { (void)text, (void)opaque; }

// Timers are for IPv6, which is off.
static void *timer_new(SlirpTimerCb run, void *ctx, void *opaque) { return (void)run, (void)ctx, opaque; }
static void timer_free(void *timer, void *opaque) { (void)timer, (void)opaque; }
static void timer_mod(void *timer, int64_t ms, void *opaque) { (void)timer, (void)ms, (void)opaque; }

// Its sockets are asked for anew at every look.
static void socket_made(int fd, void *opaque) { (void)fd, (void)opaque; }
static void notify(void *opaque) { (void)opaque; }

static const SlirpCb callbacks = {.send_packet = send_packet,
                                  .guest_error = guest_error,
                                  .clock_get_ns = clock_ns,
                                  .timer_new = timer_new,
                                  .timer_free = timer_free,
                                  .timer_mod = timer_mod,
                                  .register_poll_fd = socket_made,
                                  .unregister_poll_fd = socket_made,
                                  .notify = notify};

// ---- sockets ------------------------------------------------------------------------------------------------------
static const struct {
    int slirp;
    short poll;
} events[] = {{SLIRP_POLL_IN, POLLIN},
              {SLIRP_POLL_OUT, POLLOUT},
              {SLIRP_POLL_PRI, POLLPRI},
              {SLIRP_POLL_ERR, POLLERR},
              {SLIRP_POLL_HUP, POLLHUP}};

static int add_socket(int fd, int wanted, void *opaque) {
    UserNet *u = opaque;
    struct pollfd p = {.fd = fd};
    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        if (wanted & events[i].slirp) p.events |= events[i].poll;
    vec_push(&u->sockets, p);
    return (int)u->sockets.n - 1;
}

static int socket_events(int index, void *opaque) {
    const UserNet *u = opaque;
    int found = 0;
    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        if (u->sockets.at[index].revents & events[i].poll) found |= events[i].slirp;
    return found;
}

void user_net_update(UserNet *u) {
    uint32_t timeout = UINT32_MAX;
    u->looked = u->env->now(u->env->ctx);
    u->sockets.n = 0;
    u->call.fill(u->slirp, &timeout, add_socket, u);
    int n = poll(u->sockets.at, u->sockets.n, 0);
    u->call.done(u->slirp, n < 0, socket_events, u);
}

uint64_t user_net_next_event(const UserNet *u) {
    if (u->sockets.n) return u->looked + BUSY_PERIOD;
    bool quiet = !u->sent || u->looked >= u->sent + QUIET_AFTER;
    return quiet ? BOARD_NEVER : u->looked + QUIET_PERIOD;
}

void user_net_send(UserNet *u, const uint8_t *frame, size_t n) {
    u->sent = u->env->now(u->env->ctx) + 1;
    u->call.input(u->slirp, frame, (int)n);
}

// ---- beginning and end --------------------------------------------------------------------------------------------
static struct in_addr of_network(uint8_t host) { return (struct in_addr){htonl(0x0a000200u | host)}; }

UserNet *user_net_open(BoardNet kind, const BoardEnv *env, UserNetReceive *receive, void *ctx, Err *err) {
    UserNet *u = alloc_zeroed(1, sizeof *u);
    *u = (UserNet){.env = env, .receive = receive, .ctx = ctx};
    SlirpConfig c = {.version = SLIRP_CONFIG_VERSION_MIN,
                     .restricted = kind == BOARD_NET_ISOLATED,
                     .in_enabled = true,
                     .vnetwork = of_network(0),
                     .vnetmask = {htonl(0xffffff00u)},
                     .vhost = of_network(2),
                     .vdhcp_start = of_network(15),
                     .vnameserver = of_network(3),
                     .disable_host_loopback = kind != BOARD_NET_LOOPBACK};
    if (load(&u->call, err)) {
        u->slirp = u->call.open(&c, &callbacks, u);
        if (u->slirp) return u;
        err_set(err, "--net: %s makes no network", LIBRARY);
    }
    free(u);
    return NULL;
}

void user_net_close(UserNet *u) {
    u->call.close(u->slirp);
    vec_free(&u->sockets);
    free(u);
}
