// Graphs: shortest ways by Dijkstra and by Floyd and Warshall, a spanning tree, an order, the largest parts that are connected.
#include "lib.h"

#define NODES 24
#define FAR   1000000

typedef struct Edge {
    struct Edge *next;
    int from, to, weight;
} Edge;

static Edge edges[NODES * 4];
static Edge *from_node[NODES];
static int n_edges, way[NODES][NODES];

static void add_edge(int from, int to, int weight) {
    Edge *e = &edges[n_edges++];
    e->from = from, e->to = to, e->weight = weight;
    e->next = from_node[from];
    from_node[from] = e;
    if (weight < way[from][to]) way[from][to] = weight;
}

static void make_graph(word seed) {
    n_edges = 0;
    for (int i = 0; i < NODES; i++) {
        from_node[i] = 0;
        for (int k = 0; k < NODES; k++) way[i][k] = i == k ? 0 : FAR;
    }
    for (int i = 0; i < NODES * 3; i++) {
        int from = (int)(next_random(&seed) % NODES), to = (int)(next_random(&seed) % NODES);
        add_edge(from, to, (int)(next_random(&seed) % 50) + 1);
    }
}

// ---- shortest ways
typedef struct {
    int node, distance;
} Entry;

static Entry heap[NODES * 4];
static int n_heap;

static void swap_entries(Entry *a, Entry *b) {
    Entry t = *a;
    *a = *b;
    *b = t;
}

static void push(int node, int distance) {
    int i = n_heap++;
    heap[i].node = node;
    heap[i].distance = distance;
    for (; i && heap[(i - 1) / 2].distance > heap[i].distance; i = (i - 1) / 2)
        swap_entries(&heap[i], &heap[(i - 1) / 2]);
}

static int pop(int *distance) {
    int node = heap[0].node, i = 0;
    *distance = heap[0].distance;
    heap[0] = heap[--n_heap];
    for (;;) {
        int least = i, child = 2 * i + 1;
        for (int k = child; k < child + 2 && k < n_heap; k++)
            if (heap[k].distance < heap[least].distance) least = k;
        if (least == i) return node;
        swap_entries(&heap[i], &heap[least]);
        i = least;
    }
}

static void dijkstra(int start, int *distance) {
    for (int i = 0; i < NODES; i++) distance[i] = FAR;
    distance[start] = 0;
    n_heap = 0;
    push(start, 0);
    while (n_heap) {
        int d, node = pop(&d);
        if (d > distance[node]) continue;
        for (Edge *e = from_node[node]; e; e = e->next) {
            if (d + e->weight >= distance[e->to]) continue;
            distance[e->to] = d + e->weight;
            push(e->to, distance[e->to]);
        }
    }
}

static void floyd(void) {
    for (int via = 0; via < NODES; via++)
        for (int a = 0; a < NODES; a++)
            for (int b = 0; b < NODES; b++)
                if (way[a][via] + way[via][b] < way[a][b]) way[a][b] = way[a][via] + way[via][b];
}

// ---- the rest
static int parent[NODES];

static int root(int n) {
    while (parent[n] != n) {
        parent[n] = parent[parent[n]];
        n = parent[n];
    }
    return n;
}

static int spanning_tree(int *n_parts) {
    int weight = 0;
    Edge *sorted[NODES * 4];
    for (int i = 0; i < n_edges; i++) {
        int k = i;
        for (; k && sorted[k - 1]->weight > edges[i].weight; k--) sorted[k] = sorted[k - 1];
        sorted[k] = &edges[i];
    }
    for (int i = 0; i < NODES; i++) parent[i] = i;
    *n_parts = NODES;
    for (int i = 0; i < n_edges; i++) {
        int a = root(sorted[i]->from), b = root(sorted[i]->to);
        if (a == b) continue;
        parent[a] = b;
        weight += sorted[i]->weight;
        --*n_parts;
    }
    return weight;
}

static int number[NODES], lowest[NODES], on_stack[NODES], stack[NODES], n_stack, n_numbers, n_parts;

static void strongly(int n) {
    number[n] = lowest[n] = ++n_numbers;
    stack[n_stack++] = n;
    on_stack[n] = 1;
    for (Edge *e = from_node[n]; e; e = e->next) {
        if (!number[e->to]) {
            strongly(e->to);
            lowest[n] = MIN(lowest[n], lowest[e->to]);
        } else if (on_stack[e->to]) {
            lowest[n] = MIN(lowest[n], number[e->to]);
        }
    }
    if (lowest[n] != number[n]) return;
    n_parts++;
    int last;
    do {
        last = stack[--n_stack];
        on_stack[last] = 0;
    } while (last != n);
}

int main(void) {
    word sum = 23;
    for (word seed = 1; seed < 4; seed++) {
        int distance[NODES], parts;
        make_graph(seed * 7919);
        floyd();
        for (int start = 0; start < NODES; start++) {
            dijkstra(start, distance);
            for (int i = 0; i < NODES; i++) {
                if (distance[i] != way[start][i]) return -1;
                sum = mix(sum, (word)distance[i]);
            }
        }
        sum = mix(sum, (word)spanning_tree(&parts));
        sum = mix(sum, (word)parts);
        clear_bytes(number, sizeof number);
        n_numbers = n_parts = 0;
        for (int i = 0; i < NODES; i++)
            if (!number[i]) strongly(i);
        sum = mix(sum, (word)n_parts);
    }
    return (int)sum;
}
