// Cpu.mode: which view data accesses have, whether fetches are mapped, and which instructions are illegal here.
//
//   view 0 (BARE)   M-mode               view 3   S-mode, paged, SUM
//   view 1          U-mode, paged        view 4   S- or U-mode without paging: PMP decides
//   view 2          S-mode, paged        view 7 (SLOW)   MXR, MPRV, and M-mode under a locked PMP entry
//
// INVARIANT: a function that changes priv, mstatus, frm, satp, the counter enables or PMP calls rv64_update_mode().
#include "guest/rv64/rv64.h"

enum { VIEW_U = 1, VIEW_S, VIEW_S_SUM, VIEW_UNPAGED };

unsigned rv64_data_priv(const Rv64 *s) {
    return s->priv == RV64_M && (s->mstatus & RV64_MSTATUS_MPRV) ? rv64_mpp_of(s->mstatus) : s->priv;
}

static unsigned view(const Rv64 *s) {
    if (s->priv == RV64_M) return rv64_data_priv(s) == RV64_M && !s->pmp_locked ? CPU_VIEW_BARE : CPU_VIEW_SLOW;
    if (s->hosted) return VIEW_U;
    if (!rv64_satp_paged(s)) return VIEW_UNPAGED;
    if (s->mstatus & RV64_MSTATUS_MXR) return CPU_VIEW_SLOW;
    if (s->priv == RV64_U) return VIEW_U;
    return s->mstatus & RV64_MSTATUS_SUM ? VIEW_S_SUM : VIEW_S;
}

static uint32_t illegal(const Rv64 *s) {
    if (s->priv == RV64_M) return 0;
    uint64_t counters = s->mcounteren & (s->priv == RV64_U ? s->scounteren : ~0ull);
    uint32_t bits = RV64_MODE_NOT_M | (~(uint32_t)counters & RV64_MODE_COUNTERS) << RV64_MODE_NO_COUNTER;
    // WHY wfi in U-mode: it need not complete in a bounded time there, so it may always trap ("Wait for Interrupt").
    if (s->priv == RV64_U) return bits | RV64_MODE_NO_VM | RV64_MODE_NO_SRET | RV64_MODE_NO_WFI;
    if (!(s->menvcfg & RV64_ENVCFG_STCE) || !(s->mcounteren & 2)) bits |= RV64_MODE_NO_STIMECMP; // TM
    if (s->mstatus & RV64_MSTATUS_TVM) bits |= RV64_MODE_NO_VM;
    if (s->mstatus & RV64_MSTATUS_TSR) bits |= RV64_MODE_NO_SRET;
    if (s->mstatus & RV64_MSTATUS_TW) bits |= RV64_MODE_NO_WFI; // after a wait of no time at all
    return bits;
}

void rv64_update_mode(Cpu *cpu) {
    const Rv64 *s = rv64_state(cpu);
    uint32_t mode = view(s) | illegal(s) | rv64_float_mode(cpu) | (uint32_t)s->priv << RV64_MODE_PRIV;
    if (s->priv != RV64_M || s->pmp_locked) mode |= CPU_MODE_FETCH_MAPPED; // tables or PMP decide
    cpu->mode = mode;
}
