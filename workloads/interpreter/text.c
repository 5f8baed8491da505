// Texts and numbers, and how they become each other.
#include "value.h"

Str *text_room(Heap *h, uint32_t n) {
    Str *s = (Str *)heap_object(h, TEXT, (uint32_t)sizeof(Str) + n + 1);
    s->length = n;
    s->bytes[n] = 0;
    return s;
}

void text_done(Str *s) { s->hash = hash_bytes(HASH_BEGIN, s->bytes, s->length); }

Str *text_new(Heap *h, const char *bytes, uint32_t n) {
    Str *s = text_room(h, n);
    memcpy(s->bytes, bytes, n);
    text_done(s);
    return s;
}

static uint32_t digits_of(int32_t value, char out[12]) {
    char digits[12];
    uint32_t n = 0, length = 0, rest = value < 0 ? -(uint32_t)value : (uint32_t)value;
    do digits[n++] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0) out[length++] = '-';
    while (n) out[length++] = digits[--n];
    return length;
}

Str *text_of(Heap *h, Value v) {
    char digits[12];
    if (v.kind == TEXT) return v.text;
    return text_new(h, digits, v.kind == NUMBER ? digits_of(v.number, digits) : 0);
}

int32_t number_of_text(const Str *s) {
    const char *p = s->bytes;
    while (*p == ' ' || *p == '\t' || *p == '\n') p++;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+') p++;
    uint32_t value = 0;
    while (*p >= '0' && *p <= '9') value = value * 10 + (uint32_t)(*p++ - '0');
    return (int32_t)(negative ? -value : value);
}

static int compare_texts(const Str *a, const Str *b) {
    if (a == b) return 0;
    int order = memcmp(a->bytes, b->bytes, a->length < b->length ? a->length : b->length);
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

int compare(Heap *h, Value a, Value b) {
    if (a.kind != TEXT && b.kind != TEXT) {
        int32_t x = number_of(a), y = number_of(b);
        return (x > y) - (x < y);
    }
    return compare_texts(text_of(h, a), text_of(h, b));
}
