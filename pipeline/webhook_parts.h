/* webhook_parts.h - webhooks from the inside, for the two files that move them: webhooks.c looks for what is due, webhook_send.c sends one line and
 * settles what came of it. Loop thread, but for what a look does on its lane. */
#ifndef PIPELINE_WEBHOOK_PARTS_H
#define PIPELINE_WEBHOOK_PARTS_H

#include "pipeline/courier.h"
#include "pipeline/webhook.h"
#include "storage/bucket.h"

struct found {				/* a line and the bucket's name; in the arena of the look */
	struct outbox_line line;
	char bucket[BUCKET_NAME_MAX + 1];
};

enum outcome { OUTCOME_DONE, OUTCOME_LATER, OUTCOME_DEAD };

struct sending {
	struct webhooks *w;
	struct delivery d;
	struct arena arena;
	struct outbox_line line;	/* strings in arena */
	struct str bucket, code, message;
	enum outcome outcome;
	int64_t due_ms;
	struct change change;
	struct commit commit;
	struct sending *next;
};

struct webhooks {
	struct minilab *m;
	struct courier *courier;
	uv_timer_t timer;
	struct sending *sending;
	struct sending *ended;		/* while a look runs, which may have read their lines before they ended */
	struct webhook_numbers numbers;
	struct webhook_trouble troubles[WEBHOOK_TROUBLES_MAX];
	/* one look; the lane's while busy */
	bool busy, again;
	struct work work;
	struct arena arena;
	struct found *found;
	int count;
	int64_t last;			/* the bucket that was looked at last */
	int64_t next_ms;
	void (*closed)(void *owner);
	void *owner;
};

/* webhook_send.c. A line goes out; it is among w->sending until what came of it is committed. */
void webhook_begin(struct webhooks *w, const struct found *f);
struct webhook_trouble *webhook_trouble(struct webhooks *w, int64_t bucket);	/* NULL: it has none; of bucket 0: a free one */

/* webhooks.c: one has ended, and maybe all of it is over. */
void webhooks_leave(struct webhooks *w);

#endif
