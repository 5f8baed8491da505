// ns16550a. Sending takes no time, so THR and the transmitter are always empty; received bytes wait in the console, of
// which the guest sees the first. Line errors, break and modem line changes do not occur.
//
//        bit 7     6      5      4      3      2      1      0
//   IER                                EDSSI  ELSI   ETBEI  ERBFI
//   IIR   fifo   fifo                  ------ id ---------  no irq
//   LCR   DLAB   break
//   LSR          TEMT   THRE                                DR
//   MSR   DCD    RI     DSR    CTS
#include "board/uart.h"

enum { RBR_THR_DLL, IER_DLM, IIR_FCR, LCR, MCR, LSR, MSR, SCR };
enum { IER_RX = 1, IER_THRE = 2, IER_ALL = 15 };
enum { IIR_NONE = 1, IIR_THRE = 2, IIR_RX = 4, IIR_RX_TIMEOUT = 12, IIR_FIFO = 0xc0 };
enum { FCR_ENABLE = 1, FCR_CLEAR_RX = 2, FCR_TRIGGER = 0xc0 };
enum { LCR_DLAB = 0x80, MCR_LOOP = 0x10, MCR_ALL = 0x1f };
enum { LSR_DR = 1, LSR_THRE = 0x20, LSR_TEMT = 0x40 };
enum { MSR_CTS = 0x10, MSR_DSR = 0x20, MSR_RI = 0x40, MSR_DCD = 0x80 };

static bool rx_ready(const Uart *u) { return u->mcr & MCR_LOOP ? u->loop_full : console_waits(u->console); }

// The pending interrupt of highest priority, as IIR shows it.
static uint8_t interrupt_id(const Uart *u) {
    if ((u->ier & IER_RX) && rx_ready(u)) return u->fcr & FCR_TRIGGER ? IIR_RX_TIMEOUT : IIR_RX;
    if ((u->ier & IER_THRE) && u->thr_empty_pending) return IIR_THRE;
    return IIR_NONE;
}

void uart_update(Uart *u) { wire_set(&u->irq, interrupt_id(u) != IIR_NONE); }

static uint8_t receive(Uart *u) {
    if (!rx_ready(u)) return 0;
    if (!(u->mcr & MCR_LOOP)) return console_get(u->console);
    u->loop_full = false;
    return u->loop_byte;
}

static void send(Uart *u, uint8_t byte) {
    if (u->mcr & MCR_LOOP) {
        u->loop_byte = byte;
        u->loop_full = true;
    } else {
        console_put(u->console, byte);
    }
    u->thr_empty_pending = true;
}

static uint8_t modem_status(const Uart *u) {
    if (!(u->mcr & MCR_LOOP)) return MSR_DCD | MSR_DSR | MSR_CTS;
    return (uint8_t)((u->mcr & 1 ? MSR_DSR : 0) | (u->mcr & 2 ? MSR_CTS : 0) | (u->mcr & 4 ? MSR_RI : 0) |
                     (u->mcr & 8 ? MSR_DCD : 0));
}

static uint8_t identify(Uart *u) {
    uint8_t id = interrupt_id(u);
    if (id == IIR_THRE) u->thr_empty_pending = false;
    return id | (u->fcr & FCR_ENABLE ? IIR_FIFO : 0);
}

static uint64_t uart_read(void *state, uint64_t offset, unsigned size) {
    (void)size;
    Uart *u = state;
    uint8_t v = 0;
    switch (offset) {
    case RBR_THR_DLL: v = u->lcr & LCR_DLAB ? u->dll : receive(u); break;
    case IER_DLM: v = u->lcr & LCR_DLAB ? u->dlm : u->ier; break;
    case IIR_FCR: v = identify(u); break;
    case LCR: v = u->lcr; break;
    case MCR: v = u->mcr; break;
    case LSR: v = LSR_THRE | LSR_TEMT | (rx_ready(u) ? LSR_DR : 0); break;
    case MSR: v = modem_status(u); break;
    case SCR: v = u->scr; break;
    default: break;
    }
    uart_update(u);
    return v;
}

static void write_fcr(Uart *u, uint8_t v) {
    if (v & FCR_CLEAR_RX) u->loop_full = false;
    u->fcr = v & FCR_ENABLE ? v & (FCR_ENABLE | FCR_TRIGGER) : 0;
}

static void write_ier(Uart *u, uint8_t v) {
    if ((v & IER_THRE) && !(u->ier & IER_THRE)) u->thr_empty_pending = true; // data sheet, "Interrupt Enable Register"
    u->ier = v & IER_ALL;
}

static void uart_write(void *state, uint64_t offset, unsigned size, uint64_t value) {
    (void)size;
    Uart *u = state;
    uint8_t v = (uint8_t)value;
    bool dlab = u->lcr & LCR_DLAB;
    switch (offset) {
    case RBR_THR_DLL:
        if (dlab)
            u->dll = v;
        else
            send(u, v);
        break;
    case IER_DLM:
        if (dlab)
            u->dlm = v;
        else
            write_ier(u, v);
        break;
    case IIR_FCR: write_fcr(u, v); break;
    case LCR: u->lcr = v; break;
    case MCR: u->mcr = v & MCR_ALL; break;
    case SCR: u->scr = v; break;
    default: break; // LSR and MSR are read-only
    }
    uart_update(u);
}

void uart_init(Uart *u, Console *console, Wire irq) {
    *u = (Uart){.console = console, .irq = irq, .mcr = 8, .dll = 12};
}

MemDevice uart_device(Uart *u) { return (MemDevice){"uart", u, uart_read, uart_write}; }
