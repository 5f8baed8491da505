#include "profiles/profile.h"
int profile_diff_main(int a, char **v) {
    (void)a, (void)v;
    return 0;
}
