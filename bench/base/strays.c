#include "bench/base/strays.h"
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 1000 }; // of a family that forks while it is killed

static void add_children(Pids *list, const char *task) {
    char path[300];
    int pid;
    snprintf(path, sizeof path, "/proc/self/task/%s/children", task);
    FILE *f = fopen(path, "re");
    while (f && fscanf(f, "%d", &pid) == 1) vec_push(list, pid);
    if (f) fclose(f);
}

static Pids children(void) {
    Pids list = {0};
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *e; tasks && (e = readdir(tasks));)
        if (e->d_name[0] != '.') add_children(&list, e->d_name);
    if (tasks) closedir(tasks);
    return list;
}

static bool is_in(const Pids *list, pid_t pid) {
    for (uint32_t i = 0; i < list->n; i++)
        if (list->at[i] == pid) return true;
    return false;
}

Pids strays_before(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    return children();
}

int strays_end(const Pids *before, pid_t group) {
    int found = 0;
    for (int round = 0; round < ROUNDS; round++) {
        Pids now = children();
        bool any = false;
        for (uint32_t i = 0; i < now.n; i++) {
            pid_t pid = now.at[i];
            if (is_in(before, pid)) continue;
            any = true;
            found += getpgid(pid) != group;
            kill(pid, SIGKILL);
            while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
        }
        vec_free(&now);
        if (!any) break;
    }
    return found;
}
