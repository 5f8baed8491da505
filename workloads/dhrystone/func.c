// Procedures 6 to 8 and functions 1 to 3: enumerations, arrays, characters and strings.
#include "dhrystone.h"

void proc_6(Ident in, Ident *out) {
    *out = in;
    if (!func_3(in)) *out = IDENT_4; // not taken: the caller passes IDENT_3
    switch (in) {
    case IDENT_1: *out = IDENT_1; break;
    case IDENT_2: *out = global_int > 100 ? IDENT_1 : IDENT_4; break;
    case IDENT_3: *out = IDENT_2; break; // always
    case IDENT_4: break;
    case IDENT_5: *out = IDENT_3; break;
    }
}

void proc_7(int a, int b, int *out) {
    int sum = a + 2;
    *out = b + sum;
}

// Index arithmetic in one and two dimensions.
void proc_8(Row row, Grid grid, int index, int value) {
    int at = index + 5;

    row[at] = value;
    row[at + 1] = row[at];
    row[at + 30] = at;
    for (int i = at; i <= at + 1; i++) grid[at][i] = at;
    grid[at][at - 1]++;
    grid[at + 20][at] = row[at];
    global_int = 5;
}

Ident func_1(char a, char b) {
    char copy = a;
    char copy_of_copy = copy;

    if (copy_of_copy != b) return IDENT_1;
    global_letter_1 = copy;
    return IDENT_2;
}

// Compares two texts, after a loop over characters that runs once.
int func_2(const char *a, const char *b) {
    int i = 2;
    char letter = 0;

    while (i <= 2) {
        if (func_1(a[i], b[i + 1]) == IDENT_1) { // always
            letter = 'A';
            i++;
        }
    }
    if (letter >= 'W' && letter < 'Z') i = 7;
    if (letter == 'R') return 1;
    if (strcmp(a, b) > 0) {
        i += 7;
        global_int = i;
        return 1;
    }
    return 0; // always
}

int func_3(Ident ident) {
    Ident copy = ident;
    return copy == IDENT_3;
}
