// Numbers: many digits, primes, powers modulo a number, roots, fractions, bits.
#include "lib.h"

enum { DIGITS = 40, BASE = 10000 };

typedef struct {
    int n;
    int digit[DIGITS]; // the lowest one first
} Big;

static void big_set(Big *b, int value) {
    b->n = 0;
    while (value) b->digit[b->n++] = value % BASE, value /= BASE;
}

static void big_add(Big *a, const Big *b) {
    int carry = 0;
    for (int i = 0; i < MAX(a->n, b->n) || carry; i++) {
        int sum = (i < a->n ? a->digit[i] : 0) + (i < b->n ? b->digit[i] : 0) + carry;
        a->digit[i] = sum % BASE;
        carry = sum / BASE;
        if (i >= a->n) a->n = i + 1;
    }
}

static void big_multiply(Big *a, int by) {
    int carry = 0;
    for (int i = 0; i < a->n || carry; i++) {
        int product = (i < a->n ? a->digit[i] : 0) * by + carry;
        a->digit[i] = product % BASE;
        carry = product / BASE;
        if (i >= a->n) a->n = i + 1;
    }
}

static int big_remainder(const Big *a, int by) {
    int rest = 0;
    for (int i = a->n - 1; i >= 0; i--) rest = (rest * BASE + a->digit[i]) % by;
    return rest;
}

static word big_sum(const Big *b, word sum) {
    for (int i = 0; i < b->n; i++) sum = mix(sum, (word)b->digit[i]);
    return sum;
}

static word gcd(word a, word b) { return b ? gcd(b, a % b) : a; }

static word power(word base, word exponent, word modulus) {
    word result = 1;
    for (base %= modulus; exponent; exponent >>= 1) {
        if (exponent & 1) result = result * base % modulus;
        base = base * base % modulus;
    }
    return result;
}

static int is_prime(int n) {
    if (n < 2) return 0;
    for (int d = 2; d * d <= n; d++)
        if (n % d == 0) return 0;
    return 1;
}

static int square_root(int n) {
    int x = n, y = (x + 1) / 2;
    while (y < x) {
        x = y;
        y = (x + n / x) / 2;
    }
    return x;
}

static int count_bits(word x) {
    x = x - (x >> 1 & 0x55555555u);
    x = (x & 0x33333333u) + (x >> 2 & 0x33333333u);
    return (int)(((x + (x >> 4)) & 0x0f0f0f0fu) * 0x01010101u >> 24);
}

static word reverse_bits(word x) {
    word y = 0;
    for (int i = 0; i < 32; i++) y = y << 1 | (x >> i & 1);
    return y;
}

static int collatz(int n) {
    int steps = 0;
    do {
        n = n % 2 ? 3 * n + 1 : n / 2;
        steps++;
    } while (n != 1);
    return steps;
}

static unsigned char sieve[500];

int main(void) {
    static Big a, b;
    word sum = 19;
    big_set(&a, 1);
    for (int i = 2; i <= 30; i++) {
        big_multiply(&a, i);
        if (big_remainder(&a, i)) return -1;
    }
    sum = big_sum(&a, sum);
    big_set(&a, 0);
    big_set(&b, 1);
    for (int i = 0; i < 150; i++) {
        Big t = b;
        big_add(&b, &a);
        a = t;
    }
    sum = big_sum(&b, sum);
    int primes = 0;
    for (int i = 2; i < 500; i++) {
        if (sieve[i] != !is_prime(i)) return -2;
        if (sieve[i]) continue;
        primes++;
        for (int k = i + i; k < 500; k += i) sieve[k] = 1;
    }
    if (primes != 95) return -3;
    for (word i = 1; i < 60; i++) {
        sum = mix(sum, gcd(i * 36, 5040));
        sum = mix(sum, power(i, 65536, 65537));
        sum = mix(sum, (word)(square_root((int)(i * i * i)) + collatz((int)i + 1)));
        sum = mix(sum, (word)count_bits(i * 0x9e3779b1u) + reverse_bits(i << 13));
    }
    for (int d = -9; d < 10; d++) {
        if (!d) continue;
        sum = mix(sum, (word)(1000 / d * 100 + 1000 % d));
        sum = mix(sum, (word)(-1000 / d * 100 + -1000 % d));
    }
    return (int)sum;
}
