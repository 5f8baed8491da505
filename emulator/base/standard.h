// Standard input, output and error of the process.
#pragma once
#include <stdbool.h>

// A descriptor that is closed would be given to the next file that is opened, and what is printed would land in that: a disk,
// a journal. So 0, 1 and 2 are opened where they are closed; standard output for reading only, so that writes still fail and
// reach the exit code. Returns which ones, a bit each; negative: the host opens none.
int standard_fill(void);
void standard_close(int filled); // again: a program that is run finds them as they were

// All that was printed has arrived: stdout is flushed and without an error. Else errno says why, 0: not known.
bool standard_printed(void);
