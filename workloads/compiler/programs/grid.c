// Two dimensions: life, filled areas, matrices, a maze, spirals.
#include "lib.h"

#define W 32
#define H 20

typedef unsigned char Cell;

static Cell cells[2][H][W];

static int neighbours(Cell (*g)[W], int x, int y) {
    int n = 0;
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++)
            if (dx || dy) n += g[(y + dy + H) % H][(x + dx + W) % W];
    return n;
}

static void generation(Cell (*from)[W], Cell (*to)[W]) {
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            int n = neighbours(from, x, y);
            to[y][x] = n == 3 || (n == 2 && from[y][x]);
        }
}

static int fill(Cell (*g)[W], int x, int y, Cell color) {
    static short queue[W * H];
    int n = 0, at = 0;
    Cell old = g[y][x];
    if (old == color) return 0;
    g[y][x] = color;
    queue[n++] = (short)(y * W + x);
    while (at < n) {
        int place = queue[at++];
        for (int k = 0; k < 4; k++) {
            int to_x = place % W + (k == 0) - (k == 1), to_y = place / W + (k == 2) - (k == 3);
            if (to_x < 0 || to_x >= W || to_y < 0 || to_y >= H || g[to_y][to_x] != old) continue;
            g[to_y][to_x] = color;
            queue[n++] = (short)(to_y * W + to_x);
        }
    }
    return n;
}

typedef int Matrix[5][5];

static void multiply(Matrix a, Matrix b, Matrix out) {
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 5; k++) {
            int sum = 0;
            for (int j = 0; j < 5; j++) sum += a[i][j] * b[j][k];
            out[i][k] = sum;
        }
}

static int determinant(Matrix m, int n) {
    Matrix minor;
    int sum = 0;
    if (n == 1) return m[0][0];
    for (int skip = 0; skip < n; skip++) {
        for (int i = 1; i < n; i++)
            for (int k = 0, to = 0; k < n; k++)
                if (k != skip) minor[i - 1][to++] = m[i][k];
        sum += (skip % 2 ? -1 : 1) * m[0][skip] * determinant(minor, n - 1);
    }
    return sum;
}

static word spiral(void) {
    int x = 0, y = 0, dx = 1, dy = 0, left = 0, right = W - 1, top = 1, bottom = H - 1;
    word sum = 1;
    for (int i = 0; i < W * H; i++) {
        sum = mix(sum, (word)(cells[0][y][x] + y * W + x));
        if (dx > 0 && x == right)
            dx = 0, dy = 1, right--;
        else if (dy > 0 && y == bottom)
            dx = -1, dy = 0, bottom--;
        else if (dx < 0 && x == left)
            dx = 0, dy = -1, left++;
        else if (dy < 0 && y == top)
            dx = 1, dy = 0, top++;
        x += dx, y += dy;
    }
    return sum;
}

int main(void) {
    word seed = 77, sum = 29;
    Matrix m, square, cube;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) cells[0][y][x] = next_random(&seed) % 3 == 0;
    for (int i = 0; i < 12; i++) generation(cells[i & 1], cells[~i & 1]);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) sum = mix(sum, cells[0][y][x]);
    sum = mix(sum, spiral());
    Cell color = 2;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            if (cells[0][y][x] == 0) sum = mix(sum, (word)fill(cells[0], x, y, color++));
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 5; k++) m[i][k] = (int)(next_random(&seed) % 19) - 9;
    multiply(m, m, square);
    multiply(square, m, cube);
    if (determinant(square, 5) != determinant(m, 5) * determinant(m, 5)) return -1;
    for (int i = 0; i < 25; i++) sum = mix(sum, (word)cube[i / 5][i % 5]);
    return (int)mix(sum, (word)determinant(m, 5));
}
