// A script as trees: what parse.c makes, infer.c completes and emit.c turns into byte code.
//
// The language is a part of awk: functions, arrays, strings, whole numbers; one BEGIN, no input.
#pragma once

#include "../compiler/base.h"

typedef enum {
    TOKEN_END,
    TOKEN_NEWLINE,
    TOKEN_NUMBER,
    TOKEN_STRING,
    TOKEN_NAME,
    TOKEN_CALL, // a name with a parenthesis right behind it
#define WORD(kind, spelling) TOKEN_##kind,
#define MARK(kind, spelling) TOKEN_##kind,
#include "token.inc"
#undef WORD
#undef MARK
} TokenKind;

typedef struct {
    uint8_t kind;
    uint32_t line;
    int32_t number; // of a string: its length
    union {
        Name *name;
        const char *text;
    };
} Token;

typedef struct {
    Arena *arena;
    Names *names;
    Error *error;
    const char *at;
    uint32_t line;
} Lexer;

void lex_begin(Lexer *l, const char *text);
Token lex_next(Lexer *l);

typedef enum {
    NODE_NUMBER, // value
    NODE_STRING, // text, value: its length
    NODE_VARIABLE,
    NODE_ELEMENT, // a: variable; list: subscripts
    NODE_UNARY,   // token: SUB ADD NOT
    NODE_BINARY,  // token
    NODE_AND,
    NODE_OR,
    NODE_CONDITION,  // a ? b : c
    NODE_CONCAT,     // list
    NODE_ASSIGN,     // a = b, or by token
    NODE_CHANGE,     // a: ++ and --; value: 1 or -1; is_post
    NODE_IN,         // list: subscripts; b: variable
    NODE_CALL,       // function, list
    NODE_BUILTIN,    // token, list
    NODE_BLOCK,      // list
    NODE_EXPRESSION, // a
    NODE_IF,
    NODE_WHILE,
    NODE_DO,
    NODE_FOR,    // a; b; c; d
    NODE_FOR_IN, // a: variable, b: array, d
    NODE_BREAK,
    NODE_CONTINUE,
    NODE_RETURN, // a or NULL
    NODE_DELETE, // a: variable, list: subscripts or none
    NODE_PRINT,  // list; token: PRINT or PRINTF
    NODE_EXIT
} NodeKind;

typedef struct Node Node;
typedef struct Function Function;

struct Node {
    NodeKind kind;
    uint8_t token;
    bool is_post;
    uint32_t line;
    int32_t value;
    const char *text;
    struct Symbol *symbol;
    int32_t local;   // of a variable: its slot, or -1
    Function *owner; // the function that it stands in
    Node *a, *b, *c, *d;
    Node *list, *next;
};

enum { LOCALS_MAX = 24 };

typedef struct Symbol {
    Name *name;
    int32_t global; // its number, or -1
    bool is_array;  // the global
    Function *function;
    int32_t local; // of the function that is being parsed, or -1
} Symbol;

struct Function {
    Function *next;
    Symbol *symbol;
    uint32_t number, n_params;
    bool is_array[LOCALS_MAX];
    Node *body;
    LIST(uint8_t) code;
    uint32_t depth; // of the stack, at most, beside the locals
};

typedef struct {
    Arena *arena;
    Error *error;
    Names *names;
    Function *functions, **last; // the first is what BEGIN does
    uint32_t n_functions, n_globals;
    LIST(Symbol *) globals;
} Script;

bool parse_script(Script *s, const char *text);
void infer_arrays(Script *s); // which variables are arrays
