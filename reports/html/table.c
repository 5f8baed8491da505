#include "reports/html/table.h"
#include <math.h>
#include <string.h>

void table_begin(ReportText *out, const char *caption, const char *const *heads) {
    rt_add(out, "<div class=\"scroll\"><table class=\"sortable\"><caption>");
    rt_html(out, caption);
    rt_add(out, "</caption><thead><tr>");
    for (; *heads; heads++) {
        bool number = (*heads)[0] == '#';
        rt_add(out, "<th scope=\"col\"%s aria-sort=\"none\"><button type=\"button\">", number ? " class=\"num\"" : "");
        rt_html(out, *heads + number);
        rt_add(out, "</button></th>");
    }
    rt_add(out, "</tr></thead><tbody>");
}

// A row ends where the next one begins, or the table.
static void end_row(ReportText *out) {
    static const char first[] = "<tbody>";
    size_t n = sizeof first - 1;
    if (out->n < n || memcmp(out->s + out->n - n, first, n) != 0) rt_add(out, "</tr>");
}

void table_row(ReportText *out) {
    end_row(out);
    rt_add(out, "\n<tr>");
}

void table_text(ReportText *out, const char *text) {
    rt_add(out, "<td>");
    rt_html(out, text);
    rt_add(out, "</td>");
}

void table_name(ReportText *out, int colour, const char *text) {
    rt_add(out, "<th scope=\"row\"><i class=\"dot\" style=\"background:var(--sw%d)\"></i>", colour);
    rt_html(out, text);
    rt_add(out, "</th>");
}

void table_number(ReportText *out, double sort, const char *shown, const char *hover) {
    rt_add(out, "<td class=\"num\"");
    if (isfinite(sort))
        rt_add(out, " data-v=\"%.10g\"", sort);
    else
        rt_add(out, " data-v=\"\"");
    if (hover && *hover) {
        rt_add(out, " title=\"");
        rt_html(out, hover);
        rt_add(out, "\"");
    }
    rt_add(out, ">");
    rt_html(out, shown);
    rt_add(out, "</td>");
}

void table_est(ReportText *out, Est e, const char *shown) { table_number(out, e.known ? e.value : NAN, shown, NULL); }

void table_end(ReportText *out) {
    end_row(out);
    rt_add(out, "</tbody></table></div>\n");
}
