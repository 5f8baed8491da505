// What the pages of a profile and of a differential report share.
#pragma once
#include "profiles/profile.h"

void profile_page_head(ReportText *out, const char *title);
void profile_page_about(ReportText *out, const json_t *profile); // what was run, on one line
// A bar of the reasons; with a legend below it.
void profile_page_stack(ReportText *out, const json_t *why, const json_t *whys, bool legend);
