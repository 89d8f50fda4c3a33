/* serve.h - the caged end of the wire: one invocation after the other until the host closes. */
#ifndef RUNNER_SERVE_H
#define RUNNER_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "functions/reason.h"
#include "functions/wire.h"

/* Whether probe.h is obeyed, and in which program. */
enum probes { PROBES_NONE, PROBES_FAST, PROBES_GENERAL };

struct result {
	int64_t id;		/* of the invocation */
	enum reason reason;
	char message[512];	/* for any reason but REASON_NONE */
	struct buf answer;	/* JSON */
	struct buf files;
	bool told;		/* a probe has sent something of its own instead */
	enum probes probes;
};

/* fd 3 is the host. Says WIRE_READY with `init_us` first. Does not return. */
_Noreturn void serve(int64_t init_us, enum probes probes);

/* One message from the host, and the answer to it. Takes m->fd. Negative when there is nobody to serve any more, or it was
 * none that a host sends. */
int serve_one(int host, struct wire_message *m, enum probes probes);

/* `bytes` in a memfd that nobody can change any more, or a negated errno. */
int serve_seal(const void *bytes, size_t n);

#endif
