// forks N: so many children, one after the other, and says when: "100" after the first hundred and "end" at the end, each
// time waiting for a line, so that ci/soak.sh can look at the process.
#include "check.h"
#include <stdlib.h>

static void say(const char *text) {
    char line[8];
    CHECK(CALL(NR_write, 1, text, strlen(text)) == (long)strlen(text));
    CALL(NR_read, 0, line, sizeof line);
}

int main(int argc, char **argv) {
    int status, n = argc > 1 ? atoi(argv[1]) : 0;
    for (int i = 0; i < n; i++) {
        long pid = fork_();
        if (!pid) CALL(NR_exit, i % 100);
        CHECK(pid > 0 && CALL(NR_wait4, pid, &status, 0, 0) == pid && status == i % 100 << 8);
        if (i == 99) say("100\n");
    }
    say("end\n");
    return failed;
}
