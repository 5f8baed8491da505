// Patterns: characters, ., [set], [^set], each with *, + or ? behind it, ^ and $ at the ends. Tried from every place, with ways back.
#include "value.h"

typedef struct {
    const char *begin, *end; // of what is matched once
    char many;               // * + ? or 0
    const char *next;
} Part;

static const char *end_of_one(const char *p) {
    if (*p == '\\' && p[1]) return p + 2;
    if (*p != '[') return p + 1;
    p += p[1] == '^' ? 3 : 2; // a ] that comes first is of the set
    while (*p && *p != ']') p++;
    return *p ? p + 1 : p;
}

static Part part_of(const char *p) {
    Part part = {.begin = p, .end = end_of_one(p)};
    part.next = part.end;
    if (*part.next == '*' || *part.next == '+' || *part.next == '?') part.many = *part.next++;
    return part;
}

static bool in_set(const Part *p, char c) {
    const char *s = p->begin + 1;
    bool inverted = *s == '^', found = false;
    for (s += inverted; s < p->end - 1; s++) {
        if (s[1] == '-' && s + 2 < p->end - 1) {
            found |= s[0] <= c && c <= s[2];
            s += 2;
        } else {
            found |= *s == c;
        }
    }
    return found != inverted;
}

static bool fits(const Part *p, char c) {
    switch (*p->begin) {
    case '.': return true;
    case '[': return in_set(p, c);
    case '\\': return p->begin[1] == c;
    default: return *p->begin == c;
    }
}

static bool match_here(const char *pattern, const char *text, const char *end) {
    if (!*pattern) return true;
    if (*pattern == '$' && !pattern[1]) return text == end;
    Part p = part_of(pattern);
    uint32_t most = p.many == '*' || p.many == '+' ? (uint32_t)(end - text) : 1,
             least = p.many == '*' || p.many == '?' ? 0 : 1;
    uint32_t n = 0;
    while (n < most && text + n < end && fits(&p, text[n])) n++;
    for (;; n--) { // the longest first
        if (n < least) return false;
        if (match_here(p.next, text + n, end)) return true;
        if (!n) return false;
    }
}

bool text_matches(const Str *text, const Str *pattern) {
    const char *p = pattern->bytes, *end = text->bytes + text->length;
    if (*p == '^') return match_here(p + 1, text->bytes, end);
    for (const char *at = text->bytes; at <= end; at++)
        if (match_here(p, at, end)) return true;
    return false;
}
