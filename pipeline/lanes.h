/* lanes.h - the bridge between the loop, which may not block, and storage, which does.
 *
 * Work runs on one of a few threads, each with a read-only view of the store; its `done` comes back on
 * the loop. A commit is a change for the writer with its `done` brought back to the loop. A post is any
 * call that must happen on the loop, from any thread.
 *
 * Between lanes_run and `done` the struct and all it points at belong to the lane: touch nothing in it. Order
 * between works is not kept; give one at a time where it matters. `done` never comes from inside the start call.
 */
#ifndef PIPELINE_LANES_H
#define PIPELINE_LANES_H

#include <uv.h>

#include "storage/store.h"

struct post {
	void (*call)(struct post *p);
	struct post *next;
};

struct lanes;

struct work {			/* embed in the struct the call is about */
	int (*run)(struct work *w, struct db *reader);
	void (*done)(struct work *w);
	int rc;			/* what run returned */
	/* the lanes' */
	struct work *next;
	struct lanes *lanes;
	struct post post;
};

struct commit {
	struct lanes *lanes;
	struct change *change;		/* apply and needles set; its done is taken */
	void (*done)(struct commit *c);	/* on the loop; c->change->rc */
	struct post post;
};

int lanes_open(struct lanes **out, uv_loop_t *loop, struct store *s, int threads);
void lanes_run(struct lanes *l, struct work *w);
void lanes_commit(struct lanes *l, struct commit *c);
void lanes_post(struct lanes *l, struct post *p);

/* Works and commits given and not yet done. Callers see to it that this is 0 (their own journeys have
 * ended) before closing; the handle is gone when the loop has run once more. */
int lanes_pending(const struct lanes *l);
void lanes_close(struct lanes *l);

#endif
