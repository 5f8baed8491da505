// The switches: which exist, which are on. Features are read while translating, never by emitted code.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "base/config.h"
#include "base/err.h"

typedef enum Feature {
#define FEATURE(name, kind, on, help) FEATURE_##name,
#include "base/feature.inc"
#undef FEATURE
    FEATURE_COUNT
} Feature;

#define FEATURE_BIT(f) (1u << (f))
#define FEATURES_ALL   (FEATURE_BIT(FEATURE_COUNT) - 1)

typedef struct Features {
    uint32_t on; // FEATURE_BIT set; always a subset of FEATURES_BUILT
} Features;

typedef struct FeatureInfo {
    const char *name, *kind, *help;
    bool built, on_by_default;
} FeatureInfo;

// With a build-time list the compiler folds this to false for features that were left out.
static inline bool feature_on(const Features *f, Feature which) {
    return (FEATURES_BUILT & FEATURE_BIT(which)) && (f->on & FEATURE_BIT(which));
}
FeatureInfo feature_info(Feature which);
Features features_default(void);
// Applies "+name,-name,name,all,none" from left to right. An unknown name, or one that this build
// lacks, is an error by name.
bool features_parse(Features *f, const char *list, Err *err);
