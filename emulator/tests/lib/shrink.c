#include "tests/lib/shrink.h"
#include "base/err.h"
#include "opt/rewrite.h"
#include "tests/lib/random_unit.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

uint32_t shrink(bool *dropped, uint32_t n, ShrinkFails *fails, void *ctx) {
    bool *was = malloc(n + 1);
    uint32_t left = n;
    BUG_IF(!was, "no memory to shrink %u items", n);
    memset(dropped, 0, n);
    for (uint32_t size = n / 2 + 1, again = 1; size && again;) {
        again = 0;
        for (uint32_t at = 0; at < n; at += size) {
            uint32_t more = 0;
            memcpy(was, dropped, n);
            for (uint32_t i = at; i < at + size && i < n; i++) more += !dropped[i], dropped[i] = true;
            if (more && fails(ctx, dropped))
                left -= more, again = 1;
            else
                memcpy(dropped, was, n);
        }
        if (size > 1) size = (size + 1) / 2, again = 1;
    }
    free(was);
    return left;
}

ShrinkEnd shrink_child(bool (*ok)(void *ctx), void *ctx, unsigned seconds) {
    fflush(NULL);
    int status = 1, pid = fork();
    BUG_IF(pid < 0, "cannot fork: %s", strerror(errno));
    if (!pid) {
        struct rlimit time = {seconds, seconds}, none = {0, 0};
        int quiet = open("/dev/null", O_WRONLY);
        if (quiet < 0 || dup2(quiet, 1) < 0 || dup2(quiet, 2) < 0 || chdir("/tmp")) _exit(2);
        setrlimit(RLIMIT_CPU, &time), setrlimit(RLIMIT_CORE, &none);
        _exit(!ok(ctx));
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status)) return WEXITSTATUS(status) ? SHRINK_WRONG : SHRINK_RIGHT;
    return WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXCPU ? SHRINK_LONG : SHRINK_DIED;
}

// ---- units
// Does something between this marker and the next one leave the unit? It would not say where from without it.
static bool is_needed(const IrUnit *u, uint32_t marker) {
    for (uint32_t i = marker + 1; i < u->insns.n && !ir_op_is(u->insns.at[i].op, IR_TERM); i++) {
        if (u->insns.at[i].op == IR_INSN) return false;
        if (opt_may_leave(&u->insns.at[i])) return true;
    }
    return false;
}

// What instruction i could become, the simplest first; false: there is no k-th way.
static bool simpler(const IrUnit *u, uint32_t i, unsigned k, IrInsn *out) {
    const IrInsn *in = &u->insns.at[i];
    IrType t = ir_value_type(in);
    *out = (IrInsn){.op = IR_NOP};
    if (in->op == IR_NOP || in->op == IR_PHI) return k == 0 && in->op == IR_PHI; // goes if nothing needs it
    if (ir_op_is(in->op, IR_TERM) || in->op == IR_BUDGET) return false;          // a loop ends
    if (k == 0) return in->op != IR_INSN || !is_needed(u, i);
    if (k == 1 && t != IR_VOID && in->op != IR_CONST) {
        *out = (IrInsn){.op = IR_CONST, .type = (uint8_t)t};
        return true;
    }
    *out = *in;
    if (k == 2 && in->op == IR_CONST && in->imm) return out->imm = 0, true;
    if (k == 2 && ir_op_is(in->op, IR_BIMM) && in->b) return out->b = 0, out->imm = 0, true;
    return false;
}

static bool keep_if(IrUnit *u, const IrUnit *tried, bool (*fails)(const IrUnit *, void *), void *ctx) {
    Err err;
    if (!ir_verify(tried, &err) || !fails(tried, ctx)) return false;
    unit_copy(u, tried);
    return true;
}

// A branch, or a jump to another block, becomes a jump to an exit or to the other side.
static unsigned straighten(IrUnit *u, IrUnit *tried, bool (*fails)(const IrUnit *, void *), void *ctx) {
    unsigned better = 0;
    for (uint32_t b = 0; b < u->blocks.n; b++)
        for (unsigned k = 0; k < 3; k++) {
            unit_copy(tried, u);
            IrBlock *block = &tried->blocks.at[b];
            IrInsn *end = &tried->insns.at[block->end - 1];
            if (end->op == IR_JUMP && block->succ[0] == IR_TO_EXIT) continue;
            if (end->op != IR_BR && k != 2) continue;
            block->succ[0] = k == 2 ? IR_TO_EXIT | 0 : block->succ[k];
            block->succ[1] = IR_NO_TARGET;
            *end = (IrInsn){.op = IR_JUMP};
            if (keep_if(u, tried, fails, ctx)) better++, k = 3;
        }
    return better;
}

uint32_t shrink_unit(IrUnit *u, bool (*fails)(const IrUnit *u, void *ctx), void *ctx) {
    IrUnit tried;
    uint32_t left = 0;
    ir_unit_init(&tried, u->slots, u->n_slots);
    for (unsigned better = 1; better;) {
        better = straighten(u, &tried, fails, ctx);
        for (uint32_t i = u->insns.n; i-- > 1;)
            for (unsigned k = 0;; k++) {
                IrInsn other;
                if (!simpler(u, i, k, &other)) break;
                unit_copy(&tried, u);
                tried.insns.at[i] = other;
                if (keep_if(u, &tried, fails, ctx)) better++, k = 3;
            }
    }
    for (uint32_t i = 1; i < u->insns.n; i++) {
        const IrInsn *in = &u->insns.at[i];
        left += in->op != IR_NOP && in->op != IR_BUDGET && in->op != IR_JUMP;
    }
    ir_unit_free(&tried);
    return left;
}

void shrink_unit_print(FILE *out, const IrUnit *u, const char *kind, uint64_t seed) {
    fprintf(out, "; %s %llu\n", kind, (unsigned long long)seed);
    ir_print(out, u);
}

uint64_t shrink_unit_read(IrUnit *u, const char *path, char kind[32]) {
    Bytes text = {0};
    Err err = {0};
    unsigned long long seed = 0;
    FILE *f = fopen(path, "r");
    BUG_IF(!f, "%s: %s", path, strerror(errno));
    for (int c; (c = fgetc(f)) != EOF;) bytes_put(&text, (uint64_t)c, 1);
    bytes_put(&text, 0, 1);
    fclose(f);
    BUG_IF(sscanf((const char *)text.at, "; %31s %llu", kind, &seed) != 2, "%s: does not begin with `; KIND SEED`",
           path);
    BUG_IF(!ir_parse_with(u, (const char *)text.at, unit_helpers, &err) || !ir_verify(u, &err), "%s: %s", path,
           err.text);
    vec_free(&text);
    return seed;
}

void shrink_plant(IrUnit *u) {
    for (uint32_t i = 1; i < u->insns.n; i++)
        if (u->insns.at[i].op == IR_XOR) {
            u->insns.at[i].op = IR_OR;
            return;
        }
}

// ---- cases
static const char *const number_names[SHRINK_NUMBERS] = {"seed", "at", "timer", "cache", "interp"};

void shrink_case_print(FILE *out, const ShrinkCase *c) {
    fprintf(out, "features none");
    for (unsigned f = 0; f < FEATURE_COUNT; f++)
        if (c->features.on & FEATURE_BIT(f)) fprintf(out, ",+%s", feature_info((Feature)f).name);
    fprintf(out, "\n");
    for (unsigned k = 0; k < SHRINK_NUMBERS; k++)
        if (c->number[k]) fprintf(out, "%s %llu\n", number_names[k], (unsigned long long)c->number[k]);
    fprintf(out, "code ");
    for (uint32_t i = 0; i < c->code.n; i++) fprintf(out, "%02x", c->code.at[i]);
    fprintf(out, "\n");
}

static void take_line(ShrinkCase *c, const char *path, const char *key, const char *value) {
    Err err;
    unsigned byte;
    if (!strcmp(key, "features"))
        BUG_IF(!features_parse(&c->features, value, &err), "%s: %s", path, err.text);
    else if (!strcmp(key, "code"))
        for (; sscanf(value, "%2x", &byte) == 1; value += 2) bytes_put(&c->code, byte, 1);
    else
        for (unsigned k = 0; k <= SHRINK_NUMBERS; k++) {
            BUG_IF(k == SHRINK_NUMBERS, "%s: `%s` is no member of a case", path, key);
            if (strcmp(key, number_names[k]) != 0) continue;
            c->number[k] = strtoull(value, NULL, 0);
            break;
        }
}

ShrinkCase shrink_case_read(const char *path) {
    ShrinkCase c = {0};
    char *line = NULL;
    size_t room = 0;
    FILE *f = fopen(path, "r");
    BUG_IF(!f, "%s: %s", path, strerror(errno));
    while (getline(&line, &room, f) > 0) {
        line[strcspn(line, "\n")] = 0;
        char *value = strchr(line, ' ');
        if (*line == '#' || !value) continue;
        *value++ = 0;
        take_line(&c, path, line, value);
    }
    free(line);
    fclose(f);
    BUG_IF(!c.code.n, "%s: a case without code", path);
    return c;
}

static int is_case(const struct dirent *d) {
    size_t n = strlen(d->d_name);
    return n > 4 && !strcmp(d->d_name + n - 4, ".txt");
}

unsigned shrink_each(const char *folder, bool (*check)(const char *path), unsigned *n) {
    struct dirent **list = NULL;
    char path[500];
    unsigned bad = 0;
    int found = scandir(folder, &list, is_case, alphasort);
    for (int i = 0; i < found; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name);
        bool ok = check(path);
        if (!ok) fprintf(stderr, "%s: it goes wrong again\n", path);
        bad += !ok;
        free(list[i]);
    }
    free(list);
    *n = found > 0 ? (unsigned)found : 0;
    return bad;
}
