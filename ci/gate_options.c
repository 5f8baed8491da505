// What gate and bisect are both told: where revisions come from and are built, and what is measured of them.
#include "ci/gate.h"
#include <argp.h>

enum { KEY_REPO = 256, KEY_WORK, KEY_WORKLOADS, KEY_ELVES };

static const struct argp_option OPTIONS[] = {
    {"repo", KEY_REPO, "DIR", 0, "git repository (default .)", 1},
    {"work", KEY_WORK, "DIR", 0, "where revisions are built, each in its worktree (default build/revisions)", 1},
    {"workloads-dir", KEY_WORKLOADS, "DIR", 0, "manifests (default workloads)", 1},
    {"elf-dir", KEY_ELVES, "DIR", 0, "built guest programs (default build/workloads)", 1},
    {0}};

void gate_pass(GateOptions *o, const char *option, const char *value) {
    vec_push(&o->pass, option);
    vec_push(&o->pass, value);
}

static error_t parse(int key, char *arg, struct argp_state *state) {
    GateOptions *o = state->input;
    switch (key) {
    case KEY_REPO: o->repo = arg; return 0;
    case KEY_WORK: o->work = arg; return 0;
    case KEY_WORKLOADS: gate_pass(o, "--workloads-dir", arg); return 0;
    case KEY_ELVES: gate_pass(o, "--elf-dir", arg); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp gate_argp = {OPTIONS, parse, NULL, NULL, NULL, NULL, NULL};
