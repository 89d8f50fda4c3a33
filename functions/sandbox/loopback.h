/* loopback.h - the network of a cage: a loopback, and the two sockets that listen on it for the daemon. */
#ifndef SANDBOX_LOOPBACK_H
#define SANDBOX_LOOPBACK_H

#include "functions/sandbox_wire.h"

/* Before capabilities are dropped. The descriptors of Runtime API and endpoint, listening. */
int loopback_listen(int listeners[SANDBOX_LISTENERS]);

#endif
