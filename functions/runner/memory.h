/* memory.h - knows when the process was refused memory.
 *
 * Decoders report a failed allocation as one error among many, or end the process (glib). What a person
 * must be told is that the function's memory was too small, so allocations pass here: the first refusal of an
 * invocation is told to the host at once (WIRE_REFUSED), which then knows what a following death means.
 */
#ifndef RUNNER_MEMORY_H
#define RUNNER_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

void memory_watch(int64_t id);	/* this invocation begins; fd 3 is the host */
bool memory_refused(void);	/* since then */

#endif
