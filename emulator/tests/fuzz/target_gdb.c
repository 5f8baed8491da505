// Oracle: the promises of run/gdb/gdb.h: whatever a debugger sends, the stub never crashes, and a machine whose debugger goes
// away runs to its end. Registers and memory that a packet wrote may send it anywhere.
//
//   input: u8 way of running, the bytes that the debugger sends
#include "run/gdb/gdb.h"
#include "tests/fuzz/targets.h"
#include "tests/lib/rx_machine.h"
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { END_AFTER = 3000 };

static void *drain(void *fd) {
    char buffer[4096];
    while (read(*(int *)fd, buffer, sizeof buffer) > 0) {
    }
    return NULL;
}

void fuzz_gdb(const uint8_t *data, size_t n) {
    static const uint8_t loop[] = {0x62, 0x11, 0x2e, 0xfe}; // add #1, r1; bra.b back
    FuzzInput in = {data, n};
    int fds[2];
    pthread_t reader;
    Machine *m = malloc(sizeof *m);
    BUG_IF(!m, "no memory for a machine");
    rx_machine_init(m, &rx_ways[fuzz_number(&in, 1) % RX_WAYS]);
    rx_machine_put(m, RX_CODE, loop, sizeof loop);
    BUG_IF(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), "no sockets");
    m->o.max_insns = END_AFTER;
    Gdb *gdb = gdb_on(fds[0], m->guest);
    m->debugger = gdb_debugger(gdb);
    BUG_IF(pthread_create(&reader, NULL, drain, &fds[1]), "no thread");
    BUG_IF(write(fds[1], in.at, in.n) != (ssize_t)in.n, "the stub does not read");
    shutdown(fds[1], SHUT_WR);
    machine_run(m);
    BUG_IF(!m->ended, "the machine did not end");
    gdb_say_end(gdb, m, 0);
    gdb_close(gdb);
    pthread_join(reader, NULL);
    close(fds[1]);
    machine_free(m);
    free(m);
}

bool fuzz_gdb_seed(unsigned i, Bytes *out) {
    static const char *const sessions[] = {
        "?\0g\0p0\0p12\0c\0",
        "qSupported:multiprocess+;swbreak+\0QStartNoAckMode\0qXfer:features:read:target.xml:0,fff\0?\0",
        "Z0,1000000,1\0c\0z0,1000000,1\0s\0g\0D\0",
        "Z2,1010000,4\0Z3,1010010,1\0Z4,1010020,8\0c\0z2,1010000,4\0k\0",
        "m1000000,40\0M1010000,4:01020304\0X1010000,4:abcd\0P1=00000001\0G0000000000000000\0",
        "vCont?\0vCont;s\0vCont;c\0vKill;1\0",
        "qC\0qfThreadInfo\0qsThreadInfo\0qAttached\0Hg0\0T1\0!\0S05;1000000\0C0b\0",
    };
    static const uint8_t ends[] = {24, 72, 44, 58, 70, 33, 68};
    if (i >= ARRAY_LEN(sessions)) return false;
    bytes_put(out, i, 1);
    for (const char *p = sessions[i]; p < sessions[i] + ends[i] && *p; p += strlen(p) + 1) {
        char frame[300];
        bytes_add(out, frame, gdb_frame(frame, p, strlen(p)));
    }
    return true;
}
