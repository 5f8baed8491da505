# Circles of files: files that need each other, by the symbols of their objects. Input: `nm -P` of each object, a line
# "FILE:" before its symbols. Output: one line a circle, its files sorted and separated by blanks; -v arrows=1: one line
# an arrow "FROM TO SYMBOL" instead.
# A circle is a strongly connected component: every file of it reaches every other one.

/:$/ { file = substr($0, 1, length($0) - 1); files[++n] = file; next }
$2 ~ /^[TDBRVWC]$/ { home[$1] = file }
$2 == "U" { uses[++n_uses] = file " " $1 }

function reach(from,    top, stack, at, i) {
    top = 1
    stack[1] = from
    while (top) {
        at = stack[top--]
        for (i = 1; i <= degree[at]; i++)
            if (!((from, next_of[at, i]) in reaches)) {
                reaches[from, next_of[at, i]] = 1
                stack[++top] = next_of[at, i]
            }
    }
}

function sort(list, count,    i, k, held) {
    for (i = 2; i <= count; i++) {
        held = list[i]
        for (k = i - 1; k >= 1 && list[k] > held; k--) list[k + 1] = list[k]
        list[k + 1] = held
    }
}

END {
    for (i = 1; i <= n_uses; i++) {
        split(uses[i], part, " ")
        if (!(part[2] in home) || home[part[2]] == part[1]) continue
        if (arrows) print part[1], home[part[2]], part[2]
        if ((part[1], home[part[2]]) in known) continue
        known[part[1], home[part[2]]] = 1
        next_of[part[1], ++degree[part[1]]] = home[part[2]]
    }
    if (arrows) exit
    for (i = 1; i <= n; i++) reach(files[i])
    sort(files, n)
    for (i = 1; i <= n; i++) {
        if (files[i] in done) continue
        line = files[i]
        size = 1
        for (k = i + 1; k <= n; k++)
            if (((files[i], files[k]) in reaches) && ((files[k], files[i]) in reaches)) {
                line = line " " files[k]
                done[files[k]] = 1
                size++
            }
        if (size > 1) print line
    }
}
