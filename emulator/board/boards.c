// The list of boards. A board is a file and a line here.
#include "board/boards.h"
#include <string.h>

static const BoardKind kinds[] = {
    {"virt", "rv64", virt_create},
    {"rx", "rx", rx_create},
};

const BoardKind *board_for_guest(const char *guest) {
    for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
        if (!strcmp(kinds[i].guest, guest)) return &kinds[i];
    return NULL;
}
