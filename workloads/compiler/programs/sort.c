// Five ways to sort, which must agree.
#include "lib.h"

#define N 200

static void insertion_sort(int *a, int n) {
    for (int i = 1; i < n; i++) {
        int x = a[i], k = i;
        while (k > 0 && a[k - 1] > x) {
            a[k] = a[k - 1];
            k--;
        }
        a[k] = x;
    }
}

static void shell_sort(int *a, int n) {
    for (int gap = n / 2; gap > 0; gap /= 2)
        for (int i = gap; i < n; i++)
            for (int k = i - gap; k >= 0 && a[k] > a[k + gap]; k -= gap) {
                int t = a[k];
                a[k] = a[k + gap];
                a[k + gap] = t;
            }
}

static void quick_sort(int *a, int from, int to) {
    if (to - from < 2) return;
    int pivot = a[(from + to) / 2], i = from, k = to - 1;
    while (i <= k) {
        while (a[i] < pivot) i++;
        while (a[k] > pivot) k--;
        if (i > k) break;
        int t = a[i];
        a[i++] = a[k];
        a[k--] = t;
    }
    quick_sort(a, from, k + 1);
    quick_sort(a, i, to);
}

static void sift(int *a, int from, int n) {
    int x = a[from];
    for (;;) {
        int child = 2 * from + 1;
        if (child >= n) break;
        if (child + 1 < n && a[child + 1] > a[child]) child++;
        if (a[child] <= x) break;
        a[from] = a[child];
        from = child;
    }
    a[from] = x;
}

static void heap_sort(int *a, int n) {
    for (int i = n / 2 - 1; i >= 0; i--) sift(a, i, n);
    for (int i = n - 1; i > 0; i--) {
        int t = a[0];
        a[0] = a[i];
        a[i] = t;
        sift(a, 0, i);
    }
}

static void merge_sort(int *a, int *spare, int n) {
    if (n < 2) return;
    int half = n / 2;
    merge_sort(a, spare, half);
    merge_sort(a + half, spare, n - half);
    for (int i = 0; i < n; i++) spare[i] = a[i];
    for (int i = 0, k = half, to = 0; to < n; to++)
        if (k >= n || (i < half && spare[i] <= spare[k]))
            a[to] = spare[i++];
        else
            a[to] = spare[k++];
}

static int data[N], copies[5][N], spare[N];

int main(void) {
    word seed = 12345, sum = 0;
    for (int i = 0; i < N; i++) data[i] = (int)(next_random(&seed) % 1000) - 500;
    for (int c = 0; c < 5; c++)
        for (int i = 0; i < N; i++) copies[c][i] = data[i];
    insertion_sort(copies[0], N);
    shell_sort(copies[1], N);
    quick_sort(copies[2], 0, N);
    heap_sort(copies[3], N);
    merge_sort(copies[4], spare, N);
    for (int i = 0; i < N; i++) {
        for (int c = 1; c < 5; c++)
            if (copies[c][i] != copies[0][i]) return -c;
        sum = mix(sum, (word)copies[0][i]);
    }
    return (int)sum;
}
