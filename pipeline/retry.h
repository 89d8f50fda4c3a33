/* retry.h - dead letters run again: one object's, or all. The change is submitted by the caller. */
#ifndef PIPELINE_RETRY_H
#define PIPELINE_RETRY_H

#include "storage/writer.h"

#define RETRY_BATCH 1000	/* dead letters revived by one change; call again while `count` is this */

/* What E_NOT_FOUND means to people. */
#define RETRY_NOTHING "that object has no dead letter"

struct retry {
	struct change change;
	struct str bucket, key;		/* absent bucket: all dead letters */
	int64_t after_id;		/* all: where the last batch ended; out: where this one did */
	int count;			/* out */
};

void retry_init(struct retry *r);

#endif
