// Do the CPUs of this machine slow each other down? In a virtual machine two CPUs are often the two threads of one
// core, and nothing but a measurement says so: the same work on one CPU, alone and beside a busy one.
#include "bench/doctor.h"
#include "bench/environment.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 5, WORK = 12000000 }; // about 10 ms a round

static bool pin_to(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return !sched_setaffinity(0, sizeof set, &set);
}

// Four independent chains of shifts and adds: what a thread sharing the core competes for.
static uint64_t work(void) {
    uint64_t a = 1, b = 2, c = 3, d = 4;
    for (int i = 0; i < WORK; i++) {
        a += a >> 3, b += b >> 5, c += c >> 7, d += d >> 9;
        __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
    }
    return a + b + c + d;
}

// CPU time of the fastest of a few rounds.
static double fastest_round(void) {
    double best = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        struct timespec from, to;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
        work();
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
        double s = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9;
        best = s < best ? s : best;
    }
    return best;
}

static pid_t start_neighbour(int cpu) {
    pid_t parent = getpid(), pid = fork();
    if (pid) return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || !pin_to(cpu)) _exit(1);
    for (;;) work();
}

// The first two CPUs that this process may use; false if there is only one.
static bool two_cpus(const cpu_set_t *allowed, int cpu[2]) {
    int n = 0;
    for (int i = 0; i < CPU_SETSIZE && n < 2; i++)
        if (CPU_ISSET(i, allowed)) cpu[n++] = i;
    return n == 2;
}

// Other processes that want a CPU right now: with them about, "alone" would not be alone.
static int others_running(void) {
    int running = 1;
    char *line = environment_line("/proc/loadavg");
    if (line && sscanf(line, "%*f %*f %*f %d/", &running) != 1) running = 1;
    free(line);
    return running - 1;
}

void doctor_neighbour(json_t *checks) {
    cpu_set_t allowed;
    int cpu[2];
    if (others_running()) {
        doctor_add(checks, "neighbour", "note", "cannot tell",
                   "something else is running: whether the CPUs share a core shows on a quiet machine only",
                   "ask again when nothing else runs");
        return;
    }
    if (sched_getaffinity(0, sizeof allowed, &allowed) || !two_cpus(&allowed, cpu) || !pin_to(cpu[0])) {
        doctor_add(checks, "neighbour", "note", "cannot tell", "this process may use one CPU only",
                   "ask again with two (nproc, taskset)");
        return;
    }
    double alone = fastest_round();
    pid_t pid = start_neighbour(cpu[1]);
    if (pid > 0) {
        usleep(10000);
        double beside = fastest_round(), ratio = beside / alone;
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        char value[120];
        snprintf(value, sizeof value, "CPU %d takes %.2f times as long while CPU %d is busy", cpu[0], ratio, cpu[1]);
        bool shared = ratio > 1.1;
        doctor_add(checks, "neighbour", shared ? "warn" : "ok", value,
                   shared ? "the CPUs of this machine share a core: CPU time depends on what else runs" : "",
                   shared ? "run nothing beside a measurement, no build and no second nightjar" : "");
    }
    sched_setaffinity(0, sizeof allowed, &allowed);
}
