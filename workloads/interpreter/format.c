// printf and sprintf: %d %i %x %o %c %s %%, with -, 0 and a width.
#include "value.h"

typedef struct {
    bool left, zero;
    uint32_t width;
    char kind;
} Spec;

static const char *read_spec(const char *p, Spec *s) {
    *s = (Spec){0};
    for (;; p++) {
        if (*p == '-')
            s->left = true;
        else if (*p == '0')
            s->zero = true;
        else
            break;
    }
    while (*p >= '0' && *p <= '9') s->width = s->width * 10 + (uint32_t)(*p++ - '0');
    s->kind = *p;
    return *p ? p + 1 : p;
}

static void padded(Text *out, const Spec *s, const char *bytes, uint32_t n) {
    bool zero = s->zero && !s->left && s->kind != 's' && s->kind != 'c';
    uint32_t sign = zero && n && *bytes == '-'; // comes before the zeros
    if (sign) text_char(out, '-');
    for (uint32_t i = n; i < s->width && !s->left; i++) text_char(out, zero ? '0' : ' ');
    for (uint32_t i = sign; i < n; i++) text_char(out, bytes[i]);
    for (uint32_t i = n; i < s->width && s->left; i++) text_char(out, ' ');
}

static void in_base(Text *out, const Spec *s, uint32_t value, uint32_t base) {
    char digits[16], *end = digits + sizeof digits, *p = end;
    do *--p = "0123456789abcdef"[value % base];
    while (value /= base);
    padded(out, s, p, (uint32_t)(end - p));
}

static void one(Heap *h, Text *out, const Spec *s, Value v) {
    const Str *text;
    char c;
    switch (s->kind) {
    case 'd':
    case 'i':
        text = text_of(h, number_value(number_of(v)));
        padded(out, s, text->bytes, text->length);
        break;
    case 'x': in_base(out, s, (uint32_t)number_of(v), 16); break;
    case 'o': in_base(out, s, (uint32_t)number_of(v), 8); break;
    case 'c':
        c = v.kind == TEXT ? v.text->bytes[0] : (char)number_of(v);
        padded(out, s, &c, v.kind != TEXT || v.text->length ? 1 : 0);
        break;
    default: text = text_of(h, v); padded(out, s, text->bytes, text->length);
    }
}

enum { FORMAT_MAX = 1024 };

Str *text_format(Heap *h, const Value *argument, uint32_t n) {
    char
        memory[4 *
               FORMAT_MAX]; // a list that grows to FORMAT_MAX takes less than twice that, and once more for what it was
    Arena arena;
    arena_begin(&arena, memory, sizeof memory);
    Text out = {.arena = &arena};
    const Str *format = text_of(h, argument[0]);
    uint32_t next = 1;
    for (const char *p = format->bytes; *p;) {
        if (*p != '%') {
            text_char(&out, *p++);
            continue;
        }
        Spec s;
        p = read_spec(p + 1, &s);
        if (s.kind == '%')
            text_char(&out, '%');
        else
            one(h, &out, &s, next < n ? argument[next++] : (Value){.kind = NIL});
    }
    return text_new(h, out.at, out.n);
}
