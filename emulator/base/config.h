// What this build contains. The only place that looks at macros of the Makefile.
//   FEATURES_BUILT  set of feature bits that exist in this build (default: all)
//   CHECKED         verify the IR and the allocation after every step
//   HOSTILE         tiny caches, thresholds of 1, frequent flushes: same results, rarer paths
#pragma once

#ifndef FEATURES_BUILT
#define FEATURES_BUILT FEATURES_ALL
#endif
#ifndef CHECKED
#define CHECKED 0
#endif
#ifndef HOSTILE
#define HOSTILE 0
#endif
