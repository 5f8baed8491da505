// Oracle: the promise of each target (tests/fuzz/targets.c), on its seeds, on what libFuzzer found, and on changes of both.
// tests: rel hostile
#include "tests/fuzz/target.h"

int main(int argc, char **argv) { return corpus_main(argc, argv, "emulator/tests/fuzz/corpus"); }
