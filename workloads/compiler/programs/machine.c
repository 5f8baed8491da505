// A machine with a stack and thirty instructions, an assembler for it, and programs that run on it.
#include "lib.h"

enum Op {
    PUSH,
    POP,
    DUP,
    SWAP,
    OVER,
    ADD,
    SUB,
    MUL,
    DIV,
    MOD,
    AND,
    OR,
    XOR,
    SHL,
    SHR,
    NOT,
    NEG,
    EQ,
    LT,
    GT,
    JUMP,
    ZERO,
    CALL,
    RET,
    LOAD,
    STORE,
    GET,
    SET,
    PRINT,
    HALT,
    OPS
};

static const char *const names[OPS] = {"push", "pop",  "dup",  "swap", "over", "add",   "sub", "mul", "div",   "mod",
                                       "and",  "or",   "xor",  "shl",  "shr",  "not",   "neg", "eq",  "lt",    "gt",
                                       "jump", "zero", "call", "ret",  "load", "store", "get", "set", "print", "halt"};

static short code[400];
static int n_code, labels[26], stack[64], memory[64];
static struct {
    int at;
    char label;
} fixes[64];
static int n_fixes;

static int is_operand(int op) { return op == PUSH || (op >= JUMP && op <= CALL) || op == GET || op == SET; }

static int op_of(const char *text, int n) {
    for (int op = 0; op < OPS; op++) {
        int k = 0;
        while (k < n && names[op][k] == text[k]) k++;
        if (k == n && !names[op][k]) return op;
    }
    return -1;
}

// A line is a label "x:" or an instruction, with a number or a label behind it.
static int assemble(const char *p) {
    n_code = n_fixes = 0;
    while (*p) {
        while (*p == ' ') p++;
        if (p[0] && p[1] == ':') {
            labels[p[0] - 'a'] = n_code;
            p += 2;
            continue;
        }
        int n = 0;
        while (p[n] && p[n] != ' ') n++;
        if (!n) break;
        int op = op_of(p, n);
        if (op < 0) return 0;
        code[n_code++] = (short)op;
        p += n;
        if (!is_operand(op)) continue;
        while (*p == ' ') p++;
        int negative = *p == '-', value = 0;
        p += negative;
        if (*p >= 'a' && *p <= 'z') {
            fixes[n_fixes].at = n_code;
            fixes[n_fixes++].label = *p++;
        }
        for (; *p >= '0' && *p <= '9'; p++) value = value * 10 + (*p - '0');
        code[n_code++] = (short)(negative ? -value : value);
    }
    for (int i = 0; i < n_fixes; i++) code[fixes[i].at] = (short)labels[fixes[i].label - 'a'];
    return 1;
}

static word run(int limit) {
    int *sp = stack, calls[16], n_calls = 0, pc = 0, t;
    word printed = 0x811c9dc5u;
    while (limit--) {
        switch ((enum Op)code[pc++]) {
        case PUSH: *sp++ = code[pc++]; break;
        case POP: sp--; break;
        case DUP: *sp = sp[-1], sp++; break;
        case SWAP: t = sp[-1], sp[-1] = sp[-2], sp[-2] = t; break;
        case OVER: *sp = sp[-2], sp++; break;
        case ADD: sp--, sp[-1] += *sp; break;
        case SUB: sp--, sp[-1] -= *sp; break;
        case MUL: sp--, sp[-1] *= *sp; break;
        case DIV: sp--, sp[-1] = *sp ? sp[-1] / *sp : 0; break;
        case MOD: sp--, sp[-1] = *sp ? sp[-1] % *sp : 0; break;
        case AND: sp--, sp[-1] &= *sp; break;
        case OR: sp--, sp[-1] |= *sp; break;
        case XOR: sp--, sp[-1] ^= *sp; break;
        case SHL: sp--, sp[-1] = (int)((word)sp[-1] << (*sp & 31)); break;
        case SHR: sp--, sp[-1] = (int)((word)sp[-1] >> (*sp & 31)); break;
        case NOT: sp[-1] = ~sp[-1]; break;
        case NEG: sp[-1] = -sp[-1]; break;
        case EQ: sp--, sp[-1] = sp[-1] == *sp; break;
        case LT: sp--, sp[-1] = sp[-1] < *sp; break;
        case GT: sp--, sp[-1] = sp[-1] > *sp; break;
        case JUMP: pc = code[pc]; break;
        case ZERO: pc = *--sp ? pc + 1 : code[pc]; break;
        case CALL:
            calls[n_calls++] = pc + 1;
            pc = code[pc];
            break;
        case RET: pc = calls[--n_calls]; break;
        case LOAD: sp[-1] = memory[sp[-1] & 63]; break;
        case STORE: sp -= 2, memory[sp[1] & 63] = sp[0]; break;
        case GET: *sp++ = memory[code[pc++] & 63]; break;
        case SET: memory[code[pc++] & 63] = *--sp; break;
        case PRINT: printed = mix(printed, (word) * --sp); break;
        case HALT: return printed;
        default: return 1;
        }
    }
    return 2;
}

static const char *const programs[] = {
    // numbers down from 10
    "push 10 a: dup print push 1 sub dup zero b jump a b: halt",
    // Fibonacci in memory
    "push 0 set 0 push 1 set 1 push 20 set 2 a: get 0 get 1 add dup print get 1 set 0 set 1 get 2 push 1 sub dup set 2 zero b jump a b: halt",
    // factorials, by a function that calls itself
    "push 1 set 5 a: get 5 call f print get 5 push 1 add dup set 5 push 13 lt zero b jump a b: halt "
    "f: dup push 2 lt zero g pop push 1 ret g: dup push 1 sub call f mul ret",
    // a sieve over 60 cells
    "push 2 set 60 a: get 60 load zero c get 60 push 1 add set 60 jump d c: get 60 print get 60 dup add set 61 e: get 61 push 60 lt zero h "
    "push 1 get 61 store get 61 get 60 add set 61 jump e h: get 60 push 1 add set 60 d: get 60 push 60 lt zero i jump a i: halt",
    // bits
    "push 1 push 31 shl neg not dup print push 255 and push 4 shr dup print push 3 xor push 7 over or print print halt",
};

int main(void) {
    word sum = 17;
    for (int i = 0; i < COUNT(programs); i++) {
        clear_bytes(memory, sizeof memory);
        if (!assemble(programs[i])) return -1;
        for (int k = 0; k < n_code; k++) sum = mix(sum, (word)code[k]);
        sum = mix(sum, run(20000));
    }
    return (int)sum;
}
