// The larger operations of the machine.
#include "library.h"

// ---- numbers. The programs divide by no 0; what this gives then is not awk's.
int32_t divide(int32_t a, int32_t b) { return !b || (b == -1 && a == INT32_MIN) ? 0 : a / b; }
int32_t modulo(int32_t a, int32_t b) { return !b || b == -1 ? 0 : a % b; }

int32_t power(int32_t a, int32_t b) {
    uint32_t result = 1, base = (uint32_t)a;
    for (; b > 0; b >>= 1, base *= base)
        if (b & 1) result *= base;
    return (int32_t)result;
}

int32_t apply(Op op, int32_t a, int32_t b) {
    switch (op) {
    case OP_ADD: return (int32_t)((uint32_t)a + (uint32_t)b);
    case OP_SUB: return (int32_t)((uint32_t)a - (uint32_t)b);
    case OP_MUL: return (int32_t)((uint32_t)a * (uint32_t)b);
    case OP_DIV: return divide(a, b);
    case OP_MOD: return modulo(a, b);
    default: return power(a, b);
    }
}

// ---- texts
Value concatenate(Vm *vm, const Value *at, uint32_t n, char between) {
    const Str *part[32];
    uint32_t length = between && n ? n - 1 : 0, to = 0;
    if (n > COUNT_OF(part)) {
        vm->outcome.failed = true;
        return (Value){.kind = NIL};
    }
    for (uint32_t i = 0; i < n; i++) part[i] = text_of(vm->heap, at[i]), length += part[i]->length;
    Str *s = text_room(vm->heap, length);
    for (uint32_t i = 0; i < n; i++) {
        if (i && between) s->bytes[to++] = between;
        memcpy(s->bytes + to, part[i]->bytes, part[i]->length);
        to += part[i]->length;
    }
    text_done(s);
    return text_value(s);
}

// From the place `from`, which counts from 1; what lies outside of the text is not there.
Value substring(Vm *vm, const Value *at, uint32_t n) {
    const Str *s = text_of(vm->heap, at[0]);
    int32_t from = number_of(at[1]), length = (int32_t)s->length;
    int32_t end = n > 2 ? from + number_of(at[2]) : length + 1;
    if (from < 1) from = 1;
    if (end > length + 1) end = length + 1;
    return text_value(text_new(vm->heap, s->bytes + from - 1, end > from ? (uint32_t)(end - from) : 0));
}

int32_t index_of(Vm *vm, Value text, Value what) {
    const Str *s = text_of(vm->heap, text), *w = text_of(vm->heap, what);
    for (uint32_t i = 0; i + w->length <= s->length; i++)
        if (!memcmp(s->bytes + i, w->bytes, w->length)) return (int32_t)i + 1;
    return 0;
}

static void add_part(Vm *vm, Table *t, int32_t n, const char *bytes, uint32_t length) {
    Str *s = text_new(vm->heap, bytes, length);
    *table_place(vm->heap, t, number_value(n)) = text_value(s);
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }

static int32_t split_words(Vm *vm, const Str *s, Table *t) {
    int32_t n = 0;
    for (uint32_t i = 0; i < s->length;) {
        uint32_t begin = i;
        while (i < s->length && !is_space(s->bytes[i])) i++;
        if (i > begin) add_part(vm, t, ++n, s->bytes + begin, i - begin);
        while (i < s->length && is_space(s->bytes[i])) i++;
    }
    return n;
}

int32_t split(Vm *vm, Value text, Table *t, Value separator) {
    const Str *s = text_of(vm->heap, text), *by = text_of(vm->heap, separator);
    int32_t n = 0;
    table_clear(vm->heap, t);
    if (by->length == 1 && by->bytes[0] == ' ') return split_words(vm, s, t);
    if (!s->length) return 0;
    uint32_t begin = 0;
    for (uint32_t i = 0; i < s->length; i++) {
        if (!by->length) {
            add_part(vm, t, ++n, s->bytes + i, 1);
        } else if (s->bytes[i] == by->bytes[0]) {
            add_part(vm, t, ++n, s->bytes + begin, i - begin);
            begin = i + 1;
        }
    }
    if (by->length) add_part(vm, t, ++n, s->bytes + begin, s->length - begin);
    return n;
}

Value change_case(Vm *vm, Value text, bool upper) {
    const Str *s = text_of(vm->heap, text);
    Str *out = text_room(vm->heap, s->length);
    char first = upper ? 'a' : 'A', last = upper ? 'z' : 'Z';
    for (uint32_t i = 0; i < s->length; i++) {
        char c = s->bytes[i];
        out->bytes[i] = c >= first && c <= last ? (char)(c ^ 0x20) : c;
    }
    text_done(out);
    return text_value(out);
}

// ---- output
void print_bytes(Vm *vm, const char *bytes, uint32_t n) {
    vm->outcome.hash = hash_bytes(vm->outcome.hash, bytes, n);
    vm->outcome.n_bytes += n;
    if (vm->output && vm->output->print) vm->output->print(bytes, n);
}

void print_values(Vm *vm, const Value *at, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        const Str *s = text_of(vm->heap, at[i]);
        if (i) print_bytes(vm, " ", 1);
        print_bytes(vm, s->bytes, s->length);
    }
    print_bytes(vm, "\n", 1);
}
