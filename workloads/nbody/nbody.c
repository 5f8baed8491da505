// Floating point: five bodies that attract each other, in double precision.
//
// Every operation rounds and so raises the inexact flag: what counts is what a translator does about FP flags. The
// manifest forbids contraction to fused operations, so the result is the same to the last bit on every IEEE 754
// machine.
#include "floating.h"

#define BODIES 5
#define STEPS  100
#define DT     0.01

typedef struct {
    double x, y, z, vx, vy, vz, mass;
} Body;

static void attract(Body *a, Body *b) {
    double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
    double distance2 = dx * dx + dy * dy + dz * dz + 0.01; // softened: bodies may meet
    double pull = DT / (distance2 * __builtin_sqrt(distance2));

    a->vx -= dx * b->mass * pull;
    a->vy -= dy * b->mass * pull;
    a->vz -= dz * b->mass * pull;
    b->vx += dx * a->mass * pull;
    b->vy += dy * a->mass * pull;
    b->vz += dz * a->mass * pull;
}

static void step(Body *bodies) {
    for (int i = 0; i < BODIES; i++) {
        for (int j = i + 1; j < BODIES; j++) attract(&bodies[i], &bodies[j]);
    }
    for (int i = 0; i < BODIES; i++) {
        bodies[i].x += DT * bodies[i].vx;
        bodies[i].y += DT * bodies[i].vy;
        bodies[i].z += DT * bodies[i].vz;
    }
}

static uint32_t iterate(uint32_t seed) {
    Body bodies[BODIES];
    for (int i = 0; i < BODIES; i++) {
        double x = random_double(&seed), y = random_double(&seed), z = random_double(&seed);
        bodies[i] = (Body){x, y, z, .mass = 1.5 + random_double(&seed)};
    }
    for (int i = 0; i < STEPS; i++) step(bodies);

    uint32_t sum = 0;
    for (int i = 0; i < BODIES; i++) {
        sum = mix_double(sum, bodies[i].x);
        sum = mix_double(sum, bodies[i].y);
        sum = mix_double(sum, bodies[i].z);
    }
    return sum;
}

const Kernel kernel = {"nbody", 0x83f68bfd, iterate};
