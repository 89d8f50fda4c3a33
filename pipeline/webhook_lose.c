/* webhook_lose.c - dead letters that no job of the built-in function makes (job_hook.c): of custom functions, of functions that are gone or switched
 * off, and of what waited too long to be tried. */
#include "pipeline/webhook.h"

#include "base/clock.h"
#include "base/err.h"
#include "pipeline/photo_status.h"
#include "storage/bucket.h"
#include "storage/record.h"

static int read_hook(struct db *db, int64_t bucket, struct arena *a, struct webhook *hook, bool *is)
{
	struct json_value *document = NULL;
	struct str body;
	int rc = record_get(db, RECORD_BUCKET_WEBHOOK, bucket, STR(""), a, &body);

	if (rc == 0)
		rc = json_parse(a, body, &document);
	*is = rc == 0 && webhook_read(document, hook);
	return rc == E_NOT_FOUND || rc == E_BAD_INPUT ? 0 : rc;	/* one that cannot be read is as none: shelf.h */
}

/* Where the photo stands, which may well be ready: it is another function that failed. */
static int write_state(struct db *db, const struct job_row *r, struct str bucket, struct json *w)
{
	struct photo_asked asked = { bucket, r->key, r->seq };
	enum photo_state state;
	bool missing;
	int rc = photo_status_find(db, &asked, &state, &missing);

	if (rc == 0)
		json_cstr(w, "state", photo_state_text(state));
	return rc == E_NOT_FOUND ? 0 : rc;
}

static int write_payload(const struct webhook_lost *l, const struct job_row *r, struct str bucket, struct buf *to)
{
	struct json w = json_into(to);
	char when[CLOCK_TEXT_MAX];
	int rc;

	json_open(&w, NULL, '{');
	json_cstr(&w, "type", outbox_word(OUTBOX_FAILED));
	json_cstr(&w, "time", clock_iso_ms(when, clock_wall_ms()));
	json_str(&w, "bucket", bucket);
	json_str(&w, "key", r->key);
	photo_version_write(&w, "version", r->seq);
	if (l->function.n > 0)
		json_str(&w, "function", l->function);
	json_int(&w, "attempts", r->attempts);
	json_str(&w, "reason", r->code);
	json_str(&w, "message", r->message);
	rc = write_state(l->db, r, bucket, &w);
	json_close(&w);
	return rc;
}

static int put(struct webhook_lost *l, const struct job_row *r, struct str bucket)
{
	struct outbox_line line = { .bucket = r->bucket, .key = r->key, .seq = r->seq, .what = OUTBOX_FAILED };
	struct buf payload = {0};
	int rc = write_payload(l, r, bucket, &payload);

	line.payload = str_n(payload.data, payload.len);
	if (rc == 0)
		rc = outbox_put(l->db, &line, l->waiting_max);
	l->told = l->told || rc == 0;
	buf_clear(&payload);
	return rc;
}

int webhook_lose(void *owner, const struct job_row *r)
{
	struct webhook_lost *l = owner;
	char bucket[BUCKET_NAME_MAX + 1];
	struct arena a = {0};
	struct webhook hook;
	bool is;
	int rc;

	if (r->bucket == 0 || r->backfill != 0 || !event_is_creation(r->kind))
		return 0;
	rc = read_hook(l->db, r->bucket, &a, &hook, &is);
	if (rc == 0 && is && hook.told[OUTBOX_FAILED] && (rc = bucket_name_of(l->db, r->bucket, bucket)) == 0)
		rc = put(l, r, str_of(bucket));
	arena_clear(&a);
	return rc == E_NOT_FOUND ? 0 : rc;	/* of a bucket that went there is nobody to tell */
}
