#include "ci/gate_time.h"
#include "base/alloc.h"
#include "bench/base/statistics.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const time_verdicts[] = {"open", "pass", "regressed", "improved", "inconclusive", "invalid"};
enum { LOOKS = 3, CONFIRM = 5 };
static const uint32_t LOOK_AT[LOOKS] = {5, 8, 12};
#define ALPHA 0.05

TimeOptions time_defaults(void) { return (TimeOptions){.floor = 0.025, .least = 3, .most = 12}; }

void time_cells_free(TimeCell *cells, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) vec_free(&cells[i].blocks), vec_free(&cells[i].fresh);
    free(cells);
}

typedef struct Estimate {
    double mean, error, p, reach; // logarithms; reach: half the 95 % interval
    uint32_t n;
} Estimate;

static Estimate estimate(const Ratios *r) {
    Estimate e = {.n = r->n, .p = 1, .reach = INFINITY};
    double squares = 0;
    for (uint32_t i = 0; i < r->n; i++) e.mean += r->at[i] / r->n;
    for (uint32_t i = 0; i < r->n; i++) squares += (r->at[i] - e.mean) * (r->at[i] - e.mean);
    if (r->n < 2) return e;
    e.error = sqrt(squares / (r->n - 1) / r->n);
    e.reach = gsl_cdf_tdist_Pinv(0.975, r->n - 1) * e.error;
    e.p = e.error > 0 ? 2 * gsl_cdf_tdist_Q(fabs(e.mean) / e.error, r->n - 1) : e.mean == 0;
    return e;
}

// The smallest effect that is found in 80 of 100 with this much noise.
static double detectable(const Estimate *e) {
    if (e->n < 2) return INFINITY;
    return expm1((gsl_cdf_tdist_Pinv(0.975, e->n - 1) + gsl_cdf_tdist_Pinv(0.8, e->n - 1)) * e->error);
}

static void report(TimeCell *c, const Estimate *e) {
    c->ratio = exp(e->mean), c->lo = exp(e->mean - e->reach), c->hi = exp(e->mean + e->reach);
}

bool time_suspected(const TimeCell *c) { return c->verdict == TIME_REGRESSED || c->verdict == TIME_IMPROVED; }

// At one look: suspicion, pass, or still open.
static void look(TimeCell *cells, uint32_t n, const TimeOptions *o, double alpha) {
    double *p = alloc_bytes((n + 1) * sizeof *p);
    for (uint32_t i = 0; i < n; i++) {
        Estimate e = estimate(&cells[i].blocks);
        p[i] = cells[i].verdict == TIME_INVALID ? NAN : e.p;
    }
    stats_holm(p, n);
    for (uint32_t i = 0; i < n; i++) {
        TimeCell *c = &cells[i];
        if (c->verdict != TIME_OPEN) continue;
        Estimate e = estimate(&c->blocks);
        c->threshold = fmax(o->floor, detectable(&e)), c->p = p[i];
        report(c, &e);
        double least = fmin(fabs(log(c->lo)), fabs(log(c->hi))), limit = log1p(c->threshold);
        bool beside = c->lo > 1 || c->hi < 1;
        if (beside && least > limit && p[i] < alpha)
            c->verdict = c->ratio > 1 ? TIME_REGRESSED : TIME_IMPROVED;
        else if (c->lo > 1 / (1 + o->floor) && c->hi < 1 + o->floor)
            c->verdict = TIME_PASS;
    }
    free(p);
}

// What the fresh blocks do not show was not there.
static void confirm(TimeCell *c, const TimeOptions *o) {
    Estimate e = estimate(&c->fresh);
    bool slower = c->verdict == TIME_REGRESSED;
    if (c->fresh.n < CONFIRM) {
        c->verdict = TIME_INCONCLUSIVE;
        return;
    }
    report(c, &e);
    bool still = slower ? c->lo > 1 && c->ratio > 1 + o->floor : c->hi < 1 && c->ratio < 1 / (1 + o->floor);
    if (!still) c->verdict = c->lo > 1 / (1 + o->floor) && c->hi < 1 + o->floor ? TIME_PASS : TIME_INCONCLUSIVE;
}

static bool any(const TimeCell *cells, uint32_t n, bool suspected) {
    for (uint32_t i = 0; i < n; i++)
        if (suspected ? time_suspected(&cells[i]) : cells[i].verdict == TIME_OPEN) return true;
    return false;
}

void time_judge(TimeCell *cells, uint32_t n, const TimeOptions *o, TimeBlock *take, void *ctx) {
    uint32_t blocks = 0, at = 0;
    bool more = true;
    while (more && blocks < o->most && any(cells, n, false)) {
        more = take(ctx, cells, n, false, blocks);
        blocks += more;
        if (at < LOOKS && blocks == LOOK_AT[at] && more) look(cells, n, o, ALPHA / LOOKS), at++;
    }
    // The budget ended between two looks: one last look, if there are enough blocks.
    if (blocks >= o->least && any(cells, n, false)) look(cells, n, o, ALPHA / LOOKS);
    for (uint32_t b = 0; b < CONFIRM && any(cells, n, true); b++)
        if (!take(ctx, cells, n, true, b)) break;
    for (uint32_t i = 0; i < n; i++) {
        if (time_suspected(&cells[i])) confirm(&cells[i], o);
        if (cells[i].verdict == TIME_OPEN) cells[i].verdict = TIME_INCONCLUSIVE;
    }
}
