#include "ci/tests/lib_series.h"
#include <stdbool.h>
#include <math.h>

uint64_t series_bits(SeriesRandom *r) { // splitmix64
    uint64_t z = (r->state += 0x9e3779b97f4a7c15ull);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

double series_uniform(SeriesRandom *r) { return (double)(series_bits(r) >> 11) * 0x1p-53; }

double series_gauss(SeriesRandom *r) { // Box and Muller
    double a = series_uniform(r), b = series_uniform(r);
    return sqrt(-2 * log(1 - a)) * cos(2 * M_PI * b);
}

void series_make(SeriesRandom *r, SeriesNoise kind, uint32_t n, uint32_t step_at, double step, double *values) {
    const double sigma = 0.012, memory = 0.6;
    double last = sigma * series_gauss(r);
    bool up = false;
    for (uint32_t i = 0; i < n; i++) {
        double v = 1;
        switch (kind) {
        case NOISE_GAUSS: v += sigma * series_gauss(r); break;
        case NOISE_NEIGHBOURS:
            v += sigma * series_gauss(r);
            if (series_uniform(r) < 0.06) v *= 1.03 + 0.17 * series_uniform(r);
            break;
        case NOISE_AR:
            last = memory * last + sqrt(1 - memory * memory) * sigma * series_gauss(r);
            v += last;
            break;
        default:
            if (series_uniform(r) < 0.25) up = !up;
            v += 0.008 * series_gauss(r) + (up ? 0.03 : 0);
        }
        values[i] = v * (i >= step_at ? step : 1);
    }
}
