// What the parser makes of a program: types, symbols, and a tree for each function, in which every conversion is written out.
#pragma once

#include "lex.h"

typedef enum {
#define OP(name, text, flags) OP_##name,
#include "op.inc"
#undef OP
    OP_COUNT
} Op;

// ---- types
typedef enum {
    TYPE_VOID,
    TYPE_CHAR, // signed
    TYPE_UCHAR,
    TYPE_SHORT,
    TYPE_USHORT,
    TYPE_INT, // long is the same
    TYPE_UINT,
    TYPE_POINTER,
    TYPE_ARRAY,
    TYPE_STRUCT,
    TYPE_FUNCTION
} TypeKind;

typedef struct Type Type;
typedef struct Symbol Symbol;
typedef struct Node Node;

typedef struct Member {
    struct Member *next;
    Name *name;
    Type *type;
    uint32_t offset;
} Member;

typedef struct Struct { // or a union
    Member *members;
    uint32_t size, align;
    bool is_complete, is_union;
} Struct;

typedef struct Param {
    struct Param *next;
    Name *name; // or NULL
    Type *type;
} Param;

struct Type {
    TypeKind kind;
    Type *to;      // what it points to, of what it is an array, what it returns
    int32_t count; // of an array; below 0: not known yet
    Struct *info;  // two structs are one type if this is the same
    Param *params; // of a function
    Type *pointer; // to it, once it was asked for
};

typedef struct Types {
    Arena *arena;
    Type *basic[TYPE_POINTER];
} Types;

void types_begin(Types *t, Arena *arena);
Type *type_new(Types *t, TypeKind kind, Type *to);
Type *type_pointer(Types *t, Type *to);
Type *type_array(Types *t, Type *of, int32_t count);
uint32_t type_size(const Type *t);
uint32_t type_align(const Type *t);
bool type_same(const Type *a, const Type *b);
static inline bool type_is_int(const Type *t) { return t->kind >= TYPE_CHAR && t->kind <= TYPE_UINT; }
static inline bool type_is_scalar(const Type *t) { return t->kind >= TYPE_CHAR && t->kind <= TYPE_POINTER; }
static inline bool type_is_unsigned(const Type *t) {
    return t->kind == TYPE_UCHAR || t->kind == TYPE_USHORT || t->kind == TYPE_UINT || t->kind == TYPE_POINTER;
}
const Member *type_member(const Type *t, const Name *name); // or NULL
void type_print(Text *out, const Type *t);

// ---- symbols
typedef enum { SYMBOL_LOCAL, SYMBOL_GLOBAL, SYMBOL_FUNCTION, SYMBOL_TYPE, SYMBOL_CONSTANT } SymbolKind;

typedef struct {
    uint32_t offset;
    Symbol *to;
    int32_t addend;
} Reference; // the address of another symbol in the bytes of this one

struct Symbol {
    Symbol *outer;    // of the same name
    Symbol *in_scope; // the next one in its scope
    Symbol *next;     // of all functions, of all globals, of the locals of a function
    Name *name;
    const char *label; // in the output
    SymbolKind kind;
    Type *type;
    int32_t value; // of a constant
    bool is_tag, is_defined, is_used;
    // local
    bool has_address;  // the program may change it through a pointer
    int32_t param;     // number of the parameter, or -1
    struct Insn *slot; // its memory
    // global
    LIST(uint8_t) data; // what it begins with; zeros follow
    LIST(Reference) references;
    // function
    Node *body;
    Symbol *locals; // parameters first, in order
    struct Function *function;
    bool done; // its code is needed, and was asked for
    // the linker's
    uint32_t address;
};

// ---- trees
typedef enum {
    // expressions
    NODE_NUMBER,   // value
    NODE_VARIABLE, // symbol; a place
    NODE_FUNCTION, // symbol: its address
    NODE_DEREF,    // what a points to; a place
    NODE_MEMBER,   // of the place a, at offset value; a place
    NODE_ADDRESS,  // of the place a
    NODE_BINARY,   // op a b
    NODE_CAST,     // a, as type
    NODE_NOT,      // !a
    NODE_AND_AND,
    NODE_OR_OR,
    NODE_CONDITION, // a ? b : c
    NODE_ASSIGN,    // b to the place a
    NODE_CHANGE,    // the place a becomes a op b; is_post: the result is the old value
    NODE_COMMA,
    NODE_CALL, // of a, arguments from b on by next
    // statements
    NODE_BLOCK,      // a, and what follows it by next
    NODE_EXPRESSION, // a
    NODE_IF,         // a, b, else c
    NODE_WHILE,      // a, b
    NODE_DO,         // b while a
    NODE_FOR,        // a; b; c, body d
    NODE_SWITCH,     // of a, body b, its cases from cases on
    NODE_CASE,       // value, or the default; in the body of a switch
    NODE_BREAK,
    NODE_CONTINUE,
    NODE_RETURN, // a or NULL
    NODE_NOTHING
} NodeKind;

struct Node {
    NodeKind kind;
    Op op;
    bool is_post, is_default;
    uint32_t line;
    int32_t value;
    Type *type;
    Node *a, *b, *c, *d;
    Node *next;
    Node *cases, *next_case;
    Symbol *symbol;
    struct Block *block; // of a case
};

// The whole program.
typedef struct {
    Symbol *functions, *globals; // in the order of their definitions
    Symbol **last_function, **last_global;
    uint32_t n_nodes;
} Program;
