// The instructions of a host system call that a signal handler must know: labels of host_call.c.
#pragma once
extern const char sys_host_window[]; // from here on a signal makes the call give up ...
extern const char sys_host_done[];   // ... up to here: the kernel has done it
extern const char sys_host_give_up[];
