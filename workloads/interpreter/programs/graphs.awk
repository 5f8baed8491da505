# Graphs and tables: shortest ways, parts that are connected, an order of tasks, numbers with many digits, words that differ little.
function random(n) {
    seed = (seed * 1103 + 12345) % 65536
    return seed % n
}

function ways_from(start,    i, best, node, done, to) {
    for (i = 1; i <= nodes; i++) distance[i] = 99999
    distance[start] = 0
    for (;;) {
        node = 0
        best = 99999
        for (i = 1; i <= nodes; i++) if (!(i in done) && distance[i] < best) { best = distance[i]; node = i }
        if (!node) return
        done[node] = 1
        for (to = 1; to <= nodes; to++)
            if ((node, to) in weight && best + weight[node, to] < distance[to]) distance[to] = best + weight[node, to]
    }
}

function root(n) {
    while (parent[n] != n) n = parent[n] = parent[parent[n]]
    return n
}

function visit(task,    i, n, needs) {
    if (state[task] == 2) return
    if (state[task] == 1) { print "a circle at", task; return }
    state[task] = 1
    n = split(needed[task], needs, " ")
    for (i = 1; i <= n; i++) visit(needs[i])
    state[task] = 2
    order = order " " task
}

function multiply(big, by,    i, carry) {
    for (i = 1; i <= big[0] || carry; i++) {
        if (i > big[0]) { big[0] = i; big[i] = 0 }
        carry += big[i] * by
        big[i] = carry % 10000
        carry = int(carry / 10000)
    }
}

function text_of(big,    i, out) {
    out = big[big[0]] ""
    for (i = big[0] - 1; i > 0; i--) out = out sprintf("%04d", big[i])
    return out
}

function apart(a, b,    i, k, row, last, best, t) {
    for (k = 0; k <= length(b); k++) row[k] = k
    for (i = 1; i <= length(a); i++) {
        last = row[0]
        row[0] = i
        for (k = 1; k <= length(b); k++) {
            best = last + (substr(a, i, 1) != substr(b, k, 1))
            if (row[k] + 1 < best) best = row[k] + 1
            if (row[k - 1] + 1 < best) best = row[k - 1] + 1
            last = row[k]
            row[k] = best
        }
    }
    return row[length(b)]
}

BEGIN {
    seed = 7
    nodes = 16
    for (i = 1; i <= 45; i++) {
        from = random(nodes) + 1
        to = random(nodes) + 1
        weight[from, to] = random(30) + 1
    }
    for (start = 1; start <= 4; start++) {
        ways_from(start)
        line = ""
        for (i = 1; i <= nodes; i++) line = line " " (distance[i] == 99999 ? "-" : distance[i])
        print start ":" line
    }
    for (i = 1; i <= nodes; i++) parent[i] = i
    for (i = 1; i <= nodes; i++) for (k = 1; k <= nodes; k++) if ((i, k) in weight) parent[root(i)] = root(k)
    parts = 0
    for (i = 1; i <= nodes; i++) if (root(i) == i) parts++
    print "parts", parts
    needed["shoes"] = "socks trousers"; needed["jacket"] = "shirt tie"; needed["tie"] = "shirt"; needed["trousers"] = "pants"
    needed["out"] = "shoes jacket"; needed["egg"] = "hen"; needed["hen"] = "egg"
    visit("out"); visit("egg")
    print "order" order
    product[0] = 1; product[1] = 1
    for (i = 2; i <= 40; i++) multiply(product, i)
    print "40! =", text_of(product)
    n = split("kitten sitting mitten sunday saturday monday", word, " ")
    for (i = 1; i <= n; i++) {
        line = word[i]
        for (k = 1; k <= n; k++) line = line " " apart(word[i], word[k])
        print line
    }
    for (i = 0; i < 300; i++) table["key" i % 50] = table["key" i % 50] "," i
    for (i = 0; i < 50; i += 2) delete table["key" i]
    total = 0
    for (key in table) total += split(table[key], pieces, ",")
    print length(table), total, table["key49"], "key0" in table
}
