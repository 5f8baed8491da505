// Searching with a way back: queens, a sudoku, a knight's tour by Warnsdorff's rule, subsets of a sum.
#include "lib.h"

static int queens(int n, word columns, word left, word right) {
    word all = (1u << n) - 1;
    if (columns == all) return 1;
    int count = 0;
    for (word free = all & ~(columns | left | right); free; free &= free - 1) {
        word bit = free & (0 - free);
        count += queens(n, columns | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return count;
}

static char grid[9][9];
static short in_row[9], in_column[9], in_box[9];
static int guesses;

static void put(int row, int column, int digit, int is_there) {
    short bit = (short)(1 << digit);
    grid[row][column] = (char)(is_there ? digit : 0);
    if (is_there) {
        in_row[row] |= bit, in_column[column] |= bit, in_box[row / 3 * 3 + column / 3] |= bit;
    } else {
        in_row[row] &= (short)~bit, in_column[column] &= (short)~bit, in_box[row / 3 * 3 + column / 3] &= (short)~bit;
    }
}

static int taken(int row, int column) { return in_row[row] | in_column[column] | in_box[row / 3 * 3 + column / 3]; }

static int n_free(int set) {
    int n = 0;
    for (int d = 1; d <= 9; d++) n += !(set >> d & 1);
    return n;
}

static int solve(void) {
    int best = 10, row = 0, column = 0;
    for (int r = 0; r < 9; r++)
        for (int c = 0; c < 9; c++) {
            if (grid[r][c]) continue;
            int n = n_free(taken(r, c));
            if (n < best) best = n, row = r, column = c;
        }
    if (best == 10) return 1;
    for (int d = 1; d <= 9; d++) {
        if (taken(row, column) >> d & 1) continue;
        guesses++;
        put(row, column, d, 1);
        if (solve()) return 1;
        put(row, column, d, 0);
    }
    return 0;
}

static const char puzzle[] = "53..7....";
static const char *const rows[9] = {puzzle,      "6..195...", ".98....6.", "8...6...3", "4..8.3..1",
                                    "7...2...6", ".6....28.", "...419..5", "....8..79"};

#define SIDE 6
static int board[SIDE][SIDE];
static const int jumps[8][2] = {{1, 2}, {2, 1}, {2, -1}, {1, -2}, {-1, -2}, {-2, -1}, {-2, 1}, {-1, 2}};

static int is_open(int x, int y) { return x >= 0 && x < SIDE && y >= 0 && y < SIDE && !board[y][x]; }

static int ways_from(int x, int y) {
    int n = 0;
    for (int k = 0; k < 8; k++) n += is_open(x + jumps[k][0], y + jumps[k][1]);
    return n;
}

static int tour(int x, int y) {
    for (int step = 1;; step++) {
        board[y][x] = step;
        int best = 9, next = -1;
        for (int k = 0; k < 8; k++) {
            int to_x = x + jumps[k][0], to_y = y + jumps[k][1];
            if (!is_open(to_x, to_y)) continue;
            int n = ways_from(to_x, to_y);
            if (n < best) best = n, next = k;
        }
        if (next < 0) return step;
        x += jumps[next][0], y += jumps[next][1];
    }
}

static int subsets(const int *number, int n, int left) {
    if (!left) return 1;
    if (!n || left < 0) return 0;
    return subsets(number + 1, n - 1, left - *number) + subsets(number + 1, n - 1, left);
}

int main(void) {
    static const int numbers[] = {3, 34, 4, 12, 5, 2, 7, 8, 10, 15, 21, 1};
    word sum = 11;
    if (queens(6, 0, 0, 0) != 4 || queens(7, 0, 0, 0) != 40) return -1;
    for (int r = 0; r < 9; r++)
        for (int c = 0; c < 9; c++)
            if (rows[r][c] != '.') put(r, c, rows[r][c] - '0', 1);
    if (!solve()) return -2;
    for (int r = 0; r < 9; r++)
        for (int c = 0; c < 9; c++) sum = mix(sum, (word)grid[r][c]);
    sum = mix(sum, (word)guesses);
    sum = mix(sum, (word)tour(0, 0));
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) sum = mix(sum, (word)board[y][x]);
    for (int target = 10; target < 60; target += 7) sum = mix(sum, (word)subsets(numbers, COUNT(numbers), target));
    return (int)sum;
}
