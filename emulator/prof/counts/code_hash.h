// One hash over all code that a run emitted, in order: equal hashes, the same code. Addresses of this process are left
// out, so that neither ASLR nor the heap matters. Links between units are patched later and are not in it.
#pragma once
#include "base/bytes.h"
#include "base/sha256.h"
#include "jit/observe.h"

typedef struct CodeHash {
    JitObserver observer;
    char hex[65]; // so far; of nothing: 64 zeros
    Bytes scratch;
} CodeHash;

void code_hash_init(CodeHash *h); // then give `observer` to the machine; h must stay where it is
void code_hash_free(CodeHash *h);
