# Cells that live and die, by subscripts of two numbers; a maze that is filled; queens.
function alive(x, y) { return ((x, y) in cell) }

function around(x, y,    n, i, k) {
    for (i = -1; i <= 1; i++)
        for (k = -1; k <= 1; k++)
            if ((i || k) && alive(x + i, y + k)) n++
    return n + 0
}

function generation(    x, y, n, born) {
    for (x = 1; x <= width; x++)
        for (y = 1; y <= height; y++) {
            n = around(x, y)
            if (n == 3 || (n == 2 && alive(x, y))) born[x, y] = 1
        }
    for (x = 1; x <= width; x++)
        for (y = 1; y <= height; y++) {
            delete cell[x, y]
            if ((x, y) in born) cell[x, y] = 1
        }
}

function show(    x, y, line) {
    for (y = 1; y <= height; y++) {
        line = ""
        for (x = 1; x <= width; x++) line = line (alive(x, y) ? "#" : ".")
        print line
    }
}

function fill(x, y, mark) {
    if (x < 1 || x > width || y < 1 || y > height || alive(x, y) || (x, y) in filled) return 0
    filled[x, y] = mark
    return 1 + fill(x + 1, y, mark) + fill(x - 1, y, mark) + fill(x, y + 1, mark) + fill(x, y - 1, mark)
}

function place(row, n,    c) {
    if (row > n) { solutions++; return }
    for (c = 1; c <= n; c++) {
        if (column[c] || up[row + c] || down[row - c]) continue
        column[c] = up[row + c] = down[row - c] = 1
        place(row + 1, n)
        column[c] = up[row + c] = down[row - c] = 0
    }
}

BEGIN {
    width = 14; height = 9
    split("2,1 3,2 1,3 2,3 3,3 8,4 9,4 10,4 12,7 12,8 13,7 13,8", start, " ")
    for (i = 1; i <= 12; i++) {
        split(start[i], at, ",")
        cell[at[1] + 0, at[2] + 0] = 1
    }
    for (g = 0; g < 5; g++) generation()
    show()
    for (y = 1; y <= height; y++)
        for (x = 1; x <= width; x++)
            if (size = fill(x, y, x * 100 + y)) print "area of", size, "at", x, y
    n = 0
    for (key in filled) n += filled[key]
    print "marks", n, length(filled)
    place(1, 6)
    print "queens", solutions
}
