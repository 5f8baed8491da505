// Documents by table: a Shape lists the members of one JSON object, and the field of a C struct that each one fills.
// From the same rows come the loader, the refusal of what is missing, unknown or wrong, and the JSON schema.
//
//   MEMBER(RunWorkload, work, SIZE, NEEDED, PLAIN, "iterations of the timed program")
//   {"work": 5}     -> workload.work = 5
//   {"work": -5}    -> FILE: `workloads[0].work` is -5: it must be a number of at least 0 ...
//   {"works": 5}    -> FILE: `workloads[0].works` is not a member of nightjar.run/1 ...
#pragma once
#include "base/err.h"
#include "base/vec.h"
#include <jansson.h>

typedef enum MemberKind {
    KIND_TEXT,     // const char *; null: NULL
    KIND_NAME,     // const char *, not empty
    KIND_DIGEST,   // const char *, SHA-256 in hexadecimal digits
    KIND_MOMENT,   // const char *, "2026-01-01T00:00:00Z"
    KIND_SHARD,    // const char *, "2/3"
    KIND_CHOICE,   // const char *, one of `choices`
    KIND_ADDRESS,  // const char *, "0x80000000"
    KIND_INT,      // int64_t; null: MEMBER_NULL
    KIND_COUNT,    // int64_t of at least 0
    KIND_NUMBER,   // double; null: NAN
    KIND_SIZE,     // double of at least 0
    KIND_POSITIVE, // double above 0
    KIND_BOOL,     // bool
    KIND_TRUTH,    // int: 1, 0, or -1 for null
    KIND_TEXTS,    // const json_t *, array of strings
    KIND_SCALARS,  // const json_t *, array of numbers or strings
    KIND_SWITCHES, // const json_t *, object of booleans
    KIND_REASONS,  // const json_t *, object of strings
    KIND_TALLY,    // const json_t *, object of integers
    KIND_FOREIGN,  // const json_t *, an object of another schema
    KIND_VALUES,   // MemberValues: object of numbers, by the metric's index
    KIND_ROWS,     // MemberRows: array of [integer, integer, text]
    KIND_STEP,     // Est: {"ratio", "lo", "hi"}; null: not known
    KIND_ONE,      // a struct
    KIND_LIST,     // VEC of a struct
    KIND_CONFIG,   // uint32_t, index of the configuration with this id
    KIND_WORKLOAD, // uint32_t, index of the workload with this name and the object's `guest`
    KIND_METRIC,   // uint32_t, index of the metric with this name
    KIND_COUNT_OF_KINDS
} MemberKind;

#define MEMBER_NULL INT64_MIN
#define MEMBER_NONE UINT32_MAX // an index that refers to nothing

typedef struct MemberValue {
    uint32_t metric;
    double value;
} MemberValue;
typedef VEC(MemberValue) MemberValues; // sorted by metric

typedef struct MemberRow {
    int64_t a, b;
    const char *text;
} MemberRow;
typedef VEC(MemberRow) MemberRows;

typedef enum MemberPresence {
    NEEDED,         // must be there
    NEEDED_OR_NULL, // must be there, may be null
    MAY_MISS,       // newer than the first documents of this schema, or not known; may be null
    ELSE_ZERO,      // the same, and then it is 0
} MemberPresence;

typedef struct Shape Shape;
typedef struct Member {
    const char *name, *help;
    MemberKind kind;
    MemberPresence presence;
    size_t offset;
    const Shape *shape;  // KIND_ONE, KIND_LIST: the shape of the struct
    const char *choices; // KIND_CHOICE: "jit interp"
    const char *key;     // KIND_LIST: the members that tell its items apart: "config workload guest"
} Member;

struct Shape {
    const char *name;
    size_t size; // sizeof the struct
    const Member *members;
    size_t n;
    const char *rule; // more of the JSON schema, or NULL
};

// What a reference means: MEMBER_NONE if there is no such thing.
typedef uint32_t MemberFind(const void *names, MemberKind kind, const char *name, const char *guest);

typedef struct MemberReader {
    const char *file, *schema, *again; // for messages: `again` is the command that makes such a document
    MemberFind *find;
    const void *names;
    Err *err;
} MemberReader;

// Fills *into from the object. false and a message that names file, member and reason; member_free() is needed then, too.
bool member_read(const MemberReader *reader, const Shape *shape, const json_t *object, void *into);
void member_free(const Shape *shape, void *struct_at);
// The JSON schema (draft 7) of the shape (new reference).
json_t *member_schema(const Shape *shape, const char *title, const char *description);
