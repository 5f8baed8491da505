// The measured loop, and the check of the values that it leaves behind.
#include "dhrystone.h"

Record *global_record, *global_next_record;
int global_int;
int global_bool;
char global_letter_1, global_letter_2;
Row global_row;
Grid global_grid;

// What the loop's local variables hold at its end.
static struct {
    int int_1, int_2, int_3;
    Ident ident;
    Text text_1, text_2;
} last;

static const char record_text[] = "DHRYSTONE PROGRAM, SOME STRING";

static void set_up(void) {
    static Record records[2];

    global_next_record = &records[0];
    global_record = &records[1];
    global_record->link = global_next_record;
    global_record->tag = IDENT_1;
    global_record->as.first.ident = IDENT_3;
    global_record->as.first.number = 40;
    strcpy(global_record->as.first.text, record_text);
    global_grid[8][7] = 10; // so that the final value is 10 more than the number of runs
}

static void run(int runs) {
    int int_1 = 0, int_2 = 0, int_3 = 0;
    Ident ident = IDENT_1;
    Text text_1, text_2;

    strcpy(text_1, "DHRYSTONE PROGRAM, 1'ST STRING");
    for (int i = 1; i <= runs; i++) {
        proc_5();
        proc_4(); // global_letter_1 == 'A', global_letter_2 == 'B', global_bool
        int_1 = 2;
        int_2 = 3;
        strcpy(text_2, "DHRYSTONE PROGRAM, 2'ND STRING");
        ident = IDENT_2;
        global_bool = !func_2(text_1, text_2); // 1
        while (int_1 < int_2) {                // once
            int_3 = 5 * int_1 - int_2;         // 7
            proc_7(int_1, int_2, &int_3);      // 7
            int_1++;
        }
        proc_8(global_row, global_grid, int_1, int_3); // int_1 == 3, int_2 == 3, int_3 == 7
        proc_1(global_record);
        for (char letter = 'A'; letter <= global_letter_2; letter++) { // twice
            if (ident == func_1(letter, 'C')) {                        // never
                proc_6(IDENT_1, &ident);
                strcpy(text_2, "DHRYSTONE PROGRAM, 3'RD STRING");
                int_2 = i;
                global_int = i;
            }
        }
        int_2 = int_2 * int_1;
        int_1 = int_2 / int_3;
        int_2 = 7 * (int_2 - int_3) - int_1;
        proc_2(&int_1); // 5
    }
    last.int_1 = int_1;
    last.int_2 = int_2;
    last.int_3 = int_3;
    last.ident = ident;
    strcpy(last.text_1, text_1);
    strcpy(last.text_2, text_2);
}

static int same_int(const char *name, int value, int expected) {
    print("%s: %d, expected %d\n", name, value, expected);
    return value == expected;
}

static int same_text(const char *name, const char *value, const char *expected) {
    print("%s: %s, expected %s\n", name, value, expected);
    return strcmp(value, expected) == 0;
}

static int same_record(const char *name, const Record *record, Ident ident, int number) {
    print("%s\n", name);
    return same_int("  tag", record->tag, IDENT_1) & same_int("  ident", record->as.first.ident, ident) &
           same_int("  number", record->as.first.number, number) &
           same_text("  text", record->as.first.text, record_text);
}

static int check(int runs) {
    int valid = same_int("global int", global_int, 5);
    valid &= same_int("global bool", global_bool, 1);
    valid &= same_int("global letter 1", global_letter_1, 'A');
    valid &= same_int("global letter 2", global_letter_2, 'B');
    valid &= same_int("row[8]", global_row[8], 7);
    valid &= same_int("grid[8][7] - runs", (int)((unsigned)global_grid[8][7] - (unsigned)runs), 10);
    valid &= same_record("record", global_record, IDENT_3, 17);
    valid &= same_record("next record", global_next_record, IDENT_2, 18);
    valid &= global_record->link == global_next_record && global_next_record->link == global_next_record;
    valid &= same_int("int 1", last.int_1, 5);
    valid &= same_int("int 2", last.int_2, 13);
    valid &= same_int("int 3", last.int_3, 7);
    valid &= same_int("ident", last.ident, IDENT_2);
    valid &= same_text("text 1", last.text_1, "DHRYSTONE PROGRAM, 1'ST STRING");
    valid &= same_text("text 2", last.text_2, "DHRYSTONE PROGRAM, 2'ND STRING");
    return valid;
}

int main(void) {
    int runs = (int)work_iterations;

    print("dhrystone 2.1, independent implementation\n");
    set_up();
    run(runs);
    print("%d runs\n", runs);
    return print_verdict(check(runs));
}
