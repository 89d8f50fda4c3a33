/* webhook.h - a bucket's webhook: one URL that is told when a photo is ready, or failed for good.
 *
 * POST with a JSON body:
 *     {"id":"17","type":"ready"|"failed"|"ping","time":"2026-11-24T17:00:00.000Z","bucket","key","version", and the members of photo_status.h}
 * Headers: X-Minilab-Event: the type; X-Minilab-Delivery: the id, the same for every attempt; X-Minilab-Timestamp: Unix seconds;
 * X-Minilab-Signature: sha256=HEX, where HEX is the HMAC-SHA256 with the webhook's secret of the timestamp, a dot, and the body.
 * Any 2xx is success. A redirect is not followed, and is a failure as every other answer.
 *
 * What is to be told is written in the transaction that ends the photo's job (storage/outbox.h), so a kill loses none; an answer that a kill swallowed makes it
 * be told again, with the same id.
 *
 * "failed" is told once for each dead letter of a photo's upload: of the built-in function, of a custom one ("function" has its name, "state" is
 * where the photo itself stands), and of an event that was never tried because it waited too long or its function was switched off or
 * deleted ("function" is absent when it is gone too long to be known). What goes to a destination instead is no dead letter. Custom functions that
 * succeed are not told of: "ready" is about thumbnails. Retried after webhook_base_ms, twice that, ... up to webhook_wait_max_ms, until it is webhook_age_s old; then it is
 * dead, and can be told again on request. At most webhook_waiting_max lines of a bucket wait (storage/outbox.h). Photos that a backfill does again are not told about.
 *
 *     WAITING LINES (disk) --look, on a lane--> at most WEBHOOK_OF_BUCKET of a bucket, one of a key, COURIER_SENDING in all --courier--> done | later | dead
 *
 * A bucket whose receiver does not answer is left alone for a while that doubles to WEBHOOK_PAUSE_MAX_MS, so that it neither holds up others' nor spends
 * the attempts of all its lines.
 *
 * Loop thread.
 */
#ifndef PIPELINE_WEBHOOK_H
#define PIPELINE_WEBHOOK_H

#include "base/json.h"
#include "pipeline/minilab.h"
#include "storage/outbox.h"
#include "storage/queue.h"

#define WEBHOOK_URL_MAX 2048
#define WEBHOOK_SECRET_MIN 16
#define WEBHOOK_SECRET_MAX 256
#define WEBHOOK_OF_BUCKET 4
#define WEBHOOK_BUCKETS 64		/* looked at in one turn */
#define WEBHOOK_PAUSE_MAX_MS 60000

struct webhook {			/* lent by the document */
	struct str url, secret;
	bool told[OUTBOX_PING + 1];	/* by enum outbox_what; a ping always */
};
bool webhook_read(const struct json_value *document, struct webhook *w);	/* RECORD_BUCKET_WEBHOOK */
void webhook_write(struct buf *to, const struct webhook *w);

/* May that be one? 0, or E_BAD_INPUT with why. `allowed`: setting webhook_allow. Of names nothing is resolved: that is checked when it is told. */
int webhook_check(struct str url, struct str allowed, char why[160], bool *by_name);

/* "sha256=..." over timestamp and body. */
#define WEBHOOK_SIGNATURE 71
void webhook_sign(struct str secret, int64_t seconds, struct str body, char to[WEBHOOK_SIGNATURE + 1]);

/* A job_each_fn of dead letters, in the change that makes them: their buckets' webhooks are told "failed". Owner: a struct webhook_lost. */
struct webhook_lost {
	struct db *db;
	struct str function;		/* its name; absent: not known any more */
	int64_t waiting_max;
	bool told;			/* out: webhooks_wake after the commit */
};
int webhook_lose(void *owner, const struct job_row *r);

struct webhooks;

int webhooks_open(struct webhooks **out, struct minilab *m);
void webhooks_wake(struct webhooks *w);	/* a line was written, or revived; accepts NULL */
void webhooks_close(struct webhooks *w, void (*closed)(void *owner), void *owner);	/* what is under way is broken off, and told again at the next start */

struct webhook_numbers {
	int64_t delivered, failed, dead;	/* attempts that succeeded, that did not; lines that died; since the start */
	int sending;
};
void webhooks_get_numbers(const struct webhooks *w, struct webhook_numbers *n);

/* A bucket whose receiver did not take what it was told last, and is left alone for a while. */
#define WEBHOOK_TROUBLES_MAX 256	/* of them; of more, some are told without a pause */
struct webhook_trouble {
	int64_t bucket, until_ms;	/* bucket 0: none */
	int failures;			/* pauses in a row */
	char code[32], message[160];	/* of the last failure */
};
int webhooks_get_troubles(const struct webhooks *w, struct arena *a, struct webhook_trouble **out);	/* count */

#endif
