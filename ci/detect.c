#include "ci/detect.h"
#include "base/alloc.h"
#include "base/err.h"
#include "bench/base/statistics.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

DetectOptions detect_defaults(void) {
    return (DetectOptions){.window = 50, .p = 0.0001, .magnitude = 0.025, .points = 3, .agreement = 0.9};
}

double detect_magnitude(const ChangePoint *c) {
    double forward = fabs(c->after / c->before - 1), backward = fabs(c->before / c->after - 1);
    return fmax(forward, backward);
}

// ---- t-test
typedef struct Moments {
    double mean, sum_of_squares; // squared distances from the mean
    uint32_t n;
} Moments;

static Moments moments(const double *v, uint32_t n) {
    Moments m = {.n = n};
    for (uint32_t i = 0; i < n; i++) m.mean += v[i];
    m.mean /= n;
    for (uint32_t i = 0; i < n; i++) m.sum_of_squares += (v[i] - m.mean) * (v[i] - m.mean);
    return m;
}

// Student's, two-sided, equal variances.
static double t_test(const Moments *a, const Moments *b) {
    if (a->n + b->n <= 2) return 1;
    double df = (double)a->n + b->n - 2, pooled = (a->sum_of_squares + b->sum_of_squares) / df;
    double distance = fabs(a->mean - b->mean), error = sqrt(pooled * (1.0 / a->n + 1.0 / b->n));
    if (error == 0) return distance == 0;
    return 2 * gsl_cdf_tdist_Q(distance / error, df);
}

// ---- one point between its neighbours
static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(const double *v, uint32_t n) {
    double *sorted = alloc_bytes((n + 1) * sizeof *sorted);
    memcpy(sorted, v, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_value);
    double m = n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    free(sorted);
    return m;
}

static double agreement_of(const double *a, uint32_t n, const double *b, uint32_t m) {
    double wins = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < m; k++) wins += b[k] > a[i] ? 1 : b[k] == a[i] ? 0.5 : 0;
    wins /= (double)n * m;
    return fmax(wins, 1 - wins);
}

static ChangePoint judge(const double *v, uint32_t from, uint32_t at, uint32_t to, const DetectOptions *o) {
    Moments left = moments(v + from, at - from), right = moments(v + at, to - at);
    ChangePoint c = {.at = at, .p = t_test(&left, &right), .before = left.mean, .after = right.mean, .agreement = 1};
    if (!o->by_means) c.before = median_of(v + from, at - from), c.after = median_of(v + at, to - at);
    if (o->agreement > 0.5) c.agreement = agreement_of(v + from, at - from, v + at, to - at);
    return c;
}

// ---- E-divisive on one window
typedef struct Energy {
    const double *v;
    uint32_t n;
    double *prefix; // [c * (n + 1) + r]: sum of |v[i] - v[c]| for i < r
} Energy;

static double distances(const Energy *e, uint32_t to, uint32_t from, uint32_t end) {
    const double *row = e->prefix + (size_t)to * (e->n + 1);
    return row[end] - row[from];
}

static void energy_init(Energy *e, const double *v, uint32_t n) {
    *e = (Energy){.v = v, .n = n, .prefix = alloc_bytes((size_t)n * (n + 1) * sizeof(double))};
    for (uint32_t c = 0; c < n; c++) {
        double *row = e->prefix + (size_t)c * (n + 1);
        row[0] = 0;
        for (uint32_t i = 0; i < n; i++) row[i + 1] = row[i] + fabs(v[i] - v[c]);
    }
}

typedef struct Split {
    double q;
    uint32_t at;
} Split;

// The split of [from, to) whose sides [from, at) and [at, end) are furthest apart, over all ends. The distances within a
// side of one value are zero.
static Split best_split(const Energy *e, uint32_t from, uint32_t to) {
    Split best = {-INFINITY, from};
    double inside_left = 0; // pairs of [from, at)
    for (uint32_t at = from + 1; at < to; at++) {
        double n = at - from, cross = 0, inside_right = 0;
        inside_left += distances(e, at - 1, from, at - 1);
        for (uint32_t end = at + 1; end <= to; end++) {
            double m = end - at;
            cross += distances(e, end - 1, from, at);
            inside_right += distances(e, end - 1, at, end - 1);
            double q = 2 / (m + n) * cross;
            if (n > 1) q -= 2 * m / (m + n) / (n - 1) * inside_left;
            if (m > 1) q -= 2 * n / (m + n) / (m - 1) * inside_right;
            if (q > best.q) best = (Split){q, at};
        }
    }
    return best;
}

typedef VEC(uint32_t) Places;

static void insert(Places *p, uint32_t at) {
    uint32_t i = p->n;
    vec_push(p, at);
    for (; i && p->at[i - 1] > at; i--) p->at[i] = p->at[i - 1];
    p->at[i] = at;
}

// The window's weak points, in order; `found` begins empty.
static void window_points(const double *v, uint32_t n, double p, Places *found) {
    Energy e;
    energy_init(&e, v, n);
    VEC(Split) splits = {0}; // the interval that ends at found[i]; the last one ends at n
    vec_push(&splits, best_split(&e, 0, n));
    for (;;) {
        BUG_IF(!splits.at || splits.n != found->n + 1, "a window without intervals");
        uint32_t which = 0;
        for (uint32_t i = 1; i < splits.n; i++)
            if (splits.at[i].q > splits.at[which].q) which = i;
        const uint32_t *points = found->n ? found->at : &n;
        uint32_t from = which ? points[which - 1] : 0, to = which < found->n ? points[which] : n;
        Split s = splits.at[which];
        if (s.at <= from || s.at >= to) break; // nothing left that could be split
        Moments left = moments(v + from, s.at - from), right = moments(v + s.at, to - s.at);
        if (t_test(&left, &right) > p) break;
        insert(found, s.at);
        splits.at[which] = best_split(&e, from, s.at);
        vec_push(&splits, ((Split){0, 0}));
        for (uint32_t i = splits.n - 1; i > which + 1; i--) splits.at[i] = splits.at[i - 1];
        splits.at[which + 1] = best_split(&e, s.at, to);
    }
    vec_free(&splits);
    free(e.prefix);
}

static bool holds(const Places *p, uint32_t at) {
    for (uint32_t i = 0; i < p->n; i++)
        if (p->at[i] == at) return true;
    return false;
}

static double first_pass(double p) { return p < 0.05 ? 10 * p : p < 0.5 ? 2 * p : p; }

static void weak_points(const double *v, uint32_t n, const DetectOptions *o, Places *all) {
    uint32_t start = 0, step = o->window / 2;
    while (start < n) {
        uint32_t size = n - start < o->window ? n - start : o->window, last = 0;
        Places found = {0};
        if (size > 1) window_points(v + start, size, first_pass(o->p), &found);
        for (uint32_t i = 0; i < found.n; i++) {
            last = start + found.at[i];
            if (!holds(all, last)) insert(all, last);
        }
        vec_free(&found);
        start = last > start + step ? last : start + step;
    }
}

// ---- bottom-up
static bool fails(const ChangePoint *c, uint32_t from, uint32_t to, const DetectOptions *o) {
    return c->at - from < o->points || to - c->at < o->points || detect_magnitude(c) < o->magnitude ||
           c->agreement < o->agreement;
}

// The point that goes next: the largest p that is too large, else the smallest change among those that fail.
static int weakest(const ChangePoints *c, uint32_t n, const DetectOptions *o) {
    int worst = -1;
    for (uint32_t i = 0; i < c->n; i++)
        if (c->at[i].p >= o->p && (worst < 0 || c->at[i].p > c->at[worst].p)) worst = (int)i;
    for (uint32_t i = 0; i < c->n && worst < 0; i++) {
        uint32_t from = i ? c->at[i - 1].at : 0, to = i + 1 < c->n ? c->at[i + 1].at : n;
        if (!fails(&c->at[i], from, to, o)) continue;
        worst = (int)i;
        for (uint32_t k = i + 1; k < c->n; k++) {
            uint32_t f = c->at[k - 1].at, t = k + 1 < c->n ? c->at[k + 1].at : n;
            if (fails(&c->at[k], f, t, o) && detect_magnitude(&c->at[k]) < detect_magnitude(&c->at[worst]))
                worst = (int)k;
        }
    }
    return worst;
}

static void judge_again(ChangePoints *c, uint32_t i, const double *v, uint32_t n, const DetectOptions *o) {
    if (i >= c->n) return;
    uint32_t from = i ? c->at[i - 1].at : 0, to = i + 1 < c->n ? c->at[i + 1].at : n;
    c->at[i] = judge(v, from, c->at[i].at, to, o);
}

void detect_changes(const double *v, uint32_t n, const DetectOptions *o, ChangePoints *out) {
    Places weak = {0};
    ChangePoints c = {0};
    BUG_IF(o->window < 4, "a window of %u nights", o->window);
    weak_points(v, n, o, &weak);
    for (uint32_t i = 0; i < weak.n; i++) vec_push(&c, (ChangePoint){.at = weak.at[i]});
    for (uint32_t i = 0; i < c.n; i++) judge_again(&c, i, v, n, o);
    for (int i; (i = weakest(&c, n, o)) >= 0;) {
        BUG_IF(!c.at, "a point of an empty list");
        memmove(&c.at[i], &c.at[i + 1], (c.n - (uint32_t)i - 1) * sizeof *c.at);
        c.n--;
        if (i) judge_again(&c, (uint32_t)i - 1, v, n, o);
        judge_again(&c, (uint32_t)i, v, n, o);
    }
    for (uint32_t i = 0; i < c.n; i++) vec_push(out, c.at[i]);
    vec_free(&c);
    vec_free(&weak);
}
