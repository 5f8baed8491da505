// Embeds reports/assets by .incbin; paths are relative to the root of the repository, where make runs.
// The compiler does not report an .incbin as a dependency; the Makefile says it.
#include "reports/html/asset.h"
#include "base/err.h"
#include <string.h>

#define EMBED(symbol, path)                                                                                            \
    __asm__(".pushsection .rodata\n.balign 16\n"                                                                       \
            "report_asset_" #symbol ":\n.incbin \"" path "\"\n"                                                        \
            "report_asset_" #symbol "_end:\n.byte 0\n.popsection\n");                                                  \
    extern const char report_asset_##symbol[] __attribute__((visibility("hidden")));                                   \
    extern const char report_asset_##symbol##_end[] __attribute__((visibility("hidden")));

EMBED(theme_light, "reports/assets/theme-light.gp")
EMBED(theme_dark, "reports/assets/theme-dark.gp")
EMBED(style, "reports/assets/style.gp")
EMBED(render, "reports/assets/render.gp")
EMBED(css, "reports/assets/page.css")
EMBED(js, "reports/assets/page.js")

ReportAsset report_asset(const char *name) {
    const struct {
        const char *name, *from, *to;
    } all[] = {
        {"theme-light.gp", report_asset_theme_light, report_asset_theme_light_end},
        {"theme-dark.gp", report_asset_theme_dark, report_asset_theme_dark_end},
        {"style.gp", report_asset_style, report_asset_style_end},
        {"render.gp", report_asset_render, report_asset_render_end},
        {"page.css", report_asset_css, report_asset_css_end},
        {"page.js", report_asset_js, report_asset_js_end},
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (strcmp(all[i].name, name) == 0) return (ReportAsset){name, all[i].from, (size_t)(all[i].to - all[i].from)};
    bug_abort(__FILE__, __LINE__, "no asset %s", name);
}
