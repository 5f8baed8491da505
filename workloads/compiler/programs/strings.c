// Strings: patterns with stars, search by Knuth, Morris and Pratt, the distance between words, numbers as text, words counted.
#include "lib.h"

static const char story[] =
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of "
    "foolishness, it was the epoch of belief, it was the epoch of incredulity";

// c, . for any, * for any number of the one before, ^ and $.
static int match_here(const char *pattern, const char *text);

static int match_star(char c, const char *pattern, const char *text) {
    do {
        if (match_here(pattern, text)) return 1;
    } while (*text && (*text++ == c || c == '.'));
    return 0;
}

static int match_here(const char *pattern, const char *text) {
    if (!pattern[0]) return 1;
    if (pattern[1] == '*') return match_star(pattern[0], pattern + 2, text);
    if (pattern[0] == '$' && !pattern[1]) return !*text;
    if (*text && (pattern[0] == '.' || pattern[0] == *text)) return match_here(pattern + 1, text + 1);
    return 0;
}

static int match(const char *pattern, const char *text) {
    if (*pattern == '^') return match_here(pattern + 1, text);
    do {
        if (match_here(pattern, text)) return 1;
    } while (*text++);
    return 0;
}

static int find_all(const char *text, const char *what) {
    int back[32], n = text_length(what), found = 0;
    back[0] = 0;
    for (int i = 1, k = 0; i < n; i++) {
        while (k && what[i] != what[k]) k = back[k - 1];
        k += what[i] == what[k];
        back[i] = k;
    }
    for (int i = 0, k = 0; text[i]; i++) {
        while (k && text[i] != what[k]) k = back[k - 1];
        k += text[i] == what[k];
        if (k < n) continue;
        found = found * 31 + i + 1;
        k = back[k - 1];
    }
    return found;
}

static int distance(const char *a, const char *b) {
    int row[40], n = text_length(b);
    for (int k = 0; k <= n; k++) row[k] = k;
    for (int i = 0; a[i]; i++) {
        int diagonal = row[0];
        row[0] = i + 1;
        for (int k = 1; k <= n; k++) {
            int best = MIN(row[k] + 1, row[k - 1] + 1), change = diagonal + (a[i] != b[k - 1]);
            diagonal = row[k];
            row[k] = MIN(best, change);
        }
    }
    return row[n];
}

static char *number_text(char *end, int value, int base) {
    word rest = value < 0 ? 0u - (word)value : (word)value;
    *--end = 0;
    do *--end = "0123456789abcdefghijklmnopqrstuvwxyz"[rest % (word)base];
    while (rest /= (word)base);
    if (value < 0) *--end = '-';
    return end;
}

static int text_number(const char *p, int base) {
    int negative = *p == '-', value = 0;
    for (p += negative; *p; p++) {
        int digit = *p >= 'a' ? *p - 'a' + 10 : *p - '0';
        value = value * base + digit;
    }
    return negative ? -value : value;
}

static char words[40][12];
static int counts[40], n_words;

static void count_word(const char *w) {
    int low = 0, high = n_words;
    while (low < high) {
        int middle = (low + high) / 2, order = text_compare(words[middle], w);
        if (!order) {
            counts[middle]++;
            return;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (int i = n_words++; i > low; i--) {
        copy_bytes(words[i], words[i - 1], sizeof words[i]);
        counts[i] = counts[i - 1];
    }
    copy_bytes(words[low], w, text_length(w) + 1);
    counts[low] = 1;
}

static void count_words(const char *p) {
    char w[12];
    int n = 0;
    for (;; p++) {
        char c = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
        if (c >= 'a' && c <= 'z' && n < 11) {
            w[n++] = c;
            continue;
        }
        w[n] = 0;
        if (n) count_word(w);
        n = 0;
        if (!*p) break;
    }
}

int main(void) {
    static const char *const patterns[] = {"^It", "times, it", "w.s.*of",       "z",        "o*l",
                                           "y$",  "^$",        "the.*the.*the", "epoch *of"};
    static const char *const others[] = {"kitten", "sitting", "saturday", "sunday", "", "incredulity", "credulous"};
    word sum = 31;
    char buffer[40];
    for (int i = 0; i < COUNT(patterns); i++) sum = mix(sum, (word)match(patterns[i], story));
    sum = mix(sum, (word)find_all(story, "it was") + (word)find_all("aaaaabaaab", "aaab"));
    for (int i = 0; i < COUNT(others); i++)
        for (int k = 0; k < COUNT(others); k++) sum = mix(sum, (word)distance(others[i], others[k]));
    for (int base = 2; base <= 36; base += 5)
        for (int n = -100000; n <= 100000; n += 33333) {
            const char *text = number_text(buffer + 40, n, base);
            if (text_number(text, base) != n) return -1;
            sum = mix(sum, (word)text[0]);
        }
    count_words(story);
    for (int i = 0; i < n_words; i++) {
        for (const char *p = words[i]; *p; p++) sum = mix(sum, (word)*p);
        sum = mix(sum, (word)counts[i]);
    }
    return (int)sum;
}
