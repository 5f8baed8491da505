// The frame of every page of Nightjar: head with theme and style, foot with the script. A page is one file: nothing is
// loaded from elsewhere.
#pragma once
#include "reports/html/text.h"

// Up to and including <main>. `style` is the page's own, after the shared one; it may be NULL.
void frame_head(ReportText *out, const char *title, const char *style, size_t style_n);
void frame_foot(ReportText *out);
