// The macros of a table of members: a file that includes this and then NAME.inc has a `static const Shape SHAPE_x` for each
// SHAPE(x, struct) of the table. A row whose field is not of the kind's type does not compile.
//
//   SHAPE(shape, struct)          rows          END(shape, rule): a rule is more of the JSON schema, or NULL
//   MEMBER(struct, member, kind, presence, sentence)       kinds and presences: member.h
//   NAMED(struct, member, name, kind, presence, sentence)  where the document's name is no name in C
//   CHOICE(struct, member, presence, choices, sentence)
//   ONE(struct, member, shape, presence, sentence)
//   LIST(struct, member, shape, presence, key, sentence)   the key tells items apart: two with the same one are refused
#pragma once
#include "bench/model/estimate.h"
#include "bench/model/member.h"
#include <stddef.h>

#define C_TEXT     const char *
#define C_NAME     const char *
#define C_DIGEST   const char *
#define C_MOMENT   const char *
#define C_SHARD    const char *
#define C_CHOICE   const char *
#define C_INT      int64_t
#define C_COUNT    int64_t
#define C_NUMBER   double
#define C_SIZE     double
#define C_POSITIVE double
#define C_BOOL     bool
#define C_TRUTH    int
#define C_TEXTS    const json_t *
#define C_SCALARS  const json_t *
#define C_SWITCHES const json_t *
#define C_REASONS  const json_t *
#define C_FOREIGN  const json_t *
#define C_VALUES   MemberValues
#define C_STEP     Est
#define C_CONFIG   uint32_t
#define C_WORKLOAD uint32_t
#define C_METRIC   uint32_t
#define C_ADDRESS  const char *
#define C_TALLY    const json_t *
#define C_ROWS     MemberRows

#define FITS(cond)               (0 * sizeof(char[(cond) ? 1 : -1]))
#define HAS_TYPE(T, field, type) FITS(__builtin_types_compatible_p(__typeof__(((T *)0)->field), __typeof__(type)))
#define SHAPE(s, T)                                                                                                    \
    typedef T S_##s;                                                                                                   \
    static const Member MEMBERS_##s[] = {
#define END(s, extra)                                                                                                  \
    }                                                                                                                  \
    ;                                                                                                                  \
    static const Shape SHAPE_##s = {#s, sizeof(S_##s), MEMBERS_##s, ARRAY_LEN(MEMBERS_##s), extra};
#define NAMED(T, field, text, kind_of, presence_of, sentence)                                                          \
    {.name = text,                                                                                                     \
     .help = sentence,                                                                                                 \
     .kind = KIND_##kind_of,                                                                                           \
     .presence = presence_of,                                                                                          \
     .offset = offsetof(T, field) + HAS_TYPE(T, field, C_##kind_of)},
#define MEMBER(T, field, kind_of, presence_of, sentence) NAMED(T, field, #field, kind_of, presence_of, sentence)
#define CHOICE(T, field, presence_of, list, sentence)                                                                  \
    {.name = #field,                                                                                                   \
     .help = sentence,                                                                                                 \
     .kind = KIND_CHOICE,                                                                                              \
     .presence = presence_of,                                                                                          \
     .offset = offsetof(T, field) + HAS_TYPE(T, field, C_CHOICE),                                                      \
     .choices = list},
#define ONE(T, field, s, presence_of, sentence)                                                                        \
    {.name = #field,                                                                                                   \
     .help = sentence,                                                                                                 \
     .kind = KIND_ONE,                                                                                                 \
     .presence = presence_of,                                                                                          \
     .offset = offsetof(T, field) + HAS_TYPE(T, field, S_##s),                                                         \
     .shape = &SHAPE_##s},
#define LIST(T, field, s, presence_of, by, sentence)                                                                   \
    {.name = #field,                                                                                                   \
     .help = sentence,                                                                                                 \
     .kind = KIND_LIST,                                                                                                \
     .presence = presence_of,                                                                                          \
     .offset = offsetof(T, field) + HAS_TYPE(T, field.at, S_##s *),                                                    \
     .shape = &SHAPE_##s,                                                                                              \
     .key = by},
