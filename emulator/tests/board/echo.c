// A bare-metal RV64 program that sends back what it receives, each byte in brackets, until a q: end code 42.
// terminal.test.sh types into it.
#include "guest.h"

void run(u64 hart, const void *tree) {
    (void)hart, (void)tree;
    put('>');
    for (;;) {
        while (!(UART[5] & 1)) {
        }
        char c = (char)UART[0];
        put('['), put(c), put(']');
        if (c == 'q') end(42);
    }
}
