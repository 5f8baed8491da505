#include "bench/base/screen.h"
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int screen_columns(int fd) {
    struct winsize size;
    const char *asked = getenv("COLUMNS");
    if (!isatty(fd)) return 0;
    if (asked && atoi(asked) > 0) return atoi(asked);
    return !ioctl(fd, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col : 80;
}

bool screen_can_draw(int fd) {
    const char *term = getenv("TERM");
    return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

bool screen_has_colour(int fd) {
    const char *no = getenv("NO_COLOR");
    return screen_can_draw(fd) && !(no && *no);
}
