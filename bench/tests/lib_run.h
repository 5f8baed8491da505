// Runs for tests, of which a test writes down only what it is about.
#pragma once
#include "bench/judge.h"
#include "bench/model/run.h"
#include <jansson.h>

// A document of this schema with every needed member that it lacks (new reference).
json_t *document_completed(const json_t *schema, const json_t *made);
// The document with every needed member that it lacks: null where that is allowed, else 0, true, empty; the first choice; short
// digests are filled up with zeros. Fails the test if it is not whole then. The document itself is not changed.
RunDoc run_made(const json_t *made);
// judge_compare() and judge_incomparable() of such documents; their emulators are not the same one unless they say so.
json_t *judge_made(const json_t *before, const json_t *after, const JudgeOptions *o, Err *err);
json_t *incomparable_made(const json_t *before, const json_t *after, bool exact_only);
