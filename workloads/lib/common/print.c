// A small formatter above put_char.
#include "runtime.h"

#include <stdarg.h>

static void put_padded(const char *text, size_t length, unsigned width, char pad) {
    for (size_t i = length; i < width; i++) put_char(pad);
    for (size_t i = 0; i < length; i++) put_char(text[i]);
}

static void put_number(unsigned long magnitude, int negative, unsigned base, unsigned width, char pad) {
    char digits[24];
    char *p = digits + sizeof digits;
    do {
        *--p = "0123456789abcdef"[magnitude % base];
        magnitude /= base;
    } while (magnitude);
    if (negative && pad == '0') {
        put_char('-');
        width -= width > 0;
    } else if (negative) {
        *--p = '-';
    }
    put_padded(p, (size_t)(digits + sizeof digits - p), width, pad);
}

void print(const char *format, ...) {
    va_list args;
    va_start(args, format);
    for (const char *f = format; *f; f++) {
        if (*f != '%') {
            put_char(*f);
            continue;
        }
        char pad = ' ';
        unsigned width = 0;
        int is_long = 0;
        if (f[1] == '0') {
            pad = '0';
            f++;
        }
        while (f[1] >= '0' && f[1] <= '9') width = width * 10 + (unsigned)(*++f - '0');
        if (f[1] == 'l') {
            is_long = 1;
            f++;
        }
        switch (*++f) {
        case 'd': {
            long v = is_long ? va_arg(args, long) : va_arg(args, int);
            put_number(v < 0 ? -(unsigned long)v : (unsigned long)v, v < 0, 10, width, pad);
            break;
        }
        case 'u':
        case 'x': {
            unsigned long v = is_long ? va_arg(args, unsigned long) : va_arg(args, unsigned);
            put_number(v, 0, *f == 'x' ? 16 : 10, width, pad);
            break;
        }
        case 's': {
            const char *s = va_arg(args, const char *);
            put_padded(s, strlen(s), width, ' ');
            break;
        }
        case 'c': put_char((char)va_arg(args, int)); break;
        case '\0': f--; break;
        default: put_char(*f); break;
        }
    }
    va_end(args);
}

int print_verdict(int valid) {
    print("%s\n", valid ? "VALID" : "INVALID");
    return valid ? 0 : 1;
}
