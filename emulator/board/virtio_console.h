// virtio console with one port, beside the UART.
#pragma once
#include "board/virtio.h"

typedef struct VirtioConsole {
    Virtio *v;
    Console *console;
} VirtioConsole;

void virtio_console_init(VirtioConsole *c, Virtio *v, Console *console);
void virtio_console_update(VirtioConsole *c); // the console may have input
