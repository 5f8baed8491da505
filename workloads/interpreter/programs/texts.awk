# Texts: words counted, sorted, reversed, ciphers, runs packed, palindromes, patterns, columns.
function reverse(s,    i, out) {
    for (i = length(s); i > 0; i--) out = out substr(s, i, 1)
    return out
}

function sort(list, n,    i, k, x) {
    for (i = 2; i <= n; i++) {
        x = list[i]
        for (k = i - 1; k > 0 && list[k] "" > x ""; k--) list[k + 1] = list[k]
        list[k + 1] = x
    }
}

function caesar(s, by,    i, c, at, out) {
    for (i = 1; i <= length(s); i++) {
        c = substr(s, i, 1)
        at = index(letters, c)
        out = out (at ? substr(letters, (at - 1 + by + 26) % 26 + 1, 1) : c)
    }
    return out
}

function pack(s,    i, n, c, out) {
    for (i = 1; i <= length(s); i += n) {
        c = substr(s, i, 1)
        for (n = 1; substr(s, i + n, 1) == c; n++) continue
        out = out (n > 1 ? n : "") c
    }
    return out
}

function unpack(s,    i, c, n, out) {
    for (i = 1; i <= length(s); i++) {
        c = substr(s, i, 1)
        if (c ~ "[0-9]") { n = n * 10 + c; continue }
        if (!n) n = 1
        while (n > 0) { out = out c; n-- }
        n = 0
    }
    return out
}

function trim_all(s,    i, n, parts, out) {
    n = split(s, parts)
    for (i = 1; i <= n; i++) out = out (i > 1 ? " " : "") parts[i]
    return out
}

BEGIN {
    letters = "abcdefghijklmnopqrstuvwxyz"
    text = "The quick brown fox jumps over the lazy dog and the dog barks at the fox while the quick cat naps over the brown box"
    n = split(tolower(text), word, " ")
    for (i = 1; i <= n; i++) if (!count[word[i]]++) unique[++n_unique] = word[i]
    sort(unique, n_unique)
    for (i = 1; i <= n_unique; i++) printf "%-8s %3d %s\n", unique[i], count[unique[i]], reverse(unique[i])
    secret = caesar(tolower(text), 13)
    print secret
    print (caesar(secret, 13) == tolower(text)) ? "deciphered" : "lost"
    runs = "aaaabccccccccccccddddx"
    print pack(runs), (unpack(pack(runs)) == runs)
    print trim_all("  many    spaces   between   the words  ")
    split("level,rotor,hello,noon,world,a", candidates, ",")
    for (i = 1; i <= 6; i++) print candidates[i], candidates[i] == reverse(candidates[i]) ? "is" : "is not", "a palindrome"
    n = split("^the fox$ [0-9]+ qu?ick l.zy b[^aeiou]*own do*g x$ ^.*naps.* [a-c]+", patterns, " ")
    for (i = 1; i <= n; i++) print patterns[i], tolower(text) ~ patterns[i], text !~ patterns[i]
    for (i = 0; i < 26; i++) for (k = 0; k < 26; k++) pair[substr(letters, i + 1, 1) substr(letters, k + 1, 1)] = i * 26 + k
    sum = 0
    for (i = 1; i < length(secret); i++) if (substr(secret, i, 2) in pair) sum += pair[substr(secret, i, 2)]
    print sum, toupper(substr(text, 5, 11)), index(text, "lazy"), length(substr(text, 100)), substr("x", 5)
}
