# Four ways to sort the same numbers, a heap as a queue, and searching.
function random() {
    seed = (seed * 1103 + 12345) % 65536
    return seed
}

function quick(a, from, to,    i, last, t) {
    if (from >= to) return
    t = a[from]; a[from] = a[int((from + to) / 2)]; a[int((from + to) / 2)] = t
    last = from
    for (i = from + 1; i <= to; i++)
        if (a[i] < a[from]) {
            t = a[++last]; a[last] = a[i]; a[i] = t
        }
    t = a[from]; a[from] = a[last]; a[last] = t
    quick(a, from, last - 1)
    quick(a, last + 1, to)
}

function merge(a, n,    half, left, right, i, k, m) {
    if (n < 2) return
    half = int(n / 2)
    for (i = 1; i <= half; i++) left[i] = a[i]
    for (i = half + 1; i <= n; i++) right[i - half] = a[i]
    merge(left, half)
    merge(right, n - half)
    i = k = 1
    for (m = 1; m <= n; m++)
        if (k > n - half || (i <= half && left[i] <= right[k])) a[m] = left[i++]
        else a[m] = right[k++]
}

function push(x,    i, t) {
    heap[++heap_size] = x
    for (i = heap_size; i > 1 && heap[int(i / 2)] > heap[i]; i = int(i / 2)) {
        t = heap[i]; heap[i] = heap[int(i / 2)]; heap[int(i / 2)] = t
    }
}

function pop(    top, i, child, t) {
    top = heap[1]
    heap[1] = heap[heap_size]
    delete heap[heap_size--]
    for (i = 1; 2 * i <= heap_size; i = child) {
        child = 2 * i
        if (child < heap_size && heap[child + 1] < heap[child]) child++
        if (heap[i] <= heap[child]) break
        t = heap[i]; heap[i] = heap[child]; heap[child] = t
    }
    return top
}

function find(a, n, x,    low, high, middle) {
    low = 1; high = n
    while (low <= high) {
        middle = int((low + high) / 2)
        if (a[middle] == x) return middle
        if (a[middle] < x) low = middle + 1
        else high = middle - 1
    }
    return 0
}

BEGIN {
    n = 150
    seed = 42
    for (i = 1; i <= n; i++) first[i] = second[i] = third[i] = random() % 1000
    for (i = 1; i <= n; i++) push(third[i])
    quick(first, 1, n)
    merge(second, n)
    for (i = 1; i <= n; i++) fourth[i] = pop()
    for (i = 1; i <= n; i++) {
        if (first[i] != second[i] || first[i] != fourth[i]) print "different at", i
        sum = (sum * 31 + first[i]) % 1000003
    }
    print "sum", sum, "left", heap_size, length(heap)
    do {
        swapped = 0
        for (i = 1; i < n; i++)
            if (third[i] > third[i + 1]) {
                t = third[i]; third[i] = third[i + 1]; third[i + 1] = t
                swapped = 1
            }
        n--
    } while (swapped)
    n = 150
    for (i = 1; i <= n; i++) if (third[i] != first[i]) print "bubble differs at", i
    for (i = 0; i < 1000; i += 7) if (find(first, n, i)) found = found " " i
    print "found" found
}
