// The passes in their order, and running those that are on. In checked builds every pass has
// to leave a well-formed unit.
#include "base/alloc.h"
#include "opt/opt.h"
#include <stdlib.h>
#include <string.h>

const OptPass opt_passes[] = {
    {"regcache", FEATURE_regcache, opt_state},
    {"fold", FEATURE_fold, opt_fold},
    {"scale", FEATURE_scale, opt_scale},
    {"cse", FEATURE_cse, opt_cse},
    {"ifconv", FEATURE_ifconv, opt_ifconv},
    {"unroll", FEATURE_unroll, opt_unroll},
    {"bounds", FEATURE_bounds, opt_bounds},
    {"dce", FEATURE_dce, opt_dce},
    {"widen", FEATURE_widen, opt_widen},
    {"quiet", FEATURE_quiet, opt_quiet},
    {NULL, FEATURE_COUNT, NULL},
};

static void check_unit(const IrUnit *u, const char *when) {
    Err err;
    if (ir_verify(u, &err)) return;
    ir_print(stderr, u);
    BUG_IF(true, "malformed IR after pass %s: %s", when, err.text);
}

static void run_logged(const OptPass *pass, IrUnit *u, const Log *log) {
    uint32_t n = u->insns.n;
    size_t size = n * sizeof *u->insns.at;
    void *before = alloc_bytes(size);
    memcpy(before, u->insns.at, size);
    pass->run(u);
    if (u->insns.n != n || memcmp(before, u->insns.at, size)) {
        fprintf(log->out, "-- after %s\n", pass->name);
        ir_print(log->out, u);
    }
    free(before);
}

void opt_run(IrUnit *u, const OptContext *ctx) {
    if (CHECKED) check_unit(u, "lift");
    for (const OptPass *pass = opt_passes; pass->name; pass++) {
        if (!feature_on(ctx->features, pass->feature)) continue;
        if (ctx->log && log_on(ctx->log, LOG_OPT))
            run_logged(pass, u, ctx->log);
        else
            pass->run(u);
        if (CHECKED) check_unit(u, pass->name);
    }
}
