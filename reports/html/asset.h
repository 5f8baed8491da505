// The files of reports/assets, inside the program.
#pragma once
#include <stddef.h>

typedef struct ReportAsset {
    const char *name;
    const char *bytes; // not terminated
    size_t size;
} ReportAsset;

ReportAsset report_asset(const char *name); // the name must be one of reports/assets
