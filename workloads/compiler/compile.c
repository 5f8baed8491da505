// One program from text to image: parse, lower, optimize, select, allocate, print, assemble.
#include "compile.h"
#include "machine.h"
#include "parse.h"

typedef struct {
    Arena *arena;
    Error *error;
    Work *work;
    const Watcher *watcher;
    Program program;
    Text assembly;
} Compilation;

// ---- the passes
static void optimize(Function *f) {
    cfg_order(f);
    pass_promote(f);
    cfg_simplify(f);
    pass_fold(f);
    if (pass_inline(f)) cfg_simplify(f);
    pass_propagate(f);
    cfg_simplify(f);
    for (unsigned round = 0; round < 3; round++) {
        bool changed = pass_fold(f) | pass_number(f) | pass_forward(f);
        pass_dead(f);
        if (!(changed | cfg_simplify(f))) break;
    }
    pass_hoist(f);
    pass_reduce(f);
    pass_fold(f);
    pass_number(f);
    pass_dead(f);
    cfg_simplify(f);
    ir_check(f);
}

static bool arguments_fit(const Compilation *c, const Function *f) {
    for (uint32_t b = 0; b < f->blocks.n; b++)
        for (const Insn *i = f->blocks.at[b]->first; i; i = i->next)
            if ((i->op == OP_CALL && i->n_args > ARGS_MAX) || (i->op == OP_CALL_TO && i->n_args > ARGS_MAX + 1)) {
                error_set(c->error, 0, "a call with too many arguments", f->symbol->label);
                return false;
            }
    return true;
}

static void hash_text(Compilation *c, const Text *t) { c->work->check = hash_bytes(c->work->check, t->at, t->n); }

static void count_insns(Compilation *c, const Function *f) {
    for (uint32_t b = 0; b < f->blocks.n; b++)
        for (const Insn *i = f->blocks.at[b]->first; i; i = i->next) c->work->insns++;
}

static void print_ir(Compilation *c, const Function *f) {
    Text text = {.arena = c->arena};
    ir_print(&text, f);
    hash_text(c, &text);
    if (c->watcher && c->watcher->ir) c->watcher->ir(&text);
}

// ---- code and data
// The allocator's memory is given back when the code has its registers.
static void function_code(Compilation *c, Function *f) {
    Arena scratch = *c->arena;
    Machine m;
    Text text = {.arena = &scratch};
    f->arena = &scratch; // blocks are added
    select_code(&m, f, &scratch);
    color_registers(&m);
    machine_polish(&m);
    machine_print(&text, &m);
    c->work->spills += m.n_spills;
    // The text is moved down to where the arena of the compilation ends.
    char *kept = c->arena->at;
    if (text.n) memmove(kept, text.at, text.n);
    c->arena->at = kept + ((text.n + 7) & ~7u);
    for (uint32_t i = 0; i < text.n; i++) text_char(&c->assembly, kept[i]);
}

static void data_of(Compilation *c, const Symbol *s) {
    Text *out = &c->assembly;
    uint32_t size = type_size(s->type), next = 0;
    text_add(out, "\t.align "), text_number(out, (int32_t)type_align(s->type)), text_char(out, '\n');
    text_add(out, s->label), text_add(out, ":\n");
    for (uint32_t at = 0; at < s->data.n;) {
        while (next < s->references.n && s->references.at[next].offset < at) next++;
        if (next < s->references.n && s->references.at[next].offset == at) {
            const Reference *r = &s->references.at[next];
            text_add(out, "\t.word "), text_add(out, r->to->label);
            if (r->addend >= 0) text_char(out, '+');
            text_number(out, r->addend), text_char(out, '\n');
            at += 4;
            continue;
        }
        text_add(out, "\t.byte "), text_number(out, s->data.at[at++]), text_char(out, '\n');
    }
    if (size > s->data.n)
        text_add(out, "\t.space "), text_number(out, (int32_t)(size - s->data.n)), text_char(out, '\n');
}

// ---- what is needed: everything that main() leads to
typedef LIST(Symbol *) Symbols;

static void need(Compilation *c, Symbols *needed, Symbol *s) {
    if (s->done) return;
    s->done = true;
    if (s->kind == SYMBOL_FUNCTION && !s->function) {
        error_set(c->error, 0, "a function without a body", s->label);
        return;
    }
    list_push(c->arena, needed, s);
}

static void find_needed(Compilation *c, Symbols *needed, Symbol *start) {
    need(c, needed, start);
    for (uint32_t n = 0; n < needed->n; n++) {
        Symbol *s = needed->at[n];
        for (uint32_t k = 0; k < s->references.n; k++) need(c, needed, s->references.at[k].to);
        for (uint32_t b = 0; s->function && b < s->function->blocks.n; b++)
            for (const Insn *i = s->function->blocks.at[b]->first; i; i = i->next)
                if (i->op == OP_CALL || i->op == OP_GLOBAL) need(c, needed, i->symbol);
    }
}

static Symbol *find_main(const Program *p) {
    Symbol *s = p->functions;
    while (s && strcmp(s->label, "main")) s = s->next;
    return s;
}

static void generate(Compilation *c, const Symbols *needed) {
    text_add(&c->assembly, "\tcall main\n\thalt 0\n");
    for (uint32_t n = 0; n < needed->n; n++)
        if (needed->at[n]->function) function_code(c, needed->at[n]->function);
    text_add(&c->assembly, "\t.data\n");
    for (uint32_t n = 0; n < needed->n; n++)
        if (!needed->at[n]->function) data_of(c, needed->at[n]);
}

static bool parse(Compilation *c, const SourceFile *program, const SourceFile *headers) {
    Names *names = NEW(c->arena, Names);
    Lexer *lexer = NEW(c->arena, Lexer);
    Parser *parser = NEW(c->arena, Parser);
    names->arena = c->arena;
    *lexer = (Lexer){.arena = c->arena, .names = names, .error = c->error, .headers = (const Header *)headers};
    lex_begin(lexer, program->text);
    parser->arena = c->arena, parser->lexer = lexer, parser->error = c->error, parser->program = &c->program;
    parse_program(parser);
    c->work->nodes = c->program.n_nodes;
    return !c->error->what;
}

static bool lower_all(Compilation *c) {
    for (Symbol *s = c->program.functions; s && !c->error->what; s = s->next) {
        Function *f = lower_function(c->arena, s);
        optimize(f);
        s->function = f;
        if (arguments_fit(c, f)) print_ir(c, f), count_insns(c, f);
    }
    return !c->error->what;
}

bool compile_watched(Arena *arena, const SourceFile *program, const SourceFile *headers, Image *out, Work *work,
                     Error *error, const Watcher *watcher) {
    Compilation *c = NEW(arena, Compilation);
    Symbols needed = {0};
    *work = (Work){.check = HASH_BEGIN};
    c->arena = c->assembly.arena = arena, c->error = error, c->work = work, c->watcher = watcher;
    if (!parse(c, program, headers) || !lower_all(c)) return false;
    Symbol *start = find_main(&c->program);
    if (!start) {
        error_set(error, 0, "there is no main", "");
        return false;
    }
    find_needed(c, &needed, start);
    if (error->what) return false;
    generate(c, &needed);
    if (watcher && watcher->assembly) watcher->assembly(&c->assembly);
    hash_text(c, &c->assembly);
    if (!assemble(arena, error, &c->assembly, out)) return false;
    work->check = hash_bytes(work->check, out->code, 4 * out->n_code);
    if (out->n_data) work->check = hash_bytes(work->check, out->data, out->n_data);
    return true;
}

bool compile(Arena *arena, const SourceFile *program, const SourceFile *headers, Image *out, Work *work, Error *error) {
    return compile_watched(arena, program, headers, out, work, error, NULL);
}
