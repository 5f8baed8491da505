#include "reports/html/frame.h"
#include "reports/html/asset.h"
#include <stdio.h>
#include <string.h>

// One list of colours for plots and page: `name = '#rrggbb'` and `array sw[..] = [0xrrggbb, ...]` become CSS variables.
static void theme_variables(ReportText *out, const char *theme_asset) {
    ReportAsset a = report_asset(theme_asset);
    ReportText t = {0};
    rt_bytes(&t, a.bytes, a.size);
    static const char *const names[] = {"bg", "fg", "muted", "grid", "link", "warn"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char key[32];
        snprintf(key, sizeof key, "%s = '", names[i]);
        const char *at = strstr(t.s, key);
        if (at) rt_add(out, "--%s:%.7s;", names[i], at + strlen(key));
    }
    const char *at = strstr(t.s, "array sw");
    const char *end = at ? strchr(at, '\n') : NULL;
    for (int i = 1; at && (at = strstr(at, "0x")) && at < end; i++, at += 8) rt_add(out, "--sw%d:#%.6s;", i, at + 2);
    rt_free(&t);
}

static void add_asset(ReportText *out, const char *name) {
    ReportAsset a = report_asset(name);
    rt_bytes(out, a.bytes, a.size);
}

void frame_head(ReportText *out, const char *title, const char *style, size_t style_n) {
    rt_add(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\"><link rel=\"icon\" href=\"data:,\"><title>Nightjar: ");
    rt_html(out, title);
    rt_add(out, "</title><style>:root{");
    theme_variables(out, "theme-light.gp");
    rt_add(out, "}@media screen and (prefers-color-scheme:dark){:root{");
    theme_variables(out, "theme-dark.gp");
    rt_add(out, "}}\n");
    add_asset(out, "page.css");
    if (style) rt_bytes(out, style, style_n);
    rt_add(out, "</style></head>\n<body><main>\n");
}

void frame_foot(ReportText *out) {
    rt_add(out, "</main><div id=\"tip\" role=\"status\" hidden></div>\n<script>");
    add_asset(out, "page.js");
    rt_add(out, "</script></body></html>\n");
}
