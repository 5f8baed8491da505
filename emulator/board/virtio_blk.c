// virtio block device: "Block Device". A request is done before the store that notified it retires, so disks take no
// guest time, and runs repeat. Offered: read-only, flush, sizes of blocks and segments. Not offered: discard, zeroes,
// topology, several queues.
//
//   request   type 32 | reserved 32 | sector 64 | data, whole sectors | status 8
#include "board/virtio_blk.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512, ID_BYTES = 20, PIECE = 64 << 10 };
enum { REQUEST_IN = 0, REQUEST_OUT = 1, REQUEST_FLUSH = 4, REQUEST_GET_ID = 8 };
enum { STATUS_OK = 0, STATUS_IOERR = 1, STATUS_UNSUPP = 2 };
enum { FEATURE_SEG_MAX = 1 << 2, FEATURE_RO = 1 << 5, FEATURE_BLK_SIZE = 1 << 6, FEATURE_FLUSH = 1 << 9 };
enum { CONFIG_CAPACITY = 0, CONFIG_SEG_MAX = 12, CONFIG_BLK_SIZE = 20 };

typedef struct Request {
    uint32_t type, reserved;
    uint64_t sector;
} Request;

// The guest gets an I/O error; the user gets the reason, once.
static uint8_t host_error(VirtioBlk *b, const char *verb) {
    const BoardEnv *env = b->v->env;
    char text[512];
    const char *why = errno ? strerror(errno) : "the file became shorter";
    snprintf(text, sizeof text, "%.300s: cannot be %s: %s; the guest was told of an I/O error", b->path, verb, why);
    if (!b->complained) env->complain(env->ctx, text);
    b->complained = true;
    return STATUS_IOERR;
}

static bool transfer(int fd, uint8_t *bytes, size_t n, uint64_t at, bool write) {
    for (size_t done = 0; done < n;) {
        errno = 0;
        off_t to = (off_t)(at + done);
        ssize_t part = write ? pwrite(fd, bytes + done, n - done, to) : pread(fd, bytes + done, n - done, to);
        if (part <= 0 && errno != EINTR) return false;
        if (part > 0) done += (size_t)part;
    }
    return true;
}

// Whole sectors, all of them on the disk.
static bool fits(const VirtioBlk *b, uint64_t sector, uint64_t n) {
    return n % SECTOR == 0 && sector <= b->sectors && n / SECTOR <= b->sectors - sector;
}

static uint8_t read_sectors(VirtioBlk *b, uint64_t sector, uint64_t n) {
    uint8_t piece[PIECE];
    if (!fits(b, sector, n)) return STATUS_IOERR;
    for (uint64_t done = 0; done < n;) {
        size_t part = n - done < PIECE ? (size_t)(n - done) : PIECE;
        if (!transfer(b->fd, piece, part, sector * SECTOR + done, false)) return host_error(b, "read");
        if (!virtio_put(b->v, done, piece, part)) return STATUS_IOERR;
        done += part;
    }
    return STATUS_OK;
}

static uint8_t write_sectors(VirtioBlk *b, uint64_t sector, uint64_t n) {
    uint8_t piece[PIECE];
    if (b->readonly || !fits(b, sector, n)) return STATUS_IOERR;
    for (uint64_t done = 0; done < n;) {
        size_t part = n - done < PIECE ? (size_t)(n - done) : PIECE;
        if (!virtio_get(b->v, sizeof(Request) + done, piece, part)) return STATUS_IOERR;
        if (!transfer(b->fd, piece, part, sector * SECTOR + done, true)) return host_error(b, "written");
        done += part;
    }
    return STATUS_OK;
}

// The serial number of the disk: the end of its path.
static uint8_t get_id(VirtioBlk *b, uint64_t room) {
    char id[ID_BYTES] = "";
    const char *name = strrchr(b->path, '/');
    name = name ? name + 1 : b->path;
    size_t n = strlen(name);
    memcpy(id, name, n < ID_BYTES ? n : ID_BYTES);
    return virtio_put(b->v, 0, id, room < ID_BYTES ? (size_t)room : ID_BYTES) ? STATUS_OK : STATUS_IOERR;
}

static uint8_t flush(VirtioBlk *b) { return b->readonly || !fdatasync(b->fd) ? STATUS_OK : host_error(b, "flushed"); }

// `room`: for data, before the status.
static uint8_t execute(VirtioBlk *b, const Request *r, uint64_t room, uint64_t *written) {
    switch (r->type) {
    case REQUEST_IN: *written = room; return read_sectors(b, r->sector, room);
    case REQUEST_OUT: return write_sectors(b, r->sector, b->v->chain.readable - sizeof *r);
    case REQUEST_FLUSH: return flush(b);
    case REQUEST_GET_ID: *written = room < ID_BYTES ? room : ID_BYTES; return get_id(b, room);
    default: return STATUS_UNSUPP;
    }
}

static void notified(void *device, unsigned queue) {
    VirtioBlk *b = device;
    Virtio *v = b->v;
    const VirtioChain *c;
    while ((c = virtio_next(v, queue))) {
        Request r;
        if (!c->writable) {
            virtio_break(v); // no place to say anything
            return;
        }
        uint64_t room = c->writable - 1, written = 0;
        if (!virtio_get(v, 0, &r, sizeof r)) return;
        uint8_t status = execute(b, &r, room, &written);
        if (status != STATUS_OK) written = 0;
        if (!virtio_put(v, room, &status, 1)) return;
        virtio_done(v, queue, written + 1);
    }
}

// ---- the file -----------------------------------------------------------------------------------------------------
static bool check_file(VirtioBlk *b, Err *err) {
    struct stat st;
    if (fstat(b->fd, &st)) return err_set(err, "%s: cannot be read: %s", b->path, strerror(errno));
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) return err_set(err, "%s: is no file and no disk", b->path);
    off_t size = lseek(b->fd, 0, SEEK_END);
    if (size < 0) return err_set(err, "%s: its size is not known: %s", b->path, strerror(errno));
    if (!size || size % SECTOR)
        return err_set(err, "%s: has %lld bytes, which is no disk of whole sectors; `truncate -s %%%d` makes it one",
                       b->path, (long long)size, SECTOR);
    b->sectors = (uint64_t)size / SECTOR;
    if (!flock(b->fd, (b->readonly ? LOCK_SH : LOCK_EX) | LOCK_NB) || errno != EWOULDBLOCK) return true;
    return err_set(err, "%s: is in use by another process%s", b->path,
                   b->readonly ? " that writes it" : "; give it as readonly to both");
}

static void put_config(Virtio *v, unsigned at, const void *value, size_t n) { memcpy(v->config + at, value, n); }

bool virtio_blk_open(VirtioBlk *b, Virtio *v, const BoardDrive *drive, Err *err) {
    const uint32_t segments = VIRTIO_QUEUE_MAX - 2, sector = SECTOR; // a request has a header and a status, too
    *b = (VirtioBlk){.v = v, .path = drive->path, .readonly = drive->readonly};
    b->fd = open(b->path, (b->readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
    if (b->fd < 0)
        return err_set(err, "%s: cannot be opened as a disk%s: %s", b->path, b->readonly ? "" : " for writing",
                       strerror(errno));
    if (!check_file(b, err)) {
        virtio_blk_close(b);
        return false;
    }
    v->id = VIRTIO_ID_BLOCK;
    v->features = VIRTIO_VERSION_1 | VIRTIO_INDIRECT | FEATURE_SEG_MAX | FEATURE_BLK_SIZE | FEATURE_FLUSH;
    if (b->readonly) v->features |= FEATURE_RO;
    v->n_queues = 1;
    v->device = b;
    v->notified = notified;
    put_config(v, CONFIG_CAPACITY, &b->sectors, sizeof b->sectors);
    put_config(v, CONFIG_SEG_MAX, &segments, sizeof segments);
    put_config(v, CONFIG_BLK_SIZE, &sector, sizeof sector);
    return true;
}

void virtio_blk_close(VirtioBlk *b) {
    if (b->fd >= 0) close(b->fd);
    b->fd = -1;
}
