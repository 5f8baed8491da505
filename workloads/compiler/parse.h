// The parser's own: what its files share. See parse.c.
#pragma once

#include "tree.h"

typedef struct Scope {
    struct Scope *outer;
    Symbol *symbols;
} Scope;

typedef struct {
    Arena *arena;
    Lexer *lexer;
    Error *error;
    Types types;
    Program *program;
    Token t;     // the one to look at
    Token ahead; // behind it, if has_ahead
    bool has_ahead;
    Scope *scope;     // the innermost one; the outermost has no outer
    Symbol *function; // being parsed
    Symbol **last_local;
    Node *in_switch;
    unsigned loops, breakable;
    uint32_t n_labels; // for names in the output
} Parser;

void parse_program(Parser *p);

// parse.c
void parse_fail(Parser *p, const char *what);
void parse_advance(Parser *p);
bool parse_is(const Parser *p, TokenKind kind);
const Token *parse_ahead(Parser *p);        // the one behind the next
bool parse_take(Parser *p, TokenKind kind); // if it is the next one
void parse_expect(Parser *p, TokenKind kind, const char *what);
void scope_enter(Parser *p);
void scope_leave(Parser *p);
Symbol *scope_add(Parser *p, Name *name, SymbolKind kind, Type *type);
Node *node_new(Parser *p, NodeKind kind, Type *type);

// parse_type.c
typedef struct {
    bool is_typedef, is_static, is_extern;
} Storage;
bool parse_begins_type(Parser *p);
Type *parse_specifiers(Parser *p, Storage *storage);        // storage NULL: none may be there
Type *parse_declarator(Parser *p, Type *base, Name **name); // name NULL: there must be none
Type *parse_type_name(Parser *p);
Type *parse_param_type(Parser *p, Type *t); // arrays and functions become pointers

// parse_expression.c
Node *parse_expression(Parser *p);
Node *parse_assignment(Parser *p);
Node *parse_condition(Parser *p); // an expression that is compared with 0
int32_t parse_constant(Parser *p);

// node.c
Node *node_number(Parser *p, int32_t value, Type *type);
Node *node_value(Parser *p, Node *n); // arrays and functions as pointers, narrow integers as int
Node *node_decay(Parser *p, Node *n); // arrays and functions as pointers
Node *node_convert(Parser *p, Node *n, Type *type);
Node *node_binary(Parser *p, uint8_t token, Node *a, Node *b);
Node *node_assign(Parser *p, Node *to, Node *value);
Node *node_change(Parser *p, uint8_t token, Node *to, Node *by, bool is_post);
Node *node_address(Parser *p, Node *place);
Node *node_deref(Parser *p, Node *pointer);
Node *node_place_at(Parser *p, Symbol *symbol, uint32_t offset, Type *type); // of a variable, or in it
bool node_is_place(const Node *n);
bool node_constant(const Node *n, int32_t *value,
                   Symbol **address); // address: of which the value is an offset, or NULL

// initial.c
Type *initial_global(Parser *p, Symbol *s, Type *type);              // reads what stands behind the =
Node *initial_local(Parser *p, Symbol *s, Type *type, Type **whole); // statements that do it
Symbol *initial_string(Parser *p, const Token *string);

// parse_statement.c
Node *parse_block(Parser *p);
Node *parse_local(Parser *p); // a declaration in a block: what is to be done for it
void parse_local_add(Parser *p, Symbol *s);
