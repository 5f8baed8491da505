// Puts a file into the program: EMBED(site_css, "ci/assets/site.css") makes the bytes site_css[], EMBED_SIZE(site_css) of them.
// The path is relative to the root of the repository, where make runs. The compiler does not report an .incbin as a
// dependency; the Makefile says it.
#pragma once
#include <stddef.h>

#define EMBED(symbol, path)                                                                                            \
    __asm__(".pushsection .rodata\n.balign 16\n" #symbol ":\n.incbin \"" path "\"\n" #symbol                           \
            "_end:\n.byte 0\n.popsection\n");                                                                          \
    extern const char symbol[] __attribute__((visibility("hidden")));                                                  \
    extern const char symbol##_end[] __attribute__((visibility("hidden")));
#define EMBED_SIZE(symbol) ((size_t)(symbol##_end - (symbol)))
