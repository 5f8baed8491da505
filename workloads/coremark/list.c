// The list kernel: find, reverse, sort by content, remove and restore, sort by index.
//
// Comparing by content runs one of the other kernels for some items, and notes the result in the item so that the next
// comparison is cheap. Sorting by index restores the values, and with them the work of the next iteration.
#include "coremark.h"

typedef int Compare(Datum *a, Datum *b, Benchmark *bench);

// The items and data that are not in the list yet.
typedef struct {
    Item *item, *item_end;
    Datum *datum, *datum_end;
} Stock;

// Puts a new item behind `at`, unless the stock is used up but for one.
static Item *insert_behind(Item *at, Datum content, Stock *stock) {
    if (stock->item + 1 >= stock->item_end || stock->datum + 1 >= stock->datum_end) return NULL;
    Item *item = stock->item++;
    item->next = at->next;
    at->next = item;
    item->datum = stock->datum++;
    *item->datum = content;
    return item;
}

static void swap_data(Item *a, Item *b) {
    Datum *datum = a->datum;
    a->datum = b->datum;
    b->datum = datum;
}

// Takes the item behind `at` out of the list, but leaves its content in: what goes is the content of `at`.
static Item *remove_at(Item *at) {
    Item *removed = at->next;
    swap_data(at, removed);
    at->next = at->next->next;
    removed->next = NULL;
    return removed;
}

static void restore_at(Item *removed, Item *at) {
    swap_data(removed, at);
    removed->next = at->next;
    at->next = removed;
}

// By index if the wanted index is not negative, else by the low byte of the value.
static Item *find(Item *list, const Datum *wanted) {
    if (wanted->index >= 0) {
        while (list && list->datum->index != wanted->index) list = list->next;
    } else {
        while (list && (list->datum->value & 0xff) != wanted->value) list = list->next;
    }
    return list;
}

static Item *reverse(Item *list) {
    Item *done = NULL;
    while (list) {
        Item *next = list->next;
        list->next = done;
        done = list;
        list = next;
    }
    return done;
}

// Merge sort without recursion or extra memory: merges neighbouring runs of `width` items, then doubles the width,
// until one merge did all. Stable.
static Item *sort(Item *list, Compare *compare, Benchmark *bench) {
    for (int width = 1;; width *= 2) {
        Item *left = list, *tail = NULL;
        int merges = 0;
        list = NULL;
        while (left) {
            Item *right = left;
            int left_size = 0, right_size = width;
            merges++;
            for (int i = 0; i < width; i++) {
                left_size++;
                right = right->next;
                if (!right) break;
            }
            while (left_size > 0 || (right_size > 0 && right)) {
                Item *least;
                if (left_size == 0) {
                    least = right;
                    right = right->next;
                    right_size--;
                } else if (right_size == 0 || !right) {
                    least = left;
                    left = left->next;
                    left_size--;
                } else if (compare(left->datum, right->datum, bench) <= 0) {
                    least = left;
                    left = left->next;
                    left_size--;
                } else {
                    least = right;
                    right = right->next;
                    right_size--;
                }
                if (tail) {
                    tail->next = least;
                } else {
                    list = least;
                }
                tail = least;
            }
            left = right;
        }
        tail->next = NULL;
        if (merges <= 1) return list;
    }
}

// A value whose bit 7 is set has been computed: the result is in the low 7 bits. Otherwise the low 3 bits choose the
// kernel and the next 4 its parameter.
static int16_t content_of(Datum *datum, Benchmark *b) {
    int16_t value = datum->value;
    if (value & 0x80) return value & 0x7f;

    int16_t parameter = (value >> 3) & 0xf;
    int16_t result;
    parameter |= parameter << 4;
    switch (value & 7) {
    case 0:
        if (parameter < 0x22) parameter = 0x22; // a step through the text that is not too small
        result = (int16_t)state_run(b->text, b->kernel_bytes, b->seed1, b->seed2, parameter, b->crc.all);
        if (b->crc.state == 0) b->crc.state = (uint16_t)result;
        break;
    case 1:
        result = (int16_t)matrix_run(&b->matrices, parameter, b->crc.all);
        if (b->crc.matrix == 0) b->crc.matrix = (uint16_t)result;
        break;
    default: result = value; break;
    }
    b->crc.all = crc_u16((uint16_t)result, b->crc.all);
    result &= 0x7f;
    datum->value = (int16_t)((value & 0xff00) | 0x80 | result);
    return result;
}

static int compare_content(Datum *a, Datum *b, Benchmark *bench) {
    int16_t content_a = content_of(a, bench);
    int16_t content_b = content_of(b, bench);
    return content_a - content_b;
}

// Both bytes of a fresh value are the same.
static void forget_content(Datum *datum) {
    datum->value = (int16_t)((datum->value & 0xff00) | ((datum->value >> 8) & 0xff));
}

static int compare_index(Datum *a, Datum *b, Benchmark *bench) {
    if (!bench) {
        forget_content(a);
        forget_content(b);
    }
    return a->index - b->index;
}

void list_init(Benchmark *b) {
    unsigned count = b->kernel_bytes / 20 - 2;
    int16_t seed = b->seed1;
    Stock stock = {b->items + 1, b->items + count, b->data + 1, b->data + count};
    Item *list = b->items;

    // The head and, for now, the last item are never moved by a search: their values are out of range.
    list->next = NULL;
    list->datum = b->data;
    *list->datum = (Datum){.value = (int16_t)0x8080, .index = 0};
    insert_behind(list, (Datum){.value = (int16_t)0xffff, .index = 0x7fff}, &stock);

    for (unsigned i = 0; i < count; i++) {
        unsigned low = (((unsigned)seed ^ i) & 0xf) << 3 | (i & 7);
        insert_behind(list, (Datum){.value = (int16_t)(low << 8 | low), .index = 0x7fff}, &stock);
    }

    // The first fifth is numbered in order, the others get an index that scatters them.
    unsigned i = 1;
    for (Item *item = list->next; item->next; item = item->next) {
        if (i < count / 5) {
            item->datum->index = (int16_t)i++;
        } else {
            uint16_t scattered = (uint16_t)(i++ ^ (unsigned)seed);
            item->datum->index = (int16_t)(0x3fff & ((i & 7) << 8 | scattered));
        }
    }
    b->list = sort(list, compare_index, NULL);
}

// Searches and reverses seed3 times. A found item's neighbour moves to the front.
static Item *search(Item *list, Datum *wanted, int16_t times, uint16_t *sum) {
    uint16_t found = 0, missed = 0;
    for (int16_t i = 0; i < times; i++) {
        wanted->value = i & 0xff;
        Item *item = find(list, wanted);
        list = reverse(list);
        if (!item) {
            missed++;
            *sum += (list->next->datum->value >> 8) & 1;
        } else {
            found++;
            if (item->datum->value & 1) *sum += (item->datum->value >> 9) & 1;
            Item *moved = item->next;
            if (moved) {
                item->next = moved->next;
                moved->next = list->next;
                list->next = moved;
            }
        }
        if (wanted->index >= 0) wanted->index++;
    }
    *sum += found * 4 - missed;
    return list;
}

// WHY the first value and not the item's: the published CRCs come from this.
static uint16_t crc_of_head(const Item *list, const Item *from, uint16_t crc) {
    for (; from; from = from->next) crc = crc_s16(list->datum->value, crc);
    return crc;
}

uint16_t list_run(Benchmark *b, int16_t find_index) {
    uint16_t crc = 0;
    Datum wanted = {.value = 0, .index = find_index};
    Item *list = search(b->list, &wanted, b->seed3, &crc);

    if (find_index > 0) list = sort(list, compare_content, b);
    Item *removed = remove_at(list->next);
    Item *from = find(list, &wanted);
    if (!from) from = list->next;
    crc = crc_of_head(list, from, crc);
    restore_at(removed, list->next);

    list = sort(list, compare_index, NULL);
    return crc_of_head(list, list->next, crc);
}
