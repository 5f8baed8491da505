// Compression: repeated strings by distance and length, and the codes of Huffman; what was packed is unpacked and compared.
#include "lib.h"

#define SIZE 1200

static unsigned char text[SIZE], packed[2 * SIZE], unpacked[SIZE];

static void make_text(void) {
    static const char *const words[] = {"the ", "cat ", "sat ", "on ", "a ", "mat, ", "and ", "then ", "it ", "ran. "};
    word seed = 4711;
    int n = 0;
    while (n < SIZE) {
        const char *w = words[next_random(&seed) % COUNT(words)];
        while (*w && n < SIZE) text[n++] = (unsigned char)*w++;
    }
}

// A byte below 128: as many bytes follow as they are. Else: length + 125 and a distance of two bytes.
static int pack_strings(const unsigned char *from, int n, unsigned char *to) {
    int out = 0, plain = -1;
    for (int i = 0; i < n;) {
        int best = 0, distance = 0;
        for (int back = 1; back <= MIN(i, 500); back++) {
            int length = 0;
            while (length < 100 && i + length < n && from[i + length] == from[i + length - back]) length++;
            if (length > best) best = length, distance = back;
        }
        if (best >= 4) {
            to[out++] = (unsigned char)(best + 125);
            to[out++] = (unsigned char)(distance & 255);
            to[out++] = (unsigned char)(distance >> 8);
            i += best;
            plain = -1;
            continue;
        }
        if (plain < 0 || to[plain] == 127) {
            plain = out++;
            to[plain] = 0;
        }
        to[plain]++;
        to[out++] = from[i++];
    }
    return out;
}

static int unpack_strings(const unsigned char *from, int n, unsigned char *to) {
    int out = 0;
    for (int i = 0; i < n;) {
        int first = from[i++];
        if (first < 128) {
            while (first--) to[out++] = from[i++];
            continue;
        }
        int length = first - 125, distance = from[i] | from[i + 1] << 8;
        i += 2;
        while (length--) {
            to[out] = to[out - distance];
            out++;
        }
    }
    return out;
}

// ---- Huffman
struct Tree {
    int weight, left, right;
};
static struct Tree tree[512];
static int heap[256], n_heap, n_tree;
static word code[256];
static unsigned char length[256];

static void heap_push(int t) {
    int i = n_heap++;
    while (i && tree[heap[(i - 1) / 2]].weight > tree[t].weight) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = t;
}

static int heap_pop(void) {
    int top = heap[0], last = heap[--n_heap], i = 0;
    while (2 * i + 1 < n_heap) {
        int child = 2 * i + 1;
        if (child + 1 < n_heap && tree[heap[child + 1]].weight < tree[heap[child]].weight) child++;
        if (tree[last].weight <= tree[heap[child]].weight) break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return top;
}

static void number(int t, word prefix, int depth) {
    if (tree[t].left < 0) {
        code[tree[t].right] = prefix;
        length[tree[t].right] = (unsigned char)depth;
        return;
    }
    number(tree[t].left, prefix << 1, depth + 1);
    number(tree[t].right, prefix << 1 | 1, depth + 1);
}

static void make_codes(const unsigned char *from, int n) {
    int count[256];
    clear_bytes(count, sizeof count);
    for (int i = 0; i < n; i++) count[from[i]]++;
    n_tree = n_heap = 0;
    for (int c = 0; c < 256; c++) {
        if (!count[c]) continue;
        struct Tree leaf = {count[c], -1, c};
        tree[n_tree] = leaf;
        heap_push(n_tree++);
    }
    while (n_heap > 1) {
        int a = heap_pop(), b = heap_pop();
        tree[n_tree].weight = tree[a].weight + tree[b].weight;
        tree[n_tree].left = a;
        tree[n_tree].right = b;
        heap_push(n_tree++);
    }
    number(heap[0], 0, 0);
}

static int pack_codes(const unsigned char *from, int n, unsigned char *to) {
    int bits = 0;
    for (int i = 0; i < n; i++)
        for (int k = length[from[i]] - 1; k >= 0; k--, bits++) {
            if (bits % 8 == 0) to[bits / 8] = 0;
            to[bits / 8] |= (unsigned char)((code[from[i]] >> k & 1) << (bits % 8));
        }
    return bits;
}

static int unpack_codes(const unsigned char *from, int bits, unsigned char *to) {
    int n = 0, t = n_tree - 1;
    for (int i = 0; i < bits; i++) {
        t = from[i / 8] >> (i % 8) & 1 ? tree[t].right : tree[t].left;
        if (tree[t].left >= 0) continue;
        to[n++] = (unsigned char)tree[t].right;
        t = n_tree - 1;
    }
    return n;
}

static int same(const unsigned char *a, const unsigned char *b, int n) {
    for (int i = 0; i < n; i++)
        if (a[i] != b[i]) return 0;
    return 1;
}

int main(void) {
    word sum = 13;
    make_text();
    int n = pack_strings(text, SIZE, packed);
    for (int i = 0; i < n; i++) sum = mix(sum, packed[i]);
    if (unpack_strings(packed, n, unpacked) != SIZE || !same(text, unpacked, SIZE)) return -1;
    make_codes(text, SIZE);
    int bits = pack_codes(text, SIZE, packed);
    for (int i = 0; i < bits / 8; i++) sum = mix(sum, packed[i]);
    if (unpack_codes(packed, bits, unpacked) != SIZE || !same(text, unpacked, SIZE)) return -2;
    return (int)mix(mix(sum, (word)n), (word)bits);
}
