// Where a guest block lies, in words.
#include "profiles/profile.h"
#include <string.h>

void place_text(char *out, size_t size, const char *symbol, int64_t offset, const char *at) {
    if (!symbol)
        snprintf(out, size, "%s", at);
    else if (offset)
        snprintf(out, size, "%.80s+0x%llx", symbol, (unsigned long long)offset);
    else
        snprintf(out, size, "%.90s", symbol);
}

void source_text(char *out, size_t size, const char *file, int64_t line) {
    const char *slash = file ? strrchr(file, '/') : NULL;
    *out = 0;
    if (file) snprintf(out, size, "%.80s:%d", slash ? slash + 1 : file, (int)line);
}

void block_place(char *out, size_t size, const ProfileBlock *b) { place_text(out, size, b->symbol, b->offset, b->gpc); }

void block_source(char *out, size_t size, const ProfileBlock *b) { source_text(out, size, b->file, b->line); }

const ProfileTranslation *block_hottest(const ProfileBlock *b) {
    for (uint32_t i = 0; i < b->translations.n; i++)
        if (b->translations.at[i].guest.n) return &b->translations.at[i];
    return NULL;
}
