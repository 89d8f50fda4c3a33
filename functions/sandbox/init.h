/* init.h - process 1 of a cage: starts, signals, stops and counts what runs in it, as the daemon says (sandbox_wire.h).
 *
 *     RUNNING --freeze--> FREEZING (until nothing runs) --> FROZEN --thaw--> RUNNING
 *
 * It is of the same user as the function and has no capability, yet the function cannot end, stop or trace it: a process 1 takes only signals
 * that it has a handler for, it may not be looked into (PR_SET_DUMPABLE), and when it dies the kernel ends the cage. It never runs
 * code of the function. It holds one descriptor beside /dev/null, the daemon, and ends when that closes.
 */
#ifndef SANDBOX_INIT_H
#define SANDBOX_INIT_H

#include <stdint.h>

#include "functions/sandbox/enter.h"

#define INIT_LOOK_MS 100		/* how often memory is looked at */
#define INIT_LOOK_OFTEN_MS 10		/* when more than half of the limit is used */
#define INIT_FREEZE_US 200		/* between two looks at who still runs */

_Noreturn void init_run(struct entry *e, int64_t began_us);

#endif
