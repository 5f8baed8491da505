// The short forms of a report: summary.md for a pull request, columns for a terminal.
#pragma once
#include "reports/report_view.h"

void markdown_write(ReportText *out, const RunDoc *docs, unsigned n_docs, const ViewList *views);
void terminal_write(ReportText *out, const RunDoc *docs, unsigned n_docs, const ViewList *views, bool colour,
                    int columns);
