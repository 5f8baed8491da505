// The shape of a guest's instruction table, and what can be done with any of them: decode,
// encode, print, make up at random.
//
// tools/mkdecode turns guest/<name>/<name>.insn into arrays of these types (its header comment explains the language of
// the table); guest/<name>/table.c joins the arrays to an InsnTable. Everything is constant data.
//
// `raw` is the instruction's bytes as a little-endian number, so byte 0 is bits 7..0, whatever
// order the table writes them in.
#pragma once
#include "base/types.h"
#include "guest/guest.h"

// A run of bits of a field:  value[value_lo + width - 1 : value_lo] = raw[raw_lo + width - 1 : raw_lo]
typedef struct InsnSeg {
    uint8_t raw_lo, width, value_lo;
} InsnSeg;

// How a field is printed. Values from INSN_PRINT_GUEST on are the guest's own.
typedef enum InsnPrint {
    INSN_PRINT_NONE,
    INSN_PRINT_REG, // table->reg_prefix and the number
    INSN_PRINT_DEC, // signed decimal
    INSN_PRINT_HEX, // 0x...
    INSN_PRINT_PC,  // pc of the instruction + value, hex
    INSN_PRINT_GUEST,
} InsnPrint;

enum { INSN_SIGNED = 1, INSN_TAIL = 2, INSN_TAIL_FIXED = 0xff };
typedef struct InsnField {
    uint8_t at;    // index into Insn.f
    uint8_t flags; // SIGNED; TAIL: whole bytes behind the pattern, in the order of the row's tails
    uint8_t print; // InsnPrint
    uint8_t width; // bits of the value, low zeros included; unused for tails
    uint8_t add;   // constant added to the bits
    uint8_t n_segs;
    uint16_t segs;         // first of them
    uint8_t tail_by;       // TAIL: index into Insn.f of the field that selects the size, or TAIL_FIXED
    uint8_t tail_bytes[4]; // TAIL: size in bytes by the selector's value; [0] if fixed
} InsnField;

typedef enum InsnClass { // kind of a row, for random instructions and for counts
    INSN_CLASS_ALU,
    INSN_CLASS_MUL,
    INSN_CLASS_LOAD,
    INSN_CLASS_STORE,
    INSN_CLASS_ATOMIC,
    INSN_CLASS_BRANCH,
    INSN_CLASS_JUMP,
    INSN_CLASS_FENCE,
    INSN_CLASS_CSR,
    INSN_CLASS_SYSTEM,
    INSN_CLASS_FLOAT,
    INSN_CLASS_STRING,
    INSN_CLASS_COUNT
} InsnClass;

typedef struct InsnCond { // the row matches only if f[at] != not_value
    uint8_t at, not_value;
} InsnCond;

typedef struct InsnRow {
    uint64_t mask, bits; // matches if (raw & mask) == bits and all conditions hold
    const char *name;    // "addi"; "mov/imm" is a form of the mnemonic "mov"
    const char *format;  // operands; names of fields are replaced, the rest is printed. "suffix operands" if there is a
                         // space, ".suffix" alone
    uint16_t fields;     // first of them
    uint16_t conds;      // first of them
    uint16_t base;       // op that this row is a short form of; its own op if none
    uint8_t n_fields, n_conds;
    uint8_t len;              // bytes, without tails
    uint8_t ext, klass;       // guest-defined extension; InsnClass
    int8_t from[INSN_FIELDS]; // source of the base's f[i]: >= 0: this row's f[from[i]]; < 0: the constant -1 - from[i]
} InsnRow;

typedef struct InsnTable {
    const InsnRow *rows;
    const InsnField *fields;
    const InsnSeg *segs;
    const InsnCond *conds;
    const InsnSeg *key;      // which raw bits make the bucket number
    const uint16_t *buckets; // bucket k: candidates[buckets[k] .. buckets[k + 1]), the most specific first
    const uint16_t *candidates;
    const char *const *field_names; // per field, as written in `format`
    uint16_t n_rows;
    uint8_t n_key;
    const char *reg_prefix;
    // Prints >= INSN_PRINT_GUEST; other fields of the instruction may be part of the operand.
    size_t (*print_field)(char *out, size_t size, const InsnField *field, const Insn *insn, gpc pc);
    // For rand.c, as sets of indexes into f of a base instruction.
    uint8_t dest_fields, base_fields, offset_fields;
} InsnTable;

Insn insn_decode(const InsnTable *t, const uint8_t *bytes, unsigned avail);
// The base instruction that a short form stands for, with its own length; an instruction without a base stays as it is.
Insn insn_expand(const InsnTable *t, const Insn *insn);
// Bytes from fields; returns the length, or 0 when a value does not fit or a condition does not hold.
unsigned insn_encode(const InsnTable *t, uint16_t op, const int64_t f[INSN_FIELDS], uint8_t out[INSN_BYTES_MAX]);
size_t insn_print(const InsnTable *t, char *out, size_t size, const Insn *insn,
                  gpc pc); // length, as snprintf returns it
