// The table profile.inc as a loader.
#include "bench/model/profile.h"
#include "bench/base/jsonfile.h"
#include "bench/model/member_table.h"
#include <string.h>

#include "bench/model/profile.inc"

static uint32_t no_names(const void *names, MemberKind kind, const char *name, const char *guest) {
    (void)names, (void)kind, (void)name, (void)guest;
    return MEMBER_NONE;
}

bool profile_doc_from_json(ProfileDoc *doc, json_t *root, const char *path, Err *err) {
    MemberReader reader = {path, PROFILE_SCHEMA, "nightjar profile", no_names, NULL, err};
    *doc = (ProfileDoc){0};
    bool ok = jsonfile_is_schema(root, path, PROFILE_FAMILY, PROFILE_VERSION, err) &&
              member_read(&reader, &SHAPE_profile, root, doc);
    doc->root = root;
    if (!ok) profile_doc_free(doc);
    return ok;
}

bool profile_doc_load(ProfileDoc *doc, const char *path, Err *err) {
    json_t *root = jsonfile_load(path, err);
    *doc = (ProfileDoc){0};
    return root && profile_doc_from_json(doc, root, path, err);
}

void profile_doc_free(ProfileDoc *doc) {
    member_free(&SHAPE_profile, doc);
    json_decref(doc->root);
    *doc = (ProfileDoc){0};
}

json_t *profile_schema(void) {
    return member_schema(&SHAPE_profile, "The hot blocks of one program: nightjar.profile/1",
                         "Explained in profiles/PROFILE-FORMAT.md. Written by `nightjar validate --schema=profile`.");
}

const char *profile_host(const ProfileDoc *doc) { return doc->host ? doc->host : "x64"; }

bool profile_is_interp(const ProfileDoc *doc) { return !strcmp(doc->engine, "interp"); }

int64_t profile_total(const ProfileDoc *doc) {
    const ProfileTotals *t = &doc->totals;
    return profile_cost(profile_is_interp(doc), t->guest_instructions, t->host_instructions);
}
