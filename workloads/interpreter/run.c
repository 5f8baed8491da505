// The machine: a loop around a switch with a case for each operation of op.inc.
//
// fp: the locals of the function that runs, its arguments first; sp: behind the topmost value. A call leaves its arguments where they are.
#include "library.h"

typedef struct {
    const Procedure *procedure;
    const uint8_t *pc;
    Value *fp;
} Frame;

static void mark_all(const Vm *vm, const Value *sp) {
    for (const Value *v = vm->stack; v < sp; v++) heap_mark(*v);
    for (uint32_t i = 0; i < vm->image->n_globals; i++) heap_mark(vm->globals[i]);
    for (uint32_t i = 0; i < vm->image->n_constants; i++) heap_mark(vm->image->constants[i]);
}

static void collect(const Vm *vm, const Value *sp) {
    mark_all(vm, sp);
    heap_sweep(vm->heap);
}

static Value *element(Vm *vm, Value table, Value key) { return table_place(vm->heap, table.table, table_key(key)); }

// The next key of a loop that the array still has.
static bool next_key(Value *sp, Value *to) {
    const Keys *k = sp[-2].keys;
    if (sp[-1].number >= (int32_t)k->n) return false;
    *to = k->at[sp[-1].number++];
    return true;
}

static int order(Vm *vm, const Value *sp) {
    if (sp[-2].kind == NUMBER && sp[-1].kind == NUMBER)
        return (sp[-2].number > sp[-1].number) - (sp[-2].number < sp[-1].number);
    return compare(vm->heap, sp[-2], sp[-1]);
}

static bool matches(Vm *vm, const Value *sp) {
    return text_matches(text_of(vm->heap, sp[-2]), text_of(vm->heap, sp[-1]));
}

static int32_t length_of(Vm *vm, Value v) {
    return v.kind == TABLE ? (int32_t)v.table->n : (int32_t)text_of(vm->heap, v)->length;
}

#define WORD_AT(p)    ((uint32_t)(p)[0] | (uint32_t)(p)[1] << 8)
#define SIGNED(p)     ((int8_t) * (p))
#define NUMBER_AT(v)  number_of(v)
#define BINARY(op)    (sp--, sp[-1] = number_value(apply(op, NUMBER_AT(sp[-1]), NUMBER_AT(sp[0]))))
#define COMPARE(test) (t = order(vm, sp), sp--, sp[-1] = number_value(t test 0))
#define ADDED(v, n)   ((v) = number_value(apply(OP_ADD, NUMBER_AT(v), (n))))

// Backward jumps are where memory may be collected.
#define JUMP_TO_OPERAND()                                                                                              \
    do {                                                                                                               \
        const uint8_t *to = code + WORD_AT(pc);                                                                        \
        if (to < pc && heap_is_due(vm->heap)) collect(vm, sp);                                                         \
        pc = to;                                                                                                       \
    } while (0)
#define JUMP_IF(condition)                                                                                             \
    do {                                                                                                               \
        if (condition)                                                                                                 \
            JUMP_TO_OPERAND();                                                                                         \
        else                                                                                                           \
            pc += 2;                                                                                                   \
    } while (0)
#define COMPARE_JUMP(test)                                                                                             \
    do {                                                                                                               \
        t = order(vm, sp);                                                                                             \
        sp -= 2;                                                                                                       \
        JUMP_IF(t test 0);                                                                                             \
    } while (0)

// The result of a step beside its values on the stack.
typedef enum { GO_ON, ENDED, FAILED } State;

typedef struct {
    Frame frame[CALLS_MAX];
    uint32_t n;
} Calls;

static const Procedure *call(Vm *vm, Calls *calls, const uint8_t *pc, Value **fp, Value **sp, const Procedure *now) {
    const Procedure *to = &vm->image->procedures[pc[0]];
    if (calls->n == CALLS_MAX || *sp + to->n_params + 64 > vm->stack + STACK_MAX) return NULL;
    if (heap_is_due(vm->heap)) collect(vm, *sp);
    calls->frame[calls->n++] = (Frame){now, pc + 2, *fp};
    *fp = *sp - pc[1];
    for (uint32_t i = pc[1]; i < to->n_params; i++) *(*sp)++ = (Value){.kind = NIL};
    return to;
}

static State execute(Vm *vm, Calls *calls, uint32_t limit) {
    const Procedure *procedure = &vm->image->procedures[0];
    const uint8_t *code = procedure->code, *pc = code;
    const Value *constants = vm->image->constants;
    Value *sp = vm->stack, *fp = sp, *globals = vm->globals, *place, v;
    int32_t t;
    for (uint32_t steps = limit; steps; steps--) {
        switch ((Op)*pc++) {
        case OP_CONST: *sp++ = constants[WORD_AT(pc)], pc += 2; break;
        case OP_NUMBER: *sp++ = number_value(SIGNED(pc)), pc++; break;
        case OP_NUMBER2: *sp++ = number_value((int16_t)WORD_AT(pc)), pc += 2; break;
        case OP_NIL: *sp++ = (Value){.kind = NIL}; break;
        case OP_POP: sp--; break;
        case OP_DUP: sp[0] = sp[-1], sp++; break;
        case OP_LOCAL0: *sp++ = fp[0]; break;
        case OP_LOCAL1: *sp++ = fp[1]; break;
        case OP_LOCAL2: *sp++ = fp[2]; break;
        case OP_LOCAL3: *sp++ = fp[3]; break;
        case OP_LOCAL: *sp++ = fp[*pc++]; break;
        case OP_SET_LOCAL: fp[*pc++] = sp[-1]; break;
        case OP_POP_LOCAL: fp[*pc++] = *--sp; break;
        case OP_GLOBAL: *sp++ = globals[WORD_AT(pc)], pc += 2; break;
        case OP_SET_GLOBAL: globals[WORD_AT(pc)] = sp[-1], pc += 2; break;
        case OP_POP_GLOBAL: globals[WORD_AT(pc)] = *--sp, pc += 2; break;
        case OP_INC_LOCAL: place = &fp[*pc++], ADDED(*place, 1); break;
        case OP_DEC_LOCAL: place = &fp[*pc++], ADDED(*place, -1); break;
        case OP_INC_GLOBAL: place = &globals[WORD_AT(pc)], pc += 2, ADDED(*place, 1); break;
        case OP_DEC_GLOBAL: place = &globals[WORD_AT(pc)], pc += 2, ADDED(*place, -1); break;
        case OP_POST_LOCAL:
            place = &fp[*pc], *sp++ = number_value(number_of(*place)), ADDED(*place, SIGNED(pc + 1)), pc += 2;
            break;
        case OP_POST_GLOBAL:
            place = &globals[WORD_AT(pc)], *sp++ = number_value(number_of(*place));
            ADDED(*place, SIGNED(pc + 2)), pc += 3;
            break;
        case OP_PRE_LOCAL: place = &fp[*pc], *sp++ = ADDED(*place, SIGNED(pc + 1)), pc += 2; break;
        case OP_PRE_GLOBAL: place = &globals[WORD_AT(pc)], *sp++ = ADDED(*place, SIGNED(pc + 2)), pc += 3; break;
        case OP_ADD_LOCAL: place = &fp[*pc++], sp[-1] = ADDED(*place, number_of(sp[-1])); break;
        case OP_ADD_GLOBAL: place = &globals[WORD_AT(pc)], pc += 2, sp[-1] = ADDED(*place, number_of(sp[-1])); break;
        case OP_ADD: BINARY(OP_ADD); break;
        case OP_SUB: BINARY(OP_SUB); break;
        case OP_MUL: BINARY(OP_MUL); break;
        case OP_DIV: BINARY(OP_DIV); break;
        case OP_MOD: BINARY(OP_MOD); break;
        case OP_POWER: BINARY(OP_POWER); break;
        case OP_ADD_NUMBER: ADDED(sp[-1], SIGNED(pc)), pc++; break;
        case OP_NEGATE: sp[-1] = number_value(apply(OP_SUB, 0, number_of(sp[-1]))); break;
        case OP_PLUS: sp[-1] = number_value(number_of(sp[-1])); break;
        case OP_NOT: sp[-1] = number_value(!truth_of(sp[-1])); break;
        case OP_TRUTH: sp[-1] = number_value(truth_of(sp[-1])); break;
        case OP_EQ: COMPARE(==); break;
        case OP_NE: COMPARE(!=); break;
        case OP_LT: COMPARE(<); break;
        case OP_LE: COMPARE(<=); break;
        case OP_GT: COMPARE(>); break;
        case OP_GE: COMPARE(>=); break;
        case OP_MATCH: t = matches(vm, sp), sp--, sp[-1] = number_value(t); break;
        case OP_NO_MATCH: t = matches(vm, sp), sp--, sp[-1] = number_value(!t); break;
        case OP_CONCAT: v = concatenate(vm, sp - 2, 2, 0), sp--, sp[-1] = v; break;
        case OP_CONCAT_MANY: v = concatenate(vm, sp - *pc, *pc, 0), sp -= *pc++, *sp++ = v; break;
        case OP_SUBSCRIPT: v = concatenate(vm, sp - *pc, *pc, '\034'), sp -= *pc++, *sp++ = v; break;
        case OP_JUMP: JUMP_TO_OPERAND(); break;
        case OP_JUMP_FALSE:
            sp--;
            JUMP_IF(!truth_of(*sp));
            break;
        case OP_JUMP_TRUE:
            sp--;
            JUMP_IF(truth_of(*sp));
            break;
        case OP_JUMP_LT: COMPARE_JUMP(<); break;
        case OP_JUMP_GE: COMPARE_JUMP(>=); break;
        case OP_JUMP_LE: COMPARE_JUMP(<=); break;
        case OP_JUMP_GT: COMPARE_JUMP(>); break;
        case OP_JUMP_EQ: COMPARE_JUMP(==); break;
        case OP_JUMP_NE: COMPARE_JUMP(!=); break;
        case OP_NEED_TABLE:
            place = &fp[*pc++];
            if (place->kind != TABLE) *place = (Value){.kind = TABLE, .table = table_new(vm->heap)};
            break;
        case OP_GET: place = element(vm, sp[-2], sp[-1]), sp--, sp[-1] = *place; break;
        case OP_PUT: place = element(vm, sp[-3], sp[-2]), v = *place = sp[-1], sp -= 2, sp[-1] = v; break;
        case OP_PUT_POP: place = element(vm, sp[-3], sp[-2]), *place = sp[-1], sp -= 3; break;
        case OP_CHANGE:
            place = element(vm, sp[-3], sp[-2]);
            v = *place = number_value(apply((Op)*pc++, number_of(*place), number_of(sp[-1])));
            sp -= 2, sp[-1] = v;
            break;
        case OP_POST:
            place = element(vm, sp[-2], sp[-1]), t = number_of(*place), ADDED(*place, SIGNED(pc)), pc++;
            sp--, sp[-1] = number_value(t);
            break;
        case OP_PRE: place = element(vm, sp[-2], sp[-1]), ADDED(*place, SIGNED(pc)), pc++, sp--, sp[-1] = *place; break;
        case OP_HAS: t = table_find(sp[-1].table, table_key(sp[-2])) != NULL, sp--, sp[-1] = number_value(t); break;
        case OP_DELETE: table_remove(sp[-2].table, table_key(sp[-1])), sp -= 2; break;
        case OP_CLEAR: table_clear(vm->heap, sp[-1].table), sp--; break;
        case OP_KEYS:
            sp[-1] = (Value){.kind = KEYS, .keys = table_keys(vm->heap, sp[-1].table)}, *sp++ = number_value(0);
            break;
        case OP_NEXT_LOCAL:
            place = &fp[*pc++];
            JUMP_IF(!next_key(sp, place));
            break;
        case OP_NEXT_GLOBAL:
            place = &globals[WORD_AT(pc)], pc += 2;
            JUMP_IF(!next_key(sp, place));
            break;
        case OP_CALL:
            procedure = call(vm, calls, pc, &fp, &sp, procedure);
            if (!procedure) return FAILED;
            code = pc = procedure->code;
            break;
        case OP_RETURN: {
            const Frame *f = &calls->frame[--calls->n];
            v = sp[-1], sp = fp, *sp++ = v;
            procedure = f->procedure, code = procedure->code, pc = f->pc, fp = f->fp;
            break;
        }
        case OP_LENGTH: sp[-1] = number_value(length_of(vm, sp[-1])); break;
        case OP_SUBSTR: v = substring(vm, sp - *pc, *pc), sp -= *pc++, *sp++ = v; break;
        case OP_INDEX: t = index_of(vm, sp[-2], sp[-1]), sp--, sp[-1] = number_value(t); break;
        case OP_SPLIT: t = split(vm, sp[-3], sp[-2].table, sp[-1]), sp -= 2, sp[-1] = number_value(t); break;
        case OP_FORMAT: v = text_value(text_format(vm->heap, sp - *pc, *pc)), sp -= *pc++, *sp++ = v; break;
        case OP_UPPER: sp[-1] = change_case(vm, sp[-1], true); break;
        case OP_LOWER: sp[-1] = change_case(vm, sp[-1], false); break;
        case OP_PRINT: print_values(vm, sp - *pc, *pc), sp -= *pc++; break;
        case OP_PRINT_TEXT: sp--, print_bytes(vm, sp->text->bytes, sp->text->length); break;
        case OP_EXIT: vm->outcome.n_steps = limit - steps; return ENDED;
        default: return FAILED;
        }
    }
    return FAILED;
}

Outcome run(const Image *image, Heap *heap, Arena *arena, uint32_t limit, const Output *output) {
    Vm vm = {.image = image, .heap = heap, .output = output, .outcome = {.hash = HASH_BEGIN}};
    Calls *calls = NEW(arena, Calls);
    vm.stack = NEW_N(arena, Value, STACK_MAX);
    vm.globals = NEW_N(arena, Value, image->n_globals + 1);
    for (uint32_t i = 0; i < image->n_globals; i++)
        if (image->is_array[i]) vm.globals[i] = (Value){.kind = TABLE, .table = table_new(heap)};
    if (execute(&vm, calls, limit) != ENDED) vm.outcome.failed = true;
    return vm.outcome;
}
