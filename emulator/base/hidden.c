#include "base/hidden.h"
#include <stdlib.h>
#include <string.h>

bool hidden(const char *what) {
    const char *list = getenv("NIGHTJAR_HIDE");
    size_t n = strlen(what);
    while (list && *list) {
        size_t word = strcspn(list, ",");
        if (word == n && !strncmp(list, what, n)) return true;
        list += word + (list[word] == ',');
    }
    return false;
}
