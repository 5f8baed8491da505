// See guarded.h. Everything that may fault lies between guarded_first and guarded_last, in functions that keep nothing
// on the stack: so the handler of the fault can let each of them return, with -1, by one and the same way.
#include "base/guarded.h"
#include <string.h>
#include <ucontext.h>

extern const char guarded_first[], guarded_last[], guarded_failed[];
int64_t guarded_rep(void *to, const void *from, size_t n);
int64_t guarded_scan(const char *from, size_t max);
int64_t guarded_get(const void *from, uint64_t *value, size_t size);
int64_t guarded_put(void *to, uint64_t value, size_t size);
int64_t guarded_exchange(void *to, uint64_t *expected, uint64_t value, size_t size);

__asm__(".text\n"
        ".globl guarded_first, guarded_last, guarded_failed, guarded_rep, guarded_scan, guarded_get, guarded_put\n"
        ".type guarded_rep, @function\n"
        ".type guarded_scan, @function\n"
        ".type guarded_get, @function\n"
        ".type guarded_put, @function\n"
        ".globl guarded_exchange\n"
        ".type guarded_exchange, @function\n"
        "guarded_first:\n"
        "guarded_rep:\n"
        "    mov %rdx, %rcx\n"
        "    rep movsb\n"
        "    xor %eax, %eax\n"
        "    ret\n"
        "guarded_scan:\n"
        "    xor %eax, %eax\n"
        "1:  cmp %rsi, %rax\n"
        "    jae 2f\n"
        "    cmpb $0, (%rdi,%rax)\n"
        "    je 2f\n"
        "    inc %rax\n"
        "    jmp 1b\n"
        "2:  ret\n"
        "guarded_get:\n"
        "    xor %eax, %eax\n"
        "    cmp $4, %rdx\n"
        "    jb 2f\n"
        "    je 1f\n"
        "    mov (%rdi), %rdx\n"
        "    jmp 4f\n"
        "1:  mov (%rdi), %edx\n"
        "    jmp 4f\n"
        "2:  cmp $1, %rdx\n"
        "    je 3f\n"
        "    movzwl (%rdi), %edx\n"
        "    jmp 4f\n"
        "3:  movzbl (%rdi), %edx\n"
        "4:  mov %rdx, (%rsi)\n"
        "    ret\n"
        "guarded_put:\n"
        "    xor %eax, %eax\n"
        "    cmp $4, %rdx\n"
        "    jb 2f\n"
        "    je 1f\n"
        "    mov %rsi, (%rdi)\n"
        "    ret\n"
        "1:  mov %esi, (%rdi)\n"
        "    ret\n"
        "2:  cmp $1, %rdx\n"
        "    je 3f\n"
        "    mov %si, (%rdi)\n"
        "    ret\n"
        "3:  mov %sil, (%rdi)\n"
        "    ret\n"
        "guarded_exchange:\n"
        "    mov (%rsi), %rax\n"
        "    cmp $4, %rcx\n"
        "    je 1f\n"
        "    lock cmpxchg %rdx, (%rdi)\n"
        "    jmp 2f\n"
        "1:  lock cmpxchg %edx, (%rdi)\n"
        "2:  mov %rax, (%rsi)\n"
        "    xor %eax, %eax\n"
        "    ret\n"
        "guarded_last:\n"
        "guarded_failed:\n"
        "    mov $-1, %rax\n"
        "    ret\n");

bool guarded_load(const void *from, unsigned size, uint64_t *value) { return guarded_get(from, value, size) == 0; }

bool guarded_store(void *to, unsigned size, uint64_t value) { return guarded_put(to, value, size) == 0; }

bool guarded_cas(void *to, unsigned size, uint64_t *expected, uint64_t value) {
    if (size == 4) *expected = (uint32_t)*expected;
    return guarded_exchange(to, expected, value, size) == 0;
}

// WHY not always `rep movsb`: it takes as long to begin as a hundred bytes take.
bool guarded_copy(void *to, const void *from, size_t n) {
    uint64_t v;
    if (n != 2 && n != 4 && n != 8) return guarded_rep(to, from, n) == 0;
    return guarded_load(from, (unsigned)n, &v) && guarded_store(to, (unsigned)n, v);
}

int64_t guarded_length(const char *from, size_t max) { return guarded_scan(from, max); }

bool guarded_recover(void *context) {
    greg_t *rip = &((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
    if (*rip < (greg_t)(uintptr_t)guarded_first || *rip >= (greg_t)(uintptr_t)guarded_last) return false;
    *rip = (greg_t)(uintptr_t)guarded_failed;
    return true;
}
