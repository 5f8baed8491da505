// Register allocation: IR unit -> a flat program of host-level steps with a location for every
// operand, and the snapshots.
//
// One forward scan over the blocks. The state is: which value sits in which register, which values have a copy in
// memory (their slot or a spill), and which slots have a pending SET. Eviction takes the value with the farthest next
// use; a pending value is written to its slot instead of a spill, so that an exit need not write it again.
//
// Arithmetic on this host may leave any quiet NaN where the IR means the canonical one (nan.c). The scan knows of each
// such value, and before anything but arithmetic sees it there is an RA_CANON.
//
// INVARIANT: after a SET of a slot and until it is written, `pending` knows where the slot's value is; every point that
// can leave the unit gets that list as its snapshot.
#pragma once
#include "base/vec.h"
#include "host/host.h"
#include "ir/ir.h"

enum { RA_NO_REG = 0xff, RA_NO_SNAP = 0xffffffff, RA_SPILLS_MAX = 512 };

typedef enum RaKind { RA_NONE, RA_REG, RA_SLOT, RA_SPILL, RA_CONST, RA_SUM } RaKind;
typedef struct RaLoc {
    uint8_t kind;   // RaKind
    uint16_t index; // register, slot, spill, the ref of the CONST, or into Ra.sums
} RaLoc;

// A value of 64 bits that is nowhere: base + (index << shift) + imm, where the index may be an I32 that is extended first; or an F32,
// the index, in its box. What is RA_NONE is 0. Snapshots name sums, RA_MOVE and RA_WRITE compute them; see sum.c.
typedef struct RaSum {
    RaLoc base, index;
    uint8_t extends; // IrOp: IR_SEXT, IR_ZEXT from 32 bits, IR_BOX, or 0
    uint8_t shift;
    int32_t imm;
} RaSum;
uint64_t ra_sum(const RaSum *sum, uint64_t base, uint64_t index); // its value, from those of its parts

typedef enum RaOpKind {
    RA_DO,    // the IR instruction `ref`: inputs a, b, c, result in register dst
    RA_MOVE,  // register dst = a
    RA_WRITE, // to = a, where `to` is a slot or a spill; a may be anything
    RA_SWAP,  // exchange registers dst and a
    RA_CANON, // if a (a register or spill), which is value `ref`, or b or c (registers, or RA_NONE), of its type, hold a
              // NaN: let those of them and of the fixes that do hold the canonical one
    RA_BLOCK, // block `ref` begins here
    RA_EDGE,  // out-of-line code for edge number `ref` of its block begins here; ends with the next RA_GOTO
    RA_GOTO,  // jump to block `ref`
} RaOpKind;

typedef struct RaOp {
    uint8_t kind;
    uint8_t dst; // register or RA_NO_REG
    IrRef ref;
    RaLoc a, b, c; // of an access with c: the address is a + (ext(c) << scale) + imm
    RaLoc to;
    uint8_t scale, extends;  // extends: IR_ZEXT of an I32, or 0
    uint32_t snap;           // RA_DO that may leave the unit: index into snaps
    uint32_t fixes, n_fixes; // RA_CANON, and RA_DO of a HOST_CANON_NAN: when it is a NaN, these may be NaNs, too
    uint8_t likely;          // RA_DO of a terminator: the side that is taken more often, or 2: it is not known
    uint32_t edge[2];        // the same: 1 + index of the op where the edge's out-of-line code begins, 0: none
} RaOp;

typedef struct RaSnapEntry {
    uint16_t slot;
    bool any_nan; // a NaN there, or in the box, stands for the canonical one
    RaLoc loc;
} RaSnapEntry;
// The value of an entry with any_nan that was read from a place of kind `from`, for a slot of type t.
uint64_t ra_settled(uint64_t value, RaKind from, IrType t);
typedef struct RaFix {
    RaLoc loc;
    uint8_t type; // IR_F32, IR_F64
} RaFix;
typedef struct RaSnap {
    uint32_t first, n; // into entries
} RaSnap;

struct Ra {
    VEC(RaOp) ops;
    VEC(RaSnap) snaps;
    VEC(RaSnapEntry) entries;
    VEC(RaFix) fixes;
    VEC(RaSum) sums;
    uint32_t n_spills; // spill places used
    uint32_t n_spill_ops;
    struct RaScratch *scratch;
};

void ra_init(Ra *ra);
void ra_free(Ra *ra);
// `pool`: registers to allocate from, of host->pool. `cfg`: what the code will run with, or NULL: there are to be no sums.
void ra_run(Ra *ra, const IrUnit *u, const Host *host, HostRegs pool, const HostConfig *cfg);
void ra_print(FILE *out, const Ra *ra, const IrUnit *u, const char *const *reg_names);
