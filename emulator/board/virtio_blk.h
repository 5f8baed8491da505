// virtio block device: a file of the host as a disk of 512-byte sectors.
#pragma once
#include "board/virtio.h"

typedef struct VirtioBlk {
    Virtio *v;
    const char *path;
    int fd; // -1: none
    bool readonly, complained;
    uint64_t sectors;
} VirtioBlk;

// Opens the file, locks it (other writers would spoil it) and fills the slot; the rest of *v is set.
bool virtio_blk_open(VirtioBlk *b, Virtio *v, const BoardDrive *drive, Err *err);
void virtio_blk_close(VirtioBlk *b);
