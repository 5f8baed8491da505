// What hosts have in common that reach memory by loads and stores alone, with instructions of one word: locations of values,
// constants behind the code, registers that enter() loads, the checks of a span by them, the way in and out.
//
// Such a host describes itself in ls_host; its encoder has the functions of enc.h, and it offers those named ls_gen_ and
// ls_put_. It has no return stack, and no op of HOST_ANY_NAN.
#pragma once
#include "host/emit.h"
#include "host/loadstore/enc.h"

// What enter() puts into registers: a unit that was made for other values computes its own.
//   mem        host address - guest address of the span
//   load_lo    an access by a base register in [lo + LS_MARGIN, lo + len - LS_MARGIN - 8) and a constant of at most
//   load_len   LS_MARGIN lies in the span: base - load_lo < load_len, unsigned. The same for stores.
//   jumps      address of the table of indirect jumps
enum { LS_MARGIN = 256 };
typedef struct LsBase {
    int64_t mem, load_lo, load_len, store_lo, store_len;
    int32_t jumps;
} LsBase;

typedef struct LsLiteral { // 8 bytes behind the code, which what is at `at` reads
    uint32_t at;
    uint64_t value;
    bool is_address;
} LsLiteral;

typedef struct LsEmit {
    Emit m;               // first
    LsBase base;          // what enter() has loaded
    bool phis_keep_types; // false: a PHI of type I32 may take an I64
    bool far;             // jumps that reach the least go over others that reach further
    bool out_of_reach;    // so they must
    VEC(LsLiteral) literals;
} LsEmit;
static inline LsEmit *ls_of(Emit *m) { return (LsEmit *)m; }
static inline const LsEmit *ls_of_const(const Emit *m) { return (const LsEmit *)m; }

enum { LS_SAVED_MAX = 16, LS_ARGS = 4, LS_FLOATS = 32 };
typedef struct LsHost {
    uint8_t mem, load_lo, load_len, store_lo, store_len, jumps; // registers with what LsBase says,
    bool minus_lo;                                              // but for these two: its negative
    uint8_t frame, budget, link, zero;
    uint8_t tmp, tmp2, tmp3, ftmp;        // scratch; the first two: address and value of a call out
    bool boxes;                           // an F32 is boxed in its register
    uint8_t args[LS_ARGS];                // of C, and the first one is its result and what `leave` returns
    uint8_t saved[LS_SAVED_MAX], n_saved; // of the C side, by enter(); HostDwarf has them, too
    int32_t stack;                        // its frame
    HostRegs preserved;                   // by C
} LsHost;
extern const LsHost ls_host;

static inline bool emit_is_float_reg(unsigned reg) { return reg >= LS_FLOATS && reg < HOST_REGS_MAX; }
static inline bool emit_is_half(IrType t) { return t == IR_I32 || t == IR_F32; }
static inline bool emit_is_wide(const Emit *m, const IrInsn *in) {
    return emit_type(m, in->a) == IR_I64;
} // its address
static inline int64_t emit_imm(const Emit *m, const IrInsn *in) {
    return emit_is_wide(m, in) ? in->imm : (int32_t)in->imm;
}
static inline RaSum emit_place_sum(const RaOp *op) { // of an access with an index, without its constant
    return (RaSum){.base = op->a, .index = op->c, .shift = op->scale, .extends = op->extends};
}
// What a store writes; constants but 0 are never asked for.
static inline unsigned emit_store_reg(const RaOp *op) { return op->b.kind == RA_REG ? op->b.index : ls_host.zero; }

// ---- loadstore.c
size_t ls_emit(HostCode *out, const HostUnit *unit, const HostEntry *entry, const HostConfig *cfg, uint8_t *rw,
               size_t room, ptrdiff_t to_exec);
LsBase ls_base(const HostConfig *cfg);
bool ls_addresses(const HostConfig *cfg, const IrUnit *u); // Host.addresses
void emit_li(Emit *m, unsigned dst, int64_t value);
void emit_address(Emit *m, unsigned dst, const void *address); // of this process, noted in HostCode.addresses
int64_t emit_const(const Emit *m, RaLoc loc);                  // sign-extended
// The register with it, or `tmp` with what this unit was made for if that is another value.
unsigned emit_span_lo(Emit *m, bool store, unsigned tmp);
unsigned emit_span_len(Emit *m, bool store, unsigned tmp);
unsigned emit_span_mem(Emit *m, bool store, unsigned tmp);

// ---- entry.c
size_t ls_make_entry(HostEntry *entry, const HostConfig *cfg, uint8_t *rw, size_t room, ptrdiff_t to_exec);

// ---- the host's: its emitters,
void ls_gen_literal(Emit *m, unsigned dst); // the instructions that read one
void ls_gen_aim_literal(Emit *m, uint32_t at, uint32_t to);
void ls_gen_copy(Emit *m, unsigned dst, unsigned src); // from class to class, too
void ls_gen_const(Emit *m, unsigned dst, RaLoc from);
void ls_gen_frame_load(Emit *m, unsigned dst, bool half, int32_t disp);
void ls_gen_frame_store(Emit *m, unsigned src, bool half, int32_t disp);      // may use the link register
void ls_gen_address(Emit *m, unsigned dst, const RaOp *op, const IrInsn *in); // of a guest access: 32 bits wrap
// dst = base + (ext(index) << shift) + imm, each in a register or absent (RA_NONE); dst may be one of them. May use tmp2.
void ls_gen_sum(Emit *m, unsigned dst, const RaSum *sum);
void ls_gen_box(Emit *m, unsigned dst,
                RaLoc f); // an F32 in an F64, into any register. May use tmp. Not asked for if `boxes`
void ls_gen_far(Emit *m, const uint8_t *to, bool call); // to a fixed place in code memory
// and what the way in and out is made of.
void ls_put_add(Code *e, unsigned dst, unsigned a, unsigned b);
void ls_put_load(Code *e, unsigned reg, unsigned base, int32_t disp); // 8 bytes
void ls_put_store(Code *e, unsigned reg, unsigned base, int32_t disp);
void ls_put_save(Code *e, bool load);                                        // what enter() saves, and its frame
void ls_put_regs(Code *e, const HostFrame *frame, HostRegs regs, bool load); // to and from HostFrame.saved_regs
void ls_put_floats(Code *e, const HostFrame *frame, bool to_guest); // rounding and flags change hands; uses tmp
void ls_put_jump(Code *e, unsigned reg);
void ls_put_return(Code *e);
void ls_put_call(Code *e, unsigned reg, const uint8_t *leave); // then jumps to `leave` unless the result is 0
