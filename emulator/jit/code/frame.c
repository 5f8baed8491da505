// Making a frame, and the stack that generated code runs on.
//
//   stack: | guard | stack |
//
// A guest call pushes two words. WHY this size: the run loop takes over at least every RUN_QUANTUM guest instructions
// (run/machine.h) and starts the stack afresh, and a call takes one instruction, so the stack cannot overflow.
#include "jit/frame.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum { STACK_SIZE = 20 << 20, GUARD = 1 << 16, STACK_TOP_ROOM = 64 };

static void *map(size_t n, int flags) {
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static bool make_stack(Frame *f, Err *err) {
    f->stack = map(GUARD + STACK_SIZE, MAP_NORESERVE);
    if (!f->stack || mprotect(f->stack, GUARD, PROT_NONE))
        return err_set(err, "cannot map a stack for generated code: %s", strerror(errno));
    f->guest_sp = (uint64_t)(uintptr_t)f->stack + GUARD + STACK_SIZE - STACK_TOP_ROOM;
    return true;
}

Frame *frame_new(struct Hart *hart, Err *err) {
    Frame *f = map(sizeof *f, 0);
    if (!f) {
        err_set(err, "no memory for the CPU state: %s", strerror(errno));
        return NULL;
    }
    f->hart = hart;
    for (unsigned view = 0; view < CPU_VIEWS; view++) tlb_init(&f->tlb[view]);
    if (make_stack(f, err)) return f;
    frame_free(f);
    return NULL;
}

void frame_free(Frame *f) {
    if (!f) return;
    if (f->stack) munmap(f->stack, GUARD + STACK_SIZE);
    munmap(f, sizeof *f);
}
