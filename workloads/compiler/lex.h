// Text to tokens, and tokens to what the parser sees: directives done, macros replaced.
//
//     #define TWICE(x) ((x) + (x))
//     TWICE(n)                          ->    ( ( n ) + ( n ) )
#pragma once

#include "base.h"

typedef enum {
    TOKEN_END, // of the program, and of everything behind an error
    TOKEN_NUMBER,
    TOKEN_STRING,
    TOKEN_NAME,
    TOKEN_ARGUMENT_END, // of a macro's argument while it is replaced by itself
#define WORD(kind, spelling) TOKEN_##kind,
#define MARK(kind, spelling) TOKEN_##kind,
#include "token.inc"
#undef WORD
#undef MARK
} TokenKind;

typedef struct {
    uint8_t kind;
    bool first;       // of its line
    bool is_unsigned; // a number
    bool is_exempt;   // a name that must not be replaced any more
    uint32_t line;
    int32_t value; // of a number; of a string: bytes, with the 0 at its end
    union {
        Name *name;       // also of words
        const char *text; // of a string
    };
} Token;

typedef struct Macro {
    bool has_params, busy; // busy: its replacement is being read
    LIST(Name *) params;
    LIST(Token) body;
} Macro;

typedef struct Reader { // of a file
    struct Reader *below;
    const char *at;
    uint32_t line;
    bool at_begin; // of a line
} Reader;

typedef struct Source { // of tokens that a macro left
    struct Source *below;
    const Token *at, *end;
    Macro *macro; // to be no longer busy at its end, or NULL
    bool is_argument;
} Source;

typedef struct {
    const char *name, *text;
} Header;

typedef struct {
    Arena *arena;
    Names *names;
    Error *error;
    Reader *reader;
    Source *source;
    const Header *headers; // that #include finds, ended by one without a name
    uint32_t depth;        // of conditionals that hold
    uint32_t line;         // of the last token
} Lexer;

void lex_begin(Lexer *l, const char *text);
Token lex_raw(Lexer *l);                     // the next token of the file
void lex_skip_line(Lexer *l);                // the rest of a line that is not wanted
bool lex_is_line_end(Lexer *l);              // is there nothing more in this line?
Token pre_next(Lexer *l);                    // the next one for the parser
int32_t pre_condition(Lexer *l);             // the rest of the line behind #if; see condition.c
Token pre_next_of_line(Lexer *l, bool *end); // the next one of a directive, with macros replaced
