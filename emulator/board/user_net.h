// A network of the guest and a gateway, in this process and without rights of its own: libslirp. The guest's frames become
// sockets of this user, or nothing at all: see BoardNet. Addresses are QEMU's: network 10.0.2.0/24, gateway 10.0.2.2,
// name server 10.0.2.3, the guest by DHCP 10.0.2.15. IPv4 only, no TFTP, nothing comes in that the guest did not ask for.
#pragma once
#include "board/board.h"

enum { USER_NET_FRAME = 1514 }; // bytes of a frame at most: an Ethernet header, and 1500

typedef struct UserNet UserNet;
typedef void UserNetReceive(void *ctx, const uint8_t *frame, size_t n); // a frame for the guest

// The library is loaded here; NULL and a message that names its package if it is not there.
UserNet *user_net_open(BoardNet kind, const BoardEnv *env, UserNetReceive *receive, void *ctx, Err *err);
void user_net_close(UserNet *u);
void user_net_send(UserNet *u, const uint8_t *frame, size_t n); // of the guest; answers may come before it returns
void user_net_update(UserNet *u);                               // time has passed, and sockets may have something
uint64_t user_net_next_event(const UserNet *u);                 // when to call that: guest time in ns, or BOARD_NEVER
