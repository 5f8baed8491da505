// user_net.h on a host that emu is linked statically for: a library cannot be loaded there.
#include "board/user_net.h"
#include "base/macros.h"
#include "base/err.h"

UserNet *user_net_open(BoardNet kind, const BoardEnv *env, UserNetReceive *receive, void *ctx, Err *err) {
    (void)kind, (void)env, (void)receive, (void)ctx;
    err_set(err, "--net: emu is built without libslirp for this host");
    return NULL;
}

void user_net_close(UserNet *u) { (void)u; }
void user_net_send(UserNet *u, const uint8_t *frame, size_t n) { (void)u, (void)frame, (void)n; }
void user_net_update(UserNet *u) { (void)u; }
uint64_t user_net_next_event(const UserNet *u) { return (void)u, BOARD_NEVER; }
