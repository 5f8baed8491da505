// A calculator: text to tokens, tokens to a tree, the tree to a value, and to postfix code that a stack executes.
#include "lib.h"

enum Kind { NUMBER, VARIABLE, BINARY, NEGATIVE, TERNARY };

typedef struct Tree {
    enum Kind kind;
    int value;
    char sign;
    struct Tree *a, *b, *c;
} Tree;

static Tree trees[200];
static int n_trees;
static const char *at;
static int variables[26];
static int failed;

static Tree *expression(int level);

static Tree *new_tree(enum Kind kind, Tree *a, Tree *b) {
    Tree *t = &trees[n_trees++];
    clear_bytes(t, sizeof(Tree));
    t->kind = kind;
    t->a = a;
    t->b = b;
    return t;
}

static void skip_space(void) {
    while (*at == ' ') at++;
}

static int take(char c) {
    skip_space();
    if (*at != c) return 0;
    at++;
    return 1;
}

static Tree *primary(void) {
    skip_space();
    if (take('(')) {
        Tree *t = expression(0);
        if (!take(')')) failed = 1;
        return t;
    }
    if (take('-')) return new_tree(NEGATIVE, primary(), 0);
    if (*at >= 'a' && *at <= 'z') {
        Tree *t = new_tree(VARIABLE, 0, 0);
        t->value = *at++ - 'a';
        return t;
    }
    Tree *t = new_tree(NUMBER, 0, 0);
    if (*at < '0' || *at > '9') failed = 1;
    while (*at >= '0' && *at <= '9') t->value = t->value * 10 + *at++ - '0';
    return t;
}

static int level_of(char sign) {
    switch (sign) {
    case '|': return 1;
    case '^': return 2;
    case '&': return 3;
    case '<':
    case '>': return 4;
    case '+':
    case '-': return 5;
    case '*':
    case '/':
    case '%': return 6;
    default: return 0;
    }
}

static Tree *expression(int level) {
    Tree *a = primary();
    for (;;) {
        skip_space();
        char sign = *at;
        if (level_of(sign) <= level) break;
        at++;
        a = new_tree(BINARY, a, expression(level_of(sign)));
        a->sign = sign;
    }
    if (level == 0 && take('?')) {
        Tree *b = expression(0);
        if (!take(':')) failed = 1;
        a = new_tree(TERNARY, a, b);
        a->c = expression(0);
    }
    return a;
}

static int apply(char sign, int a, int b) {
    switch (sign) {
    case '|': return a | b;
    case '^': return a ^ b;
    case '&': return a & b;
    case '<': return a < b;
    case '>': return a > b;
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    case '/': return b ? a / b : 0;
    default: return b ? a % b : 0;
    }
}

static int value_of(const Tree *t) {
    switch (t->kind) {
    case NUMBER: return t->value;
    case VARIABLE: return variables[t->value];
    case NEGATIVE: return -value_of(t->a);
    case TERNARY: return value_of(t->a) ? value_of(t->b) : value_of(t->c);
    default: return apply(t->sign, value_of(t->a), value_of(t->b));
    }
}

// Postfix: numbers as they are, above 1000 what to do.
static int code[200], n_code;

static void emit(const Tree *t) {
    switch (t->kind) {
    case NUMBER: code[n_code++] = t->value; break;
    case VARIABLE: code[n_code++] = 2000 + t->value; break;
    case NEGATIVE:
        emit(t->a);
        code[n_code++] = 3000;
        break;
    case TERNARY:
        emit(t->c);
        emit(t->b);
        emit(t->a);
        code[n_code++] = 3001;
        break;
    default:
        emit(t->a);
        emit(t->b);
        code[n_code++] = 1000 + t->sign;
    }
}

static int execute(void) {
    int stack[32], n = 0;
    for (int i = 0; i < n_code; i++) {
        int op = code[i];
        if (op == 3000) {
            stack[n - 1] = -stack[n - 1];
        } else if (op == 3001) {
            n -= 2;
            stack[n - 1] = stack[n + 1] ? stack[n] : stack[n - 1];
        } else if (op >= 2000) {
            stack[n++] = variables[op - 2000];
        } else if (op >= 1000) {
            n--;
            stack[n - 1] = apply((char)(op - 1000), stack[n - 1], stack[n]);
        } else {
            stack[n++] = op;
        }
    }
    return stack[0];
}

static const char *const lines[] = {
    "1 + 2 * 3",
    "(1 + 2) * 3 - -4",
    "a * b + c * d - e % 7",
    "x ? y : z",
    "a > b ? a - b : b - a",
    "((((a))))*((b + 1))",
    "1 | 2 ^ 3 & 4 + 5 * 6",
    "100 / (d - d) + 99 % 10",
    "-a * -b",
    "q < r ? r < s ? 1 : 2 : 3",
    "a + b + c + d + e + f + g + h - (i - (j - (k - (l - m))))",
};

int main(void) {
    word sum = 7, seed = 99;
    for (int round = 0; round < 20; round++) {
        for (int v = 0; v < 26; v++) variables[v] = (int)(next_random(&seed) % 201) - 100;
        for (int i = 0; i < COUNT(lines); i++) {
            n_trees = n_code = 0;
            at = lines[i];
            Tree *t = expression(0);
            if (failed || *at) return -1;
            int value = value_of(t);
            emit(t);
            if (execute() != value) return -2;
            sum = mix(sum, (word)value);
        }
    }
    return (int)sum;
}
