// What the pages of a profile and of a differential report share.
#pragma once
#include "profiles/profile.h"

void profile_page_head(ReportText *out, const char *title);
typedef struct ProfileAbout {
    const char *name, *size, *guest, *host, *created, *remote; // size: NULL where it is not known
    bool interp;
    const json_t *features, *emulator;
} ProfileAbout;
void profile_page_about(ReportText *out, const ProfileAbout *about); // what was run, on one line
// A bar of the reasons; with a legend below it.
void profile_page_stack(ReportText *out, const json_t *why, const json_t *whys, bool legend);
