/* event.h - what a function is told about an object: S3's notification record.
 *
 * docs.aws.amazon.com: "Event message structure", eventVersion 2.1, or 2.3 of tagging and lifecycle. The key is percent-encoded form
 * style, eventName has no "s3:" before it, a removal has neither size nor eTag, but a delete marker has the eTag of nothing; tagging
 * has neither size nor sequencer. The sequencer is the object's version as 16 hexadecimal digits, so that comparing texts compares versions.
 */
#ifndef STORAGE_EVENT_H
#define STORAGE_EVENT_H

#include "base/buf.h"
#include "storage/rule.h"

/* Who did it. Absent texts are written as empty ones. `trace`: X-Amzn-Trace-Id of the request, for the jobs that it causes. `door`: by which
 * way an object came in ("S3 PutObject"), for its journal line; events do not tell it. */
struct actor {
	struct str principal, source_ip, request_id, host_id, trace;
	struct str door;
};

struct event {
	enum event_kind kind;
	int64_t at_ms;
	struct str region, account;
	struct str bucket;		/* name */
	struct str rule;		/* id of the rule that matched */
	struct str key;
	int64_t seq;
	int64_t size;			/* not of a removal or tagging */
	struct str etag;		/* not of a removal */
	struct str version;		/* its id; absent where the bucket is not versioned */
	const struct actor *actor;
	int64_t backfill;		/* that asks for it again; 0: none. Told as {"minilab":{"backfill":...,"presets":...}} */
	struct str presets;		/* that are asked for; absent or "": all */
};

void event_write(struct buf *to, const struct event *e);

/* The presets that such an event asks for; absent when it asks for all, or is of no backfill. */
struct str event_presets(struct str payload, struct arena *a);

#define SEQUENCER_SIZE 17
void event_sequencer(char to[SEQUENCER_SIZE], int64_t seq);

#endif
