/* sandbox_outbox.h - what the daemon says to a cage, in order; what does not fit into the socket waits here. For sandbox.c.
 *
 * Descriptors that wait are copies of the caller's. Loop thread.
 */
#ifndef FUNCTIONS_SANDBOX_OUTBOX_H
#define FUNCTIONS_SANDBOX_OUTBOX_H

#include <stdbool.h>

#include "functions/sandbox.h"
#include "functions/sandbox_wire.h"

#define OUTBOX_MAX 256		/* messages that wait; a cage that does not take more is taken for dead */

struct outbox_message;

struct outbox {			/* `{ .sock = -1 }` is empty */
	int sock;		/* borrowed */
	struct outbox_message *first, **last;
	int count;
};

/* 0, also when it waits; E_BUSY when too many do. That nobody is there any more is told by others: it is not an error here. */
int outbox_send(struct outbox *o, struct wire_header head, struct str text, int fd);

void outbox_flush(struct outbox *o);		/* when the socket can be written again */
bool outbox_waits(const struct outbox *o);
void outbox_clear(struct outbox *o);

/* Messages of several texts. */
int outbox_plan(struct outbox *o, const struct sandbox_plan *p);
int outbox_exec(struct outbox *o, int id, const struct sandbox_process *p);	/* also E_TOO_LARGE: nothing was sent */

#endif
