/* crowd.h - a cage in which many sessions work keeps one processor busy and leaves the others alone.
 *
 * The kernel gives each session (setsid) the share of a processor that it gives to a whole login (autogroup), whatever its niceness and
 * policy, so that a fork bomb of sessions takes nearly all of the machine. Where a control group has the processor in hand that is
 * no matter. Elsewhere the threads of a cage with more than CROWD_SESSIONS_MAX sessions are bound to one processor, which what
 * they make inherits, and are let go when half of that are left. A process may set itself free again, until the next look.
 *
 * For process 1, which stays free. Without a /proc, or with one processor, nothing happens.
 */
#ifndef SANDBOX_CROWD_H
#define SANDBOX_CROWD_H

#include <stdbool.h>

#define CROWD_SESSIONS_MAX 16

void crowd_open(bool has_cgroup);
void crowd_look(int processes);		/* so many there are */

#endif
