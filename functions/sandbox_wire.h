/* sandbox_wire.h - what the daemon and process 1 of a custom cage say to each other, as packets of wire.h.
 *
 *   daemon -> cage   SANDBOX_PLAN        text = struct sandbox_wire_plan, texts: code, runtime directory, language directory, layers;
 *                                        sent before the cage exists, so that it is there when it looks
 *   cage -> daemon   SANDBOX_LISTENER    value = which (sandbox.h); fd: a listening socket   (each of them, then)
 *   cage -> daemon   SANDBOX_READY       value = microseconds from its birth   | WIRE_FAILED value = error, text = step; then it ends
 *   daemon -> cage   SANDBOX_DESCRIPTOR  value = number it gets in the next process: 1, 2 or 3; fd
 *   daemon -> cage   SANDBOX_EXEC        id = process; text = struct sandbox_wire_exec, texts: path, directory, arguments, variables
 *   daemon -> cage   SANDBOX_SIGNAL      id = process, value = number
 *   daemon -> cage   SANDBOX_RESET | SANDBOX_THAW | SANDBOX_FREEZE with an id, which the answer has
 *   cage -> daemon   SANDBOX_FROZEN      id
 *   cage -> daemon   SANDBOX_EXITED      id = process; text = struct sandbox_wire_exit. At most once for each that was started
 *   cage -> daemon   SANDBOX_MEMORY      value = kB: most so far; when it has grown
 *
 * Texts follow the struct one after the other, each with a NUL at its end. The daemon trusts process 1 no further than that it speaks of
 * its own cage: numbers that are not in use and messages out of place end the cage.
 */
#ifndef FUNCTIONS_SANDBOX_WIRE_H
#define FUNCTIONS_SANDBOX_WIRE_H

#include <stdint.h>

#include "functions/wire.h"

#define SANDBOX_PROCESSES_MAX 12	/* a runtime and ten extensions, and one that still dies */
#define SANDBOX_TASKS_MAX 1024		/* processes and threads in a cage, as on AWS */
#define SANDBOX_HOST_MAX 64		/* IPv4 addresses of the host; with more nothing is let out */
#define SANDBOX_ARGUMENTS_MAX 32768	/* bytes of all arguments and variables of a process */

enum { SANDBOX_RUNTIME_API, SANDBOX_ENDPOINT, SANDBOX_LISTENERS };	/* ports on its loopback: 9001 and 9000 */
#define SANDBOX_RUNTIME_PORT 9001
#define SANDBOX_ENDPOINT_PORT 9000

enum sandbox_kind { SANDBOX_PLAN = 100, SANDBOX_LISTENER, SANDBOX_READY, SANDBOX_DESCRIPTOR, SANDBOX_EXEC, SANDBOX_SIGNAL, SANDBOX_RESET,
	SANDBOX_FREEZE, SANDBOX_THAW, SANDBOX_FROZEN, SANDBOX_EXITED, SANDBOX_MEMORY };

struct sandbox_wire_plan {
	int64_t memory_bytes, tmp_bytes;
	int32_t layers, outbound;
	int32_t host_count;
	uint32_t host[SANDBOX_HOST_MAX];	/* with outbound: addresses that it may not reach, in network order */
};

struct sandbox_wire_exec {
	int32_t argument_count, variable_count;
	int32_t native;
};

struct sandbox_wire_exit {
	int32_t status;			/* of wait(2) */
	int32_t error;			/* errno of a process that could not be started, else 0 */
	int32_t oom;
};

#endif
