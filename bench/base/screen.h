// What a descriptor shows to a person.
#pragma once
#include <stdbool.h>

int screen_columns(int fd);     // columns of the terminal; 0: it is none, lines may be of any length
bool screen_can_draw(int fd);   // a terminal that knows escape sequences (TERM is set and is not "dumb")
bool screen_has_colour(int fd); // the same, and NO_COLOR is not set
