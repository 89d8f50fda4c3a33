/* minilab.h - the running house: what every room on the upper floors may use.
 *
 * One per daemon, made by house.c in the order of the fields, closed in reverse. All pointers are
 * borrowed from it. Everything here is used from the loop thread, except where a header says otherwise.
 */
#ifndef PIPELINE_MINILAB_H
#define PIPELINE_MINILAB_H

#include <uv.h>

#include "pipeline/credentials.h"
#include "pipeline/lanes.h"
#include "pipeline/settings.h"
#include "storage/store.h"

struct pump;
struct pool;
struct feeder;
struct presets;
struct catalog;
struct concurrency;
struct custom_pool;
struct log_sink;
struct meter;
struct feed;
struct pulse;
struct shelf;
struct series;
struct webhooks;
struct watch;
struct lifecycle;

struct minilab {
	uv_loop_t *loop;
	struct settings settings;
	struct presets *presets;	/* NULL: none */
	struct str variables;		/* of the built-in function, over those of its row: a JSON object; absent: none */
	struct credentials credentials;
	struct store *store;
	struct lanes *lanes;
	struct pool *pool;
	struct pump *pump;
	struct feeder *feeder;
	struct custom_pool *custom;	/* environments of custom functions; NULL: there can be none here */
	struct catalog *catalog;
	struct concurrency *concurrency;
	struct meter *meter;
	struct feed *feed;
	struct pulse *pulse;
	struct shelf *shelf;
	struct series *series;		/* NULL: closed already */
	struct webhooks *webhooks;	/* NULL: not open yet, or closed already */
	struct watch *watch;		/* NULL: closed already */
	struct lifecycle *lifecycle;	/* NULL: closed already */
	struct log_sink *log_sink;
	bool pool_closing;		/* environments are being killed: no invocation any more; pool may be NULL */
	int port;			/* the one listened on */
	int64_t started_ms;
};

/* What another room has to be told: an event was committed. Cheap; call after any put or delete. */
void minilab_wake(struct minilab *m);

#endif
