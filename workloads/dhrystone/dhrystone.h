// Dhrystone 2.1, an independent implementation: the data on which its procedures work, and the procedures.
//
// The benchmark is a fixed mix of statements, operators and operand kinds in eight procedures and three functions; the
// numbers of the procedures and the final values are those of the published benchmark, the text is this project's own.
// Scores of this program must not be published as official Dhrystone results.
//
// INVARIANT: no procedure is merged with its caller (a rule of the benchmark): the units are compiled apart and
// -fno-inline holds inside a unit.
#pragma once

#include "runtime.h"

#define TEXT_SIZE 31 // 30 characters and the end
#define ROW_SIZE  50

typedef enum { IDENT_1, IDENT_2, IDENT_3, IDENT_4, IDENT_5 } Ident;

typedef char Text[TEXT_SIZE];

// A variant record: the tag says which member of the union holds. All runs use the first.
typedef struct Record {
    struct Record *link;
    Ident tag;
    union {
        struct {
            Ident ident;
            int number;
            Text text;
        } first;
        struct {
            Ident ident;
            Text text;
        } second;
        struct {
            char letter_1, letter_2;
        } third;
    } as;
} Record;

typedef int Row[ROW_SIZE];
typedef int Grid[ROW_SIZE][ROW_SIZE];

// The globals, defined in main.c. Being global is part of the mix.
extern Record *global_record, *global_next_record;
extern int global_int;
extern int global_bool;
extern char global_letter_1, global_letter_2;
extern Row global_row;
extern Grid global_grid;

// proc.c
void proc_1(Record *record);
void proc_2(int *number);
void proc_3(Record **record);
void proc_4(void);
void proc_5(void);

// func.c
void proc_6(Ident in, Ident *out);
void proc_7(int a, int b, int *out);
void proc_8(Row row, Grid grid, int index, int value);
Ident func_1(char a, char b);
int func_2(const char *a, const char *b);
int func_3(Ident ident);
