// Indirect calls and jumps: an interpreter that runs one program twice, by a table of functions and by a switch.
//
// One call site has sixteen targets, so a cache keyed by the site alone always misses; keyed by the target it hits.
#include "kernel.h"

#define PROGRAM_LENGTH 256
#define STEPS          2048

typedef struct {
    uint32_t a, b, c;
    uint32_t pc;
} Vm;

typedef void Handler(Vm *vm, uint32_t operand);

static void op_add(Vm *vm, uint32_t x) { vm->a += x; }
static void op_sub(Vm *vm, uint32_t x) { vm->b -= x; }
static void op_xor(Vm *vm, uint32_t x) { vm->c ^= x; }
static void op_rotate(Vm *vm, uint32_t x) { vm->a = vm->a << (x & 31) | vm->a >> (-x & 31); }
static void op_a_to_b(Vm *vm, uint32_t x) { vm->b += vm->a ^ x; }
static void op_b_to_c(Vm *vm, uint32_t x) { vm->c += vm->b & ~x; }
static void op_c_to_a(Vm *vm, uint32_t x) { vm->a += vm->c | x; }
static void op_mul(Vm *vm, uint32_t x) { vm->b *= x | 1; }
static void op_shift(Vm *vm, uint32_t x) { vm->c = (vm->c >> 3) + x; }
static void op_not(Vm *vm, uint32_t x) { vm->a = ~vm->a - x; }
static void op_skip(Vm *vm, uint32_t x) { vm->pc += x & 7; }
static void op_skip_if_odd(Vm *vm, uint32_t x) { vm->pc += (vm->a & 1) ? x & 3 : 0; }
static void op_skip_if_less(Vm *vm, uint32_t x) { vm->pc += vm->b < vm->c ? x & 15 : 1; }
static void op_swap(Vm *vm, uint32_t x) {
    uint32_t a = vm->a;
    vm->a = vm->b;
    vm->b = a + x;
}
static void op_restart(Vm *vm, uint32_t x) { vm->pc ^= x & 0x80; }
static void op_nop(Vm *vm, uint32_t x) {
    (void)vm;
    (void)x;
}

static Handler *const handlers[16] = {op_add,          op_sub,  op_xor,     op_rotate, op_a_to_b, op_b_to_c,
                                      op_c_to_a,       op_mul,  op_shift,   op_not,    op_skip,   op_skip_if_odd,
                                      op_skip_if_less, op_swap, op_restart, op_nop};

// A step: the low 4 bits of an instruction are the operation, the others its operand.
static uint32_t fetch(const uint32_t *program, Vm *vm) { return program[vm->pc++ % PROGRAM_LENGTH]; }

static uint32_t run_by_table(const uint32_t *program, uint32_t seed) {
    Vm vm = {.a = seed, .b = 1, .c = 2};
    for (int i = 0; i < STEPS; i++) {
        uint32_t instruction = fetch(program, &vm);
        handlers[instruction & 15](&vm, instruction >> 4);
    }
    return mix(mix(mix(vm.pc, vm.a), vm.b), vm.c);
}

static uint32_t run_by_switch(const uint32_t *program, uint32_t seed) {
    Vm vm = {.a = seed, .b = 1, .c = 2};
    for (int i = 0; i < STEPS; i++) {
        uint32_t instruction = fetch(program, &vm), x = instruction >> 4;
        switch (instruction & 15) {
        case 0: op_add(&vm, x); break;
        case 1: op_sub(&vm, x); break;
        case 2: op_xor(&vm, x); break;
        case 3: op_rotate(&vm, x); break;
        case 4: op_a_to_b(&vm, x); break;
        case 5: op_b_to_c(&vm, x); break;
        case 6: op_c_to_a(&vm, x); break;
        case 7: op_mul(&vm, x); break;
        case 8: op_shift(&vm, x); break;
        case 9: op_not(&vm, x); break;
        case 10: op_skip(&vm, x); break;
        case 11: op_skip_if_odd(&vm, x); break;
        case 12: op_skip_if_less(&vm, x); break;
        case 13: op_swap(&vm, x); break;
        case 14: op_restart(&vm, x); break;
        default: op_nop(&vm, x); break;
        }
    }
    return mix(mix(mix(vm.pc, vm.a), vm.b), vm.c);
}

// Both ways give the same number, or the result is 0.
static uint32_t iterate(uint32_t seed) {
    uint32_t program[PROGRAM_LENGTH];
    for (int i = 0; i < PROGRAM_LENGTH; i++) program[i] = next_random(&seed);

    uint32_t by_table = run_by_table(program, seed);
    return by_table == run_by_switch(program, seed) ? by_table : 0;
}

const Kernel kernel = {"dispatch", 0x42c014a5, iterate};
