// Units in files (--code-cache-dir): what one run has translated, the next one restores. One file a program, made anew at the
// end of a run that has translated a good deal more. A unit is restored where the run loop would translate: when the guest's
// bytes, its mode and all that its code depends on are what they were. So a file can be old, but not wrong.
//
// Trusted is a file that this user owns and no other user may write, as far as its checksums go.
#pragma once
#include "jit/jit.h"

typedef struct SavedProgram {                            // what a file is for, beside the emulator and its switches
    uint64_t device, inode, bytes, seconds, nanoseconds; // of the ELF
    uint64_t addresses;                                  // end of the guest's
} SavedProgram;

// Before the guest runs. false: nothing will be saved or restored; `err` says why. true with a text in `err`: the file there is
// not used, and will be replaced.
bool jit_saved_open(Jit *j, const char *dir, const SavedProgram *program, Err *err);
// When the guest has ended. false: it could not be written.
bool jit_saved_write(Jit *j, Err *err);
