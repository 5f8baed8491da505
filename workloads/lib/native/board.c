// The host as a board: characters go to stdio, start and end are the C library's.
#include "runtime.h"

extern int putchar(int c); // not <stdio.h>: its string functions would be the host's

void put_char(char c) { putchar(c); }
