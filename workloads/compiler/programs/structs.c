// Structs, unions, pointers to functions, lists and a hash table with memory of its own.
#include "lib.h"

enum { POOL = 300, BUCKETS = 16 };

typedef struct Item {
    struct Item *next;
    char name[8];
    short count;
    unsigned char kind;
    union {
        int number;
        struct {
            short low, high;
        } pair;
    } value;
} Item;

struct Table {
    Item *bucket[BUCKETS];
    int n;
};

static Item pool[POOL];
static int n_items;

static Item *new_item(const char *name) {
    Item *i = &pool[n_items++];
    clear_bytes(i, sizeof *i);
    int k = 0;
    for (; k < 7 && name[k]; k++) i->name[k] = name[k];
    i->name[k] = 0;
    return i;
}

static int hash(const char *name) {
    word h = 5381;
    while (*name) h = h * 33 + (word)*name++;
    return (int)(h % BUCKETS);
}

static Item *find(struct Table *t, const char *name, int add) {
    Item **place = &t->bucket[hash(name)];
    for (Item *i = *place; i; i = i->next)
        if (!text_compare(i->name, name)) return i;
    if (!add) return 0;
    Item *i = new_item(name);
    i->next = *place;
    t->n++;
    return *place = i;
}

static void name_of(int number, char *out) {
    int k = 0;
    do out[k++] = (char)('a' + number % 26);
    while (number /= 26);
    out[k] = 0;
}

static int add(int a, int b) { return a + b; }
static int subtract(int a, int b) { return a - b; }
static int largest(int a, int b) { return MAX(a, b); }
static int smallest(int a, int b) { return MIN(a, b); }

typedef int (*Operator)(int, int);

static const struct {
    char sign;
    Operator apply;
} operators[] = {{'+', add}, {'-', subtract}, {'>', largest}, {'<', smallest}};

static int apply(char sign, int a, int b) {
    for (int i = 0; i < COUNT(operators); i++)
        if (operators[i].sign == sign) return operators[i].apply(a, b);
    return 0;
}

static Item *reversed(Item *list) {
    Item *out = 0;
    while (list) {
        Item *next = list->next;
        list->next = out;
        out = list;
        list = next;
    }
    return out;
}

static struct Table table;

int main(void) {
    word sum = 1;
    char name[8];
    for (int i = 0; i < 150; i++) {
        name_of(i * 37 % 90 + i, name);
        Item *item = find(&table, name, 1);
        item->count++;
        item->kind = (unsigned char)(item->kind + 200);
        item->value.number += i * 70001;
    }
    for (int b = 0; b < BUCKETS; b++) {
        table.bucket[b] = reversed(table.bucket[b]);
        for (Item *i = table.bucket[b]; i; i = i->next) {
            sum = mix(sum, (word)(i->count * 1000 + i->kind));
            sum = mix(sum, (word)(i->value.pair.low ^ i->value.pair.high));
            sum = mix(sum, (word)text_length(i->name));
        }
    }
    Item copy = *find(&table, "b", 1), other = {.kind = 7, .value = {.number = -3}};
    other.next = &copy;
    copy = *other.next;
    sum = mix(sum, (word)(copy.count + other.kind + other.value.number));
    for (const char *sign = "+-><?"; *sign; sign++) sum = mix(sum, (word)apply(*sign, table.n, -40));
    return (int)sum;
}
