# Primes, perfect numbers, Collatz, powers modulo, greatest common divisors, numbers in words and in Roman digits.
function gcd(a, b) { return b == 0 ? a : gcd(b, a % b) }

function power_modulo(base, exponent, modulus,    result) {
    result = 1
    base %= modulus
    while (exponent > 0) {
        if (exponent % 2) result = result * base % modulus
        base = base * base % modulus
        exponent = int(exponent / 2)
    }
    return result
}

function roman(n,    i, text) {
    text = ""
    for (i = 1; i <= n_digits; i++)
        while (n >= digit_value[i]) {
            text = text digit_text[i]
            n -= digit_value[i]
        }
    return text
}

function add_digit(value, text) {
    digit_value[++n_digits] = value
    digit_text[n_digits] = text
}

function words(n) {
    if (n < 20) return small[n + 1]
    if (n < 100) return tens[int(n / 10)] (n % 10 ? "-" small[n % 10 + 1] : "")
    if (n < 1000) return small[int(n / 100) + 1] " hundred" (n % 100 ? " and " words(n % 100) : "")
    return words(int(n / 1000)) " thousand" (n % 1000 ? " " words(n % 1000) : "")
}

function sieve(limit,    i, k, count) {
    for (i = 2; i <= limit; i++) {
        if (i in composite) continue
        count++
        last_prime = i
        for (k = i * i; k <= limit; k += i) composite[k] = 1
    }
    return count
}

BEGIN {
    split("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", small)
    split("ten twenty thirty forty fifty sixty seventy eighty ninety", tens)
    add_digit(1000, "M"); add_digit(900, "CM"); add_digit(500, "D"); add_digit(400, "CD"); add_digit(100, "C"); add_digit(90, "XC")
    add_digit(50, "L"); add_digit(40, "XL"); add_digit(10, "X"); add_digit(9, "IX"); add_digit(5, "V"); add_digit(4, "IV"); add_digit(1, "I")
    print "primes:", sieve(1000), last_prime
    for (n = 2; n < 500; n++) {
        sum = 1
        for (d = 2; d * d <= n; d++)
            if (n % d == 0) sum += d + (d * d < n ? n / d : 0)
        if (sum == n) print "perfect:", n
    }
    for (n = 1; n <= 60; n++) {
        steps = 0
        for (m = n; m != 1; steps++) m = m % 2 ? 3 * m + 1 : int(m / 2)
        if (steps > most) { most = steps; champion = n }
    }
    print "Collatz:", champion, most
    for (n = 1; n < 2000; n = n * 3 + 7) printf "%d is %s, %s\n", n, roman(n), words(n)
    for (n = 1; n <= 12; n++) line = line gcd(n * 84, 1260) "/" power_modulo(n, 1000, 1009) " "
    print line
    printf "[%5d] [%-5d] [%05d] [%x] [%o] [%c] [%s] [%6s] [%-6s] %d%%\n", 42, 42, -42, 48879, 8, "hello", "world", "abc", "abc", 99
}
