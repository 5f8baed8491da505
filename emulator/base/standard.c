#include "base/standard.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int standard_fill(void) {
    int filled = 0;
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
        if (open("/dev/null", fd == 2 ? O_WRONLY : O_RDONLY) != fd) {
            fprintf(stderr, "%s: /dev/null: %s\n", program_invocation_short_name, strerror(errno));
            return -1;
        }
        filled |= 1 << fd;
    }
    return filled;
}

void standard_close(int filled) {
    for (int fd = 0; fd <= 2; fd++)
        if (filled & 1 << fd) close(fd);
}

bool standard_printed(void) {
    errno = 0;
    bool failed = ferror(stdout) != 0;
    return !fflush(stdout) && !failed;
}
