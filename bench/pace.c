#include "bench/pace.h"
#include "bench/base/jsonfile.h"
#include <math.h>

enum { TRIES = 8 };
#define SPARE 0.9 // of a budget: the rest is for rounds that take longer than foreseen

// ---- calibration --------------------------------------------------------------------------------------------------

static double cpu_s(const json_t *sample) { return json_num(json_object_get(sample, "metrics"), "cpu_ns", 0) * 1e-9; }

// Notes what the two longest runs say; one run alone knows no start.
static void note_pace(json_t *sample, double work, double before_s, double before_work) {
    double s = cpu_s(sample), unit = before_work > 0 && s > before_s ? (s - before_s) / (work - before_work) : s / work;
    json_put(sample, "unit_ns", json_real(unit * 1e9));
    json_put(sample, "start_ns", json_real(fmax(0, s - unit * work) * 1e9));
}

json_t *pace_measure(const Plan *plan, const Slot *slot, const char *scratch, const volatile sig_atomic_t *stop,
                     bool *stopped, Err *err) {
    double enough = plan->options->sample_s / 3, before_s = 0, before_work = 0;
    double work = fmax(1, floor(plan->workloads.at[slot->workload].exact.work / 4)), wall = 0;
    for (int i = 0;; i++) {
        json_t *s = sample_take(plan, slot, (SampleWork){.iterations = (uint32_t)work}, scratch, stop, stopped, err);
        if (!s) return NULL;
        wall += json_num(s, "wall_ns", 0);
        double took = cpu_s(s);
        bool valid = json_is_true(json_object_get(s, "valid"));
        if (valid) note_pace(s, work, before_s, before_work);
        if (!valid || (took >= enough && i) || i == TRIES || work >= UINT32_MAX / 64) {
            json_put(s, "stretch", json_real(fmax(1, json_num(s, "wall_ns", 0) * 1e-9 / fmax(took, 1e-6))));
            json_put(s, "wall_ns", json_integer((json_int_t)wall)); // what all runs cost
            return s;
        }
        json_decref(s);
        before_s = took, before_work = work;
        work = ceil(work * fmin(32, fmax(2, 1.3 * enough / fmax(took, 1e-4))));
    }
}

Pace pace_of(const json_t *c) {
    double work = json_num(c, "work", 0);
    Pace p = {.unit_s = json_num(c, "unit_ns", 0) * 1e-9,
              .start_s = json_num(c, "start_ns", 0) * 1e-9,
              .stretch = json_num(c, "stretch", 1)};
    p.known = json_is_true(json_object_get(c, "valid")) && p.unit_s > 0;
    if (work > 0) p.guest = json_num(json_object_get(c, "metrics"), "guest_instructions", 0) / work;
    return p;
}

// ---- lengths ------------------------------------------------------------------------------------------------------

uint32_t pace_work(const Pace *p, double sample_s) {
    double work = fmax(sample_s - p->start_s, sample_s / 2) / p->unit_s;
    return work < 1 ? 1 : work > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)work;
}

uint32_t pace_short(uint32_t work) { return work >= 2 ? (work + PACE_SHORT - 1) / PACE_SHORT : 0; }

double pace_seconds(const Pace *p, uint32_t work) { return p->stretch * (p->start_s + p->unit_s * work); }

static double round_seconds(const Pace *paces, size_t n, double sample_s) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!paces[i].known) continue;
        uint32_t work = pace_work(&paces[i], sample_s);
        sum += pace_seconds(&paces[i], work) + pace_seconds(&paces[i], pace_short(work));
    }
    return sum;
}

double pace_sample_s(const Pace *paces, size_t n, double wanted_s, double budget_s, int blocks, int *rounds) {
    double one = round_seconds(paces, n, wanted_s), budget = budget_s * SPARE;
    *rounds = blocks;
    if (one <= 0 || budget <= 0) return wanted_s;
    *rounds = (int)fmin(blocks, fmax(fmin(blocks, PACE_BLOCKS), floor(budget / one)));
    double least = fmin(PACE_LEAST_S, wanted_s), most = fmax(PACE_MOST_S, wanted_s);
    for (int i = 0; i < 40; i++) { // the length at which this many rounds take the whole budget
        double middle = (least + most) / 2;
        *(round_seconds(paces, n, middle) * *rounds <= budget ? &least : &most) = middle;
    }
    return least;
}
