// `nightjar report` alone, for work on the renderers while the rest does not build: see reports/tests/golden.sh.
#include "reports/report.h"

int main(int argc, char **argv) { return report_main(argc, argv); }
