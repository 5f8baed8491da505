// Procedures 1 to 5: record assignment through pointers, and access to globals.
#include "dhrystone.h"

// Assigns a whole record through two pointers, then calls down with addresses of its fields.
void proc_1(Record *record) {
    Record *next = record->link; // the same record as global_next_record

    *record->link = *global_record;
    record->as.first.number = 5;
    next->as.first.number = record->as.first.number;
    next->link = record->link;
    proc_3(&next->link);
    if (next->tag == IDENT_1) { // always
        next->as.first.number = 6;
        proc_6(record->as.first.ident, &next->as.first.ident);
        next->link = global_record->link;
        proc_7(next->as.first.number, 10, &next->as.first.number);
    } else {
        *record = *record->link;
    }
}

// A loop that looks as if it could run often and runs once.
void proc_2(int *number) {
    int n = *number + 10;
    Ident done = IDENT_2;

    do {
        if (global_letter_1 == 'A') { // always
            n--;
            *number = n - global_int;
            done = IDENT_1;
        }
    } while (done != IDENT_1);
}

void proc_3(Record **record) {
    if (global_record) *record = global_record->link; // always
    proc_7(10, global_int, &global_record->as.first.number);
}

void proc_4(void) {
    int is_a = global_letter_1 == 'A';

    global_bool = is_a | global_bool;
    global_letter_2 = 'B';
}

void proc_5(void) {
    global_letter_1 = 'A';
    global_bool = 0;
}
