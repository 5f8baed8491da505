// Memory, lists, sets, text and names. See base.h.
#include "base.h"

// ---- memory
void arena_begin(Arena *a, void *memory, size_t n) {
    a->base = a->at = (char *)(((uintptr_t)memory + 7) & ~(uintptr_t)7);
    a->end = (char *)memory + n;
}

void *arena_take(Arena *a, size_t n) {
    char *at = a->at;
    n = (n + 7) & ~(size_t)7;
    if ((size_t)(a->end - at) < n) __builtin_trap();
    a->at = at + n;
    return memset(at, 0, n);
}

void *list_grow(Arena *a, const void *at, uint32_t n, uint32_t *cap, size_t size) {
    *cap = *cap ? 2 * *cap : 8;
    void *fresh = arena_take(a, *cap * size);
    return n ? memcpy(fresh, at, n * size) : fresh;
}

// ---- sets
Set set_new(Arena *a, uint32_t n) {
    Set s = {.n_words = (n + 31) / 32};
    s.word = NEW_N(a, uint32_t, s.n_words);
    return s;
}

void set_clear(Set *s) { memset(s->word, 0, s->n_words * sizeof *s->word); }

void set_copy(Set *to, const Set *from) { memcpy(to->word, from->word, to->n_words * sizeof *to->word); }

bool set_join(Set *to, const Set *from) {
    uint32_t grown = 0;
    for (uint32_t i = 0; i < to->n_words; i++) {
        grown |= from->word[i] & ~to->word[i];
        to->word[i] |= from->word[i];
    }
    return grown != 0;
}

static uint32_t lowest_bit(uint32_t word) {
    uint32_t n = 0;
    if (!(word & 0xffff)) n += 16, word >>= 16;
    if (!(word & 0xff)) n += 8, word >>= 8;
    if (!(word & 0xf)) n += 4, word >>= 4;
    if (!(word & 3)) n += 2, word >>= 2;
    return n + !(word & 1);
}

uint32_t set_next(const Set *s, uint32_t from) {
    uint32_t i = from >> 5;
    if (i >= s->n_words) return SET_END;
    uint32_t word = s->word[i] & ~0u << (from & 31);
    while (!word) {
        if (++i == s->n_words) return SET_END;
        word = s->word[i];
    }
    return 32 * i + lowest_bit(word);
}

// ---- text
void text_char(Text *t, char c) { list_push(t->arena, t, c); }

void text_add(Text *t, const char *s) {
    while (*s) text_char(t, *s++);
}

void text_number(Text *t, int32_t value) {
    char digits[12];
    unsigned n = 0;
    uint32_t rest = value < 0 ? -(uint32_t)value : (uint32_t)value;
    do digits[n++] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0) text_char(t, '-');
    while (n) text_char(t, digits[--n]);
}

// ---- names
uint32_t hash_bytes(uint32_t hash, const void *bytes, size_t n) {
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++) hash = (hash ^ p[i]) * 0x01000193u;
    return hash;
}

Name *name_of(Names *names, const char *text, uint32_t length) {
    uint32_t hash = hash_bytes(HASH_BEGIN, text, length);
    Name **place = &names->bucket[(hash ^ hash >> 16) % NAME_BUCKETS];
    for (Name *n = *place; n; n = n->next)
        if (n->hash == hash && n->length == length && !memcmp(n->text, text, length)) return n;
    Name *n = NEW(names->arena, Name);
    char *copy = arena_take(names->arena, length + 1u);
    memcpy(copy, text, length);
    n->text = copy, n->length = length, n->hash = hash;
    n->next = *place;
    return *place = n;
}

// ---- errors
void error_set(Error *e, uint32_t line, const char *what, const char *name) {
    if (!e->what) *e = (Error){what, name, line};
}
