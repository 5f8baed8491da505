// Page tables: every page of the program, and the two devices that it uses, where they lie (virtual = physical).
//
// A page table entry of Sv39:   53..10 physical page number | 7 D | 6 A | 5 G | 4 U | 3 X | 2 W | 1 R | 0 V
// 4 KiB pages only, so that a page walk has three steps, and the TLB has as many entries to hold as there are pages.
#include "runtime.h"

#define PAGE      4096ul
#define ENTRIES   512
#define LEAVES    20 // tables of 2 MiB each
#define RAM_BASE  0x80000000ul
#define UART_PAGE 0x10000000ul
#define TEST_PAGE 0x100000ul

#define PTE_V     0x01ul
#define PTE_RWX   0x0eul // the workload `patch` writes code
#define PTE_RW    0x06ul
#define PTE_AD    0xc0ul // accessed and dirty: hardware need not set them
#define SATP_SV39 (8ul << 60)

typedef uint64_t Table[ENTRIES];

static _Alignas(4096) Table root, middle[2], leaves[LEAVES];
static unsigned middles_used, leaves_used;

extern char __stack_top[];
unsigned long paging_init(void);
_Noreturn void board_exit(int code);

static uint64_t entry_of(const void *page, uint64_t bits) { return (uint64_t)(uintptr_t)page / PAGE << 10 | bits; }

static uint64_t *next_table(uint64_t *entry, Table *tables, unsigned *used, unsigned most) {
    if (!*entry) {
        if (*used == most) {
            print("more memory than %u page tables map\n", most);
            board_exit(98);
        }
        *entry = entry_of(tables[(*used)++], PTE_V);
    }
    return (uint64_t *)(uintptr_t)(*entry >> 10 << 12);
}

static void map(uintptr_t page, uint64_t bits) {
    uint64_t *table = next_table(&root[page >> 30 & (ENTRIES - 1)], middle, &middles_used, 2);
    table = next_table(&table[page >> 21 & (ENTRIES - 1)], leaves, &leaves_used, LEAVES);
    table[page >> 12 & (ENTRIES - 1)] = entry_of((void *)page, bits | PTE_AD | PTE_V);
}

unsigned long paging_init(void) {
    for (uintptr_t page = RAM_BASE; page < (uintptr_t)__stack_top; page += PAGE) map(page, PTE_RWX);
    map(UART_PAGE, PTE_RW);
    map(TEST_PAGE, PTE_RW);
    return SATP_SV39 | (uintptr_t)root / PAGE;
}
