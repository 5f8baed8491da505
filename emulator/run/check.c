// The translator and the interpreter in lockstep.
//
//   translator   ...|--unit 7--|--unit 9--|        stops where a unit checks its budget: at now = 120
//   interpreter  ...|-------------------->|        follows to now = 120 exactly
//   compare      pc, registers, and the bytes that the interpreter stored since the last comparison
//   different:   "first difference after 120 instructions, in unit 9", registers of both, bytes of both
//
// The step of the translator is the smallest budget with which it gets anywhere: 1, then twice as much until something
// retires. So in the step that differs it has run one block, or one round of a loop, or (--check-every) more.
#include "run/check.h"
#include "base/alloc.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHOWN_MAX = 16, STEP_MAX = 1 << 20 };

typedef struct Check {
    Machine *translator, *interpreter;
    Edge *from;
    FILE *out;
    uint64_t every;
    // the step that is being taken
    uint64_t began; // retired instructions
    gpc pc;         // where it began
    uint64_t *regs; // registers of both, when it began
    WrittenBytes written;
} Check;

static uint64_t now(const Machine *m) { return cpu_now(machine_cpu(m)); }

// ---- steps
// Lets generated code run until it stops by itself with at most `budget` instructions. False: nothing retired.
static bool try_step(Check *c, uint64_t budget) {
    Machine *m = c->translator;
    uint64_t before = now(m);
    m->hart.pause_at = before + budget;
    m->hart.paused = false;
    run_plan(&m->hart);
    while (!m->ended && !m->hart.paused) c->from = run_turn(&m->hart, c->from);
    return now(m) != before || m->ended;
}

static void step_translator(Check *c) {
    uint64_t budget = c->every;
    while (!try_step(c, budget)) {
        budget *= 2;
        BUG_IF(budget > STEP_MAX && budget > 2 * c->every, "generated code does not get on with a budget of %llu",
               (unsigned long long)budget);
    }
}

static void follow(Check *c) {
    Machine *m = c->interpreter;
    uint64_t to = now(c->translator);
    if (now(m) == to && !c->translator->ended) return;
    m->o.max_insns = c->translator->ended && c->translator->end != RUN_MAX_INSNS ? to + 1 : to;
    machine_run(m);
    if (m->end == RUN_MAX_INSNS && !(c->translator->ended && c->translator->end == RUN_MAX_INSNS)) m->ended = false;
}

// One engine looks at events where a unit ends, the other after the last instruction: before the comparison both have.
static bool settle(Machine *m) {
    if (m->ended) return false;
    m->board.poll(m->board.state);
    if (!m->guest->irq_deliverable(machine_cpu(m))) return false;
    m->guest->irq_take(machine_cpu(m), &m->stats);
    return true;
}

// ---- comparison
static uint64_t reg(const Machine *m, unsigned i) { return m->guest->debug->read(machine_cpu(m), i); }

static bool registers_differ(const Check *c) {
    const GuestDebug *d = c->translator->guest->debug;
    if (machine_cpu(c->translator)->pc != machine_cpu(c->interpreter)->pc) return true;
    for (unsigned i = 0; i < d->n_regs; i++)
        if (reg(c->translator, i) != reg(c->interpreter, i)) return true;
    return false;
}

static bool byte_at(Machine *m, gaddr paddr, uint8_t *byte) { return mem_copy_out(&m->mem, paddr, byte, 1); }

static bool byte_differs(const Check *c, gaddr paddr, uint8_t bytes[2]) {
    bytes[0] = bytes[1] = 0;
    bool there = byte_at(c->translator, paddr, &bytes[0]);
    return there != byte_at(c->interpreter, paddr, &bytes[1]) || bytes[0] != bytes[1];
}

static unsigned each_different_byte(const Check *c, FILE *out) {
    unsigned n = 0;
    for (uint32_t i = 0; i < c->written.n; i++)
        for (unsigned k = 0; k < c->written.at[i].size; k++) {
            gaddr paddr = c->written.at[i].paddr + k;
            uint8_t bytes[2];
            if (!byte_differs(c, paddr, bytes)) continue;
            if (out && n < SHOWN_MAX)
                fprintf(out, "  byte at physical %#llx     translator %02x  interpreter %02x\n",
                        (unsigned long long)paddr, bytes[0], bytes[1]);
            n++;
        }
    return n;
}

static bool ends_differ(const Check *c) {
    const Machine *t = c->translator, *i = c->interpreter;
    return t->ended != i->ended || (t->ended && (t->end != i->end || t->exit_code != i->exit_code));
}

static bool same(const Check *c) {
    return now(c->translator) == now(c->interpreter) && !ends_differ(c) && !registers_differ(c) &&
           !each_different_byte(c, NULL);
}

// ---- report
static void say_unit(const Check *c) {
    Machine *m = c->translator;
    const Unit *u = jit_find_known(&m->jit, m->hart.frame, c->pc);
    fprintf(c->out, "check: the translator and the interpreter differ after %llu retired instructions.\n",
            (unsigned long long)now(m));
    fprintf(c->out, "They agreed after %llu, at pc %#llx", (unsigned long long)c->began, (unsigned long long)c->pc);
    if (u) fprintf(c->out, ", where unit %u (%s) begins", u->id, u->n_blocks > 1 ? "region" : "block");
    fprintf(c->out, ".\nSee its code with --log=decode,ir,opt,ra,host --log-file=log --log-pc=%#llx..%#llx\n",
            (unsigned long long)c->pc, (unsigned long long)c->pc);
}

static void say_register(const Check *c, const char *name, uint64_t before, uint64_t t, uint64_t i) {
    fprintf(c->out, "  %-10s before %#18llx  translator %#18llx  interpreter %#18llx\n", name,
            (unsigned long long)before, (unsigned long long)t, (unsigned long long)i);
}

static void report(const Check *c) {
    const Machine *t = c->translator, *i = c->interpreter;
    const GuestDebug *d = t->guest->debug;
    say_unit(c);
    if (now(t) != now(i)) say_register(c, "(retired)", c->began, now(t), now(i));
    if (machine_cpu(t)->pc != machine_cpu(i)->pc)
        say_register(c, "(pc)", c->pc, machine_cpu(t)->pc, machine_cpu(i)->pc);
    if (ends_differ(c))
        fprintf(c->out, "  the translator's run %s, the interpreter's %s\n", t->ended ? "is over" : "goes on",
                i->ended ? "is over" : "goes on");
    for (unsigned r = 0; r < d->n_regs; r++)
        if (reg(t, r) != reg(i, r)) say_register(c, d->regs[r].name, c->regs[r], reg(t, r), reg(i, r));
    unsigned n = each_different_byte(c, c->out);
    if (n > SHOWN_MAX) fprintf(c->out, "  ... and %u more bytes\n", n - SHOWN_MAX);
}

// ---- set-up
// Both read the input, and both would write to a disk.
static bool can_run_twice(const Machine *m, Err *err) {
    for (unsigned i = 0; i < m->o.n_drives; i++)
        if (!m->o.drives[i].readonly)
            return err_set(err, "--engine=check: both engines would write to %s; give --drive=%s,readonly",
                           m->o.drives[i].path, m->o.drives[i].path);
    if (m->o.net > BOARD_NET_ISOLATED)
        return err_set(err, "--engine=check: the network does not answer twice alike; give --net=user");
    off_t at = lseek(m->o.in_fd, 0, SEEK_CUR);
    if (at < 0 && m->o.in_fd >= 0 && !isatty(m->o.in_fd))
        return err_set(err, "--engine=check: both engines read the input, which a pipe gives only once; "
                            "give a file (</dev/null)");
    if (isatty(m->o.in_fd)) return err_set(err, "--engine=check: the input is a terminal; give a file (</dev/null)");
    return true;
}

static bool open_interpreter(Check *c, Err *err) {
    MachineOptions o = c->translator->o;
    char input[64];
    snprintf(input, sizeof input, "/proc/self/fd/%d", o.in_fd);
    o.interp = true, o.profile = false, o.observer = NULL;
    o.log.mask = 0;
    for (unsigned f = 0; f < FEATURE_COUNT; f++)
        if (f != FEATURE_flags) o.features.on &= ~FEATURE_BIT(f);
    o.in_fd = o.in_fd < 0 ? -1 : open(input, O_RDONLY | O_CLOEXEC);
    o.out_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    c->interpreter = alloc_zeroed(1, sizeof *c->interpreter);
    if (o.out_fd < 0 || !machine_init(c->interpreter, &o, err)) return false;
    c->interpreter->written = &c->written;
    return true;
}

static void close_interpreter(Check *c) {
    if (c->interpreter) {
        MachineOptions o = c->interpreter->o;
        machine_free(c->interpreter);
        if (o.in_fd >= 0) close(o.in_fd);
        if (o.out_fd >= 0) close(o.out_fd);
    }
    free(c->interpreter);
    free(c->regs);
    vec_free(&c->written);
}

static void begin_step(Check *c) {
    const GuestDebug *d = c->translator->guest->debug;
    c->began = now(c->translator);
    c->pc = machine_cpu(c->translator)->pc;
    c->written.n = 0;
    for (unsigned r = 0; r < d->n_regs; r++) c->regs[r] = reg(c->translator, r);
}

CheckResult check_run(Machine *m, uint64_t every, FILE *out, Err *err) {
    Check c = {.translator = m, .out = out, .every = every};
    bool ready = can_run_twice(m, err) && open_interpreter(&c, err), equal = true;
    if (ready) {
        c.regs = alloc_zeroed(m->guest->debug->n_regs, sizeof *c.regs);
        m->board.poll(m->board.state);
    }
    while (ready && equal && !m->ended) {
        begin_step(&c);
        step_translator(&c);
        follow(&c);
        if (settle(c.translator)) c.from = NULL;
        settle(c.interpreter);
        equal = same(&c);
    }
    if (ready) m->board.flush(m->board.state);
    if (ready && !equal) report(&c);
    close_interpreter(&c);
    return !ready ? CHECK_ERROR : equal ? CHECK_SAME : CHECK_DIFFERENT;
}
