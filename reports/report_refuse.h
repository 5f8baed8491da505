// What a report refuses to read, and what it tells the user to do about it.
#pragma once
#include "base/err.h"
#include <jansson.h>

#define RUN_SCHEMA "nightjar.run/1"

json_t *report_read_json(const char *path, Err *err); // NULL and a message, or a new reference
bool report_refuse(const json_t *root, const char *path,
                   Err *err); // false and a message when root is no nightjar.run/1
