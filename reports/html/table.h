// Sortable tables of a page. A head that starts with '#' is a column of numbers.
#pragma once
#include "reports/html/text.h"

void table_begin(ReportText *out, const char *caption, const char *const *heads);
void table_row(ReportText *out);
void table_text(ReportText *out, const char *text);
void table_name(ReportText *out, int colour, const char *text); // with its colour; the row's heading
void table_number(ReportText *out, double sort, const char *shown,
                  const char *hover); // NAN sorts last; hover may be NULL
void table_est(ReportText *out, Est e, const char *shown);
void table_end(ReportText *out);
