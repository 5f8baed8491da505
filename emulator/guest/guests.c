// Every guest: the only place that names them.
#include "guest/guest.h"
#include "guest/rv64/guest_rv64.h"
#include "guest/rx/guest_rx.h"

const Guest *const *guests_all(void) {
    static const Guest *const all[] = {&guest_rv64, &guest_rx, NULL};
    return all;
}
