#include "reports/html/asset.h"
#include "base/err.h"
#include "reports/html/embed.h"
#include <string.h>

EMBED(theme_light, "reports/assets/theme-light.gp")
EMBED(theme_dark, "reports/assets/theme-dark.gp")
EMBED(style, "reports/assets/style.gp")
EMBED(render, "reports/assets/render.gp")
EMBED(css, "reports/assets/page.css")
EMBED(js, "reports/assets/page.js")

ReportAsset report_asset(const char *name) {
    const ReportAsset all[] = {
        {"theme-light.gp", theme_light, EMBED_SIZE(theme_light)},
        {"theme-dark.gp", theme_dark, EMBED_SIZE(theme_dark)},
        {"style.gp", style, EMBED_SIZE(style)},
        {"render.gp", render, EMBED_SIZE(render)},
        {"page.css", css, EMBED_SIZE(css)},
        {"page.js", js, EMBED_SIZE(js)},
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (strcmp(all[i].name, name) == 0) return all[i];
    bug_abort(__FILE__, __LINE__, "no asset %s", name);
}
