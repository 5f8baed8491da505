#include "bench/progress.h"
#include "bench/base/process.h"
#include "bench/plan.h"
#include "bench/base/screen.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define BAR 24

void duration_text(double s, char text[32]) {
    if (s >= 3600)
        snprintf(text, 32, "%d h %02d min", (int)(s / 3600), (int)(s / 60) % 60);
    else if (s >= 60)
        snprintf(text, 32, "%d min %02d s", (int)(s / 60), (int)s % 60);
    else
        snprintf(text, 32, s < 10 ? "%.1f s" : "%.0f s", s);
}

void progress_begin(Progress *p, int done, int total, double budget_s) {
    *p = (Progress){.done = done, .total = total, .block = -1000, .budget_s = budget_s, .start_ns = process_now_ns()};
    p->terminal = screen_can_draw(2);
    p->columns = screen_columns(2);
}

static double seconds_left(const Progress *p) {
    if (!p->spent_samples) return 0;
    double spent = (double)(process_now_ns() - p->start_ns) * 1e-9,
           left = spent / p->spent_samples * (p->total - p->done);
    return p->budget_s > 0 && left > p->budget_s - spent ? fmax(0, p->budget_s - spent) : left;
}

static void draw_bar(const Progress *p, const char *what) {
    char left[32], bar[BAR + 1], invalid[32] = "";
    int full = p->total ? BAR * p->done / p->total : 0;
    memset(bar, ' ', BAR);
    memset(bar, '=', (size_t)full);
    bar[BAR] = 0;
    duration_text(seconds_left(p), left);
    if (p->invalid) snprintf(invalid, sizeof invalid, ", %d invalid", p->invalid);
    // A line that wraps cannot be taken back: on a narrow terminal the bar goes first, then the name.
    char counts[128], line[256];
    snprintf(counts, sizeof counts, "%d/%d, %s left%s", p->done, p->total, left, invalid);
    int room = p->columns - 1, n = (int)strlen(counts);
    if (n + BAR + 3 <= room)
        snprintf(line, sizeof line, "[%s] %s  %.60s", bar, counts, what);
    else
        snprintf(line, sizeof line, "%s  %s", counts, what);
    fprintf(stderr, "\r\033[K%.*s", room, line);
}

void progress_step(Progress *p, int block, const char *what, uint64_t wall_ns, bool valid) {
    p->done++;
    p->spent_ns += wall_ns;
    p->spent_samples++;
    p->invalid += !valid;
    if (p->terminal) {
        draw_bar(p, what);
    } else if (block != p->block || p->done == p->total) {
        char left[32];
        duration_text(seconds_left(p), left);
        const char *what_block = block >= 0                 ? "block"
                                 : block > PLAN_CALIBRATION ? "exact pass"
                                 : block > PLAN_WARMUP      ? "how fast, pass"
                                                            : "warm-up";
        int number = block >= 0 ? block : block > PLAN_CALIBRATION ? -block : 1 - (block % -PLAN_CALIBRATION);
        fprintf(stderr, "nightjar: %s %d: %d of %d samples done, %d invalid, %s left\n", what_block, number, p->done,
                p->total, p->invalid, left);
    }
    p->block = block;
}

void progress_end(Progress *p) {
    if (p->terminal && p->spent_samples) fputs("\r\033[K", stderr);
}
